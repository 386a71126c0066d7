//! Tests loops that hang or panic, starts that fail, and signals that come in numbers.

use std::process::Command;
use std::time::Duration;

use marsad::clock::Clock;
use marsad::loopback::receiver::ScriptedReply;
use rustix::process::Signal;

use super::{LIMIT, Process};
use crate::process::lively;
use crate::site::Rude;
use crate::world::watch;

#[tokio::test(flavor = "multi_thread")]
async fn f28_a_hanging_scheduler_silences_the_watchdog_and_loses_nothing() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    process.publish(1);
    let path = process.path().with_file_name("notify");
    let socket = tokio::net::UnixDatagram::bind(&path).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
    // It notifies every 4 s while every loop has ticked within 8 s.
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "16000000").env("MARSAD_FAULT", "scheduler.round:1=hang");
    process.spawn_by(command, process.log_file(), process.log_file());
    let mut message = vec![0; 4_096];
    let mut pings = 0;
    let silent = async {
        while !process.log().contains("the watchdog is no longer pinged") {
            let received = tokio::time::timeout(Duration::from_secs(1), socket.recv(&mut message)).await;
            let Ok(Ok(length)) = received else { continue };
            pings += String::from_utf8_lossy(&message[..length]).matches("WATCHDOG=1").count();
        }
        while let Ok(received) = tokio::time::timeout(Duration::from_secs(6), socket.recv(&mut message)).await {
            let length = received.unwrap();
            assert!(!String::from_utf8_lossy(&message[..length]).contains("WATCHDOG=1"), "it pings while it hangs");
        }
    };
    assert!(tokio::time::timeout(LIMIT, silent).await.is_ok(), "{}", process.log());
    assert!(pings > 0, "it pings before it hangs");
    // As systemd does after WatchdogSec.
    process.send(Signal::ABORT);
    process.crashes("the watchdog").await;
    process.spawn();
    process.arrived(1).await;
    process.lost_nothing(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f29_a_panic_in_any_task_loses_nothing_and_stops_nothing_else() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let points = ["channel.round:3", "document.parsing:1", "attempt.sending:1", "visit.begun:1"];
    for (n, point) in points.into_iter().enumerate() {
        process.publish(n + 1);
        process.spawn_failing(&format!("{point}=panic"));
        let name = point.split(':').next().unwrap();
        process.says(&format!("the fault point {name} was reached")).await;
        process.arrived(n + 1).await;
        assert_eq!(process.stop(), Some(0), "{point}\n{}", process.log());
    }
    let log = process.log();
    for contained in ["the loop of a channel panicked and restarts", "a visit panicked; it is repeated"] {
        assert!(log.contains(contained), "{contained}\n{log}");
    }
    process.spawn();
    process.lost_nothing(points.len()).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f30_ten_starts_on_a_damaged_store_send_nothing_and_lose_nothing() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    process.receiver().answer_with([ScriptedReply::status(500)]);
    process.publish(1);
    process.letters(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let (store, sound) = (process.state("marsad.db"), process.state("sound"));
    std::fs::copy(&store, &sound).unwrap();
    let mut bytes = std::fs::read(&store).unwrap();
    bytes[..100].fill(0);
    std::fs::write(&store, &bytes).unwrap();
    for _ in 0..10 {
        process.spawn();
        assert_eq!(process.ended(), Some(3), "{}", process.log());
    }
    assert_eq!(process.receiver().letters().len(), 1, "a start that fails makes no attempt");
    assert_eq!(std::fs::read(&store).unwrap(), bytes, "the damaged file is not overwritten");
    std::fs::copy(&sound, &store).unwrap();
    process.spawn();
    process.letters(2).await;
    process.lost_nothing(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[test]
fn f30_the_unit_gives_up_after_ten_starts_and_at_once_on_a_damaged_store() {
    let unit = include_str!("../../../deploy/systemd/marsad.service");
    for line in ["StartLimitBurst=10", "RestartPreventExitStatus=3 78", "WatchdogSec=60"] {
        assert!(unit.lines().any(|own| own == line), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f31_a_flood_of_sighup_is_coalesced_and_loses_no_edit() {
    let council = watch("all", "council", &["desk"]);
    let mut process = Process::start(&council).await;
    process.site.feed("/paper", &[("old", "Something else", "An older text.")]);
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    for n in 0..300 {
        ticks.tick().await;
        if n == 150 {
            process.watch_also(&format!("{}{council}", lively("paper", "/paper")));
        }
        process.send(Signal::HUP);
    }
    process.says("the configuration is applied").await;
    process.site.served("/paper", 2, LIMIT).await;
    process.publish(1);
    process.arrived(1).await;
    let log = process.log();
    let (applied, unchanged) = (log.matches("the configuration is applied"), log.matches("valid again and unchanged"));
    let (applied, unchanged) = (applied.count(), unchanged.count());
    eprintln!("300 signals caused {} readings", applied + unchanged);
    assert!(applied == 1 && unchanged < 20, "300 signals within 3 s caused {applied} + {unchanged} readings");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f31_a_stop_waits_ten_seconds_for_a_receiver_and_a_second_signal_ends_it_at_once() {
    let hole = Rude::falling_silent_after(b"").await;
    let channel = format!("\n[[channel]]\nid = \"hole\"\nwebhook = \"{}\"\n", hole.url("/hook"));
    let mut process = Process::start(&format!("{channel}{}", watch("all", "council", &["hole"]))).await;
    process.publish(1);
    process.deliveries_are(|delivery| delivery["state"] == "inflight").await;
    let clock = Clock::system().stopwatch();
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert!(clock.elapsed() < Duration::from_secs(15), "{:?}", clock.elapsed());
    process.deliveries_are(|delivery| delivery["state"] == "pending").await;
    std::fs::write(process.path().with_file_name("log"), "").unwrap();
    process.spawn();
    process.deliveries_are(|delivery| delivery["state"] == "inflight").await;
    let clock = Clock::system().stopwatch();
    process.send(Signal::TERM);
    process.says("stopping; visits and deliveries under way may finish").await;
    process.send(Signal::TERM);
    process.crashes("the second signal").await;
    assert!(clock.elapsed() < Duration::from_secs(8), "{:?}\n{}", clock.elapsed(), process.log());
    let lost = process.deliveries();
    assert_eq!(lost.len(), 1, "{lost:?}");
}
