//! Tests a store that is deleted, replaced or damaged while the daemon runs.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use super::process::Process;
use super::world::{TEXT, watch};

const OTHER: &str = "Another text with other words, about harbours, lamps and the price of ropes in winter.";

/// The longest time that any step may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A daemon that answers over HTTP, and its port.
async fn listening() -> (Process, u16) {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let port = process.listen_somewhere();
    process.spawn();
    process.site.served("/feed", process.site.times("/feed") + 2, LIMIT).await;
    (process, port)
}

impl Process {
    /// Enables HTTP for the next start; returns the port.
    pub fn listen_somewhere(&self) -> u16 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = std::fs::read_to_string(self.path()).unwrap();
        let text = text.replace("listen = \"\"", &format!("listen = \"127.0.0.1:{port}\""));
        std::fs::write(self.path(), text).unwrap();
        port
    }

    pub async fn sql(&self, statement: &'static str) {
        let address = format!("sqlite://{}", self.state("marsad.db").display());
        let mut connection = SqliteConnection::connect(&address).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// What health and status report about a problem that the log has named.
    fn trouble(&self, port: u16) -> (Value, Value, String) {
        let (status, health) = asked(port, "/healthz");
        assert_eq!(status, 200, "it lives: {health}");
        let (status, ready) = asked(port, "/readyz");
        assert_eq!(status, 503, "{ready}");
        let (code, output) = self.command(&["status"]);
        assert_eq!(code, Some(3), "{output}");
        (health, ready, output)
    }
}

pub fn asked(port: u16, path: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_store_is_reported_until_it_is_back_and_nothing_is_fetched_meanwhile() {
    let (mut process, port) = listening().await;
    let (path, away) = (process.state("marsad.db"), process.state("away"));
    std::fs::rename(&path, &away).unwrap();
    process.says("the store is missing").await;
    let (health, ready, output) = process.trouble(port);
    for text in [health.to_string(), ready.to_string(), output] {
        assert!(text.contains("marsad.db was deleted or moved away while marsad runs"), "{text}");
    }
    let asked_so_far = process.site.times("/feed");
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    let asked_again = process.site.served("/feed", asked_so_far + 1, LIMIT);
    // Several visits would have been made in this time.
    assert!(tokio::time::timeout(Duration::from_secs(3), asked_again).await.is_err(), "{}", process.log());
    std::fs::rename(&away, &path).unwrap();
    process.says("the store is sound and accepts writes again").await;
    process.letters(1).await;
    assert_eq!(asked(port, "/readyz").0, 200);
    assert_eq!(asked(port, "/healthz").1["status"], "ok");
    assert_eq!(process.command(&["status"]).0, Some(0));
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert_eq!(process.log().matches("the store is missing").count(), 1, "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_store_stops_the_daemon_and_the_next_start_opens_it_with_a_higher_epoch() {
    let (mut process, _) = listening().await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    std::fs::copy(process.state("marsad.db"), process.state("backup")).unwrap();
    process.spawn();
    process.site.served("/feed", process.site.times("/feed") + 2, LIMIT).await;
    std::fs::rename(process.state("backup"), process.state("marsad.db")).unwrap();
    assert_eq!(process.ended(), Some(75), "{}", process.log());
    let log = process.log();
    assert!(log.contains("marsad.db was replaced by another file while marsad runs"), "{log}");
    assert_eq!(log.matches("the store was replaced: marsad stops").count(), 1, "{log}");
    for beside in ["marsad.db-wal", "marsad.db-shm", "marsad.db-wal.replaced", "marsad.db-shm.replaced"] {
        assert!(!process.state(beside).exists(), "{beside} would be read into the new database");
    }
    process.spawn();
    process.site.feed("/feed", &[("two", "A second council", OTHER), ("one", "The council meets", TEXT)]);
    process.letters(2).await;
    assert!(process.bodies()[1]["data"]["epoch"].as_u64() > Some(1), "{}", process.bodies()[1]);
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let (code, output) = process.command(&["doctor"]);
    assert!(output.contains("store: intact"), "{code:?} {output}\n{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_a_dropped_table_is_named_and_a_start_rejects_the_store() {
    let (mut process, port) = listening().await;
    process.sql("drop table follow").await;
    process.says("the store is damaged").await;
    let (health, ready, output) = process.trouble(port);
    for text in [health.to_string(), ready.to_string(), output] {
        assert!(text.contains("the table `follow` is missing") && text.contains("restore a backup"), "{text}");
    }
    assert!(!process.has_ended(), "{}", process.log());
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    process.spawn();
    assert_eq!(process.ended(), Some(3), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_table_makes_the_store_sound_again() {
    let (mut process, port) = listening().await;
    process.sql("alter table follow rename to away").await;
    process.says("the store is damaged").await;
    process.trouble(port);
    process.sql("alter table away rename to follow").await;
    process.says("the store is sound and accepts writes again").await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_overwritten_database_pages_are_reported_with_the_remedy() {
    let (mut process, port) = listening().await;
    let file = std::fs::File::options().write(true).open(process.state("marsad.db")).unwrap();
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &vec![b'x'; length], 0).unwrap();
    // The write-ahead log hides it until a checkpoint.
    process.says("the store is damaged").await;
    let (health, ready, output) = process.trouble(port);
    for text in [health.to_string(), ready.to_string(), output] {
        assert!(text.contains("restore a backup"), "{text}");
    }
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_an_emptied_store_is_damaged() {
    let (mut process, port) = listening().await;
    std::fs::File::options().write(true).open(process.state("marsad.db")).unwrap().set_len(0).unwrap();
    process.says("the store is damaged").await;
    let (health, ..) = process.trouble(port);
    assert!(health.to_string().contains("marsad.db was emptied while marsad runs"), "{health}");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_can_never_be_stored_is_not_healthy() {
    let (mut process, port) = listening().await;
    process.sql("create trigger refuse before insert on sighting begin select no_such_function(); end").await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.says("cannot store the items of a visit").await;
    process.trouble(port);
    process.sql("drop trigger refuse").await;
    process.letters(1).await;
    process.says("the store is sound and accepts writes again").await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}
