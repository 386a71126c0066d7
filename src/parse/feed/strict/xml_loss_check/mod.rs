//! Checks, from its text alone, whether feed-rs reads an XML feed without loss.
//!
//! ```text
//! well_formed_xml: is it well-formed? ─▶ namespaces: what is each element?
//!     ├─▶ feed_rs_field: does feed-rs keep it here?
//!     └─▶ entry_check: does the item need anything else?
//! ```
//!
//! The check refuses everything that it does not know to be kept. After a refusal, the lenient reader reads the feed.

use crate::parse::feed::FeedContext;
use crate::parse::feed::element_names::{ElementName, Namespace, Prefixes};
use crate::parse::feed::lenient::element_text::is_void;
use crate::parse::feed::strict::StrictRefusal;
use crate::parse::feed::strict::well_formed_xml::{OpenTag, Scanner, XmlEvent};
use crate::parse::plain_text;
use crate::text::lang::Lang;
use element_level::ElementLevel;
use entry_check::EntryCheck;
use feed_root::{FeedFormat, FeedRoot, root};
use feed_rs_field::{ElementSlot, slot};
use field_text::FieldText;
use namespaces::{ATOM, DUBLIN_CORE, MEDIA, Namespaces, PODCAST};

mod atom_xhtml;
mod dropped_dates;
mod element_level;
mod entry_check;
mod feed_root;
mod feed_rs_field;
mod field_text;
mod namespaces;

/// The most items that feed-rs gets: it keeps all of them at once. Chosen by hand, twice the default `max_items`.
pub(super) const MAX_ITEMS: usize = 1_000;
/// The most elements with text in one item. Chosen by hand; the lenient reader keeps 64 links and 64 tags.
const MAX_FIELDS: usize = 256;
/// The most languages that a channel declares. Chosen by hand.
const MAX_LANGUAGES: usize = 4;

/// A feed that feed-rs reads without loss.
#[derive(Debug)]
pub(super) struct LosslessFeed<'a> {
    /// The start tag of its root, in the form that feed-rs reads.
    pub(super) root: String,
    /// The text after that tag.
    pub(super) rest: &'a str,
    /// True if the identifiers that feed-rs drops (`rdf:about`) are the addresses of the items.
    pub(super) identified_by_link: bool,
    /// True if all media fields come from `itunes:`.
    pub(super) only_itunes: bool,
    /// For each item of JSON Feed, whether it has authors of its own: feed-rs copies those of the feed into the others.
    pub(super) authored: Vec<bool>,
}

struct LosslessCheck<'c, 'a> {
    context: &'c FeedContext<'c>,
    format: FeedFormat,
    prefixes: Prefixes,
    namespaces: Namespaces<'a>,
    levels: Vec<ElementLevel>,
    /// The language of the root.
    lang: Option<Lang>,
    channels: usize,
    /// The languages that the channel declares, each with whether feed-rs keeps it.
    languages: Vec<(bool, Option<Lang>)>,
    items: usize,
    /// How many items have an `rdf:about`.
    abouts: usize,
    has_media: bool,
    needs_itunes: bool,
    entry: EntryCheck,
    field: FieldText,
    /// True if `xml:base` occurs; true if an address is relative.
    based: bool,
    relative: bool,
}

/// Accepts a feed whose root begins `text` if feed-rs reads it without loss.
///
/// # Errors
/// What feed-rs would lose, or what this check does not know.
pub(super) fn check<'a>(text: &'a str, context: &FeedContext<'_>) -> Result<LosslessFeed<'a>, StrictRefusal> {
    let mut scanner = Scanner::new(text);
    let Some(XmlEvent::Open(tag)) = scanner.next()? else { return Err(StrictRefusal::Malformed("no root")) };
    let rest = scanner.rest();
    let FeedRoot { format, lang, tag: root } = root(&tag)?;
    let mut state = LosslessCheck::new(context, format, lang);
    state.declare(&tag)?;
    if !tag.closed {
        state.levels.push(if format == FeedFormat::Rss { ElementLevel::Root } else { ElementLevel::Channel });
    }
    while let Some(event) = scanner.next()? {
        match event {
            XmlEvent::Open(tag) => {
                let closed = tag.closed;
                state.open(&tag)?;
                if closed {
                    state.close()?;
                }
            }
            XmlEvent::Close => state.close()?,
            XmlEvent::Text(text) => state.text(text, true)?,
            XmlEvent::Cdata(text) => state.text(text, false)?,
        }
    }
    state.check_feed()?;
    Ok(LosslessFeed {
        root,
        rest,
        identified_by_link: state.abouts > 0,
        only_itunes: !state.has_media,
        authored: Vec::new(),
    })
}

