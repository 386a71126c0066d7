//! Finds the names that two reports have in common, by their consonants.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::event_features::{EventFeatures, NamePart};

/// The fewest consonants of a key that may differ in one of them. Chosen by hand.
const MIN_APPROXIMATE: usize = 5;

/// The fewest consonants by which a word alone is a name in common. Chosen by hand: pairs of consonants are equal by
/// chance.
const MIN_ALONE: usize = 3;

/// How much a differing consonant lowers the number of those in common. Chosen by hand.
const DIFFERENCE: f64 = 1.5;

/// The evidence of each consonant after the second. This and the following weights are measured with `quality cross` on
/// 128 rows, where scores change little with them.
const CONSONANT: f64 = 0.8;

/// The evidence of a short word beside another one in common.
const SHORT: f64 = 0.3;

/// What a neighbour in common adds: given name and surname.
const NEIGHBOUR: f64 = 0.7;

/// The most evidence of one word, of a name of several words, and of a frequent given name.
const MAX_WORD: f64 = 3.0;
const MAX_NAME: f64 = 3.5;
const MAX_GIVEN_NAME: f64 = 0.6;

/// What each further word of a name adds of its own evidence.
const FURTHER_WORD: f64 = 0.35;

/// The evidence that is left of a word that is written alike in two languages of the Arabic script: it may be a loan.
const LOAN: f64 = 0.6;

/// The evidence that is left of three consonants alone between two languages of the Arabic script, where every word may be
/// a name. Of 47,909 pairs of agency texts in two languages, the highest score falls from 4.7 to 2.7 with it.
const THREE_CONSONANTS: f64 = 0.25;

/// The share of a Latin spelling in common that counts as consonants.
const SAME_SPELLING: f64 = 0.8;

/// The words between which two parts of a name stand at most.
const NAME_SPAN: usize = 2;

/// Consonants of the most frequent given names: Muhammad, Ali, Hassan, Yusuf, Ibrahim, Mustafa, John, James, Khan and so
/// on. Chosen by hand.
const GIVEN_NAMES: [&str; 24] = [
    "MHMT", "MT", "HMT", "MMT", "LH", "BTLH", "BTL", "KRM", "HSN", "HSM", "SN", "SM", "SLM", "YSF", "SF", "BRHM",
    "RHM", "XRF", "MSTF", "RHMN", "HN", "GN", "GMS", "TFT",
];

/// The parts of names that one key stands for, and the long keys that are compared. Chosen by hand; they bound the time
/// and the memory of a comparison.
const MAX_PARTS: usize = 8;
const MAX_LONG_KEYS: usize = 500;

/// Two words with consonants in common: their places in both lists of names.
type NamePair = (usize, usize);

/// The evidence that two reports name the same people and bodies; 0 for none.
pub(super) fn evidence(a: &EventFeatures, b: &EventFeatures) -> f64 {
    let pairs = pairs(a, b);
    let places: HashSet<(usize, usize)> = pairs.keys().map(|(x, y)| (a.names[*x].at, b.names[*y].at)).collect();
    let mut weights: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for (pair, consonants) in &pairs {
        let (x, y) = (&a.names[pair.0], &b.names[pair.1]);
        let weight = weight(x, y, *consonants, has_neighbour(x, y, &places), !a.has_capitals() && !b.has_capitals());
        let best = weights.entry((x.word.as_str(), y.word.as_str())).or_default();
        *best = best.max(weight);
    }
    let chosen = one_to_one(weights);
    names(&chosen, &pairs, a, b)
}

/// The keys of a report in the order of the text, and the parts of names that have each.
struct NameKeys<'a> {
    order: Vec<&'a str>,
    parts: HashMap<&'a str, Vec<usize>>,
}

impl<'a> NameKeys<'a> {
    fn of(features: &'a EventFeatures) -> Self {
        let mut keys = Self { order: Vec::new(), parts: HashMap::new() };
        for (at, part) in features.names.iter().enumerate() {
            for key in &part.keys {
                let parts = keys.parts.entry(key).or_insert_with(|| {
                    keys.order.push(key);
                    Vec::new()
                });
                if parts.len() < MAX_PARTS {
                    parts.push(at);
                }
            }
        }
        keys
    }

    fn parts(&self, key: &str) -> &[usize] {
        self.parts.get(key).map_or(&[], Vec::as_slice)
    }

    /// The first keys that may differ in one consonant.
    fn long(&self) -> impl Iterator<Item = &'a str> {
        self.order.iter().copied().filter(|key| key.len() >= MIN_APPROXIMATE).take(MAX_LONG_KEYS)
    }
}

/// Every pair of words with equal or similar keys, and the number of consonants in common.
#[expect(clippy::cast_precision_loss, reason = "a word has few letters")]
fn pairs(a: &EventFeatures, b: &EventFeatures) -> BTreeMap<NamePair, f64> {
    let (keys_a, keys_b) = (NameKeys::of(a), NameKeys::of(b));
    let mut pairs: BTreeMap<NamePair, f64> = BTreeMap::new();
    let mut take = |one: &str, two: &str, consonants: &dyn Fn(&NamePart, &NamePart) -> f64| {
        for (x, y) in keys_a.parts(one).iter().flat_map(|x| keys_b.parts(two).iter().map(move |y| (*x, *y))) {
            let best = pairs.entry((x, y)).or_default();
            *best = best.max(consonants(&a.names[x], &b.names[y]));
        }
    };
    let latin = a.has_capitals() && b.has_capitals();
    for key in &keys_a.order {
        take(key, key, &|x, y| consonants(x, y, key.len(), latin));
    }
    for one in keys_a.long() {
        for two in keys_b.long().filter(|two| *two != one && is_one_edit(one.as_bytes(), two.as_bytes())) {
            take(one, two, &|_, _| one.len().min(two.len()) as f64 - DIFFERENCE);
        }
    }
    pairs
}

