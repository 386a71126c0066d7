//! Decides when a source is visited next, and learns when it publishes.

use jiff::{SignedDuration, Timestamp};

use super::source_reader::SourceAnswer;
use crate::cadence::rhythm::PublicationRhythm;
use crate::cadence::{PlannedVisit, VisitHistory, next_visit};
use crate::date::Moment;
use crate::health::{self, VisitFacts};
use crate::item::Item;
use crate::parse::Parsed;
use crate::source::{Source, VisitInterval};
use crate::store::{Admitted, SourceState};

/// When the source is visited next, and what is known of when it publishes.
pub(super) fn planned(
    source: &Source,
    (state, parsed): (&SourceState, Option<&Parsed>),
    facts: &VisitFacts,
    (read, admitted): (&SourceAnswer, &Admitted),
    now: Timestamp,
) -> (PlannedVisit, Option<PublicationRhythm>) {
    let mut rhythm = learnt(source, state, parsed, (facts, admitted), now);
    let VisitInterval::Pause(every) = source.every else {
        return (next_visit(source, &history((state, facts), read, admitted, None), now), rhythm);
    };
    let pause = rhythm.as_ref().and_then(|rhythm| rhythm.pause(every, &source.timezone, now));
    let next = next_visit(source, &history((state, facts), read, admitted, pause), now);
    if facts.failures == 0
        && let Some(rhythm) = &mut rhythm
    {
        rhythm.account(every, next.at.duration_since(now));
    }
    (next, rhythm)
}

/// What is known of when the source publishes. A failed visit says nothing of it, nor does a redesign.
fn learnt(
    source: &Source,
    state: &SourceState,
    parsed: Option<&Parsed>,
    (facts, admitted): (&VisitFacts, &Admitted),
    now: Timestamp,
) -> Option<PublicationRhythm> {
    let mut rhythm = state.rhythm.clone();
    if facts.failures > 0 || matches!(source.every, VisitInterval::Daily(_)) {
        return rhythm;
    }
    let published: Vec<Timestamp> =
        parsed.map(|parsed| parsed.items.iter().filter_map(published_at).collect()).unwrap_or_default();
    let new = if admitted.held > 0 { 0 } else { admitted.new };
    match &mut rhythm {
        Some(rhythm) => rhythm.learn(new, &published, &source.timezone, now),
        None if parsed.is_some() => rhythm = Some(PublicationRhythm::first(&published, &source.timezone, now)),
        None => {}
    }
    rhythm
}

/// The instant at which an item was published, if it claims one.
fn published_at(item: &Item) -> Option<Timestamp> {
    match item.published.as_ref()?.at {
        Moment::Instant(at) => Some(at),
        Moment::Day(_) => None,
    }
}

/// What the visit means for the time of the next one.
fn history(
    (state, facts): (&SourceState, &VisitFacts),
    read: &SourceAnswer,
    admitted: &Admitted,
    rhythm: Option<SignedDuration>,
) -> VisitHistory {
    // Media Cloud's rule: fewer than a third of the entries are known.
    let found = facts.found.filter(|found| state.activated_at.is_some() && *found >= health::OVERLAP);
    let mostly_new = found.is_some_and(|found| admitted.new * 3 > found * 2);
    VisitHistory { failures: facts.failures, rules: read.rules, turnover: facts.gap || mostly_new, rhythm }
}
