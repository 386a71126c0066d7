//! Arabic grammar: (و|ف)? (ب|ك|ل)? (ال)? before a noun, pronouns, dual and plural after it.

use super::exceptions;
use super::{ArabicArticle, StemCandidate, StemEnd, StemForm, StemKind, StemStart, WordSuffix, ends, equals};
use crate::text::words::WordLetter;

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
    if last.hamza && last.folded == 'ا' {
        forms.push(StemForm::with(count, 'ي', StemKind::Hamza));
        forms.push(StemForm::with(count, 'و', StemKind::Hamza));
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

/// True if the word begins with the article and not with a hamza: القدس, not ألمانيا.
fn is_article(word: &[WordLetter]) -> bool {
    matches!(word, [alef, lam, _, _, ..] if matches!(alef.original, 'ا' | 'ٱ') && lam.folded == 'ل')
}

/// Accepts or rejects a candidate by its original letters.
pub(crate) fn accepts(c: &StemCandidate<'_>) -> bool {
    before(c) && after(c) && same_letters(c) && !is_function_word(c)
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
        'ك' if is_name(stem) => 3,
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

/// True if the suffix is possible after this word.
fn after(c: &StemCandidate<'_>) -> bool {
    let stem = c.stem();
    let bare_noun = c.start.article == ArabicArticle::No;
    let tail = c.tail();
    if c.end.suffix != WordSuffix::None && ["جده", "مالي", "بون", "قطر"].iter().any(|n| equals(c.watched, n))
    {
        // جدته is his grandmother and not his Jeddah, قطرها its diameter.
        return false;
    }
    match c.end.suffix {
        WordSuffix::None => matches!(c.form.kind, StemKind::Word | StemKind::Seat),
        // An explicit ة is never a pronoun: مصرّة does not contain مصر.
        WordSuffix::Pronoun => {
            let written = tail[0].original != 'ة' && (tail.len() > 1 || stem.len() > 2);
            let kind = c.form.kind != StemKind::Short && (c.form.kind != StemKind::Word || !ends_in_teh(c));
            bare_noun && !c.form.bare && c.role.last && stem.len() > 2 && written && kind
        }
        WordSuffix::Dual => dual(c),
        WordSuffix::Masculine => {
            stem.len() > 3 && matches!(c.form.kind, StemKind::Word | StemKind::Seat) && !is_place(c)
        }
        WordSuffix::Construct => construct(c),
        WordSuffix::Feminine => feminine(c),
        WordSuffix::Tanween => {
            let carries = tail[0].tanween || stem.last().is_some_and(|l| l.tanween);
            let last = stem[stem.len() - 1];
            // روسيا is not روسي (Russian).
            let adjective = is_nisba(c) && stem.len() > 3 && !is_country(c);
            let open = matches!(last.folded, 'ي' | 'ا') && last.original != 'ئ' && !adjective;
            let sure = carries || (stem.len() > 2 && !open && !(stem.len() == 3 && is_name(stem)));
            let alef = tail[0].original == 'ا' && !tail[0].hamza;
            bare_noun && c.form.kind == StemKind::Word && !ends_in_teh(c) && alef && sure
        }
        _ => false,
    }
}

fn ends_in_teh(c: &StemCandidate<'_>) -> bool {
    c.watched.last().is_some_and(|l| l.original == 'ة')
}

/// True if the watched word ends in ي, and is mostly an adjective: with ات it makes a different noun (رياضيات).
fn is_nisba(c: &StemCandidate<'_>) -> bool {
    c.watched.last().is_some_and(|l| matches!(l.original, 'ي' | 'ی' | 'ى'))
}

/// The number of letters of the stem, bare hamzas included.
fn size(c: &StemCandidate<'_>) -> usize {
    c.stem().len() + c.stem().iter().filter(|l| l.hamza).count()
}

/// `ان`, `ين`: after an opened ة, or after a noun of four letters; of three where the article makes it a noun.
/// Names of places have no dual: البحرين is not two seas.
fn dual(c: &StemCandidate<'_>) -> bool {
    if is_place(c) {
        return false;
    }
    let count = size(c);
    match c.form.kind {
        StemKind::Open => true,
        StemKind::Word if ends_in_teh(c) => false,
        StemKind::Word if is_nisba(c) => c.tail()[0].folded == 'ي' && count > 3,
        StemKind::Word | StemKind::Seat => count > 3 || (count == 3 && c.start.article != ArabicArticle::No),
        StemKind::Hamza => true,
        _ => false,
    }
}

/// The construct state, without its noon: مسؤولو المنظمة, قمتي, مواطنيها. A bare ي would be the nisba, so it needs an
/// opened ة.
fn construct(c: &StemCandidate<'_>) -> bool {
    if c.start.article != ArabicArticle::No {
        return false;
    }
    if c.tail().len() > 1 {
        let ending = c.stem()[c.stem().len() - 1].folded;
        let noun = c.form.kind == StemKind::Word && c.stem().len() > 3 && !matches!(ending, 'ي' | 'ه' | 'ا');
        let opened = c.form.kind == StemKind::Open && c.tail()[0].folded == 'ي';
        return c.role.last && (noun || opened) && !c.form.bare && !is_name(c.stem());
    }
    match (c.form.kind, c.tail()[0].folded) {
        (StemKind::Open, 'ي') => true,
        (StemKind::Word, 'و') => {
            let stem = c.stem();
            let participle = stem.len() == 4 && stem[0].folded == 'م';
            (stem.len() > 4 || participle) && !matches!(stem[stem.len() - 1].folded, 'ي' | 'ه' | 'ا')
        }
        _ => false,
    }
}

/// `ات` replaces ة; without ة the noun needs four letters or more: قطرات is not قطر.
fn feminine(c: &StemCandidate<'_>) -> bool {
    let pronoun = c.tail().len() > 2;
    let noun = match c.form.kind {
        StemKind::Short => c.watched.last().is_some_and(|l| l.folded == 'ه'),
        // مستشفيات, but not رياضيات.
        StemKind::Word if c.watched.last().is_some_and(|l| l.original == 'ى') => size(c) > 3,
        StemKind::Word | StemKind::Seat => size(c) > 3 && !ends_in_teh(c) && !is_nisba(c) && !is_place(c),
        _ => false,
    };
    noun && !(pronoun && (!c.role.last || c.start.article != ArabicArticle::No))
}

/// True if the original letters agree. Short words that differ only by a bare hamza are different words (ماء, ما).
fn same_letters(c: &StemCandidate<'_>) -> bool {
    let skip = if c.form.bare { 2 } else { 0 };
    let watched = c.watched.get(skip..).unwrap_or_default();
    let stem = c.stem();
    let seats = watched.iter().zip(stem).all(|(a, b)| {
        a.folded == b.folded || is_hamza(a.original) == is_hamza(b.original) || c.form.kind != StemKind::Seat
    });
    let short = watched.len() <= 3 && c.form.kind == StemKind::Word;
    seats
        && !(short
            && watched
                .iter()
                .zip(stem)
                .any(|(a, b)| a.hamza != b.hamza && !is_hamza(a.original) && !is_hamza(b.original)))
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

/// True if the word with its alef is the name of a country: روسيا.
fn is_country(c: &StemCandidate<'_>) -> bool {
    exceptions::NAMES.iter().any(|name| equals(&c.word[c.start.at..], name))
}

/// True for names of places, which have no plural of their own.
fn is_name(stem: &[WordLetter]) -> bool {
    exceptions::NAMES.iter().chain(exceptions::PLACES).any(|name| equals(stem, name))
}

/// True for a name that looks like a dual or a plural, ignoring the article.
fn is_place(c: &StemCandidate<'_>) -> bool {
    let name = &c.word[c.start.at..];
    exceptions::PLACES.iter().any(|place| equals(name, place))
}