#[expect(clippy::cast_precision_loss, reason = "a word has few letters")]
fn consonants(x: &NamePart, y: &NamePart, key: usize, latin: bool) -> f64 {
    if latin && x.word == y.word {
        (key as f64 + 1.0).max(x.word.chars().count() as f64 * SAME_SPELLING)
    } else {
        key as f64
    }
}

/// True if one consonant differs, is missing or is added, but not the first.
fn is_one_edit(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let start = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let rest = &long[(start + 1).min(long.len())..];
    start > 0 && (rest == &short[start.min(short.len())..] || rest == &short[(start + 1).min(short.len())..])
}

/// True if the words beside both are in common too.
fn has_neighbour(x: &NamePart, y: &NamePart, places: &HashSet<(usize, usize)>) -> bool {
    neighbours(x.at, y.at).any(|place| places.contains(&place))
}

/// The places beside both words, on the same side.
fn neighbours(x: usize, y: usize) -> impl Iterator<Item = (usize, usize)> {
    let steps = (1..=NAME_SPAN).flat_map(|dx| (1..=NAME_SPAN).map(move |dy| (dx, dy)));
    steps.flat_map(move |(dx, dy)| {
        let before = x.checked_sub(dx).zip(y.checked_sub(dy));
        [Some((x + dx, y + dy)), before].into_iter().flatten()
    })
}

#[expect(clippy::cast_precision_loss, reason = "a small constant")]
fn weight(x: &NamePart, y: &NamePart, consonants: f64, has_neighbour: bool, is_arabic: bool) -> f64 {
    let alone = consonants >= MIN_ALONE as f64;
    if !alone && !has_neighbour {
        return 0.0;
    }
    let mut weight = if alone { (consonants - 2.0) * CONSONANT } else { SHORT };
    if is_arabic && x.word == y.word {
        weight *= LOAN;
    }
    if is_arabic && !has_neighbour && consonants < 4.0 {
        weight *= THREE_CONSONANTS;
    }
    weight += if has_neighbour { NEIGHBOUR } else { 0.0 };
    let is_given = |part: &NamePart| part.keys.iter().any(|key| GIVEN_NAMES.contains(&key.as_str()));
    weight.min(if is_given(x) || is_given(y) { MAX_GIVEN_NAME } else { MAX_WORD })
}

/// The best pairs in which each word stands once, with their weights.
fn one_to_one<'a>(weights: BTreeMap<(&'a str, &'a str), f64>) -> BTreeMap<(&'a str, &'a str), f64> {
    let mut sorted: Vec<((&str, &str), f64)> = weights.into_iter().filter(|(_, weight)| *weight > 0.0).collect();
    // Equal weights are ordered alike in both directions of a comparison.
    sorted.sort_by_key(|((x, y), _)| if x < y { (*x, *y) } else { (*y, *x) });
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (mut left, mut right) = (HashSet::new(), HashSet::new());
    sorted.retain(|((x, y), _)| !left.contains(x) && !right.contains(y) && left.insert(*x) && right.insert(*y));
    sorted.into_iter().collect()
}

/// The sum over names, where the words of one name count as one.
fn names(
    chosen: &BTreeMap<(&str, &str), f64>,
    pairs: &BTreeMap<NamePair, f64>,
    a: &EventFeatures,
    b: &EventFeatures,
) -> f64 {
    let weights: Vec<f64> = chosen.values().copied().collect();
    let numbers: HashMap<(&str, &str), usize> = chosen.keys().copied().zip(0..).collect();
    let mut at: HashMap<(usize, usize), usize> = HashMap::new();
    for (x, y) in pairs.keys() {
        let (x, y) = (&a.names[*x], &b.names[*y]);
        if let Some(number) = numbers.get(&(x.word.as_str(), y.word.as_str())) {
            at.insert((x.at, y.at), *number);
        }
    }
    let mut name_of: Vec<usize> = (0..weights.len()).collect();
    let mut places: Vec<_> = at.iter().collect();
    places.sort_unstable();
    for ((x, y), number) in places {
        for other in neighbours(*x, *y).filter_map(|place| at.get(&place)) {
            let (one, two) = (name_of[*number], name_of[*other]);
            if one == two {
                continue;
            }
            name_of.iter_mut().filter(|name| **name == two).for_each(|name| *name = one);
        }
    }
    let mut names: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (name, weight) in name_of.iter().zip(&weights) {
        let (best, sum) = names.entry(*name).or_default();
        *best = best.max(*weight);
        *sum += weight;
    }
    names.values().map(|(best, sum)| (best + FURTHER_WORD * (sum - best)).min(MAX_NAME)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_words_with_the_same_consonants_make_few_pairs() {
        let part =
            |at: usize| NamePart { word: format!("bnst{at}"), at, in_lead: false, keys: vec!["BNST".to_owned()] };
        let many = EventFeatures { names: (0..1_000).map(part).collect(), ..EventFeatures::default() };
        assert_eq!(pairs(&many, &many).len(), MAX_PARTS * MAX_PARTS);
    }

    #[test]
    fn one_consonant_may_differ_but_not_the_first() {
        for (a, b, expected) in [
            ("LNGSTN", "LFNGSTN", true),
            ("BRTMN", "BRKMN", true),
            ("BRTM", "BRTMN", true),
            ("BRTMN", "KRTMN", false),
            ("BRTMN", "BRKSN", false),
            ("BRTMN", "BRTMNSL", false),
        ] {
            assert_eq!(is_one_edit(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(is_one_edit(b.as_bytes(), a.as_bytes()), expected, "{b} {a}");
        }
    }
}
