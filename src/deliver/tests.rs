//! Tests a channel with its queue and its receiver, end to end on loopback.

use futures_util::future::join_all;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use super::*;
use crate::alert::{DeliveryId, HealthEvent, HealthEventKind};
use crate::channel::{BodyFormat, ChannelId, ChannelKind, SendSchedule, Webhook, WebhookUrl};
use crate::clock::ManualClock;
use crate::net::rude_server::{AfterAnswer, RudeAnswer, RudeServer};
use crate::store::{DeliveryChange, DeliveryChanged, DeliveryQuery, DeliveryState};
use crate::text::lang::Lang;

mod circuit;
mod faults;
mod properties;

struct DeliveryFixture {
    folder: tempfile::TempDir,
    store: Store,
    clock: Clock,
    hands: ManualClock,
}

impl DeliveryFixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let (clock, hands) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        Self { folder, store, clock, hands }
    }

    /// A copy of what a killed process leaves, opened again.
    async fn restart(&mut self) {
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        self.store = Store::open(copy.path()).await.unwrap();
        self.store.requeue_stale(retry::soonest(self.clock.now())).await.unwrap();
        self.folder = copy;
    }

    /// Begins an attempt, and its process dies in it.
    async fn begin(&self, channel: &Channel, id: &DeliveryId) {
        let (now, claim) = (self.clock.now(), self.store.claim(id).unwrap());
        let next = retry::next(1, &channel.kind, id, now);
        assert_eq!(self.store.begin_attempt(&claim, now, next).await.unwrap(), Some(1));
    }

    fn deliverer(&self, channel: &Arc<Channel>) -> Deliverer {
        self.deliverer_with(channel, &settings())
    }

    fn deliverer_with(&self, channel: &Arc<Channel>, settings: &RouteSettings) -> Deliverer {
        let metrics = crate::telemetry::Metrics::new();
        Deliverer::new(self.store.clone(), self.clock.clone(), metrics, Arc::clone(channel), settings).unwrap()
    }

    /// Each event is a second later than the one before, because one event at one instant is one alert.
    async fn queue_delivery(&self, channels: &[&Arc<Channel>]) -> Vec<DeliveryId> {
        self.hands.advance(SignedDuration::from_secs(1));
        let event = HealthEvent {
            kind: HealthEventKind::TestPing,
            at: self.clock.now(),
            message: "hello".to_owned(),
            detail: serde_json::Map::new(),
        };
        let channels = channels.iter().map(|channel| Arc::clone(channel)).collect();
        self.store.raise(event, channels, crate::render::RenderSettings::default()).await.unwrap()
    }

    async fn reaches(&self, id: &DeliveryId, state: DeliveryState) {
        let reached = async {
            while self.state(id).await.0 != state {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), reached).await.unwrap();
    }

    /// Retries a delivery by hand.
    async fn retry(&self, id: &DeliveryId) -> DeliveryChanged {
        self.change(id, DeliveryChange::Retry).await
    }

    async fn change(&self, id: &DeliveryId, change: DeliveryChange) -> DeliveryChanged {
        let changed = self.store.change_deliveries(std::slice::from_ref(id), change, self.clock.now()).await;
        changed.unwrap().remove(0)
    }

    async fn state(&self, id: &DeliveryId) -> (DeliveryState, u32) {
        let (delivery, _) = self.store.delivery(id).await.unwrap().unwrap();
        (delivery.state, delivery.attempts)
    }
}

/// The deliverer's loop in a task, and the token that stops it.
fn running(deliverer: &Arc<Deliverer>) -> (CancellationToken, JoinHandle<()>) {
    let (deliverer, stop) = (Arc::clone(deliverer), CancellationToken::new());
    let stopped = stop.clone();
    let beat = crate::systemd::Pulse::new(&Clock::system()).beat("channel");
    (stop, tokio::spawn(async move { deliverer.run(stopped, &beat).await }))
}

fn settings() -> RouteSettings {
    let mut settings = RouteSettings::new(crate::net::ClientSettings::new("marsad/test"), None);
    settings.webhook_deadline = Duration::from_millis(500);
    settings
}

fn channel(id: &str, kind: ChannelKind, max_in_flight: u8) -> Arc<Channel> {
    Arc::new(Channel {
        id: ChannelId::new(id),
        kind,
        send: SendSchedule::AtOnce,
        quiet: None,
        lang: Lang::parse("en").unwrap(),
        max_in_flight,
        timezone: TimeZone::UTC,
    })
}

fn hook(id: &str, rude: &RudeServer, max_in_flight: u8) -> Arc<Channel> {
    let webhook = Webhook {
        url: WebhookUrl::new(rude.url("/hook")),
        secret: None,
        previous_secret: None,
        headers: Vec::new(),
        format: BodyFormat::Standard,
    };
    channel(id, ChannelKind::Webhook(webhook), max_in_flight)
}

