//! Tests that a reload frees the old configuration.

use std::sync::{Arc, Weak};
use std::time::Duration;

use marsad::clock::Clock;
use marsad::config::Config;
use marsad::daemon::Daemon;
use marsad::telemetry::Metrics;

fn config(folder: &std::path::Path, number: usize) -> Config {
    let path = folder.join("marsad.toml");
    let text = format!(
        "state_dir = {state:?}\n[http]\nlisten = \"\"\n[[source]]\nid = \"a\"\nfeed = \"https://example.org/\"\n\
         enabled = false\n[[watch]]\nid = \"w\"\nany = [\"word{number}\"]\nalert = [\"ops\"]\n\
         [[channel]]\nid = \"ops\"\nfile = \"alerts.jsonl\"\n",
        state = folder.join("state")
    );
    std::fs::write(&path, text).unwrap();
    Config::load(Some(&path)).unwrap_or_else(|report| panic!("{report}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_frees_the_previous_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::start(config(folder.path(), 0), Clock::system(), Metrics::new()).await.unwrap();
    let mut before: Vec<Weak<Config>> = Vec::new();
    for number in 1..=5 {
        before.push(Arc::downgrade(&daemon.config.load()));
        daemon.apply(config(folder.path(), number)).await.unwrap();
    }
    let gone = async {
        while before.iter().any(|config| config.strong_count() > 0) {
            tokio::task::yield_now().await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(30), gone).await;
    let alive: Vec<usize> = before.iter().map(Weak::strong_count).collect();
    assert!(gone.is_ok(), "older configurations are still in use: {alive:?}");
    daemon.stop().await;
}

/// A daemon's configuration, sources and last-good file, to compare before and after.
async fn facts(daemon: &Daemon, folder: &std::path::Path) -> (Vec<String>, Vec<String>, Option<Vec<u8>>) {
    let config = daemon.config.load();
    let configured = config.sources.iter().map(|source| source.id.to_string());
    let channels = config.channels.iter().map(|channel| channel.id.to_string());
    let stored = daemon.store.source_states().await.unwrap().iter().map(|state| state.id.to_string()).collect();
    (configured.chain(channels).collect(), stored, std::fs::read(folder.join("state/last-good.toml")).ok())
}

/// Runs a statement on the daemon's database through a connection of its own.
async fn sql(folder: &std::path::Path, statement: &'static str) {
    use sqlx::Connection as _;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("state/marsad.db"));
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The configuration of a later edit: another source, another channel, one of them by mail.
fn edited(folder: &std::path::Path) -> Config {
    let mut text = std::fs::read_to_string(folder.join("marsad.toml")).unwrap();
    text.push_str(
        "[[source]]\nid = \"b\"\nfeed = \"https://example.org/b\"\nenabled = false\n\
         [[channel]]\nid = \"late\"\nemail = [\"desk@example.org\"]\n\
         [smtp]\nurl = \"smtp://localhost:2525\"\nfrom = \"marsad@example.org\"\n",
    );
    let path = folder.join("edited.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(Some(&path)).unwrap_or_else(|report| panic!("{report}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_fails_at_any_step_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::start(config(folder.path(), 0), Clock::system(), Metrics::new()).await.unwrap();
    let before = facts(&daemon, folder.path()).await;

    // Prepare: the HTTP client of the fetcher, then the sender of one channel, cannot be built.
    let mut broken = edited(folder.path());
    broken.fetch.user_agent = "line\nbreak".to_owned();
    assert!(daemon.apply(broken).await.is_err());
    assert_eq!(facts(&daemon, folder.path()).await, before);
    let mut broken = edited(folder.path());
    broken.smtp = None;
    assert!(daemon.apply(broken).await.is_err());
    assert_eq!(facts(&daemon, folder.path()).await, before);

    // Commit: the store refuses the sources, then the last statement of the transaction.
    for (refuse, allow) in [
        (
            "create trigger refuse before insert on source begin select raise(abort, 'refused'); end",
            "drop trigger refuse",
        ),
        (
            "create trigger refuse before insert on configured begin select raise(abort, 'refused'); end",
            "drop trigger refuse",
        ),
    ] {
        sql(folder.path(), refuse).await;
        assert!(daemon.apply(edited(folder.path())).await.is_err(), "{refuse}");
        assert_eq!(facts(&daemon, folder.path()).await, before, "{refuse}");
        sql(folder.path(), allow).await;
    }

    daemon.apply(edited(folder.path())).await.unwrap();
    let (configured, stored, _) = facts(&daemon, folder.path()).await;
    assert_eq!(
        (configured, stored),
        (vec!["a".into(), "b".into(), "ops".into(), "late".into()], vec!["a".into(), "b".into()])
    );
    daemon.stop().await;
}
