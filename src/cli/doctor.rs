//! `marsad doctor`: checks what marsad depends on and suggests remedies.

mod database;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use crate::cli::output::{Tone, clean};
use crate::cli::readiness::{self, ReadinessReply};
use crate::cli::status::{Finding, channels, configuration, daemon, finding, paused, print, stopped};
use crate::cli::{Exit, Session, owner, session};
use crate::config::Config;
use crate::config::report::Report;
use crate::server::{Bound, ServerError};
use crate::store::{CheckDepth, CheckReport, ItemQuery, SetAside, Store, StoreError};

/// Options of `marsad doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Without --compact, doctor changes nothing. It exits with 3 if any check is marked bad.")]
pub(crate) struct DoctorArgs {
    /// Check the database for at most 10 seconds, and only whether its file is damaged, not whether its indexes and
    /// references are right.
    #[arg(long)]
    quick: bool,
    /// First rewrite the database without free space; stop the daemon first. It needs as much room as the database.
    #[arg(long, conflicts_with = "quick")]
    compact: bool,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

/// The time limit of the database check. Chosen by hand.
const FULL: Duration = Duration::from_secs(60);

/// The time limit with `--quick`. Chosen by hand.
const QUICK: Duration = Duration::from_secs(10);

/// How much longer the other queries may take. Chosen by hand.
const SLACK: Duration = Duration::from_secs(10);

/// How often a long check reports its progress. Chosen by hand.
const PROGRESS: Duration = Duration::from_secs(5);

/// How many of the items set aside are listed. Chosen by hand.
const LISTED: usize = 20;

/// Free bytes below which the disk is a warning, and a problem. Chosen by hand.
const DISK_WARNING: u64 = 1 << 30;
const DISK_PROBLEM: u64 = 100 << 20;
/// Free inodes below which the disk is a problem. Chosen by hand.
const FEW_INODES: u64 = 100;

/// Checks configuration, secrets, state folder, disk, daemon, port, database and clock.
///
/// # Errors
/// If standard output is closed, or `--compact` finds a running daemon, a damaged database or no room.
pub fn run(args: &DoctorArgs, session: &mut Session) -> anyhow::Result<Exit> {
    let (config, broken) = match session.config_or_last_good() {
        Ok(read) => read,
        Err(error) => {
            let first = error.downcast_ref::<Report>().map(|report| report.summary());
            let text = format!("{}; run marsad check", first.unwrap_or_else(|| error.to_string()));
            return print(&[finding("configuration", Tone::Bad, text)], args.json, session);
        }
    };
    let _log = session.log("error")?;
    let runtime = session::runtime()?;
    let reply = runtime.block_on(daemon::ask(&config));
    let mut findings = vec![
        configuration(&config, broken.as_ref(), &reply),
        secrets(&config, broken.is_some()),
        folder(&config.state_dir),
        disk(&config.state_dir),
    ];
    if args.compact {
        findings.push(runtime.block_on(database::compact(&config, &session.clock))?);
    }
    runtime.block_on(async {
        findings.push(as_warning(reply.finding, &config));
        findings.extend(port(&config).await);
        let limit = if args.quick { QUICK } else { FULL };
        let checked = store(&config, session, args.quick);
        // A statement that cannot be interrupted must not delay the result.
        findings.extend(tokio::time::timeout(limit + SLACK, checked).await.unwrap_or_else(|_| vec![unfinished(limit)]));
    });
    runtime.shutdown_background();
    daemon::repair_first(&mut findings, &config.state_dir);
    findings.push(synchronised(Path::new("/run/systemd/timesync")));
    print(&findings, args.json, session)
}

fn secrets(config: &Config, broken: bool) -> Finding {
    if config.unread.is_empty() {
        let which = if broken {
            "every secret file and credential of the configuration that was applied last"
        } else {
            "every configured secret file and credential"
        };
        return finding("secrets", Tone::Ok, format!("{which} can be read"));
    }
    let names = config.unread.join(", ");
    if broken {
        return finding("secrets", Tone::Bad, format!("cannot be read: {names}; run marsad check"));
    }
    finding("secrets", Tone::Warn, format!("not checked, because only the systemd unit can read them: {names}"))
}

/// A daemon that does not run is only a warning here: `marsad doctor` often runs before the first start.
fn as_warning(found: Finding, config: &Config) -> Finding {
    if owner::daemon_runs(&config.state_dir) { found } else { Finding { tone: Tone::Warn, ..found } }
}

/// Whether the next start can listen at `http.listen`; none while a daemon runs or starts.
async fn port(config: &Config) -> Option<Finding> {
    let listen = config.http.listen.filter(|_| !owner::daemon_runs(&config.state_dir))?;
    match Bound::bind(listen).await {
        Ok(_) => Some(finding("port", Tone::Ok, format!("{listen} is free"))),
        // A daemon that waits for its store does not hold the state folder.
        Err(ServerError::InUse(_)) if matches!(readiness::ask(listen).await, ReadinessReply::Starting(_)) => None,
        Err(error) => Some(finding("port", Tone::Bad, error.to_string())),
    }
}

/// A state folder that does not exist: `marsad run` creates it if this user may create folders there.
fn missing_folder(path: &Path) -> Finding {
    let (about, shown) = ("state folder", path.display());
    let parent = path.ancestors().skip(1).find(|parent| parent.exists()).unwrap_or(Path::new("/"));
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    match rustix::fs::access(parent, access) {
        Ok(()) if parent.is_dir() => {
            finding(about, Tone::Warn, format!("{shown} does not exist yet; marsad run creates it"))
        }
        Ok(()) => finding(about, Tone::Bad, format!("{shown} cannot be created: {} is not a folder", parent.display())),
        Err(why) => {
            let text = format!(
                "{shown} does not exist, and this user cannot create it in {} ({why}); type: sudo install -d -m 0750 -o \
                 \"$USER\" {shown}",
                parent.display()
            );
            finding(about, Tone::Bad, text)
        }
    }
}

fn folder(path: &Path) -> Finding {
    let (about, shown) = ("state folder", path.display());
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return missing_folder(path),
        Err(error) => return finding(about, Tone::Bad, format!("{shown}: {error}")),
    };
    if !meta.is_dir() {
        return finding(about, Tone::Bad, format!("{shown} is not a folder; set state_dir to a folder"));
    }
    let access = rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    if rustix::fs::access(path, access).is_err() {
        return finding(
            about,
            Tone::Bad,
            format!("{shown} is not writable by this user; chown it to the user that runs marsad"),
        );
    }
    if let Some(foreign) = foreign_file(path, meta.uid()) {
        let text = format!("{foreign} and {shown} have different owners; chown the file to the owner of the folder");
        return finding(about, Tone::Bad, text);
    }
    if meta.mode() & 0o007 != 0 {
        let text = format!("every user of this machine can access {shown}; chmod 0750 {shown}");
        return finding(about, Tone::Warn, text);
    }
    finding(about, Tone::Ok, format!("{shown} is writable"))
}

