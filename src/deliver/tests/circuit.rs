//! Tests a channel whose receiver is down or gone.

use std::sync::atomic::AtomicU16;

use super::*;
use crate::alert::{DeliveryFate, FailureScope, Outcome, Reason};
use crate::deliver::circuit::CircuitState;
use crate::deliver::retry::RetryStep;
use crate::store::{AttemptEnd, ChannelGate, SettledDelivery};

/// A receiver that answers with the status in the cell.
async fn switched(status: &Arc<AtomicU16>) -> RudeServer {
    let status = Arc::clone(status);
    RudeServer::start(move |_| RudeAnswer::answer(status.load(Ordering::Relaxed), "", "")).await
}

impl DeliveryFixture {
    async fn queue(&self, channel: &Arc<Channel>, number: usize) -> Vec<DeliveryId> {
        let mut ids = Vec::new();
        for _ in 0..number {
            ids.extend(self.queue_event(channel).await);
        }
        ids
    }

    /// Queues an event that is no test: tests of a channel are attempted while its circuit is open.
    async fn queue_event(&self, channel: &Arc<Channel>) -> Vec<DeliveryId> {
        self.hands.advance(SignedDuration::from_millis(1));
        let (kind, at) = (HealthEventKind::SourceFailing, self.clock.now());
        let event = HealthEvent { kind, at, message: "hello".to_owned(), detail: serde_json::Map::new() };
        let settings = crate::render::RenderSettings::default();
        self.store.raise(event, vec![Arc::clone(channel)], settings).await.unwrap()
    }

    async fn gate(&self, channel: &Channel) -> ChannelGate {
        self.store.channel_gate(&channel.id).await.unwrap()
    }

    async fn states(&self, ids: &[DeliveryId]) -> Vec<DeliveryState> {
        let mut states = Vec::new();
        for id in ids {
            states.push(self.state(id).await.0);
        }
        states
    }

    /// Advances the clock to each time at which something is due, until `end`; returns the number of attempts.
    async fn deliver_until(&self, deliverer: &Deliverer, channel: &Channel, end: Timestamp) -> usize {
        let mut attempts = 0;
        loop {
            while deliverer.deliver_one().await.unwrap() {
                attempts += 1;
            }
            match self.store.next_due(&channel.id).await.unwrap() {
                Some(next) if next <= end => self.hands.set(next.max(self.clock.now())),
                _ => break,
            }
        }
        self.hands.set(end);
        attempts
    }
}

fn ids(rude: &RudeServer) -> Vec<String> {
    rude.received().iter().map(|request| named(request)).collect()
}

#[tokio::test]
async fn f05_a_receiver_that_refuses_for_ten_minutes_gets_everything_in_order() {
    let desk = DeliveryFixture::new().await;
    let closed = answering(200).await;
    let (channel, port) = (hook("desk", &closed, 1), closed.port());
    drop(closed);
    let deliverer = desk.deliverer(&channel);
    let mut queued = desk.queue(&channel, 8).await;
    let start = desk.clock.now();
    desk.deliver_until(&deliverer, &channel, crate::clock::later(start, SignedDuration::from_mins(10))).await;
    assert_eq!(desk.gate(&channel).await.circuit.state, CircuitState::Open);
    queued.extend(desk.queue(&channel, 4).await);
    let open = RudeServer::on(port, |_| RudeAnswer::answer(200, "", "")).await;
    desk.deliver_until(&deliverer, &channel, crate::clock::later(start, SignedDuration::from_hours(2))).await;
    assert_eq!(ids(&open), queued.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(desk.states(&queued).await.iter().all(|state| *state == DeliveryState::Delivered));
    assert_eq!(desk.gate(&channel).await.circuit, Default::default());
}

#[tokio::test]
async fn f06_with_a_second_delivery_the_circuit_opens_and_none_of_them_dies() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(500).await);
    let channel = hook("desk", &rude, 1);
    let deliverer = desk.deliverer(&channel);
    let mut queued = desk.queue(&channel, 20).await;
    let start = desk.clock.now();
    desk.deliver_until(&deliverer, &channel, start).await;
    assert_eq!(rude.received().len(), 5, "five failures open it");
    queued.extend(desk.queue(&channel, 5).await);
    let after =
        desk.deliver_until(&deliverer, &channel, crate::clock::later(start, SignedDuration::from_hours(80))).await;
    assert!((79..=83).contains(&after), "5 s, 5 m, 30 m, then hourly: {after}");
    let states = desk.states(&queued).await;
    let count = |state| states.iter().filter(|each| **each == state).count();
    assert_eq!((count(DeliveryState::Pending), count(DeliveryState::Held)), (1, 24), "{states:?}");
    for id in &queued {
        let (delivery, _) = desk.store.delivery(id).await.unwrap().unwrap();
        assert!(delivery.attempts - delivery.by_hand <= 1, "no automatic attempt was used up");
    }
}

