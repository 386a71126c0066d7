//! Tests crashes at named points.

use super::Process;
use crate::world::watch;

/// Publishes one more item for each of these points, lets the daemon crash there, and starts it again.
async fn crash_at(points: impl IntoIterator<Item = String>) {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let mut count = 0;
    for point in points {
        count += 1;
        process.publish(count);
        process.spawn_failing(&format!("{point}=abort"));
        let status = process.crashes(&point).await;
        assert_eq!(status.code(), None, "{point}: it ended by a signal");
        process.spawn();
        // It also handles signals then: an item may have arrived before the crash.
        process.site.served("/feed", process.site.times("/feed") + 1, super::LIMIT).await;
        process.arrived(count).await;
        assert_eq!(process.stop(), Some(0), "{point}\n{}", process.log());
    }
    process.spawn();
    process.lost_nothing(count).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_a_crash_before_any_of_the_first_commits_loses_nothing() {
    crash_at((1..=8).map(|times| format!("commit.before:{times}"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_a_crash_after_any_of_the_first_commits_loses_nothing() {
    crash_at((1..=8).map(|times| format!("commit.after:{times}"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_a_crash_around_an_attempt_or_a_visit_loses_nothing() {
    let points = ["visit.admitted", "attempt.begun", "attempt.sending", "attempt.sent", "attempt.settled"];
    crash_at(points.map(|point| format!("{point}:1"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_a_start_that_is_killed_within_migrations_is_resumed() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    std::fs::remove_dir_all(process.state_dir()).unwrap();
    let mut crashes = 0;
    loop {
        std::fs::write(process.path().with_file_name("log"), "").unwrap();
        // Each start commits two migrations, or one and the table of migrations, and crashes within the next.
        process.spawn_failing("migration:3=abort");
        let mut looks = tokio::time::interval(super::LOOK);
        while !process.has_ended() && !process.log().contains("watching") {
            looks.tick().await;
        }
        if !process.has_ended() {
            break;
        }
        assert_eq!(process.exit_status().code(), None, "{}", process.log());
        crashes += 1;
        assert!(crashes < 40, "no start gets further than the last\n{}", process.log());
    }
    assert!(crashes >= 5, "{crashes} crashes");
    process.site.served("/feed", process.site.times("/feed") + 2, super::LIMIT).await;
    process.publish(1);
    process.arrived(1).await;
    process.lost_nothing(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}