impl<'c, 'a> LosslessCheck<'c, 'a> {
    fn new(context: &'c FeedContext<'c>, format: FeedFormat, lang: Option<Lang>) -> Self {
        Self {
            context,
            format,
            prefixes: Prefixes::default(),
            namespaces: Namespaces::default(),
            levels: Vec::new(),
            lang,
            channels: 0,
            languages: Vec::new(),
            items: 0,
            abouts: 0,
            has_media: false,
            needs_itunes: false,
            entry: EntryCheck::default(),
            field: FieldText::default(),
            based: false,
            relative: false,
        }
    }

    /// Checks the conditions on the feed as a whole.
    fn check_feed(&self) -> Result<(), StrictRefusal> {
        let lost = if self.based && self.relative {
            "a relative address under `xml:base`"
        } else if self.abouts > 0 && self.abouts < self.items {
            "`rdf:about`"
        } else if self.needs_itunes && self.has_media {
            "which media a text belongs to"
        } else {
            return Ok(());
        };
        Err(StrictRefusal::Lossy(lost))
    }

    fn declare(&mut self, tag: &OpenTag<'a>) -> Result<(), StrictRefusal> {
        self.namespaces.declare(tag, self.levels.len())?;
        if !tag.attributes.is_empty() {
            self.prefixes.declare(&tag.attributes);
            self.based |= tag.attributes.iter().any(|(name, _)| name.eq_ignore_ascii_case("xml:base"));
        }
        Ok(())
    }

    fn open(&mut self, tag: &OpenTag<'a>) -> Result<(), StrictRefusal> {
        if is_void(tag.name) && !tag.closed {
            return Err(StrictRefusal::Lossy("an element that HTML leaves open"));
        }
        self.declare(tag)?;
        let resolved = self.namespaces.resolve(tag.name)?;
        let default = if self.format == FeedFormat::Atom { Namespace::Atom } else { Namespace::Feed };
        let name = self.prefixes.name(tag.name, default);
        let level = match self.levels.last() {
            Some(ElementLevel::Root) => self.open_in_root(tag, name)?,
            Some(ElementLevel::Channel) => self.open_in_channel(tag, name)?,
            Some(ElementLevel::RdfChannel) => self.open_in_header(name, resolved == (Some(DUBLIN_CORE), "language"))?,
            Some(ElementLevel::Item) => self.open_in_item(tag, name, resolved)?,
            Some(ElementLevel::Group) => self.open_in_group(tag, name, resolved)?,
            Some(ElementLevel::Author) => self.open_in_author(tag, name)?,
            Some(ElementLevel::Field | ElementLevel::Markup) => self.open_in_text(tag)?,
            Some(ElementLevel::Skipped) | None => ElementLevel::Skipped,
        };
        if level == ElementLevel::Skipped && (name == ElementName::Item || name.is_container()) {
            return Err(StrictRefusal::Lossy("an item or channel out of place"));
        }
        if !matches!(level, ElementLevel::Skipped | ElementLevel::Markup) {
            self.scope(tag)?;
        }
        self.levels.push(level);
        Ok(())
    }

    /// True for the channel of RDF, which is next to the items; only its language counts.
    fn is_rdf_channel(&self, tag: &OpenTag<'_>) -> bool {
        self.format == FeedFormat::Rdf && tag.name == "channel" && self.levels.len() == 1
    }