#[tokio::test]
async fn an_open_circuit_tries_the_oldest_first_and_after_ten_attempts_the_next() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(500).await);
    let channel = hook("desk", &rude, 1);
    let deliverer = desk.deliverer(&channel);
    let queued = desk.queue(&channel, 6).await;
    let end = crate::clock::later(desk.clock.now(), SignedDuration::from_hours(24));
    desk.deliver_until(&deliverer, &channel, end).await;
    let tried = ids(&rude);
    assert!(tried[5..14].iter().all(|id| *id == queued[0].to_string()), "{tried:?}");
    assert!(tried[14..23].iter().all(|id| *id == queued[1].to_string()), "{tried:?}");
}

#[tokio::test]
async fn an_open_circuit_survives_a_restart_and_a_crash_during_the_probe() {
    let status = Arc::new(AtomicU16::new(500));
    let (mut desk, rude) = (DeliveryFixture::new().await, switched(&status).await);
    let channel = hook("desk", &rude, 1);
    let queued = desk.queue(&channel, 6).await;
    let deliverer = desk.deliverer(&channel);
    while deliverer.deliver_one().await.unwrap() {}
    let open = desk.gate(&channel).await.circuit;
    let probe = desk.store.next_due(&channel.id).await.unwrap().unwrap();
    // The process dies during the attempt at the probe.
    desk.hands.set(probe);
    let claim = desk.store.claim(&queued[0]).unwrap();
    let next = RetryStep::Probe(0).next(&channel.kind, &queued[0], probe);
    desk.store.begin_attempt(&claim, probe, next).await.unwrap().unwrap();
    drop(deliverer);
    desk.restart().await;
    assert_eq!(desk.gate(&channel).await.circuit, open);
    let deliverer = desk.deliverer(&channel);
    desk.hands.advance(SignedDuration::from_mins(3));
    assert!(!deliverer.deliver_one().await.unwrap(), "a crash repeats no probe before its pause is over");
    status.store(200, Ordering::Relaxed);
    desk.hands.advance(SignedDuration::from_mins(4));
    while deliverer.deliver_one().await.unwrap() {}
    assert_eq!(ids(&rude)[5..], queued.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[tokio::test]
async fn f13_a_receiver_that_is_gone_disables_its_channel_until_it_is_resumed() {
    let status = Arc::new(AtomicU16::new(410));
    let (mut desk, rude) = (DeliveryFixture::new().await, switched(&status).await);
    let channel = hook("desk", &rude, 1);
    let mut queued = desk.queue(&channel, 3).await;
    let deliverer = desk.deliverer(&channel);
    let end = crate::clock::later(desk.clock.now(), SignedDuration::from_hours(80));
    assert_eq!(desk.deliver_until(&deliverer, &channel, end).await, 1, "disabled at once");
    queued.extend(desk.queue(&channel, 2).await);
    drop(deliverer);
    desk.restart().await;
    let deliverer = desk.deliverer(&channel);
    assert!(!deliverer.deliver_one().await.unwrap());
    assert!(desk.states(&queued).await.iter().all(|state| *state == DeliveryState::Held));
    status.store(200, Ordering::Relaxed);
    assert!(!deliverer.deliver_one().await.unwrap(), "only an operator enables it");
    let (before, released) = desk.store.resume_channel(&channel, desk.clock.now()).await.unwrap();
    assert_eq!((before.state, released), (CircuitState::Disabled, 5));
    while deliverer.deliver_one().await.unwrap() {}
    assert_eq!(ids(&rude)[1..], queued.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_channel_that_is_resumed_too_early_holds_everything_again_after_one_attempt() {
    let status = Arc::new(AtomicU16::new(500));
    let (desk, rude) = (DeliveryFixture::new().await, switched(&status).await);
    let channel = hook("desk", &rude, 1);
    let deliverer = desk.deliverer(&channel);
    let queued = desk.queue(&channel, 20).await;
    while deliverer.deliver_one().await.unwrap() {}
    assert_eq!(rude.received().len(), 5);
    desk.hands.advance(SignedDuration::from_mins(1));
    let (before, _) = desk.store.resume_channel(&channel, desk.clock.now()).await.unwrap();
    assert_eq!(before.state, CircuitState::Open);
    while deliverer.deliver_one().await.unwrap() {}
    assert_eq!((rude.received().len(), desk.gate(&channel).await.circuit.state), (6, CircuitState::Open));
    let held = desk.states(&queued).await.iter().filter(|state| **state == DeliveryState::Held).count();
    assert_eq!(held, 19);
    status.store(200, Ordering::Relaxed);
    desk.hands.advance(SignedDuration::from_mins(1));
    while deliverer.deliver_one().await.unwrap() {}
    assert!(desk.states(&queued).await.iter().all(|state| *state == DeliveryState::Delivered));
}

#[tokio::test]
async fn another_address_in_the_configuration_enables_a_disabled_channel() {
    let (desk, gone, moved) = (DeliveryFixture::new().await, answering(410).await, answering(200).await);
    let channel = hook("desk", &gone, 1);
    let deliverer = desk.deliverer(&channel);
    let queued = desk.queue(&channel, 2).await;
    while deliverer.deliver_one().await.unwrap() {}
    deliverer.set_route(Route::new(Arc::clone(&channel), &settings()).unwrap());
    assert!(!deliverer.deliver_one().await.unwrap(), "a reload with the same address changes nothing");
    desk.hands.advance(SignedDuration::from_secs(10));
    deliverer.set_route(Route::new(hook("desk", &moved, 1), &settings()).unwrap());
    while deliverer.deliver_one().await.unwrap() {}
    assert_eq!(ids(&moved), queued.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_reload_tries_the_probe_of_an_open_circuit_at_once() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(500).await);
    let channel = hook("desk", &rude, 1);
    let deliverer = desk.deliverer(&channel);
    desk.queue(&channel, 6).await;
    let end = crate::clock::later(desk.clock.now(), SignedDuration::from_hours(5));
    desk.deliver_until(&deliverer, &channel, end).await;
    let before = rude.received().len();
    deliverer.set_route(Route::new(Arc::clone(&channel), &settings()).unwrap());
    assert!(!deliverer.deliver_one().await.unwrap());
    desk.hands.advance(SignedDuration::from_secs(6));
    assert!(deliverer.deliver_one().await.unwrap());
    assert!(!deliverer.deliver_one().await.unwrap());
    assert_eq!(rude.received().len(), before + 1);
}

#[tokio::test]
async fn nothing_begins_while_deliveries_are_paused() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let deliverer = desk.deliverer(&channel);
    let queued = desk.queue(&channel, 2).await;
    desk.sql("insert into meta (key, value) values ('deliveries_paused', 'restored from a backup')").await;
    assert!(!deliverer.deliver_one().await.unwrap());
    let claim = desk.store.claim(&queued[0]).unwrap();
    assert_eq!(desk.store.begin_attempt(&claim, desk.clock.now(), desk.clock.now()).await.unwrap(), None);
    drop(claim);
    assert_eq!(desk.store.deliveries_paused().await.unwrap().as_deref(), Some("restored from a backup"));
    assert_eq!(desk.store.resume_deliveries().await.unwrap().as_deref(), Some("restored from a backup"));
    while deliverer.deliver_one().await.unwrap() {}
    assert_eq!(ids(&rude), queued.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_success_in_quiet_hours_releases_first_attempts_after_them() {
    let status = Arc::new(AtomicU16::new(500));
    let (desk, rude) = (DeliveryFixture::new().await, switched(&status).await);
    // The clock stands at 08:00 UTC on 15 January 2027.
    let quiet = crate::channel::QuietHours { from: "12:00".parse().unwrap(), to: "20:00".parse().unwrap() };
    let channel = Arc::new(Channel { quiet: Some(quiet), ..Arc::unwrap_or_clone(hook("desk", &rude, 1)) });
    let deliverer = desk.deliverer(&channel);
    let queued = desk.queue(&channel, 7).await;
    let noon = crate::clock::later(desk.clock.now(), SignedDuration::from_hours(5));
    desk.deliver_until(&deliverer, &channel, noon).await;
    status.store(200, Ordering::Relaxed);
    desk.deliver_until(&deliverer, &channel, crate::clock::later(noon, SignedDuration::from_hours(2))).await;
    let delivered = [DeliveryState::Delivered; 5];
    assert_eq!(desk.states(&queued).await[..5], delivered);
    assert_eq!(desk.states(&queued).await[5..], [DeliveryState::Pending; 2]);
    desk.deliver_until(&deliverer, &channel, crate::clock::later(noon, SignedDuration::from_hours(8))).await;
    assert_eq!(desk.states(&queued).await, [DeliveryState::Delivered; 7]);
}

#[tokio::test]
async fn a_delivery_retried_by_hand_is_attempted_while_the_circuit_is_open() {
    let status = Arc::new(AtomicU16::new(500));
    let (desk, rude) = (DeliveryFixture::new().await, switched(&status).await);
    let channel = hook("desk", &rude, 1);
    let deliverer = desk.deliverer(&channel);
    let queued = desk.queue(&channel, 7).await;
    while deliverer.deliver_one().await.unwrap() {}
    desk.retry(&queued[6]).await;
    assert!(deliverer.deliver_one().await.unwrap());
    assert_eq!(desk.state(&queued[6]).await, (DeliveryState::Held, 1));
    desk.hands.advance(SignedDuration::from_secs(20));
    status.store(200, Ordering::Relaxed);
    desk.retry(&queued[6]).await;
    while deliverer.deliver_one().await.unwrap() {}
    assert_eq!(desk.states(&queued).await, [DeliveryState::Delivered; 7]);
}

#[tokio::test]
async fn what_a_removed_channel_owes_is_held_and_continues_when_it_returns() {
    use crate::store::AbsentKind;

    let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let configured = [(AbsentKind::Channel, "desk".to_owned())];
    let short = SignedDuration::from_mins(10);
    desk.store.save_configured(&configured, short, desk.clock.now()).await.unwrap();
    let mut queued = desk.queue(&channel, 3).await;
    desk.begin(&channel, &queued[0]).await;
    desk.store.save_configured(&[], short, desk.clock.now()).await.unwrap();
    // The attempt under way has no owner any more, and an alert of an earlier configuration is made.
    desk.store.requeue_stale(desk.clock.now()).await.unwrap();
    queued.extend(desk.queue(&channel, 1).await);
    assert_eq!(desk.states(&queued).await, [DeliveryState::Held; 4]);
    desk.hands.advance(SignedDuration::from_hours(24 * 7));
    desk.store.save_configured(&configured, short, desk.clock.now()).await.unwrap();
    let deliverer = desk.deliverer(&channel);
    while deliverer.deliver_one().await.unwrap() {}
    assert_eq!(ids(&rude), queued.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_retry_in_turn_tries_the_probe_and_holds_the_others() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(500).await);
    let channel = hook("desk", &rude, 1);
    let deliverer = desk.deliverer(&channel);
    let queued = desk.queue(&channel, 4).await;
    let end = crate::clock::later(desk.clock.now(), SignedDuration::from_mins(1));
    desk.deliver_until(&deliverer, &channel, end).await;
    let states = desk.states(&queued).await;
    let probe = states.iter().position(|state| *state == DeliveryState::Pending).unwrap();
    for (index, id) in queued.iter().enumerate() {
        let changed = desk.change(id, DeliveryChange::RetryInTurn).await;
        let expected = if index == probe { DeliveryChanged::Due(desk.clock.now()) } else { DeliveryChanged::Held };
        assert_eq!(changed, expected, "{index} of {states:?}");
    }
    let before = rude.received().len();
    assert!(deliverer.deliver_one().await.unwrap(), "the probe is due");
    assert_eq!((rude.received().len(), desk.states(&queued).await), (before + 1, states));
}

#[tokio::test]
async fn the_stored_end_of_an_attempt_tells_whether_its_delivery_is_held() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(500).await);
    let channel = hook("desk", &rude, 1);
    let queued = desk.queue(&channel, 2).await;
    let next = crate::clock::later(desk.clock.now(), SignedDuration::from_mins(5));
    let ends = [
        (FailureScope::Attempt, SettledDelivery { state: DeliveryState::Pending, next_attempt_at: Some(next) }),
        (FailureScope::Receiver, SettledDelivery { state: DeliveryState::Held, next_attempt_at: Some(next) }),
    ];
    for (id, (scope, expected)) in queued.iter().zip(ends) {
        let claim = desk.store.claim(id).unwrap();
        let number = desk.store.begin_attempt(&claim, desk.clock.now(), next).await.unwrap().unwrap();
        let outcome = Outcome::Failed { reason: Reason { scope, ..Reason::default() }, after: None };
        let (fate, at) = (DeliveryFate::Again(next), desk.clock.now());
        let end = AttemptEnd { outcome, fate, at, took: Duration::ZERO };
        assert_eq!(desk.store.settle(&channel, id, number, &end).await.unwrap(), Some(expected));
        assert_eq!(desk.store.settle(&channel, id, number, &end).await.unwrap(), None, "stored once");
    }
}
