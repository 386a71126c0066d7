//! Tests that each alert that waits leaves in exactly one digest, whatever fails in between.

use sqlx::{Connection, SqliteConnection};

use super::*;
use crate::alert::digest::DigestHealth;
use crate::channel::{BodyFormat, QuietHours, Webhook, WebhookUrl};
use crate::clock::later;
use crate::deliver::slot::{SlotPlan, SlotStep, step};

/// The channel `ops` with set times.
fn daily() -> Arc<Channel> {
    Arc::new(Channel { send: SendSchedule::Daily("20:00".parse().unwrap()), ..Channel::clone(&channel()) })
}

/// The channel `ops` as a mailbox that gets everything at once.
fn mailbox() -> Arc<Channel> {
    let to = vec!["desk@example.org".parse().unwrap()];
    Arc::new(Channel { kind: ChannelKind::Email { to }, ..Channel::clone(&channel()) })
}

/// An item that shares no word of its text with that of another number.
fn distinct(n: usize) -> Item {
    let letter = |bits: usize| char::from(b"abcdefghijklmnop"[bits % 16]);
    let word = |k: usize| {
        let mixed = (n * 16 + k + 1).wrapping_mul(2_654_435_761) % (1 << 32);
        (0..8).map(|at| letter(mixed >> (4 * at))).collect::<String>()
    };
    let text = (0..16).map(word).collect::<Vec<_>>().join(" ");
    Item { title: format!("Harbour {n}"), ..item(&format!("https://a.org/{n}"), &text) }
}

async fn sql(store: &Store, statements: &'static str) {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", store.path().display())).await.unwrap();
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn count(store: &Store, statement: &'static str) -> i64 {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", store.path().display())).await.unwrap();
    sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap()
}

impl StoreFixture {
    /// Admits items for a channel.
    async fn admit_for(&mut self, channel: &Arc<Channel>, items: Vec<Item>, is_flood: bool) -> Admitted {
        let admission = self.admission("una", items).await;
        self.store.admit(Admission { channels: vec![Arc::clone(channel)], is_flood, ..admission }).await.unwrap()
    }

    /// Plans and closes the digests of a channel at an instant, as the daemon does; returns the deliveries made.
    async fn close_at(&self, channel: &Arc<Channel>, now: Timestamp) -> Result<usize> {
        let mut made = 0;
        for _ in 0..2 {
            let state = self.store.digest_states().await?.remove(&channel.id).unwrap_or_default();
            match step(channel, state.plan.as_ref(), state.waiting, now) {
                SlotStep::Wait => {}
                SlotStep::Replan(plan, at) => self.store.replan_digests(&channel.id, plan, at, now).await?,
                SlotStep::Close { slot, next } => {
                    made += self.store.close_digests(closing(channel, slot, next, now)).await?
                }
            }
        }
        Ok(made)
    }
}

fn closing(channel: &Arc<Channel>, slot: Option<Timestamp>, next: SlotPlan, at: Timestamp) -> DigestClosing {
    let (health, settings) = (Some(DigestHealth::default()), render::RenderSettings::default());
    DigestClosing { channel: Arc::clone(channel), slot, next, health, settings, at }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[tokio::test]
async fn alerts_wait_for_the_slot_and_leave_in_one_delivery() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let channel = daily();
    assert_eq!(world.close_at(&channel, world.at).await.unwrap(), 0);
    let admitted = world.admit_for(&channel, (0..3).map(distinct).collect(), false).await;
    assert_eq!((admitted.alerts, admitted.deliveries), (3, 3));
    assert!(due(&world.store, later(world.at, hours(100))).await.is_empty(), "no alert is a delivery of its own");
    assert_eq!(world.close_at(&channel, later(world.at, hours(1))).await.unwrap(), 0, "the slot has not come");
    let after = later(world.at, hours(100));
    assert_eq!(world.close_at(&channel, after).await.unwrap(), 1, "a missed slot closes once");
    let due = due(&world.store, after).await;
    assert_eq!((due.len(), due[0].kind.as_str(), due[0].seq), (1, "digest", 1));
    let body: serde_json::Value = serde_json::from_slice(&due[0].body).unwrap();
    assert_eq!(body["data"]["total"], 3);
    assert_eq!(body["data"]["items"][0]["title"], "Harbour 0", "in the order of the document");
    assert_eq!(world.close_at(&channel, after).await.unwrap(), 0);
    assert_eq!(count(&world.store, "select count(*) from digest_entry where delivery is null").await, 0);
    let alerts = world.store.alerts_after(0, 100).await.unwrap();
    assert_eq!(alerts.len(), 3, "the stream shows each alert by itself and no digest");
}

#[tokio::test]
async fn whatever_step_fails_nothing_leaves_and_nothing_leaves_twice() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let channel = daily();
    world.close_at(&channel, world.at).await.unwrap();
    world.admit_for(&channel, (0..3).map(distinct).collect(), false).await;
    let after = later(world.at, hours(30));
    for (fault, repair) in [
        ("create trigger fault before update on digest_slot begin select raise(abort, 'x'); end", "drop trigger fault"),
        ("create trigger fault before insert on alert begin select raise(abort, 'x'); end", "drop trigger fault"),
        ("create trigger fault before update on channel begin select raise(abort, 'x'); end", "drop trigger fault"),
        ("create trigger fault before insert on delivery begin select raise(abort, 'x'); end", "drop trigger fault"),
        (
            "create trigger fault before update on digest_entry begin select raise(abort, 'x'); end",
            "drop trigger fault",
        ),
    ] {
        if fault.contains("update on channel") {
            sql(&world.store, "insert into channel (id, next_seq) values ('ops', 1) on conflict do nothing").await;
        }
        sql(&world.store, fault).await;
        assert!(world.close_at(&channel, after).await.is_err(), "{fault}");
        sql(&world.store, repair).await;
        assert_eq!(count(&world.store, "select count(*) from delivery").await, 0, "{fault}");
        assert_eq!(count(&world.store, "select count(*) from digest_entry where delivery is null").await, 3, "{fault}");
    }
    assert_eq!(world.close_at(&channel, after).await.unwrap(), 1);
    assert_eq!(world.close_at(&channel, after).await.unwrap(), 0);
    assert_eq!(count(&world.store, "select count(*) from digest_entry where delivery = 1").await, 3);
    assert_eq!(count(&world.store, "select max(seq) from delivery").await, 1, "the sequence has no gap");
}