    /// Refuses attributes that change the meaning of the elements within: another default namespace, another language.
    fn scope(&self, tag: &OpenTag<'a>) -> Result<(), StrictRefusal> {
        tag.plainly_spelled(&["xmlns", "xml:lang", "xml:base"])?;
        let same = |lang: &str| self.lang.is_some() && Lang::parse(lang).ok() == self.lang;
        // feed-rs keeps the language of a content, and that of the root.
        let is_content = self.format == FeedFormat::Atom && self.lang.is_none() && tag.name == "content";
        if tag.attribute("xml:lang").is_some_and(|lang| !same(lang) && !is_content) {
            return Err(StrictRefusal::Lossy("`xml:lang` below the root"));
        }
        if tag.attribute("xmlns").is_some_and(|uri| self.format != FeedFormat::Atom || uri != ATOM) {
            return Err(StrictRefusal::Lossy("another default namespace below the root"));
        }
        Ok(())
    }

    fn open_in_root(&mut self, tag: &OpenTag<'a>, name: ElementName) -> Result<ElementLevel, StrictRefusal> {
        if tag.name == "channel" {
            self.channels += 1;
            return if self.channels == 1 {
                Ok(ElementLevel::Channel)
            } else {
                Err(StrictRefusal::Lossy("a second channel"))
            };
        }
        if name == ElementName::Language {
            Err(StrictRefusal::Lossy("a language out of place"))
        } else {
            Ok(ElementLevel::Skipped)
        }
    }

    fn open_in_channel(&mut self, tag: &OpenTag<'a>, name: ElementName) -> Result<ElementLevel, StrictRefusal> {
        let item = if self.format == FeedFormat::Atom { "entry" } else { "item" };
        if tag.name == item {
            return self.open_item(tag);
        }
        if self.is_rdf_channel(tag) {
            self.channels += 1;
            return if self.channels == 1 {
                Ok(ElementLevel::RdfChannel)
            } else {
                Err(StrictRefusal::Lossy("a second channel"))
            };
        }
        self.open_in_header(name, self.format == FeedFormat::Rss && tag.name == "language")
    }

    /// Of the channel's own elements, only the language counts.
    fn open_in_header(&mut self, name: ElementName, is_kept: bool) -> Result<ElementLevel, StrictRefusal> {
        if name != ElementName::Language {
            return Ok(ElementLevel::Skipped);
        }
        if self.format == FeedFormat::Atom || self.items > 0 || self.languages.len() >= MAX_LANGUAGES {
            return Err(StrictRefusal::Lossy("a language out of place"));
        }
        self.languages.push((is_kept, None));
        self.field = FieldText::new(ElementSlot::Language, false);
        Ok(ElementLevel::Field)
    }

    fn open_item(&mut self, tag: &OpenTag<'a>) -> Result<ElementLevel, StrictRefusal> {
        self.items += 1;
        if self.items > MAX_ITEMS {
            return Err(StrictRefusal::TooLarge("items"));
        }
        let lang = self.languages.last().and_then(|(_, lang)| lang.clone());
        let kept = self.languages.iter().filter(|(kept, _)| *kept).count();
        if !self.languages.is_empty() && (kept != 1 || self.languages.iter().any(|(_, other)| *other != lang)) {
            return Err(StrictRefusal::Lossy("the language of the feed"));
        }
        self.entry = EntryCheck::new(lang);
        let about = |(name, _): &&(&str, &str)| name.to_ascii_lowercase().ends_with(":about");
        if let Some((name, about)) = tag.attributes.iter().find(about) {
            if self.format != FeedFormat::Rdf || *name != "rdf:about" {
                return Err(StrictRefusal::Lossy("`rdf:about`"));
            }
            self.abouts += 1;
            self.entry.about = Some((*about).to_owned());
        }
        Ok(ElementLevel::Item)
    }

    /// Within a text, only XHTML in one `div` is accepted.
    fn open_in_text(&mut self, tag: &OpenTag<'a>) -> Result<ElementLevel, StrictRefusal> {
        let outer = self.levels.last() == Some(&ElementLevel::Field);
        if !self.field.is_xhtml || outer && (self.field.has_div || tag.name != "div") {
            return Err(StrictRefusal::Lossy("markup within a text"));
        }
        self.field.has_div = true;
        self.field.push_tag(tag)?;
        atom_xhtml::check(tag, &self.prefixes)?;
        Ok(ElementLevel::Markup)
    }

