//! Detects layout drift of a listing, and suppresses alerts if most of the page is unseen.
//!
//! A rebuilt page lists the same items in other places: most of its headlines are known, and new items alert as usual.
//! A broken page lists something else, such as its menu: most of its headlines are unseen. These are stored without an
//! alert, as at a first visit. One event reports this and lists the items that match a watch, so that nobody is flooded
//! and nothing is lost.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{Judged, LayoutDrift, SourceAnswer};
use crate::dedupe::Verdict;
use crate::health::LayoutState;
use crate::parse::page::layout::known_layout::LayoutBaseline;
use crate::parse::page::layout::observed_layout::Layout;
use crate::source::{Source, SourceKind};
use crate::store::{Candidate, SourceState};

/// Alerts are suppressed if more than one in this many items is unseen: 2 means more than half. Chosen by hand.
const UNSEEN_SHARE: usize = 2;

/// A page's layout compared with its baseline.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayoutCheck {
    /// The baseline after this visit; none for a source without layout detection.
    pub baseline: Option<LayoutBaseline>,
    /// Whether the items are where the baseline expects them.
    pub state: LayoutState,
    /// The old and new locations; none if they are the usual ones.
    pub(crate) drift: Option<LayoutDrift>,
}

impl LayoutCheck {
    /// Compares the answer of a source with its stored baseline.
    pub(super) fn of(source: &Source, state: &SourceState, read: &SourceAnswer, at: Timestamp) -> Self {
        if source.kind != SourceKind::Page(None) {
            return Self::default();
        }
        let before = state.layout.clone();
        let now = match &read.document {
            Ok(Some(reading)) => reading.parsed.layout.as_ref(),
            Ok(None) => return Self::unchanged(before, at),
            Err(_) => None,
        };
        match (before, now) {
            (Some(before), Some(now)) => Self::between(before, now, at),
            (None, Some(now)) => Self { baseline: Some(LayoutBaseline::from_layout(now, at)), ..Self::default() },
            (before, None) => Self { baseline: before, ..Self::default() },
        }
    }

    fn unchanged(before: Option<LayoutBaseline>, at: Timestamp) -> Self {
        let contested = before.as_ref().is_some_and(|layout| layout.candidate().is_some());
        let layout = before.map(|layout| layout.after_unchanged(at));
        let settled = contested && layout.as_ref().is_some_and(|layout| layout.candidate().is_none());
        let state = if settled { LayoutState::Settled } else { LayoutState::Usual };
        Self { baseline: layout, state, drift: None }
    }

    fn between(before: LayoutBaseline, now: &Layout, at: Timestamp) -> Self {
        let drift = (!before.matches(now)).then(|| LayoutDrift {
            was: before
                .places()
                .filter(|known| known.is_confirmed())
                .map(|known| (known.css_path(), known.items))
                .collect(),
            is: now.places().iter().map(|place| (place.css_path(), place.items)).collect(),
            ..LayoutDrift::default()
        });
        let layout = before.after_visit(now, at);
        let state = if layout.candidate().is_some() { LayoutState::Elsewhere } else { LayoutState::Usual };
        Self { baseline: Some(layout), state, drift }
    }

    /// Suppresses the alerts of new items if the layout has drifted and most items are unseen. An item whose address is
    /// in `waiting` was seen before; it alerts when its page has been read.
    pub(super) fn suppress_unseen(&mut self, judged: &mut Judged, waiting: &HashSet<String>) {
        let Some(drift) = &mut self.drift else { return };
        let waits = |c: &Candidate| c.probe.item.address.as_ref().is_some_and(|at| waiting.contains(&at.key()));
        let new = judged.candidates.iter().filter(|c| c.verdict == Verdict::New && !waits(c)).count();
        if new * UNSEEN_SHARE <= judged.candidates.len() {
            return;
        }
        let suppressed = |c: &&mut Candidate| c.may_alert && !matches!(c.verdict, Verdict::Revised(_)) && !waits(c);
        for candidate in judged.candidates.iter_mut().filter(suppressed) {
            candidate.may_alert = false;
            candidate.waits_for_page = false;
            if candidate.verdict == Verdict::New {
                drift.quiet += 1;
                if !candidate.hits.is_empty() {
                    drift.suppressed.push(candidate.clone());
                }
            }
        }
    }
}
