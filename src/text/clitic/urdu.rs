//! Urdu: plurals and the oblique.

use super::persian::{before, ends_in_heh, short_hamza};
use super::{Candidate, Cut, Kind, Suffix, ends};
use crate::text::token::Letter;

/// The places where a stem may end in an Urdu word, besides the last letter.
pub fn cuts(word: &[Letter], out: &mut Vec<Cut>) {
    let Some(last) = word.last() else { return };
    if last.original == 'ے' {
        out.push(Cut { at: word.len() - 1, suffix: Suffix::Oblique });
    }
    if matches!(last.original, 'ں' | 'ن') {
        for tail in ["يں", "وں", "ؤں", "ين", "ون"] {
            if ends(word, tail) {
                out.push(Cut { at: word.len() - 2, suffix: Suffix::Plural });
            }
        }
    }
    if ends(word, "ات") || ends(word, "ياں") {
        out.push(Cut { at: word.len() - 2, suffix: Suffix::Plural });
    }
}

/// The strict look at an Urdu word.
pub fn stands(c: &Candidate<'_>) -> bool {
    let stem = c.stem();
    let heh = ends_in_heh(c);
    let inflected = match (c.cut.suffix, c.form.kind) {
        (Suffix::None, Kind::Whole | Kind::Seat) => true,
        (Suffix::Plural, Kind::Whole) => stem.len() > 2 && !heh,
        // مظاہرہ has مظاہروں; مظاہرین are the people.
        (Suffix::Plural, Kind::Short) => stem.len() > 1 && c.tail()[0].folded == 'و',
        // رابطہ becomes رابطے.
        (Suffix::Oblique, Kind::Short) => stem.len() > 1,
        _ => false,
    };
    before(c) && short_hamza(c) && inflected
}
