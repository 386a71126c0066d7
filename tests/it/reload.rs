//! What a reload leaves behind.

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
async fn after_a_reload_the_configuration_before_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::start(config(folder.path(), 0), Clock::system(), Metrics::new()).await.unwrap();
    let mut before: Vec<Weak<Config>> = Vec::new();
    for number in 1..=5 {
        before.push(Arc::downgrade(&daemon.config.load_full()));
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
