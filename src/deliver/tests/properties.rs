//! Random histories of one channel against a real store: whatever happens, nothing is lost, changed or sent twice.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::AtomicU16;

use proptest::prelude::*;

use super::*;
use crate::deliver::circuit::CircuitState;
use crate::store::AbsentKind;

/// Something that happens to a channel.
#[derive(Clone, Debug)]
enum ChannelStep {
    /// So many alerts are made.
    Alerts(u8),
    /// Time passes, in seconds, and what is due is attempted.
    Wait(u32),
    /// The receiver answers with this status from now on.
    Answer(u16),
    /// The process dies between two attempts.
    Crash,
    /// The process dies after the request of an attempt has arrived.
    CrashDuringAttempt,
    /// The configuration is applied again.
    Reload,
    /// The channel is removed from the configuration.
    Remove,
    /// It returns.
    Return,
    /// An operator resumes it.
    Resume,
}

/// A request as the receiver saw it.
#[derive(Clone, Debug)]
struct Arrival {
    id: String,
    at: Timestamp,
    length: String,
    accepted: bool,
}

struct ChannelHistory {
    desk: DeliveryFixture,
    rude: RudeServer,
    channel: Arc<Channel>,
    status: Arc<AtomicU16>,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    deliverer: Option<Deliverer>,
    bodies: HashMap<DeliveryId, Vec<u8>>,
    /// The deliveries whose process died in an attempt: the receiver may get them twice.
    interrupted: HashSet<String>,
}

impl ChannelHistory {
    async fn new() -> Self {
        let desk = DeliveryFixture::new().await;
        let (status, arrivals) = (Arc::new(AtomicU16::new(200)), Arc::new(Mutex::new(Vec::new())));
        let (answer, book, clock) = (Arc::clone(&status), Arc::clone(&arrivals), desk.clock.clone());
        let rude = RudeServer::start(move |head| {
            let status = answer.load(Ordering::Relaxed);
            let (id, accepted) = (named(head), (200..300).contains(&status));
            book.lock().unwrap().push(Arrival { id, at: clock.now(), length: length(head), accepted });
            RudeAnswer::answer(status, "", "")
        })
        .await;
        let channel = hook("desk", &rude, 1);
        let (bodies, interrupted) = (HashMap::new(), HashSet::new());
        let mut history = Self { desk, rude, channel, status, arrivals, deliverer: None, bodies, interrupted };
        history.configure(true).await;
        history
    }

    async fn configure(&mut self, is_configured: bool) {
        let names: Vec<_> = is_configured.then(|| (AbsentKind::Channel, "desk".to_owned())).into_iter().collect();
        let (short, now) = (SignedDuration::from_mins(10), self.desk.clock.now());
        self.desk.store.save_configured(&names, short, now).await.unwrap();
        self.deliverer = is_configured.then(|| self.desk.deliverer(&self.channel));
    }

    async fn step(&mut self, step: &ChannelStep) {
        match step {
            ChannelStep::Alerts(number) => {
                for _ in 0..*number {
                    self.alert().await;
                }
            }
            ChannelStep::Wait(seconds) => {
                self.desk.hands.advance(SignedDuration::from_secs(i64::from(*seconds)));
                self.drain().await;
            }
            ChannelStep::Answer(status) => self.status.store(*status, Ordering::Relaxed),
            ChannelStep::Crash => self.restart().await,
            ChannelStep::CrashDuringAttempt => self.interrupt().await,
            ChannelStep::Reload => {
                if let Some(deliverer) = &self.deliverer {
                    deliverer.set_route(Route::new(Arc::clone(&self.channel), &settings()).unwrap());
                }
            }
            ChannelStep::Remove => self.configure(false).await,
            ChannelStep::Return if self.deliverer.is_none() => self.configure(true).await,
            ChannelStep::Return => {}
            ChannelStep::Resume if self.deliverer.is_some() => {
                self.desk.store.resume_channel(&self.channel, self.desk.clock.now()).await.unwrap();
            }
            ChannelStep::Resume => {}
        }
    }

    async fn alert(&mut self) {
        self.desk.hands.advance(SignedDuration::from_millis(1));
        let (kind, at) = (HealthEventKind::SourceFailing, self.desk.clock.now());
        let event = HealthEvent { kind, at, message: "hello".to_owned(), detail: serde_json::Map::new() };
        let settings = crate::render::RenderSettings::default();
        for id in self.desk.store.raise(event, vec![Arc::clone(&self.channel)], settings).await.unwrap() {
            let body = self.desk.store.delivery(&id).await.unwrap().unwrap().0.body;
            self.bodies.insert(id, body);
        }
    }

    /// Attempts what is due at this instant. An open circuit makes at most one attempt.
    async fn drain(&self) {
        let Some(deliverer) = &self.deliverer else { return };
        let mut while_open = 0;
        loop {
            let is_open = self.state().await == CircuitState::Open;
            if !deliverer.deliver_one().await.unwrap() {
                return;
            }
            let stays_open = is_open && self.state().await == CircuitState::Open;
            while_open += usize::from(stays_open);
            assert!(while_open <= 1, "an open circuit made a second attempt at the same time");
        }
    }

