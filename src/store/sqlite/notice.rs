//! Stores notices about sources together with what was noticed, so that none is raised twice.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::source::instant;
use super::{Database, event};
use crate::alert::HealthEvent;
use crate::channel::Channel;
use crate::health::notice::Notice;
use crate::health::outage::Outage;
use crate::health::rhythm::{HISTORY, Rhythm};
use crate::render::RenderSettings;
use crate::source::SourceId;
use crate::store::{NoticeUpdate, StoreError};

pub(super) const NOTICE: &str =
    "update source set noticed_state = ?2, noticed_since = ?3, noticed_at = ?4 where id = ?1";

pub(super) const FLOOD_NOTICED: &str = "update flood set noticed_at = ?2 where source_id = ?1 and noticed_at is null";

/// A row of `meta` is replaced only if it has the expected value: one of several visits at once reports an outage.
pub(super) const OUTAGE_BEGINS: &str =
    "insert into meta (key, value) values ('outage', ?1) on conflict (key) do nothing";

pub(super) const OUTAGE_REPEATS: &str = "update meta set value = ?2 where key = 'outage' and value = ?1";

pub(super) const OUTAGE_ENDS: &str = "delete from meta where key = 'outage' and value = ?1";

pub(super) const OUTAGE: &str = "select value from meta where key = 'outage'";

pub(super) const FAILING_SINCE: &str = "
    select id, failing_since from source where removed_at is null and failing_since is not null";

/// The newest item that a source brought for the first time: a known item at another address is no arrival.
pub(super) const LAST_ARRIVAL: &str = "
    select s.first_at from sighting s
    where s.source_id = ?1 and not exists (
        select 1 from sighting e where e.item = s.item and e.source_id = ?1 and e.first_at < s.first_at)
    order by s.first_at desc limit 1";

/// The first arrival of all, the number of gaps between arrivals since ?2, and the longest of them. A gap that began
/// earlier counts.
pub(super) const RHYTHM: &str = "
    with arrival (at) as (
        select distinct s.first_at from sighting s
        where s.source_id = ?1 and s.first_at <= ?3
          and s.first_at >= coalesce(
              (select max(b.first_at) from sighting b where b.source_id = ?1 and b.first_at < ?2), ?2)
          and not exists (
              select 1 from sighting e where e.item = s.item and e.source_id = ?1 and e.first_at < s.first_at))
    select (select min(f.first_at) from sighting f where f.source_id = ?1), count(g.gap), coalesce(max(g.gap), 0)
    from (select a.at - lag(a.at) over (order by a.at) as gap from arrival a) g";

impl Database {
    /// Raises an event and records the notice in the same transaction. False if another visit has recorded it already;
    /// then no event is raised.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn raise_notice(
        &self,
        event: HealthEvent,
        update: NoticeUpdate,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<bool, StoreError> {
        let newest = self
            .write(move |connection| {
                Box::pin(async move {
                    if !record(connection, &update, event.at).await? {
                        return Ok(None);
                    }
                    Ok(Some(event::raise(connection, event, channels, settings).await?.1))
                })
            })
            .await?;
        self.announce_alerts(newest.flatten());
        Ok(newest.is_some())
    }

    /// When the failures of each failing source began.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn failing_since(&self) -> Result<Vec<(SourceId, Timestamp)>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(FAILING_SINCE).fetch_all(&self.reads).await?;
        Ok(rows.into_iter().map(|(id, since)| (SourceId::new(id), instant(since))).collect())
    }

    /// The outage that was reported and has not ended; one that cannot be read counts as none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn outage(&self) -> Result<Option<Outage>, StoreError> {
        let stored: Option<String> = sqlx::query_scalar(OUTAGE).fetch_optional(&self.reads).await?;
        Ok(stored.and_then(|stored| serde_json::from_str(&stored).ok()))
    }

    /// When a source last brought a new item.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn last_arrival(&self, source: &SourceId) -> Result<Option<Timestamp>, StoreError> {
        let last: Option<i64> =
            sqlx::query_scalar(LAST_ARRIVAL).bind(source.as_str()).fetch_optional(&self.reads).await?;
        Ok(last.map(instant))
    }

    /// The rhythm of a source; none if it has never brought an item.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn rhythm(&self, source: &SourceId) -> Result<Option<Rhythm>, StoreError> {
        let Some(last) = self.last_arrival(source).await? else { return Ok(None) };
        let since = crate::clock::later(last, -HISTORY);
        let (first, gaps, longest): (Option<i64>, u32, i64) = sqlx::query_as(RHYTHM)
            .bind(source.as_str())
            .bind(since.as_microsecond())
            .bind(last.as_microsecond())
            .fetch_one(&self.reads)
            .await?;
        let longest_gap = jiff::SignedDuration::from_micros(longest);
        Ok(Some(Rhythm { first: first.map_or(last, instant), last, longest_gap, gaps }))
    }
}

/// Records what was noticed; false if it is recorded already.
async fn record(connection: &mut SqliteConnection, update: &NoticeUpdate, at: Timestamp) -> Result<bool, StoreError> {
    let outage =
        |outage: &Outage| serde_json::to_string(outage).map_err(|error| StoreError::unreadable("an outage", error));
    let query = match update {
        NoticeUpdate::Source(source, notice) => sqlx::query(NOTICE)
            .bind(source.as_str())
            .bind(notice.as_ref().map(|Notice { state, .. }| state.as_str()))
            .bind(notice.as_ref().map(|notice| notice.since.as_microsecond()))
            .bind(notice.as_ref().map(|notice| notice.at.as_microsecond())),
        NoticeUpdate::Flood(source) => sqlx::query(FLOOD_NOTICED).bind(source.as_str()).bind(at.as_microsecond()),
        NoticeUpdate::OutageBegins(now) => sqlx::query(OUTAGE_BEGINS).bind(outage(now)?),
        NoticeUpdate::OutageRepeats(before, now) => {
            sqlx::query(OUTAGE_REPEATS).bind(outage(before)?).bind(outage(now)?)
        }
        NoticeUpdate::OutageEnds(before) => sqlx::query(OUTAGE_ENDS).bind(outage(before)?),
    };
    Ok(query.execute(connection).await?.rows_affected() > 0)
}
