//! Reads a new item's own page for its full text before the item is matched.
//!
//! The item waits in the store, so that a crash loses nothing. After two minutes or three tries it is admitted without
//! its page. A few more tries follow; text that arrives late is matched again and does not count as a revision.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tracing::Instrument;

use super::item_page::ItemPage;
use super::matching::MatchScope;
use super::probe::{probe, with_canonical, with_page};
use super::{Pipeline, PipelineSetup, SHORT_ABSENCE};
use crate::cadence::item_page::{PageRetry, after_late_try, after_try, first_late_try, is_over, next_try, waits_until};
use crate::clock::later;
use crate::dedupe::{self, KeyRules, Verdict};
use crate::item::{Item, TextState};
use crate::parse::page::item_page_merge::with_article;
use crate::source::{Follow, Source};
use crate::store::{Admitted, Candidate, FollowSettlement, FollowUpdate, FollowedItem, ItemProbe, StoreError};

/// The pause before an item whose source was removed is checked again. Chosen by hand.
const AFTER_ABSENCE: SignedDuration = SignedDuration::from_secs(15);

/// The result of one step towards an item's own page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FollowStep {
    /// When the next step is due; none if no further step follows.
    pub next: Option<Timestamp>,
    /// The counts of what was admitted.
    pub admitted: Admitted,
}

impl FollowStep {
    fn at(next: Timestamp) -> Self {
        Self { next: Some(next), admitted: Admitted::default() }
    }
}

/// A page to read, with the item that it belongs to.
struct PageFetch<'a> {
    row: &'a FollowedItem,
    source: &'a Arc<Source>,
    setup: &'a PipelineSetup,
    original: ItemProbe,
    identity: KeyRules,
    now: Timestamp,
}

impl Pipeline {
    /// Takes the next step for an item whose own page is to be read: fetches the page and admits the item with its
    /// text, or without it after the longest wait.
    ///
    /// # Errors
    /// If the store cannot be read or written. Failures of the site are part of the step.
    pub async fn follow(&self, number: i64, setup: &PipelineSetup) -> Result<FollowStep, StoreError> {
        let Some(row) = self.store.followed(number).await? else { return Ok(FollowStep::default()) };
        let host = row.item.address.as_ref().map_or("", |address| address.host());
        let span = tracing::info_span!("follow", source.id = %row.source, url.host = host);
        self.step(&row, setup).instrument(span).await
    }

    async fn step(&self, row: &FollowedItem, setup: &PipelineSetup) -> Result<FollowStep, StoreError> {
        let now = self.clock.now();
        let Some(source) = setup.config.source(row.source.as_str()) else {
            let removed = self.store.removed_at(&row.source).await?;
            if removed.is_some_and(|at| now.duration_since(at) < SHORT_ABSENCE) {
                // The source may return soon: its items keep waiting.
                return self.postpone(row, later(now, AFTER_ABSENCE)).await;
            }
            self.store.drop_follow(row.number).await?;
            if row.stored.is_none() {
                tracing::info!("source removed: an item that waited for its page is dropped");
            }
            return Ok(FollowStep::default());
        };
        let waited = row.stored.is_none() && is_over(row.seen_at, row.tries, now);
        if row.next_try_at > now && !waited {
            return Ok(FollowStep::at(row.next_try_at));
        }
        let identity = self.store.source_state(&source.id).await?.unwrap_or_default().identity();
        let original = probe(row.item.clone(), source, &identity);
        let page_fetch = PageFetch { row, source, setup, original, identity, now };
        match row.stored {
            None => self.follow_waiting(&page_fetch, waited).await,
            Some(item) => self.follow_stored(&page_fetch, item).await,
        }
    }

    /// A waiting item: another source may have published it meanwhile, or its page may no longer be wanted.
    async fn follow_waiting(&self, page_fetch: &PageFetch<'_>, waited: bool) -> Result<FollowStep, StoreError> {
        let PageFetch { row, source, now, .. } = page_fetch;
        let unwanted = !source.enabled || source.follow == Follow::Never;
        if unwanted || self.verdict(page_fetch, &page_fetch.original).await?.0 != Verdict::New {
            return self.admit_followed(page_fetch, page_fetch.original.clone(), FollowUpdate::Done).await;
        }
        if waited {
            return self
                .admit_followed(page_fetch, page_fetch.original.clone(), FollowUpdate::Again(first_late_try(*now)))
                .await;
        }
        let asked = self.try_page(page_fetch, waits_until(row.seen_at)).await?;
        let Some((number, page)) = asked else { return Ok(FollowStep::default()) };
        match page {
            ItemPage::Read(article) => {
                let probe = match with_article(&row.item, &article) {
                    Some(whole) => {
                        let probe = with_page(&page_fetch.original, whole, source, &page_fetch.identity);
                        with_canonical(probe, article.canonical, source, &page_fetch.identity)
                    }
                    None => {
                        tracing::info!("an item's page has other content; the item is stored without it");
                        page_fetch.original.clone()
                    }
                };
                self.admit_followed(page_fetch, probe, FollowUpdate::Done).await
            }
            ItemPage::Never(why) => {
                tracing::info!(why, "an item's page cannot be read; the item is stored without it");
                self.admit_followed(page_fetch, page_fetch.original.clone(), FollowUpdate::Done).await
            }
            ItemPage::Later(why, asked) => self.without_page(page_fetch, number, why, asked).await,
        }
    }

