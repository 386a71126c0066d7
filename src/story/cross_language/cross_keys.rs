//! Derives the keys under which the store finds reports of an event in other languages.

use std::collections::BTreeMap;

use super::event_features::{EventFeatures, PLACES, TOPICS};
use super::lexicon::EntryId;
use crate::story::stable_hash;

/// The most keys of a report. Measured on the rows of `quality cross`: of 45 pairs that are alike, 38 share one of four
/// keys, and 42 share one of five or of six.
pub(crate) const MAX_KEYS: usize = 5;

/// The topics of a lead that make keys, the most particular first.
const LEAD_TOPICS: usize = 3;

/// The keys of two topics.
const TOPIC_PAIRS: usize = 2;

/// The fewest consonants of a name that makes a key. Chosen by hand: shorter ones are equal by chance.
const MIN_CONSONANTS: usize = 4;

/// How much more a name in the lead counts. Chosen by hand.
const LEAD: usize = 3;

/// Version 1 of the keys: it goes into every hash, so that keys of two versions never meet.
const VERSION: u8 = 1;

/// At most [`MAX_KEYS`] keys that reports of one event share in any language: pairs of topics, a country with topics, and
/// the consonants of the longest names. Equal keys only make candidates.
#[must_use]
pub fn cross_keys(features: &EventFeatures) -> Vec<u32> {
    let topics = lead_topics(features);
    let mut keys: Vec<String> = Vec::new();
    let pairs = topics.iter().enumerate().flat_map(|(n, one)| topics[n + 1..].iter().map(move |two| (*one, *two)));
    let named = |(one, two): (EntryId, EntryId)| {
        let (one, two) = (TOPICS.name(one), TOPICS.name(two));
        format!("topics {} {}", one.min(two), one.max(two))
    };
    keys.extend(pairs.take(TOPIC_PAIRS).map(named));
    if let Some(place) = lead_place(features) {
        keys.extend(topics.iter().map(|topic| format!("place {} {}", PLACES.name(place), TOPICS.name(*topic))));
    }
    keys.extend(names(features).into_iter().map(|name| format!("name {name}")));
    keys.truncate(MAX_KEYS);
    keys.iter().map(|key| hash(key)).collect()
}

/// The topics of headline and first sentence, particular ones first.
fn lead_topics(features: &EventFeatures) -> Vec<EntryId> {
    let mut topics: Vec<EntryId> =
        features.topics.iter().filter(|(_, in_lead)| **in_lead).map(|(topic, _)| *topic).collect();
    topics.sort_by_key(|topic| (TOPICS.is_general(*topic), TOPICS.name(*topic)));
    topics.truncate(LEAD_TOPICS);
    topics
}

/// The first country that the lead names or implies by a city; without one, the first place.
fn lead_place(features: &EventFeatures) -> Option<EntryId> {
    let lead = features.places.iter().filter(|(_, in_lead)| **in_lead).map(|(place, _)| *place);
    lead.map(|place| PLACES.country(place).unwrap_or(place)).min_by_key(|place| PLACES.name(*place))
}

/// The consonants of the longest and most frequent names.
fn names(features: &EventFeatures) -> Vec<&str> {
    let mut weights: BTreeMap<&str, usize> = BTreeMap::new();
    for part in &features.names {
        for key in part.keys.iter().filter(|key| key.len() >= MIN_CONSONANTS) {
            *weights.entry(key).or_default() += (key.len() + 1 - MIN_CONSONANTS) * if part.in_lead { LEAD } else { 1 };
        }
    }
    let mut names: Vec<(&str, usize)> = weights.into_iter().collect();
    names.sort_by_key(|(name, weight)| (std::cmp::Reverse(*weight), *name));
    names.truncate(MAX_KEYS);
    names.into_iter().map(|(name, _)| name).collect()
}

fn hash(key: &str) -> u32 {
    let bytes: Vec<u8> = [VERSION].into_iter().chain(key.bytes()).collect();
    let hash = stable_hash(&bytes);
    u32::try_from((hash ^ hash >> 32) & u64::from(u32::MAX)).unwrap_or_default()
}
