//! Reads sitemaps and news sitemaps, newest entries first, and indexes of sitemaps.

use std::cmp::Reverse;

use jiff::Timestamp;
use url::Url;

use crate::address::Address;
use crate::date::{DateContext, DateEvidence, Moment, Published, timestamp};
use crate::item::{Item, TextState, TitleFrom};
use crate::parse::feed::resolve;
use crate::parse::item_limits::{MAX_TAGS, MAX_TITLE, MAX_WORD};
use crate::parse::xml_tokenizer::{XmlToken, XmlTokens};
use crate::parse::{Advertised, Document, DocumentFormat, Parsed, plain_text};
use crate::source::Source;
use crate::text::lang::Lang;

/// The most addresses of a sitemap (sitemaps.org protocol).
const MAX_PAGES: usize = 50_000;
/// The most sitemaps of an index that are returned. Chosen by hand.
const MAX_CHILDREN: usize = 1_000;
/// The longest text of one element, in bytes. Chosen by hand.
const MAX_FIELD: usize = 16 << 10;

/// One `url` or `sitemap` element.
#[derive(Debug, Default)]
struct SitemapEntry {
    address: Option<Address>,
    modified: Option<Moment>,
    published: Option<Moment>,
    title: String,
    lang: Option<Lang>,
    keywords: String,
}

/// Reads a sitemap. The sitemaps of an index are in [`Parsed::feeds`]: news sitemaps first, then by the time of their
/// last change.
pub(super) fn read(document: &Document, source: &Source, now: Timestamp) -> Parsed {
    let setting = DateContext { now, zone: &source.timezone, lang: source.lang.as_ref() };
    let mut reader = SitemapReader {
        base: document.address.url(),
        setting,
        page: None,
        field: None,
        pages: Vec::new(),
        more: 0,
        nameless: 0,
        index: false,
        closed: false,
    };
    let mut tokens = XmlTokens::new(&document.text, 0);
    for token in tokens.by_ref() {
        reader.take(token);
    }
    reader.finish(source)
}

struct SitemapReader<'a> {
    base: &'a Url,
    setting: DateContext<'a>,
    page: Option<SitemapEntry>,
    /// The open element and its text.
    field: Option<(&'static str, String)>,
    pages: Vec<SitemapEntry>,
    more: usize,
    /// Entries without an address that can be fetched.
    nameless: usize,
    index: bool,
    /// True after the end tag of the root: nothing is missing.
    closed: bool,
}

/// The elements that are read, by their names without a prefix.
const FIELDS: [&str; 6] = ["loc", "lastmod", "title", "publication_date", "language", "keywords"];

impl SitemapReader<'_> {
    fn take(&mut self, token: XmlToken<'_>) {
        match token {
            XmlToken::Open(tag) => {
                self.open(&local(tag.name), tag.name.contains("image") || tag.name.contains("video"))
            }
            XmlToken::Close(name) => self.close(&local(name)),
            XmlToken::Text(text) => self.text(&plain_text::decoded(text)),
            XmlToken::Cdata(text) => self.text(text),
        }
    }

    fn open(&mut self, name: &str, foreign: bool) {
        match name {
            "sitemapindex" => self.index = true,
            "url" | "sitemap" if !foreign => {
                self.end_page();
                self.page = Some(SitemapEntry::default());
                // Some sites write the address without `loc` around it.
                self.field = Some(("loc", String::new()));
            }
            _ if !foreign => {
                self.field = FIELDS.iter().find(|field| **field == name).map(|field| (*field, String::new()))
            }
            _ => self.field = None,
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, value)) = &mut self.field
            && value.len() + text.len() <= MAX_FIELD
        {
            value.push_str(text);
        }
    }

    fn close(&mut self, name: &str) {
        self.closed |= matches!(name, "urlset" | "sitemapindex");
        if matches!(name, "url" | "sitemap") {
            self.end_page();
            return;
        }
        let (Some((field, value)), Some(page)) = (self.field.take(), &mut self.page) else { return };
        match field {
            "loc" if page.address.is_none() => page.address = resolve(self.base, &value),
            "lastmod" => page.modified = timestamp::read(&value, &self.setting),
            "publication_date" => page.published = timestamp::read(&value, &self.setting),
            "title" => page.title = plain_text::line(&value, MAX_TITLE),
            "language" if page.lang.is_none() => page.lang = Lang::parse(&value).ok(),
            "keywords" => page.keywords = value,
            _ => {}
        }
    }

    fn end_page(&mut self) {
        let bare = self.field.take().map(|(_, text)| text).filter(|text| text.contains("://"));
        let Some(mut page) = self.page.take() else { return };
        if page.address.is_none() {
            page.address = bare.and_then(|text| resolve(self.base, &text));
        }
        if page.address.is_none() {
            self.nameless += 1;
        } else if self.pages.len() < MAX_PAGES {
            self.pages.push(page);
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self, source: &Source) -> Parsed {
        self.end_page();
        let cut_off = !self.closed;
        let (nameless, all) = (self.nameless, self.nameless + self.pages.len() + self.more);
        if self.index {
            let mut parsed = Parsed { cut_off, ..index(self.pages) };
            if nameless > 0 {
                parsed.degrade(format!("{nameless} of {all} sitemaps of the index have no valid address in `loc`"));
            }
            return parsed;
        }
        let dated = self.pages.iter().all(|page| page.when().is_some());
        if dated {
            self.pages.sort_by_key(|page| Reverse(page.when().map(|at| at.to_string())));
        }
        let mut parsed = Parsed { cut_off, ..Parsed::of(DocumentFormat::Sitemap) };
        if cut_off {
            parsed.degrade("the sitemap is cut off: its complete entries were read".to_owned());
        }
        if nameless > 0 {
            parsed.degrade(format!("{nameless} of {all} entries of the sitemap have no valid address in `loc`"));
        }
        self.pages.into_iter().for_each(|page| parsed.take(page.into_item(), source));
        parsed.left_out += self.more;
        parsed
    }
}