#[tokio::test]
async fn an_alert_commits_with_its_place_in_the_digest_or_not_at_all() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let channel = daily();
    sql(&world.store, "create trigger fault before insert on digest_entry begin select raise(abort, 'x'); end").await;
    let admission = world.admission("una", vec![distinct(1)]).await;
    let admission = Admission { channels: vec![Arc::clone(&channel)], ..admission };
    assert!(world.store.admit(admission.clone()).await.is_err());
    assert_eq!(count(&world.store, "select count(*) from item").await, 0, "the item does not count as seen");
    sql(&world.store, "drop trigger fault").await;
    assert_eq!(world.store.admit(admission).await.unwrap().alerts, 1);
    assert_eq!(count(&world.store, "select count(*) from digest_entry").await, 1);
}

#[tokio::test]
async fn a_slot_without_alerts_sends_a_digest_that_says_so() {
    let world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let channel = daily();
    world.close_at(&channel, world.at).await.unwrap();
    let after = later(world.at, hours(24 * 5));
    assert_eq!(world.close_at(&channel, after).await.unwrap(), 1, "five missed slots are made up for once");
    let due = due(&world.store, after).await;
    let body: serde_json::Value = serde_json::from_slice(&due[0].body).unwrap();
    assert_eq!((&body["data"]["total"], &body["data"]["items"]), (&0.into(), &serde_json::json!([])));
    assert!(body["data"]["health"]["text"].as_str().unwrap().contains("Sources: 0"), "{body}");
}

