//! Brings visits, pages and deliveries forward that were planned before the clock was set back.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Database;
use super::outbox::lossy;
use super::source::instant;
use crate::channel::ChannelId;
use crate::clock::later;
use crate::deliver::retry::REFUSED_FOR;
use crate::source::SourceId;
use crate::store::{DeliveryAhead, PagesAhead, StoreError};

pub(super) const VISITS: &str = "
    update source set next_visit_at = min(coalesce(next_visit_at, j.value ->> 'at'), j.value ->> 'at')
    from json_each(?1) j where source.id = j.value ->> 'id'";

pub(super) const PAGES: &str = "
    update follow set seen_at = min(seen_at, ?1),
        next_try_at = min(next_try_at, coalesce(?3 ->> tries, ?3 ->> '$[#-1]'))
    where next_try_at > ?2 or seen_at > ?1";

/// The deliveries that are due after an instant, except what waits for a refused recipient, but for no longer than such a
/// wait.
pub(super) const DELIVERIES: &str = "
    select d.number, d.id, d.urgent, max(d.attempts - d.by_hand, min(d.attempts, 1)), d.next_attempt_at,
        coalesce((select max(a.started_at) from attempt a where a.delivery = d.number), d.made_at)
    from delivery d where d.channel_id = ?1 and d.state = 'pending' and d.next_attempt_at > ?2
      and not exists (select 1 from refused_recipient r where r.channel_id = d.channel_id
          and r.recipient = d.recipient and r.until = d.next_attempt_at and r.until <= ?3)";

pub(super) const BRING_DELIVERIES: &str = "
    update delivery set next_attempt_at = j.value ->> 'at' from json_each(?1) j
    where delivery.number = j.value ->> 'number' and state = 'pending' and next_attempt_at > j.value ->> 'at'";

pub(super) const LAST_VISIT: &str = "select max(last_visit_at) from source";

/// How many rows one transaction changes, so that no other writer waits long. Chosen by hand.
const BATCH: usize = 1_000;

impl Database {
    /// Brings these sources' next visits forward.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn bring_visits_forward(&self, visits: &[(SourceId, Timestamp)]) -> Result<(), StoreError> {
        let row = |(id, at): &(SourceId, Timestamp)| json!({ "id": id, "at": at.as_microsecond() });
        self.bring_forward(VISITS, visits.iter().map(row).collect()).await
    }

    /// Brings these pending deliveries forward.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn bring_deliveries_forward(&self, deliveries: &[(i64, Timestamp)]) -> Result<(), StoreError> {
        let row = |(number, at): &(i64, Timestamp)| json!({ "number": number, "at": at.as_microsecond() });
        for batch in deliveries.chunks(BATCH) {
            self.bring_forward(BRING_DELIVERIES, batch.iter().map(row).collect()).await?;
        }
        Ok(())
    }

    async fn bring_forward(&self, statement: &'static str, rows: Vec<Value>) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(statement).bind(Value::from(rows).to_string()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Brings forward the pages that are due later than the pause after their last try.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn bring_pages_forward(&self, pages: PagesAhead) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let due: Vec<i64> = pages.due.iter().map(|at| at.as_microsecond()).collect();
                let bring = sqlx::query(PAGES).bind(pages.now.as_microsecond()).bind(pages.beyond.as_microsecond());
                bring.bind(Value::from(due).to_string()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// The pending deliveries of a channel that are not due at `now`, without their bodies.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn deliveries_ahead(
        &self,
        channel: &ChannelId,
        now: Timestamp,
    ) -> Result<Vec<DeliveryAhead>, StoreError> {
        type Row = (i64, Vec<u8>, bool, u32, i64, i64);
        let rows: Vec<Row> = sqlx::query_as(DELIVERIES)
            .bind(channel.as_str())
            .bind(now.as_microsecond())
            .bind(later(now, REFUSED_FOR).as_microsecond())
            .fetch_all(&self.reads)
            .await?;
        let ahead = |(number, id, urgent, attempts, due, planned_at): Row| DeliveryAhead {
            number,
            id: lossy(&id),
            urgent,
            attempts,
            planned_at: instant(planned_at),
            due: instant(due),
        };
        Ok(rows.into_iter().map(ahead).collect())
    }

    /// When any source was last visited; none if never.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn last_visit(&self) -> Result<Option<Timestamp>, StoreError> {
        let last: Option<i64> = sqlx::query_scalar(LAST_VISIT).fetch_one(&self.reads).await?;
        Ok(last.map(instant))
    }
}
