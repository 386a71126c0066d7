//! Stores what visits learnt about the pages of a source: layout, shared text, volatile address parts.

use jiff::Timestamp;
use sqlx::{SqliteConnection, SqliteExecutor};

use super::Database;
use crate::address::Address;
use crate::parse::page::shared_text::SharedText;
use crate::source::SourceId;
use crate::store::StoreError;

/// A changed address means another page: what was learnt no longer applies.
pub(super) const UNLEARN: &str = "
    delete from page_memory where source_id in (
        select s.id from source s join json_each(?1) j on s.id = j.value ->> 'id'
        where s.address <> j.value ->> 'address')";

pub(super) const LEARN: &str = "
    insert into page_memory (source_id, places)
    select ?1, ?2 where ?2 is not null or exists (select 1 from page_memory l where l.source_id = ?1)
    on conflict (source_id) do update set places = excluded.places where places is not excluded.places";

pub(super) const BLOCKS: &str = "select blocks from page_memory where source_id = ?1";

pub(super) const LEARN_BLOCKS: &str = "
    insert into page_memory (source_id, blocks) values (?1, ?2)
    on conflict (source_id) do update set blocks = excluded.blocks";

pub(super) const LEARN_VOLATILE: &str = "
    insert into page_memory (source_id, volatile) values (?1, ?2)
    on conflict (source_id) do update set volatile = excluded.volatile";

impl Database {
    /// The text that the pages of a source have in common.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn shared_text(&self, source: &SourceId) -> Result<SharedText, StoreError> {
        shared_text(&self.reads, source).await
    }

    /// Learns a page's text. Returns the text that the pages of its source have in common, this page included.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(crate) async fn learn_page(
        &self,
        source: &SourceId,
        page: &Address,
        headline: &str,
        text: &str,
        at: Timestamp,
    ) -> Result<SharedText, StoreError> {
        let mut known = self.shared_text(source).await?;
        if !known.learn(page, headline, text, at) {
            return Ok(known);
        }
        let (source, page) = (source.clone(), page.clone());
        let (headline, text) = (headline.to_owned(), text.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                // Read again within the transaction: another page may have been learnt since.
                let mut known = shared_text(&mut *connection, &source).await?;
                known.learn(&page, &headline, &text, at);
                write(connection, &source, &known).await?;
                Ok(known)
            })
        })
        .await
    }
}

async fn shared_text(executor: impl SqliteExecutor<'_>, source: &SourceId) -> Result<SharedText, StoreError> {
    let stored: Option<Option<String>> =
        sqlx::query_scalar(BLOCKS).bind(source.as_str()).fetch_optional(executor).await?;
    Ok(stored.flatten().as_deref().map(SharedText::from_stored).unwrap_or_default())
}

async fn write(connection: &mut SqliteConnection, source: &SourceId, known: &SharedText) -> Result<(), StoreError> {
    sqlx::query(LEARN_BLOCKS).bind(source.as_str()).bind(known.stored()).execute(connection).await?;
    Ok(())
}