#[tokio::test]
async fn more_than_twenty_mails_an_hour_are_gathered_and_urgent_ones_pass() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let channel = mailbox();
    world.close_at(&channel, world.at).await.unwrap();
    world.admit_for(&channel, (0..50).map(distinct).collect(), false).await;
    assert_eq!(due(&world.store, world.at).await.len(), 20);
    assert_eq!(world.close_at(&channel, later(world.at, SignedDuration::from_secs(29))).await.unwrap(), 0);
    let after = later(world.at, SignedDuration::from_secs(31));
    assert_eq!(world.close_at(&channel, after).await.unwrap(), 1);
    let all = due(&world.store, after).await;
    let mail = render::mail::MailContent::from_bytes(&all.last().unwrap().body).unwrap();
    assert!(mail.subject.starts_with("Digest: 30 alerts"), "{}", mail.subject);
    assert!(mail.text.contains("You have had 20 mails within an hour"), "{}", mail.text);
    // The next visit is ten minutes later, and so is the next digest: a single alert in it is a mail of its own.
    world.admit_for(&channel, vec![distinct(60)], false).await;
    assert_eq!(world.close_at(&channel, later(world.at, SignedDuration::from_mins(1))).await.unwrap(), 1);
    // An hour after the burst, mails leave alone again.
    world.at = later(world.at, hours(1));
    world.admit_for(&channel, vec![distinct(61)], false).await;
    let last = due(&world.store, world.at).await.pop().unwrap();
    assert_eq!(last.kind, "item.matched");
    // An urgent alert ignores the limit.
    world.admit_for(&channel, (100..130).map(distinct).collect(), false).await;
    let watches = [Watch { urgent: true, alert: vec![ChannelId::new("ops")], ..Watch::named(WatchId::new("all")) }];
    world.watches = Arc::new(Watches::compile(&watches, &[]).unwrap().0);
    let before = due(&world.store, world.at).await.len();
    world.admit_for(&channel, vec![distinct(131)], false).await;
    assert_eq!(due(&world.store, world.at).await.len(), before + 1);
}

#[tokio::test]
async fn a_flood_is_one_digest_and_five_alerts_of_one_leave_alone() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let channel = channel();
    world.close_at(&channel, world.at).await.unwrap();
    world.admit_for(&channel, (0..120).map(distinct).collect(), true).await;
    assert!(due(&world.store, world.at).await.is_empty());
    assert_eq!(world.close_at(&channel, world.at).await.unwrap(), 1);
    let delivery = due(&world.store, world.at).await.pop().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!((&body["data"]["reason"], &body["data"]["total"]), (&"flood".into(), &120.into()));
    assert_eq!((body["data"]["items"].as_array().unwrap().len(), &body["data"]["left_out"]), (100, &20.into()));
    world.admit_for(&channel, (200..205).map(distinct).collect(), true).await;
    assert_eq!(world.close_at(&channel, world.at).await.unwrap(), 5);
    let titles: Vec<String> = due(&world.store, world.at).await[1..]
        .iter()
        .map(|delivery| {
            serde_json::from_slice::<serde_json::Value>(&delivery.body).unwrap()["data"]["item"]["title"].to_string()
        })
        .collect();
    assert_eq!(titles, [200, 201, 202, 203, 204].map(|n| format!("\"Harbour {n}\"")), "in the order of the document");
}

#[tokio::test]
async fn what_falls_into_quiet_hours_leaves_afterwards() {
    for (alerts, deliveries, kind) in [(5, 5, "item.matched"), (6, 1, "digest")] {
        let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
        // The fixture's first visit is at 08:10.
        let quiet = QuietHours { from: "08:00".parse().unwrap(), to: "12:00".parse().unwrap() };
        let channel = Arc::new(Channel { quiet: Some(quiet), ..Channel::clone(&channel()) });
        world.close_at(&channel, world.at).await.unwrap();
        world.admit_for(&channel, (0..alerts).map(distinct).collect(), false).await;
        assert_eq!(world.close_at(&channel, later(world.at, hours(1))).await.unwrap(), 0);
        let noon = later(world.at, hours(4));
        assert_eq!(world.close_at(&channel, noon).await.unwrap(), deliveries);
        let due = due(&world.store, noon).await;
        assert_eq!((due.len(), due[0].kind.as_str()), (deliveries, kind));
    }
}

