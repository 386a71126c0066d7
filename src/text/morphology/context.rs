//! Evidence from the text around a word.

use super::Grammar;
use crate::text::words::{LanguageEvidence, WordLetter};

/// Evidence from the text around a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WordContext<'a> {
    /// The grammar.
    pub(crate) grammar: Grammar,
    /// The text has letters that only Turkish has, so a letter without its dot or cedilla is a different letter.
    pub(crate) writes_turkish: bool,
    /// The text has French accents, so a final `e` is not an `é`.
    pub(crate) writes_accents: bool,
    /// The text has ة, so a final ه is a pronoun.
    pub(crate) writes_teh: bool,
    /// The words around it are all in capitals, so capitals prove nothing.
    pub(crate) among_capitals: bool,
    /// The word before it in its clause; empty if there is none.
    pub(crate) before: &'a [WordLetter],
    /// The word after it in its clause; empty if there is none.
    pub(crate) next: &'a [WordLetter],
    /// The word after that.
    pub(crate) second: &'a [WordLetter],
}

impl WordContext<'_> {
    /// The context of a word alone, in a text with this evidence.
    #[must_use]
    pub(crate) fn alone(grammar: Grammar, evidence: LanguageEvidence) -> Self {
        Self {
            grammar,
            writes_turkish: evidence.turkish,
            writes_accents: evidence.accents,
            writes_teh: false,
            among_capitals: false,
            before: &[],
            next: &[],
            second: &[],
        }
    }
}
