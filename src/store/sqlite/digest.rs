//! Gathers alerts for digests and plans their slots; `digest_closing` makes the digests.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::Database;
use super::event::{self, QueuedAlert};
use super::source::instant;
use crate::alert::digest::{self, DigestReason, MAIL_WINDOW, MAILS_PER_HOUR};
use crate::alert::{Alert, WatchId};
use crate::channel::{Channel, ChannelId};
use crate::clock::later;
use crate::deliver::slot::{self, Departure, SlotPlan, WaitingEntries};
use crate::store::{DigestState, StoreError};

pub(super) const GATHER: &str = "
    insert into digest_entry (alert, channel_id, recipient, reason, watches, urgent, made_at, closes_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (alert, channel_id, recipient) do nothing";

/// The mails to a recipient since an instant: at most as many as the limit needs.
pub(super) const MAILS_SINCE: &str = "
    select count(*) from (select 1 from delivery where recipient = ?1 and recipient <> '' and made_at > ?2 limit +?3)";

/// When the open digest beyond the limit closes.
pub(super) const OPEN_LIMIT: &str = "
    select min(closes_at) from digest_entry
    where channel_id = ?1 and recipient = ?2 and reason = 'limit' and delivery is null";

/// When the last digest to a recipient was made.
pub(super) const LAST_DIGEST: &str = "
    select max(d.made_at) from delivery d cross join alert a
    where d.recipient = ?1 and d.recipient <> '' and d.made_at > ?2 and a.number = d.alert and a.kind = 'digest'";

pub(super) const PLANS: &str = "select channel_id, schedule, closes_at from digest_slot";

pub(super) const WAITING: &str = "
    select channel_id, count(*), min(closes_at), max(case when reason in ('flood', 'limit') then closes_at end)
    from digest_entry indexed by digest_entry_waiting where delivery is null group by channel_id";

pub(super) const SAVE_PLAN: &str = "
    insert into digest_slot (channel_id, schedule, closes_at) values (?1, ?2, ?3)
    on conflict (channel_id) do update set schedule = excluded.schedule, closes_at = excluded.closes_at";

pub(super) const REPLAN: &str = "
    update digest_entry set closes_at = ?2
    where channel_id = ?1 and delivery is null and reason in ('schedule', 'quiet') and closes_at > ?3";

impl Database {
    /// The plan of each channel's slots, and the alerts that wait.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn digest_states(&self) -> Result<HashMap<ChannelId, DigestState>, StoreError> {
        let mut states: HashMap<ChannelId, DigestState> = HashMap::new();
        let plans: Vec<(String, String, Option<i64>)> = sqlx::query_as(PLANS).fetch_all(&self.reads).await?;
        for (channel, schedule, closes_at) in plans {
            let plan = SlotPlan { schedule, closes_at: closes_at.map(instant) };
            states.entry(ChannelId::new(channel)).or_default().plan = Some(plan);
        }
        let waiting: Vec<(String, i64, i64, Option<i64>)> = sqlx::query_as(WAITING).fetch_all(&self.reads).await?;
        for (channel, alerts, first, last) in waiting {
            let waiting = WaitingEntries { first: instant(first), last_short: last.map(instant) };
            let state = states.entry(ChannelId::new(channel)).or_default();
            (state.waiting, state.alerts) = (Some(waiting), alerts.unsigned_abs());
        }
        Ok(states)
    }

    /// Saves the plan of a channel's slots. What waits for a slot or the end of quiet hours waits until `closes_at`.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn replan_digests(
        &self,
        channel: &ChannelId,
        plan: SlotPlan,
        closes_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let channel = channel.clone();
        self.write(move |connection| {
            Box::pin(async move {
                save_plan(connection, &channel, &plan).await?;
                let replan = sqlx::query(REPLAN).bind(channel.as_str()).bind(closes_at.as_microsecond());
                replan.bind(now.as_microsecond()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

pub(super) async fn save_plan(
    connection: &mut SqliteConnection,
    channel: &ChannelId,
    plan: &SlotPlan,
) -> Result<(), StoreError> {
    let save = sqlx::query(SAVE_PLAN).bind(channel.as_str()).bind(plan.schedule.as_str());
    save.bind(plan.closes_at.map(Timestamp::as_microsecond)).execute(connection).await?;
    Ok(())
}

/// Queues an item's alert for every recipient of its channel: as a delivery of its own, or for a digest. `flood` is
/// when the digest of a flood closes. Returns the number of recipients.
pub(super) async fn queue(
    connection: &mut SqliteConnection,
    queued: &QueuedAlert<'_>,
    flood: Option<Timestamp>,
) -> Result<usize, StoreError> {
    let (channel, urgent) = (queued.channel, queued.alert.is_urgent());
    let recipients = channel.recipients();
    for recipient in &recipients {
        let departure = match slot::departure(channel, urgent, flood, queued.at) {
            Departure::Alone(at) if !urgent && !recipient.is_empty() => {
                limited(connection, channel, recipient, at).await?
            }
            other => other,
        };
        match departure {
            Departure::Alone(leaves) => drop(event::deliver(connection, queued, recipient, leaves).await?),
            Departure::Gathered(reason, closes) => gather(connection, queued, recipient, reason, closes).await?,
        }
    }
    Ok(recipients.len())
}

/// How a mail that could leave at `now` leaves if its recipient has got as many mails as an hour may have.
async fn limited(
    connection: &mut SqliteConnection,
    channel: &Channel,
    recipient: &str,
    now: Timestamp,
) -> Result<Departure, StoreError> {
    let open: Option<i64> =
        sqlx::query_scalar(OPEN_LIMIT).bind(channel.id.as_str()).bind(recipient).fetch_one(&mut *connection).await?;
    if let Some(closes) = open {
        return Ok(Departure::Gathered(DigestReason::Limit, instant(closes)));
    }
    let since = later(now, -MAIL_WINDOW).as_microsecond();
    let most = i64::try_from(MAILS_PER_HOUR).unwrap_or(i64::MAX);
    let mails: i64 =
        sqlx::query_scalar(MAILS_SINCE).bind(recipient).bind(since).bind(most).fetch_one(&mut *connection).await?;
    if mails < most {
        return Ok(Departure::Alone(now));
    }
    let last: Option<i64> = sqlx::query_scalar(LAST_DIGEST).bind(recipient).bind(since).fetch_one(connection).await?;
    Ok(Departure::Gathered(DigestReason::Limit, digest::limit_closes_at(now, last.map(instant))))
}

async fn gather(
    connection: &mut SqliteConnection,
    queued: &QueuedAlert<'_>,
    recipient: &str,
    reason: DigestReason,
    closes_at: Timestamp,
) -> Result<(), StoreError> {
    let watches: Vec<&WatchId> = match queued.alert {
        Alert::Item(alert) => alert.hits.iter().map(|hit| &hit.watch).collect(),
        Alert::Event(_) | Alert::Digest(_) => Vec::new(),
    };
    let watches = serde_json::to_string(&watches).map_err(|error| StoreError::unreadable("an alert", error))?;
    sqlx::query(GATHER)
        .bind(queued.number)
        .bind(queued.channel.id.as_str())
        .bind(recipient)
        .bind(reason.as_str())
        .bind(watches)
        .bind(queued.alert.is_urgent())
        .bind(queued.at.as_microsecond())
        .bind(closes_at.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}
