//! Tests a daemon that gets few handles, or no notice of changed files.

use std::net::TcpStream;
use std::process::Command;

use rustix::process::Signal;

use super::{LIMIT, Process};
use crate::process::lively;
use crate::world::watch;

#[tokio::test(flavor = "multi_thread")]
async fn f24_with_64_file_handles_everything_still_flows() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let sources: String = (0..40).map(|n| lively(&format!("more-{n}"), &format!("/more-{n}"))).collect();
    (0..40).for_each(|n| process.site.feed(&format!("/more-{n}"), &[("old", "Something else", "An older text.")]));
    process.watch_also(&format!("{sources}{}", watch("all", "council", &["desk"])));
    let port = process.listen_somewhere();
    let mut limited = Command::new("prlimit");
    limited.args(["--nofile=64:64", env!("CARGO_BIN_EXE_marsad")]);
    process.spawn_by(limited, process.log_file(), process.log_file());
    process.site.served("/feed", process.site.times("/feed") + 1, LIMIT).await;
    // More clients than handles are left.
    let clients: Vec<_> = (0..60).filter_map(|_| TcpStream::connect(("127.0.0.1", port)).ok()).collect();
    assert!(clients.len() > 40, "{} clients", clients.len());
    for count in 1..=3 {
        process.publish(count);
        process.arrived(count).await;
    }
    drop(clients);
    process.deliveries_are(|delivery| delivery["state"] == "delivered").await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert!(!process.log().contains("panicked"), "{}", process.log());
}

/// Runs the daemon in a user namespace that has no inotify; none where the machine permits no user namespace.
fn without_inotify() -> Option<Command> {
    const LIMIT: &str = "echo 0 > /proc/sys/user/max_inotify_instances";
    let permitted = Command::new("unshare").args(["--user", "--map-root-user", "sh", "-c", LIMIT]).output();
    if !permitted.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", &format!("{LIMIT}; exec \"$0\" \"$@\"")]);
    command.arg(env!("CARGO_BIN_EXE_marsad"));
    Some(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_without_inotify_an_edit_is_found_by_a_signal_and_by_polling() {
    let council = watch("all", "council", &["desk"]);
    let mut process = Process::start(&council).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let Some(command) = without_inotify() else { return };
    for paper in ["/paper", "/second"] {
        process.site.feed(paper, &[("old", "Something else", "An older text.")]);
    }
    process.spawn_by(command, process.log_file(), process.log_file());
    process.site.served("/feed", process.site.times("/feed") + 1, LIMIT).await;
    process.watch_also(&format!("{}{council}", lively("paper", "/paper")));
    process.send(Signal::HUP);
    process.site.served("/paper", 1, LIMIT).await;
    // Nothing but the look every 30 s finds this one.
    process.watch_also(&format!("{}{council}", lively("second", "/second")));
    process.site.served("/second", 1, LIMIT).await;
    process.publish(1);
    process.arrived(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_an_edit_among_more_events_than_the_queue_holds_is_found() {
    let council = watch("all", "council", &["desk"]);
    let mut process = Process::start(&council).await;
    process.site.feed("/paper", &[("old", "Something else", "An older text.")]);
    // The queue holds fs.inotify.max_queued_events, 16,384 by default; a stopped process reads none of them.
    process.send(Signal::STOP);
    let other = process.path().with_file_name("other.txt");
    (0..20_000).for_each(|n| {
        let name = if n % 2 == 0 { other.clone() } else { other.with_extension("new") };
        std::fs::write(name, "x").unwrap();
    });
    process.watch_also(&format!("{}{council}", lively("paper", "/paper")));
    process.send(Signal::CONT);
    process.site.served("/paper", 1, LIMIT).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}
