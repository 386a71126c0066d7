//! One attempt at the terminal or at a file.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::parcel::{self, Parcel};
use crate::alert::{Outcome, Reason};
use crate::render::terminal;

/// Prints the parcel for a person: in colour on a terminal (unless `NO_COLOR` is set, <https://no-color.org>).
pub async fn print(parcel: Parcel) -> Outcome {
    let written = off_thread(move || {
        let mut out = io::stdout();
        let color = out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        say(&mut out, &parcel, color)
    });
    match written.await {
        Ok(()) => Outcome::Delivered { status: None },
        Err(error) => parcel::failed(parcel::reason("io", format!("the terminal takes nothing: {error}"))),
    }
}

/// Appends the parcel to the file as one line of JSON, durably.
pub async fn append(path: PathBuf, parcel: Parcel) -> Outcome {
    let file = path.clone();
    match off_thread(move || add(&file, &parcel)).await {
        Ok(()) => Outcome::Delivered { status: None },
        Err(error) => parcel::failed(unwritable(&path, &error)),
    }
}

/// Writing may wait for a slow disk or an unread pipe: it waits on a thread of its own.
async fn off_thread(write: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    match tokio::task::spawn_blocking(write).await {
        Ok(done) => done,
        Err(error) => Err(io::Error::other(error.to_string())),
    }
}

fn say(out: &mut impl Write, parcel: &Parcel, color: bool) -> io::Result<()> {
    out.write_all(terminal::lines(&parcel.body, color).as_bytes())?;
    out.flush()
}

fn add(path: &Path, parcel: &Parcel) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let mut line = Vec::with_capacity(parcel.body.len() + 2);
    if is_broken_off(&mut file)? {
        line.push(b'\n');
    }
    line.extend_from_slice(&parcel.body);
    line.push(b'\n');
    file.write_all(&line)?;
    // A delivery counts as delivered only when it outlives a power cut.
    match file.sync_data() {
        // Pipes and devices such as /dev/null have nothing to keep.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}

/// True when the last line has no end: a full disk or a crash cut it short.
fn is_broken_off(file: &mut File) -> io::Result<bool> {
    if !file.metadata()?.is_file() || file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn unwritable(path: &Path, error: &io::Error) -> Reason {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "; its folder does not exist: create it",
        io::ErrorKind::PermissionDenied => "; let the user that marsad runs as write there",
        io::ErrorKind::StorageFull => "; make room on the disk",
        io::ErrorKind::ReadOnlyFilesystem => "; choose a place that the service may write to (ReadWritePaths=)",
        _ => "",
    };
    parcel::reason("io", format!("{}: {error}{remedy}", path.display()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::alert::DeliveryId;

    fn parcel(body: &'static str) -> Parcel {
        Parcel {
            id: DeliveryId::from_stored("msg_1".to_owned()),
            recipient: String::new(),
            body: body.into(),
            replayed: false,
            at: Timestamp::UNIX_EPOCH,
            first_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn a_file_gets_one_object_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.jsonl");
        for body in ["{\"a\":1}", "{\"a\":2}"] {
            assert_eq!(append(path.clone(), parcel(body)).await, Outcome::Delivered { status: None });
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"a\":1}\n{\"a\":2}\n");
    }

    #[tokio::test]
    async fn a_line_that_was_cut_short_spoils_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.jsonl");
        std::fs::write(&path, "{\"a\":").unwrap();
        append(path.clone(), parcel("{\"a\":2}")).await;
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"a\":\n{\"a\":2}\n");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_named_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/alerts.jsonl");
        let Outcome::Failed { reason, .. } = append(path.clone(), parcel("{}")).await else { panic!("it was written") };
        assert_eq!(reason.class, "io");
        assert!(reason.message.contains(path.to_str().unwrap()) && reason.message.contains("create it"), "{reason:?}");
    }

    #[test]
    fn a_terminal_gets_lines_for_a_person() {
        let body = r#"{"type":"test.ping","timestamp":"2026-11-21T12:00:00Z","data":{"message":"hello"}}"#;
        let mut out = Vec::new();
        say(&mut out, &parcel(body), false).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "2026-11-21T12:00:00Z test.ping hello\n");
    }
}
