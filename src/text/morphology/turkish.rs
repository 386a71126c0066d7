//! Turkish grammar: chains of suffixes in vowel harmony; not -lık, -lı, -cı, -sız, which make new words.

use super::{StemCandidate, StemEnd, StemForm, StemKind, WordContext, WordSuffix};
use crate::text::words::WordLetter;

const PLURAL: &[&str] = &["lAr"];
const POSSESSIVE: &[&str] = &["I", "sI", "Im", "ImIz", "mIz"];
const CASE: &[&str] = &[
    "I", "yI", "nI", "A", "yA", "nA", "DA", "nDA", "DAn", "nDAn", "In", "nIn", "lA", "ylA", "DAki", "nDAki", "DIr",
    "yDI",
];
const STAGES: &[&[&str]] = &[PLURAL, POSSESSIVE, CASE];
/// The longest chain of suffixes, in letters. Chosen by hand.
const MAX_CHAIN: usize = 12;

/// Adds the places where a stem may end, other than the last letter.
pub(crate) fn stem_ends(word: &[WordLetter], out: &mut Vec<StemEnd>) {
    let least = word.len().saturating_sub(MAX_CHAIN).max(3);
    for at in least..word.len() {
        if is_chain(&word[at..], 0) {
            out.push(StemEnd { at, suffix: WordSuffix::Turkish });
        }
    }
}

/// True if letters after an apostrophe are inflection and not a new word: `'nin`, not `'li`.
#[must_use]
pub(crate) fn is_inflection(tail: &[WordLetter]) -> bool {
    is_chain(tail, 0)
}

/// True if the letters are a plural, a possessive and a case, each optional. After a possessive a case begins with `n`
/// and not `y`: polisine; polisiye is a different word.
fn is_chain(tail: &[WordLetter], stage: usize) -> bool {
    if tail.is_empty() {
        return true;
    }
    let fits = |t: &str| !(stage == 2 && matches!(t, "yA" | "yI"));
    (stage..STAGES.len()).any(|s| {
        let templates = STAGES[s].iter().filter(|t| fits(t));
        templates.into_iter().any(|t| follows(tail, t).is_some_and(|n| is_chain(&tail[n..], s + 1)))
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

/// Adds the stem with a softened last consonant: teşkilat keeps its t, kitap is kitab-, çocuk is çocuğ-.
pub(crate) fn forms(word: &[WordLetter], forms: &mut Vec<StemForm>) {
    shorter(word, forms);
    let soft = match word.last().map(|l| (l.folded, l.original)) {
        Some(('k', _)) => 'g',
        Some(('p', _)) => 'b',
        Some(('c', 'ç' | 'Ç')) => 'c',
        Some(('t', _)) => 'd',
        _ => return,
    };
    if word.len() > 3 && soft != 'c' {
        forms.push(StemForm::with(word.len() - 1, soft, StemKind::Soft));
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
    if let Some(last) = last
        && super::exceptions::VOWEL_DROPPING.iter().any(|w| super::equals(word, w))
    {
        forms.push(StemForm::with(count - 2, last, StemKind::Dropped));
    }
}

/// Accepts or rejects a candidate by its original letters.
pub(crate) fn accepts(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let form = match (c.end.suffix, c.form.kind) {
        (WordSuffix::None, StemKind::Word) => true,
        (WordSuffix::Turkish, StemKind::Word) => inflects(c),
        (WordSuffix::Turkish, StemKind::Soft | StemKind::Dropped) => is_vowel(c.tail()[0].folded) && inflects(c),
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

/// True if the suffix joins the stem correctly: a buffer consonant only after a vowel, and vowel harmony.
fn inflects(c: &StemCandidate<'_>) -> bool {
    let (stem, tail) = (c.stem(), c.tail());
    let Some(last) = stem.last() else { return false };
    let first = tail[0].folded;
    if super::latin::is_acronym(c.watched) {
        // It is spelled out, so its last sound is not its last letter: İİTnin.
        return stem.iter().all(|l| l.original.is_uppercase());
    }
    let genitive = matches!(tail, [_, i, n, ..] if matches!(i.folded, 'i' | 'u') && n.folded == 'n');
    let joined = match last.folded {
        // The n before a case follows a possessive, which ends in a high vowel: Teşkilatına, but Adana is not Ada.
        'i' | 'u' => !is_vowel(first),
        'a' | 'e' | 'o' => !is_vowel(first) && (first != 'n' || genitive),
        _ => !matches!(first, 'y' | 's' | 'n' | 'm'),
    };
    let is_own = |word: &[WordLetter]| super::exceptions::TURKISH_OWN.iter().any(|w| super::equals(word, w));
    let another_word = is_own(c.word) && !is_own(stem);
    joined && !another_word && stem.len() > 2 && is_harmonic(stem, tail)
}

/// Vowel harmony: front vowels follow front vowels, and a high vowel is rounded after a rounded one: kanın, not kanun.
/// Borrowed words in l and t may break it (kontrolü, saati), and so does `ki`.
fn is_harmonic(stem: &[WordLetter], tail: &[WordLetter]) -> bool {
    let free = stem.last().is_some_and(|l| matches!(l.folded, 'l' | 't'));
    let mut before = if free { None } else { stem.iter().rev().find_map(|l| vowel(l.original)) };
    for (i, letter) in tail.iter().enumerate() {
        let of_ki = letter.folded == 'i' && i > 0 && tail[i - 1].folded == 'k';
        let Some(next) = vowel(letter.original).filter(|_| !of_ki) else { continue };
        if before.is_some_and(|b| b.front != next.front || (next.high && b.round != next.round)) {
            return false;
        }
        before = Some(next);
    }
    true
}

#[derive(Clone, Copy)]
struct Vowel {
    front: bool,
    round: bool,
    high: bool,
}

fn vowel(c: char) -> Option<Vowel> {
    let (front, round, high) = match c {
        'e' | 'E' => (true, false, false),
        'i' | 'İ' => (true, false, true),
        'ö' | 'Ö' => (true, true, false),
        'ü' | 'Ü' => (true, true, true),
        'a' | 'A' | 'â' | 'Â' => (false, false, false),
        'ı' | 'I' => (false, false, true),
        'o' | 'O' => (false, true, false),
        'u' | 'U' => (false, true, true),
        _ => return None,
    };
    Some(Vowel { front, round, high })
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
        // ilaç is ilac- before a vowel.
        _ if i == last && a.original == 'ç' && c.tail().first().is_some_and(|l| is_vowel(l.folded)) => true,
        // Erdogan for Erdoğan is how foreigners type it; on for ön is a different word.
        _ => plain(a.original) == plain(b.original) || (a.original.is_ascii() && c.watched.len() > 4),
    })
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