/// A database file that does not belong to the folder's owner, for example because root created it.
fn foreign_file(folder: &Path, owner: u32) -> Option<String> {
    let names = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let foreign = names.filter(|file| file.file_name().to_string_lossy().starts_with("marsad."));
    foreign
        .filter(|file| file.metadata().is_ok_and(|meta| meta.uid() != owner))
        .map(|file| file.path().display().to_string())
        .next()
}

fn disk(path: &Path) -> Finding {
    let mut asked = path;
    while !asked.exists() {
        let Some(parent) = asked.parent() else { break };
        asked = parent;
    }
    match rustix::fs::statvfs(asked) {
        Ok(stat) => space(stat.f_bavail.saturating_mul(stat.f_frsize), stat.f_favail, stat.f_files),
        Err(error) => {
            finding("disk", Tone::Warn, format!("cannot read the free space of {}: {error}", asked.display()))
        }
    }
}

fn space(bytes: u64, files_left: u64, files: u64) -> Finding {
    let free = format!("{} MB free", bytes >> 20);
    match bytes {
        0..DISK_PROBLEM => {
            finding("disk", Tone::Bad, format!("{free}: marsad cannot store items on a full disk; free some space"))
        }
        _ if files > 0 && files_left < FEW_INODES => finding("disk", Tone::Bad, "no inodes left; delete files"),
        DISK_PROBLEM..DISK_WARNING => finding("disk", Tone::Warn, format!("{free}: free some space soon")),
        _ => finding("disk", Tone::Ok, free),
    }
}

