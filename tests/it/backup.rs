//! Tests backups of a running daemon, and their restore.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::process::Process;
use super::world::{TEXT, watch};

const OTHER: &str = "Another text with other words, about harbours, lamps and the price of ropes in winter.";

/// An item whose words no other item has.
fn story(number: usize) -> (String, String, String) {
    let syllables = ["ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu"];
    let word = |at: usize| {
        let value = (number + 3) * 7_919 + (at + 1) * 104_729;
        [value, value / 15, value / 225, value / 3_375].map(|rest| syllables[rest % 15]).concat()
    };
    let text: Vec<String> = (0..40).map(word).collect();
    (format!("story-{number}"), format!("Council on {}", word(99)), text.join(" "))
}

fn publish(process: &Process, count: usize) {
    let stories: Vec<_> = (0..count).map(story).collect();
    let items: Vec<(&str, &str, &str)> =
        stories.iter().rev().map(|(id, title, text)| (id.as_str(), title.as_str(), text.as_str())).collect();
    process.site.feed("/feed", &items);
}

impl Process {
    /// Waits until so many different items have arrived.
    async fn titles(&self, count: usize) {
        let mut letters = self.bodies().len();
        loop {
            let mut titles: Vec<String> =
                self.bodies().iter().map(|body| body["data"]["item"]["url"].to_string()).collect();
            titles.sort();
            titles.dedup();
            if titles.len() >= count {
                return;
            }
            letters = letters.max(self.bodies().len()) + 1;
            self.letters(letters).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f34_every_backup_of_a_busy_daemon_restores_without_loss() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    let mut backups = Vec::new();
    for round in 1..=6 {
        publish(&process, round * 4);
        let file = process.state_dir().with_file_name(format!("backup-{round}.db"));
        let (code, output) = process.command(&["backup", file.to_str().unwrap()]);
        assert_eq!(code, Some(0), "{output}");
        assert!(output.contains("complete and verified") && output.contains("marsad restore"), "{output}");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        backups.push(file);
    }
    process.letters(24).await;
    let sent: Vec<String> = process.letter_ids();
    let first = backups[0].to_str().unwrap().to_owned();
    let (code, output) = process.command(&["backup", &first]);
    assert!(code == Some(2) && output.contains("--force"), "{output}");
    assert_eq!(process.command(&["backup", "--force", &first]).0, Some(0));
    let (code, output) = process.command(&["restore", &first]);
    assert!(code == Some(75) && output.contains("another marsad runs"), "{output}");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    for (number, file) in backups.iter().enumerate() {
        let (code, output) = process.command(&["restore", file.to_str().unwrap()]);
        assert_eq!(code, Some(0), "{output}");
        let wanted = ["epoch is now", "marsad deliveries resume", "the replaced database is"];
        assert!(wanted.iter().all(|words| output.contains(words)), "{number}: {output}");
        let (code, output) = process.command(&["doctor"]);
        let wanted = ["store: intact", "deliveries: all wait: the database was restored from"];
        assert!(code == Some(3) && wanted.iter().all(|words| output.contains(words)), "{number}: {output}");
        assert!(process.command(&["status"]).1.contains("all wait: the database was restored"), "{number}");
    }
    // The last backup is in use now: what it does not know is found again.
    process.sql("delete from meta where key = 'deliveries_paused'").await;
    process.spawn();
    publish(&process, 25);
    process.letters(sent.len() + 1).await;
    process.titles(25).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let last = process.bodies().pop().unwrap();
    assert!(last["data"]["epoch"].as_u64() > Some(1), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_finds_no_room_says_so_and_leaves_no_file() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT), ("two", "A second council", OTHER)]);
    process.letters(2).await;
    let folder = process.state_dir().with_file_name("backups");
    std::fs::create_dir(&folder).unwrap();
    let done = Command::new("prlimit")
        .args(["--fsize=40000:unlimited", env!("CARGO_BIN_EXE_marsad"), "backup", "--config"])
        .arg(process.path())
        .arg(folder.join("marsad.db"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{output}");
    assert!(output.contains("cannot write the backup") && output.contains("check free space"), "{output}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    let nowhere = folder.join("no folder/marsad.db");
    let (code, output) = process.command(&["backup", nowhere.to_str().unwrap()]);
    assert!(code == Some(1) && output.contains("no folder/marsad.db: "), "{output}");
    // The daemon did not notice.
    process.site.feed(
        "/feed",
        &[("three", "A third council", "Words about glass, clocks and a tower that leans a little more every year.")],
    );
    process.letters(3).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    // Without a daemon, the database has no log and can be backed up too.
    let (code, output) = process.command(&["backup", folder.join("stopped.db").to_str().unwrap()]);
    assert_eq!(code, Some(0), "{output}");
    assert!(process.command(&["doctor"]).1.contains("backup: the last one was made"), "it is recorded");
}
