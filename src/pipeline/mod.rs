//! Runs a visit: fetch, parse, judge, match, admit. A crash at any point is harmless: items commit with their alerts
//! and deliveries in one transaction, and the source's validators and next visit follow, so that anything that was not
//! stored is found again.
//!
//! The parts, in the order in which a visit uses them:
//! 1. `source_reader` fetches and parses a source, unless its document is the last one (`reading_fingerprint`).
//! 2. `discovered` reads the documents that it points to: an advertised feed, the sitemaps of an index.
//! 3. `shared_text` removes text that the pages of a source have in common.
//! 4. `layout_check` compares a listing's layout with its baseline; `layout_drift` describes a difference.
//! 5. `entry_selection` selects the entries of a long document.
//! 6. `probe` derives the items' keys, `judge` judges which items are new, `matching` matches them against the watches.
//!    `flood` holds the alerts of a redesign.
//! 7. `admit` commits items, alerts and deliveries; `poison` sets aside items that cannot be stored.
//! 8. `visit_end` raises events (`source_event`) and the due `notice` about the source, and saves its state.
//!
//! Outside a visit:
//! - `follow` reads the own page of a new item (`item_page`) before the item is matched.
//! - `canary` tests the whole path of an item once a day.
//! - `digest` makes the digests that are due; it also judges whether a visit is a flood.
//! - `absence` looks back for watches and channels that were removed briefly.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use tracing::Instrument;

use crate::clock::Clock;
use crate::config::Config;
use crate::dedupe::{Key, KeyKind, VolatileParts};
use crate::fault_point;
use crate::fetch::Fetcher;
use crate::parse::DocumentFormat;
use crate::parse::feed::FeedReader;
use crate::source::{Source, Validators};
use crate::store::{Admitted, Store, StoreError};
use crate::telemetry::Metrics;

mod absence;
mod admit;
mod canary;
mod digest;
mod discovered;
mod entry_selection;
mod flood;
mod follow;
mod item_page;
mod judge;
mod layout_check;
mod layout_drift;
mod matching;
mod next_visit;
mod notice;
mod poison;
mod probe;
mod reading_fingerprint;
mod shared_text;
mod source_event;
mod source_reader;
mod visit_end;

pub(crate) use absence::SHORT_ABSENCE;
pub(crate) use judge::Judged;
pub(crate) use layout_check::LayoutCheck;
pub(crate) use layout_drift::LayoutDrift;
use matching::MatchScope;
pub(crate) use source_reader::{
    DiscoveredDocument, ReadFailure, SourceAnswer, SourceContent, SourceMemory, SourceReader,
};

/// Carries out visits.
#[derive(Clone)]
pub struct Pipeline {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The metrics that visits count.
    pub metrics: Metrics,
}

/// A configuration and the fetcher that was built for it. A reload replaces both together.
pub struct PipelineSetup {
    /// The configuration.
    pub config: Arc<Config>,
    /// The fetcher.
    pub fetcher: Fetcher,
}

/// One run of the pipeline over one source, with its counts.
#[derive(Clone, Debug)]
pub struct Visit {
    /// When it began.
    pub at: Timestamp,
    /// The format of the document that was read; none if nothing was served or nothing changed.
    pub format: Option<DocumentFormat>,
    /// The reader that read a feed; none for other documents.
    pub reader: Option<FeedReader>,
    /// How many items the document held.
    pub found: usize,
    /// The counts of what was admitted.
    pub admitted: Admitted,
    /// What failed.
    pub error: Option<String>,
    /// What was repaired or left out.
    pub degraded: Option<String>,
    /// How many new entries are left for the next visits.
    pub unread: usize,
    /// When the next visit is due.
    pub next: Timestamp,
}

