//! Reads the items of a document.
//!
//! 1. `document_kind` recognizes what kind of document it is; `xml_tokenizer` splits XML, even if it is broken.
//! 2. [`feed`], [`sitemap`] or [`page`] reads its items; [`plain_text`] cleans their texts, [`credited_agency`] finds the
//!    news agency of each, and [`item_limits`] bounds them.
//! 3. `challenge` recognizes pages that a firewall or login serves in place of the content.
//! 4. [`find_lang`] decides the language of each item; until then an item has the declared one.
//!
//! [`refresh`] reads where a page sends browsers on to. [`share`] compares counts for the readers of pages.
//!
//! All of it is pure: the same document read at the same instant gives the same items. Every reader is bounded by counts
//! (bytes, depth, nodes, items), never by a clock.

use jiff::Timestamp;

use crate::address::Address;
use crate::date::Moment;
use crate::item::Item;
use crate::source::{Source, SourceKind};
use crate::text::lang;
use document_kind::DocumentKind;
use page::Page;
use page::classify::PageType;

pub(crate) mod challenge;
pub mod credited_agency;
mod document_format;
mod document_kind;
pub mod feed;
pub mod item_limits;
pub mod page;
pub mod plain_text;
pub mod refresh;
pub mod share;
pub mod sitemap;
mod xml_tokenizer;

pub use document_format::DocumentFormat;

/// True for RSS, RDF and Atom, by the root of the document.
#[must_use]
pub(crate) fn is_feed(text: &str) -> bool {
    matches!(document_kind::kind(text), DocumentKind::Feed { .. })
}

/// A decoded document that a source served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its final address after redirects; relative links are resolved against it.
    pub address: Address,
    /// The media type that the server declared, in lower case and without parameters; may be empty.
    pub media_type: String,
    /// The decoded text.
    pub text: String,
    /// The encoding it was decoded from, by its name in the Encoding Standard.
    pub encoding: &'static str,
    /// How many sequences of bytes could not be decoded and became U+FFFD.
    pub replaced: usize,
}

/// The items and other contents of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The items, in the order of the document.
    pub items: Vec<Item>,
    /// The format in which it was read.
    pub format: DocumentFormat,
    /// Which of the two feed readers read it; none for other documents.
    pub reader: Option<feed::FeedReader>,
    /// What was left out or repaired, in one sentence; none for a complete document.
    pub degraded: Option<String>,
    /// True for a document that is cut off: the rest may come at the next visit, so it must not be hidden by a 304.
    pub cut_off: bool,
    /// How many items were left out because the document has more than the source's `max_items`.
    pub left_out: usize,
    /// The left-out items that were read all the same: a caller that knows which items are new can choose among them.
    /// At most [`MAX_ENTRIES`] together with `items`.
    pub overflow: Vec<Item>,
    /// How many items were empty.
    pub empty: usize,
    /// The feeds that a page advertises, or the sitemaps of an index, best first.
    pub feeds: Vec<Advertised>,
    /// The blocks of headlines of a listing without selectors, with the reason why each was chosen or left out.
    pub blocks: Vec<page::listing::explain::ExplainedGroup>,
    /// The layout of a listing without selectors, for comparison at later visits.
    pub layout: Option<page::layout::observed_layout::Layout>,
}

/// A feed that a page advertises, or a sitemap that an index names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// Where it is.
    pub address: Address,
    /// The title that the page gives it; may be empty.
    pub title: String,
    /// The language that the page declares for it; may be empty.
    pub lang: String,
    /// When it last changed, according to the index.
    pub(crate) modified: Option<Moment>,
}

impl Parsed {
    /// Adds the feeds that the server names for a page: before those of the page itself, which may be links to anything.
    pub(crate) fn advertise(&mut self, feeds: Vec<Address>) {
        if !self.is_page() {
            return;
        }
        let named = feeds.into_iter().map(|address| Advertised {
            address,
            title: String::new(),
            lang: String::new(),
            modified: None,
        });
        let mut all: Vec<Advertised> = named.collect();
        for feed in std::mem::take(&mut self.feeds) {
            if all.iter().all(|known| known.address != feed.address) {
                all.push(feed);
            }
        }
        self.feeds = all;
    }