    /// Postpones an item's page, or admits the item without it.
    async fn without_page(
        &self,
        page_fetch: &PageFetch<'_>,
        number: u32,
        why: String,
        asked: Option<SignedDuration>,
    ) -> Result<FollowStep, StoreError> {
        let row = page_fetch.row;
        tracing::debug!(why, attempt.number = number, "an item's page could not be fetched");
        match after_try(row.seen_at, number, asked, self.clock.now()) {
            PageRetry::Wait(next) => self.postpone(row, next).await,
            PageRetry::Admit(next) => {
                tracing::info!(why, "the wait for an item's page is over; the item is stored without it");
                self.admit_followed(page_fetch, page_fetch.original.clone(), FollowUpdate::Again(next)).await
            }
            PageRetry::GiveUp => self.admit_followed(page_fetch, page_fetch.original.clone(), FollowUpdate::Done).await,
        }
    }

    /// An item that was admitted without its page: the text is attached if the page can be read after all.
    async fn follow_stored(&self, page_fetch: &PageFetch<'_>, item: i64) -> Result<FollowStep, StoreError> {
        let (row, source) = (page_fetch.row, page_fetch.source);
        let Some(stored) = self.store.content(item).await? else { return self.give_up(row, "it cannot be read").await };
        let unwanted = !source.enabled || source.follow == Follow::Never;
        if unwanted || stored.text_state == TextState::Full {
            self.store.drop_follow(row.number).await?;
            return Ok(FollowStep::default());
        }
        let asked = self.try_page(page_fetch, Timestamp::MAX).await?;
        let Some((number, page)) = asked else { return Ok(FollowStep::default()) };
        match page {
            ItemPage::Read(article) => {
                match with_article(&stored, &article).filter(|whole| whole.text_state == TextState::Full) {
                    Some(whole) => self.attach(page_fetch, item, &stored, whole).await,
                    None => self.give_up(row, "its page has no text that belongs to it").await,
                }
            }
            ItemPage::Never(why) => self.give_up(row, &why).await,
            ItemPage::Later(why, asked) => match after_late_try(number, asked, self.clock.now()) {
                PageRetry::Wait(next) | PageRetry::Admit(next) => self.postpone(row, next).await,
                PageRetry::GiveUp => self.give_up(row, &why).await,
            },
        }
    }

    /// Fetches the page after recording the try; none if the row is already settled.
    async fn try_page(
        &self,
        page_fetch: &PageFetch<'_>,
        until: Timestamp,
    ) -> Result<Option<(u32, ItemPage)>, StoreError> {
        let PageFetch { row, source, setup, now, .. } = page_fetch;
        let Some(address) = &row.item.address else { return Ok(None) };
        let next = next_try(row.tries + 1, *now);
        let Some(number) = self.store.begin_follow(row.number, next).await? else { return Ok(None) };
        let mut page = self.page(source, address, setup, until.duration_since(*now)).await;
        if let ItemPage::Read(article) = &mut page {
            self.leave_out(&source.id, address, article, *now).await?;
        }
        Ok(Some((number, page)))
    }

    /// The item's verdict, and the stored items that share a key with it.
    async fn verdict(&self, page_fetch: &PageFetch<'_>, probe: &ItemProbe) -> Result<(Verdict, Vec<i64>), StoreError> {
        let seen = self.store.seen(&page_fetch.source.id, std::slice::from_ref(probe), page_fetch.now).await?;
        let seen = seen.into_iter().next().unwrap_or_default();
        let verdict = dedupe::judge_at(&seen, &page_fetch.identity.volatile);
        Ok((verdict, seen.iter().map(|seen| seen.item).collect()))
    }

