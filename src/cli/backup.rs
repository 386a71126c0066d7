//! `marsad backup`: copies the database to a file.

use std::path::{Path, PathBuf};

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::exit::WrongArgument;
use crate::cli::output::{clean, counted};
use crate::cli::status::gathered;
use crate::cli::{Exit, Session, session};
use crate::config::Config;
use crate::store::{BackupSummary, ExistingFile, Store};

/// Options of `marsad backup`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file is complete, verified and private (mode 0600) when this command ends; if it fails, there is \
                  no file. It needs no room in the state folder.\n\nExample: marsad backup /backup/marsad-$(date \
                  +%F).db"
)]
pub(crate) struct BackupArgs {
    /// The file to write.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the file if it exists.
    #[arg(long)]
    force: bool,
}

/// Backs up the database and prints what the backup holds.
///
/// # Errors
/// If there is no database, it cannot be read, or the file cannot be written.
pub(crate) fn run(args: &BackupArgs, session: &mut Session) -> anyhow::Result<Exit> {
    // Root stays root: the file may be where the owner of the state folder must not write.
    let (config, _) = session.read_config()?;
    let existing = if args.force { ExistingFile::Replace } else { ExistingFile::Keep };
    acceptable(&args.file, existing)?;
    let _log = session.log("warn")?;
    let runtime = session::runtime()?;
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = Store::back_up(&config.state_dir, &args.file, existing, session.clock.now()) => Ok(Some(ended?)),
            stopped = interrupted() => stopped.map(|()| None),
        }
    });
    runtime.shutdown_background();
    match ended? {
        Some(summary) => print(&args.file, &summary, session, &config),
        None => anyhow::bail!("interrupted; no backup was written"),
    }
}

/// Rejects a target before anything is read.
fn acceptable(file: &Path, existing: ExistingFile) -> anyhow::Result<()> {
    let shown = file.display();
    if file.is_dir() {
        return Err(WrongArgument(format!("{shown} is a folder; name a file in it: {shown}/marsad.db")).into());
    }
    if file.exists() && existing == ExistingFile::Keep {
        return Err(WrongArgument(format!("{shown} exists; name another file, or replace it with --force")).into());
    }
    Ok(())
}

/// Returns when the user or the system ends this command, so that the unfinished file is deleted.
async fn interrupted() -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn print(file: &Path, summary: &BackupSummary, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let count = |number: u64, noun: &str| counted(usize::try_from(number).unwrap_or(usize::MAX), noun);
    let shown = clean(&file.display().to_string());
    session.out.line(format!("{shown}: {}, complete and verified", size(summary.bytes)))?;
    session.out.line(format!(
        "{}, {} of which {} not delivered yet{}",
        count(summary.items, "item"),
        count(summary.deliveries, "delivery"),
        if summary.waiting == 1 { "1 is".to_owned() } else { format!("{} are", summary.waiting) },
        gathered(summary.gathered)
    ))?;
    let command = session.command(&format!("restore {shown}"));
    session.out.line(format!("to restore it, stop marsad and type: {command}"))?;
    if summary.dangling > 0 {
        session.say(&session.typed(&format!(
            "the database has {} to missing rows, and so has the backup; run marsad doctor",
            count(summary.dangling, "reference")
        )));
    }
    if !summary.recorded {
        session.say(&format!(
            "the time of the backup could not be recorded in {}, which changes nothing in the backup",
            config.state_dir.display()
        ));
    }
    Ok(Exit::Ok)
}

/// A number of bytes in the unit that suits it: `812 kB`, `12.5 MB`.
pub(crate) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_the_unit_that_suits_it() {
        let sizes = [12, 4_096, 12_590_000, 3_400_000_000].map(size);
        assert_eq!(sizes, ["12 bytes", "4 kB", "12.5 MB", "3.4 GB"]);
    }
}
