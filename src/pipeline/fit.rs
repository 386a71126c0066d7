//! Whether a page still shows its items where it used to, and what becomes of them where it does not.
//!
//! A rebuilt page lists what it listed before, in other places: most of its headlines are known, and what is new among
//! them is told as ever. A page that broke lists something else, its menu for one: most of its headlines were never
//! seen. Those are stored without an alert, as at a first visit, and the one event that says so names every one that a
//! watch asks for: nobody is flooded, and nothing is lost unsaid.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{Judged, Moved, Read};
use crate::dedupe::Verdict;
use crate::health::Places;
use crate::parse::page::learnt::Learnt;
use crate::parse::page::shape::Shape;
use crate::source::{Source, SourceKind};
use crate::store::{Candidate, SourceState};

/// How a page stands to what was learnt of it.
#[derive(Clone, Debug, Default)]
pub struct Fit {
    /// What is known after this visit; none for a source that is not read by where its items stand.
    pub learnt: Option<Learnt>,
    /// Where the items stand, against where they used to.
    pub places: Places,
    /// Where they stood and stand; none where they stand where they used to.
    pub moved: Option<Moved>,
}

impl Fit {
    /// How what was read stands to what is known of the source.
    pub(super) fn of(source: &Source, state: &SourceState, read: &Read, at: Timestamp) -> Self {
        if source.kind != SourceKind::Page(None) {
            return Self::default();
        }
        let before = state.learnt.as_deref().and_then(Learnt::from_stored);
        let now = match &read.document {
            Ok(Some(reading)) => reading.parsed.shape.as_deref().and_then(Shape::from_stored),
            Ok(None) => return Self::unchanged(before, at),
            Err(_) => None,
        };
        match (before, now) {
            (Some(before), Some(now)) => Self::between(before, &now, at),
            (None, Some(now)) => Self { learnt: Some(Learnt::first(&now, at)), ..Self::default() },
            (before, None) => Self { learnt: before, ..Self::default() },
        }
    }

    fn unchanged(before: Option<Learnt>, at: Timestamp) -> Self {
        let contested = before.as_ref().is_some_and(|learnt| learnt.rival().is_some());
        let learnt = before.map(|learnt| learnt.unchanged(at));
        let settled = contested && learnt.as_ref().is_some_and(|learnt| learnt.rival().is_none());
        let places = if settled { Places::Settled } else { Places::Usual };
        Self { learnt, places, moved: None }
    }

    fn between(before: Learnt, now: &Shape, at: Timestamp) -> Self {
        let moved = (!before.agrees(now)).then(|| Moved {
            was: before.places().filter(|known| known.is_sure()).map(|known| (known.drawn(), known.items)).collect(),
            is: now.places().iter().map(|place| (place.drawn(), place.items)).collect(),
            ..Moved::default()
        });
        let learnt = before.after(now, at);
        let places = if learnt.rival().is_some() { Places::Elsewhere } else { Places::Usual };
        Self { learnt: Some(learnt), places, moved }
    }

    /// Keeps what is new quiet where the items stand elsewhere and most of them were never seen. What stands at an
    /// address in `waiting` was seen before, and is told when its page has come.
    pub(super) fn quieten(&mut self, judged: &mut Judged, waiting: &HashSet<String>) {
        let Some(moved) = &mut self.moved else { return };
        let waits = |c: &Candidate| c.probe.item.address.as_ref().is_some_and(|at| waiting.contains(&at.key()));
        let new = judged.candidates.iter().filter(|c| c.verdict == Verdict::New && !waits(c)).count();
        if new * 2 <= judged.candidates.len() {
            return;
        }
        let never_told = |c: &&mut Candidate| c.tells && !matches!(c.verdict, Verdict::Revised(_)) && !waits(c);
        for candidate in judged.candidates.iter_mut().filter(never_told) {
            candidate.tells = false;
            candidate.follows = false;
            if candidate.verdict == Verdict::New {
                moved.quiet += 1;
                if !candidate.hits.is_empty() {
                    moved.withheld.push(candidate.clone());
                }
            }
        }
    }
}