#[tokio::test]
async fn alerts_that_wait_are_kept_and_leave_with_a_new_schedule() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let channel = daily();
    world.close_at(&channel, world.at).await.unwrap();
    world.admit_for(&channel, vec![distinct(1)], false).await;
    // Retention deletes nothing that waits.
    let years = later(world.at, hours(24 * 365 * 3));
    world.store.prune(hours(24), hours(24), years).await.unwrap();
    assert_eq!(count(&world.store, "select count(*) from digest_entry where delivery is null").await, 1);
    let weekly = SendSchedule::Weekly(jiff::civil::Weekday::Sunday, "09:00".parse().unwrap());
    let weekly = Arc::new(Channel { send: weekly, ..Channel::clone(&channel) });
    assert_eq!(world.close_at(&weekly, world.at).await.unwrap(), 0, "they wait for the new slot");
    assert_eq!(world.close_at(&weekly, later(world.at, hours(24 * 8))).await.unwrap(), 1);
    world.admit_for(&channel, vec![distinct(2)], false).await;
    let at_once = super::channel();
    assert_eq!(world.close_at(&at_once, world.at).await.unwrap(), 1, "they leave at once");
    assert_eq!(count(&world.store, "select count(*) from digest_entry where delivery is null").await, 0);
}

#[tokio::test]
async fn the_alerts_of_a_removed_channel_wait_for_thirty_days_at_most() {
    let mut world = StoreFixture::new(OncePer::Item, Revisions::Never).await;
    let items = || (1..=3).map(distinct).collect::<Vec<_>>();
    world.admit_for(&daily(), items(), false).await;
    let (start, longest) = (world.at, SignedDuration::from_hours(30 * 24));
    let named = |names: &[&str]| names.iter().map(|name| (AbsentKind::Channel, (*name).to_owned())).collect::<Vec<_>>();
    let short = SignedDuration::from_hours(1);
    world.store.save_configured(&named(&["ops"]), short, start).await.unwrap();
    let month = later(start, longest);
    assert_eq!(world.store.expire_gathered(longest, 2, month).await.unwrap(), [], "it is configured");
    world.store.save_configured(&named(&["desk"]), short, start).await.unwrap();
    let day = later(start, SignedDuration::from_hours(24));
    let ops = || ChannelId::new("ops");
    assert_eq!(world.store.expire_gathered(longest, 10, day).await.unwrap(), []);
    assert_eq!(world.store.expire_gathered(longest, 2, day).await.unwrap(), [(ops(), 1)], "one too many");
    assert_eq!(world.store.expire_gathered(longest, 2, month).await.unwrap(), [(ops(), 2)], "too long");
    assert_eq!(world.store.expire_gathered(longest, 2, month).await.unwrap(), []);
    assert_eq!(world.store.counts().await.unwrap().gathered, 0);
    assert!(world.store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_backup_and_its_restore_count_the_alerts_that_wait_for_a_digest() {
    let mut world = StoreFixture::new(OncePer::Item, Revisions::Never).await;
    world.admit_for(&daily(), (1..=3).map(distinct).collect(), false).await;
    let (folder, other) = (world.store.path().parent().unwrap().to_owned(), tempfile::tempdir().unwrap());
    let target = other.path().join("backup.db");
    let summary = Store::back_up(&folder, &target, ExistingFile::Keep, world.at).await.unwrap();
    assert_eq!((summary.deliveries, summary.gathered), (0, 3));
    let backup = BackupFile::open(&target).unwrap();
    let restored = Store::restore(&other.path().join("state"), backup, "a reason", world.at).await.unwrap();
    assert_eq!((restored.waiting, restored.gathered), (0, 3));
}

#[tokio::test]
async fn a_template_that_fails_is_listed_until_it_works_again() {
    let mut world = StoreFixture::new(OncePer::Item, Revisions::Never).await;
    let hook = |text: &str| {
        let format = BodyFormat::Template { name: "text".to_owned(), text: text.to_owned() };
        let url = WebhookUrl::new(url::Url::parse("http://127.0.0.1/").unwrap());
        let webhook = Webhook { url, secret: None, previous_secret: None, headers: Vec::new(), format };
        Arc::new(Channel { kind: ChannelKind::Webhook(webhook), ..Channel::clone(&channel()) })
    };
    world.admit_for(&hook("{{ data.item.title|length|nope }}"), vec![distinct(1)], false).await;
    let listed = world.store.all_set_aside(9).await.unwrap();
    assert_eq!(
        listed.iter().map(|one| (one.what.as_str(), one.name.as_str())).collect::<Vec<_>>(),
        [("template", "ops")]
    );
    assert!(listed[0].why.contains("the standard body is sent instead"), "{}", listed[0].why);
    world.admit_for(&hook("{{ data.item.title }}"), vec![distinct(2)], false).await;
    assert_eq!(world.store.all_set_aside(9).await.unwrap(), []);
}
