//! Keeps the recipients that a relay refuses for good: what is due to them waits, and is sent when they are tried again.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::Database;
use super::json_column::{json, readable};
use super::source::instant;
use crate::alert::{FailureScope, Outcome};
use crate::channel::ChannelId;
use crate::clock::later;
use crate::deliver::retry::{self, REFUSED_FOR};
use crate::store::{AttemptEnd, RefusedRecipient, StoreError};

pub(super) const REFUSED: &str = "
    select r.channel_id, r.recipient, r.since, r.until, r.reason, r.reported,
        (select count(*) from delivery d indexed by delivery_waiting
            where d.channel_id = r.channel_id and d.state in ('pending', 'held') and d.recipient = r.recipient)
    from refused_recipient r order by r.channel_id, r.recipient";

pub(super) const REFUSED_UNTIL: &str = "
    select until from refused_recipient where channel_id = ?1 and recipient = ?2 and until > ?3";

/// Records a refusal of the recipient of a delivery. One that follows within a day, by hand, is no news.
pub(super) const REFUSE: &str = "
    insert into refused_recipient (channel_id, recipient, since, until, reason)
    select channel_id, recipient, ?2, ?3, ?4 from delivery where number = ?1
    on conflict (channel_id, recipient) do update set until = excluded.until, reason = excluded.reason,
        reported = reported and excluded.until - until < 86400000000";

/// What is due to refused recipients of a channel waits, except what an operator retries.
pub(super) const POSTPONE: &str = "
    update delivery set next_attempt_at = r.until
    from refused_recipient r
    where r.channel_id = ?1 and r.until > ?2 and delivery.number in (
        select d.number from delivery d indexed by delivery_waiting
        where d.channel_id = ?1 and d.state in ('pending', 'held') and d.recipient = r.recipient
          and d.next_attempt_at < r.until and d.scheduled_at is null)";

/// What waits for refused recipients of a channel, all or one, is due: repeats not before they are allowed.
pub(super) const RELEASE_REFUSED: &str = "
    update delivery set next_attempt_at = case when attempts > 0 then ?4 else ?3 end
    from refused_recipient r
    where r.channel_id = ?1 and (?2 is null or r.recipient = ?2) and delivery.number in (
        select d.number from delivery d indexed by delivery_waiting
        where d.channel_id = ?1 and d.state in ('pending', 'held') and d.recipient = r.recipient
          and d.next_attempt_at = r.until)";

pub(super) const ACCEPT_RECIPIENT: &str = "
    delete from refused_recipient where channel_id = ?1 and (?2 is null or recipient = ?2)";

pub(super) const RECIPIENT: &str = "select recipient from delivery where number = ?1";

pub(super) const REPORTED: &str = "
    update refused_recipient set reported = 1 where channel_id = ?1 and recipient = ?2 and until = ?3 and reported = 0";

type RefusedRow = (String, String, i64, i64, String, bool, i64);

impl Database {
    /// The recipients that relays refuse, with what waits for them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn refused_recipients(&self) -> Result<Vec<RefusedRecipient>, StoreError> {
        let rows: Vec<RefusedRow> = sqlx::query_as(REFUSED).fetch_all(&self.reads).await?;
        let refused = |(channel, recipient, since, until, reason, is_reported, waiting): RefusedRow| RefusedRecipient {
            channel: ChannelId::new(channel),
            recipient,
            since: instant(since),
            until: instant(until),
            reason: readable(&reason),
            is_reported,
            waiting: waiting.unsigned_abs(),
        };
        Ok(rows.into_iter().map(refused).collect())
    }
}

/// Until when mail to a recipient waits; none if it may leave.
pub(super) async fn until(
    connection: &mut SqliteConnection,
    channel: &ChannelId,
    recipient: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    if recipient.is_empty() {
        return Ok(None);
    }
    let until: Option<i64> = sqlx::query_scalar(REFUSED_UNTIL)
        .bind(channel.as_str())
        .bind(recipient)
        .bind(now.as_microsecond())
        .fetch_optional(connection)
        .await?;
    Ok(until.map(instant))
}

/// Applies what the end of an attempt means for its recipient, after the delivery itself was settled.
pub(super) async fn settled(
    connection: &mut SqliteConnection,
    channel: &ChannelId,
    delivery: i64,
    end: &AttemptEnd,
) -> Result<(), StoreError> {
    match &end.outcome {
        Outcome::Delivered { .. } => {
            let recipient: String = sqlx::query_scalar(RECIPIENT).bind(delivery).fetch_one(&mut *connection).await?;
            if !recipient.is_empty() {
                accept(connection, channel, Some(&recipient), end.at).await?;
            }
        }
        Outcome::Rejected { reason } if reason.scope == FailureScope::Recipient => {
            sqlx::query(REFUSE)
                .bind(delivery)
                .bind(end.at.as_microsecond())
                .bind(later(end.at, REFUSED_FOR).as_microsecond())
                .bind(json(reason)?)
                .execute(&mut *connection)
                .await?;
            postpone(connection, channel, end.at).await?;
        }
        _ => {}
    }
    Ok(())
}

/// Lets what is due to refused recipients of a channel wait.
pub(super) async fn postpone(
    connection: &mut SqliteConnection,
    channel: &ChannelId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(POSTPONE).bind(channel.as_str()).bind(now.as_microsecond()).execute(connection).await?;
    Ok(())
}

/// Lets leave what waits for a refused recipient, or for all of a channel. Returns how many deliveries.
pub(super) async fn accept(
    connection: &mut SqliteConnection,
    channel: &ChannelId,
    recipient: Option<&str>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let released = sqlx::query(RELEASE_REFUSED)
        .bind(channel.as_str())
        .bind(recipient)
        .bind(now.as_microsecond())
        .bind(retry::soonest(now).as_microsecond())
        .execute(&mut *connection)
        .await?;
    sqlx::query(ACCEPT_RECIPIENT).bind(channel.as_str()).bind(recipient).execute(connection).await?;
    Ok(released.rows_affected())
}
