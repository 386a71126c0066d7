//! Reads pages: listings, articles and bulletins.
//!
//! 1. [`Page::open`] parses the HTML within bounds ([`dom`]). It is called once for each page; every later step takes
//!    the open page.
//! 2. [`classify`] decides what the page is for, when `probe` asks.
//! 3. [`listing`], [`article`] or [`bulletin`] reads its items.
//! 4. [`layout`] compares where a listing shows its items with earlier visits.
//! 5. [`shared_text`] finds text that several pages of a source have in common.
//! 6. [`item_page_merge`] adds the text of an item's own page to the item.
//!
//! [`boilerplate_phrases`] recognizes lines that end an article or begin something else, for several of these steps;
//! `consent_notice` recognizes a notice about cookies in place of a text.

use std::cell::OnceCell;
use std::rc::Rc;

use scraper::Html;

use self::dom::bounded_tree;
use self::dom::flat_tree::Outline;
use self::dom::metadata::Metadata;
use self::dom::non_content::{self, OuterRegion};
use self::dom::streamed_block;
use crate::address::Address;
use crate::parse::{Document, ParseError, challenge};

pub mod article;
pub mod boilerplate_phrases;
pub mod bulletin;
pub mod classify;
mod consent_notice;
pub mod dom;
pub mod item_page_merge;
pub mod layout;
pub mod listing;
pub mod shared_text;
#[cfg(test)]
mod tests;

/// A web page whose HTML was parsed. What its readers need of it is derived when first asked for, and only once.
///
/// ```
/// use marsad::{address::Address, parse::{Document, page::Page}};
/// let address = Address::parse("https://news.example.org/ar/").unwrap();
/// let (media_type, text) = ("text/html".to_owned(), "<title>News</title><base href=/fa/><p>Text".to_owned());
/// let document = Document { address, media_type, text, encoding: "UTF-8", replaced: 0 };
/// let page = Page::open(&document).unwrap();
/// assert_eq!(page.metadata().title.as_deref(), Some("News"));
/// assert_eq!(page.base().as_str(), "https://news.example.org/fa/");
/// assert_eq!(page.outline().lines(0).len(), 1);
/// ```
#[derive(Debug)]
pub struct Page<'d> {
    document: &'d Document,
    html: Rc<Html>,
    outline: OnceCell<Outline>,
    regions: OnceCell<Vec<Option<OuterRegion>>>,
    metadata: OnceCell<Metadata>,
}

impl<'d> Page<'d> {
    /// Parses the HTML of a document.
    ///
    /// # Errors
    /// [`ParseError::TooCostly`] for a page past the bounds of [`bounded_tree::read`].
    pub fn open(document: &'d Document) -> Result<Self, ParseError> {
        let mut html = bounded_tree::read(&document.text)?;
        streamed_block::move_all(&mut html, &document.text);
        let html = Rc::new(html);
        let (outline, regions, metadata) = Default::default();
        Ok(Self { document, html, outline, regions, metadata })
    }

    /// Its address after redirects.
    #[must_use]
    pub fn address(&self) -> &'d Address {
        &self.document.address
    }

    /// The address that its relative links are resolved against.
    #[must_use]
    pub fn base(&self) -> Address {
        let declared = self.metadata().base.as_deref().and_then(|href| self.address().join(href).ok());
        declared.unwrap_or_else(|| self.address().clone())
    }

    /// Its tree of elements, for CSS selectors.
    #[must_use]
    pub fn html(&self) -> &Html {
        &self.html
    }

    /// Its elements and texts in document order.
    #[must_use]
    pub fn outline(&self) -> &Outline {
        self.outline.get_or_init(|| Outline::of(Rc::clone(&self.html)))
    }

    /// For every node of the outline, the region outside the content that contains it.
    #[must_use]
    pub(crate) fn regions(&self) -> &[Option<OuterRegion>] {
        self.regions.get_or_init(|| non_content::regions(self.outline()))
    }

    /// Its metadata.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        self.metadata.get_or_init(|| Metadata::of(&self.html))
    }

    /// Refuses a challenge or login page; called by a reader that found nothing on the page.
    ///
    /// # Errors
    /// [`ParseError::Blocked`] with the name of the challenge.
    pub(crate) fn refuse_challenge(&self) -> Result<(), ParseError> {
        challenge::find(&self.document.text).map_or(Ok(()), |sign| Err(ParseError::Blocked { sign }))
    }
}