async fn answering(status: u16) -> RudeServer {
    RudeServer::start(move |_| RudeAnswer::answer(status, "", "")).await
}

fn named(request: &str) -> String {
    header(request, "webhook-id")
}

fn length(request: &str) -> String {
    header(request, "content-length")
}

fn header(request: &str, name: &str) -> String {
    let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with(name)).unwrap();
    line.split_once(": ").unwrap().1.to_owned()
}

#[tokio::test]
async fn as_many_attempts_begin_together_as_the_channel_may_have_in_flight() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 3);
    let deliverer = desk.deliverer(&channel);
    let mut queued = Vec::new();
    for _ in 0..4 {
        queued.extend(desk.queue_delivery(&[&channel]).await);
    }
    let begun = deliverer.begin_due(usize::from(MAX_IN_FLIGHT)).await.unwrap();
    assert_eq!(begun.len(), 3);
    for id in &queued[..3] {
        assert_eq!(desk.state(id).await.1, 1, "its attempt is recorded");
    }
    assert_eq!(desk.state(&queued[3]).await, (DeliveryState::Pending, 0));
    join_all(begun).await;
    assert_eq!(deliverer.begin_due(usize::from(MAX_IN_FLIGHT)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn queued_deliveries_leave_in_order_and_are_delivered() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let deliverer = desk.deliverer(&channel);
    let mut queued = Vec::new();
    for _ in 0..3 {
        queued.extend(desk.queue_delivery(&[&channel]).await);
    }
    while deliverer.deliver_one().await.unwrap() {}
    let received: Vec<String> = rude.received().iter().map(|request| named(request)).collect();
    assert_eq!(received, queued.iter().map(ToString::to_string).collect::<Vec<_>>());
    for id in &queued {
        assert_eq!(desk.state(id).await, (DeliveryState::Delivered, 1));
    }
}

#[tokio::test]
async fn a_slow_answer_blocks_only_its_own_permit() {
    let desk = DeliveryFixture::new().await;
    let channel_of = |rude: &RudeServer| hook("desk", rude, 2);
    let quick = answering(200).await;
    let slow = desk.queue_delivery(&[&channel_of(&quick)]).await.remove(0);
    let held_id = slow.to_string();
    let held = held_id.clone();
    let rude = RudeServer::start(move |head| match named(head) == held {
        true => RudeAnswer::raw("").then(AfterAnswer::Hang),
        false => RudeAnswer::answer(200, "", ""),
    })
    .await;
    let channel = channel_of(&rude);
    let mut queued = Vec::new();
    for _ in 0..5 {
        queued.extend(desk.queue_delivery(&[&channel]).await);
    }
    let patient = RouteSettings { webhook_deadline: Duration::from_secs(60), ..settings() };
    let deliverer = Arc::new(desk.deliverer_with(&channel, &patient));
    let (stop, running) = running(&deliverer);
    for id in &queued {
        desk.reaches(id, DeliveryState::Delivered).await;
    }
    assert_eq!(desk.state(&slow).await, (DeliveryState::Inflight, 1));
    // The two permits send their first requests at the same time, so the slow one may arrive second.
    let mut received: Vec<String> = rude.received().iter().map(|head| named(head)).collect();
    received.retain(|id| *id != held_id);
    assert_eq!(received, queued.iter().map(ToString::to_string).collect::<Vec<_>>(), "first attempts keep their order");
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn f06_a_receiver_that_fails_for_three_days_gets_ten_attempts_and_then_the_delivery_is_dead() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(500).await);
    let channel = hook("desk", &rude, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    let deliverer = desk.deliverer(&channel);
    let mut attempts = 0;
    while let Some(next) = desk.store.next_due(&channel.id).await.unwrap() {
        desk.hands.set(next.max(desk.clock.now()));
        assert!(deliverer.deliver_one().await.unwrap());
        attempts += 1;
    }
    assert_eq!(attempts, 10);
    assert_eq!(desk.state(&id).await, (DeliveryState::Dead, 10));
    let hours = desk.clock.now().duration_since(Timestamp::from_second(1_800_000_000).unwrap()).as_hours();
    assert!((60..=91).contains(&hours), "{hours} h");
    let received = rude.received();
    assert!(received.iter().all(|request| named(request) == id.to_string()), "every attempt has the same name");
    assert_eq!(
        received.iter().map(|request| length(request)).min(),
        received.iter().map(|request| length(request)).max()
    );
    let (delivery, _) = desk.store.delivery(&id).await.unwrap().unwrap();
    assert_eq!(delivery.last.unwrap().status, Some(500));
}

#[tokio::test]
async fn a_receiver_that_recovers_gets_everything() {
    let (desk, sick, well) = (DeliveryFixture::new().await, answering(503).await, answering(200).await);
    let channel = hook("desk", &sick, 1);
    let deliverer = desk.deliverer(&channel);
    let queued = [desk.queue_delivery(&[&channel]).await.remove(0), desk.queue_delivery(&[&channel]).await.remove(0)];
    while deliverer.deliver_one().await.unwrap() {}
    deliverer.set_route(Route::new(hook("desk", &well, 1), &settings()).unwrap());
    desk.hands.advance(SignedDuration::from_mins(10));
    while deliverer.deliver_one().await.unwrap() {}
    for id in &queued {
        assert_eq!(desk.state(id).await, (DeliveryState::Delivered, 2));
    }
    assert_eq!(well.received().iter().map(|r| named(r)).collect::<Vec<_>>(), queued.map(|id| id.to_string()));
}

#[tokio::test]
async fn f07_the_wish_of_a_busy_receiver_is_kept_within_the_bounds() {
    for (asked, expected) in [
        ("1800", SignedDuration::from_mins(30)),
        ("Fri, 15 Jan 2027 08:10:01 GMT", SignedDuration::from_mins(10)),
        ("1000000000000", SignedDuration::from_hours(1)),
        ("-120", SignedDuration::from_mins(1)),
        ("soon", SignedDuration::from_mins(1)),
    ] {
        let desk = DeliveryFixture::new().await;
        let rude = RudeServer::start(move |_| RudeAnswer::answer(429, &format!("Retry-After: {asked}"), "")).await;
        let channel = hook("desk", &rude, 1);
        desk.queue_delivery(&[&channel]).await;
        desk.deliverer(&channel).deliver_one().await.unwrap();
        let next = desk.store.next_due(&channel.id).await.unwrap().unwrap();
        assert_eq!(next.duration_since(desk.clock.now()), expected, "{asked}");
    }
}

#[tokio::test]
async fn after_a_kill_the_same_id_is_sent_again_and_not_at_once() {
    let (mut desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    desk.begin(&channel, &id).await;
    desk.restart().await;
    let deliverer = desk.deliverer(&channel);
    assert!(!deliverer.deliver_one().await.unwrap(), "it is not due yet");
    desk.hands.advance(SignedDuration::from_secs(7));
    assert!(deliverer.deliver_one().await.unwrap());
    assert_eq!(named(&rude.received()[0]), id.to_string());
    assert_eq!(desk.state(&id).await, (DeliveryState::Delivered, 2));
}

#[tokio::test]
async fn a_replay_keeps_its_id_and_is_marked() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(500).await);
    let channel = hook("desk", &rude, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    let deliverer = desk.deliverer(&channel);
    while let Some(next) = desk.store.next_due(&channel.id).await.unwrap() {
        desk.hands.set(next.max(desk.clock.now()));
        deliverer.deliver_one().await.unwrap();
    }
    assert_eq!(desk.state(&id).await.0, DeliveryState::Dead);
    desk.hands.advance(SignedDuration::from_secs(10));
    let retried = desk.retry(&id).await;
    assert_eq!(retried, DeliveryChanged::Due(desk.clock.now()));
    deliverer.deliver_one().await.unwrap();
    let received = rude.received();
    assert_eq!(named(&received[0]), named(&received[10]));
    assert!(received[10].to_ascii_lowercase().contains("marsad-replay: 1") && !received[9].contains("marsad-replay"));
}

#[tokio::test]
async fn retries_by_hand_leave_the_schedule_and_the_automatic_attempts_alone() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(500).await);
    let channel = hook("desk", &rude, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    let deliverer = desk.deliverer(&channel);
    for _ in 0..2 {
        deliverer.deliver_one().await.unwrap();
        desk.hands.advance(SignedDuration::from_secs(7));
    }
    let planned = desk.store.delivery(&id).await.unwrap().unwrap().0.next_attempt_at.unwrap();
    for by_hand in 1..=11 {
        for _ in 0..2 {
            desk.retry(&id).await;
        }
        assert!(deliverer.deliver_one().await.unwrap());
        let delivery = desk.store.delivery(&id).await.unwrap().unwrap().0;
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Pending, 2 + by_hand));
        assert_eq!(delivery.next_attempt_at, Some(planned));
        desk.hands.advance(SignedDuration::from_secs(7));
    }
    desk.hands.advance(planned.duration_since(desk.clock.now()));
    assert!(deliverer.deliver_one().await.unwrap());
    let delivery = desk.store.delivery(&id).await.unwrap().unwrap().0;
    let pause = delivery.next_attempt_at.unwrap().duration_since(desk.clock.now());
    assert_eq!(delivery.by_hand, 11);
    assert!((24..=36).contains(&pause.as_mins()), "the pause after the third automatic attempt is 30 m: {pause}");
}

