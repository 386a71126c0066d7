//! What is no longer needed goes, the oldest first and a little at a time; what would come back as new stays.

use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;

use super::Database;
use crate::clock::later;
use crate::store::{PruneReport, StoreError};

/// How many rows one step takes, so that no other writer waits long.
const STEP: i64 = 500;

/// How long an item is known again after its text has gone and no source lists it any more.
const IDENTITY: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Settled deliveries with their attempts.
pub(super) const DELIVERIES: &str = "
    delete from delivery where number in (
        select number from delivery where settled_at < ?1 order by number limit ?2)";

/// Alerts that nothing is owed or kept of any more.
pub(super) const ALERTS: &str = "
    delete from alert where number in (
        select a.number from alert a where a.made_at < ?1
            and not exists (select 1 from delivery d where d.alert = a.number)
        order by a.number limit ?2)";

/// The summaries and texts of items that no source has listed since.
pub(super) const TEXTS: &str = "
    update item set content = json_set(content, '$.summary', '', '$.text', '', '$.text_state', 'none')
    where number in (
        select i.number from item i
        where i.first_seen_at < ?1
            and case when json_valid(i.content) then i.content ->> '$.summary' <> '' or i.content ->> '$.text' <> '' end
            and not exists (select 1 from sighting s where s.item = i.number and s.last_at >= ?1)
        order by i.number limit ?2)";

/// Items that no source has listed for long enough; their keys and sightings go with them.
pub(super) const ITEMS: &str = "
    delete from item where number in (
        select i.number from item i where i.first_seen_at < ?1
            and not exists (select 1 from sighting s where s.item = i.number and s.last_at >= ?1)
        order by i.number limit ?2)";

/// What was told of texts that nobody can bring back as known.
pub(super) const ALERTED: &str = "
    delete from alerted where (watch_id, about) in (select watch_id, about from alerted where at < ?1 limit ?2)";

impl Database {
    /// Takes one step: at most 500 rows of each kind. All zero when nothing is left to do.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn prune(
        &self,
        texts: SignedDuration,
        deliveries: SignedDuration,
        now: Timestamp,
    ) -> Result<PruneReport, StoreError> {
        self.forget_set_aside(now).await?;
        self.write(move |connection| {
            Box::pin(async move {
                let settled = later(now, -deliveries);
                let listed = later(now, -texts);
                let known = later(listed, -IDENTITY);
                Ok(PruneReport {
                    deliveries: step(connection, DELIVERIES, settled).await?,
                    alerts: step(connection, ALERTS, settled).await?,
                    texts: step(connection, TEXTS, listed).await?,
                    items: step(connection, ITEMS, known).await?,
                    alerted: step(connection, ALERTED, known).await?,
                })
            })
        })
        .await
    }
}

async fn step(
    connection: &mut SqliteConnection,
    statement: &'static str,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let done = sqlx::query(statement).bind(before.as_microsecond()).bind(STEP).execute(connection).await?;
    Ok(done.rows_affected())
}
