//! Checks whether feed-rs reads one item without loss.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::dropped_dates::EntryDates;
use super::feed_root::FeedFormat;
use super::feed_rs_field::{ElementSlot, Vocabulary};
use super::field_text::FieldText;
use crate::parse::feed::FeedContext;
use crate::parse::feed::entry::is_permalink;
use crate::parse::feed::link::{LAST_RESORT, rank, resolve};
use crate::parse::feed::strict::well_formed_xml::OpenTag;
use crate::parse::feed::strict::{StrictRefusal, is_plain_address};
use crate::parse::plain_text;
use crate::text::lang::Lang;

/// The mail address with a name in brackets that RSS requires: the only form with an `@` that feed-rs splits without
/// loss.
#[expect(clippy::expect_used, reason = "a proof: the pattern is constant")]
static MAIL_AND_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}( \([^()@<>&]+\))?$")
        .expect("a constant pattern")
});

/// What is known of the open item.
#[derive(Debug, Default)]
pub(super) struct EntryCheck {
    pub(super) fields: usize,
    /// How often each of the [`SINGLE`] fields occurs.
    counts: [u8; 4],
    /// True for a headline, a summary and an author that are certainly not empty.
    title: bool,
    summary: bool,
    author: bool,
    /// True for a creator that is certainly not empty.
    creator: bool,
    /// True for a valid address of the item's own.
    link: bool,
    /// How many links may be the item's own, and whether one of them has a type but no relation.
    links: usize,
    missing_relation: bool,
    guid: Option<String>,
    pub(super) permalink: Option<String>,
    /// Its `rdf:about` as written, and its address.
    pub(super) about: Option<String>,
    address: String,
    /// The language of the feed.
    feed_lang: Option<Lang>,
    dates: EntryDates,
    names: usize,
    /// True if a field has the language of the root.
    lang_bearing: bool,
    /// Fields that replace a missing one, by their vocabulary.
    titles: Substitutes,
    summaries: Substitutes,
    creators: Substitutes,
    creator_elements: usize,
    needs_link: bool,
}

/// Elements of other vocabularies that replace one field of an item.
#[derive(Debug, Default)]
struct Substitutes {
    itunes: usize,
    others: usize,
    /// True if one from `itunes:` has a text.
    has_text: bool,
}

impl Substitutes {
    fn add(&mut self, vocabulary: Vocabulary, has_text: bool) {
        if vocabulary == Vocabulary::Itunes {
            self.itunes += 1;
            self.has_text |= has_text;
        } else {
            self.others += 1;
        }
    }

    fn is_empty(&self) -> bool {
        self.itunes + self.others == 0
    }

    /// True for a single one, which feed-rs keeps with the media of the item.
    fn is_kept(&self) -> bool {
        self.itunes == 1 && self.others == 0 && self.has_text
    }
}

/// The fields that an item may have only once: feed-rs keeps the last, the lenient reader the first.
const SINGLE: [ElementSlot; 4] = [ElementSlot::Title, ElementSlot::Guid, ElementSlot::Summary, ElementSlot::Content];

impl EntryCheck {
    pub(super) fn new(feed_lang: Option<Lang>) -> Self {
        Self { feed_lang, ..Self::default() }
    }

    /// Adds the address in an attribute; true if it is relative.
    pub(super) fn take_href(
        &mut self,
        slot: ElementSlot,
        tag: &OpenTag<'_>,
        base: &Url,
    ) -> Result<bool, StrictRefusal> {
        let value = |name| tag.attribute(name).map(plain_text::decoded);
        let (rel, kind, href) = (value("rel"), value("type"), value("href"));
        let (Some(rank), Some(href)) = (rank(rel.as_deref(), kind.as_deref()), href) else { return Ok(false) };
        if slot == ElementSlot::OtherLink {
            self.needs_link = true;
            return if rank > 0 { Ok(false) } else { Err(StrictRefusal::Lossy("an Atom link in RSS")) };
        }
        self.links += 1;
        self.missing_relation |= rel.is_none() && kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        let relative = is_plain_address(&href)?;
        // A link to the feed itself is the last resort, after an identifier that is an address.
        self.link |= rank < LAST_RESORT && resolve(base, &href).is_some();
        Ok(relative)
    }

    /// Adds an element that has ended; true if it is a relative address.
    pub(super) fn take(
        &mut self,
        format: FeedFormat,
        field: FieldText,
        context: &FeedContext<'_>,
    ) -> Result<bool, StrictRefusal> {
        let FieldText { slot, kept, start, .. } = field;
        self.lang_bearing |= !matches!(slot, ElementSlot::Link | ElementSlot::Guid | ElementSlot::OtherLink);
        self.count(slot)?;
        match slot {
            ElementSlot::Title => self.title = start.is_some_and(is_kept),
            ElementSlot::Summary => self.summary = start.is_some_and(|c| c != '&'),
            ElementSlot::Link if format == FeedFormat::Atom && start.is_some() => {
                return Err(StrictRefusal::Lossy("the text of an Atom link"));
            }
            ElementSlot::Link if !kept.is_empty() => {
                let relative = is_plain_address(&kept)?;
                self.links += 1;
                self.link |= resolve(context.document.address.url(), &kept).is_some();
                kept.trim().clone_into(&mut self.address);
                return Ok(relative);
            }
            ElementSlot::Guid => self.guid = Some(kept),
            ElementSlot::Published | ElementSlot::Date | ElementSlot::Updated | ElementSlot::OtherDate(_) => {
                self.dates.add(slot, kept)
            }
            ElementSlot::Language if self.feed_lang.is_none() || Lang::parse(&kept).ok() != self.feed_lang => {
                return Err(StrictRefusal::Lossy("the language of an item"));
            }
            ElementSlot::Author | ElementSlot::Creator | ElementSlot::Person => {
                self.take_person(slot, &kept, start.is_some_and(is_kept))?
            }
            ElementSlot::OtherTitle(Vocabulary::Media) | ElementSlot::OtherSummary(Vocabulary::Media)
                if start.is_none() =>
            {
                return Err(StrictRefusal::Lossy("an empty text of a media group"));
            }
            ElementSlot::OtherTitle(vocabulary) => self.titles.add(vocabulary, start.is_some()),
            ElementSlot::OtherSummary(vocabulary) => self.summaries.add(vocabulary, start.is_some()),
            ElementSlot::OtherCreator(vocabulary) if !self.creator => self.creators.add(vocabulary, start.is_some()),
            ElementSlot::OriginalLink => self.needs_link = true,
            _ => {}
        }
        Ok(false)
    }

