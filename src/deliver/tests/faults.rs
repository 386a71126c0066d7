//! Tests deliveries when the store, a task or a row fails during an attempt.

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::*;

impl DeliveryFixture {
    /// Changes the database behind the back of the store.
    #[expect(clippy::disallowed_methods, reason = "a test's own statement holds nothing from outside")]
    pub(super) async fn sql(&self, statement: &str) {
        let path = format!("sqlite://{}", self.store.path().display());
        let mut connection = SqliteConnection::connect(&path).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn message(&self, id: &DeliveryId) -> String {
        self.store.delivery(id).await.unwrap().unwrap().0.last.unwrap().message
    }
}

/// Makes SQLite refuse to store the end of a delivery.
const NO_END: &str = "create trigger no_end before update on delivery when old.state = 'inflight'
    begin select raise(abort, 'the disk is full'); end";

#[tokio::test]
async fn an_outcome_that_could_not_be_stored_is_stored_later_and_nothing_is_sent_twice() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    desk.sql(NO_END).await;
    let (stop, running) = running(&Arc::new(desk.deliverer(&channel)));
    while rude.received().is_empty() {
        tokio::task::yield_now().await;
    }
    desk.reaches(&id, DeliveryState::Inflight).await;
    // Its attempt is running: the row is not stale.
    assert_eq!(desk.store.requeue_stale(desk.clock.now()).await.unwrap(), 0);
    desk.sql("drop trigger no_end").await;
    desk.reaches(&id, DeliveryState::Delivered).await;
    stop.cancel();
    running.await.unwrap();
    assert_eq!((desk.state(&id).await, rude.received().len()), ((DeliveryState::Delivered, 1), 1));
}

#[tokio::test]
async fn an_outcome_that_is_never_stored_blocks_no_other_delivery() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let (stuck, next) =
        (desk.queue_delivery(&[&channel]).await.remove(0), desk.queue_delivery(&[&channel]).await.remove(0));
    desk.sql(&NO_END.replace("'inflight'", &format!("'inflight' and old.id = '{stuck}'"))).await;
    let (stop, running) = running(&Arc::new(desk.deliverer(&channel)));
    desk.reaches(&next, DeliveryState::Delivered).await;
    assert_eq!(desk.state(&stuck).await, (DeliveryState::Inflight, 1));
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn an_attempt_whose_task_is_gone_is_resumed_after_five_seconds() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    let claim = desk.store.claim(&id).unwrap();
    assert_eq!(desk.store.begin_attempt(&claim, desk.clock.now(), desk.clock.now()).await.unwrap(), Some(1));
    assert_eq!(desk.store.requeue_stale(retry::soonest(desk.clock.now())).await.unwrap(), 0, "it is owned");
    drop(claim);
    assert_eq!(desk.store.requeue_stale(retry::soonest(desk.clock.now())).await.unwrap(), 1);
    let deliverer = desk.deliverer(&channel);
    desk.hands.advance(SignedDuration::from_secs(5));
    assert!(!deliverer.deliver_one().await.unwrap());
    desk.hands.advance(SignedDuration::from_secs(1));
    assert!(deliverer.deliver_one().await.unwrap());
    assert_eq!(desk.state(&id).await, (DeliveryState::Delivered, 2));
}

