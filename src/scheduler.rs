//! Schedules visits and item pages: what is due, how many run at once, one host at a time.
//!
//! Each round: check the clock, check the store, plan (`plan`), start what is due, wait for the next event.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::cadence::item_page::{latest_tries, waits_until};
use crate::cadence::{MAX_RETRY_AFTER, after_sleep, planned};
use crate::clock::jump::{ClockJump, JumpDetector};
use crate::clock::later;
use crate::config::Config;
use crate::fault_point;
use crate::pipeline::{Pipeline, PipelineSetup};
use crate::source::Source;
use crate::store::{FollowDue, PagesAhead, Scheduled, StoreError};
use crate::systemd::Beat;

mod plan;
#[cfg(test)]
mod tests;

pub(crate) use plan::ScheduledFetch;
pub use plan::{Limits, Plan};

/// The longest time between two rounds, because the clock may be set meanwhile. Chosen by hand.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The pause before a fetch is repeated after the store failed during it. Chosen by hand.
const AFTER_STORE_FAILURE: SignedDuration = SignedDuration::from_secs(30);

/// After a clock jump or a stop of the process this long, overdue visits are spread. Chosen by hand.
const LONG_JUMP: SignedDuration = SignedDuration::from_mins(1);

/// The most item pages that are read at once, in addition to visits. Chosen by hand.
const PAGES_AT_ONCE: usize = 16;

/// The most item pages in the plan, soonest first; the others stay in the store. Chosen by hand.
const PAGES_PLANNED: usize = 1_000;

/// Starts visits and page fetches when they are due.
pub(crate) struct Scheduler {
    pipeline: Pipeline,
    setup: Arc<ArcSwap<PipelineSetup>>,
    plan: Plan,
    pages: HashMap<i64, FollowDue>,
    /// True if the plan holds only the soonest pages.
    pages_truncated: bool,
    /// True if the pages must be read from the store again.
    more_pages: bool,
    /// True if the schedule must be read from the store again.
    needs_replan: bool,
    /// True after a failure of the store; nothing starts until it accepts a write.
    store_failed: bool,
    fetches: JoinSet<Result<FetchEnd, StoreError>>,
    under_way: HashMap<Id, ScheduledFetch>,
}

/// How a scheduled fetch ended.
struct FetchEnd {
    /// When it is due again; none if it is finished.
    next: Option<Timestamp>,
    /// How many items now wait for their own page.
    followed: usize,
}

impl Scheduler {
    /// A scheduler that uses the current `setup` for each fetch.
    #[must_use]
    pub fn new(pipeline: Pipeline, setup: Arc<ArcSwap<PipelineSetup>>) -> Self {
        Self {
            pipeline,
            setup,
            plan: Plan::default(),
            pages: HashMap::new(),
            pages_truncated: false,
            more_pages: true,
            needs_replan: true,
            store_failed: false,
            fetches: JoinSet::new(),
            under_way: HashMap::new(),
        }
    }

