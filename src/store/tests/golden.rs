//! Tests upgrades of databases that earlier versions wrote, and upgrades that are killed.

use std::process::Command;

use sqlx::{Connection, SqliteConnection};

use super::*;
use crate::store::migrate;

/// The databases, each with the number of its newest migration.
const GOLDEN: [(i64, &str); 4] = [
    (1, include_str!("../../../tests/golden/0001.sql")),
    (8, include_str!("../../../tests/golden/0008.sql")),
    (12, include_str!("../../../tests/golden/0012.sql")),
    (16, include_str!("../../../tests/golden/0016.sql")),
];

/// The variables by which a test tells its child process the database, and where to abort.
const DATABASE: &str = "MARSAD_TEST_DATABASE";
const ABORT: &str = "MARSAD_TEST_ABORT";

async fn connection(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap()
}

/// A state folder with this database.
async fn folder_with(statements: &'static str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = connection(&folder.path().join("marsad.db")).await;
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    folder
}

/// Id, state and body of every delivery, in the order of the channel.
async fn deliveries(path: &Path) -> Vec<(String, String, Vec<u8>)> {
    let mut connection = connection(path).await;
    let all = sqlx::query_as("select id, state, body from delivery order by seq").fetch_all(&mut connection).await;
    connection.close().await.unwrap();
    all.unwrap()
}

#[tokio::test]
async fn f33_the_database_of_every_earlier_version_opens_with_everything_in_it() {
    for (number, statements) in GOLDEN {
        let folder = folder_with(statements).await;
        let path = folder.path().join("marsad.db");
        let before = deliveries(&path).await;
        let store = Store::open(folder.path()).await.unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!(store.check().await.unwrap(), Vec::<String>::new(), "{number}");
        let counts = store.counts().await.unwrap();
        assert_eq!((counts.items, counts.alerts, counts.deliveries.values().sum::<u64>()), (8, 7, 7), "{number}");
        assert_eq!(counts.deliveries.len(), 6, "{number}: one state is missing: {counts:?}");
        assert_eq!(deliveries(&path).await, before, "{number}");
        let query = ItemQuery { before: None, limit: 20, source: Some(SourceId::new("wire")) };
        let items = store.items(&query).await.unwrap();
        assert!(items.iter().any(|(_, item)| item.item.title == "المجلس يعقد دورة استثنائية"), "{number}");
        assert_eq!(store.requeue_stale(Timestamp::UNIX_EPOCH).await.unwrap(), 1, "{number}");
    }
}

#[tokio::test]
async fn f33_the_backup_of_every_earlier_version_can_be_restored() {
    for (number, statements) in GOLDEN {
        let old = folder_with(statements).await;
        let target = old.path().join("backup.db");
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        // A newer program backs up what an older daemon runs on.
        let made = Store::back_up(old.path(), &target, ExistingFile::Keep, at).await.unwrap();
        assert_eq!((made.items, made.deliveries, made.waiting), (8, 7, 4), "{number}");
        let fresh = tempfile::tempdir().unwrap();
        let backup = BackupFile::open(&target).unwrap();
        let summary = Store::restore(fresh.path(), backup, "a reason", at).await.unwrap();
        assert_eq!((summary.items, summary.waiting, summary.requeued), (8, 4, 1), "{number}");
        let store = Store::open(fresh.path()).await.unwrap();
        assert_eq!(store.check().await.unwrap(), Vec::<String>::new(), "{number}");
    }
}

/// Where an upgrade is killed: at a commit, or after so many steps of SQLite's virtual machine.
#[derive(Clone, Copy, Debug)]
enum AbortPoint {
    Commit(u64),
    Step(u64),
}

/// Migrates the database; `at` returns true where the process dies.
async fn migrate_with(path: &Path, mut at: impl FnMut(AbortPoint) -> bool + Clone + Send + 'static) {
    let mut connection = connection(path).await;
    let mut handle = connection.lock_handle().await.unwrap();
    let (mut commits, mut steps, mut at_step) = (0, 0, at.clone());
    handle.set_commit_hook(move || {
        commits += 1;
        if at(AbortPoint::Commit(commits)) {
            std::process::abort();
        }
        true
    });
    handle.set_progress_handler(1, move || {
        steps += 1;
        if at_step(AbortPoint::Step(steps)) {
            std::process::abort();
        }
        true
    });
    drop(handle);
    migrate::sqlite().run(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn upgrade_that_is_killed() {
    // Only in the process that the next test starts.
    let (Ok(path), Ok(abort)) = (std::env::var(DATABASE), std::env::var(ABORT)) else { return };
    let (kind, number) = abort.split_once(' ').unwrap();
    let (is_commit, wanted): (bool, u64) = (kind == "commit", number.parse().unwrap());
    migrate_with(Path::new(&path), move |point| match point {
        AbortPoint::Commit(number) => is_commit && number == wanted,
        AbortPoint::Step(number) => !is_commit && number == wanted,
    })
    .await;
}

#[tokio::test]
async fn f33_an_upgrade_that_is_killed_anywhere_is_finished_by_the_next_start() {
    let (_, statements) = GOLDEN[0];
    let folder = folder_with(statements).await;
    let before = deliveries(&folder.path().join("marsad.db")).await;
    // How far an undisturbed upgrade goes.
    let last = Arc::new(std::sync::Mutex::new((0, 0)));
    let seen = Arc::clone(&last);
    migrate_with(&folder.path().join("marsad.db"), move |point| {
        let mut seen = seen.lock().unwrap();
        match point {
            AbortPoint::Commit(number) => seen.0 = number,
            AbortPoint::Step(number) => seen.1 = number,
        }
        false
    })
    .await;
    let (commits, steps) = *last.lock().unwrap();
    assert!(commits >= 16 && steps > 1_000, "{commits} {steps}");
    let points = (1..=commits).map(|number| format!("commit {number}"));
    for point in points.chain((1..12).map(|share| format!("step {}", steps * share / 12))) {
        let folder = folder_with(statements).await;
        let path = folder.path().join("marsad.db");
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["store::tests::golden::upgrade_that_is_killed", "--exact", "--nocapture"])
            .env(DATABASE, &path)
            .env(ABORT, &point)
            .output()
            .unwrap();
        assert!(!child.status.success(), "{point}: the upgrade was not killed: {child:?}");
        let store = Store::open(folder.path()).await.unwrap_or_else(|error| panic!("{point}: {error}"));
        assert_eq!(store.check().await.unwrap(), Vec::<String>::new(), "{point}");
        assert_eq!(deliveries(&path).await, before, "{point}");
        store.close().await;
    }
}