#[tokio::test]
async fn a_request_that_left_just_before_the_crash_is_not_repeated_just_after_it() {
    let (mut desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    desk.begin(&channel, &id).await;
    // The connection took its time: the request leaves when the next attempt is due by what was stored.
    desk.hands.advance(SignedDuration::from_secs(7));
    desk.restart().await;
    let deliverer = desk.deliverer(&channel);
    desk.hands.advance(SignedDuration::from_secs(5));
    assert!(!deliverer.deliver_one().await.unwrap());
    desk.hands.advance(SignedDuration::from_secs(1));
    assert!(deliverer.deliver_one().await.unwrap());
}

#[tokio::test]
async fn a_channel_removed_during_an_attempt_loses_nothing_when_it_returns() {
    let desk = DeliveryFixture::new().await;
    let hole = RudeServer::start(|_| RudeAnswer::raw("").then(AfterAnswer::Hang)).await;
    let channel = hook("desk", &hole, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    let deliverer = Arc::new(desk.deliverer(&channel));
    let (stop, taken_away) = running(&deliverer);
    desk.reaches(&id, DeliveryState::Inflight).await;
    stop.cancel();
    taken_away.await.unwrap();
    drop(deliverer);
    desk.reaches(&id, DeliveryState::Pending).await;
    let rude = answering(200).await;
    let (stop, running) = running(&Arc::new(desk.deliverer(&hook("desk", &rude, 1))));
    desk.hands.advance(SignedDuration::from_mins(10));
    desk.reaches(&id, DeliveryState::Delivered).await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn an_attempt_cancelled_by_a_stop_is_pending_again_and_never_dead() {
    let desk = DeliveryFixture::new().await;
    let hole = RudeServer::start(|_| RudeAnswer::raw("").then(AfterAnswer::Hang)).await;
    let channel = hook("desk", &hole, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    desk.sql("update delivery set attempts = 9").await;
    let patient = RouteSettings { webhook_deadline: Duration::from_secs(60), ..settings() };
    let deliverer = Arc::new(desk.deliverer_with(&channel, &patient));
    let (stop, running) = running(&deliverer);
    desk.reaches(&id, DeliveryState::Inflight).await;
    stop.cancel();
    running.await.unwrap();
    deliverer.give_up();
    deliverer.drained().await;
    assert_eq!(desk.state(&id).await, (DeliveryState::Pending, 10));
    let next = desk.store.next_due(&channel.id).await.unwrap().unwrap();
    assert!(next.duration_since(desk.clock.now()) > SignedDuration::from_secs(5));
}

#[tokio::test]
async fn a_row_that_cannot_begin_is_set_aside_alone() {
    let unreadable = "update delivery set recipient = cast(x'ff' as text) where seq = 1";
    let refused = "insert into attempt (delivery, number, started_at) select number, 1, 0 from delivery where seq = 1";
    for fault in [unreadable, refused] {
        let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
        let channel = hook("desk", &rude, 1);
        let (broken, sound) =
            (desk.queue_delivery(&[&channel]).await.remove(0), desk.queue_delivery(&[&channel]).await.remove(0));
        desk.sql(fault).await;
        let deliverer = desk.deliverer(&channel);
        while deliverer.deliver_one().await.unwrap() {}
        assert_eq!(desk.state(&sound).await, (DeliveryState::Delivered, 1), "{fault}");
        desk.hands.advance(SignedDuration::from_secs(6));
        assert!(!deliverer.deliver_one().await.unwrap());
        if fault == unreadable {
            desk.sql("update delivery set recipient = '' where seq = 1").await;
        }
        assert_eq!(desk.state(&broken).await, (DeliveryState::Dead, 0), "{fault}");
        assert!(desk.message(&broken).await.contains("cannot begin"), "{fault}");
    }
}

#[tokio::test]
async fn a_delivery_whose_stored_body_is_damaged_is_never_sent_and_reported_once() {
    for body in ["x''", "cast('null' as blob)", "cast('{\"type\":\"test.p' as blob)", "zeroblob(90)"] {
        let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
        let channel = hook("desk", &rude, 1);
        let (broken, sound) =
            (desk.queue_delivery(&[&channel]).await.remove(0), desk.queue_delivery(&[&channel]).await.remove(0));
        desk.sql(&format!("update delivery set body = {body} where seq = 1")).await;
        let deliverer = desk.deliverer(&channel);
        for _ in 0..3 {
            while deliverer.deliver_one().await.unwrap() {}
            desk.hands.advance(SignedDuration::from_secs(30));
        }
        assert_eq!(desk.state(&sound).await, (DeliveryState::Delivered, 1), "{body}");
        assert_eq!(desk.state(&broken).await, (DeliveryState::Dead, 0), "{body}");
        assert_eq!(rude.received().len(), 1, "{body}");
        let aside = desk.store.all_set_aside(9).await.unwrap();
        let aside: Vec<_> = aside.iter().map(|one| (one.what.as_str(), one.name.as_str(), one.count)).collect();
        assert_eq!(aside, [("delivery", "row 1", 1)], "{body}");
    }
}

#[tokio::test]
async fn an_unreadable_id_does_not_prevent_resuming_or_rescheduling_others() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let (_, sound) = (desk.queue_delivery(&[&channel]).await, desk.queue_delivery(&[&channel]).await.remove(0));
    desk.sql("update delivery set id = cast(x'ff' as text) where seq = 1; update delivery set state = 'inflight'")
        .await;
    assert_eq!(desk.store.requeue_stale(desk.clock.now()).await.unwrap(), 2);
    let deliverer = desk.deliverer(&channel);
    desk.hands.advance(SignedDuration::from_hours(-1));
    deliverer.bring_forward().await.unwrap();
    desk.hands.advance(SignedDuration::from_hours(2));
    while deliverer.deliver_one().await.unwrap() {}
    assert_eq!(desk.state(&sound).await.0, DeliveryState::Delivered);
}

#[tokio::test]
async fn an_unreadable_reason_does_not_hide_a_delivery_or_the_list() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(200).await);
    let channel = hook("desk", &rude, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    desk.sql("update delivery set last_reason = 'no JSON'").await;
    let listed = desk.store.deliveries(&DeliveryQuery { limit: 10, ..DeliveryQuery::default() }).await.unwrap();
    assert_eq!(listed[0].1.last.as_ref().unwrap().class, "unreadable");
    assert!(desk.deliverer(&channel).deliver_one().await.unwrap());
    assert_eq!(desk.state(&id).await, (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn a_manual_retry_names_the_state_of_what_it_cannot_send() {
    let (desk, rude) = (DeliveryFixture::new().await, answering(500).await);
    let channel = hook("desk", &rude, 1);
    let id = desk.queue_delivery(&[&channel]).await.remove(0);
    let nobody = DeliveryId::from_stored("msg_nobody".to_owned());
    assert_eq!(desk.retry(&nobody).await, DeliveryChanged::Unknown);
    let (claim, since) = (desk.store.claim(&id).unwrap(), desk.clock.now());
    desk.store.begin_attempt(&claim, since, since).await.unwrap();
    assert_eq!(desk.retry(&id).await, DeliveryChanged::InFlight { since: Some(since) });
    drop(claim);
    desk.store.requeue_stale(since).await.unwrap();
    desk.deliverer(&channel).deliver_one().await.unwrap();
    assert_eq!(
        desk.retry(&id).await,
        DeliveryChanged::Due(retry::soonest(desk.ended(&id).await)),
        "no repeat within 5 s"
    );
    for (word, state) in [("delivered", DeliveryState::Delivered), ("cancelled", DeliveryState::Cancelled)] {
        desk.sql(&format!("update delivery set state = '{word}', settled_at = {}", since.as_microsecond())).await;
        assert_eq!(desk.retry(&id).await, DeliveryChanged::Settled { state, at: Some(since) });
    }
}

impl DeliveryFixture {
    /// When the last attempt ended: by the clock that stands, and the real time that it took.
    async fn ended(&self, id: &DeliveryId) -> Timestamp {
        let (_, attempts) = self.store.delivery(id).await.unwrap().unwrap();
        let last = attempts.last().unwrap();
        let took = SignedDuration::try_from(last.took.unwrap()).unwrap();
        let ended = crate::clock::later(last.started_at, took);
        // A manual clock stands while the attempt takes real time.
        ended.min(self.clock.now())
    }
}