    /// Matches and admits a waiting item; its row is settled in the same transaction.
    async fn admit_followed(
        &self,
        page_fetch: &PageFetch<'_>,
        probe: ItemProbe,
        then: FollowUpdate,
    ) -> Result<FollowStep, StoreError> {
        let next = if let FollowUpdate::Again(next) = then { Some(next) } else { None };
        let (state, lang) = (probe.item.text_state, probe.item.lang.clone());
        let Some(admitted) = self.admit_with_fallback(page_fetch, probe, then).await? else {
            return Ok(FollowStep::default());
        };
        if admitted.new + admitted.revised > 0 {
            let lang = lang.as_ref().map_or("", |lang| lang.as_str());
            let (state, alerts) = (state.as_str(), admitted.alerts);
            let url = page_fetch.row.item.address.as_ref().map_or("", |address| address.as_str());
            let watches = admitted.watches();
            tracing::info!(
                item.url = url,
                item.text_state = state,
                item.lang = lang,
                alerts,
                watches,
                "stored an item that waited for its page"
            );
        }
        Ok(FollowStep { next, admitted })
    }

    /// Admits a waiting item, without its page if that cannot be stored; none if neither can be stored.
    async fn admit_with_fallback(
        &self,
        page_fetch: &PageFetch<'_>,
        probe: ItemProbe,
        then: FollowUpdate,
    ) -> Result<Option<Admitted>, StoreError> {
        let mut probes = vec![probe];
        if probes[0].item != page_fetch.original.item {
            probes.push(page_fetch.original.clone());
        }
        let mut refused = None;
        for probe in probes {
            let verdict = self.verdict(page_fetch, &probe).await?;
            match self
                .write_with_retry(|| self.admit_one(page_fetch, probe.clone(), verdict.clone(), then.clone()))
                .await?
            {
                Ok(admitted) => return Ok(Some(admitted)),
                Err(error) => refused = Some((probe, error)),
            }
        }
        if let Some((probe, error)) = refused {
            self.set_aside(page_fetch.source, &page_fetch.setup.config, &probe.item, &error, page_fetch.now).await?;
            self.store.drop_follow(page_fetch.row.number).await?;
        }
        Ok(None)
    }

    async fn attach(
        &self,
        page_fetch: &PageFetch<'_>,
        item: i64,
        stored: &Item,
        whole: Item,
    ) -> Result<FollowStep, StoreError> {
        let then = FollowUpdate::Attach { item, content: crate::item::ContentHash::of(stored) };
        let probe = with_page(&page_fetch.original, whole, page_fetch.source, &page_fetch.identity);
        let attach = || self.admit_one(page_fetch, probe.clone(), (Verdict::Known(item), Vec::new()), then.clone());
        let admitted = match self.write_with_retry(attach).await? {
            Ok(admitted) => admitted,
            Err(error) => {
                let setup = page_fetch.setup;
                self.set_aside(page_fetch.source, &setup.config, &probe.item, &error, page_fetch.now).await?;
                return self.give_up(page_fetch.row, "its text cannot be stored").await;
            }
        };
        tracing::info!(alerts = admitted.alerts, "attached late text to a stored item");
        // If the item changed meanwhile, its row remains and is tried again.
        let next = self.store.followed(page_fetch.row.number).await?.map(|row| row.next_try_at);
        Ok(FollowStep { next, admitted })
    }

    async fn admit_one(
        &self,
        page_fetch: &PageFetch<'_>,
        probe: ItemProbe,
        (verdict, ruled_out): (Verdict, Vec<i64>),
        then: FollowUpdate,
    ) -> Result<Admitted, StoreError> {
        let PageFetch { row, source, setup, identity, .. } = page_fetch;
        let late = matches!(then, FollowUpdate::Attach { .. });
        let mut candidates = vec![Candidate { ruled_out, ..Candidate::new(probe, verdict, true) }];
        let scope = (&*setup.config, MatchScope::Alerting);
        if let Some((_, error)) = self.match_watches(source, scope, &mut candidates, identity).await?.pop() {
            return Err(error);
        }
        let settle = FollowSettlement { number: row.number, then };
        let at = (self.clock.now(), row.seen_at);
        let admission = super::admit::admission(source, &setup.config, candidates, at, Some(settle));
        let admitted = self.store.admit(admission).await?;
        if late {
            self.count_alerts(&admitted)
        } else {
            self.count(&admitted)
        }
        Ok(admitted)
    }

    async fn postpone(&self, row: &FollowedItem, next: Timestamp) -> Result<FollowStep, StoreError> {
        self.store.postpone_follow(row.number, next).await?;
        Ok(FollowStep::at(next))
    }

    async fn give_up(&self, row: &FollowedItem, why: &str) -> Result<FollowStep, StoreError> {
        tracing::info!(why, "stopped trying to read an item's page; the item keeps its excerpt");
        self.store.drop_follow(row.number).await?;
        Ok(FollowStep::default())
    }
}
