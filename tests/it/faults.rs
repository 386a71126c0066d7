//! Tests faults of the machine that reach the store: a read-only disk, a foreign lock, a damaged file, a second daemon, a
//! long backlog. The names begin with the number of the fault.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use sqlx::{Connection, SqliteConnection};

use super::damage::asked;
use super::process::{Process, lively};
use super::world::{TEXT, watch};

/// The longest time that any step may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A daemon that delivered one item and stopped, with a log of its own from now on.
async fn stopped() -> Process {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    std::fs::write(process.path().with_file_name("log"), "").unwrap();
    process
}

/// A second item after the fault, and a sound database.
async fn goes_on(process: &mut Process) {
    let other = "Another text with other words, about harbours, lamps and the price of ropes in winter.";
    process.site.feed("/feed", &[("two", "A second council", other), ("one", "The council meets", TEXT)]);
    process.letters(2).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let mut ids = process.letter_ids();
    ids.dedup();
    assert_eq!(ids.len(), 2, "{}", process.log());
    let (_, output) = process.command(&["doctor"]);
    assert!(output.contains("store: intact"), "{output}");
}

/// A mount of its own needs root, or user namespaces.
fn may_mount() -> bool {
    let tried = Command::new("unshare").args(["-m", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn f19_on_a_read_only_disk_a_start_waits_names_it_and_changes_nothing() {
    if !may_mount() {
        eprintln!("skipped: this user must not mount file systems");
        return;
    }
    let mut process = stopped().await;
    let script = "mount --bind \"$STATE\" \"$STATE\" && mount -o remount,bind,ro \"$STATE\" && exec \"$@\"";
    let mut read_only = Command::new("unshare");
    read_only.args(["-m", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_marsad")]).env("STATE", process.state_dir());
    let before = std::fs::read(process.state("marsad.db")).unwrap();
    process.spawn_by(read_only, process.log_file(), process.log_file());
    process.says("cannot open the store yet; marsad waits and tries again").await;
    process.says("read-only").await;
    assert!(!process.has_ended(), "{}", process.log());
    // A backup from the read-only folder to another one.
    let target = process.path().with_file_name("backup.db");
    let done = Command::new("unshare")
        .args(["-m", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_marsad"), "backup"])
        .arg(&target)
        .arg("--config")
        .arg(process.path())
        .env("STATE", process.state_dir())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert!(done.status.success() && output.contains("1 delivery"), "{output}");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert_eq!(std::fs::read(process.state("marsad.db")).unwrap(), before);
    process.spawn();
    goes_on(&mut process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f20_a_foreign_lock_delays_the_daemon_and_loses_nothing() {
    let mut process = stopped().await;
    let port = process.listen_somewhere();
    process.spawn();
    process.site.served("/feed", process.site.times("/feed") + 2, LIMIT).await;
    let address = format!("sqlite://{}", process.state("marsad.db").display());
    let mut foreign = SqliteConnection::connect(&address).await.unwrap();
    sqlx::raw_sql("begin immediate").execute(&mut foreign).await.unwrap();
    let other = "Another text with other words, about harbours, lamps and the price of ropes in winter.";
    process.site.feed("/feed", &[("two", "A second council", other), ("one", "The council meets", TEXT)]);
    // Longer than the busy timeout, and than a write may take before health reports it.
    let arrived = tokio::time::timeout(Duration::from_secs(16), process.letters(2)).await;
    assert!(arrived.is_err(), "{}", process.log());
    let (status, ready) = asked(port, "/readyz");
    assert!(status == 503 && ready.to_string().contains("a write within"), "{ready}");
    sqlx::raw_sql("commit").execute(&mut foreign).await.unwrap();
    foreign.close().await.unwrap();
    goes_on(&mut process).await;
}

/// One way to damage the file of a stopped daemon.
type Damage = fn(&Path);

fn write_at(path: &Path, at: u64, bytes: &[u8]) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, bytes, at).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_a_damaged_file_stops_the_start_with_its_name_and_remedy_and_is_not_overwritten() {
    let mut process = stopped().await;
    let path = process.state("marsad.db");
    let good = std::fs::read(&path).unwrap();
    let damages: [(&str, Damage); 4] = [
        ("the header is zero", |path| write_at(path, 0, &[0; 100])),
        ("one byte of the first page is flipped", |path| write_at(path, 100, &[0xff])),
        ("a page in the middle is overwritten", |path| write_at(path, 2 * 4_096, &[0xff; 4_096])),
        ("the file ends in the middle of a page", |path| {
            let length = std::fs::metadata(path).unwrap().len();
            std::fs::File::options().write(true).open(path).unwrap().set_len(length - 5_000).unwrap();
        }),
    ];
    for (name, damage) in damages {
        std::fs::write(&path, &good).unwrap();
        damage(&path);
        let bad = std::fs::read(&path).unwrap();
        std::fs::write(process.path().with_file_name("log"), "").unwrap();
        process.spawn();
        assert_eq!(process.ended(), Some(3), "{name}: {}", process.log());
        let log = process.log();
        assert!(log.contains("marsad.db is damaged") && log.contains("restore a backup"), "{name}: {log}");
        let (code, output) = process.command(&["doctor", "--quick"]);
        assert!(code == Some(3) && output.contains("restore a backup"), "{name}: {output}");
        assert!(std::fs::read(&path).unwrap() == bad, "{name}: the file was changed");
    }
    std::fs::write(&path, &good).unwrap();
    // SQLite makes a new index of its log.
    std::fs::write(process.state("marsad.db-shm"), [0xff; 32_768]).unwrap();
    process.spawn();
    goes_on(&mut process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_without_its_write_ahead_log_a_killed_daemon_starts_again_and_repeats_no_other_id() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    process.send(rustix::process::Signal::KILL);
    process.ended();
    std::fs::remove_file(process.state("marsad.db-wal")).unwrap();
    std::fs::write(process.path().with_file_name("log"), "").unwrap();
    process.spawn();
    // Nothing of the last seconds was in the file itself; the start says what it found.
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    while !process.has_ended() && !process.log().contains("watching 1 source for 1 watch, alerting 2 channels") {
        looks.tick().await;
    }
    let log = process.log();
    assert!(!process.has_ended() || log.contains("--new-store") || log.contains("restore a backup"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f32_a_second_daemon_on_one_state_folder_exits_with_75_and_does_not_disturb_the_first() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    let (code, output) = process.command(&["run"]);
    assert!(code == Some(75) && output.contains("another marsad runs on this state folder"), "{output}");
    let (code, output) = process.command(&["doctor", "--compact"]);
    assert!(code == Some(75) && output.contains("stop it first"), "{output}");
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

const BACKLOG: &str = "
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
    insert into delivery (id, alert, channel_id, recipient, seq, state, made_at, next_attempt_at, body)
    select printf('msg_%026d', n.i), d.alert, 'desk', printf('r%d', n.i), d.seq + n.i, 'pending', d.made_at, d.made_at, d.body
    from n, (select * from delivery order by seq desc limit 1) d;
    update channel set next_seq = next_seq + 10000 where id = 'desk'";

#[tokio::test(flavor = "multi_thread")]
async fn f38_with_ten_thousand_pending_deliveries_a_start_is_quick_small_and_visits_sources() {
    let mut process = stopped().await;
    process.sql(BACKLOG).await;
    process.watch_also(&format!("{}{}", lively("paper", "/paper"), watch("all", "council", &["desk"])));
    process.site.feed("/paper", &[("old", "Something else", "An older text.")]);
    let began = marsad::clock::Clock::system().stopwatch();
    process.spawn();
    process.says("watching 2 sources").await;
    // 3 s are promised for a release build on an idle machine.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    process.site.served("/paper", 3, LIMIT).await;
    process.letters(200).await;
    assert!(process.peak_kib() < 150 * 1_024, "{} KiB", process.peak_kib());
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let bodies = process.bodies();
    assert!(bodies.len() < 10_000, "the backlog was still there while sources were visited");
}
