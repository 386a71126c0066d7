//! Tests the checks of `marsad doctor`.

use std::os::unix::fs::DirBuilderExt as _;

use super::*;
use crate::store::{DeliveryState, StoreCounts};

#[test]
fn a_full_disk_is_bad_and_a_filling_one_a_warning() {
    assert_eq!(space(5 << 20, 1_000, 10_000).tone, Tone::Bad);
    assert_eq!(space(500 << 20, 1_000, 10_000).tone, Tone::Warn);
    assert_eq!(space(5 << 30, 1_000, 10_000).tone, Tone::Ok);
    assert_eq!(space(5 << 30, 3, 10_000).tone, Tone::Bad);
    // btrfs counts no inodes.
    assert_eq!(space(5 << 30, 0, 0).tone, Tone::Ok);
}

#[test]
fn deliveries_in_flight_without_a_daemon_are_a_warning() {
    let counts =
        |in_flight| StoreCounts { deliveries: [(DeliveryState::Inflight, in_flight)].into(), ..StoreCounts::default() };
    assert_eq!(database::outbox(&counts(1), true).tone, Tone::Ok);
    assert_eq!(database::outbox(&counts(0), false).tone, Tone::Ok);
    let found = database::outbox(&counts(1), false);
    assert!(found.tone == Tone::Warn && found.text.contains("1 in flight"), "{found:?}");
}

fn config(folder: &Path, listen: &str) -> Config {
    let path = folder.join("marsad.toml");
    let text = format!(
        "state_dir = {:?}\n[http]\nlisten = \"{listen}\"\n[[source]]\nid = \"a\"\nfeed = \"https://a.org/\"\n\
         [[channel]]\nid = \"ops\"\nprint = true\n[[watch]]\nid = \"w\"\nany = [\"x\"]\nalert = [\"ops\"]\n",
        folder.join("state")
    );
    fs::write(&path, text).unwrap();
    Config::load(Some(&path)).unwrap_or_else(|report| panic!("{report}"))
}

#[tokio::test]
async fn a_port_that_another_program_uses_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = other.local_addr().unwrap();
    let answering = tokio::spawn(async move { while other.accept().await.is_ok() {} });
    let config = config(folder.path(), &address.to_string());
    let found = port(&config).await.unwrap();
    assert_eq!(found.tone, Tone::Bad);
    assert!(found.text.starts_with(&format!("http.listen {address} is in use")), "{}", found.text);
    answering.abort();
    answering.await.unwrap_err();
    assert_eq!(port(&config).await.map(|found| found.tone), Some(Tone::Ok));
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    let daemon = fs::File::create(state.join("marsad.lock")).unwrap();
    daemon.lock().unwrap();
    assert_eq!(port(&config).await, None, "it is the port of the running daemon");
}

#[test]
fn a_state_folder_that_cannot_be_created_is_bad() {
    let place = tempfile::tempdir().unwrap();
    let wanted = place.path().join("var/marsad");
    assert_eq!(folder(&wanted).tone, Tone::Warn);
    fs::write(place.path().join("var"), "").unwrap();
    assert_eq!(folder(&wanted).tone, Tone::Bad);
    let closed = place.path().join("closed");
    fs::DirBuilder::new().mode(0o500).create(&closed).unwrap();
    // Root may write everywhere.
    let expected = if rustix::process::geteuid().is_root() { Tone::Warn } else { Tone::Bad };
    assert_eq!(folder(&closed.join("marsad")).tone, expected);
}

#[test]
fn a_clock_that_was_set_back_is_found() {
    assert_eq!(clock_against(3_600).tone, Tone::Bad);
    assert_eq!(clock_against(-5).tone, Tone::Ok);
}
