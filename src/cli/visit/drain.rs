//! Reads the pages that new items wait for, before `marsad visit --commit` ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;

use super::HOSTS;
use crate::cadence::item_page::waits_until;
use crate::pipeline::{Pipeline, PipelineSetup};
use crate::source::{Source, SourceId};
use crate::store::{Admitted, FollowDue, StoreError};

/// The most pages in one round. Chosen by hand.
const ROUND: usize = 10_000;

/// Reads the pages that items of these sources wait for, several hosts at once, until no item waits. It ends, because
/// no item waits longer than two minutes. The daemon makes later tries.
///
/// # Errors
/// If the store cannot be read or written.
pub(super) async fn drain(
    pipeline: &Pipeline,
    setup: &PipelineSetup,
    sources: &[Arc<Source>],
) -> Result<BTreeMap<SourceId, Admitted>, StoreError> {
    let pause = Duration::try_from(setup.config.fetch.host_delay).unwrap_or_default();
    let mut totals: BTreeMap<SourceId, Admitted> = BTreeMap::new();
    loop {
        let mut waiting = pipeline.store.follows(ROUND).await?;
        waiting.retain(|page| page.waits_since.is_some() && sources.iter().any(|source| source.id == page.source));
        let Some(first) = waiting.iter().filter_map(due).min() else { return Ok(totals) };
        let now = pipeline.clock.now();
        if let Ok(left) = Duration::try_from(first.duration_since(now)) {
            tokio::time::sleep(left).await;
        }
        let now = pipeline.clock.now();
        let mut hosts: BTreeMap<String, Vec<FollowDue>> = BTreeMap::new();
        for page in waiting.into_iter().filter(|page| due(page).is_some_and(|due| due <= now)) {
            hosts.entry(page.host.clone()).or_default().push(page);
        }
        let hosts = hosts.into_values().map(|pages| read(pipeline, setup, pages, pause));
        let mut hosts = futures_util::stream::iter(hosts).buffer_unordered(HOSTS);
        while let Some(read) = hosts.next().await {
            for (source, admitted) in read? {
                *totals.entry(source).or_default() += admitted;
            }
        }
    }
}

/// When a waiting item is due: at its next try, or at the end of its wait.
fn due(page: &FollowDue) -> Option<jiff::Timestamp> {
    Some(page.next_try_at.min(waits_until(page.waits_since?)))
}

/// Reads the pages of one host in turn.
async fn read(
    pipeline: &Pipeline,
    setup: &PipelineSetup,
    pages: Vec<FollowDue>,
    pause: Duration,
) -> Result<Vec<(SourceId, Admitted)>, StoreError> {
    let mut admitted = Vec::new();
    for page in pages {
        // The visit has just asked this host, so pause first. An item whose wait is over sends no request.
        if due(&page).is_some() && page.waits_since.map(waits_until) > Some(pipeline.clock.now()) {
            tokio::time::sleep(pause).await;
        }
        admitted.push((page.source, pipeline.follow(page.number, setup).await?.admitted));
    }
    Ok(admitted)
}
