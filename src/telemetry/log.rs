//! Where log lines go, without ever holding up what is being logged.
//!
//! Lines pass through a bounded queue to one thread. When whoever reads them stands still (a full pipe, a stopped
//! journal) lines are dropped and counted, and the daemon goes on. The journal is spoken to by its native protocol
//! through the same queue, because a library that writes to its socket at once would stand still with it.

use std::io::{self, IsTerminal, Write};
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

/// What log lines look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// The protocol of the journal under systemd, otherwise text.
    #[default]
    Auto,
    /// Plain lines.
    Text,
    /// One JSON object per line.
    Json,
    /// The protocol of the journal, so that `journalctl` can filter by field.
    Journald,
}

/// How the log is to be kept.
#[derive(Clone, Debug)]
pub struct Logging {
    /// `error`, `warn`, `info`, `debug`, `trace`, or directives such as `marsad::fetch=debug`.
    pub level: String,
    /// What the lines look like.
    pub format: LogFormat,
    /// Whether a terminal gets colours.
    pub color: bool,
}

/// The log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is none.
    #[error("the log level {level:?} is not understood: {source}; use error, warn, info, debug or trace")]
    Level {
        /// What was asked for.
        level: String,
        /// Why it is none.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The journal was asked for and does not answer.
    #[error("the journal does not answer at {SOCKET}: {0}")]
    Journal(io::Error),
    /// The thread that writes could not be started.
    #[error("the log's thread could not be started: {0}")]
    Thread(io::Error),
    /// Something else in this process already keeps a log.
    #[error("a log is already being kept in this process")]
    Twice,
}

/// The log while it is being kept. Dropping it waits up to a second for what is still to be written.
#[derive(Debug)]
pub struct Log {
    funnel: LineQueue,
}

/// How many lines wait at most; at 200 bytes a line about 1 MB.
const WAITING: usize = 4_096;
const SOCKET: &str = "/run/systemd/journal/socket";

/// The queue's mouth: it takes a line or drops it, and never waits.
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

/// Begins to keep the log of this process.
///
/// # Errors
/// When the level is not understood, the journal was asked for and is not there, or a log is kept already.
pub fn start(logging: &Logging, clock: &Clock) -> Result<Log, LogError> {
    let filter = EnvFilter::try_new(directives(&logging.level))
        .map_err(|source| LogError::Level { level: logging.level.clone(), source })?;
    let journal = match logging.format {
        LogFormat::Journald => Some(connect().map_err(LogError::Journal)?),
        LogFormat::Auto if stderr_is_the_journal() => connect().ok(),
        _ => None,
    };
    let reader = match &journal {
        Some(_) => LogAudience::Journal,
        None if io::stderr().is_terminal() => LogAudience::Person { zone: TimeZone::system(), color: logging.color },
        None => LogAudience::File,
    };
    let funnel = match journal {
        Some(socket) => LineQueue::open(JournalSocket(socket)),
        None => LineQueue::open(io::stderr()),
    }
    .map_err(LogError::Thread)?;
    let registry = tracing_subscriber::registry().with(filter);
    let begun = if logging.format == LogFormat::Json {
        let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(funnel.clone());
        registry.with(layer).try_init()
    } else {
        let lines = LineFormatter { reader, clock: clock.clone() };
        let layer = tracing_subscriber::fmt::layer().fmt_fields(lines.clone()).event_format(lines);
        registry.with(layer.with_writer(funnel.clone())).try_init()
    };
    begun.map_err(|_| LogError::Twice)?;
    Ok(Log { funnel })
}

/// A bare level speaks for marsad; what it is built from stays at warnings.
fn directives(level: &str) -> String {
    let bare = matches!(level, "error" | "warn" | "info" | "debug" | "trace" | "off");
    let others = if level == "error" || level == "off" { level } else { "warn" };
    if bare { format!("{others},marsad={level}") } else { level.to_owned() }
}

/// Whether standard error is the stream that systemd connected to the journal: `$JOURNAL_STREAM` names its device
/// and inode (systemd.exec(5)).
fn stderr_is_the_journal() -> bool {
    let Ok(named) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(stat) = rustix::fs::fstat(io::stderr()) else { return false };
    named == format!("{}:{}", stat.st_dev, stat.st_ino)
}

fn connect() -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(SOCKET)?;
    Ok(socket)
}

impl Log {
    /// How many lines were dropped because nobody read them.
    #[must_use]
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.funnel.dropped)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let (written, wait) = sync_channel(1);
        if self.funnel.lines.try_send(LogCommand::Flush(written)).is_ok() {
            let _ = wait.recv_timeout(Duration::from_secs(1));
        }
    }
}

impl LineQueue {
    fn open(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let (lines, orders) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&dropped);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || pour(sink, &orders, &count))?;
        Ok(Self { lines, dropped })
    }
}

/// Writes line after line until nobody can send any more.
fn pour(mut sink: impl Write, orders: &Receiver<LogCommand>, dropped: &AtomicU64) {
    let mut told = 0;
    for order in orders {
        match order {
            LogCommand::Line(line) => {
                let _ = sink.write_all(&line);
            }
            LogCommand::Flush(written) => {
                let _ = sink.flush();
                let _ = written.try_send(());
            }
        }
        let lost = dropped.load(Ordering::Relaxed);
        if lost > told {
            told = lost;
            tracing::warn!(log.dropped = lost, "log lines were dropped because they were not read");
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

/// The journal as a place to write to: one datagram a line.
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

/// A field whose value has several lines goes by its length (systemd's native protocol): the name, a line's end, the
/// length in 8 bytes from the lowest, the value, a line's end.
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
    use std::sync::Mutex;

    /// A reader that stands still until it is let go.
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
    fn a_log_that_nobody_reads_holds_nobody_up() {
        let (go, gate) = sync_channel(0);
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut funnel = LineQueue::open(StalledReader(gate, Arc::clone(&written))).unwrap();
        for _ in 0..WAITING + 500 {
            funnel.write_all(b"line\n").unwrap();
        }
        let dropped = funnel.dropped.load(Ordering::Relaxed);
        assert!((499..=500).contains(&dropped), "{dropped} lines were dropped");
        drop(go);
        let (done, wait) = sync_channel(1);
        while funnel.lines.try_send(LogCommand::Flush(done.clone())).is_err() {
            std::thread::yield_now();
        }
        wait.recv_timeout(Duration::from_secs(5)).unwrap();
        assert!(written.lock().unwrap().len() >= WAITING * 5);
    }

    #[test]
    fn the_journal_gets_the_lines_of_a_report() {
        let sent = several_lines("MESSAGE=a\u{2028}b\nPRIORITY=3\n");
        assert_eq!(sent, b"MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\nPRIORITY=3\n");
    }

    #[test]
    fn a_bare_level_speaks_for_marsad_alone() {
        assert_eq!(directives("debug"), "warn,marsad=debug");
        assert_eq!(directives("error"), "error,marsad=error");
        assert_eq!(directives("marsad::fetch=trace"), "marsad::fetch=trace");
    }
}
