//! Tests marsad as a separate process: signals, reloads, log, exit code.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use marsad::clock::Clock;
use marsad::loopback::mailbox::Mailbox;
use marsad::loopback::receiver::WebhookReceiver;
use rustix::process::{Pid, Signal, kill_process};

use super::site::{Page, Site};
use super::world::{SECRET, TEXT, configuration, private, watch};

/// The longest time that any step may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A daemon with its own folder; killed when it is dropped.
pub struct Process {
    pub site: Site,
    receiver: WebhookReceiver,
    mailbox: Mailbox,
    folder: tempfile::TempDir,
    child: Option<Child>,
}

impl Process {
    /// A site with a quiet feed, a receiver, a mailbox, and a daemon that watches them.
    pub async fn start(watches: &str) -> Self {
        let clock = Clock::system();
        let (site, receiver) = (Site::open().await, WebhookReceiver::open(&clock, Some(SECRET)).await.unwrap());
        let mailbox = Mailbox::open(&clock).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        private(&folder.path().join("secret"), SECRET);
        site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there before the first visit.")]);
        let mut process = Self { site, receiver, mailbox, folder, child: None };
        process.write(&format!("{}{watches}", lively("wire", "/feed")));
        process.spawn();
        process.site.served("/feed", 2, LIMIT).await;
        process
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("marsad.toml")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Writes a configuration to a new file and renames it into place, as editors do.
    pub fn write(&self, more: &str) {
        let text = configuration(self.folder.path(), &self.site, &self.receiver, &self.mailbox, more);
        let new = self.folder.path().join("marsad.toml.new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, self.path()).unwrap();
    }

    /// Adds this to the configuration of the first feed.
    pub fn watch_also(&self, more: &str) {
        self.write(&format!("{}{more}", lively("wire", "/feed")));
    }

    /// The highest memory use of the daemon so far.
    pub fn peak_kib(&self) -> u64 {
        let pid = self.child.as_ref().unwrap().id();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// The folder of the daemon's store.
    pub fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// A handle to the file that [`Process::log`] reads.
    pub fn log_file(&self) -> Stdio {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"));
        log.unwrap().into()
    }

    pub fn spawn(&mut self) {
        self.spawn_into(self.log_file(), self.log_file());
    }

    /// Starts the daemon with these for its standard output and its log.
    pub fn spawn_into(&mut self, stdout: Stdio, stderr: Stdio) {
        self.spawn_by(Command::new(env!("CARGO_BIN_EXE_marsad")), stdout, stderr);
    }

    /// Starts the daemon by a command to which its arguments are added.
    pub fn spawn_by(&mut self, mut command: Command, stdout: Stdio, stderr: Stdio) {
        let child = command
            .args(["run", "--log-level", "trace", "--config"])
            .arg(self.path())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    pub fn send(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(self.child.as_ref().unwrap())
    }

    /// True if it has exited by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.as_mut().unwrap().try_wait().unwrap().is_some()
    }

    /// Its exit code after it has exited by itself.
    pub fn ended(&mut self) -> Option<i32> {
        self.child.take().unwrap().wait().unwrap().code()
    }

    /// How it ended, after it has ended by itself.
    pub fn exit_status(&mut self) -> ExitStatus {
        self.child.take().unwrap().wait().unwrap()
    }

    /// The receiver of the channel `desk`.
    pub fn receiver(&self) -> &WebhookReceiver {
        &self.receiver
    }

    /// What the receiver got.
    pub fn bodies(&self) -> Vec<serde_json::Value> {
        self.receiver.letters().iter().map(super::world::body).collect()
    }

    /// The ids of what the receiver got.
    pub fn letter_ids(&self) -> Vec<String> {
        self.receiver.letters().into_iter().map(|letter| letter.id).collect()
    }

    /// Asks it to stop; returns its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        self.send(Signal::TERM);
        self.child.take().unwrap().wait().unwrap().code()
    }

    /// Waits until the log contains this, visit by visit.
    async fn logs(&self, what: &str) {
        let come = async {
            while !self.log().contains(what) {
                self.site.served("/feed", self.site.times("/feed") + 1, LIMIT).await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, come).await.is_ok(), "waited in vain for {what:?}\n{}", self.log());
    }

    pub async fn letters(&self, count: usize) {
        let mut arrivals = self.receiver.arrivals();
        let came = tokio::time::timeout(LIMIT, arrivals.wait_for(|arrived| *arrived >= count)).await;
        assert!(came.is_ok(), "waited in vain for {count} letters\n{}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have exited by itself; either way nothing of it is left.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A feed that is visited every second.
pub fn lively(id: &str, path: &str) -> String {
    format!(
        "\n[[source]]\nid = \"{id}\"\nfeed = \"{{site}}{path}\"\nevery = \"1s\"\nmin_every = \"1s\"\n\
         allow_networks = [\"127.0.0.0/8\"]\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_and_restart_new_items_alert_and_nothing_alerts_twice() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    process.send(Signal::KILL);
    process.child.take().unwrap().wait().unwrap();
    let second = "Another text with other words, about harbours, lamps and the price of ropes in winter.";
    process.site.feed("/feed", &[("two", "A second council", second), ("one", "The council meets", TEXT)]);
    process.spawn();
    process.letters(2).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let mut ids: Vec<_> = process.receiver.letters().into_iter().map(|letter| letter.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_renamed_into_place_is_applied_and_a_broken_one_changes_nothing() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    let good =
        format!("{}{}{}", lively("wire", "/feed"), lively("paper", "/paper"), watch("all", "council", &["desk"]));
    process.site.feed("/paper", &[("old", "Something else", "An older text.")]);
    process.write(&good);
    process.site.served("/paper", 2, LIMIT).await;
    process.write("\n[[source]]\nid = \"broken\"\n");
    process.send(Signal::HUP);
    process.site.served("/paper", process.site.times("/paper") + 3, LIMIT).await;
    process.write(&good);
    process.send(Signal::HUP);
    process.site.served("/paper", process.site.times("/paper") + 3, LIMIT).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let log = process.log();
    let (broken, mended) = (log.find("the configuration is rejected"), log.find("valid again and unchanged"));
    assert!(broken.is_some() && broken < mended, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_written_slowly_loses_no_alert() {
    let council = watch("all", "council", &["desk"]);
    let mut process = Process::start(&council).await;
    let more = format!("{}{}{council}", lively("wire", "/feed"), lively("paper", "/paper"));
    process.site.feed("/paper", &[("old", "Something else", "An older text.")]);
    let text = configuration(process.folder.path(), &process.site, &process.receiver, &process.mailbox, &more);
    // Up to the second source it is valid too, but has no watch.
    let (first, rest) = text.split_at(text.find("\n[[source]]\nid = \"paper\"").unwrap());
    let mut file = std::fs::File::create(process.path()).unwrap();
    std::io::Write::write_all(&mut file, first.as_bytes()).unwrap();
    process.send(Signal::HUP);
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.site.served("/feed", process.site.times("/feed") + 3, LIMIT).await;
    std::io::Write::write_all(&mut file, rest.as_bytes()).unwrap();
    drop(file);
    process.site.served("/paper", 1, LIMIT).await;
    process.letters(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert!(!process.log().contains("1 source for 0 watches"), "half of the file was applied: {}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_briefly_missing_watch_misses_nothing() {
    let council = watch("all", "council", &["desk"]);
    let mut process = Process::start(&council).await;
    process.watch_also(&lively("paper", "/paper"));
    process.site.feed("/paper", &[("old", "Something else", "An older text.")]);
    process.site.served("/paper", 2, LIMIT).await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.site.served("/feed", process.site.times("/feed") + 3, LIMIT).await;
    assert_eq!(process.receiver.letters().len(), 0);
    process.watch_also(&format!("{}{council}", lively("paper", "/paper")));
    process.letters(1).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_edit_is_rejected_only_once() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    process.write("\n[[source]]\nid = \"broken\"\n");
    process.send(Signal::HUP);
    process.logs("the configuration is rejected").await;
    process.send(Signal::HUP);
    process.logs("the configuration is still rejected").await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert_eq!(process.log().matches("the configuration is rejected").count(), 1, "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_edit_is_in_the_status_of_the_unit() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let path = process.folder.path().join("notify");
    let socket = tokio::net::UnixDatagram::bind(&path).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
    command.env("NOTIFY_SOCKET", &path);
    process.spawn_by(command, process.log_file(), process.log_file());
    let told = async |words: &str| {
        let mut message = vec![0; 4096];
        loop {
            let length = socket.recv(&mut message).await.unwrap();
            let text = String::from_utf8_lossy(&message[..length]).into_owned();
            if text.lines().any(|line| line.starts_with("STATUS=") && line.contains(words)) {
                return text;
            }
        }
    };
    let first = tokio::time::timeout(LIMIT, told("watching 1 source for 1 watch")).await.unwrap();
    assert!(first.contains("READY=1") && !first.contains("stays"), "{first}");
    process.write("\n[[source]]\nid = \"broken\"\n");
    let second = tokio::time::timeout(LIMIT, told("the running configuration stays")).await.unwrap();
    assert!(second.contains("watching 1 source"), "{second}");
    process.watch_also(&watch("all", "council", &["desk"]));
    tokio::time::timeout(LIMIT, told("STATUS=watching")).await.unwrap();
    // Nothing reads the socket any more, and the daemon must stop all the same.
    drop(socket);
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_reaches_the_log() {
    let mut process = Process::start(&watch("all", "council", &["desk", "press"])).await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    let mut mails = process.mailbox.arrivals();
    let came = tokio::time::timeout(LIMIT, mails.wait_for(|count| *count >= 1)).await;
    assert!(came.is_ok(), "no mail came\n{}", process.log());
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let log = process.log();
    let text: String = TEXT.chars().take(60).collect();
    for secret in [SECRET, SECRET.trim_start_matches("whsec_"), "/hooks/demo", "press@example.org", text.as_str()] {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
    assert!(log.contains("wire"), "the log says something");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_lists_the_pages_it_would_read_and_reads_them_if_it_commits() {
    let mut process = Process::start(&watch("all", "clinics", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    process.site.feed("/feed", &[("one", "The council meets", "The council met for two days …")]);
    let page = format!("<html lang=en><article><h1>The council meets</h1><p>{TEXT}</p></article></html>");
    process.site.set("/one", "text/html", &page);
    let (code, output) = ended(&["visit", "--json", "--config"], &process.path());
    assert_eq!((code, output.contains("\"follows\":true"), process.site.times("/one")), (Some(0), true, 0), "{output}");
    let (code, output) = ended(&["visit", "--commit", "--config"], &process.path());
    assert_eq!(code, Some(0), "{output}");
    assert!(
        output.contains("1 awaiting their page") && output.contains("pages read: 1 new, 0 known; 1 alert, "),
        "{output}"
    );
    process.spawn();
    process.letters(1).await;
    assert_eq!(process.stop(), Some(0));
    assert_eq!(process.site.times("/one"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_page_does_not_delay_other_items_or_the_stop() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    process.site.put("/one", Page::hanging());
    let cut = "The council met for two days …";
    process.site.feed("/feed", &[("one", "The council meets", cut)]);
    process.site.served("/one", 1, LIMIT).await;
    process.send(Signal::KILL);
    process.child.take().unwrap().wait().unwrap();
    process.spawn();
    // The host is asked for one thing at a time, the item's page among them: no sooner than its next try.
    process.site.feed("/feed", &[("two", "A second council", "It met elsewhere …"), ("one", "The council meets", cut)]);
    process.letters(1).await;
    process.site.set("/one", "text/html", &format!("<html lang=en><h1>The council meets</h1><p>{TEXT}</p></html>"));
    process.letters(2).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[test]
fn an_invalid_configuration_exits_with_78_and_names_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("marsad.toml");
    std::fs::write(&path, "timezone = \"Atlantis/Poseidonis\"\nno_such_key = 1\n").unwrap();
    let (code, output) = ended(&["run", "--config"], &path);
    assert_eq!(code, Some(78), "{output}");
    assert!(
        output.contains("no_such_key") && output.contains("Atlantis") && output.contains("marsad.toml:2"),
        "{output}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_on_the_same_store_exits_with_75() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    let (code, output) = ended(&["run", "--config"], &process.path());
    assert_eq!(code, Some(75), "{output}");
    assert_eq!(process.stop(), Some(0));
}

fn ended(arguments: &[&str], path: &Path) -> (Option<i32>, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_marsad")).args(arguments).arg(path).stdin(Stdio::null()).output().unwrap();
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), printed)
}