    fn open_in_item(
        &mut self,
        tag: &OpenTag<'a>,
        name: ElementName,
        resolved: (Option<&'a str>, &'a str),
    ) -> Result<ElementLevel, StrictRefusal> {
        self.has_media |= matches!(resolved.0, Some(MEDIA | PODCAST));
        let found = match slot(self.format, name, resolved)? {
            ElementSlot::Author if self.format == FeedFormat::Atom => return Ok(ElementLevel::Author),
            ElementSlot::Group => return Ok(ElementLevel::Group),
            ElementSlot::None => return Ok(ElementLevel::Skipped),
            found => found,
        };
        self.open_field(tag, found)
    }

    /// In a media group, only title and description count, as substitutes for the item's own.
    fn open_in_group(
        &mut self,
        tag: &OpenTag<'a>,
        name: ElementName,
        resolved: (Option<&'a str>, &'a str),
    ) -> Result<ElementLevel, StrictRefusal> {
        match slot(self.format, name, resolved)? {
            found @ (ElementSlot::OtherTitle { .. } | ElementSlot::OtherSummary { .. }) => self.open_field(tag, found),
            ElementSlot::Group => Ok(ElementLevel::Group),
            ElementSlot::None => Ok(ElementLevel::Skipped),
            _ => Err(StrictRefusal::Lossy("a field of an item within a group")),
        }
    }

    fn open_in_author(&mut self, tag: &OpenTag<'a>, name: ElementName) -> Result<ElementLevel, StrictRefusal> {
        let found = match (tag.name, name) {
            ("name", _) => ElementSlot::Person,
            ("email", _) => ElementSlot::Mailbox,
            ("uri", _) => return Ok(ElementLevel::Skipped),
            (_, ElementName::Other) if !["name", "uri", "email"].iter().any(|own| tag.name.ends_with(own)) => {
                return Ok(ElementLevel::Skipped);
            }
            _ => return Err(StrictRefusal::Lossy("an unusual part of an author")),
        };
        self.open_field(tag, found)
    }

    fn open_field(&mut self, tag: &OpenTag<'a>, found: ElementSlot) -> Result<ElementLevel, StrictRefusal> {
        self.entry.fields += 1;
        if self.entry.fields > MAX_FIELDS {
            return Err(StrictRefusal::TooLarge("fields of one item"));
        }
        feed_rs_field::check(self.format, found, tag)?;
        if found == ElementSlot::Link && self.format == FeedFormat::Atom || found == ElementSlot::OtherLink {
            let base = self.context.document.address.url();
            self.relative |= self.entry.take_href(found, tag, base)?;
        }
        if found == ElementSlot::Guid {
            self.entry.permalink = tag.attribute("isPermaLink").map(plain_text::decoded);
        }
        let is_xhtml = self.format == FeedFormat::Atom && tag.attribute("type") == Some("xhtml");
        self.field = FieldText::new(found, is_xhtml);
        Ok(ElementLevel::Field)
    }

    fn text(&mut self, text: &str, escaped: bool) -> Result<(), StrictRefusal> {
        let blank = || text.trim_ascii().is_empty();
        match self.levels.last() {
            Some(ElementLevel::Field) if self.field.is_xhtml && blank() => Ok(()),
            Some(ElementLevel::Field) if self.field.is_xhtml => Err(StrictRefusal::Lossy("text next to markup")),
            Some(ElementLevel::Field | ElementLevel::Markup) => self.field.push(text, escaped),
            Some(ElementLevel::Root | ElementLevel::Channel | ElementLevel::Item | ElementLevel::Author)
                if !blank() =>
            {
                Err(StrictRefusal::Lossy("text out of place"))
            }
            _ => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), StrictRefusal> {
        match self.levels.pop() {
            Some(ElementLevel::Field) => {
                let field = std::mem::take(&mut self.field);
                if let (ElementSlot::Language, Some((_, lang)), 0) = (field.slot, self.languages.last_mut(), self.items)
                {
                    *lang = Lang::parse(&field.kept).ok().filter(|_| field.kept.is_ascii());
                    return Ok(());
                }
                self.relative |= self.entry.take(self.format, field, self.context)?;
                Ok(())
            }
            Some(ElementLevel::Author) => self.entry.end_author(),
            Some(ElementLevel::Item) => {
                self.entry.check(self.format, self.lang.is_some(), self.context)?;
                self.needs_itunes |= self.entry.needs_itunes();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
