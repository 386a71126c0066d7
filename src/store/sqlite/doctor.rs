//! Counts stored rows and finds failing channels.

use super::Database;
use super::source::instant;
use crate::channel::ChannelId;
use crate::store::{DeliveryState, FailingChannel, StoreCounts, StoreError};

pub(super) const ITEMS: &str = "
    select (select count(*) from item), (select count(*) from alert), (select count(*) from follow where item is null)";

pub(super) const DELIVERIES: &str = "select state, count(*) from delivery group by state";

/// Two failed attempts, of one delivery or two, since the last success: a single one may be a restarting receiver.
pub(super) const FAILING: &str = "
    select f.channel_id, f.deliveries, f.since
    from (
        select channel_id, count(*) as deliveries, sum(attempts) as attempts, min(first_attempt_at) as since,
            max(first_attempt_at) as latest
        from delivery
        where state in ('pending', 'inflight', 'held') and attempts > 0 and last_reason is not null
        group by channel_id) f
    where f.attempts >= 2 and not exists (
        select 1 from delivery d
        where d.channel_id = f.channel_id and d.state = 'delivered' and d.settled_at >= f.latest)
    order by f.channel_id";

pub(super) const OLDEST: &str = "select min(made_at) from delivery where state in ('pending', 'inflight', 'held')";

impl Database {
    /// The failing channels.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn failing_channels(&self) -> Result<Vec<FailingChannel>, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(FAILING).fetch_all(&self.reads).await?;
        let failing = |(channel, deliveries, since): (String, i64, i64)| FailingChannel {
            channel: ChannelId::new(channel),
            deliveries: deliveries.unsigned_abs(),
            since: instant(since),
        };
        Ok(rows.into_iter().map(failing).collect())
    }

    /// Counts items, alerts and deliveries.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn counts(&self) -> Result<StoreCounts, StoreError> {
        let (items, alerts, waiting): (i64, i64, i64) = sqlx::query_as(ITEMS).fetch_one(&self.reads).await?;
        let rows: Vec<(String, i64)> = sqlx::query_as(DELIVERIES).fetch_all(&self.reads).await?;
        let oldest: Option<i64> = sqlx::query_scalar(OLDEST).fetch_one(&self.reads).await?;
        let state = |(state, count): (String, i64)| Some((state.parse::<DeliveryState>().ok()?, count.unsigned_abs()));
        Ok(StoreCounts {
            items: items.unsigned_abs(),
            waiting: waiting.unsigned_abs(),
            alerts: alerts.unsigned_abs(),
            deliveries: rows.into_iter().filter_map(state).collect(),
            oldest_pending: oldest.map(instant),
        })
    }
}