    /// Starts what is due until `stop`. `wake` signals that the configuration or the stored schedule has changed.
    /// Running fetches get `grace` to end.
    pub async fn run(mut self, stop: CancellationToken, wake: Arc<Notify>, beat: Beat, grace: Duration) {
        let mut jumps = JumpDetector::new(&self.pipeline.clock);
        self.bring_pages_forward(MAX_RETRY_AFTER).await;
        while !stop.is_cancelled() {
            beat.tick();
            fault_point::reach("scheduler.round");
            if let Some(jump) = jumps.look() {
                self.clock_jumped(jump).await;
            }
            if self.store_takes_writes().await {
                if std::mem::take(&mut self.needs_replan) {
                    self.replan().await;
                }
                if std::mem::take(&mut self.more_pages) {
                    self.plan_pages().await;
                }
                self.start_due();
            }
            let pause = self.pause();
            tokio::select! {
                () = stop.cancelled() => {}
                () = wake.notified() => self.replan().await,
                Some(ended) = self.fetches.join_next_with_id() => self.settle(ended),
                () = tokio::time::sleep(pause) => {}
            }
        }
        if tokio::time::timeout(grace, async { while self.fetches.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!(
                visits = self.fetches.len(),
                "visits that did not end in time are cancelled; the next start repeats them"
            );
        }
    }

    /// Whether fetches may start: a site is not asked while its items cannot be stored.
    async fn store_takes_writes(&mut self) -> bool {
        let store = &self.pipeline.store;
        if self.store_failed || !store.condition().borrow().accepts_items() {
            let examined = tokio::time::timeout(LONGEST_PAUSE, store.examine()).await;
            self.store_failed = !examined.is_ok_and(|condition| condition.accepts_items());
        }
        !self.store_failed
    }

    /// Plans every enabled source by its stored schedule.
    async fn replan(&mut self) {
        self.plan_visits(|_, next, _| next).await;
    }

    /// Plans every enabled source; `adjust` may change each planned instant.
    async fn plan_visits(&mut self, adjust: impl Fn(&Source, Timestamp, Timestamp) -> Timestamp) {
        self.more_pages = true;
        let setup = self.setup.load_full();
        let schedule = match self.pipeline.store.schedule().await {
            Ok(schedule) => schedule,
            Err(error) => {
                // Otherwise a source that is not in the plan would wait for the next reload.
                self.needs_replan = true;
                tracing::error!(%error, "cannot read the schedule; the current plan stays");
                return;
            }
        };
        let now = self.pipeline.clock.now();
        let (mut due, mut forward) = (Vec::new(), Vec::new());
        for source in setup.config.sources.iter().filter(|source| source.enabled) {
            let Scheduled { next_visit_at, last_visit_at } = schedule.get(&source.id).copied().unwrap_or_default();
            let next = planned(source, next_visit_at.unwrap_or(now), last_visit_at, now);
            if next_visit_at.is_some_and(|stored| next < stored) {
                forward.push((source.id.clone(), next));
            }
            due.push((source.id.clone(), adjust(source, next, now)));
        }
        self.plan.replace(due);
        self.plan.free_hosts(now, limits(&setup.config));
        if !forward.is_empty()
            && let Err(error) = self.pipeline.store.bring_visits_forward(&forward).await
        {
            tracing::warn!(%error, "cannot store visits that were brought forward; they are planned in this process only");
        }
    }

    /// Replans after the clock was set or the process was stopped.
    async fn clock_jumped(&mut self, jump: ClockJump) {
        match jump {
            ClockJump::Back(_) => {
                self.bring_pages_forward(SignedDuration::ZERO).await;
                self.replan().await;
            }
            ClockJump::Settling => {
                self.bring_pages_forward(SignedDuration::ZERO).await;
                self.more_pages = true;
            }
            // Everything is due at once: visits are spread, so that no host gets them together.
            ClockJump::Forward(by) | ClockJump::Stopped(by) if by >= LONG_JUMP => {
                let spread = |source: &Source, next, now| if next <= now { after_sleep(source, now) } else { next };
                self.plan_visits(spread).await;
            }
            ClockJump::Forward(_) | ClockJump::Stopped(_) => {}
        }
    }

    /// Brings forward the pages that are due later than `beyond` from now; only a clock that was set back causes that.
    async fn bring_pages_forward(&mut self, beyond: SignedDuration) {
        let now = self.pipeline.clock.now();
        let pages = PagesAhead { now, beyond: later(now, beyond), due: latest_tries(now) };
        if let Err(error) = self.pipeline.store.bring_pages_forward(pages).await {
            tracing::warn!(%error, "cannot bring item pages forward");
        }
    }

    /// Plans the item pages, soonest first.
    async fn plan_pages(&mut self) {
        match self.pipeline.store.follows(PAGES_PLANNED).await {
            Ok(due) => {
                self.plan.replace_pages(due.iter().map(|page| (page.number, page.next_try_at)));
                self.pages_truncated = due.len() == PAGES_PLANNED;
                self.pages = due.into_iter().map(|page| (page.number, page)).collect();
            }
            Err(error) => {
                self.more_pages = true;
                tracing::error!(%error, "cannot read the queue of item pages; the current plan stays");
            }
        }
    }

    fn start_due(&mut self) {
        let setup = self.setup.load_full();
        let limits = limits(&setup.config);
        let now = self.pipeline.clock.now();
        self.release_overdue(&setup, now);
        let pages = &self.pages;
        let host = |scheduled: &ScheduledFetch| match scheduled {
            ScheduledFetch::Visit(id) => Some(setup.config.source(id.as_str())?.address.host().to_owned()),
            ScheduledFetch::Page(number) => Some(pages.get(number)?.host.clone()),
        };
        let mut taken = Vec::new();
        while let Some(next) = self.plan.take(now, limits, host) {
            taken.push(next);
        }
        for (scheduled, due) in taken {
            match &scheduled {
                ScheduledFetch::Page(number) => self.read(*number, &setup),
                ScheduledFetch::Visit(id) => {
                    if let Some(source) = setup.config.source(id.as_str()) {
                        self.visit(Arc::clone(source), Arc::clone(&setup), due, now);
                    }
                }
            }
        }
    }

    /// Admits items whose wait is over, even if their host is busy.
    fn release_overdue(&mut self, setup: &Arc<PipelineSetup>, now: Timestamp) {
        let waited = |page: &&FollowDue| page.waits_since.is_some_and(|since| waits_until(since) <= now);
        let over: Vec<i64> = self.pages.values().filter(waited).map(|page| page.number).collect();
        for number in over {
            let scheduled = ScheduledFetch::Page(number);
            if !self.plan.runs(&scheduled) {
                self.plan.forget(&scheduled);
                self.read(number, setup);
            }
            // A page that is being read ends within its own time limit.
            if let Some(page) = self.pages.get_mut(&number) {
                page.waits_since = None;
            }
        }
    }

    fn visit(&mut self, source: Arc<Source>, setup: Arc<PipelineSetup>, due: Timestamp, now: Timestamp) {
        let lag = now.duration_since(due);
        self.pipeline.metrics.schedule_lag(Duration::try_from(lag).unwrap_or_default());
        let pipeline = self.pipeline.clone();
        let scheduled = ScheduledFetch::Visit(source.id.clone());
        let handle = self.fetches.spawn(async move {
            fault_point::reach("visit.begun");
            let visit = pipeline.visit(&source, &setup).await?;
            Ok(FetchEnd { next: Some(visit.next), followed: visit.admitted.followed })
        });
        self.under_way.insert(handle.id(), scheduled);
    }

    fn read(&mut self, number: i64, setup: &Arc<PipelineSetup>) {
        let (pipeline, setup) = (self.pipeline.clone(), Arc::clone(setup));
        let read = async move { Ok(FetchEnd { next: pipeline.follow(number, &setup).await?.next, followed: 0 }) };
        let handle = self.fetches.spawn(read);
        self.under_way.insert(handle.id(), ScheduledFetch::Page(number));
    }

    fn settle(&mut self, ended: Result<(Id, Result<FetchEnd, StoreError>), JoinError>) {
        let now = self.pipeline.clock.now();
        let failed = FetchEnd { next: Some(later(now, AFTER_STORE_FAILURE)), followed: 0 };
        let (task, ended) = match ended {
            Ok((task, Ok(ended))) => (task, ended),
            Ok((task, Err(error))) => {
                self.store_failed |= !error.is_content();
                tracing::error!(%error, "cannot store the items of a visit; none of them count as seen");
                (task, failed)
            }
            Err(panic) => {
                tracing::error!(error = %panic, "a visit panicked; it is repeated");
                (panic.id(), failed)
            }
        };
        let Some(scheduled) = self.under_way.remove(&task) else { return };
        self.more_pages |= ended.followed > 0;
        if let ScheduledFetch::Page(number) = scheduled {
            if ended.next.is_none() {
                self.pages.remove(&number);
            }
            // The next page from the store takes the free place in the plan.
            self.more_pages |= self.pages_truncated;
        }
        self.plan.ended(&scheduled, ended.next, now, limits(&self.setup.load().config));
    }

    fn pause(&self) -> Duration {
        let now = self.pipeline.clock.now();
        let waits = self.pages.values().filter_map(|page| page.waits_since).map(waits_until).min();
        let due = self.plan.next().into_iter().chain(waits).min();
        let due = due.map_or(LONGEST_PAUSE, |next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
        // An overdue fetch that waits for capacity starts when another fetch ends, which wakes the loop.
        if due.is_zero() { LONGEST_PAUSE } else { due.min(LONGEST_PAUSE) }
    }
}

fn limits(config: &Config) -> Limits {
    let fetch = &config.fetch;
    Limits {
        concurrency: fetch.concurrency,
        pages: PAGES_AT_ONCE.min(fetch.concurrency),
        per_host: fetch.per_host,
        host_delay: fetch.host_delay,
    }
}
