//! Matches judged items against the watches.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Pipeline;
use super::probe::with_page;
use crate::alert::Hit;
use crate::config::Config;
use crate::dedupe::{KeyRules, Verdict};
use crate::item::{ContentHash, Item};
use crate::parse::page::item_page_merge::with_stored_text;
use crate::source::Source;
use crate::store::{Candidate, StoreError};
use crate::watch::compile::Watches;

/// Which of a document's items are matched against the watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MatchScope {
    /// Those that may alert: a visit has no use for the others, such as all items of a quiet first visit.
    Alerting,
    /// All of them: a preview shows what would match.
    All,
}

impl Pipeline {
    /// Matches the items in `scope` on a blocking thread. An item whose matching panics twice is removed and returned.
    pub(super) async fn match_watches(
        &self,
        source: &Arc<Source>,
        (config, scope): (&Config, MatchScope),
        candidates: &mut Vec<Candidate>,
        identity: &KeyRules,
    ) -> Result<Vec<(Item, StoreError)>, StoreError> {
        let mut texts = Vec::new();
        for (n, candidate) in candidates.iter_mut().enumerate() {
            if matches!(candidate.verdict, Verdict::Known(_)) && candidate.probe.keys.is_empty() {
                continue;
            }
            let before = self.revised(candidate, source, identity).await?;
            if candidate.may_alert || scope == MatchScope::All {
                texts.push((n, candidate.probe.item.clone(), before));
            }
        }
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let (watches, source) = (Arc::clone(&config.watches), Arc::clone(source));
        let hits = tokio::task::spawn_blocking(move || {
            let evaluate = |item: &Item| evaluate(&watches, &source, item);
            let both = |now: &Item, before: &Option<Item>| (evaluate(now), before.as_ref().map(evaluate));
            texts.iter().map(|(n, now, before)| (*n, catch_twice(|| both(now, before)))).collect::<Vec<_>>()
        });
        let hits = hits.await.map_err(|error| match error.is_panic() {
            true => StoreError::Panicked(error.to_string()),
            false => StoreError::Closed,
        })?;
        let mut unmatched = Vec::new();
        for (n, hits) in hits.into_iter().rev() {
            match hits {
                Ok((hits, before)) => {
                    candidates[n].hits = hits;
                    candidates[n].hit_before = before.unwrap_or_default();
                }
                Err(error) => unmatched.push((candidates.remove(n).probe.item, error)),
            }
        }
        Ok(unmatched)
    }

    /// The stored content of a revised item, whose stored text the candidate then keeps.
    async fn revised(
        &self,
        candidate: &mut Candidate,
        source: &Source,
        identity: &KeyRules,
    ) -> Result<Option<Item>, StoreError> {
        let Verdict::Revised(item) = candidate.verdict else { return Ok(None) };
        let before = self.store.content(item).await?;
        if let Some(before) = &before {
            keep_text(candidate, item, before, source, identity);
        }
        Ok(before)
    }
}

/// Runs a computation, once more if it panics; a second panic is the error.
fn catch_twice<T>(compute: impl Fn() -> T) -> Result<T, StoreError> {
    let tried = || catch_unwind(AssertUnwindSafe(&compute));
    tried().or_else(|_| tried()).map_err(|panic| StoreError::panicked(panic.as_ref()))
}

/// Matches an item of this source against the watches.
pub(super) fn evaluate(watches: &Watches, source: &Source, item: &Item) -> Vec<Hit> {
    let tags: Vec<String> = source.tags.iter().chain(&item.tags).cloned().collect();
    watches.evaluate(&crate::watch::WatchInput {
        title: &item.title,
        summary: &item.summary,
        text: &item.text,
        lang: item.lang.as_ref(),
        source: &source.id,
        tags: &tags,
    })
}

/// Keeps the text of an item's own page when the item is revised. If the headline is the same, it is not a revision.
fn keep_text(candidate: &mut Candidate, item: i64, before: &Item, source: &Source, identity: &KeyRules) {
    let whole = with_stored_text(&candidate.probe.item, before);
    if whole == candidate.probe.item {
        return;
    }
    candidate.probe = with_page(&candidate.probe, whole, source, identity);
    if candidate.probe.hash == ContentHash::of(before) {
        candidate.verdict = Verdict::Known(item);
    }
}
