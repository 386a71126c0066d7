//! Turkish: chains of suffixes that agree with the vowels before them; never -lık, -lı, -cı, -sız, which make new words.

use super::{StemCandidate, StemEnd, StemForm, StemKind, WordContext, WordSuffix};
use crate::text::words::WordLetter;

const PLURAL: &[&str] = &["lAr"];
const POSSESSIVE: &[&str] = &["I", "sI", "Im", "ImIz", "mIz"];
const CASE: &[&str] = &[
    "I", "yI", "nI", "A", "yA", "nA", "DA", "nDA", "DAn", "nDAn", "In", "nIn", "lA", "ylA", "DAki", "nDAki", "DIr",
    "yDI",
];
const STAGES: &[&[&str]] = &[PLURAL, POSSESSIVE, CASE];
/// The longest chain that is looked at, in letters.
const LONGEST: usize = 12;

/// The places where a stem may end, besides the last letter.
pub fn cuts(word: &[WordLetter], out: &mut Vec<StemEnd>) {
    let least = word.len().saturating_sub(LONGEST).max(3);
    for at in least..word.len() {
        if is_chain(&word[at..], 0) {
            out.push(StemEnd { at, suffix: WordSuffix::Turkish });
        }
    }
}

/// True when letters after an apostrophe are inflection and not a new word: `'nin`, not `'li`.
#[must_use]
pub fn is_inflection(tail: &[WordLetter]) -> bool {
    is_chain(tail, 0)
}

/// The letters are a plural, a possessive and a case, each of which may be absent. After a possessive a case has `n`
/// before it and not `y`: polisine; polisiye is another word.
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

/// How many letters the template takes: `I` is any of ı i u ü, `A` is a or e, `D` is d or t.
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

/// The stem with its last consonant softened: teşkilat keeps its t, kitap is kitab-, çocuk is çocuğ-.
pub fn forms(word: &[WordLetter], forms: &mut Vec<StemForm>) {
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

/// The stems of a compound and of a word that loses a vowel: Dışişleri Bakanı is Bakan- before -ları, şehir is şehr-.
fn shorter(word: &[WordLetter], forms: &mut Vec<StemForm>) {
    let (count, last) = (word.len(), word.last().map(|l| l.folded));
    if matches!(last, Some('i' | 'u')) && count > 4 {
        forms.push(StemForm::kept(count - 1, StemKind::Compound));
        if word[count - 2].folded == 's' && is_vowel(word[count - 3].folded) {
            forms.push(StemForm::kept(count - 2, StemKind::Compound));
        }
    }
    if let Some(last) = last
        && super::exceptions::DROPPING.iter().any(|w| super::spells(word, w))
    {
        forms.push(StemForm::with(count - 2, last, StemKind::Dropped));
    }
}

/// The strict look.
pub fn stands(c: &StemCandidate<'_>, setting: &WordContext) -> bool {
    let form = match (c.cut.suffix, c.form.kind) {
        (WordSuffix::None, StemKind::Whole) => true,
        (WordSuffix::Turkish, StemKind::Whole) => inflects(c),
        (WordSuffix::Turkish, StemKind::Soft | StemKind::Dropped) => is_vowel(c.tail()[0].folded) && inflects(c),
        (WordSuffix::Turkish, StemKind::Compound) => is_plural_of_compound(c),
        _ => false,
    };
    form && same_letters(c, setting)
}

/// Bakanları for Bakanı, where a word before it shows that the ı is a possessive.
fn is_plural_of_compound(c: &StemCandidate<'_>) -> bool {
    let plural =
        matches!(c.tail(), [l, _, r, i, ..] if (l.folded, r.folded) == ('l', 'r') && matches!(i.folded, 'i' | 'u'));
    plural && !c.role.first && inflects(c)
}

fn is_vowel(folded: char) -> bool {
    matches!(folded, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// The suffix joins the stem as it must: a buffer consonant after a vowel only, and vowels that agree.
fn inflects(c: &StemCandidate<'_>) -> bool {
    let (stem, tail) = (c.stem(), c.tail());
    let Some(last) = stem.last() else { return false };
    let first = tail[0].folded;
    if super::latin::is_acronym(c.watched) {
        // It is read letter by letter, so its last sound is not its last letter: İİTnin.
        return stem.iter().all(|l| l.original.is_uppercase());
    }
    let genitive = matches!(tail, [_, i, n, ..] if matches!(i.folded, 'i' | 'u') && n.folded == 'n');
    let joined = match last.folded {
        // The n before a case follows a possessive, which ends in a high vowel: Teşkilatına, but Adana is no Ada.
        'i' | 'u' => !is_vowel(first),
        'a' | 'e' | 'o' => !is_vowel(first) && (first != 'n' || genitive),
        _ => !matches!(first, 'y' | 's' | 'n' | 'm'),
    };
    let is_own = |word: &[WordLetter]| super::exceptions::TURKISH_OWN.iter().any(|w| super::spells(word, w));
    let another_word = is_own(c.word) && !is_own(stem);
    joined && !another_word && stem.len() > 2 && agrees(stem, tail)
}

/// Front vowels follow front vowels, and a high vowel is round after a round one: kanın, not kanun. Borrowed words in
/// l and t may go against it (kontrolü, saati), and so does `ki`.
fn agrees(stem: &[WordLetter], tail: &[WordLetter]) -> bool {
    let free = stem.last().is_some_and(|l| matches!(l.folded, 'l' | 't'));
    let mut before = if free { None } else { stem.iter().rev().find_map(|l| vowel(l.original)) };
    for (i, letter) in tail.iter().enumerate() {
        let of_ki = letter.folded == 'i' && i > 0 && tail[i - 1].folded == 'k';
        let Some(here) = vowel(letter.original).filter(|_| !of_ki) else { continue };
        if before.is_some_and(|b| b.front != here.front || (here.high && b.round != here.round)) {
            return false;
        }
        before = Some(here);
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

/// The letters as they came agree, as far as the writer could have written them.
fn same_letters(c: &StemCandidate<'_>, setting: &WordContext) -> bool {
    if !setting.writes_turkish {
        return true;
    }
    let ascii_capitals = c.word.iter().all(|l| l.original.is_ascii_uppercase());
    let last = c.watched.len() - 1;
    c.watched.iter().zip(c.stem()).enumerate().all(|(i, (a, b))| match (dot(a.original), dot(b.original)) {
        (Some(_), Some(_)) => same_dot(a.original, b.original, ascii_capitals),
        _ if matches!(c.form.kind, StemKind::Soft | StemKind::Dropped) && a.folded != b.folded => true,
        // ilaç is ilac- before a vowel.
        _ if i == last && a.original == 'ç' && c.tail().first().is_some_and(|l| is_vowel(l.folded)) => true,
        // Erdogan for Erdoğan is how foreigners type; on for ön is another word.
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

/// The letter in lower case, without the circumflex that Turkish writes or leaves out.
fn plain(c: char) -> char {
    match c {
        'â' | 'Â' => 'a',
        'û' | 'Û' => 'u',
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}
