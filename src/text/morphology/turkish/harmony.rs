//! Turkish vowel harmony.

use super::{nouns, syllables};
use crate::text::morphology::{StemCandidate, StemKind, equals};

/// Front vowels follow front vowels, and a high vowel is rounded after a rounded one: kanın, not kanun. After some
/// borrowed words with a back vowel, front vowels follow (kontrolü, saati); never the other way round: adeta is not
/// adet.
pub(super) fn is_harmonic(c: &StemCandidate<'_>) -> bool {
    // hapis is haps- before a vowel, and keeps the harmony of its i.
    let word = if c.form.kind == StemKind::Dropped { c.watched } else { c.stem() };
    let mut before = word.iter().rev().find_map(|l| vowel(l.original));
    let mut may_turn_front = takes_front(c);
    let tail = c.tail();
    for (i, letter) in tail.iter().enumerate() {
        let of_ki = letter.original != 'ı' && letter.folded == 'i' && i > 0 && tail[i - 1].folded == 'k';
        let Some(next) = vowel(letter.original).filter(|_| !of_ki) else { continue };
        let turns = std::mem::take(&mut may_turn_front) && next.front;
        let agrees = |b: Vowel| (b.front == next.front || turns) && (!next.high || b.round == next.round);
        if !before.is_none_or(agrees) {
            return false;
        }
        before = Some(next);
    }
    true
}

/// True for a borrowed word in l or at, and a few others, which may take front vowels.
fn takes_front(c: &StemCandidate<'_>) -> bool {
    let word = c.watched;
    let ending = matches!(word, [.., vowel, last] if matches!(vowel.folded, 'a' | 'o' | 'u') && last.folded == 'l')
        || matches!(word, [.., a, t] if (a.folded, t.folded) == ('a', 't'));
    (ending && syllables(word) > 1) || nouns::FRONT.iter().any(|w| equals(word, w))
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
