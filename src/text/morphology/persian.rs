//! Persian grammar: plurals, possessives and the ezafe, joined, spaced or after ZWNJ.

use super::exceptions;
use super::{ArabicArticle, StemCandidate, StemEnd, StemKind, WordSuffix, ends, equals};
use crate::text::words::WordLetter;

const TAILS: &[(&str, WordSuffix)] = &[
    ("ها", WordSuffix::Plural),
    ("هاي", WordSuffix::Plural),
    ("هايي", WordSuffix::Plural),
    ("هايش", WordSuffix::Plural),
    ("هايشان", WordSuffix::Plural),
    ("هايمان", WordSuffix::Plural),
    ("هايم", WordSuffix::Plural),
    ("هايت", WordSuffix::Plural),
    ("هاست", WordSuffix::Plural),
    ("ان", WordSuffix::Plural),
    ("يان", WordSuffix::Plural),
    ("گان", WordSuffix::Plural),
    ("ات", WordSuffix::Plural),
    ("ين", WordSuffix::Plural),
    ("ي", WordSuffix::OneLetter),
    ("م", WordSuffix::OneLetter),
    ("ش", WordSuffix::OneLetter),
    ("اي", WordSuffix::Possessive),
    ("يي", WordSuffix::Possessive),
    ("اش", WordSuffix::Possessive),
    ("ام", WordSuffix::Possessive),
    ("مان", WordSuffix::Possessive),
    ("تان", WordSuffix::Possessive),
    ("شان", WordSuffix::Possessive),
    ("يشان", WordSuffix::Possessive),
];

/// Adds the places where a stem may end, other than the last letter.
pub(crate) fn stem_ends(word: &[WordLetter], out: &mut Vec<StemEnd>) {
    for (tail, suffix) in TAILS {
        if ends(word, tail) {
            out.push(StemEnd { at: word.len() - tail.chars().count(), suffix: *suffix });
        }
    }
}

/// True for a suffix that is detached from its noun by a space or ZWNJ; the span of a match includes it.
#[must_use]
pub(crate) fn is_detached_suffix(word: &[WordLetter], spaced: bool) -> bool {
    let plural = ["ها", "هاي", "هايي", "هايش", "هايشان", "هايمان"].iter().any(|s| equals(word, s));
    let attached = ["ي", "اي", "اش", "ام", "ات", "مان", "تان", "شان", "م", "ت", "ش", "يي"];
    plural || (!spaced && attached.iter().any(|s| equals(word, s)))
}

/// Accepts or rejects a candidate by its original letters.
pub(crate) fn accepts(c: &StemCandidate<'_>) -> bool {
    let inflected = match c.form.kind {
        StemKind::Word | StemKind::Seat => after(c),
        // نماینده becomes نمایندگان.
        StemKind::Short => c.stem().len() > 3 && c.tail().first().is_some_and(|l| l.folded == 'گ') && ends_in_heh(c),
        _ => false,
    };
    before(c) && short_hamza(c) && inflected
}

fn after(c: &StemCandidate<'_>) -> bool {
    let stem = c.stem();
    let last = stem[stem.len() - 1].folded;
    let vowel = matches!(last, 'ه' | 'ا' | 'و' | 'ي');
    match c.end.suffix {
        WordSuffix::None => true,
        WordSuffix::Plural => match c.tail()[0].folded {
            'ه' => stem.len() > 1,
            'گ' => false,
            'ي' if c.tail().len() > 2 => stem.len() > 3 && matches!(last, 'ا' | 'و') && !is_place(stem),
            // ان, ات and the Arabic ین: a word of four letters that does not end in a long vowel and is not a place
            // name.
            _ => stem.len() > 3 && (!vowel || last == 'ي') && !is_place(stem),
        },
        // ی after a place name makes the adjective: ایرانی is not ایران.
        WordSuffix::OneLetter if c.tail()[0].folded == 'ي' => {
            // گروهی: a pronounced ه; after a silent one the ی is detached.
            let pronounced = last == 'ه' && stem.len() > 3;
            stem.len() > 2 && (!vowel || pronounced || matches!(last, 'ا' | 'و')) && !is_place(stem)
        }
        // After three letters it makes other words: مردم is not مرد, ارزش is not ارز.
        WordSuffix::OneLetter => c.role.last && stem.len() > 3 && !vowel && !is_place(stem),
        WordSuffix::Possessive => {
            let after_vowel = matches!(c.tail()[0].folded, 'ا' | 'ي');
            c.role.last && stem.len() > 2 && (if after_vowel { vowel } else { true }) && !is_place(stem)
        }
        _ => false,
    }
}

/// True if nothing precedes the stem but the Arabic article of a borrowed name.
pub(super) fn before(c: &StemCandidate<'_>) -> bool {
    !c.form.bare && c.start.prefix.is_none() && (c.start.article == ArabicArticle::No || c.stem().len() > 2)
}

pub(super) fn short_hamza(c: &StemCandidate<'_>) -> bool {
    c.watched.len() > 3 || !c.watched.iter().zip(c.stem()).any(|(a, b)| a.hamza != b.hamza)
}

pub(super) fn ends_in_heh(c: &StemCandidate<'_>) -> bool {
    c.watched.last().is_some_and(|l| l.folded == 'ه')
}

/// True if the suffix after a ZWNJ makes the adjective of a place: ترکیه‌ای is not ترکیه.
#[must_use]
pub(crate) fn is_adjective(place: &[WordLetter], after: &[WordLetter]) -> bool {
    ["اي", "يي", "ي"].iter().any(|s| equals(after, s)) && is_place(place)
}

fn is_place(stem: &[WordLetter]) -> bool {
    exceptions::PERSIAN_PLACES.iter().any(|p| equals(stem, p))
}
