//! Where feed-rs keeps what an element of an item says.

use super::Format;
use super::namespaces::{ATOM, CONTENT, DUBLIN_CORE, ITUNES, MEDIA};
use crate::parse::feed::entry::{CREATED, DATE, PUBLISHED, UPDATED};
use crate::parse::feed::strict::Refusal;
use crate::parse::feed::strict::scanner::OpenTag;
use crate::parse::feed::vocabulary::Name;

/// What an element of an item is to the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Slot {
    /// Nothing that either reader listens to.
    #[default]
    None,
    Title,
    Link,
    Guid,
    Published,
    /// `dc:date`, which feed-rs keeps where it keeps `pubDate`.
    Date,
    Updated,
    /// A date that feed-rs drops, by its place in the entry.
    OtherDate(usize),
    Summary,
    Content,
    Author,
    Creator,
    Category,
    /// The name of an Atom author.
    Person,
    Mailbox,
    /// The language of the channel.
    Language,
    /// A group of media.
    Group,
    /// What feed-rs drops, and what the lenient reader needs only where the item's own is missing.
    OtherTitle(Vocabulary),
    OtherSummary(Vocabulary),
    OtherCreator(Vocabulary),
    OtherLink,
    OriginalLink,
}

/// The vocabulary of an element that stands in for a part of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// feed-rs keeps it beside the item, as media.
    Itunes,
    /// feed-rs insists on a text.
    Media,
    Another,
}

const RSS: &[(Option<&str>, &str, Slot)] = &[
    (None, "title", Slot::Title),
    (None, "link", Slot::Link),
    (None, "guid", Slot::Guid),
    (None, "pubDate", Slot::Published),
    (None, "updated", Slot::Updated),
    (None, "description", Slot::Summary),
    (None, "author", Slot::Author),
    (None, "category", Slot::Category),
    (Some(DUBLIN_CORE), "date", Slot::Date),
    (Some(DUBLIN_CORE), "creator", Slot::Creator),
    (Some(CONTENT), "encoded", Slot::Content),
    (Some(ATOM), "link", Slot::OtherLink),
    (Some(ATOM), "updated", Slot::Updated),
];

const ATOM_ENTRY: &[(Option<&str>, &str, Slot)] = &[
    (None, "title", Slot::Title),
    (None, "link", Slot::Link),
    (None, "id", Slot::Guid),
    (None, "published", Slot::Published),
    (None, "updated", Slot::Updated),
    (None, "summary", Slot::Summary),
    (None, "content", Slot::Content),
    (None, "author", Slot::Author),
    (None, "category", Slot::Category),
];

const RDF: &[(Option<&str>, &str, Slot)] = &[
    (None, "title", Slot::Title),
    (None, "link", Slot::Link),
    (None, "description", Slot::Summary),
    (Some(DUBLIN_CORE), "date", Slot::Date),
    (Some(DUBLIN_CORE), "creator", Slot::Creator),
    (Some(CONTENT), "encoded", Slot::Content),
];

/// The slot of an element that means `name` to the lenient reader.
///
/// # Errors
/// Where that means something and feed-rs drops it.
pub(super) fn slot(format: Format, name: Name, element: (Option<&str>, &str)) -> Result<Slot, Refusal> {
    let table = match format {
        Format::Rss => RSS,
        Format::Atom => ATOM_ENTRY,
        Format::Rdf => RDF,
    };
    if let Some((_, _, slot)) = table.iter().find(|(space, local, _)| (*space, *local) == element) {
        return Ok(*slot);
    }
    let vocabulary = match element.0 {
        Some(ITUNES) if format == Format::Rss => Vocabulary::Itunes,
        Some(MEDIA) => Vocabulary::Media,
        _ => Vocabulary::Another,
    };
    match name {
        Name::Other | Name::Foreign => Ok(Slot::None),
        Name::Group => Ok(Slot::Group),
        Name::OtherTitle => Ok(Slot::OtherTitle(vocabulary)),
        Name::OtherSummary => Ok(Slot::OtherSummary(vocabulary)),
        Name::Creator => Ok(Slot::OtherCreator(vocabulary)),
        Name::Language => Ok(Slot::Language),
        Name::OrigLink => Ok(Slot::OriginalLink),
        Name::Category => Err(Refusal::Lossy("a category in another vocabulary")),
        Name::Published => Ok(Slot::OtherDate(PUBLISHED)),
        Name::Date => Ok(Slot::OtherDate(DATE)),
        Name::Created => Ok(Slot::OtherDate(CREATED)),
        Name::Updated => Ok(Slot::OtherDate(UPDATED)),
        _ => Err(Refusal::Lossy("a part of an item in another vocabulary")),
    }
}

/// Refuses attributes that change what an element says to one reader and not to the other.
pub(super) fn check(format: Format, slot: Slot, tag: &OpenTag<'_>) -> Result<(), Refusal> {
    tag.plainly_spelled(&["type", "mode", "rel", "href", "label", "term", "isPermaLink"])?;
    let kind = tag.attribute("type");
    let sound = match (slot, format) {
        (Slot::Title | Slot::Summary, Format::Atom) => is_text(kind),
        (Slot::Content, Format::Atom) => is_text(kind) || kind == Some("text/plain"),
        (Slot::OtherTitle(Vocabulary::Media) | Slot::OtherSummary(Vocabulary::Media), _) => {
            matches!(kind, None | Some("plain" | "html"))
        }
        (Slot::OtherTitle(Vocabulary::Itunes) | Slot::OtherSummary(Vocabulary::Itunes), _) => kind.is_none(),
        (Slot::Link, Format::Rss | Format::Rdf) => tag.attributes.is_empty(),
        (Slot::Guid, Format::Rss) => tag.attributes.iter().all(|(name, _)| *name == "isPermaLink"),
        (Slot::Guid, Format::Atom) => tag.attribute("isPermaLink").is_none(),
        (Slot::Category, Format::Rss) => tag.attribute("label").is_none() && tag.attribute("term").is_none(),
        (Slot::Category, Format::Atom) => tag.attribute("term").is_some(),
        _ => true,
    };
    if sound && tag.attribute("mode").is_none() { Ok(()) } else { Err(Refusal::Lossy("an unusual attribute")) }
}

fn is_text(kind: Option<&str>) -> bool {
    matches!(kind, None | Some("text" | "html" | "text/html" | "xhtml"))
}

impl Slot {
    /// True for an element whose text is compared; of others only the beginning is looked at.
    pub(super) fn is_short(self) -> bool {
        matches!(
            self,
            Self::Link
                | Self::Guid
                | Self::Published
                | Self::Date
                | Self::Updated
                | Self::OtherDate(_)
                | Self::Author
                | Self::Creator
                | Self::Person
                | Self::Language
        )
    }
}
