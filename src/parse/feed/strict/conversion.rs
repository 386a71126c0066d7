//! Converts an entry of feed-rs to the entry that both readers share.

use feed_rs::model::{self, Category, Content, Feed, FeedType, Link, Person, Text};

use super::xml_loss_check::LosslessFeed;
use crate::parse::DocumentFormat;
use crate::parse::feed::FeedContext;
use crate::parse::feed::entry::{Entry, PUBLISHED, UPDATED, is_permalink};
use crate::parse::feed::lenient::json;
use crate::parse::feed::link::{rank, resolve};
use crate::text::lang::Lang;

/// What the conversion needs to know about the feed.
pub(super) struct Conversion<'c> {
    context: &'c FeedContext<'c>,
    format: FeedType,
    /// The dates as written; feed-rs has their indices in place of times.
    dates: Vec<String>,
    identified_by_link: bool,
    only_itunes: bool,
    authored: Vec<bool>,
}

impl<'c> Conversion<'c> {
    pub(super) fn new(
        feed: &Feed,
        approved: LosslessFeed<'_>,
        dates: Vec<String>,
        context: &'c FeedContext<'c>,
    ) -> Self {
        let LosslessFeed { identified_by_link, only_itunes, authored, .. } = approved;
        Self { context, format: feed.feed_type.clone(), dates, identified_by_link, only_itunes, authored }
    }

    /// The format of the feed.
    pub(super) fn format(&self) -> DocumentFormat {
        match self.format {
            FeedType::Atom => DocumentFormat::Atom,
            FeedType::JSON => DocumentFormat::Json,
            FeedType::RSS0 | FeedType::RSS2 => DocumentFormat::Rss,
            FeedType::RSS1 => DocumentFormat::Rdf,
        }
    }

    /// Converts the entry number `at`.
    pub(super) fn entry(&self, at: usize, mut source: model::Entry) -> Entry {
        let mut entry = Entry::default();
        self.identify(&mut entry, &source);
        for (place, time) in [(PUBLISHED, source.published), (UPDATED, source.updated)] {
            let number = time.and_then(|time| usize::try_from(time.timestamp()).ok());
            if let Some(text) = number.and_then(|number| self.dates.get(number)) {
                entry.add_date(place, text, self.context);
            }
        }
        entry.title = source.title.take().map(html).unwrap_or_default();
        entry.summary = source.summary.take().map(html).unwrap_or_default();
        entry.content = source.content.take().map(content).unwrap_or_default();
        entry.langs.extend(source.language.as_deref().and_then(|tag| Lang::parse(tag).ok()));
        if self.format == FeedType::JSON {
            entry.title = json::escaped_if_plain(std::mem::take(&mut entry.title));
            let own = self.authored.get(at).copied().unwrap_or_default();
            let authors = source.authors.iter().filter(|_| own);
            entry.author = json::authors(authors.filter_map(|author| author.name.as_deref()));
        } else {
            people(&mut entry, &source.authors, self.format == FeedType::Atom);
        }
        if self.only_itunes {
            media(&mut entry, &source);
        }
        self.tag(&mut entry, source.categories);
        entry
    }

    fn identify(&self, entry: &mut Entry, source: &model::Entry) {
        let base = self.context.document.address.url();
        let links = source.links.iter().filter(|link| link.target.is_none());
        for (at, link) in links.clone().enumerate() {
            let rank = match self.format {
                FeedType::JSON => json_rank(at, link),
                _ => rank(link.rel.as_deref(), link.media_type.as_deref()),
            };
            entry.add_link(resolve(base, &link.href), rank);
        }
        let about = links.clone().next().filter(|_| self.identified_by_link).map(|link| link.href.as_str());
        let guid = about.unwrap_or(&source.id).trim();
        if !guid.is_empty() {
            entry.guid_link = if is_permalink(guid, None) { resolve(base, guid) } else { None };
            entry.guid = Some(guid.to_owned());
        }
    }

    fn tag(&self, entry: &mut Entry, categories: Vec<Category>) {
        for category in categories {
            let tag = category.label.unwrap_or(category.term);
            if self.format != FeedType::JSON || json::is_tag(&tag) {
                entry.add_tag(&tag);
            }
        }
    }
}

/// A text as HTML. feed-rs drops the outer element of XHTML, which separates its text from other text.
fn html(text: Text) -> String {
    if text.content_type.as_str() == XHTML { format!("<div>{}</div>", text.content) } else { text.content }
}

fn content(content: Content) -> String {
    let body = content.body.unwrap_or_default();
    match content.content_type.as_str() {
        XHTML => format!("<div>{body}</div>"),
        // Only JSON Feed has a length; its plain text is not yet HTML.
        "text/plain" if content.length.is_some() => json::escaped(&body),
        _ => body,
    }
}

/// The media type that feed-rs uses for XHTML; the registered one ends in `+xml`.
const XHTML: &str = "application/xhtml";

/// The first address of an item of JSON Feed is its own, the second that of the page it is about.
fn json_rank(at: usize, link: &Link) -> Option<u8> {
    match at {
        _ if link.media_type.is_some() => None,
        0 => Some(json::OWN_LINK),
        1 => Some(json::EXTERNAL_LINK),
        _ => None,
    }
}

/// The last author counts, and the first creator, as in the lenient reader.
fn people(entry: &mut Entry, people: &[Person], is_atom: bool) {
    for person in people {
        let text = match (&person.name, &person.email) {
            // feed-rs has split `desk@example.org (Amina Sow)`.
            (Some(name), Some(email)) if !is_atom => format!("{email} {name}"),
            (Some(name), _) => name.clone(),
            (None, Some(email)) if !is_atom => email.clone(),
            (None, _) => continue,
        };
        match person.role.as_deref() {
            Some("creator") => Entry::set(&mut entry.creator, text),
            _ => entry.author = text,
        }
    }
}

/// Takes the fields of `itunes:` in place of the item's own.
fn media(entry: &mut Entry, source: &model::Entry) {
    if let Some(credit) = source.media.iter().flat_map(|media| &media.credits).next() {
        Entry::set(&mut entry.creator, credit.entity.clone());
    }
    if let Some(summary) = source.media.iter().find_map(|media| media.description.as_ref()) {
        Entry::set(&mut entry.other_summary, summary.content.clone());
    }
}
