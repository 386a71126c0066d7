//! Removes text that the pages of one source have in common.

use jiff::Timestamp;

use super::{Pipeline, SourceAnswer};
use crate::address::Address;
use crate::parse::page::article::Article;
use crate::parse::page::shared_text::SharedText;
use crate::source::{Source, SourceId, SourceKind};
use crate::store::StoreError;

impl Pipeline {
    /// Learns the text of the page at `page`, which belongs to an item of `source`, and removes from it the text that
    /// the source's pages have in common.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub(crate) async fn leave_out(
        &self,
        source: &SourceId,
        page: &Address,
        article: &mut Article,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(known) = self.learn_page(source, page, (&article.title, &article.text), at).await? {
            article.remove_shared_text(&known);
        }
        Ok(())
    }

    /// The same for the page of an article source. The page is learnt before text is removed, so that an unchanged page
    /// gives the same text at its next visit and does not count as a revision.
    pub(super) async fn remove_shared_text(
        &self,
        source: &Source,
        read: &mut SourceAnswer,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (SourceKind::Article, Ok(Some(reading))) = (&source.kind, &mut read.document) else { return Ok(()) };
        for item in &mut reading.parsed.items {
            let page = item.address.as_ref().unwrap_or(&source.address);
            let known = self.learn_page(&source.id, page, (&item.title, &item.text), at).await?;
            item.text = known.map_or_else(|| item.text.clone(), |known| known.without(&item.text).into_owned());
        }
        Ok(())
    }

    /// Learns a page; none if it cannot be stored because of its content.
    async fn learn_page(
        &self,
        source: &SourceId,
        page: &Address,
        (headline, text): (&str, &str),
        at: Timestamp,
    ) -> Result<Option<SharedText>, StoreError> {
        let layout = self.write_with_retry(|| self.store.learn_page(source, page, headline, text, at)).await?;
        if let Err(error) = &layout {
            tracing::warn!(%error, "cannot store the text that a page has in common with others");
        }
        Ok(layout.ok())
    }

    /// As [`Pipeline::learn`], but writes nothing.
    pub(super) async fn preview_shared_text(&self, source: &Source, read: &mut SourceAnswer) -> Result<(), StoreError> {
        let (SourceKind::Article, Ok(Some(reading))) = (&source.kind, &mut read.document) else { return Ok(()) };
        let known: SharedText = self.store.shared_text(&source.id).await?;
        for item in &mut reading.parsed.items {
            item.text = known.without(&item.text).into_owned();
        }
        Ok(())
    }
}