impl Pipeline {
    /// Visits a source and commits its items.
    ///
    /// # Errors
    /// If the store cannot be read or written. Failures of the source or the network are part of the visit.
    pub async fn visit(&self, source: &Arc<Source>, setup: &PipelineSetup) -> Result<Visit, StoreError> {
        let span = tracing::info_span!("visit", source.id = %source.id);
        async {
            let at = self.clock.now();
            let state = self.store.source_state(&source.id).await?.unwrap_or_default();
            let mut read = self.read(source, &SourceMemory::of(source, &state), setup).await;
            self.remove_shared_text(source, &mut read, at).await?;
            let mut layout = LayoutCheck::of(source, &state, &read, at);
            let mut result = VisitResult::default();
            if let Ok(None) = read.document {
                let known = state.identity().volatile;
                result.volatile = Some(known.clone().unchanged()).filter(|now| *now != known);
            }
            if let Ok(Some(reading)) = &mut read.document {
                result.baseline = self.select(source, &state, reading, at).await?;
                reading.room.shrink_to(reading.size());
                let scope = (&*setup.config, MatchScope::Alerting);
                let mut judged = self.judge(source, scope, &state, reading, at).await?;
                self.suppress_unseen(source, &mut layout, &mut judged).await?;
                flood::hold_redesign(&mut judged, &state);
                result.ambiguous = Some(judged.identity.ambiguous.clone());
                result.volatile =
                    Some(&judged.identity.volatile).filter(|now| **now != state.identity().volatile).cloned();
                if reading.parsed.left_out > 0 {
                    // A 304 must not hide the entries that were left out.
                    read.validators = Some(Validators::default());
                }
                result.admitted = self.admit(source, &setup.config, &state, judged, at).await?;
                fault_point::reach("visit.admitted");
            }
            self.end(source, setup, &state, &read, (result, layout), at).await
        }
        .instrument(span)
        .await
    }

    async fn suppress_unseen(
        &self,
        source: &Source,
        layout: &mut LayoutCheck,
        judged: &mut Judged,
    ) -> Result<(), StoreError> {
        if layout.drift.is_some() {
            let waiting = self.store.waiting_addresses(&source.id).await?;
            layout.suppress_unseen(judged, &waiting);
        }
        Ok(())
    }

    /// Reads a source and judges its items as a visit does, but writes nothing.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn look(&self, source: &Arc<Source>, setup: &PipelineSetup) -> Result<SourcePreview, StoreError> {
        let at = self.clock.now();
        let state = self.store.source_state(&source.id).await?.unwrap_or_default();
        // Without validators: a preview shows the document even if it is unchanged.
        let mut read = self.read(source, &SourceMemory::default(), setup).await;
        self.preview_shared_text(source, &mut read).await?;
        let mut layout = LayoutCheck::of(source, &state, &read, at);
        let mut reading = match read.document {
            Ok(Some(reading)) => reading,
            Ok(None) => return Ok(Err(ReadFailure::unchanged())),
            Err(failure) => return Ok(Err(failure)),
        };
        self.select(source, &state, &mut reading, at).await?;
        let mut judged = self.judge(source, (&setup.config, MatchScope::All), &state, &reading, at).await?;
        self.suppress_unseen(source, &mut layout, &mut judged).await?;
        flood::hold_redesign(&mut judged, &state);
        judged.drift = layout.drift;
        Ok(Ok((reading, judged)))
    }
}

/// What a visit found and admitted.
#[derive(Debug, Default)]
struct VisitResult {
    admitted: Admitted,
    /// The parts of the source's addresses that change from visit to visit; none if unchanged.
    volatile: Option<VolatileParts>,
    /// The kinds of key that do not distinguish the source's items; none if no document was read.
    ambiguous: Option<BTreeSet<KeyKind>>,
    /// The keys of unread entries that belong to the baseline.
    baseline: Vec<Key>,
}

/// The result of [`Pipeline::look`]: the content with its judged items, or why the source could not be read.
pub(crate) type SourcePreview = Result<(SourceContent, Judged), ReadFailure>;
