//! What the pages of one source have in common is left out of their texts.

use jiff::Timestamp;

use super::{Pipeline, Read};
use crate::address::Address;
use crate::parse::page::article::Article;
use crate::parse::page::recurring::Recurring;
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
        let known = self.store.learn_page(source, page, &article.title, &article.text, at).await?;
        article.leave_out(&known);
        Ok(())
    }

    /// The same for the page of an article source. It is noted before it is cut, so that an unchanged page gives the
    /// same text at its next visit and is no revision.
    pub(super) async fn learn(&self, source: &Source, read: &mut Read, at: Timestamp) -> Result<(), StoreError> {
        let (SourceKind::Article, Ok(Some(reading))) = (&source.kind, &mut read.document) else { return Ok(()) };
        for item in &mut reading.parsed.items {
            let page = item.address.as_ref().unwrap_or(&source.address);
            let known = self.store.learn_page(&source.id, page, &item.title, &item.text, at).await?;
            item.text = known.without(&item.text).into_owned();
        }
        Ok(())
    }

    /// What [`Pipeline::learn`] does, without taking note of anything.
    pub(super) async fn recall(&self, source: &Source, read: &mut Read) -> Result<(), StoreError> {
        let (SourceKind::Article, Ok(Some(reading))) = (&source.kind, &mut read.document) else { return Ok(()) };
        let known: Recurring = self.store.recurring(&source.id).await?;
        for item in &mut reading.parsed.items {
            item.text = known.without(&item.text).into_owned();
        }
        Ok(())
    }
}