#[tokio::test]
async fn f09_ten_silent_receivers_delay_no_other_channel() {
    let desk = DeliveryFixture::new().await;
    let hole = RudeServer::start(|_| RudeAnswer::raw("").then(AfterAnswer::Hang)).await;
    let dead: Vec<_> = (0..10).map(|number| hook(&format!("dead{number}"), &hole, 1)).collect();
    let file = desk.folder.path().join("alerts.jsonl");
    let good = channel("good", ChannelKind::File(file.clone()), 1);
    desk.queue_delivery(&dead.iter().chain([&good]).collect::<Vec<_>>()).await;
    let patient = RouteSettings { webhook_deadline: Duration::from_secs(60), ..settings() };
    let waiting: Vec<_> =
        dead.iter().map(|channel| running(&Arc::new(desk.deliverer_with(channel, &patient)))).collect();
    while hole.received().len() < dead.len() {
        tokio::task::yield_now().await;
    }
    assert!(desk.deliverer(&good).deliver_one().await.unwrap());
    assert!(std::fs::read_to_string(&file).unwrap().contains("\"channel\":\"good\""));
    let in_flight = DeliveryQuery { state: Some(DeliveryState::Inflight), limit: 20, ..DeliveryQuery::default() };
    assert_eq!(desk.store.deliveries(&in_flight).await.unwrap().len(), dead.len(), "the others still wait");
    waiting.iter().for_each(|(stop, _)| stop.cancel());
}

