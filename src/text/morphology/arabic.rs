//! Arabic grammar: (و|ف)? (ب|ك|ل)? (ال)? before a noun, pronouns, dual and plural after it.

use super::exceptions;
use super::{
    ArabicArticle, StemCandidate, StemEnd, StemForm, StemKind, StemStart, WordContext, WordSuffix, ends, equals,
};
use crate::text::words::WordLetter;

mod broken_plurals;
mod nouns;
mod suffixes;

pub(crate) use broken_plurals::broken_plurals;

/// Adds the places where a stem may begin, other than the first letter.
pub(crate) fn stem_starts(word: &[WordLetter], out: &mut Vec<StemStart>) {
    let folded = |i: usize| word.get(i).map_or(' ', |l| l.folded);
    let plain = |i: usize| word.get(i).is_some_and(|l| l.original == l.folded);
    let conjunction = matches!(folded(0), 'و' | 'ف') && plain(0) && word.len() > 2;
    for base in 0..=usize::from(conjunction) {
        let before = (base > 0).then(|| folded(0));
        if base > 0 {
            out.push(StemStart { at: 1, article: ArabicArticle::No, prefix: before });
        }
        article(word, base, before, out);
        let preposition = folded(base);
        if !matches!(preposition, 'ب' | 'ك' | 'ل') || word.len() < base + 3 {
            continue;
        }
        out.push(StemStart { at: base + 1, article: ArabicArticle::No, prefix: Some(preposition) });
        article(word, base + 1, Some(preposition), out);
        if preposition == 'ل' && folded(base + 1) == 'ل' && word.len() > base + 3 {
            out.push(StemStart { at: base + 2, article: ArabicArticle::Contracted, prefix: Some('ل') });
        }
    }
}

/// Adds a start after the article, if its alef is bare and two letters follow.
pub fn article(word: &[WordLetter], at: usize, prefix: Option<char>, out: &mut Vec<StemStart>) {
    if let [alef, lam, _, _, ..] = &word[at..]
        && matches!(alef.original, 'ا' | 'ٱ')
        && lam.folded == 'ل'
    {
        out.push(StemStart { at: at + 2, article: ArabicArticle::Full, prefix });
    }
}

const IN_HEH: &[(&str, WordSuffix)] = &[("ه", WordSuffix::Pronoun), ("اته", WordSuffix::Feminine)];
const IN_ALEF: &[(&str, WordSuffix)] = &[
    ("ا", WordSuffix::Tanween),
    ("ها", WordSuffix::Pronoun),
    ("نا", WordSuffix::Pronoun),
    ("هما", WordSuffix::Pronoun),
    ("اتها", WordSuffix::Feminine),
    ("اتنا", WordSuffix::Feminine),
    ("اتهما", WordSuffix::Feminine),
    ("يها", WordSuffix::Construct),
    ("ينا", WordSuffix::Construct),
    ("يهما", WordSuffix::Construct),
    ("وها", WordSuffix::Construct),
    ("وهما", WordSuffix::Construct),
];
const IN_MEEM: &[(&str, WordSuffix)] = &[
    ("هم", WordSuffix::Pronoun),
    ("كم", WordSuffix::Pronoun),
    ("اتهم", WordSuffix::Feminine),
    ("اتكم", WordSuffix::Feminine),
    ("يهم", WordSuffix::Construct),
    ("وهم", WordSuffix::Construct),
];
const IN_NOON: &[(&str, WordSuffix)] =
    &[("هن", WordSuffix::Pronoun), ("ان", WordSuffix::Dual), ("ين", WordSuffix::Dual), ("ون", WordSuffix::Masculine)];
const IN_WAW: &[(&str, WordSuffix)] = &[("و", WordSuffix::Construct)];
const IN_YEH: &[(&str, WordSuffix)] = &[("ي", WordSuffix::Construct)];
const IN_KAF: &[(&str, WordSuffix)] =
    &[("ك", WordSuffix::Pronoun), ("اتك", WordSuffix::Feminine), ("يك", WordSuffix::Construct)];
