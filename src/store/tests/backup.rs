//! Tests backups, their restore, and the return of free space.

use sqlx::{Connection, SqliteConnection};

use super::*;
use crate::deliver::retry;

const OTHER: &str =
    "a second text about harbours and lamps in winter that shares no sentence with the first one and is long enough";
const THIRD: &str =
    "the third report of the evening describes a bridge of steel over the river and the engineers who painted it red";

async fn connection(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap()
}

async fn sql(path: &Path, statements: &'static str) {
    let mut connection = connection(path).await;
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn backed_up(folder: &Path, target: &Path, at: Timestamp) -> BackupSummary {
    Store::back_up(folder, target, ExistingFile::Keep, at).await.unwrap()
}

async fn restored(folder: &Path, from: &Path, at: Timestamp) -> Result<RestoreSummary> {
    Store::restore(folder, BackupFile::open(from).unwrap(), "a reason", at).await
}

/// Three deliveries: one delivered, one in flight, one pending.
async fn busy() -> StoreFixture {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    for (n, text) in [(1, LONG), (2, OTHER), (3, THIRD)] {
        world.visit("una", vec![item(&format!("https://a.org/{n}"), text)], true).await;
    }
    let due = world.due().await;
    world.begin(&due[0].id, world.at).await;
    let delivered = Outcome::Delivered { status: None };
    let fate = DeliveryFate::Delivered;
    world.settle(&due[0].id, delivered, fate).await;
    world.begin(&due[1].id, world.at).await;
    world
}

/// Ids and bodies of the deliveries in this state.
async fn in_state(store: &Store, state: DeliveryState) -> Vec<(String, Vec<u8>)> {
    let query = DeliveryQuery { before: None, limit: 100, state: Some(state), channel: None };
    let rows = store.deliveries(&query).await.unwrap();
    rows.into_iter().map(|(_, delivery)| (delivery.id.as_str().to_owned(), delivery.body.clone())).collect()
}

/// The id of an item, and those of its deliveries.
async fn ids_of_item(path: &Path, number: i64) -> Vec<(String, String)> {
    let mut connection = connection(path).await;
    let ids = "select i.id, d.id from item i join alert a on a.item = i.number join delivery d on d.alert = a.number
               where i.number = ?1";
    let found: Vec<(String, String)> = sqlx::query_as(ids).bind(number).fetch_all(&mut connection).await.unwrap();
    assert_eq!(found.len(), 1);
    found
}

#[tokio::test]
async fn what_a_backup_holds_is_sent_under_the_same_ids_after_a_restore() {
    let mut world = busy().await;
    let folder = world.store.path().parent().unwrap().to_owned();
    let target = folder.join("backup.db");
    let open = [DeliveryState::Inflight, DeliveryState::Pending];
    let mut waiting = in_state(&world.store, open[0]).await;
    waiting.extend(in_state(&world.store, open[1]).await);
    let made = backed_up(&folder, &target, world.at).await;
    assert_eq!((made.items, made.deliveries, made.waiting, made.recorded), (3, 3, 2, true));
    assert!(Store::back_up(&folder, &target, ExistingFile::Keep, world.at).await.is_err());
    Store::back_up(&folder, &target, ExistingFile::Replace, world.at).await.unwrap();
    assert!(restored(&folder, &target, world.at).await.unwrap_err().is_locked(), "the store is open");
    // A later item is not in the backup.
    let later = "one more item that came after the backup was made and that nobody has seen before it was published";
    world.visit("una", vec![item("https://a.org/4", later)], true).await;
    let StoreFixture { store, _folder, at, .. } = world;
    store.close().await;
    drop(store);
    let summary = restored(&folder, &target, at).await.unwrap();
    assert_eq!((summary.items, summary.waiting, summary.requeued, summary.epoch), (3, 2, 1, 2));
    assert!(summary.made.is_some() && summary.replaced.as_ref().unwrap().exists());
    let store = Store::open(&folder).await.unwrap();
    let mut pending = in_state(&store, DeliveryState::Pending).await;
    pending.sort();
    waiting.sort();
    assert_eq!(pending, waiting);
    assert_eq!(in_state(&store, DeliveryState::Delivered).await.len(), 1);
    assert_eq!(store.deliveries_paused().await.unwrap().as_deref(), Some("a reason"));
    let ids = store.due_deliveries(&ChannelId::new("ops"), retry::soonest(at), 10).await.unwrap();
    assert_eq!(ids.len(), 2, "what was in flight may follow after the shortest pause");
    assert!(store.check().await.unwrap().is_empty());
    // What came after the backup is found again, and gets the ids that it had.
    let StoreFixture { watches, .. } = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let mut world = StoreFixture { _folder, store, at, watches };
    assert_eq!(world.visit("una", vec![item("https://a.org/4", later)], true).await.new, 1);
    let again = ids_of_item(world.store.path(), 4).await;
    // The replaced database is whole: it has the later item.
    let replaced = summary.replaced.unwrap();
    let mut old = connection(&replaced).await;
    let items: i64 = sqlx::query_scalar("select count(*) from item").fetch_one(&mut old).await.unwrap();
    assert_eq!(items, 4);
    assert_eq!(again, ids_of_item(&replaced, 4).await);
}

#[tokio::test]
async fn a_file_that_is_no_sound_backup_changes_nothing() {
    let world = busy().await;
    let StoreFixture { store, _folder, at, .. } = world;
    let folder = store.path().parent().unwrap().to_owned();
    let path = store.path().to_owned();
    let good = folder.join("good.db");
    backed_up(&folder, &good, at).await;
    store.close().await;
    drop(store);
    let before = std::fs::read(&path).unwrap();
    let [text, other, newer, cut, spoilt] = ["text", "other", "newer", "cut", "spoilt"].map(|name| folder.join(name));
    std::fs::write(&text, "not a database, but long enough to have a header of its own. ".repeat(20)).unwrap();
    sql(&other, "create table meta (a); insert into meta values (1)").await;
    for copy in [&newer, &cut, &spoilt] {
        std::fs::copy(&good, copy).unwrap();
    }
    sql(&newer, "update _sqlx_migrations set version = 9999 where version = 20").await;
    let length = std::fs::metadata(&cut).unwrap().len();
    std::fs::File::options().write(true).open(&cut).unwrap().set_len(length / 2).unwrap();
    let mut bytes = std::fs::read(&spoilt).unwrap();
    let page = 3 * 4_096;
    bytes[page..page + 4_096].fill(0xff);
    std::fs::write(&spoilt, bytes).unwrap();
    let expected = [
        (text, "not a database"),
        (other, "not a database of marsad"),
        (newer, "a newer marsad wrote it (migration 9999)"),
        (cut, "damaged"),
        (spoilt, "damaged"),
    ];
    for (file, words) in expected {
        let error = restored(&folder, &file, at).await.unwrap_err();
        assert!(error.to_string().contains(words) && error.is_corrupt(), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("restore")), "{left:?}");
}

#[tokio::test]
async fn a_damaged_database_is_replaced_and_kept_with_its_log() {
    let world = busy().await;
    let StoreFixture { store, _folder, at, .. } = world;
    let folder = store.path().parent().unwrap().to_owned();
    let path = store.path().to_owned();
    let good = folder.join("good.db");
    backed_up(&folder, &good, at).await;
    store.close().await;
    drop(store);
    std::fs::write(&path, "zzzz".repeat(4_096)).unwrap();
    std::fs::write(path.with_extension("db-wal"), "a log").unwrap();
    let replaced = restored(&folder, &good, at).await.unwrap().replaced.unwrap();
    assert_eq!(std::fs::read(&replaced).unwrap(), "zzzz".repeat(4_096).as_bytes());
    assert!(!path.with_extension("db-wal").exists());
    let store = Store::open(&folder).await.unwrap();
    assert_eq!(store.counts().await.unwrap().items, 3);
}

#[tokio::test]
async fn a_new_folder_takes_a_backup_and_an_older_copy_with_its_log() {
    let world = busy().await;
    let folder = world.store.path().parent().unwrap().to_owned();
    // A copy of the files of a running store, as an earlier backup script made it.
    let elsewhere = tempfile::tempdir().unwrap();
    let copied = elsewhere.path().join("old.db");
    for end in ["", "-wal"] {
        let name = |path: &Path| std::path::PathBuf::from(format!("{}{end}", path.display()));
        std::fs::copy(name(world.store.path()), name(&copied)).unwrap();
    }
    let target = elsewhere.path().join("backup.db");
    backed_up(&folder, &target, world.at).await;
    for file in [copied, target] {
        let fresh = tempfile::tempdir().unwrap();
        let summary = restored(fresh.path(), &file, world.at).await.unwrap();
        assert_eq!((summary.items, summary.epoch, summary.replaced), (3, 2, None));
        let store = Store::open(fresh.path()).await.unwrap();
        assert_eq!(store.counts().await.unwrap().items, 3);
    }
}

#[tokio::test]
async fn free_space_is_returned_in_steps_and_an_old_store_is_converted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("marsad.db");
    let store = Store::open(folder.path()).await.unwrap();
    assert!(store.storage().await.unwrap().shrinks, "a new store");
    sql(
        &path,
        "create table filling (a); insert into filling
             with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) select randomblob(4000) from n;
         drop table filling",
    )
    .await;
    let full = store.storage().await.unwrap();
    assert!(full.free > 10_000_000, "{full:?}");
    let mut steps = 0;
    while store.shrink().await.unwrap() {
        steps += 1;
    }
    let shrunk = store.storage().await.unwrap();
    assert!((6..12).contains(&steps) && shrunk.bytes < full.bytes / 2 && shrunk.free > 0, "{steps} {shrunk:?}");
    assert!(store.check().await.unwrap().is_empty());
    assert!(Store::compact(folder.path(), Timestamp::UNIX_EPOCH).await.unwrap_err().is_locked());
    store.close().await;
    drop(store);
    // As an earlier version created it.
    sql(&path, "pragma journal_mode = delete; pragma auto_vacuum = none; vacuum; pragma journal_mode = wal").await;
    let old = Store::open(folder.path()).await.unwrap();
    assert!(!old.storage().await.unwrap().shrinks && !old.shrink().await.unwrap());
    old.close().await;
    drop(old);
    Store::compact(folder.path(), Timestamp::UNIX_EPOCH).await.unwrap();
    let converted = Store::open(folder.path()).await.unwrap();
    let report = converted.storage().await.unwrap();
    assert!(report.shrinks && report.free == 0, "{report:?}");
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("replaced")), "{names:?}");
}

#[tokio::test]
async fn a_check_names_missing_deliveries_and_rows_without_their_parent() {
    let world = busy().await;
    let path = world.store.path().to_owned();
    let years = SignedDuration::from_hours(9 * 365 * 24);
    world.store.prune(years, years, world.at).await.unwrap();
    assert!(world.store.check().await.unwrap().is_empty());
    sql(&path, "pragma foreign_keys = off; delete from delivery where seq = 2").await;
    let problems = world.store.check().await.unwrap();
    assert_eq!(
        problems,
        ["rows of `attempt` that point to missing rows of `delivery`: 1", "deliveries of channel `ops` are missing: 1"]
    );
}