#[tokio::test]
async fn f09_silent_receivers_that_use_every_shared_connection_delay_no_other_receiver() {
    // As many as a pool with enough file handles shares, and more.
    const SILENT: usize = 10;
    const EACH: u8 = 8;
    const SHARED: usize = 40;
    let desk = DeliveryFixture::new().await;
    let hole = RudeServer::start(|_| RudeAnswer::raw("").then(AfterAnswer::Hang)).await;
    let silent: Vec<_> = (0..SILENT).map(|number| hook(&format!("silent{number}"), &hole, EACH)).collect();
    for _ in 0..EACH {
        desk.queue_delivery(&silent.iter().collect::<Vec<_>>()).await;
    }
    let patient = RouteSettings { webhook_deadline: Duration::from_secs(60), ..settings() };
    let waiting: Vec<_> =
        silent.iter().map(|channel| running(&Arc::new(desk.deliverer_with(channel, &patient)))).collect();
    while hole.received().len() < SHARED {
        tokio::task::yield_now().await;
    }
    let answering = answering(204).await;
    let good = hook("good", &answering, 1);
    let id = desk.queue_delivery(&[&good]).await.remove(0);
    assert!(desk.deliverer(&good).deliver_one().await.unwrap());
    desk.reaches(&id, DeliveryState::Delivered).await;
    let in_flight = DeliveryQuery { state: Some(DeliveryState::Inflight), limit: 100, ..DeliveryQuery::default() };
    assert!(desk.store.deliveries(&in_flight).await.unwrap().len() >= SHARED, "the others still wait");
    waiting.iter().for_each(|(stop, _)| stop.cancel());
}

#[tokio::test]
async fn what_another_process_queues_begins_within_a_second() {
    let desk = DeliveryFixture::new().await;
    let channel = channel("good", ChannelKind::File(desk.folder.path().join("alerts.jsonl")), 1);
    let first = desk.queue_delivery(&[&channel]).await.remove(0);
    let (stop, running) = running(&Arc::new(desk.deliverer(&channel)));
    desk.reaches(&first, DeliveryState::Delivered).await;
    let other = Store::open_shared(desk.folder.path()).await.unwrap();
    let event = HealthEvent {
        kind: HealthEventKind::TestPing,
        at: desk.clock.now(),
        message: "from a command".to_owned(),
        detail: serde_json::Map::new(),
    };
    let ids = other.raise(event, vec![Arc::clone(&channel)], crate::render::RenderSettings::default()).await.unwrap();
    // The loop would look again after 5 seconds at the latest; the rest of this time is for a busy machine.
    let sent = tokio::time::timeout(Duration::from_secs(3), desk.reaches(&ids[0], DeliveryState::Delivered)).await;
    assert!(sent.is_ok());
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn the_loop_wakes_for_a_new_alert_and_stops_on_request() {
    let desk = DeliveryFixture::new().await;
    let file = desk.folder.path().join("alerts.jsonl");
    let channel = channel("good", ChannelKind::File(file), 1);
    let (stop, running) = running(&Arc::new(desk.deliverer(&channel)));
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    desk.reaches(&id, DeliveryState::Delivered).await;
    stop.cancel();
    running.await.unwrap();
}