const IN_TEH: &[(&str, WordSuffix)] = &[("ات", WordSuffix::Feminine)];

/// Adds the places where a stem may end, other than the last letter.
pub(crate) fn stem_ends(word: &[WordLetter], out: &mut Vec<StemEnd>) {
    let tails = match word.last().map(|l| l.folded) {
        Some('ه') => IN_HEH,
        Some('ا') => IN_ALEF,
        Some('م') => IN_MEEM,
        Some('ن') => IN_NOON,
        Some('و') => IN_WAW,
        Some('ي') => IN_YEH,
        Some('ت') => IN_TEH,
        Some('ك') => IN_KAF,
        _ => return,
    };
    for (tail, suffix) in tails.iter().filter(|(tail, _)| ends(word, tail)) {
        out.push(StemEnd { at: word.len() - tail.chars().count(), suffix: *suffix });
    }
}

/// Adds the stems of a word in Arabic letters, other than the word itself.
pub(crate) fn forms(word: &[WordLetter], forms: &mut Vec<StemForm>) {
    let count = word.len();
    let Some(last) = word.last() else { return };
    if last.folded == 'ه' && count > 2 {
        forms.push(StemForm::with(count - 1, 'ت', StemKind::Open));
        forms.push(StemForm::kept(count - 1, StemKind::Short));
    }
    if last.hamza {
        forms.push(StemForm::with(count, 'ي', StemKind::Hamza));
        if last.folded == 'ا' {
            forms.push(StemForm::with(count, 'و', StemKind::Hamza));
        }
    }
    if last.folded == 'ه' && count > 4 && matches!(word[count - 2].original, 'أ' | 'آ') {
        forms.push(StemForm::kept(count - 2, StemKind::Madda));
    }
    if last.folded == 'ي' && suffixes::is_defective(word) {
        forms.push(StemForm::kept(count - 1, StemKind::Short));
    }
    if last.original == 'ى' && count > 2 {
        forms.push(StemForm::with(count - 1, 'ا', StemKind::Alef));
    }
    if last.original == 'ا' && count > 3 {
        forms.push(StemForm::kept(count - 1, StemKind::Short));
    }
    for (i, letter) in word.iter().enumerate().skip(1).filter(|(_, l)| matches!(l.original, 'ئ' | 'ؤ' | 'أ')) {
        for seat in ['ي', 'و', 'ا'].into_iter().filter(|s| *s != letter.folded) {
            forms.push(StemForm { other: Some((i, seat)), ..StemForm::kept(count, StemKind::Seat) });
        }
    }
    if is_article(word) {
        forms.extend_from_within(..);
        let half = forms.len() / 2;
        forms[half..].iter_mut().for_each(|form| form.bare = true);
    }
}

/// The word without its article.
fn without_article(word: &[WordLetter]) -> &[WordLetter] {
    if is_article(word) { &word[2..] } else { word }
}

/// True if the word begins with the article and not with a hamza: القدس, not ألمانيا.
fn is_article(word: &[WordLetter]) -> bool {
    matches!(word, [alef, lam, _, _, ..] if matches!(alef.original, 'ا' | 'ٱ') && lam.folded == 'ل')
}

/// Accepts or rejects a candidate by its original letters.
pub(crate) fn accepts(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    before(c) && same_letters(c) && suffixes::after(c, context) && !is_function_word(c)
}

/// True if the prefix is possible before this word.
fn before(c: &StemCandidate<'_>) -> bool {
    let stem = c.stem();
    if c.form.bare {
        // ل and a word with the article: للقدس, and للجنة for a stem that itself begins with ل.
        let absorbed = c.start.article == ArabicArticle::No && c.start.prefix == Some('ل') && stem[0].folded == 'ل';
        return c.role.first && (c.start.article == ArabicArticle::Contracted || absorbed);
    }
    let attached = match (c.start.article, c.start.prefix) {
        (ArabicArticle::Full | ArabicArticle::Contracted, _) => {
            return stem.len() >= 2 && !exceptions::NAMES.iter().any(|n| equals(stem, n));
        }
        (ArabicArticle::No, None) => return true,
        (ArabicArticle::No, Some(prefix)) => prefix,
    };
    let enough = match attached {
        'ك' if suffixes::is_name(stem) => 3,
        'ك' => 4,
        'ف' => 3,
        _ => 2,
    };
    stem.len() >= enough && !(c.role.first && c.role.last && is_own_word(c))
}

