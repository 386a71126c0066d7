//! Whether a page still shows its items where it used to, and what becomes of them where it does not.
//!
//! A rebuilt page lists what it listed before, in other places: most of its headlines are known, and what is new among
//! them is told as ever. A page that broke lists something else, its menu for one: most of its headlines were never
//! seen. Those are stored without an alert, as at a first visit, and the one event that says so names every one that a
//! watch asks for: nobody is flooded, and nothing is lost unsaid.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{Judged, LayoutDrift, SourceAnswer};
use crate::dedupe::Verdict;
use crate::health::LayoutState;
use crate::parse::page::layout::baseline::LayoutBaseline;
use crate::parse::page::layout::location::Layout;
use crate::source::{Source, SourceKind};
use crate::store::{Candidate, SourceState};

/// How a page stands to what was learnt of it.
#[derive(Clone, Debug, Default)]
pub struct LayoutCheck {
    /// What is known after this visit; none for a source that is not read by where its items stand.
    pub layout: Option<LayoutBaseline>,
    /// Where the items stand, against where they used to.
    pub places: LayoutState,
    /// Where they stood and stand; none where they stand where they used to.
    pub moved: Option<LayoutDrift>,
}

impl LayoutCheck {
    /// How what was read stands to what is known of the source.
    pub(super) fn of(source: &Source, state: &SourceState, read: &SourceAnswer, at: Timestamp) -> Self {
        if source.kind != SourceKind::Page(None) {
            return Self::default();
        }
        let before = state.layout.as_deref().and_then(LayoutBaseline::from_stored);
        let now = match &read.document {
            Ok(Some(reading)) => reading.parsed.layout.as_deref().and_then(Layout::from_stored),
            Ok(None) => return Self::unchanged(before, at),
            Err(_) => None,
        };
        match (before, now) {
            (Some(before), Some(now)) => Self::between(before, &now, at),
            (None, Some(now)) => Self { layout: Some(LayoutBaseline::from_layout(&now, at)), ..Self::default() },
            (before, None) => Self { layout: before, ..Self::default() },
        }
    }

    fn unchanged(before: Option<LayoutBaseline>, at: Timestamp) -> Self {
        let contested = before.as_ref().is_some_and(|layout| layout.candidate().is_some());
        let layout = before.map(|layout| layout.after_unchanged(at));
        let settled = contested && layout.as_ref().is_some_and(|layout| layout.candidate().is_none());
        let places = if settled { LayoutState::Settled } else { LayoutState::Usual };
        Self { layout, places, moved: None }
    }

    fn between(before: LayoutBaseline, now: &Layout, at: Timestamp) -> Self {
        let moved = (!before.matches(now)).then(|| LayoutDrift {
            was: before
                .places()
                .filter(|known| known.is_confirmed())
                .map(|known| (known.css_path(), known.items))
                .collect(),
            is: now.places().iter().map(|place| (place.css_path(), place.items)).collect(),
            ..LayoutDrift::default()
        });
        let layout = before.after_visit(now, at);
        let places = if layout.candidate().is_some() { LayoutState::Elsewhere } else { LayoutState::Usual };
        Self { layout: Some(layout), places, moved }
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
