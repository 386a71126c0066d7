//! Writes log lines without blocking the code that logs.
//!
//! Lines pass through a bounded queue to one thread. If the reader stalls (a full pipe, a stopped journal), lines are
//! dropped and counted, and the daemon continues. The journal's native protocol uses the same queue, because writing to
//! its socket directly would block too.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::clock::Clock;
use crate::telemetry::line::{BREAK, LineFormatter, LogAudience};

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// Like journald if standard error goes to the journal, otherwise like text.
    #[default]
    Auto,
    /// One line of text per event.
    Text,
    /// One JSON object per event, on one line.
    Json,
    /// The native protocol of the systemd journal, with which journalctl can filter by field.
    Journald,
}

/// The settings of the log.
#[derive(Clone, Debug)]
pub(crate) struct Logging {
    /// `error`, `warn`, `info`, `debug`, `trace`, or directives such as `marsad::fetch=debug`.
    pub(crate) level: String,
    /// The format of the lines.
    pub format: LogFormat,
    /// Whether to use colours on a terminal.
    pub(crate) color: bool,
    /// The zone of the lines' times.
    pub(crate) zone: TimeZone,
}

/// Why the log could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// The level is invalid.
    #[error("invalid log level {level:?}: {source}; use error, warn, info, debug or trace")]
    Level {
        /// The requested level.
        level: String,
        /// Why it is invalid.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The journal was requested and does not answer.
    #[error("the journal does not answer at {SOCKET}: {0}")]
    Journal(io::Error),
    /// The writing thread could not be started.
    #[error("cannot start the log thread: {0}")]
    Thread(io::Error),
    /// A log already exists in this process.
    #[error("this process already has a log")]
    Twice,
}

/// The running log. Dropping it waits up to a second for queued lines.
#[derive(Debug)]
pub(crate) struct Log {
    queue: LineQueue,
}

/// The most queued lines. Chosen by hand: about 1 MB at 200 bytes per line.
const MAX_QUEUED: usize = 4_096;

/// How long dropping the log waits for queued lines. Chosen by hand.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The journal's socket (systemd-journald.service(8)).
const SOCKET: &str = "/run/systemd/journal/socket";

/// The sending end of the queue: it accepts or drops a line and never blocks.
#[derive(Clone, Debug)]
struct LineQueue {
    lines: SyncSender<LogCommand>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum LogCommand {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// Starts the log of this process.
///
/// # Errors
/// If the level is invalid, the journal was requested but does not answer, or a log already exists.
pub fn start(logging: &Logging, clock: &Clock) -> Result<Log, LogError> {
    let filter = EnvFilter::try_new(directives(&logging.level))
        .map_err(|source| LogError::Level { level: logging.level.clone(), source })?;
    let journal = match logging.format {
        LogFormat::Journald => Some(connect().map_err(LogError::Journal)?),
        LogFormat::Auto if is_the_journal(io::stderr()) => connect().ok(),
        _ => None,
    };
    let audience = match &journal {
        Some(_) => LogAudience::Journal,
        None if io::stderr().is_terminal() => LogAudience::Person { zone: logging.zone.clone(), color: logging.color },
        None => LogAudience::File { zone: logging.zone.clone() },
    };
    let queue = match journal {
        Some(socket) => LineQueue::open(JournalSocket(socket)),
        None => LineQueue::open(io::stderr()),
    }
    .map_err(LogError::Thread)?;
    let registry = tracing_subscriber::registry().with(filter);
    let begun = if logging.format == LogFormat::Json {
        let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(queue.clone());
        registry.with(layer).try_init()
    } else {
        let lines = LineFormatter { audience, clock: clock.clone() };
        let layer = tracing_subscriber::fmt::layer().fmt_fields(lines.clone()).event_format(lines);
        registry.with(layer.with_writer(queue.clone())).try_init()
    };
    begun.map_err(|_| LogError::Twice)?;
    Ok(Log { queue })
}

/// The words for a level.
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// Parses a level, or directives such as `marsad::fetch=debug`. An unknown word would otherwise silence the log, because
/// it is the name of a part of a program.
///
/// # Errors
/// The levels that exist.
pub(crate) fn level(text: &str) -> Result<String, String> {
    let word = |word: &str| match word.trim().to_lowercase() {
        word if word == "warning" => Some("warn".to_owned()),
        word => Some(word).filter(|word| LEVELS.contains(&word.as_str())),
    };
    // An empty variable of the environment is not set.
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let directive = |part: &str| match part.rsplit_once('=') {
        Some((target, level)) => word(level).map(|level| format!("{}={level}", target.trim())),
        None => word(part),
    };
    let read: Option<Vec<String>> = text.split(',').map(directive).collect();
    let known =
        || format!("expected one of {}, or a part with its level, such as marsad::fetch=debug", LEVELS.join(", "));
    read.map(|parts| parts.join(",")).ok_or_else(known)
}

/// A bare level applies to marsad; its dependencies log warnings.
fn directives(level: &str) -> String {
    let bare = LEVELS.contains(&level);
    let others = if level == "error" || level == "off" { level } else { "warn" };
    if bare { format!("{others},marsad={level}") } else { level.to_owned() }
}

/// Whether `stream` is the one that systemd connected to the journal: `$JOURNAL_STREAM` names its device and inode
/// (systemd.exec(5)).
pub(crate) fn is_the_journal(stream: impl AsFd) -> bool {
    let Ok(named) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(stat) = rustix::fs::fstat(stream) else { return false };
    named == format!("{}:{}", stat.st_dev, stat.st_ino)
}

fn connect() -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(SOCKET)?;
    Ok(socket)
}

impl Log {
    /// The count of dropped lines.
    #[must_use]
    pub(crate) fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.queue.dropped)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let (written, wait) = sync_channel(1);
        if self.queue.lines.try_send(LogCommand::Flush(written)).is_ok() {
            let _ = wait.recv_timeout(FLUSH_TIMEOUT);
        }
    }
}

