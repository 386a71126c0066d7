//! Which source is due, how many visits at once, one host at a time.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::cadence::planned;
use crate::clock::later;
use crate::config::Config;
use crate::pipeline::{Pipeline, Setup};
use crate::source::{Source, SourceId};
use crate::store::StoreError;
use crate::systemd::Beat;

/// The longest time between two looks at the clock: it may have been set.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// When a source is visited again after the store failed in the middle of a visit.
const AFTER_STORE_FAILURE: SignedDuration = SignedDuration::from_secs(30);

/// What decides which source is visited next.
#[derive(Debug, Default)]
pub struct Plan {
    due: BTreeSet<(Timestamp, SourceId)>,
    hosts: HashMap<String, Host>,
    running: HashMap<SourceId, String>,
}

/// What a host has to bear at the moment.
#[derive(Debug, Default)]
struct Host {
    running: usize,
    free_at: Option<Timestamp>,
    waiting: Vec<(Timestamp, SourceId)>,
}

/// How many visits at once, and how far apart at one host.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Visits in all.
    pub concurrency: usize,
    /// Visits at one host.
    pub per_host: usize,
    /// The pause between two visits at one host.
    pub host_delay: SignedDuration,
}

impl Plan {
    /// Plans these sources, each from its instant on; what runs goes on and is planned again when it ends.
    pub fn replace(&mut self, due: impl IntoIterator<Item = (SourceId, Timestamp)>) {
        self.due = due.into_iter().filter(|(id, _)| !self.running.contains_key(id)).map(|(id, at)| (at, id)).collect();
        for host in self.hosts.values_mut() {
            host.waiting.clear();
        }
    }

    /// Takes the next source that may be visited at `now`; `host` tells where a source is, none when it is gone.
    pub fn take(
        &mut self,
        now: Timestamp,
        limits: Limits,
        host: impl Fn(&SourceId) -> Option<String>,
    ) -> Option<(SourceId, Timestamp)> {
        while self.running.len() < limits.concurrency {
            let first = self.due.first().filter(|(at, _)| *at <= now)?.clone();
            self.due.remove(&first);
            let (at, id) = first;
            let Some(name) = host(&id) else { continue };
            let host = self.hosts.entry(name.clone()).or_default();
            if host.running >= limits.per_host {
                host.waiting.push((at, id));
            } else if let Some(free) = host.free_at.filter(|free| *free > now) {
                self.due.insert((free, id));
            } else {
                host.running += 1;
                host.free_at = Some(later(now, limits.host_delay));
                self.running.insert(id.clone(), name);
                return Some((id, at));
            }
        }
        None
    }

    /// A visit has ended: its host is free after the pause, and the source is due again at `next`.
    pub fn ended(&mut self, id: &SourceId, next: Timestamp, now: Timestamp, limits: Limits) {
        if let Some(name) = self.running.remove(id)
            && let Some(host) = self.hosts.get_mut(&name)
        {
            host.running = host.running.saturating_sub(1);
            host.free_at = Some(later(now, limits.host_delay));
            self.due.extend(host.waiting.drain(..));
        }
        self.due.insert((next, id.clone()));
    }

    /// When the next source is due.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }
}

/// Visits what is due, for as long as the daemon runs.
pub struct Scheduler {
    pipeline: Pipeline,
    setup: Arc<ArcSwap<Setup>>,
    plan: Plan,
    visits: JoinSet<Result<Timestamp, StoreError>>,
    under_way: HashMap<Id, SourceId>,
}

impl Scheduler {
    /// A scheduler over whatever `setup` holds at each moment.
    #[must_use]
    pub fn new(pipeline: Pipeline, setup: Arc<ArcSwap<Setup>>) -> Self {
        Self { pipeline, setup, plan: Plan::default(), visits: JoinSet::new(), under_way: HashMap::new() }
    }

