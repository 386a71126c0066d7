//! Tests the scheduler's plan after a clock change, with a real store.

use std::collections::BTreeSet;

use crate::cadence::PlannedVisit;
use crate::clock::{Clock, ManualClock};
use crate::fetch::Fetcher;
use crate::health::Health;
use crate::net::{Client, ClientSettings};
use crate::source::{SourceId, Validators};
use crate::store::{Store, VisitEnd};
use crate::telemetry::Metrics;

use super::*;

/// A scheduler of three sources that are visited every ten minutes.
struct SchedulerFixture {
    scheduler: Scheduler,
    clock: Clock,
    manual: ManualClock,
    _folder: tempfile::TempDir,
}

const PAUSE: SignedDuration = SignedDuration::from_mins(10);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl SchedulerFixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (file, state) = (folder.path().join("marsad.toml"), folder.path().join("state"));
        let source = |id| format!("[[source]]\nid = {id:?}\nfeed = \"https://{id}.example.org/\"\nevery = \"10m\"\n");
        let sources = ["a", "b", "c"].map(source).concat();
        let rest =
            "[[channel]]\nid = \"ops\"\nprint = true\n[[watch]]\nid = \"all\"\nany = [\"news\"]\nalert = [\"ops\"]\n";
        std::fs::write(&file, format!("state_dir = {state:?}\n{sources}{rest}")).unwrap();
        let config = Config::load(Some(&file)).unwrap();
        let (clock, manual) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let store = Store::open(&config.state_dir).await.unwrap();
        let known: Vec<_> = config.sources.iter().map(|source| (Arc::clone(source), clock.now())).collect();
        store.sync_sources(&known, clock.now()).await.unwrap();
        let client = Arc::new(Client::new(&ClientSettings::new("marsad/test")).unwrap());
        let fetcher = Fetcher::new(client, &config.fetch, clock.clone());
        let pipeline = Pipeline { store, clock: clock.clone(), metrics: Metrics::new() };
        let setup = Arc::new(ArcSwap::from_pointee(PipelineSetup { config: Arc::new(config), fetcher }));
        Self { scheduler: Scheduler::new(pipeline, setup), clock, manual, _folder: folder }
    }

    /// Records that every source was visited now.
    async fn visited(&self) {
        for id in ["a", "b", "c"] {
            let (at, source) = (self.clock.now(), SourceId::new(id));
            let end = VisitEnd {
                source,
                at,
                next: PlannedVisit::configured(later(at, PAUSE)),
                rhythm: None,
                state: Health::Healthy,
                validators: Some(Validators::default()),
                error: None,
                degraded: None,
                ambiguous_keys: BTreeSet::new(),
                found: true,
                layout_changed: true,
                layout: None,
                volatile: None,
                baseline: Vec::new(),
                whole: true,
                sizes: Default::default(),
            };
            self.scheduler.pipeline.store.end_visit(end, None).await.unwrap();
        }
    }

    /// How long from now each source is due in the plan.
    fn planned(&mut self) -> Vec<SignedDuration> {
        let (now, far) = (self.clock.now(), Timestamp::MAX);
        let limits = Limits { host_delay: SignedDuration::ZERO, ..limits(&self.scheduler.setup.load().config) };
        let host = |scheduled: &ScheduledFetch| Some(format!("{scheduled:?}"));
        let taken = std::iter::from_fn(|| self.scheduler.plan.take(far, limits, host));
        taken.map(|(_, at)| at.duration_since(now)).collect()
    }

    /// When each source is due in the store.
    async fn stored(&self) -> Vec<Timestamp> {
        let schedule = self.scheduler.pipeline.store.schedule().await.unwrap();
        schedule.into_values().filter_map(|scheduled| scheduled.next_visit_at).collect()
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_delays_no_visit() {
    for back in [HOUR, HOUR * 24, HOUR * 24 * 366 * 50] {
        let mut fixture = SchedulerFixture::new().await;
        fixture.visited().await;
        fixture.manual.set_by(-back);
        fixture.scheduler.clock_jumped(ClockJump::Back(back)).await;
        assert_eq!(fixture.planned(), [PAUSE; 3]);
        assert_eq!(fixture.stored().await, [later(fixture.clock.now(), PAUSE); 3]);
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_while_marsad_was_stopped_delays_no_visit() {
    let mut fixture = SchedulerFixture::new().await;
    fixture.manual.set_by(HOUR * 24);
    fixture.visited().await;
    fixture.manual.set_by(-HOUR * 24);
    fixture.scheduler.replan().await;
    assert_eq!(fixture.planned(), [PAUSE; 3]);
}

#[tokio::test]
async fn after_a_long_sleep_each_source_is_visited_once_and_not_all_together() {
    for jump in [ClockJump::Forward(HOUR * 8), ClockJump::Stopped(HOUR * 8)] {
        let mut fixture = SchedulerFixture::new().await;
        fixture.visited().await;
        fixture.manual.set_by(HOUR * 8);
        fixture.scheduler.clock_jumped(jump).await;
        let planned = fixture.planned();
        assert!(planned.iter().all(|wait| *wait >= SignedDuration::ZERO && *wait < LONG_JUMP), "{planned:?}");
        assert!(planned.len() == 3 && planned.windows(2).all(|pair| pair[0] < pair[1]), "{planned:?}");
    }
}
