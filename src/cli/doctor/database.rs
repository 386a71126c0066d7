//! What `marsad doctor` reports about the outbox, the size of the database and its backups.

use jiff::{SignedDuration, Timestamp};

use crate::cli::backup::size;
use crate::cli::output::{Tone, counted, relative};
use crate::cli::status::{Finding, finding};
use crate::clock::{Clock, later};
use crate::config::Config;
use crate::store::{DeliveryState, StorageReport, Store, StoreCounts, StoreError};

/// A backup that is older is reported. Chosen by hand: a month.
const OLD_BACKUP: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Free pages that are worth a rewrite of the database, in bytes. Chosen by hand.
const MUCH_FREE: u64 = 100_000_000;

/// A write-ahead log that is larger is reported, in bytes. Chosen by hand: 60 times the size at which SQLite writes it
/// back.
const LONG_LOG: u64 = 256_000_000;

/// Every state of a delivery. Each delivery is in one of them.
const STATES: [DeliveryState; 6] = [
    DeliveryState::Pending,
    DeliveryState::Inflight,
    DeliveryState::Held,
    DeliveryState::Delivered,
    DeliveryState::Dead,
    DeliveryState::Cancelled,
];

/// How many deliveries are in each state, and whether a daemon runs for those in flight.
pub(super) fn outbox(counts: &StoreCounts, runs: bool) -> Finding {
    let of = |state: DeliveryState| counts.deliveries.get(&state).copied().unwrap_or(0);
    let all: u64 = counts.deliveries.values().sum();
    let total = counted(usize::try_from(all).unwrap_or(usize::MAX), "delivery");
    let words: Vec<String> = STATES.iter().map(|state| format!("{} {}", of(*state), word(*state))).collect();
    let text = format!("{total} = {}", words.join(" + "));
    match of(DeliveryState::Inflight) {
        0 => finding("outbox", Tone::Ok, text),
        _ if runs => finding("outbox", Tone::Ok, text),
        some => finding(
            "outbox",
            Tone::Warn,
            format!("{text}; no daemon runs for the {some} in flight; the next start retries"),
        ),
    }
}

fn word(state: DeliveryState) -> &'static str {
    if state == DeliveryState::Inflight { "in flight" } else { state.as_str() }
}

/// The size of the database and its last backup.
pub(super) fn storage(report: &StorageReport, now: Timestamp) -> Vec<Finding> {
    vec![space(report), backup(report.backup_at, now)]
}

fn space(report: &StorageReport) -> Finding {
    let text = format!("database {}, of which {} free", size(report.bytes), size(report.free));
    if report.log > LONG_LOG {
        let text = format!(
            "{text}; the write-ahead log has {}: a program keeps the database open; look for it with fuser or lsof",
            size(report.log)
        );
        return finding("size", Tone::Warn, text);
    }
    match report.shrinks {
        true => finding("size", Tone::Ok, text),
        false if report.free > MUCH_FREE => {
            finding("size", Tone::Warn, format!("{text}; to shrink it, stop marsad and type marsad doctor --compact"))
        }
        false => finding("size", Tone::Ok, format!("{text}; it does not shrink until marsad doctor --compact")),
    }
}

/// The age of the last backup. Backups by other programs are not known, so none is only a remark.
fn backup(at: Option<Timestamp>, now: Timestamp) -> Finding {
    match at {
        None => finding("backup", Tone::Ok, "none by marsad so far; marsad backup FILE makes one"),
        Some(at) if later(at, OLD_BACKUP) < now => finding(
            "backup",
            Tone::Warn,
            format!("the last one was made {}; type marsad backup FILE", relative(at, now)),
        ),
        Some(at) => finding("backup", Tone::Ok, format!("the last one was made {}", relative(at, now))),
    }
}

/// Rewrites the database without free pages.
///
/// # Errors
/// If a daemon runs, the database is damaged, or there is no room.
pub(super) async fn compact(config: &Config, clock: &Clock) -> Result<Finding, StoreError> {
    let (before, after) = Store::compact(&config.state_dir, clock.now()).await?;
    Ok(finding("compact", Tone::Ok, format!("the database had {} and has {}", size(before), size(after))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_of_the_outbox_are_listed_with_their_sum() {
        let deliveries = [(DeliveryState::Delivered, 7), (DeliveryState::Pending, 2)].into();
        let found = outbox(&StoreCounts { deliveries, ..StoreCounts::default() }, false);
        let sum = "9 deliveries = 2 pending + 0 in flight + 0 held + 7 delivered + 0 dead + 0 cancelled";
        assert_eq!((found.tone, found.text.as_str()), (Tone::Ok, sum));
    }

    #[test]
    fn a_backup_is_old_after_a_month_and_free_pages_are_worth_a_rewrite_only_if_they_stay() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let ago = |days: i64| Some(later(now, SignedDuration::from_hours(-24 * days)));
        assert_eq!([None, ago(3), ago(40)].map(|at| backup(at, now).tone), [Tone::Ok, Tone::Ok, Tone::Warn]);
        let report = StorageReport { bytes: 400_000_000, free: 200_000_000, ..StorageReport::default() };
        assert_eq!(space(&report).tone, Tone::Warn);
        assert_eq!(space(&StorageReport { shrinks: true, ..report }).tone, Tone::Ok);
    }
}
