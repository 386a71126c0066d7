//! Compares the places, topics and numbers of two reports: what they have in common, and what contradicts.

use std::collections::{BTreeMap, BTreeSet};

use super::event_features::{EventFeatures, PLACES, TOPICS};
use super::lexicon::{EntryId, EventLexicon};

/// The weight of a topic that many reports share; a particular topic has 1. Chosen by hand.
const GENERAL_TOPIC: f64 = 0.5;

/// The same for a topic that the other report lacks. Chosen by hand.
const GENERAL_TOPIC_MISSING: f64 = 0.6;

/// The weight of a missing topic that the other report has outside its lead. Chosen by hand.
const MENTIONED: f64 = 0.5;

/// The weight of a country in common; a city has 1. Chosen by hand.
const COUNTRY: f64 = 0.7;

/// The share of one-sided places in a contradiction. Chosen by hand.
const ONE_SIDED_PLACE: f64 = 0.25;

/// What the datelines say: the same place; a place that the other report names; another place. Chosen by hand.
const SAME_DATELINE: f64 = 1.0;
const NAMED_DATELINE: f64 = 0.3;
const UNNAMED_DATELINE: f64 = -0.5;
const OTHER_DATELINE: f64 = -1.0;

/// What two reports have in common, and what contradicts.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    /// The places that both leads name.
    pub(super) places: f64,
    /// The number of other places in common.
    pub(super) further_places: f64,
    /// What the datelines say, from −1 to 1.
    pub(super) dateline: f64,
    /// The topics of both leads.
    pub(super) topics: f64,
    /// The topics of one lead that the other report names later.
    pub(super) mentioned_topics: f64,
    /// The other topics in common, by number.
    pub(super) further_topics: f64,
    /// The numbers in common.
    pub(super) numbers: f64,
    /// Places of both leads that the other report lacks.
    pub(super) contradicting_places: f64,
    /// Topics of both leads that the other lacks.
    pub(super) contradicting_topics: f64,
    /// What only one lead has beyond that.
    pub(super) unmatched_topics: f64,
}

/// Compares everything but the names.
pub(super) fn agreement(a: &EventFeatures, b: &EventFeatures) -> Agreement {
    let mut agreement = Agreement { dateline: dateline(a, b), numbers: numbers(a, b), ..Agreement::default() };
    compare_places(a, b, &mut agreement);
    compare_topics(a, b, &mut agreement);
    agreement
}

/// The entries of a lead.
fn lead(entries: &BTreeMap<EntryId, bool>) -> BTreeSet<EntryId> {
    entries.iter().filter(|(_, in_lead)| **in_lead).map(|(entry, _)| *entry).collect()
}

/// Places with the countries of the cities.
fn with_countries(places: impl IntoIterator<Item = EntryId>) -> BTreeSet<EntryId> {
    places.into_iter().flat_map(|place| [Some(place), PLACES.country(place)]).flatten().collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of places are far below 2^52")]
fn compare_places(a: &EventFeatures, b: &EventFeatures, agreement: &mut Agreement) {
    let (lead_a, lead_b) = (lead(&a.places), lead(&b.places));
    let (all_a, all_b) = (with_countries(a.places.keys().copied()), with_countries(b.places.keys().copied()));
    let common: BTreeSet<EntryId> =
        with_countries(lead_a.iter().copied()).intersection(&with_countries(lead_b.iter().copied())).copied().collect();
    let weight = |place: &EntryId| if PLACES.country(*place).is_some() { 1.0 } else { COUNTRY };
    agreement.places = common.iter().map(weight).sum();
    agreement.further_places = all_a.intersection(&all_b).filter(|place| !common.contains(place)).count() as f64;
    let missing = |lead: &BTreeSet<EntryId>, datelines: &BTreeSet<EntryId>, other: &BTreeSet<EntryId>| {
        lead.iter().filter(|place| !datelines.contains(place) && !other.contains(place)).count() as f64
    };
    let (of_a, of_b) = (missing(&lead_a, &a.datelines, &all_b), missing(&lead_b, &b.datelines, &all_a));
    agreement.contradicting_places = of_a.min(of_b) + ONE_SIDED_PLACE * (of_a - of_b).abs();
}

fn dateline(a: &EventFeatures, b: &EventFeatures) -> f64 {
    let common = |a: &BTreeSet<EntryId>, b: &BTreeSet<EntryId>| !a.is_disjoint(b);
    if !a.datelines.is_empty() && !b.datelines.is_empty() {
        let of = |features: &EventFeatures| with_countries(features.datelines.iter().copied());
        return if common(&of(a), &of(b)) { SAME_DATELINE } else { OTHER_DATELINE };
    }
    let (dated, other) = if a.datelines.is_empty() { (b, a) } else { (a, b) };
    let places = with_countries(other.places.keys().copied());
    if dated.datelines.is_empty() {
        0.0
    } else if common(&dated.datelines, &places) {
        NAMED_DATELINE
    } else if common(&with_countries(dated.datelines.iter().copied()), &places) {
        0.0
    } else {
        UNNAMED_DATELINE
    }
}

fn compare_topics(a: &EventFeatures, b: &EventFeatures, agreement: &mut Agreement) {
    let (lead_a, lead_b) = (lead(&a.topics), lead(&b.topics));
    let weight = |topic: &EntryId| weight(&TOPICS, *topic, GENERAL_TOPIC);
    for topic in a.topics.keys().filter(|topic| b.topics.contains_key(topic)) {
        match (lead_a.contains(topic), lead_b.contains(topic)) {
            (true, true) => agreement.topics += weight(topic),
            (false, false) => agreement.further_topics += 1.0,
            _ => agreement.mentioned_topics += weight(topic),
        }
    }
    let missing = |lead: &BTreeSet<EntryId>, other: &BTreeMap<EntryId, bool>| -> f64 {
        let unled = lead.iter().filter(|topic| other.get(topic) != Some(&true));
        let share = |topic: &EntryId| if other.contains_key(topic) { MENTIONED } else { 1.0 };
        unled.map(|topic| share(topic) * self::weight(&TOPICS, *topic, GENERAL_TOPIC_MISSING)).sum()
    };
    let (of_a, of_b) = (missing(&lead_a, &b.topics), missing(&lead_b, &a.topics));
    agreement.contradicting_topics = of_a.min(of_b);
    agreement.unmatched_topics = (of_a - of_b).abs();
}

fn weight(table: &EventLexicon, entry: EntryId, general: f64) -> f64 {
    if table.is_general(entry) { general } else { 1.0 }
}

fn numbers(a: &EventFeatures, b: &EventFeatures) -> f64 {
    a.numbers.intersection(&b.numbers).map(|number| rarity(*number)).sum()
}

/// How much a number in common says: years and small numbers stand in every report. Chosen by hand.
fn rarity(number: u64) -> f64 {
    match number {
        0 => 0.0,
        1..=5 | 2010..=2030 => 0.1,
        6..=12 => 0.3,
        13..=31 => 0.7,
        32..=99 => 0.9,
        _ => 1.5,
    }
}
