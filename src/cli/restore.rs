//! `marsad restore`: replaces the database by a backup.

use std::path::PathBuf;

use crate::cli::exit::WrongArgument;
use crate::cli::output::{clean, counted, relative};
use crate::cli::status::gathered;
use crate::cli::{Exit, Session, owner, session};
use crate::store::{BackupFile, RestoreSummary, Store};

/// Options of `marsad restore`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file is checked first; if it is damaged or not a backup, nothing changes. The replaced database is \
                  kept next to the new one. Deliveries then wait until they are resumed, and epoch rises.\n\nExample: \
                  systemctl stop marsad && marsad restore /backup/marsad-2026-11-21.db"
)]
pub(crate) struct RestoreArgs {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Replaces the database and prints what was restored, and what to do next.
///
/// # Errors
/// If a daemon runs, the file cannot be restored, or the state folder cannot be written.
pub(crate) fn run(args: &RestoreArgs, session: &mut Session) -> anyhow::Result<Exit> {
    let (config, _) = session.read_config()?;
    let shown = clean(&args.file.display().to_string());
    // Before root becomes the owner of the state folder, who may not be allowed to read it.
    let backup = BackupFile::open(&args.file)
        .map_err(|error| WrongArgument(format!("cannot read the backup {shown}: {error}")))?;
    owner::become_owner(&config.state_dir)?;
    let _log = session.log("error")?;
    let now = session.clock.now();
    let reason = format!("the database was restored from {shown} on {}", session.out.absolute(now));
    let runtime = session::runtime()?;
    let restored = runtime.block_on(Store::restore(&config.state_dir, backup, &reason, now));
    runtime.shutdown_background();
    let summary = restored?;
    let made = summary.made.map(|at| format!(" of {} ({})", session.out.absolute(at), relative(at, now)));
    session.out.line(format!("restored the backup{}", made.unwrap_or_default()))?;
    print(&summary, session)?;
    Ok(Exit::Ok)
}

fn print(summary: &RestoreSummary, session: &mut Session) -> anyhow::Result<()> {
    let count = |number: u64, noun: &str| counted(usize::try_from(number).unwrap_or(usize::MAX), noun);
    session.out.line(format!(
        "{}, {}{}; epoch is now {}",
        count(summary.items, "item"),
        count(summary.deliveries, "delivery"),
        gathered(summary.gathered),
        summary.epoch
    ))?;
    if let Some(replaced) = &summary.replaced {
        session.out.line(format!("the replaced database is {}", replaced.display()))?;
    }
    let in_flight = match summary.requeued {
        0 => String::new(),
        some => format!(" ({some} in flight when the backup was made)"),
    };
    session.out.line(format!(
        "{}{in_flight} not delivered yet: all deliveries wait, because some may have been delivered since",
        count(summary.waiting, "delivery")
    ))?;
    let (list, resume) = (session.command("deliveries list --state pending"), session.command("deliveries resume"));
    session.out.line(format!("next: start marsad, look at {list}, then type {resume}"))?;
    Ok(())
}