    /// A document of this format, without items so far.
    #[must_use]
    pub fn of(format: DocumentFormat) -> Self {
        Self { format, ..Self::default() }
    }

    /// True for a web page in place of a feed or sitemap.
    #[must_use]
    pub(crate) fn is_page(&self) -> bool {
        self.format == DocumentFormat::Html
    }

    /// True for an index of sitemaps, which has no items of its own.
    #[must_use]
    pub(crate) fn is_index(&self) -> bool {
        self.format == DocumentFormat::SitemapIndex
    }

    /// True for a feed or sitemap that was read completely and lists nothing. Never true for a listing: an empty one looks
    /// like one whose items were not found.
    #[must_use]
    pub(crate) fn is_sound_and_empty(&self, kind: &SourceKind) -> bool {
        let lists = matches!(kind, SourceKind::Feed | SourceKind::Sitemap) && !self.is_page();
        let complete = self.degraded.is_none() && !self.cut_off && self.empty == 0 && self.left_out == 0;
        lists && complete && self.items.is_empty()
    }

    /// Adds an item, within the bounds.
    pub(crate) fn take(&mut self, item: Item, source: &Source) {
        if self.items.len() < source.max_items {
            self.items.push(item);
            return;
        }
        self.left_out += 1;
        if self.items.len() + self.overflow.len() < MAX_ENTRIES {
            self.overflow.push(item);
        }
    }

    /// Adds a sentence about what was left out or repaired.
    pub(crate) fn degrade(&mut self, problem: String) {
        self.degraded = Some(match self.degraded.take() {
            Some(before) => format!("{before}; {problem}"),
            None => problem,
        });
    }
}