impl LineQueue {
    fn open(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let (lines, commands) = sync_channel(MAX_QUEUED);
        let dropped = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&dropped);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || write_lines(sink, &commands, &count))?;
        Ok(Self { lines, dropped })
    }
}

/// Writes lines until all senders are dropped.
fn write_lines(mut sink: impl Write, commands: &Receiver<LogCommand>, dropped: &AtomicU64) {
    let mut reported = 0;
    for command in commands {
        match command {
            LogCommand::Line(line) => {
                let _ = sink.write_all(&line);
            }
            LogCommand::Flush(written) => {
                let _ = sink.flush();
                let _ = written.try_send(());
            }
        }
        let lost = dropped.load(Ordering::Relaxed);
        if lost > reported {
            reported = lost;
            tracing::warn!(log.dropped = lost, "log lines were dropped because their reader is too slow");
        }
    }
}

impl Write for LineQueue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.lines.try_send(LogCommand::Line(line.to_vec())) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LineQueue {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A writer to the journal: one datagram per line.
struct JournalSocket(UnixDatagram);

impl Write for JournalSocket {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if text.contains(BREAK) { self.0.send(&several_lines(&text)) } else { self.0.send(line) }.map(|_| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Encodes fields with several lines (systemd's native journal protocol): the name, a line break, the length as 8 bytes
/// in little-endian order, the value, a line break.
fn several_lines(fields: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(fields.len() + 16);
    for field in fields.split_terminator('\n') {
        match field.split_once('=').filter(|(_, value)| value.contains(BREAK)) {
            Some((name, value)) => {
                let value = value.replace(BREAK, "\n");
                bytes.extend_from_slice(name.as_bytes());
                bytes.push(b'\n');
                bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
                bytes.extend_from_slice(value.as_bytes());
            }
            None => bytes.extend_from_slice(field.as_bytes()),
        }
        bytes.push(b'\n');
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_level_is_rejected_and_a_usual_one_is_understood() {
        for (typed, read) in [
            ("warn", "warn"),
            ("WARNING", "warn"),
            ("Info", "info"),
            ("off", "off"),
            ("", ""),
            ("marsad::fetch=debug", "marsad::fetch=debug"),
            ("warn, marsad=TRACE", "warn,marsad=trace"),
        ] {
            assert_eq!(level(typed).as_deref(), Ok(read), "{typed}");
        }
        for wrong in ["verbose", "loud", "marsad=loud", "info,loud", "3"] {
            assert!(level(wrong).unwrap_err().starts_with("expected one of error, warn, info,"), "{wrong}");
        }
    }
    use std::sync::Mutex;

    /// A reader that blocks until it is released.
    struct StalledReader(Receiver<()>, Arc<Mutex<Vec<u8>>>);

    impl Write for StalledReader {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.lock().unwrap().extend_from_slice(line);
            Ok(line.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_is_not_read_blocks_nothing() {
        let (go, gate) = sync_channel(0);
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut queue = LineQueue::open(StalledReader(gate, Arc::clone(&written))).unwrap();
        for _ in 0..MAX_QUEUED + 500 {
            queue.write_all(b"line\n").unwrap();
        }
        let dropped = queue.dropped.load(Ordering::Relaxed);
        assert!((499..=500).contains(&dropped), "{dropped} lines were dropped");
        drop(go);
        let (done, wait) = sync_channel(1);
        while queue.lines.try_send(LogCommand::Flush(done.clone())).is_err() {
            std::thread::yield_now();
        }
        wait.recv_timeout(Duration::from_secs(5)).unwrap();
        assert!(written.lock().unwrap().len() >= MAX_QUEUED * 5);
    }

    #[test]
    fn a_report_keeps_its_lines_in_the_journal() {
        let sent = several_lines("MESSAGE=a\u{2028}b\nPRIORITY=3\n");
        assert_eq!(sent, b"MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\nPRIORITY=3\n");
    }

    #[test]
    fn a_bare_level_applies_to_marsad_only() {
        assert_eq!(directives("debug"), "warn,marsad=debug");
        assert_eq!(directives("error"), "error,marsad=error");
        assert_eq!(directives("marsad::fetch=trace"), "marsad::fetch=trace");
    }
}
