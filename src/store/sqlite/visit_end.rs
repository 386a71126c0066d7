//! Saves how a visit ended, with the events that it raises.

use sqlx::SqliteConnection;

use super::source::stored_kinds;
use super::{Database, baseline, event, page_memory};
use crate::cadence::rhythm::PublicationRhythm;
use crate::dedupe::VolatileParts;
use crate::parse::page::layout::known_layout::LayoutBaseline;
use crate::source::{BodyHash, Validators};
use crate::store::{StoreError, VisitEnd, VisitEvents};

pub(super) const END: &str = "
    update source set
        state = ?2, last_visit_at = ?3, next_visit_at = ?4,
        etag = case when ?5 then ?6 else etag end,
        last_modified = case when ?5 then ?7 else last_modified end,
        body_hash = case when ?5 then ?13 else body_hash end,
        reading = case when ?5 then ?14 else reading end,
        failures = case when ?8 is null then 0 else failures + 1 end,
        failing_since = case when ?8 is null then null else coalesce(failing_since, ?3) end,
        last_success_at = case when ?8 is null then ?3 else last_success_at end,
        last_error = ?8,
        degraded = case when ?8 is null then ?9 else degraded end,
        ambiguous_keys = ?10,
        activated_at = case when activated_at is null and ?11 then ?3 else activated_at end,
        whole_at = case when whole_at is null and ?12 then ?3 else whole_at end,
        read_at = case when ?12 then ?3 else read_at end,
        document_sizes = ?15, rhythm = ?16, next_reason = ?17
    where id = ?1";

impl Database {
    /// Saves how a visit ended, and raises its events. This is the last write of a visit, so that after a crash
    /// everything is found again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn end_visit(&self, end: VisitEnd, events: Option<VisitEvents>) -> Result<(), StoreError> {
        self.in_place()?;
        let newest = self
            .write(move |connection| {
                Box::pin(async move {
                    let newest = raise_all(connection, events).await?;
                    end_visit(connection, end).await?;
                    Ok(newest)
                })
            })
            .await?;
        self.announce_alerts(newest);
        Ok(())
    }
}

/// Raises the events of a visit; returns the number of the newest alert.
async fn raise_all(connection: &mut SqliteConnection, events: Option<VisitEvents>) -> Result<Option<i64>, StoreError> {
    let Some(VisitEvents { events, channels, settings }) = events else { return Ok(None) };
    let mut newest = None;
    for event in events {
        newest = event::raise(connection, event, channels.clone(), settings.clone()).await?.1.or(newest);
    }
    Ok(newest)
}

async fn end_visit(connection: &mut SqliteConnection, end: VisitEnd) -> Result<(), StoreError> {
    let keep = end.validators.is_some();
    let Validators { etag, last_modified, body, reading } = end.validators.unwrap_or_default();
    sqlx::query(END)
        .bind(end.source.as_str())
        .bind(end.state.as_str())
        .bind(end.at.as_microsecond())
        .bind(end.next.at.as_microsecond())
        .bind(keep)
        .bind(etag)
        .bind(last_modified)
        .bind(end.error)
        .bind(end.degraded)
        .bind(stored_kinds(&end.ambiguous_keys))
        .bind(end.found)
        .bind(end.whole)
        .bind(body.as_ref().map(BodyHash::as_bytes))
        .bind(reading)
        .bind(end.sizes.stored())
        .bind(end.rhythm.as_ref().and_then(PublicationRhythm::stored))
        .bind(end.next.reason.as_str())
        .execute(&mut *connection)
        .await?;
    if end.layout_changed {
        let layout = end.layout.as_ref().and_then(LayoutBaseline::stored);
        sqlx::query(page_memory::LEARN).bind(end.source.as_str()).bind(layout).execute(&mut *connection).await?;
    }
    if let Some(volatile) = end.volatile.as_ref().and_then(VolatileParts::stored) {
        sqlx::query(page_memory::LEARN_VOLATILE)
            .bind(end.source.as_str())
            .bind(volatile)
            .execute(&mut *connection)
            .await?;
    }
    baseline::note(connection, &end.source, &end.baseline).await
}