/// The sitemaps that an index names.
fn index(mut pages: Vec<SitemapEntry>) -> Parsed {
    // The sort is stable: sitemaps without a date keep their order, after the others.
    pages.sort_by_key(|page| {
        let news =
            page.address.as_ref().is_some_and(|address| address.url().path().to_ascii_lowercase().contains("news"));
        (!news, Reverse(page.modified.map(|at| at.to_string())))
    });
    let named = pages.into_iter().filter_map(|page| {
        Some(Advertised { address: page.address?, title: page.title, lang: String::new(), modified: page.modified })
    });
    Parsed { feeds: named.take(MAX_CHILDREN).collect(), ..Parsed::of(DocumentFormat::SitemapIndex) }
}

impl SitemapEntry {
    fn when(&self) -> Option<Moment> {
        self.published.or(self.modified)
    }

    fn into_item(self) -> Item {
        let published = self.when().map(|at| Published { at, from: DateEvidence::Meta });
        let (title, title_from) = if self.title.is_empty() {
            (self.address.as_ref().map(from_path).unwrap_or_default(), TitleFrom::Text)
        } else {
            (self.title, TitleFrom::Page)
        };
        let words = self
            .keywords
            .split([',', '،', ';'])
            .map(|word| plain_text::line(word, MAX_WORD))
            .filter(|word| !word.is_empty());
        let tags = words.take(MAX_TAGS).collect();
        Item {
            address: self.address,
            title,
            title_from,
            text_state: TextState::None,
            lang: self.lang,
            published,
            tags,
            ..Item::default()
        }
    }
}

/// The words of an address's last segment, the only title that a plain sitemap has.
fn from_path(address: &Address) -> String {
    let key = address.key();
    let last =
        key.split(['?', '#']).next().unwrap_or_default().rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    let stem = last.strip_suffix(".html").or_else(|| last.strip_suffix(".htm")).unwrap_or(last);
    let words = stem.replace(['-', '_', '+'], " ");
    let title = plain_text::cut(words.trim(), MAX_WORD);
    if title.is_empty() { plain_text::cut(address.as_str(), MAX_WORD).to_owned() } else { title.to_owned() }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceKind;

    fn parsed(text: &str) -> Parsed {
        let address = Address::parse("https://news.example.org/sitemap.xml").unwrap();
        let source = Source::at(SourceKind::Sitemap, address.clone());
        let (media_type, text) = ("application/xml".to_owned(), text.to_owned());
        let document = Document { address, media_type, text, encoding: "UTF-8", replaced: 0 };
        read(&document, &source, Timestamp::from_second(1_800_000_000).unwrap())
    }

    #[test]
    fn an_address_without_loc_is_read_and_an_entry_without_address_is_counted() {
        let index = parsed(
            "<sitemapindex><sitemap>\n https://news.example.org/a.xml\n</sitemap><sitemap><loc>/b.xml</loc></sitemap>\
             <sitemap><lastmod>2026-01-01</lastmod></sitemap><sitemap>later</sitemap></sitemapindex>",
        );
        let addresses: Vec<&str> = index.feeds.iter().map(|feed| feed.address.url().path()).collect();
        assert_eq!(addresses, ["/a.xml", "/b.xml"]);
        let degraded = "2 of 4 sitemaps of the index have no valid address in `loc`";
        assert_eq!(index.degraded.as_deref(), Some(degraded));
        let pages = parsed("<urlset><url> <loc>https://news.example.org/1</loc> </url><url>\n</url></urlset>");
        assert_eq!(pages.items.len(), 1);
        assert_eq!(pages.degraded.as_deref(), Some("1 of 2 entries of the sitemap have no valid address in `loc`"));
    }
}
