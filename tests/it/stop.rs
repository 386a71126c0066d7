//! Tests that marsad stops in time although its output is not read.

use std::fs::File;
use std::io::{PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::process::Stdio;
use std::time::Duration;

use marsad::clock::Clock;
use marsad::store::{DeliveryState, Store};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::process::Process;
use super::world::{TEXT, watch};

/// The longest time from SIGTERM to the exit.
const CONTRACT: Duration = Duration::from_secs(15);

/// A full pipe, whose reader does not read.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    fill(&mut writer);
    (reader, writer)
}

fn fill(mut writer: &mut (impl AsFd + std::io::Write)) {
    let flags = fcntl_getfl(&mut writer).unwrap();
    fcntl_setfl(&mut writer, flags | OFlags::NONBLOCK).unwrap();
    for size in [4_096, 1] {
        while writer.write(&vec![b'x'; size]).is_ok() {}
    }
    fcntl_setfl(&mut writer, flags).unwrap();
}

/// Publishes an item for a channel, waits until an attempt at it is in flight, stops, and looks at what is left.
async fn stops_in_time(process: &mut Process) {
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    let state_dir = process.state_dir();
    let begun = async {
        let store = Store::open_shared(&state_dir).await.unwrap();
        while !store.counts().await.unwrap().deliveries.contains_key(&DeliveryState::Inflight) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), begun).await.unwrap();
    let watch = Clock::system().stopwatch();
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert!(watch.elapsed() < CONTRACT, "{:?}\n{}", watch.elapsed(), process.log());
    let left = Store::open_shared(&state_dir).await.unwrap().counts().await.unwrap().deliveries;
    assert_eq!(left, [(DeliveryState::Pending, 1)].into(), "nothing stays in flight");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unread_print_channel_does_not_delay_the_stop() {
    let screen = "\n[[channel]]\nid = \"screen\"\nprint = true\n";
    let mut process = Process::start(&format!("{screen}{}", watch("all", "council", &["screen"]))).await;
    assert_eq!(process.stop(), Some(0));
    let (_reader, writer) = full_pipe();
    process.spawn_into(writer.into(), process.log_file());
    stops_in_time(&mut process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unread_pipe_does_not_delay_the_stop() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
    let mut reader = File::options().read(true).write(true).open(&path).unwrap();
    fill(&mut reader);
    let pipe = format!("\n[[channel]]\nid = \"pipe\"\nfile = {path:?}\n");
    let mut process = Process::start(&format!("{pipe}{}", watch("all", "council", &["pipe"]))).await;
    stops_in_time(&mut process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unread_log_does_not_delay_the_stop() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0));
    let (_reader, writer) = full_pipe();
    process.spawn_into(Stdio::null(), writer.into());
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    let watch = Clock::system().stopwatch();
    assert_eq!(process.stop(), Some(0));
    assert!(watch.elapsed() < CONTRACT, "{:?}", watch.elapsed());
}