    /// Counts a field that an item may have only once.
    fn count(&mut self, slot: ElementSlot) -> Result<(), StrictRefusal> {
        let Some(at) = SINGLE.iter().position(|single| *single == slot) else { return Ok(()) };
        self.counts[at] += 1;
        if self.counts[at] > 1 {
            return Err(StrictRefusal::Lossy("a field that occurs twice"));
        }
        Ok(())
    }

    /// Adds a person; `sure` if the name begins with a letter or digit.
    fn take_person(&mut self, slot: ElementSlot, text: &str, sure: bool) -> Result<(), StrictRefusal> {
        match slot {
            ElementSlot::Creator => {
                self.creator |= is_person(text)? && sure;
                self.creator_elements += 1;
            }
            ElementSlot::Person => {
                self.names += 1;
                self.author = sure && !text.contains('@');
                if text.trim().is_empty() {
                    return Err(StrictRefusal::Lossy("an author without a name"));
                }
            }
            _ => {
                self.names += 1;
                self.author = is_person(text)? && sure && !text.contains('@');
                if self.names > 1 {
                    return Err(StrictRefusal::Lossy("two authors"));
                }
            }
        }
        Ok(())
    }

    /// Ends an author of Atom, of which feed-rs keeps the last name.
    pub(super) fn end_author(&mut self) -> Result<(), StrictRefusal> {
        let names = std::mem::take(&mut self.names);
        if names > 1 { Err(StrictRefusal::Lossy("an author with two names")) } else { Ok(()) }
    }

    /// Checks an item that has ended.
    pub(super) fn check(
        &self,
        format: FeedFormat,
        has_root_lang: bool,
        context: &FeedContext<'_>,
    ) -> Result<(), StrictRefusal> {
        let lost = if !self.titles.is_empty() && !self.title {
            "a headline in another vocabulary"
        } else if !self.summaries.is_empty() && !self.summary && !self.summaries.is_kept() {
            "a summary in another vocabulary"
        } else if !self.creators.is_empty() && !self.author && !self.keeps_creator() {
            "an author in another vocabulary"
        } else if format == FeedFormat::Rdf && (!self.link || self.links > 1) {
            "an item of RDF without one link"
        } else if self.about.as_ref().is_some_and(|about| !self.is_address(about)) {
            "`rdf:about`"
        } else if self.needs_link && !self.link {
            "a link in another vocabulary"
        } else if format == FeedFormat::Atom && self.links > 1 && self.missing_relation {
            "which of two links is the item's own"
        } else if !self.link && !self.is_plain_guid() {
            "`isPermaLink`"
        } else if !self.dates.agree(context) {
            "the date that counts"
        } else if has_root_lang && !self.lang_bearing {
            "an item without a text"
        } else {
            return Ok(());
        };
        Err(StrictRefusal::Lossy(lost))
    }

    /// True if feed-rs keeps the author with the media of the item, which it does only next to a title or summary.
    fn keeps_creator(&self) -> bool {
        let media = self.titles.is_kept() || self.summaries.is_kept();
        self.creators.is_kept() && self.creator_elements == 0 && media
    }

    /// True if a field of the item comes from the media that feed-rs keeps with it.
    pub(super) fn needs_itunes(&self) -> bool {
        !self.summaries.is_empty() && !self.summary || !self.creators.is_empty() && !self.author
    }

    /// True for an identifier that is the item's address, as written and as feed-rs reads it.
    fn is_address(&self, about: &str) -> bool {
        !about.contains('&') && about == self.address && Url::parse(about).is_ok_and(|url| url.as_str() == about)
    }

    /// True if the identifier means the same with and without its attribute.
    fn is_plain_guid(&self) -> bool {
        let guid = self.guid.as_deref().unwrap_or_default();
        is_permalink(guid, self.permalink.as_deref()) == is_permalink(guid, None)
    }
}

/// True for a character that no cleaning removes and no repair of encodings changes.
fn is_kept(c: char) -> bool {
    c.is_ascii_alphanumeric() || c.is_alphabetic() && c > '\u{36f}'
}

/// Refuses a name that feed-rs changes; true if it is certainly not empty.
fn is_person(text: &str) -> Result<bool, StrictRefusal> {
    if text.contains('@') && !MAIL_AND_NAME.is_match(text) {
        return Err(StrictRefusal::Lossy("a name with a mail address"));
    }
    Ok(!text.trim().is_empty())
}