/// Why a document could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A firewall, captcha or login page in place of the content.
    #[error("the site answered with a challenge or login page instead of its content ({sign})")]
    Blocked {
        /// The name of the challenge.
        sign: &'static str,
    },
    /// The document is not a feed.
    #[error("the answer is not a feed: it looks like {found}")]
    NotAFeed {
        /// What the document looks like.
        found: &'static str,
    },
    /// A feed or a sitemap in the place of a page.
    #[error("the {configured}'s address serves a {found}: write `{found} = …` instead of `{configured} = …`")]
    NotAPage {
        /// The kind of the source.
        configured: &'static str,
        /// The kind that reads the document.
        found: &'static str,
    },
    /// A page that would cost more to read than any real page.
    #[error("the page is too costly to read: {why}")]
    TooCostly {
        /// The bound that it exceeds.
        why: &'static str,
    },
    /// A selector of the configuration is invalid.
    #[error("invalid selector {selector:?}: {why}")]
    Selector {
        /// The selector as configured.
        selector: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The most entries that are read from one document, including those beyond `max_items`: the number of addresses that
/// the sitemap protocol allows in one file.
pub(crate) const MAX_ENTRIES: usize = 50_000;

/// The version of the readers. Raise it in each change that reads other items or texts from the same document: unchanged
/// documents are then read again.
pub(crate) const READER_VERSION: u32 = 2;

/// Undecodable sequences are reported from one in this many bytes. Chosen by hand.
const REPORTED_DENSITY: usize = 500;

/// Reads a document of `source`. Relative dates ("two hours ago") are relative to `now`.
///
/// # Errors
/// When nothing can be read: see [`ParseError`]. A partly readable document is no error: [`Parsed::degraded`] describes
/// what is missing.
///
/// ```
/// use marsad::{address::Address, parse::{Document, read}, source::{Source, SourceKind}};
/// let address = Address::parse("https://news.example.org/feed").unwrap();
/// let source = Source::at(SourceKind::Feed, address.clone());
/// let text = "<rss><channel><item><title>News</title></item></channel></rss>".to_owned();
/// let document = Document { address, media_type: String::new(), text, encoding: "UTF-8", replaced: 0 };
/// assert_eq!(read(&document, &source, jiff::Timestamp::UNIX_EPOCH).unwrap().items[0].title, "News");
/// ```
pub fn read(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    let mut parsed = by_kind(document, source, now)?;
    complete(&mut parsed, document, source);
    Ok(parsed)
}

/// Classifies a web page, and reads it as what it is.
///
/// # Errors
/// When nothing can be read: see [`ParseError`].
///
/// ```
/// use marsad::{address::Address, parse::{Document, classify}, source::{Source, SourceKind}};
/// let address = Address::parse("https://news.example.org/x").unwrap();
/// let source = Source::at(SourceKind::Page(None), address.clone());
/// let (media_type, text) = ("text/html".to_owned(), "<p>Soon.</p>".to_owned());
/// let document = Document { address, media_type, text, encoding: "UTF-8", replaced: 0 };
/// assert_eq!(classify(&document, &source, jiff::Timestamp::UNIX_EPOCH).unwrap().kind, None);
/// ```
pub fn classify(document: &Document, source: &Source, now: Timestamp) -> Result<PageType, ParseError> {
    let mut page_type = page::classify::classify(&Page::open(document)?, source, now)?;
    complete(&mut page_type.parsed, document, source);
    Ok(page_type)
}

/// Completes what a reader found: notes undecodable text, and finds the language of each item.
fn complete(parsed: &mut Parsed, document: &Document, source: &Source) {
    if document.replaced > 0 && document.replaced * REPORTED_DENSITY > document.text.len() {
        let problem = format!("{} byte sequences cannot be decoded as {}", document.replaced, document.encoding);
        parsed.degraded = Some(match parsed.degraded.take() {
            Some(rest) => format!("{problem}; {rest}"),
            None => problem,
        });
    }
    parsed.items.iter_mut().for_each(|item| find_lang(item, source));
}

/// Replaces the language that the document declares for an item, if any, with the decided one.
pub(crate) fn find_lang(item: &mut Item, source: &Source) {
    item.lang = lang::of_item(&item.title, item.body(), item.lang.as_ref(), source.lang.as_ref());
}

fn by_kind(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    if let Some(found) = other_kind(document, source, now) {
        return Err(ParseError::NotAPage { configured: source.kind.as_str(), found: found.as_str() });
    }
    match &source.kind {
        SourceKind::Feed | SourceKind::Sitemap => feed_or_sitemap(document, source, now),
        SourceKind::Page(Some(selectors)) => {
            page::listing::selectors::read(&Page::open(document)?, source, selectors, now)
        }
        SourceKind::Article => page::article::item(&Page::open(document)?, source, now),
        SourceKind::Page(None) => page::listing::detect::read(&Page::open(document)?, source, now),
        SourceKind::Bulletin { split } => page::bulletin::read(&Page::open(document)?, source, split.as_deref(), now),
    }
}

/// The kind of source that a document is for, if it is a feed or a sitemap in the place of a page.
fn other_kind(document: &Document, source: &Source, now: Timestamp) -> Option<SourceKind> {
    if matches!(source.kind, SourceKind::Feed | SourceKind::Sitemap) {
        return None;
    }
    match document_kind::of_root(&document.text)? {
        DocumentKind::Feed { .. } => Some(SourceKind::Feed),
        DocumentKind::Sitemap => Some(SourceKind::Sitemap),
        // JSON of another kind has no items.
        DocumentKind::Json => {
            let read = feed::read(document, source, now);
            read.is_ok_and(|read| !read.items.is_empty()).then_some(SourceKind::Feed)
        }
        _ => None,
    }
}

/// Reads a feed or a sitemap, or the feeds that a web page in its place advertises.
fn feed_or_sitemap(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    match document_kind::kind(&document.text) {
        DocumentKind::Sitemap => Ok(sitemap::read(document, source, now)),
        DocumentKind::Html => feed::discover::read(document, source),
        DocumentKind::Feed { .. } | DocumentKind::Json | DocumentKind::Nothing(_) => feed::read(document, source, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::lang::Lang;

    /// The language of the only item of a document.
    fn lang_of(kind: SourceKind, configured: &str, text: &str) -> Option<Lang> {
        let address = Address::parse("https://news.example.org/1").unwrap();
        let source = Source { lang: Lang::parse(configured).ok(), ..Source::at(kind, address.clone()) };
        let document =
            Document { address, media_type: String::new(), text: text.to_owned(), encoding: "UTF-8", replaced: 0 };
        read(&document, &source, Timestamp::UNIX_EPOCH).unwrap().items.remove(0).lang
    }

    #[test]
    fn a_feed_or_sitemap_in_the_place_of_a_page_is_named_with_the_key_to_write() {
        let rss = "<?xml version=\"1.0\"?>\n<!-- x --><rss><channel><item><title>News</title></item></channel></rss>";
        let atom = "\u{feff}<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title>News</title></entry></feed>";
        let sitemap = "<urlset><url><loc>https://news.example.org/1</loc></url></urlset>";
        let json =
            "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [{\"id\": \"1\", \"title\": \"News\"}]}";
        let address = Address::parse("https://news.example.org/").unwrap();
        let read = |kind: &SourceKind, text: &str| {
            let document = Document {
                address: address.clone(),
                media_type: String::new(),
                text: text.to_owned(),
                encoding: "UTF-8",
                replaced: 0,
            };
            super::read(&document, &Source::at(kind.clone(), address.clone()), Timestamp::UNIX_EPOCH)
        };
        for kind in [SourceKind::Page(None), SourceKind::Article, SourceKind::Bulletin { split: None }] {
            for (text, found) in [(rss, "feed"), (atom, "feed"), (json, "feed"), (sitemap, "sitemap")] {
                let refused = read(&kind, text).unwrap_err().to_string();
                let key = kind.as_str();
                assert_eq!(
                    refused,
                    format!("the {key}'s address serves a {found}: write `{found} = …` instead of `{key} = …`")
                );
            }
            for page in ["<html><body><rss><channel><item>", "<p>News</p><feed>", "{\"a\": 1}", "[", ""] {
                assert!(!matches!(read(&kind, page), Err(ParseError::NotAPage { .. })), "{page}");
            }
        }
    }

    #[test]
    fn every_kind_of_document_decides_the_language_in_the_same_way() {
        let page = |lang: &str| format!("<html{lang}><h1>OIC Rabat 2026</h1><article>OIC Rabat</article></html>");
        let feed =
            |lang: &str| format!("<rss><channel>{lang}<item><title>OIC Rabat 2026</title></item></channel></rss>");
        let sitemap = |lang: &str| {
            format!(
                "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
                 xmlns:n=\"http://www.google.com/schemas/sitemap-news/0.9\"><url><loc>https://news.example.org/1</loc>\
                 <n:news><n:publication>{lang}</n:publication><n:title>OIC Rabat 2026</n:title></n:news></url></urlset>"
            )
        };
        let bulletin = SourceKind::Bulletin { split: None };
        for (kind, declared, silent) in [
            (SourceKind::Article, page(" lang=fr"), page("")),
            (bulletin, page(" lang=fr"), page("")),
            (SourceKind::Feed, feed("<language>fr</language>"), feed("")),
            (SourceKind::Sitemap, sitemap("<n:language>fr</n:language>"), sitemap("")),
        ] {
            let [en, fr] = ["en", "fr"].map(|tag| Lang::parse(tag).ok());
            assert_eq!(lang_of(kind.clone(), "en", &declared), None, "{kind:?}: they disagree");
            assert_eq!(lang_of(kind.clone(), "fr", &declared), fr, "{kind:?}");
            assert_eq!(lang_of(kind.clone(), "", &declared), fr, "{kind:?}");
            assert_eq!(lang_of(kind.clone(), "en", &silent), en, "{kind:?}");
        }
    }
}
