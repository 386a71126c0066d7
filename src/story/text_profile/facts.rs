//! Recognises the words that distinguish events in every wording: places, numbers, ordinals, months and days of the week.

use std::sync::LazyLock;

use super::vocabulary::folded;
use super::{ProfileWord, prefix};
use crate::story::key_hash::{KeyMap, stable_hash};

/// What a fact is about. Only facts of one kind can contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum FactKind {
    /// A country or a city.
    Place,
    /// A number.
    Number,
    /// A place in an order: "the fifth session".
    Ordinal,
    /// A month of the Gregorian calendar.
    Month,
    /// A day of the week.
    Weekday,
}

/// A place, a number or a day that a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Fact {
    /// What it is about.
    pub(crate) kind: FactKind,
    /// The number in thousandths, the number of a month or day, or a hash of a place's key.
    pub(crate) value: u64,
}

/// Thousandths in one: numbers keep three decimal places.
pub(crate) const ONE: u64 = 1_000;

/// Names of places by the key of their first word: the keys of all words, and the place.
type PlaceNames = KeyMap<Vec<(Vec<u64>, Fact)>>;

static PLACES: LazyLock<PlaceNames> = LazyLock::new(place_names);
static VALUES: LazyLock<KeyMap<Fact>> = LazyLock::new(values);

/// Marks the words that stand for a fact.
pub(super) fn mark(words: &mut [ProfileWord]) {
    for at in 0..words.len() {
        if words[at].fact.is_some() {
            continue;
        }
        if let Some((length, place)) = place_at(words, at) {
            words[at..at + length].iter_mut().for_each(|word| word.fact = Some(place));
        } else {
            words[at].fact = number(&words[at].word).or_else(|| value(&words[at].word));
        }
    }
}

/// The longest name of a place that begins at this word, and its length in words.
fn place_at(words: &[ProfileWord], at: usize) -> Option<(usize, Fact)> {
    let names = PLACES.get(&words[at].key)?;
    let stands = |name: &&(Vec<u64>, Fact)| {
        name.0.iter().enumerate().all(|(n, key)| words.get(at + n).is_some_and(|word| word.key == *key))
    };
    names.iter().filter(stands).max_by_key(|name| name.0.len()).map(|(keys, place)| (keys.len(), *place))
}

fn number(word: &str) -> Option<Fact> {
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value = match word.split_once('.') {
        Some((whole, part)) => {
            let part: String = part.chars().chain("000".chars()).take(3).collect();
            whole.parse::<u64>().ok()?.checked_mul(ONE)?.checked_add(part.parse().ok()?)?
        }
        None => match word.parse::<u64>() {
            Ok(whole) => whole.checked_mul(ONE)?,
            // `g20`, `12h30` and numbers beyond all counts: equal only to themselves.
            Err(_) => stable_hash(word.as_bytes()) | 1 << 63,
        },
    };
    Some(Fact { kind: FactKind::Number, value })
}

/// The value of a word, with or without the Arabic "and" before it.
fn value(word: &str) -> Option<Fact> {
    let of = |word: &str| VALUES.get(&stable_hash(word.as_bytes())).copied();
    of(word).or_else(|| of(word.strip_prefix('و')?))
}

fn values() -> KeyMap<Fact> {
    let mut values = KeyMap::default();
    for line in include_str!("values.txt").lines() {
        let Some((head, words)) = line.split_once(": ") else { continue };
        let Some((kind, value)) = head.split_once(' ') else { continue };
        let kind = match kind {
            "number" => FactKind::Number,
            "ordinal" => FactKind::Ordinal,
            "month" => FactKind::Month,
            "weekday" => FactKind::Weekday,
            _ => continue,
        };
        let Ok(value) = value.parse::<u64>() else { continue };
        let value = if kind == FactKind::Number { value * ONE } else { value };
        for word in words.split(' ').map(|word| folded(word).concat()) {
            values.entry(stable_hash(word.as_bytes())).or_insert(Fact { kind, value });
        }
    }
    values
}

/// The fewest letters of a place's name: shorter ones are words of other languages. Chosen by hand.
const PLACE_LETTERS: usize = 3;

fn place_names() -> PlaceNames {
    let mut places = PlaceNames::default();
    let lines = include_str!("places.txt").lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        let Some((key, names)) = line.split_once('|') else { continue };
        let place = Fact { kind: FactKind::Place, value: stable_hash(key.as_bytes()) };
        for name in names.split('|') {
            let words = folded(name);
            let letters: usize = words.iter().map(|word| word.chars().count()).sum();
            let keys: Vec<u64> = words.iter().map(|word| stable_hash(&word.as_bytes()[prefix(word)..])).collect();
            let is_stock = words.len() == 1 && super::vocabulary::is_stock(&words[0]);
            if let Some(first) = keys.first().copied().filter(|_| letters >= PLACE_LETTERS && !is_stock) {
                places.entry(first).or_default().push((keys, place));
            }
        }
    }
    places
}
