//! How much there is, and whether it is sound.

use super::Db;
use super::source::instant;
use crate::store::{Counts, DeliveryState, StoreError};

pub(super) const ITEMS: &str = "
    select (select count(*) from item), (select count(*) from alert), (select count(*) from follow where item is null)";

pub(super) const DELIVERIES: &str = "select state, count(*) from delivery group by state";

pub(super) const OLDEST: &str = "select min(made_at) from delivery where state in ('pending', 'inflight', 'held')";

pub(super) const INTEGRITY: &str = "pragma integrity_check(20)";

pub(super) const FOREIGN_KEYS: &str = "select count(*) from pragma_foreign_key_check";

pub(super) const WITHOUT_TIME: &str = "
    select count(*) from delivery where state = 'pending' and next_attempt_at is null
        or state in ('delivered', 'dead', 'cancelled') and settled_at is null";

pub(super) const GAPS: &str = "
    select channel_id, count(*), max(seq), (select next_seq - 1 from channel c where c.id = channel_id)
    from delivery group by channel_id";

pub(super) const STATES: &str = "
    select (select count(*) from delivery not indexed), (select count(*) from delivery not indexed
        where state in ('pending', 'inflight', 'held', 'delivered', 'dead', 'cancelled'))";

impl Db {
    /// How much there is of everything.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let (items, alerts, waiting): (i64, i64, i64) = sqlx::query_as(ITEMS).fetch_one(&self.reads).await?;
        let rows: Vec<(String, i64)> = sqlx::query_as(DELIVERIES).fetch_all(&self.reads).await?;
        let oldest: Option<i64> = sqlx::query_scalar(OLDEST).fetch_one(&self.reads).await?;
        let state = |(state, count): (String, i64)| {
            let state: DeliveryState = state.parse().map_err(|error| StoreError::unreadable("a delivery", error))?;
            Ok((state, count.unsigned_abs()))
        };
        Ok(Counts {
            items: items.unsigned_abs(),
            waiting: waiting.unsigned_abs(),
            alerts: alerts.unsigned_abs(),
            deliveries: rows.into_iter().map(state).collect::<Result<_, StoreError>>()?,
            oldest_pending: oldest.map(instant),
        })
    }

    /// What is wrong with the database, in sentences; empty when it is sound.
    ///
    /// # Errors
    /// When it cannot even be read.
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut wrong: Vec<String> = sqlx::query_scalar(INTEGRITY).fetch_all(&self.reads).await?;
        wrong.retain(|line| line != "ok");
        let dangling: i64 = sqlx::query_scalar(FOREIGN_KEYS).fetch_one(&self.reads).await?;
        if dangling > 0 {
            wrong.push(format!("{dangling} rows refer to rows that are gone"));
        }
        let timeless: i64 = sqlx::query_scalar(WITHOUT_TIME).fetch_one(&self.reads).await?;
        if timeless > 0 {
            wrong.push(format!("{timeless} deliveries are neither waiting for a time nor settled at one"));
        }
        let (all, stated): (i64, i64) = sqlx::query_as(STATES).fetch_one(&self.reads).await?;
        if all != stated {
            wrong.push(format!("{} of {all} deliveries are in no known state", all - stated));
        }
        let channels: Vec<(String, i64, i64, Option<i64>)> = sqlx::query_as(GAPS).fetch_all(&self.reads).await?;
        for (channel, count, last, given) in channels {
            // Retention removes the oldest, so fewer rows than numbers are no gap; more, or a later number, are.
            if count > last || given != Some(last) {
                wrong.push(format!("the numbers of channel {channel} do not add up: {count} deliveries, last {last}"));
            }
        }
        Ok(wrong)
    }
}