async fn store(config: &Config, session: &mut Session, quick: bool) -> Vec<Finding> {
    let clock = session.clock.clone();
    let store = match Store::open_shared(&config.state_dir).await {
        Ok(store) => store,
        Err(error @ StoreError::Missing(_)) => return vec![finding("store", Tone::Warn, error.to_string())],
        Err(error) => return vec![finding("store", Tone::Bad, error.to_string())],
    };
    let (depth, limit) = if quick { (CheckDepth::Quick, QUICK) } else { (CheckDepth::Full, FULL) };
    let mut findings = match checked(&store, session, depth, limit).await {
        Ok(checked) => found(checked, limit, depth),
        Err(error) => vec![finding("store", Tone::Bad, error.to_string())],
    };
    if let Ok(counts) = store.counts().await {
        findings.push(database::outbox(&counts, owner::daemon_runs(&config.state_dir)));
    }
    if let Ok(storage) = store.storage().await {
        findings.extend(database::storage(&storage, clock.now()));
    }
    let failing = store.failing_channels().await.unwrap_or_default();
    let conditions = store.channel_conditions().await.unwrap_or_default();
    findings.extend(store.deliveries_paused().await.ok().flatten().iter().map(|reason| paused(reason)));
    findings.extend(stopped(config, &conditions, clock.now()));
    findings.extend(channels(config, &failing, &conditions, clock.now()));
    let aside = store.all_set_aside(LISTED).await.unwrap_or_default();
    let row = |one: &SetAside| format!("{} {}: {}", one.what, clean(&one.name), clean(&one.why));
    findings.extend(aside.iter().map(|one| finding("set aside", Tone::Warn, row(one))));
    let newest = store.items(&ItemQuery { before: None, limit: 1, source: None }).await;
    if let Some((_, newest)) = newest.ok().and_then(|items| items.into_iter().next()) {
        findings.push(clock_against(newest.first_seen.as_second() - clock.now().as_second()));
    }
    findings
}

/// Checks the database within `limit` and reports progress on standard error.
async fn checked(
    store: &Store,
    session: &mut Session,
    depth: CheckDepth,
    limit: Duration,
) -> Result<CheckReport, StoreError> {
    let watch = session.clock.stopwatch();
    let mut check = std::pin::pin!(store.check_while(depth, move || watch.elapsed() < limit));
    loop {
        match tokio::time::timeout(PROGRESS, &mut check).await {
            Ok(checked) => return checked,
            Err(_) => session.say(&format!(
                "checking the database: {} s of at most {} s; --quick checks less",
                watch.elapsed().as_secs(),
                limit.as_secs()
            )),
        }
    }
}

fn found(checked: CheckReport, limit: Duration, depth: CheckDepth) -> Vec<Finding> {
    let bad = |problem| {
        finding(
            "store",
            Tone::Bad,
            format!("{problem}; to restore a backup, stop marsad and type `marsad restore FILE`"),
        )
    };
    let mut findings: Vec<Finding> = checked.problems.into_iter().map(bad).collect();
    if !checked.complete {
        findings.push(unfinished(limit));
    } else if findings.is_empty() {
        findings.push(finding(
            "store",
            Tone::Ok,
            if depth == CheckDepth::Quick { "intact (pages only)" } else { "intact" },
        ));
    }
    findings
}

fn unfinished(limit: Duration) -> Finding {
    let text = format!("check not finished within {} s; no problem found so far", limit.as_secs());
    finding("store", Tone::Warn, text)
}

/// Compares the clock with the newest item: an item from the future means that the clock was set back.
fn clock_against(ahead: i64) -> Finding {
    if ahead > 60 {
        let text = format!("set back: {ahead} s behind the newest item; check date and NTP");
        finding("clock", Tone::Bad, text)
    } else {
        finding("clock", Tone::Ok, "later than every stored item")
    }
}

/// Whether systemd-timesyncd has set the clock: it then creates a file in `folder`.
fn synchronised(folder: &Path) -> Finding {
    match (folder.exists(), folder.join("synchronized").exists()) {
        (true, false) => finding("time server", Tone::Warn, "the clock is not synchronized yet; run timedatectl"),
        (true, true) => finding("time server", Tone::Ok, "the clock is synchronized"),
        (false, _) => finding("time server", Tone::Ok, "not checked: systemd-timesyncd is not in use"),
    }
}

#[cfg(test)]
mod tests;
