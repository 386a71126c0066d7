//! Counts stored rows and finds failing channels.

use jiff::Timestamp;

use super::Database;
use super::source::instant;
use crate::alert::{is_of_an_event, is_of_an_item};
use crate::channel::ChannelId;
use crate::store::{DeliveryState, FailingChannel, StoreCounts, StoreError};

pub(super) const ITEMS: &str = "
    select (select count(*) from item), (select count(*) from follow where item is null)";

pub(super) const ALERTS: &str = "select kind, count(*) from alert indexed by alert_by_kind group by kind";

pub(super) const DELIVERIES: &str = "
    select state, count(*) from delivery indexed by delivery_by_state group by state";

pub(super) const DEAD_SINCE: &str = "
    select channel_id, count(*) from delivery indexed by delivery_dead
    where state = 'dead' and settled_at > ?1 group by channel_id order by channel_id";

/// Two failed attempts, of one delivery or two, since the last success: a single one may be a restarting receiver.
pub(super) const FAILING: &str = "
    select f.channel_id, f.deliveries, f.since
    from (
        select channel_id, count(*) as deliveries, sum(attempts) as attempts, min(first_attempt_at) as since,
            max(first_attempt_at) as latest
        from delivery indexed by delivery_failing
        where state in ('pending', 'inflight', 'held') and attempts > 0 and last_reason is not null
        group by channel_id) f
    where f.attempts >= 2 and not exists (
        select 1 from delivery d indexed by delivery_delivered
        where d.channel_id = f.channel_id and d.state = 'delivered' and d.settled_at >= f.latest)";

pub(super) const OLDEST: &str = "
    select min(made_at) from delivery where state in ('pending', 'inflight', 'held') and state <> 'held'";

pub(super) const GATHERED: &str =
    "select count(*) from digest_entry indexed by digest_entry_waiting where delivery is null";

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
        let mut failing: Vec<FailingChannel> = rows.into_iter().map(failing).collect();
        failing.sort_by(|one, other| one.channel.cmp(&other.channel));
        Ok(failing)
    }

    /// How many deliveries failed permanently after `since`, by channel.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn dead_since(&self, since: Timestamp) -> Result<Vec<(ChannelId, u64)>, StoreError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as(DEAD_SINCE).bind(since.as_microsecond()).fetch_all(&self.reads).await?;
        Ok(rows.into_iter().map(|(channel, count)| (ChannelId::new(channel), count.unsigned_abs())).collect())
    }

    /// Counts items, alerts, events and deliveries.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn counts(&self) -> Result<StoreCounts, StoreError> {
        let (items, waiting): (i64, i64) = sqlx::query_as(ITEMS).fetch_one(&self.reads).await?;
        let kinds: Vec<(String, i64)> = sqlx::query_as(ALERTS).fetch_all(&self.reads).await?;
        let sum = |is_counted: fn(&str) -> bool| {
            kinds.iter().filter(|(kind, _)| is_counted(kind)).map(|(_, count)| count.unsigned_abs()).sum()
        };
        let rows: Vec<(String, i64)> = sqlx::query_as(DELIVERIES).fetch_all(&self.reads).await?;
        let oldest: Option<i64> = sqlx::query_scalar(OLDEST).fetch_one(&self.reads).await?;
        let gathered: i64 = sqlx::query_scalar(GATHERED).fetch_one(&self.reads).await?;
        let state = |(state, count): (String, i64)| Some((state.parse::<DeliveryState>().ok()?, count.unsigned_abs()));
        Ok(StoreCounts {
            items: items.unsigned_abs(),
            waiting: waiting.unsigned_abs(),
            alerts: sum(is_of_an_item),
            events: sum(is_of_an_event),
            deliveries: rows.into_iter().filter_map(state).collect(),
            gathered: gathered.unsigned_abs(),
            oldest_pending: oldest.map(instant),
        })
    }
}
