//! Makes one attempt at the terminal, a file or a named pipe.
//!
//! A write to a pipe that nobody reads, or to a disk that hangs, never returns, and its thread cannot be stopped. So
//! each write has a thread of its own that nobody joins: the attempt ends at its deadline, and the process when it
//! wants to.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _, Seek as _, SeekFrom, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use tokio::sync::{Mutex, oneshot};

use super::dispatch;
use super::dispatch::Dispatch;
use crate::alert::{Outcome, Reason};
use crate::render::terminal::{self, TerminalStyle};

/// The deadline of an attempt; the same as for a webhook.
pub(crate) const DEADLINE: Duration = Duration::from_secs(15);

/// Where a channel writes. At most one write is under way; the next one waits for it, within its own deadline.
#[derive(Debug)]
pub(crate) struct PrintSink {
    place: PrintTarget,
    deadline: Duration,
    turn: Arc<Mutex<()>>,
}

#[derive(Clone, Debug)]
enum PrintTarget {
    Terminal(TerminalStyle),
    File(PathBuf),
}

impl PrintSink {
    /// The daemon's standard output, for a person: in colour on a terminal, unless `NO_COLOR` is set
    /// (<https://no-color.org>), otherwise in this style.
    #[must_use]
    pub fn terminal(style: TerminalStyle) -> Self {
        Self::new(PrintTarget::Terminal(style), DEADLINE)
    }

    /// A file that grows durably by one line of JSON for each delivery; or a named pipe.
    #[must_use]
    pub fn file(path: PathBuf) -> Self {
        Self::new(PrintTarget::File(path), DEADLINE)
    }

    fn new(place: PrintTarget, deadline: Duration) -> Self {
        Self { place, deadline, turn: Arc::default() }
    }

    /// Writes the delivery. Success means that the whole line was accepted, and for a file that it is on the disk.
    pub(crate) async fn write(&self, dispatch: Dispatch) -> Outcome {
        match tokio::time::timeout(self.deadline, self.written(dispatch)).await {
            Ok(Ok(())) => Outcome::Delivered { status: None },
            Ok(Err(error)) => dispatch::failed(self.unwritable(&error)),
            Err(_) => dispatch::failed(self.unread()),
        }
    }

    async fn written(&self, dispatch: Dispatch) -> io::Result<()> {
        let (turn, place) = (Arc::clone(&self.turn).lock_owned().await, self.place.clone());
        let (done, ended) = oneshot::channel();
        std::thread::Builder::new().name("write".to_owned()).spawn(move || {
            let result = match place {
                PrintTarget::Terminal(style) => print(&dispatch, style),
                PrintTarget::File(path) => append(&path, &dispatch),
            };
            drop(turn);
            // Nobody receives this after the deadline; the delivery is then written once more.
            done.send(result).ok();
        })?;
        ended.await.unwrap_or_else(|_| Err(io::Error::other("writing ended in a panic")))
    }

    fn unread(&self) -> Reason {
        let seconds = self.deadline.as_secs_f32().round();
        let message = match &self.place {
            PrintTarget::Terminal(_) => format!("standard output accepted nothing for {seconds} s: nobody reads it"),
            PrintTarget::File(path) => format!("{} accepted nothing for {seconds} s: nobody reads it", path.display()),
        };
        dispatch::reason("timeout", message)
    }

    fn unwritable(&self, error: &io::Error) -> Reason {
        match &self.place {
            PrintTarget::Terminal(_) => dispatch::reason("io", format!("cannot write to standard output: {error}")),
            PrintTarget::File(path) => unwritable(path, error),
        }
    }
}

/// Writes past the lock and the buffer of `std::io::stdout`: a thread that waits in them would also delay the exit.
fn print(dispatch: &Dispatch, style: TerminalStyle) -> io::Result<()> {
    let out = io::stdout();
    let color = out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    say(&mut File::from(out.as_fd().try_clone_to_owned()?), dispatch, &TerminalStyle { color, ..style })
}

fn say(out: &mut impl Write, dispatch: &Dispatch, style: &TerminalStyle) -> io::Result<()> {
    out.write_all(terminal::lines(&dispatch.body, style).as_bytes())?;
    out.flush()
}

fn append(path: &Path, dispatch: &Dispatch) -> io::Result<()> {
    let mut file = open(path)?;
    let is_file = file.metadata()?.is_file();
    let is_new = is_file && file.seek(SeekFrom::End(0))? == 0;
    let mut line = Vec::with_capacity(dispatch.body.len() + 2);
    if is_file && !is_new && is_broken_off(&mut file)? {
        line.push(b'\n');
    }
    line.extend_from_slice(&dispatch.body);
    line.push(b'\n');
    file.write_all(&line)?;
    if is_file {
        // A delivery counts as delivered only if it survives a power cut. Pipes and devices keep nothing.
        file.sync_data()?;
    }
    if is_new { sync_folder(path) } else { Ok(()) }
}