    /// Visits what is due until `stop`; `poke` says that the configuration or the store's schedule has changed.
    /// What is under way when it stops has `grace` to end.
    pub async fn run(mut self, stop: CancellationToken, poke: Arc<Notify>, beat: Beat, grace: Duration) {
        self.replan().await;
        while !stop.is_cancelled() {
            beat.tick();
            self.start_due();
            let pause = self.pause();
            tokio::select! {
                () = stop.cancelled() => {}
                () = poke.notified() => self.replan().await,
                Some(ended) = self.visits.join_next_with_id() => self.settle(ended),
                () = tokio::time::sleep(pause) => {}
            }
        }
        if tokio::time::timeout(grace, async { while self.visits.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!(visits = self.visits.len(), "visits that did not end in time are dropped and made again");
        }
    }

    /// Plans every enabled source by what the store remembers.
    async fn replan(&mut self) {
        let setup = self.setup.load_full();
        match self.pipeline.store.schedule().await {
            Ok(schedule) => {
                let now = self.pipeline.clock.now();
                let enabled = setup.config.sources.iter().filter(|source| source.enabled);
                let due = enabled.map(|source| {
                    let next = schedule.get(&source.id).copied().flatten().unwrap_or(now);
                    (source.id.clone(), planned(source, next, now))
                });
                self.plan.replace(due.collect::<Vec<_>>());
            }
            Err(error) => tracing::error!(%error, "the schedule cannot be read; the plan stays as it is"),
        }
    }

    fn start_due(&mut self) {
        let setup = self.setup.load_full();
        let limits = limits(&setup.config);
        let now = self.pipeline.clock.now();
        let host = |id: &SourceId| Some(setup.config.source(id.as_str())?.address.host().to_owned());
        while let Some((id, due)) = self.plan.take(now, limits, host) {
            if let Some(source) = setup.config.source(id.as_str()) {
                self.start(Arc::clone(source), Arc::clone(&setup), due, now);
            }
        }
    }

    fn start(&mut self, source: Arc<Source>, setup: Arc<Setup>, due: Timestamp, now: Timestamp) {
        let lag = now.duration_since(due);
        self.pipeline.metrics.schedule_lag(Duration::try_from(lag).unwrap_or_default());
        let pipeline = self.pipeline.clone();
        let id = source.id.clone();
        let handle = self.visits.spawn(async move { Ok(pipeline.visit(&source, &setup).await?.next) });
        self.under_way.insert(handle.id(), id);
    }

    fn settle(&mut self, ended: Result<(Id, Result<Timestamp, StoreError>), tokio::task::JoinError>) {
        let now = self.pipeline.clock.now();
        let (task, next) = match ended {
            Ok((task, Ok(next))) => (task, next),
            Ok((task, Err(error))) => {
                tracing::error!(%error, "a visit could not be stored; nothing of it counts as seen");
                (task, later(now, AFTER_STORE_FAILURE))
            }
            Err(panic) => {
                tracing::error!(error = %panic, "a visit ended in a panic; it is made again");
                (panic.id(), later(now, AFTER_STORE_FAILURE))
            }
        };
        if let Some(id) = self.under_way.remove(&task) {
            self.plan.ended(&id, next, now, limits(&self.setup.load().config));
        }
    }

    fn pause(&self) -> Duration {
        let now = self.pipeline.clock.now();
        let due = self
            .plan
            .next()
            .map_or(LONGEST_PAUSE, |next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
        // What is due but waits for room is started when a visit ends, which wakes the loop by itself.
        if due.is_zero() { LONGEST_PAUSE } else { due.min(LONGEST_PAUSE) }
    }
}

fn limits(config: &Config) -> Limits {
    let fetch = &config.fetch;
    Limits { concurrency: fetch.concurrency, per_host: fetch.per_host, host_delay: fetch.host_delay }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { concurrency: 10, per_host: 1, host_delay: SignedDuration::from_secs(1) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn plan(due: &[(&str, i64)]) -> Plan {
        let mut plan = Plan::default();
        plan.replace(due.iter().map(|(id, second)| (SourceId::new(*id), at(*second))));
        plan
    }

    /// The host is the source's first letter.
    fn take(plan: &mut Plan, now: i64, limits: Limits) -> Option<String> {
        plan.take(at(now), limits, |id| Some(id.as_str()[..1].to_owned())).map(|(id, _)| id.as_str().to_owned())
    }

    #[test]
    fn the_one_that_has_been_due_longest_goes_first() {
        let mut plan = plan(&[("b", 5), ("a", 9), ("c", 1)]);
        assert_eq!(take(&mut plan, 9, LIMITS).as_deref(), Some("c"));
        assert_eq!(take(&mut plan, 9, LIMITS).as_deref(), Some("b"));
        assert_eq!(take(&mut plan, 8, LIMITS), None);
        assert_eq!(plan.next(), Some(at(9)));
    }

    #[test]
    fn a_host_is_visited_one_at_a_time_and_after_a_pause() {
        let mut plan = plan(&[("a1", 0), ("a2", 0), ("b1", 0)]);
        assert_eq!(take(&mut plan, 0, LIMITS).as_deref(), Some("a1"));
        assert_eq!(take(&mut plan, 0, LIMITS).as_deref(), Some("b1"));
        assert_eq!(take(&mut plan, 5, LIMITS), None);
        plan.ended(&SourceId::new("a1"), at(600), at(5), LIMITS);
        assert_eq!(take(&mut plan, 5, LIMITS), None);
        assert_eq!(take(&mut plan, 6, LIMITS).as_deref(), Some("a2"));
    }

    #[test]
    fn no_more_run_at_once_than_there_is_room_for() {
        let limits = Limits { concurrency: 1, ..LIMITS };
        let mut plan = plan(&[("a", 0), ("b", 0)]);
        assert_eq!(take(&mut plan, 0, limits).as_deref(), Some("a"));
        assert_eq!(take(&mut plan, 0, limits), None);
        plan.ended(&SourceId::new("a"), at(600), at(1), limits);
        assert_eq!(take(&mut plan, 1, limits).as_deref(), Some("b"));
    }

    #[test]
    fn a_source_that_is_gone_is_passed_over() {
        let mut plan = plan(&[("a", 0), ("b", 1)]);
        let taken = plan.take(at(2), LIMITS, |id| (id.as_str() == "b").then(|| "b".to_owned()));
        assert_eq!(taken.map(|(id, _)| id), Some(SourceId::new("b")));
    }

    #[test]
    fn a_new_plan_does_not_start_twice_what_runs() {
        let mut plan = plan(&[("a", 0)]);
        assert!(take(&mut plan, 0, LIMITS).is_some());
        plan.replace([(SourceId::new("a"), at(0)), (SourceId::new("b"), at(0))]);
        assert_eq!(take(&mut plan, 0, LIMITS).as_deref(), Some("b"));
        assert_eq!(take(&mut plan, 60, LIMITS), None);
    }
}
