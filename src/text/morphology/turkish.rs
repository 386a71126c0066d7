//! Turkish grammar: chains of suffixes in vowel harmony; not -lık, -lı, -cı, -sız, which make new words.

use super::{StemCandidate, StemEnd, StemForm, StemKind, WordContext, WordSuffix, equals};
use crate::text::words::WordLetter;

mod harmony;
mod nouns;

const PLURAL: &[&str] = &["lAr"];
const POSSESSIVE: &[&str] = &["I", "sI", "Im", "ImIz", "mIz", "InIz", "nIz", "m"];
/// Cases that end a chain.
const CASE: &[&str] = &["I", "yI", "nI", "A", "yA", "nA", "lA", "ylA"];
/// Cases that `ki` and the copula may follow.
const OPEN_CASE: &[&str] = &["DA", "nDA", "DAn", "nDAn", "In", "nIn"];
const KI: &[&str] = &["kI"];
const COPULA: &[&str] = &["DIr", "yDI", "DI", "yIz", "Iz", "DIlAr", "DIrlAr", "ydIlAr"];
/// The longest chain of suffixes, in letters. Chosen by hand.
const MAX_CHAIN: usize = 13;

/// The place of a suffix in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ChainStage {
    Plural,
    Possessive,
    Case,
    Ki,
    Copula,
}

const STAGES: &[(ChainStage, &[&str])] = &[
    (ChainStage::Plural, PLURAL),
    (ChainStage::Possessive, POSSESSIVE),
    (ChainStage::Case, CASE),
    (ChainStage::Case, OPEN_CASE),
    (ChainStage::Ki, KI),
    (ChainStage::Copula, COPULA),
];

/// Adds the places where a stem may end, other than the last letter.
pub(crate) fn stem_ends(word: &[WordLetter], out: &mut Vec<StemEnd>) {
    let least = word.len().saturating_sub(MAX_CHAIN).max(3);
    for at in least..word.len() {
        if is_chain(&word[at..], ChainStage::Plural, false) {
            out.push(StemEnd { at, suffix: WordSuffix::Turkish });
        }
    }
}

/// True if letters after an apostrophe are inflection and not a new word: `'nin`, not `'li`.
#[must_use]
pub(crate) fn is_inflection(tail: &[WordLetter]) -> bool {
    is_chain(tail, ChainStage::Plural, false)
}

/// True if the letters are a plural, a possessive, a case, `ki` and a copula, each optional. After a possessive a case
/// begins with `n` and not `y`: polisine; polisiye is a different word. After `ki` a plural and a case may follow.
fn is_chain(tail: &[WordLetter], from: ChainStage, owned: bool) -> bool {
    if tail.is_empty() {
        return true;
    }
    STAGES.iter().filter(|(stage, _)| *stage >= from).any(|(stage, templates)| {
        templates.iter().any(|template| {
            let Some(count) = follows(tail, template).filter(|_| !(owned && matches!(*template, "yA" | "yI"))) else {
                return false;
            };
            let rest = &tail[count..];
            match stage {
                ChainStage::Plural => is_chain(rest, ChainStage::Possessive, owned),
                ChainStage::Possessive => is_chain(rest, ChainStage::Case, true),
                ChainStage::Case if CASE.contains(template) => rest.is_empty(),
                ChainStage::Case => is_chain(rest, ChainStage::Ki, owned),
                ChainStage::Ki => is_chain(rest, ChainStage::Plural, true),
                ChainStage::Copula => rest.is_empty(),
            }
        })
    })
}