/// Opens for appending. A pipe is opened only for writing and without waiting, so that opening fails if nobody reads
/// it; opened for both, it would be its own reader and accept everything.
fn open(path: &Path) -> io::Result<File> {
    let is_file = std::fs::metadata(path).map_or(true, |metadata| metadata.is_file());
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = OpenOptions::new().append(true).read(is_file).create(is_file).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() != is_file {
        return Err(io::Error::other("it was replaced while it was opened"));
    }
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

/// True if the last line has no end: a full disk or a crash cut it short.
fn is_broken_off(file: &mut File) -> io::Result<bool> {
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Makes the name of a new file durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(folder)?.sync_all() {
        // Some file systems do not support that for a folder.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

/// The error of opening a pipe that nobody reads (open(2), ENXIO).
const NO_READER: i32 = rustix::io::Errno::NXIO.raw_os_error();

fn unwritable(path: &Path, error: &io::Error) -> Reason {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "; its folder does not exist; create it",
        io::ErrorKind::PermissionDenied => "; let the user that marsad runs as write there",
        io::ErrorKind::StorageFull => "; free some space on the disk",
        io::ErrorKind::ReadOnlyFilesystem => "; choose a place that the service may write to (ReadWritePaths=)",
        io::ErrorKind::BrokenPipe => "; nobody reads this pipe any more: start its reader",
        _ if error.raw_os_error() == Some(NO_READER) => "; nobody reads this pipe: start its reader",
        _ => "",
    };
    dispatch::reason("io", format!("{}: {error}{remedy}", path.display()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::alert::DeliveryId;

    fn dispatch(body: &'static str) -> Dispatch {
        Dispatch {
            id: DeliveryId::from_stored("msg_1".to_owned()),
            recipient: String::new(),
            body: body.into(),
            replayed: false,
            at: Timestamp::UNIX_EPOCH,
            first_at: Timestamp::UNIX_EPOCH,
        }
    }

    async fn written(path: &Path, body: &'static str) -> Outcome {
        PrintSink::file(path.to_owned()).write(dispatch(body)).await
    }

    fn reason(outcome: Outcome) -> Reason {
        let Outcome::Failed { reason, .. } = outcome else { panic!("{outcome:?}") };
        reason
    }

    fn pipe(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
        path
    }

    #[tokio::test]
    async fn a_pipe_that_nobody_reads_accepts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(&folder);
        let reason = reason(written(&path, "{}").await);
        assert!(reason.message.contains("start its reader"), "{reason:?}");
    }

    #[tokio::test]
    async fn a_pipe_with_a_reader_gets_every_complete_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(&folder);
        // Opened for both, so that opening does not wait for the writer.
        let mut reader = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        assert_eq!(written(&path, "{\"a\":1}").await, Outcome::Delivered { status: None });
        let mut line = [0; 8];
        reader.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"{\"a\":1}\n");
    }

    #[tokio::test]
    async fn a_reader_that_does_not_read_fails_only_its_own_attempts() {
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(&folder);
        let reader = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let sink = PrintSink::new(PrintTarget::File(path), Duration::from_millis(50));
        let long = Dispatch { body: vec![b'x'; 1 << 20].into(), ..dispatch("") };
        for attempt in 0..3 {
            let reason = reason(sink.write(long.clone()).await);
            assert_eq!(reason.class, "timeout", "attempt {attempt}: {reason:?}");
        }
        drop(reader);
    }

    #[tokio::test]
    async fn a_full_device_is_a_failure() {
        let reason = reason(written(Path::new("/dev/full"), "{}").await);
        assert!(reason.message.contains("free some space"), "{reason:?}");
    }

    #[tokio::test]
    async fn a_file_gets_one_object_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.jsonl");
        for body in ["{\"a\":1}", "{\"a\":2}"] {
            assert_eq!(written(&path, body).await, Outcome::Delivered { status: None });
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"a\":1}\n{\"a\":2}\n");
    }

    #[tokio::test]
    async fn a_line_that_was_cut_short_damages_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.jsonl");
        std::fs::write(&path, "{\"a\":").unwrap();
        written(&path, "{\"a\":2}").await;
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"a\":\n{\"a\":2}\n");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_named_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/alerts.jsonl");
        let reason = reason(written(&path, "{}").await);
        assert_eq!(reason.class, "io");
        assert!(reason.message.contains(path.to_str().unwrap()) && reason.message.contains("create it"), "{reason:?}");
    }

    #[test]
    fn a_terminal_gets_lines_for_a_person() {
        let body = r#"{"type":"test.ping","timestamp":"2026-11-21T12:00:00Z","data":{"message":"hello"}}"#;
        let mut out = Vec::new();
        let style = TerminalStyle { color: false, timed: true, zone: jiff::tz::TimeZone::UTC };
        say(&mut out, &dispatch(body), &style).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "2026-11-21 12:00:00 +00:00 test.ping hello\n");
    }
}
