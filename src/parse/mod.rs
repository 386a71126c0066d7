//! From what a source served to the items that it carries.
//!
//! Nothing here waits, asks for the time or touches the world: the same document read at the same instant gives
//! the same items. Every reader is bounded by counts (bytes kept, depth, nodes, items), never by a clock.

use jiff::Timestamp;

use crate::address::Address;
use crate::date::Moment;
use crate::item::Item;
use crate::source::{Source, SourceKind};
use crate::text::lang::detect;
use feed::sniff::DocumentKind;

pub mod agency;
pub(crate) mod challenge;
pub mod feed;
pub mod limits;
pub mod page;
pub mod plain_text;
pub mod sitemap;

/// What a source served, decoded: the text, and what the answer said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it was served in the end, after redirects: what relative links are relative to.
    pub address: Address,
    /// The media type that the server declared, in lower case and without parameters; may be empty.
    pub media_type: String,
    /// The decoded text.
    pub text: String,
    /// The encoding that it was decoded from, by its name in the Encoding Standard.
    pub encoding: &'static str,
    /// How many bytes could not be decoded and stand as U+FFFD.
    pub replaced: usize,
}

/// What was read in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The items, in the order of the document.
    pub items: Vec<Item>,
    /// What kind of document it turned out to be: `rss`, `atom`, `json`, `listing`, …
    pub kind: &'static str,
    /// Which of the two readers of feeds read it; none for what is no feed.
    pub reader: Option<feed::FeedReader>,
    /// What had to be left out or mended, in one sentence; none for a whole document.
    pub degraded: Option<String>,
    /// True for a document that breaks off: the rest of it comes another time, so "not modified" must not hide it.
    pub cut_off: bool,
    /// How many items were left out because the document carries more than the source's `max_items`.
    pub left_out: usize,
    /// Those of them that were read, at most [`MAX_ENTRIES`] with the items: whoever knows what is new chooses anew.
    pub rest: Vec<Item>,
    /// How many items held nothing that could be told.
    pub void: usize,
    /// Feeds that a page advertises, best first; the sitemaps of an index, the most promising first.
    pub feeds: Vec<Advertised>,
    /// The blocks of headlines that a listing without selectors shows, with how each was judged.
    pub blocks: Vec<page::listing::explain::ExplainedGroup>,
    /// How a listing without selectors was read, so that a later visit can check that the page still is as it was.
    pub shape: Option<String>,
}

/// A feed that a page advertises, or a sitemap that an index names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// Where it is.
    pub address: Address,
    /// What the page calls it; may be empty.
    pub title: String,
    /// The language that the page declares for it; may be empty.
    pub lang: String,
    /// When the index says that it last changed.
    pub modified: Option<Moment>,
}

impl Parsed {
    /// True for a web page where a feed or a sitemap should be.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.kind == feed::PAGE
    }

    /// True for an index of sitemaps, which has no items of its own.
    #[must_use]
    pub fn is_index(&self) -> bool {
        self.kind == sitemap::INDEX
    }

    /// True for a feed or sitemap that was read whole and lists nothing. A listing without items is none: nothing tells
    /// an empty one from one whose items were not found.
    #[must_use]
    pub fn is_sound_and_empty(&self, kind: &SourceKind) -> bool {
        let lists = matches!(kind, SourceKind::Feed | SourceKind::Sitemap) && !self.is_page();
        let whole = self.degraded.is_none() && !self.cut_off && self.void == 0 && self.left_out == 0;
        lists && whole && self.items.is_empty()
    }

    /// Takes one more item, as long as there is room for it.
    pub(crate) fn take(&mut self, item: Item, source: &Source) {
        if self.items.len() < source.max_items {
            self.items.push(item);
            return;
        }
        self.left_out += 1;
        if self.items.len() + self.rest.len() < MAX_ENTRIES {
            self.rest.push(item);
        }
    }

    /// Says one more thing that was left out or mended.
    pub fn degrade(&mut self, said: String) {
        self.degraded = Some(match self.degraded.take() {
            Some(before) => format!("{before}; {said}"),
            None => said,
        });
    }
}

/// Why a document gave nothing at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A firewall, a captcha or a login stands where the content should be.
    #[error("the site answered with a challenge or login page instead of its content ({sign})")]
    Blocked {
        /// The sign by which it was known.
        sign: &'static str,
    },
    /// The document is something else than what is watched there.
    #[error("no feed was found in the answer: it looks like {found}")]
    NotAFeed {
        /// What the document looks like.
        found: &'static str,
    },
    /// A page that would cost more than any real page to read.
    #[error("the page was refused: {why}")]
    TooCostly {
        /// Which bound it passed.
        why: &'static str,
    },
    /// A selector of the configuration is no CSS selector.
    #[error("the selector {selector:?} cannot be read: {why}")]
    Selector {
        /// The selector as configured.
        selector: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The most entries that are read from one document, those beyond `max_items` among them: as many addresses as a sitemap
/// may have by its protocol.
pub const MAX_ENTRIES: usize = 50_000;

/// So much of a text tells its language, in characters.
const ENOUGH_TO_TELL: usize = 2_000;

/// One unreadable place in so many bytes is worth telling.
const UNREADABLE: usize = 500;

/// Reads what `source` served, at the instant `now` from which relative dates ("two hours ago") count.
///
/// # Errors
/// When the document gives nothing at all: see [`ParseError`]. What could only partly be read is no error: then
/// [`Parsed::degraded`] says what is missing.
pub fn read(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    let mut parsed = by_kind(document, source, now)?;
    if document.replaced > 0 && document.replaced * UNREADABLE > document.text.len() {
        let said = format!("{} places could not be decoded as {}", document.replaced, document.encoding);
        parsed.degraded = Some(parsed.degraded.map_or_else(|| said.clone(), |rest| format!("{said}; {rest}")));
    }
    parsed.items.iter_mut().for_each(|item| find_lang(item, source));
    Ok(parsed)
}

/// Finds the language of an item. What is declared is believed unless the text contradicts it: many sites declare their
/// theme's language.
pub fn find_lang(item: &mut Item, source: &Source) {
    let declared = item.lang.take();
    let opening = plain_text::cut(item.body(), ENOUGH_TO_TELL);
    item.lang = detect(&format!("{}\n{opening}", item.title), declared.as_ref(), source.lang.as_ref());
}

fn by_kind(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    match &source.kind {
        SourceKind::Feed | SourceKind::Sitemap => feed_or_sitemap(document, source, now),
        SourceKind::Page(Some(selectors)) => page::listing::selectors::read(document, source, selectors, now),
        SourceKind::Article => page::article::item(document, source, now),
        SourceKind::Page(None) => page::listing::detect::read(document, source, now),
        SourceKind::Bulletin { split } => page::bulletin::read(document, source, split.as_deref(), now),
    }
}

/// Reads a feed or a sitemap, whichever the document is; a web page in its place, for the feeds that it advertises.
fn feed_or_sitemap(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    match feed::sniff::kind(&document.text) {
        DocumentKind::Sitemap => Ok(sitemap::read(document, source, now)),
        DocumentKind::Html => feed::discover::read(document, source),
        DocumentKind::Feed { .. } | DocumentKind::Json | DocumentKind::Nothing(_) => feed::read(document, source, now),
    }
}
