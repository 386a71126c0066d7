//! Tests who is told about a channel that does not deliver.

use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::alert::{DeliveryFate, FailureScope, Outcome, Reason};
use crate::channel::Channel;
use crate::clock::later;
use crate::deliver::circuit::CircuitState;
use crate::deliver::{Deliverer, RouteSettings};
use crate::net::ClientSettings;
use crate::net::rude_server::{RudeAnswer, RudeServer};
use crate::store::{AttemptEnd, DeliveryQuery, DeliveryState};
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

#[tokio::test]
async fn a_refused_recipient_is_reported_once_for_each_refusal_without_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("marsad.toml");
    let text = format!(
        "state_dir = {:?}\n[health]\nalert = [\"mail\", \"ops\"]\n[[source]]\nid = \"a\"\nfeed = \"https://a.org/\"\n\
         [smtp]\nurl = \"smtp://127.0.0.1:9\"\nfrom = \"m@example.org\"\n[[channel]]\nid = \"mail\"\n\
         email = [\"x@example.org\", \"y@example.org\"]\n[[channel]]\nid = \"ops\"\nfile = \"ops.jsonl\"\n",
        folder.path()
    );
    std::fs::write(&file, text).unwrap();
    let config = Config::load(Some(&file)).unwrap_or_else(|report| panic!("{report}"));
    let store = Store::open(folder.path()).await.unwrap();
    let mail = Arc::clone(config.channel("mail").unwrap());
    let start = Timestamp::from_second(1_800_000_000).unwrap();
    let told = async || {
        let query = DeliveryQuery { limit: 50, channel: Some(ChannelId::new("ops")), ..DeliveryQuery::default() };
        store.deliveries(&query).await.unwrap()
    };
    // One that an operator tries again within a day is no news.
    for (hours, expected) in [(0, 1), (1, 1), (7 * 24, 2)] {
        let at = later(start, SignedDuration::from_hours(hours));
        let hello = event(HealthEventKind::SourceFailing, "hello".to_owned(), Value::Null, at);
        let ids = store.raise(hello, vec![Arc::clone(&mail)], config.render_settings()).await.unwrap();
        let claim = store.claim(&ids[1]).unwrap();
        let number = store.begin_attempt(&claim, at, later(at, SignedDuration::from_mins(8))).await.unwrap().unwrap();
        let refusal =
            Reason { message: "no such mailbox".to_owned(), scope: FailureScope::Recipient, ..Reason::default() };
        let outcome = Outcome::Rejected { reason: refusal };
        let end = AttemptEnd { outcome, fate: DeliveryFate::Dead, at, took: Duration::ZERO };
        store.settle(&mail, &ids[1], number, &end).await.unwrap();
        for seconds in [1, 2] {
            report(&config, &store, later(at, SignedDuration::from_secs(seconds))).await.unwrap();
        }
        let told = told().await;
        assert_eq!(told.len(), expected);
        let body = String::from_utf8_lossy(&told[0].1.body).into_owned();
        assert!(body.contains("recipient 2 of 2 is refused: no such mailbox") && !body.contains("y@"), "{body}");
    }
}
