//! The order in which a visit happens: fetch, parse, judge, match, admit. A new item whose full text stands on its own
//! page waits for it first: [`Pipeline::follow`] reads the page, then matches and admits the item.
//!
//! A crash at any point is harmless: items commit with their alerts and deliveries in one transaction, and the
//! source's validators and next visit follow after them, so that whatever was not stored is found again.

use std::sync::Arc;

use jiff::Timestamp;
use tracing::Instrument;

use crate::clock::Clock;
use crate::config::Config;
use crate::dedupe::{Key, VolatileParts};
use crate::fetch::Fetcher;
use crate::parse::feed::FeedReader;
use crate::source::{Source, Validators};
use crate::store::{Admitted, Store, StoreError};
use crate::telemetry::Metrics;

mod absence;
mod admit;
mod discovered;
mod entry_selection;
mod follow;
mod item_page;
mod judge;
mod layout_check;
mod layout_drift;
mod poison;
mod shared_text;
mod source_event;
mod source_reader;
mod visit_end;

pub use absence::SHORT_ABSENCE;
pub use follow::FollowStep;
pub use judge::Judged;
pub use layout_check::LayoutCheck;
pub use layout_drift::LayoutDrift;
pub use source_reader::{DiscoveredDocument, ReadFailure, SourceAnswer, SourceContent, SourceMemory, SourceReader};

/// What carries out visits.
#[derive(Clone)]
pub struct Pipeline {
    /// What is remembered.
    pub store: Store,
    /// What tells the time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
}

/// What a visit goes by: a configuration and the fetcher that was built for it, replaced together at a reload.
pub struct PipelineSetup {
    /// The configuration.
    pub config: Arc<Config>,
    /// What fetches.
    pub fetcher: Fetcher,
}

/// One run of the pipeline over one source, with its counts.
#[derive(Clone, Debug)]
pub struct Visit {
    /// When it began.
    pub at: Timestamp,
    /// What kind of document was read; none when nothing was served, or nothing changed.
    pub kind: Option<&'static str>,
    /// Which reader read a feed; none for what is no feed.
    pub reader: Option<FeedReader>,
    /// How many items the document held.
    pub found: usize,
    /// What came of them.
    pub admitted: Admitted,
    /// What went wrong.
    pub error: Option<String>,
    /// What was mended or left out.
    pub degraded: Option<String>,
    /// How many new entries are left to the next visits.
    pub unread: usize,
    /// When the next one is due.
    pub next: Timestamp,
}

impl Pipeline {
    /// Visits a source and commits what it brings.
    ///
    /// # Errors
    /// When the store cannot be read or written. What the source or the network does wrong is part of the visit.
    pub async fn visit(&self, source: &Arc<Source>, setup: &PipelineSetup) -> Result<Visit, StoreError> {
        let span = tracing::info_span!("visit", source.id = %source.id);
        async {
            let at = self.clock.now();
            let state = self.store.source_state(&source.id).await?.unwrap_or_default();
            let mut read = self.read(source, &SourceMemory::of(&state), setup).await;
            self.learn(source, &mut read, at).await?;
            let mut fit = LayoutCheck::of(source, &state, &read, at);
            let mut came = VisitResult::default();
            if let Ok(None) = read.document {
                let known = state.identity().volatile;
                came.volatile = Some(known.clone().unchanged()).filter(|now| *now != known);
            }
            if let Ok(Some(reading)) = &mut read.document {
                came.baseline = self.select(source, &state, reading, at).await?;
                let mut judged = self.judge(source, &setup.config, &state, reading, at).await?;
                self.quieten(source, &mut fit, &mut judged).await?;
                came.volatile =
                    Some(&judged.identity.volatile).filter(|now| **now != state.identity().volatile).cloned();
                if reading.parsed.left_out > 0 {
                    // What is left out must not hide behind "not modified".
                    read.validators = Some(Validators::default());
                }
                came.admitted = self.admit(source, &setup.config, judged, at).await?;
            }
            self.end(source, setup, &state, &read, (came, fit), at).await
        }
        .instrument(span)
        .await
    }

    async fn quieten(&self, source: &Source, fit: &mut LayoutCheck, judged: &mut Judged) -> Result<(), StoreError> {
        if fit.moved.is_some() {
            let waiting = self.store.waiting_at(&source.id).await?;
            fit.quieten(judged, &waiting);
        }
        Ok(())
    }

    /// Reads a source and judges its items as a visit would, and writes nothing.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn look(&self, source: &Arc<Source>, setup: &PipelineSetup) -> Result<SourcePreview, StoreError> {
        let at = self.clock.now();
        let state = self.store.source_state(&source.id).await?.unwrap_or_default();
        // Who looks wants to see the document, not that it has not changed.
        let mut read = self.read(source, &SourceMemory::default(), setup).await;
        self.recall(source, &mut read).await?;
        let mut fit = LayoutCheck::of(source, &state, &read, at);
        let mut reading = match read.document {
            Ok(Some(reading)) => reading,
            Ok(None) => return Ok(Err(ReadFailure::unchanged())),
            Err(failure) => return Ok(Err(failure)),
        };
        self.select(source, &state, &mut reading, at).await?;
        let mut judged = self.judge(source, &setup.config, &state, &reading, at).await?;
        self.quieten(source, &mut fit, &mut judged).await?;
        judged.moved = fit.moved;
        Ok(Ok((reading, judged)))
    }
}

/// What came of a visit's document.
#[derive(Debug, Default)]
struct VisitResult {
    admitted: Admitted,
    /// What changes in the source's addresses, where that was learnt anew.
    volatile: Option<VolatileParts>,
    /// Keys of entries that were not read and belong to the baseline.
    baseline: Vec<Key>,
}

/// What a look at a source shows: what was read and how its items were judged, or why nothing could be read.
pub type SourcePreview = Result<(SourceContent, Judged), ReadFailure>;