/// True if the letter before the stem belongs to the word: لجنة is not ل + جنة. In a phrase, the words that follow
/// resolve this.
fn is_own_word(c: &StemCandidate<'_>) -> bool {
    let from = c.start.at - 1;
    let rest = &c.word[from..];
    let until = c.end.at - from;
    exceptions::OWN_WORDS.iter().any(|own| match own.strip_suffix('ه') {
        Some(base) => {
            let count = base.chars().count();
            let feminine = |after: &[WordLetter]| match after {
                [one, ..] if matches!(one.folded, 'ه' | 'ت') => true,
                [alef, teh, ..] => (alef.folded, teh.folded) == ('ا', 'ت'),
                _ => false,
            };
            rest.len() > count && equals(&rest[..count], base) && feminine(&rest[count..])
        }
        None => equals(&rest[..until], own),
    })
}

/// True if the original letters agree. A bare hamza is never optional (إنهاء is not انها), and the seats of two
/// hamzas agree at the beginning of a word.
fn same_letters(c: &StemCandidate<'_>) -> bool {
    let skip = if c.form.bare { 2 } else { 0 };
    let watched = c.watched.get(skip..).unwrap_or_default();
    let stem = c.stem();
    let seats = watched.iter().zip(stem).all(|(a, b)| {
        a.folded == b.folded || is_hamza(a.original) == is_hamza(b.original) || c.form.kind != StemKind::Seat
    });
    // The last hamza of the watched word is a letter of the stem.
    let seated = c.form.kind == StemKind::Hamza;
    let pairs = if seated { watched.len() - 1 } else { watched.len() };
    let bare = watched
        .iter()
        .zip(stem)
        .take(pairs)
        .all(|(a, b)| a.hamza == b.hamza || is_hamza(a.original) || is_hamza(b.original));
    let written = !seated || stem.last().is_some_and(|l| is_hamza(l.original));
    seats && bare && written && same_first_hamza(without_article(watched), stem)
}

/// True unless the first letters are different hamzas that make two words: إعلام (media) and أعلام (flags), إليه and
/// آلية. Names have either: إفريقيا, أفريقيا.
fn same_first_hamza(watched: &[WordLetter], stem: &[WordLetter]) -> bool {
    let stem = if stem.len() > watched.len() { without_article(stem) } else { stem };
    let ([first, ..], [other, ..]) = (watched, stem) else { return true };
    match (first.original, other.original) {
        ('آ', 'إ') | ('إ', 'آ') => false,
        ('أ', 'إ') | ('إ', 'أ') => {
            // The patterns إفعال and أفعال.
            let count = watched.len() + watched.iter().filter(|l| l.hamza).count();
            !(count == 5 && watched.get(3).is_some_and(|l| l.folded == 'ا'))
        }
        _ => true,
    }
}

fn is_hamza(c: char) -> bool {
    matches!(c, 'أ' | 'إ' | 'ؤ' | 'ئ')
}

/// True for function words such as على, which is written with ى everywhere except in Egypt and is never the name علي.
fn is_function_word(c: &StemCandidate<'_>) -> bool {
    let same = c.watched.last().zip(c.stem().last()).is_some_and(|(a, b)| a.original == b.original);
    let own = c.stem().last().is_some_and(|l| l.original == 'ى');
    own && !same && ["علي", "الي", "حتي", "لدي", "متي", "سوي", "مني"].iter().any(|w| equals(c.stem(), w))
}
