//! What the pages of one source have in common is left out of their texts.

use jiff::Timestamp;

use super::{Pipeline, SourceAnswer};
use crate::address::Address;
use crate::parse::page::article::Article;
use crate::parse::page::shared_text::SharedText;
use crate::source::{Source, SourceId, SourceKind};
use crate::store::StoreError;

impl Pipeline {
    /// Takes note of the page that was read at `page` for an item of `source`, and leaves out of its text what the
    /// source's pages have in common.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn leave_out(
        &self,
        source: &SourceId,
        page: &Address,
        article: &mut Article,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(known) = self.noted(source, page, (&article.title, &article.text), at).await? {
            article.remove_shared_text(&known);
        }
        Ok(())
    }

    /// The same for the page of an article source. It is noted before it is cut, so that an unchanged page gives the
    /// same text at its next visit and is no revision.
    pub(super) async fn learn(
        &self,
        source: &Source,
        read: &mut SourceAnswer,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (SourceKind::Article, Ok(Some(reading))) = (&source.kind, &mut read.document) else { return Ok(()) };
        for item in &mut reading.parsed.items {
            let page = item.address.as_ref().unwrap_or(&source.address);
            let known = self.noted(&source.id, page, (&item.title, &item.text), at).await?;
            item.text = known.map_or_else(|| item.text.clone(), |known| known.without(&item.text).into_owned());
        }
        Ok(())
    }

    /// Takes note of a page; none where that cannot be stored for its content.
    async fn noted(
        &self,
        source: &SourceId,
        page: &Address,
        (headline, text): (&str, &str),
        at: Timestamp,
    ) -> Result<Option<SharedText>, StoreError> {
        let layout = self.twice(|| self.store.learn_page(source, page, headline, text, at)).await?;
        if let Err(error) = &layout {
            tracing::warn!(%error, "what a page has in common with others cannot be stored");
        }
        Ok(layout.ok())
    }

    /// What [`Pipeline::learn`] does, without taking note of anything.
    pub(super) async fn recall(&self, source: &Source, read: &mut SourceAnswer) -> Result<(), StoreError> {
        let (SourceKind::Article, Ok(Some(reading))) = (&source.kind, &mut read.document) else { return Ok(()) };
        let known: SharedText = self.store.recurring(&source.id).await?;
        for item in &mut reading.parsed.items {
            item.text = known.without(&item.text).into_owned();
        }
        Ok(())
    }
}
