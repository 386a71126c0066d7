//! Urdu grammar: plurals and the oblique.

use super::persian::{before, ends_in_heh, is_arabic_plural, is_of_another, short_hamza};
use super::{StemCandidate, StemEnd, StemKind, WordSuffix, ends, equals};
use crate::text::words::WordLetter;

/// Adds the places where a stem may end, other than the last letter.
pub(crate) fn stem_ends(word: &[WordLetter], out: &mut Vec<StemEnd>) {
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

/// Accepts or rejects a candidate by its original letters.
pub(crate) fn accepts(c: &StemCandidate<'_>) -> bool {
    let stem = c.stem();
    let heh = ends_in_heh(c);
    let inflected = match (c.end.suffix, c.form.kind) {
        (WordSuffix::None, StemKind::Word | StemKind::Seat) => true,
        // A heard ہ stays before وں and یں: سربراہوں, تنخواہیں.
        (WordSuffix::Plural, StemKind::Word) if is_arabic_plural(c.tail()) => {
            stem.len() > 2 && !heh && !is_of_another(stem)
        }
        (WordSuffix::Plural, StemKind::Word) => {
            stem.len() > 2 && (!heh || matches!(c.tail(), [_, noon] if noon.original == 'ں'))
        }
        // مظاہرہ has مظاہروں; مظاہرین are the people.
        (WordSuffix::Plural, StemKind::Short) if c.tail()[0].folded == 'و' => stem.len() > 1,
        // واقعہ has واقعات.
        (WordSuffix::Plural, StemKind::Short) => {
            stem.len() > 2 && heh && is_arabic_plural(c.tail()) && !equals(stem, "ساد")
        }
        // رابطہ becomes رابطے.
        (WordSuffix::Oblique, StemKind::Short) => stem.len() > 1,
        _ => false,
    };
    before(c) && short_hamza(c) && same_yeh(c) && inflected
}

/// ے and ی are two letters: پانے is not پانی.
fn same_yeh(c: &StemCandidate<'_>) -> bool {
    let bari = |l: &WordLetter| matches!(l.original, 'ے' | 'ۓ');
    c.watched.iter().zip(c.stem()).all(|(a, b)| a.folded != b.folded || bari(a) == bari(b))
}