    async fn state(&self) -> CircuitState {
        self.desk.store.channel_gate(&self.channel.id).await.unwrap().circuit.state
    }

    async fn restart(&mut self) {
        self.deliverer = None;
        self.desk.restart().await;
        let removed = self.desk.store.channel_gate(&self.channel.id).await.unwrap().removed_at;
        self.configure(removed.is_none()).await;
    }

    /// The process dies when the receiver has a request, and before its outcome is stored.
    async fn interrupt(&mut self) {
        let before = self.arrivals.lock().unwrap().len();
        let Some(deliverer) = &self.deliverer else { return };
        if let Some(attempt) = deliverer.begin_due(1).await.unwrap().pop() {
            while self.arrivals.lock().unwrap().len() == before && !attempt.is_finished() {
                tokio::task::yield_now().await;
            }
            attempt.abort();
            attempt.await.ok();
            let arrived = self.arrivals.lock().unwrap().last().map(|arrival| arrival.id.clone());
            self.interrupted.extend(arrived);
        }
        self.restart().await;
    }

    /// What holds at every moment.
    async fn check(&self) {
        let query = DeliveryQuery { limit: 10_000, ..DeliveryQuery::default() };
        let rows: Vec<_> = self.desk.store.deliveries(&query).await.unwrap().into_iter().map(|(_, row)| row).collect();
        let counts = self.desk.store.counts().await.unwrap().deliveries;
        assert_eq!(counts.values().sum::<u64>(), self.bodies.len() as u64, "the states add up to the total");
        assert_eq!(rows.len(), self.bodies.len());
        let gate = self.desk.store.channel_gate(&self.channel.id).await.unwrap();
        let may_hold = gate.removed_at.is_some() || gate.circuit.state != CircuitState::Closed;
        for (row, seq) in rows.iter().rev().zip(1..) {
            assert_eq!(row.seq, seq, "no number is missing");
            assert_eq!(Some(&row.body), self.bodies.get(&row.id), "ids and bodies never change");
            match row.state {
                DeliveryState::Pending => assert!(row.next_attempt_at.is_some()),
                DeliveryState::Held => assert!(may_hold, "held without a reason"),
                DeliveryState::Inflight => panic!("nothing is in flight between two steps"),
                _ => assert!(row.settled_at.is_some()),
            }
        }
        self.check_arrivals();
    }

    fn check_arrivals(&self) {
        let mut by_id: BTreeMap<String, Vec<Arrival>> = BTreeMap::new();
        for arrival in self.arrivals.lock().unwrap().iter() {
            by_id.entry(arrival.id.clone()).or_default().push(arrival.clone());
        }
        for (id, arrivals) in by_id {
            for pair in arrivals.windows(2) {
                let pause = pair[1].at.duration_since(pair[0].at);
                assert!(pause >= SignedDuration::from_secs(5), "{id}: two attempts within {pause}");
                assert_eq!(pair[0].length, pair[1].length);
            }
            let accepted = arrivals.iter().filter(|arrival| arrival.accepted).count();
            assert!(accepted <= 1 || self.interrupted.contains(&id), "{id} was delivered twice without a crash");
        }
    }

    /// The receiver is repaired and the operator does what status says: everything ends.
    async fn end(&mut self) {
        self.status.store(204, Ordering::Relaxed);
        if self.deliverer.is_none() {
            self.configure(true).await;
        }
        self.desk.store.resume_channel(&self.channel, self.desk.clock.now()).await.unwrap();
        for _ in 0..60 {
            self.desk.hands.advance(SignedDuration::from_hours(2));
            self.drain().await;
        }
        self.check().await;
        let counts = self.desk.store.counts().await.unwrap().deliveries;
        let settled = [DeliveryState::Delivered, DeliveryState::Dead];
        assert!(counts.keys().all(|state| settled.contains(state)), "{counts:?}");
        assert!(self.desk.store.check().await.unwrap().is_empty());
        assert_eq!(self.state().await, CircuitState::Closed);
        assert!(self.rude.port() > 0);
    }
}

async fn play(steps: &[ChannelStep]) {
    let mut history = ChannelHistory::new().await;
    for step in steps {
        history.step(step).await;
        history.check().await;
    }
    history.end().await;
}

fn step() -> impl Strategy<Value = ChannelStep> {
    prop_oneof![
        3 => (1..6_u8).prop_map(ChannelStep::Alerts),
        8 => prop_oneof![Just(0), Just(1), Just(6), Just(60), Just(400), Just(4_000), Just(90_000)]
            .prop_map(ChannelStep::Wait),
        4 => prop_oneof![Just(200), Just(404), Just(410), Just(429), Just(500), Just(500), Just(503)]
            .prop_map(ChannelStep::Answer),
        1 => Just(ChannelStep::Crash),
        2 => Just(ChannelStep::CrashDuringAttempt),
        1 => Just(ChannelStep::Reload),
        1 => Just(ChannelStep::Remove),
        2 => Just(ChannelStep::Return),
        1 => Just(ChannelStep::Resume),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_to_a_channel_nothing_is_lost_changed_or_sent_twice(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(&steps));
    }
}
