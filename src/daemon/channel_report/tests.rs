//! Tests who is told about a channel that does not deliver.

use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::channel::Channel;
use crate::clock::later;
use crate::deliver::circuit::CircuitState;
use crate::deliver::{Deliverer, RouteSettings};
use crate::net::ClientSettings;
use crate::net::rude_server::{RudeAnswer, RudeServer};
use crate::store::{DeliveryQuery, DeliveryState};
use crate::telemetry::Metrics;

struct Newsroom {
    _folder: tempfile::TempDir,
    store: Store,
    config: Config,
    start: Timestamp,
    _rude: RudeServer,
}

impl Newsroom {
    /// Two channels for events about health: the webhook `desk`, whose receiver answers with `status`, and `ops`.
    async fn new(status: u16) -> Self {
        let rude = RudeServer::start(move |_| RudeAnswer::answer(status, "", "")).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("marsad.toml");
        let text = format!(
            "state_dir = {:?}\n[health]\nalert = [\"desk\", \"ops\"]\n[[source]]\nid = \"a\"\nfeed = \"https://a.org/\"\n\
             [[channel]]\nid = \"desk\"\nwebhook = \"{}\"\n[[channel]]\nid = \"ops\"\nfile = \"ops.jsonl\"\n\
             [[watch]]\nid = \"w\"\nany = [\"x\"]\nalert = [\"desk\"]\n",
            folder.path(),
            rude.url("/hook")
        );
        std::fs::write(&file, text).unwrap();
        let config = Config::load(Some(&file)).unwrap_or_else(|report| panic!("{report}"));
        let store = Store::open(folder.path()).await.unwrap();
        Self { _folder: folder, store, config, start: Timestamp::from_second(1_800_000_000).unwrap(), _rude: rude }
    }

    fn channel(&self, id: &str) -> Arc<Channel> {
        Arc::clone(self.config.channel(id).unwrap())
    }

    /// Queues six deliveries to the webhook and attempts them.
    async fn attempt(&self) {
        let (clock, hands) = Clock::manual(self.start);
        for number in 0..6 {
            let at = later(self.start, SignedDuration::from_millis(-number));
            let event = event(HealthEventKind::SourceFailing, "hello".to_owned(), Value::Null, at);
            self.store.raise(event, vec![self.channel("desk")], self.config.render_settings()).await.unwrap();
        }
        let settings = RouteSettings::new(ClientSettings::new("marsad/test"), None);
        let desk = self.channel("desk");
        let deliverer = Deliverer::new(self.store.clone(), clock, Metrics::new(), desk, &settings).unwrap();
        while deliverer.deliver_one().await.unwrap() {}
        drop(hands);
    }

    /// The types and states of the deliveries to a channel that are about channels, oldest first.
    async fn told(&self, channel: &str) -> Vec<(String, DeliveryState)> {
        let query = DeliveryQuery { limit: 50, channel: Some(ChannelId::new(channel)), ..DeliveryQuery::default() };
        let rows = self.store.deliveries(&query).await.unwrap();
        let about = rows.into_iter().rev().filter(|(_, delivery)| delivery.kind.starts_with("channel."));
        about.map(|(_, delivery)| (delivery.kind, delivery.state)).collect()
    }

    async fn report_at(&self, after: SignedDuration) {
        report(&self.config, &self.store, later(self.start, after)).await.unwrap();
    }
}

#[tokio::test]
async fn f13_a_disabled_channel_is_reported_over_the_others_at_once_and_daily() {
    let room = Newsroom::new(410).await;
    room.attempt().await;
    let (minute, day) = (SignedDuration::from_mins(1), SignedDuration::from_hours(24));
    for after in [SignedDuration::ZERO, minute, day - minute, day, day + minute] {
        room.report_at(after).await;
    }
    let once = ("channel.disabled".to_owned(), DeliveryState::Pending);
    assert_eq!(room.told("ops").await, [once.clone(), once]);
    assert_eq!(room.told("desk").await, []);
    let condition = room.store.channel_conditions().await.unwrap().remove(0);
    assert_eq!((condition.circuit.state, condition.held), (CircuitState::Disabled, 6));
}

#[tokio::test]
async fn an_open_circuit_is_reported_and_so_is_its_end() {
    let room = Newsroom::new(503).await;
    room.attempt().await;
    room.report_at(SignedDuration::ZERO).await;
    room.store.resume_channel(&room.channel("desk"), room.start).await.unwrap();
    room.report_at(SignedDuration::from_mins(1)).await;
    room.report_at(SignedDuration::from_mins(6)).await;
    room.report_at(SignedDuration::from_hours(30)).await;
    let kinds: Vec<String> = room.told("ops").await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["channel.failing", "channel.recovered"]);
    assert!(room.store.channel_conditions().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_held_for_thirty_days_fails_permanently_with_one_event() {
    let room = Newsroom::new(410).await;
    room.attempt().await;
    let days = |days: i64| later(room.start, SignedDuration::from_hours(days * 24));
    expire(&room.config, &room.store, days(29)).await.unwrap();
    assert_eq!(room.told("ops").await, []);
    expire(&room.config, &room.store, days(31)).await.unwrap();
    assert_eq!(room.told("ops").await, [("channel.expired".to_owned(), DeliveryState::Pending)]);
    let counts = room.store.counts().await.unwrap();
    assert_eq!(counts.deliveries.get(&DeliveryState::Dead), Some(&6));
    assert!(room.store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn of_too_many_held_deliveries_the_oldest_fail_permanently() {
    let room = Newsroom::new(410).await;
    room.attempt().await;
    let reason = dispatch::own_reason("held", "too many");
    let expired = room.store.expire_held(HELD_FOR, 4, &reason, room.start).await.unwrap();
    assert_eq!(expired, [(ChannelId::new("desk"), 2)]);
    let query = DeliveryQuery { limit: 50, state: Some(DeliveryState::Dead), ..DeliveryQuery::default() };
    let dead = room.store.deliveries(&query).await.unwrap();
    assert_eq!(dead.iter().map(|(_, delivery)| delivery.seq).collect::<Vec<_>>(), [2, 1]);
}
