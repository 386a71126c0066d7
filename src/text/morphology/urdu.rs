//! Urdu: plurals and the oblique.

use super::persian::{before, ends_in_heh, short_hamza};
use super::{StemCandidate, StemEnd, StemKind, WordSuffix, ends};
use crate::text::words::WordLetter;

/// The places where a stem may end in an Urdu word, besides the last letter.
pub fn cuts(word: &[WordLetter], out: &mut Vec<StemEnd>) {
    let Some(last) = word.last() else { return };
    if last.original == 'ے' {
        out.push(StemEnd { at: word.len() - 1, suffix: WordSuffix::Oblique });
    }
    if matches!(last.original, 'ں' | 'ن') {
        for tail in ["يں", "وں", "ؤں", "ين", "ون"] {
            if ends(word, tail) {
                out.push(StemEnd { at: word.len() - 2, suffix: WordSuffix::Plural });
            }
        }
    }
    if ends(word, "ات") || ends(word, "ياں") {
        out.push(StemEnd { at: word.len() - 2, suffix: WordSuffix::Plural });
    }
}

/// The strict look at an Urdu word.
pub fn stands(c: &StemCandidate<'_>) -> bool {
    let stem = c.stem();
    let heh = ends_in_heh(c);
    let inflected = match (c.cut.suffix, c.form.kind) {
        (WordSuffix::None, StemKind::Whole | StemKind::Seat) => true,
        (WordSuffix::Plural, StemKind::Whole) => stem.len() > 2 && !heh,
        // مظاہرہ has مظاہروں; مظاہرین are the people.
        (WordSuffix::Plural, StemKind::Short) => stem.len() > 1 && c.tail()[0].folded == 'و',
        // رابطہ becomes رابطے.
        (WordSuffix::Oblique, StemKind::Short) => stem.len() > 1,
        _ => false,
    };
    before(c) && short_hamza(c) && inflected
}