/// The number of letters that match the template: `I` is any of ı i u ü, `A` is a or e, `D` is d or t.
fn follows(tail: &[WordLetter], template: &str) -> Option<usize> {
    let mut count = 0;
    for t in template.chars() {
        let c = tail.get(count)?.folded;
        let fits = match t {
            'I' => matches!(c, 'i' | 'u'),
            'A' => matches!(c, 'a' | 'e'),
            'D' => matches!(c, 'd' | 't'),
            _ => c == t,
        };
        if !fits {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// The softened consonant: kitap is kitab-, çocuk is çocuğ-.
fn softened(last: char) -> Option<char> {
    match last {
        'k' => Some('g'),
        'p' => Some('b'),
        't' => Some('d'),
        _ => None,
    }
}

/// Adds the stem with a softened last consonant, and those with fewer or more letters.
pub(crate) fn forms(word: &[WordLetter], forms: &mut Vec<StemForm>) {
    shorter(word, forms);
    let Some(last) = word.last().map(|l| l.folded) else { return };
    if let Some(soft) = softened(last).filter(|_| word.len() > 2) {
        forms.push(StemForm::with(word.len() - 1, soft, StemKind::Soft));
    }
    if nouns::DOUBLING.iter().any(|w| equals(word, w)) {
        forms.push(StemForm::with(word.len(), last, StemKind::Doubled));
    }
}

/// Adds the stems of a compound and of a word that drops a vowel: Dışişleri Bakanı is Bakan- before -ları, şehir is
/// şehr-.
fn shorter(word: &[WordLetter], forms: &mut Vec<StemForm>) {
    let (count, last) = (word.len(), word.last().map(|l| l.folded));
    if matches!(last, Some('i' | 'u')) && count > 4 {
        forms.push(StemForm::kept(count - 1, StemKind::Compound));
        if word[count - 2].folded == 's' && is_vowel(word[count - 3].folded) {
            forms.push(StemForm::kept(count - 2, StemKind::Compound));
        }
    }
    let Some(last) = last else { return };
    if nouns::VOWEL_DROPPING.iter().any(|w| equals(word, w)) {
        forms.push(StemForm::with(count - 2, last, StemKind::Dropped));
    }
    if nouns::SOFT_DROPPING.iter().any(|w| equals(word, w)) {
        forms.push(StemForm::with(count - 2, softened(last).unwrap_or(last), StemKind::Dropped));
    }
}

/// Accepts or rejects a candidate by its original letters.
pub(crate) fn accepts(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let form = match (c.end.suffix, c.form.kind) {
        (WordSuffix::None, StemKind::Word) => true,
        (WordSuffix::Turkish, StemKind::Word) => inflects(c),
        (WordSuffix::Turkish, StemKind::Soft) => is_vowel(c.tail()[0].folded) && softens(c, context) && inflects(c),
        (WordSuffix::Turkish, StemKind::Dropped | StemKind::Doubled) => {
            is_vowel(c.tail()[0].folded) && !is_proper_name(c) && inflects(c)
        }
        (WordSuffix::Turkish, StemKind::Compound) => is_plural_of_compound(c),
        _ => false,
    };
    form && same_letters(c, context)
}

/// Bakanları for Bakanı, if a word before it shows that the ı is a possessive.
fn is_plural_of_compound(c: &StemCandidate<'_>) -> bool {
    let plural =
        matches!(c.tail(), [l, _, r, i, ..] if (l.folded, r.folded) == ('l', 'r') && matches!(i.folded, 'i' | 'u'));
    plural && !c.role.first && inflects(c)
}

fn is_vowel(folded: char) -> bool {
    matches!(folded, 'a' | 'e' | 'i' | 'o' | 'u')
}

fn syllables(word: &[WordLetter]) -> usize {
    word.iter().filter(|l| is_vowel(l.folded)).count()
}

/// True for a single watched word with a capital: a proper name, which keeps its letters without an apostrophe.
fn is_proper_name(c: &StemCandidate<'_>) -> bool {
    c.role.first && c.role.last && c.watched[0].original.is_uppercase()
}

/// True if the noun softens its last consonant: kanadı, but kenti; çocuğu and rengi, but halkı.
fn softens(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let [.., before, last] = c.watched else { return false };
    let short = nouns::SOFT_SHORT.iter().any(|w| equals(c.watched, w));
    let polysyllabic = syllables(c.watched) > 1;
    match last.folded {
        'k' => {
            let text = c.stem()[c.stem().len() - 1].original;
            let soft = matches!(text, 'ğ' | 'Ğ') || !context.writes_turkish;
            (before.folded == 'n' && text != 'ğ') || (is_vowel(before.folded) && soft && (polysyllabic || short))
        }
        'p' => !is_proper_name(c) && (polysyllabic || short),
        _ => !is_proper_name(c) && nouns::SOFT_T.iter().any(|w| equals(c.watched, w)),
    }
}

/// True if the suffix joins the stem correctly: a buffer consonant only after a vowel, and vowel harmony.
fn inflects(c: &StemCandidate<'_>) -> bool {
    let (stem, tail) = (c.stem(), c.tail());
    let Some(last) = stem.last() else { return false };
    let first = tail[0].folded;
    if super::latin::is_acronym(c.watched) {
        // It is spelled out, so its last sound is not its last letter: İİTnin.
        return stem.iter().all(|l| l.original.is_uppercase());
    }
    let joined = match last.folded {
        // The n before a case follows a possessive, which ends in a high vowel: Teşkilatına, but Adana is not Ada.
        // After a high vowel, an m makes another noun: sayım, a census.
        'i' | 'u' => !is_vowel(first) && (first != 'm' || is_plural_owner(tail)),
        'a' | 'e' | 'o' => !is_vowel(first) && (first != 'n' || is_genitive(tail) || is_plural_owner(tail)),
        _ => !matches!(first, 'y' | 's' | 'n' | 'm'),
    };
    joined && stem.len() > 2 && !is_another_word(c) && is_copula_possible(c) && harmony::is_harmonic(c)
}

fn is_genitive(tail: &[WordLetter]) -> bool {
    matches!(tail, [_, i, n, ..] if matches!(i.folded, 'i' | 'u') && n.folded == 'n')
}

/// True for mız, nız: ülkemiz, ülkeniz.
fn is_plural_owner(tail: &[WordLetter]) -> bool {
    matches!(tail, [_, i, z, ..] if matches!(i.folded, 'i' | 'u') && z.folded == 'z')
}

/// True if the whole word is listed as another word than the stem and a suffix.
fn is_another_word(c: &StemCandidate<'_>) -> bool {
    let is_own = |word: &[WordLetter]| nouns::OWN_WORDS.iter().any(|w| equals(word, w));
    let begins = |own: &str| {
        let count = own.len();
        count > c.stem().len() && c.word.len() >= count && equals(&c.word[..count], own)
    };
    (is_own(c.word) && !is_own(c.stem()) && c.form.kind == StemKind::Word) || nouns::OWN_STEMS.iter().any(|o| begins(o))
}

/// A past tense or a plural "we are" directly after a consonant is mostly a verb or another noun: yazdı, filiz. It
/// needs a noun of two syllables that is no verb: avukattı, öğretmeniz.
fn is_copula_possible(c: &StemCandidate<'_>) -> bool {
    let high = |l: &WordLetter| matches!(l.folded, 'i' | 'u');
    let bare = match c.tail() {
        [d, i] | [d, i, _, _, _] if matches!(d.folded, 'd' | 't') && high(i) => true,
        [i, z] => high(i) && z.folded == 'z',
        _ => false,
    };
    let mutual = matches!(c.stem(), [.., vowel, sh] if is_vowel(vowel.folded) && matches!(sh.original, 'ş' | 'Ş'));
    let verb = mutual || nouns::VERBS.iter().any(|w| equals(c.stem(), w));
    !bare || (syllables(c.stem()) > 1 && !verb)
}

/// True if the original letters agree, as far as the writer could type them.
fn same_letters(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    if !context.writes_turkish {
        return true;
    }
    let ascii_capitals = c.word.iter().all(|l| l.original.is_ascii_uppercase());
    let last = c.watched.len() - 1;
    c.watched.iter().zip(c.stem()).enumerate().all(|(i, (a, b))| match (dot(a.original), dot(b.original)) {
        (Some(_), Some(_)) => same_dot(a.original, b.original, ascii_capitals),
        _ if matches!(c.form.kind, StemKind::Soft | StemKind::Dropped) && a.folded != b.folded => true,
        _ if i == last && a.original == 'ç' && b.original == 'c' => softens_c(c),
        // Erdogan for Erdoğan is how foreigners type it; on for ön is a different word.
        _ => plain(a.original) == plain(b.original) || (a.original.is_ascii() && c.watched.len() > 4),
    })
}

/// ilaç is ilac- before a vowel, borç is borc-, but maç stays.
fn softens_c(c: &StemCandidate<'_>) -> bool {
    let cluster = matches!(c.watched, [.., before, _] if !is_vowel(before.folded));
    let softer = cluster || syllables(c.watched) > 1 || nouns::SOFT_C.iter().any(|w| equals(c.watched, w));
    softer && c.tail().first().is_some_and(|l| is_vowel(l.folded))
}

fn dot(c: char) -> Option<()> {
    matches!(c, 'i' | 'İ' | 'ı' | 'I' | 'î' | 'Î').then_some(())
}

/// ı and i are two letters. A capital I in the watched word may be either, as in Iran and Irak; in the text it is
/// ı, unless the whole word is capitals of ASCII.
fn same_dot(watched: char, text: char, ascii_capitals: bool) -> bool {
    match (watched, text) {
        ('I', _) => true,
        ('ı', t) => matches!(t, 'ı' | 'I'),
        (_, 'I') => ascii_capitals,
        (_, t) => t != 'ı',
    }
}

/// The letter in lower case, without the optional circumflex.
fn plain(c: char) -> char {
    match c {
        'â' | 'Â' => 'a',
        'û' | 'Û' => 'u',
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}
