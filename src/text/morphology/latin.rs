//! French and English grammar: plurals, the feminine, elided articles, and capitals that make a different word.

use super::{Grammar, StemCandidate, StemEnd, StemForm, StemKind, WordContext, WordSuffix, ends, equals};
use crate::text::words::WordLetter;

/// Adds the places where a stem may end, other than the last letter.
pub(crate) fn stem_ends(grammar: Grammar, word: &[WordLetter], out: &mut Vec<StemEnd>) {
    let mut add = |letters: usize, suffix| {
        if word.len() > letters + 1 {
            out.push(StemEnd { at: word.len() - letters, suffix });
        }
    };
    let french = grammar != Grammar::English;
    match word.last().map(|l| l.folded) {
        Some('s') => {
            add(1, WordSuffix::Many);
            if ends(word, "es") {
                add(2, if french { WordSuffix::French } else { WordSuffix::Many });
                if french {
                    add(2, WordSuffix::Many);
                }
            }
            if ends(word, "ies") {
                add(3, WordSuffix::Ies);
            }
        }
        Some('x') if french => {
            add(1, WordSuffix::Many);
            if ends(word, "aux") {
                add(2, WordSuffix::Aux);
            }
        }
        Some('e') if grammar == Grammar::French => add(1, WordSuffix::French),
        _ => {}
    }
}

/// Adds shortened stems: agency is also looked up as agenc-, national as nationa-, travail as trava-, crisis as cris-.
pub(crate) fn forms(word: &[WordLetter], forms: &mut Vec<StemForm>) {
    let count = word.len();
    if ends(word, "sis") && count > 4 {
        forms.push(StemForm::kept(count - 2, StemKind::Is));
    }
    match word.last().map(|l| l.folded) {
        Some('y') if count > 3 => forms.push(StemForm::kept(count - 1, StemKind::Y)),
        Some('l') if ends(word, "al") && count > 4 => forms.push(StemForm::kept(count - 1, StemKind::Al)),
        Some('l') if ends(word, "ail") && count > 4 => forms.push(StemForm::kept(count - 2, StemKind::Al)),
        _ => {}
    }
}

/// Accepts or rejects a candidate by its original letters.
pub(crate) fn accepts(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let stem = c.stem();
    let last = stem[stem.len() - 1].folded;
    let consonant = !matches!(last, 'a' | 'e' | 'i' | 'o' | 'u');
    let inflected = match (c.end.suffix, c.form.kind) {
        (WordSuffix::None, StemKind::Word) => true,
        (WordSuffix::Many, StemKind::Word) => is_plural(c, context),
        (WordSuffix::Ies, StemKind::Y) => !matches!(last, 'a' | 'e' | 'i' | 'o' | 'u'),
        (WordSuffix::Aux, StemKind::Al) => true,
        (WordSuffix::Many, StemKind::Is) => c.tail().len() == 2,
        // réfugiée, présidente: after é, or after a consonant in a word long enough not to be a different word (port,
        // porte).
        (WordSuffix::French, StemKind::Word) => {
            let accent = c.watched.last().is_some_and(|l| matches!(l.original, 'é' | 'É'));
            let long = consonant && last != 's' && stem.len() > 5;
            // élue, détenues: a participle.
            let participle =
                last == 'u' && stem.len() > 2 && !matches!(stem[stem.len() - 2].folded, 'a' | 'e' | 'i' | 'o' | 'q');
            !is_acronym(c.watched) && (accent || ((long || participle) && context.grammar == Grammar::French))
        }
        _ => false,
    };
    inflected && !lost_accent(c, context)
}

/// traite is not traité in a French text with accents.
fn lost_accent(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let last = c.watched.len() - 1;
    let plain = c.stem().get(last).is_some_and(|l| l.original == 'e') && c.watched[last].original == 'é';
    plain && context.writes_accents && context.grammar == Grammar::French
}

/// `s` after most letters, `es` after a sibilant, French `x` after u. AIDS is not the plural of aid.
fn is_plural(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let (stem, tail) = (c.stem(), c.tail());
    // embargoes
    let sibilant = stem.len() > 3 && ends(stem, "o") && tail.len() == 2
        || ends(stem, "s")
        || ends(stem, "x")
        || ends(stem, "z")
        || ends(stem, "ch")
        || ends(stem, "sh");
    let fits = match tail[0].folded {
        'x' => ends(stem, "eu") || ends(stem, "au") || ends(stem, "ou"),
        's' => !sibilant,
        _ => sibilant && tail.len() == 2,
    };
    let capitals = |letters: &[WordLetter]| letters.iter().all(|l| l.original.is_uppercase());
    let acronym = stem.len() < 5 && capitals(c.word) && !capitals(c.watched) && !context.among_capitals;
    fits && stem.len() > 2 && !acronym
}

/// True if the watched word is all in capitals.
#[must_use]
pub(crate) fn is_acronym(word: &[WordLetter]) -> bool {
    word.len() > 1 && word.iter().all(|l| l.original.is_uppercase() || l.original.is_numeric())
}

/// True for a word that French elides before a vowel: `l'`, `qu'`, `jusqu'`.
#[must_use]
pub(crate) fn is_elided(word: &[WordLetter]) -> bool {
    const ELIDED: &[&str] =
        &["l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "presqu", "entr"];
    ELIDED.iter().any(|e| equals(word, e))
}
