//! Persian: plurals, possessives and the ezafe, joined, spaced or after ZWNJ.

use super::exceptions;
use super::{ArabicArticle, StemCandidate, StemEnd, StemKind, WordSuffix, ends, spells};
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

/// The places where a stem may end in a Persian word, besides the last letter.
pub fn cuts(word: &[WordLetter], out: &mut Vec<StemEnd>) {
    for (tail, suffix) in TAILS {
        if ends(word, tail) {
            out.push(StemEnd { at: word.len() - tail.chars().count(), suffix: *suffix });
        }
    }
}

/// A word that stands apart from its noun, behind a space or ZWNJ, and belongs to it: the span of a match takes it in.
#[must_use]
pub fn is_loose_suffix(word: &[WordLetter], spaced: bool) -> bool {
    let plural = ["ها", "هاي", "هايي", "هايش", "هايشان", "هايمان"].iter().any(|s| spells(word, s));
    let close = ["ي", "اي", "اش", "ام", "ات", "مان", "تان", "شان", "م", "ت", "ش", "يي"];
    plural || (!spaced && close.iter().any(|s| spells(word, s)))
}

/// The strict look at a Persian word.
pub fn stands(c: &StemCandidate<'_>) -> bool {
    let inflected = match c.form.kind {
        StemKind::Whole | StemKind::Seat => after(c),
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
    match c.cut.suffix {
        WordSuffix::None => true,
        WordSuffix::Plural => match c.tail()[0].folded {
            'ه' => stem.len() > 1,
            'گ' => false,
            'ي' if c.tail().len() > 2 => stem.len() > 3 && matches!(last, 'ا' | 'و') && !is_place(stem),
            // ان, ات and the Arabic ین: a word of four letters that does not end in a long vowel and names no place.
            _ => stem.len() > 3 && (!vowel || last == 'ي') && !is_place(stem),
        },
        // ی after the name of a place makes the adjective: ایرانی is no ایران.
        WordSuffix::OneLetter if c.tail()[0].folded == 'ي' => {
            // گروهی: an ه that is heard; after a silent one the ی stands apart.
            let heard = last == 'ه' && stem.len() > 3;
            stem.len() > 2 && (!vowel || heard || matches!(last, 'ا' | 'و')) && !is_place(stem)
        }
        // After three letters it makes other words: مردم is no مرد, ارزش no ارز.
        WordSuffix::OneLetter => c.role.last && stem.len() > 3 && !vowel && !is_place(stem),
        WordSuffix::Possessive => {
            let after_vowel = matches!(c.tail()[0].folded, 'ا' | 'ي');
            c.role.last && stem.len() > 2 && (if after_vowel { vowel } else { true }) && !is_place(stem)
        }
        _ => false,
    }
}

/// Nothing is glued to the front but the Arabic article of a borrowed name.
pub(super) fn before(c: &StemCandidate<'_>) -> bool {
    !c.form.bare && c.start.clitic.is_none() && (c.start.article == ArabicArticle::No || c.stem().len() > 2)
}

pub(super) fn short_hamza(c: &StemCandidate<'_>) -> bool {
    c.watched.len() > 3 || !c.watched.iter().zip(c.stem()).any(|(a, b)| a.hamza != b.hamza)
}

pub(super) fn ends_in_heh(c: &StemCandidate<'_>) -> bool {
    c.watched.last().is_some_and(|l| l.folded == 'ه')
}

/// What stands apart after a ZWNJ makes the adjective of the place: ترکیه‌ای is no ترکیه.
#[must_use]
pub fn is_adjective(place: &[WordLetter], after: &[WordLetter]) -> bool {
    ["اي", "يي", "ي"].iter().any(|s| spells(after, s)) && is_place(place)
}

fn is_place(stem: &[WordLetter]) -> bool {
    exceptions::PERSIAN_PLACES.iter().any(|p| spells(stem, p))
}
