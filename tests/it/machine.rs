//! Tests a daemon that lacks a resource of the machine, and a missing store.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use super::damage::asked;
use super::process::{Process, lively};
use super::world::{TEXT, watch};

/// The longest time that any step may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

const OTHER: &str = "Another text with other words, about harbours, lamps and the price of ropes in winter.";

impl Process {
    pub fn state(&self, file: &str) -> PathBuf {
        self.path().with_file_name("state").join(file)
    }

    /// Waits until the log contains this.
    pub async fn says(&self, words: &str) {
        let mut looks = tokio::time::interval(Duration::from_millis(50));
        let logged = async {
            while !self.log().contains(words) {
                looks.tick().await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, logged).await.is_ok(), "waited in vain for {words:?}\n{}", self.log());
    }

    /// Runs a command while the daemon runs; returns its exit code and output.
    pub fn command(&self, command: &[&str]) -> (Option<i32>, String) {
        let done = Command::new(env!("CARGO_BIN_EXE_marsad"))
            .args(command)
            .arg("--config")
            .arg(self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let output = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8_lossy(&output).into_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_a_deleted_store_exits_with_3_unless_a_new_store_is_requested() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let log = std::fs::metadata(process.state("marsad.db-wal"));
    assert_eq!(log.map_or(0, |log| log.len()), 0, "a clean stop leaves nothing in the write-ahead log");
    std::fs::remove_file(process.state("marsad.db")).unwrap();
    process.spawn();
    assert_eq!(process.ended(), Some(3), "{}", process.log());
    let log = process.log();
    assert!(log.contains("marsad.db is missing") && log.contains("marsad run --new-store"), "{log}");
    for command in [&["visit", "--commit"][..], &["status"]] {
        let (code, output) = process.command(command);
        assert_eq!((code, output.contains("--new-store")), (Some(3), true), "{command:?}: {output}");
    }
    assert_eq!(process.command(&["visit", "--commit", "--new-store"]).0, Some(0));
    process.spawn();
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    assert_eq!(process.bodies()[0]["data"]["epoch"], 2);
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_manager_requests_a_new_store_by_the_environment() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    std::fs::remove_file(process.state("marsad.db")).unwrap();
    let mut renewed = Command::new(env!("CARGO_BIN_EXE_marsad"));
    renewed.env("MARSAD_NEW_STORE", "1");
    let (stdout, stderr) = (process.log_file(), process.log_file());
    process.spawn_by(renewed, stdout, stderr);
    process.site.served("/feed", process.site.times("/feed") + 1, LIMIT).await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    assert_eq!(process.bodies()[0]["data"]["epoch"], 2);
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f18_a_full_disk_stops_visits_and_loses_nothing() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    let limit = Rlimit { current: Some(0), maximum: None };
    let before = prlimit(Some(process.pid()), Resource::Fsize, limit).unwrap();
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    // Nothing can be stored: several visits and writes fail meanwhile.
    assert!(tokio::time::timeout(Duration::from_secs(3), process.letters(1)).await.is_err(), "{}", process.log());
    prlimit(Some(process.pid()), Resource::Fsize, before).unwrap();
    process.letters(1).await;
    let second = ("two", "A second council", OTHER);
    process.site.feed("/feed", &[second, ("one", "The council meets", TEXT)]);
    process.letters(2).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert_eq!(process.command(&["doctor", "--quick"]).1.matches("store: intact").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn f18_a_start_without_disk_space_waits_and_continues_when_there_is_some() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    std::fs::remove_file(process.state("marsad.lock")).ok();
    let port = process.listen_somewhere();
    let mut limited = Command::new("prlimit");
    limited.args(["--fsize=20000:unlimited", env!("CARGO_BIN_EXE_marsad")]);
    std::fs::write(process.path().with_file_name("log"), "").unwrap();
    let (stdout, stderr) = (process.log_file(), process.log_file());
    process.spawn_by(limited, stdout, stderr);
    process.says("cannot open the store yet; marsad waits and tries again").await;
    process.says("check free space, quota and the file size limit").await;
    let (health, ready) = (asked(port, "/healthz"), asked(port, "/readyz"));
    assert_eq!((health.0, ready.0), (200, 503), "{health:?} {ready:?}");
    assert!(health.1["status"] == "starting" && ready.1["status"] == "starting", "{health:?} {ready:?}");
    assert!(ready.1["reasons"][0].as_str().unwrap().contains("file size limit"), "{ready:?}");
    let (code, output) = process.command(&["status"]);
    assert!(code == Some(3) && output.contains("is starting and waits: store: cannot be opened yet"), "{output}");
    let unlimited = Rlimit { current: None, maximum: None };
    prlimit(Some(process.pid()), Resource::Fsize, unlimited).unwrap();
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f18_healthz_names_the_store_on_a_full_disk() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let port = process.listen_somewhere();
    process.spawn();
    process.site.served("/feed", process.site.times("/feed") + 2, LIMIT).await;
    assert_eq!(asked(port, "/healthz").1["status"], "ok");
    let full = Rlimit { current: Some(0), maximum: None };
    let before = prlimit(Some(process.pid()), Resource::Fsize, full).unwrap();
    let answer = health(port, |health| health["status"] == "degraded").await;
    let named = answer["degraded"][0].as_str().unwrap();
    assert!(named.starts_with("store: cannot be written: ") && named.contains("check free space"), "{answer}");
    assert_eq!(asked(port, "/readyz").0, 503);
    prlimit(Some(process.pid()), Resource::Fsize, before).unwrap();
    health(port, |health| health["status"] == "ok").await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

/// The answer of /healthz as soon as it is as expected.
async fn health(port: u16, expected: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    let mut looks = tokio::time::interval(Duration::from_millis(200));
    let mut last = serde_json::Value::Null;
    let answered = async {
        while !expected(&last) {
            looks.tick().await;
            let (status, health) = asked(port, "/healthz");
            assert_eq!(status, 200, "{health}");
            last = health;
        }
    };
    let came = tokio::time::timeout(LIMIT, answered).await.is_ok();
    assert!(came, "{last}");
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn new_files_in_the_state_folder_are_private_and_existing_ones_keep_their_mode() {
    use std::os::unix::fs::PermissionsExt;
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let names = ["marsad.db", "marsad.db-wal", "marsad.db-shm", "marsad.lock", "marsad.epoch", "last-good.toml"];
    assert_eq!(names.map(|name| mode(process.state(name))), [0o600; 6]);
    assert_eq!(mode(process.state_dir()) & 0o027, 0);
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    // An operator lets a group read it.
    std::fs::set_permissions(process.state("marsad.db"), std::fs::Permissions::from_mode(0o640)).unwrap();
    process.spawn();
    process.site.served("/feed", process.site.times("/feed") + 1, LIMIT).await;
    assert_eq!(["marsad.db", "marsad.db-wal"].map(|name| mode(process.state(name))), [0o640; 2]);
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_without_file_handles_is_not_rejected_and_succeeds_when_there_are_some() {
    let council = watch("all", "council", &["desk"]);
    let mut process = Process::start(&council).await;
    process.site.feed("/paper", &[("old", "Something else", "An older text.")]);
    let limit = Rlimit { current: Some(3), maximum: getrlimit(Resource::Nofile).maximum };
    let before = prlimit(Some(process.pid()), Resource::Nofile, limit).unwrap();
    process.watch_also(&format!("{}{council}", lively("paper", "/paper")));
    process.send(Signal::HUP);
    process.says("the configuration cannot be read; the running configuration stays").await;
    // Two further tries fail meanwhile.
    let tried = process.site.served("/paper", 1, LIMIT);
    assert!(tokio::time::timeout(Duration::from_secs(11), tried).await.is_err(), "{}", process.log());
    prlimit(Some(process.pid()), Resource::Nofile, before).unwrap();
    process.site.served("/paper", 1, LIMIT).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let log = process.log();
    assert!(!log.contains("configuration is rejected") && log.contains("the configuration is applied"), "{log}");
    assert_eq!(log.matches("the configuration cannot be read").count(), 1, "{log}");
}

/// Service managers do not repeat a start that exits with 78: marsad would stay down when the handles are back.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_file_handles_never_exits_as_an_invalid_configuration() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    std::fs::remove_file(process.state("last-good.toml")).unwrap();
    let mut waited = false;
    for handles in 8..36 {
        let mut limited = Command::new("prlimit");
        limited.args([&format!("--nofile={handles}:1024"), env!("CARGO_BIN_EXE_marsad")]);
        std::fs::write(process.path().with_file_name("log"), "").unwrap();
        let (stdout, stderr) = (process.log_file(), process.log_file());
        process.spawn_by(limited, stdout, stderr);
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        while !process.has_ended() && !["waits and tries again", "watching"].iter().any(|w| process.log().contains(w)) {
            looks.tick().await;
        }
        waited |= process.log().contains("cannot read the configuration yet");
        if !process.has_ended() {
            kill_process(process.pid(), Signal::KILL).unwrap();
        }
        let ended = process.ended();
        assert_ne!(ended, Some(78), "with {handles} handles:\n{}", process.log());
    }
    assert!(waited, "some number of handles is enough to start and too few to read the configuration");
}
