//! Maps each element of an item to the field in which feed-rs keeps it.

use super::FeedFormat;
use super::namespaces::{ATOM, CONTENT, DUBLIN_CORE, ITUNES, MEDIA};
use crate::parse::feed::element_names::ElementName;
use crate::parse::feed::entry::{CREATED, DATE, PUBLISHED, UPDATED};
use crate::parse::feed::strict::StrictRefusal;
use crate::parse::feed::strict::well_formed_xml::OpenTag;

/// The role of an element of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ElementSlot {
    /// An element that both readers ignore.
    #[default]
    None,
    Title,
    Link,
    Guid,
    Published,
    /// `dc:date`, which feed-rs keeps in the field of `pubDate`.
    Date,
    Updated,
    /// A date that feed-rs drops, by its index in the entry.
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
    /// A media group.
    Group,
    /// Elements that feed-rs drops, and that the lenient reader uses only if the item's own is missing.
    OtherTitle(Vocabulary),
    OtherSummary(Vocabulary),
    OtherCreator(Vocabulary),
    OtherLink,
    OriginalLink,
}

/// The vocabulary of an element that replaces a field of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// feed-rs keeps it as media of the item.
    Itunes,
    /// feed-rs requires a text.
    Media,
    Another,
}

const RSS: &[(Option<&str>, &str, ElementSlot)] = &[
    (None, "title", ElementSlot::Title),
    (None, "link", ElementSlot::Link),
    (None, "guid", ElementSlot::Guid),
    (None, "pubDate", ElementSlot::Published),
    (None, "updated", ElementSlot::Updated),
    (None, "description", ElementSlot::Summary),
    (None, "author", ElementSlot::Author),
    (None, "category", ElementSlot::Category),
    (Some(DUBLIN_CORE), "date", ElementSlot::Date),
    (Some(DUBLIN_CORE), "creator", ElementSlot::Creator),
    (Some(CONTENT), "encoded", ElementSlot::Content),
    (Some(ATOM), "link", ElementSlot::OtherLink),
    (Some(ATOM), "updated", ElementSlot::Updated),
];

const ATOM_ENTRY: &[(Option<&str>, &str, ElementSlot)] = &[
    (None, "title", ElementSlot::Title),
    (None, "link", ElementSlot::Link),
    (None, "id", ElementSlot::Guid),
    (None, "published", ElementSlot::Published),
    (None, "updated", ElementSlot::Updated),
    (None, "summary", ElementSlot::Summary),
    (None, "content", ElementSlot::Content),
    (None, "author", ElementSlot::Author),
    (None, "category", ElementSlot::Category),
];

const RDF: &[(Option<&str>, &str, ElementSlot)] = &[
    (None, "title", ElementSlot::Title),
    (None, "link", ElementSlot::Link),
    (None, "description", ElementSlot::Summary),
    (Some(DUBLIN_CORE), "date", ElementSlot::Date),
    (Some(DUBLIN_CORE), "creator", ElementSlot::Creator),
    (Some(CONTENT), "encoded", ElementSlot::Content),
];

/// The role of an element that means `name` to the lenient reader.
///
/// # Errors
/// When feed-rs drops an element that the lenient reader reads.
pub(super) fn slot(
    format: FeedFormat,
    name: ElementName,
    element: (Option<&str>, &str),
) -> Result<ElementSlot, StrictRefusal> {
    let table = match format {
        FeedFormat::Rss => RSS,
        FeedFormat::Atom => ATOM_ENTRY,
        FeedFormat::Rdf => RDF,
    };
    if let Some((_, _, slot)) = table.iter().find(|(space, local, _)| (*space, *local) == element) {
        return Ok(*slot);
    }
    let vocabulary = match element.0 {
        Some(ITUNES) if format == FeedFormat::Rss => Vocabulary::Itunes,
        Some(MEDIA) => Vocabulary::Media,
        _ => Vocabulary::Another,
    };
    match name {
        ElementName::Other | ElementName::Foreign => Ok(ElementSlot::None),
        ElementName::Group => Ok(ElementSlot::Group),
        ElementName::OtherTitle => Ok(ElementSlot::OtherTitle(vocabulary)),
        ElementName::OtherSummary => Ok(ElementSlot::OtherSummary(vocabulary)),
        ElementName::Creator => Ok(ElementSlot::OtherCreator(vocabulary)),
        ElementName::Language => Ok(ElementSlot::Language),
        ElementName::OrigLink => Ok(ElementSlot::OriginalLink),
        ElementName::Category => Err(StrictRefusal::Lossy("a category in another vocabulary")),
        ElementName::Published => Ok(ElementSlot::OtherDate(PUBLISHED)),
        ElementName::Date => Ok(ElementSlot::OtherDate(DATE)),
        ElementName::Created => Ok(ElementSlot::OtherDate(CREATED)),
        ElementName::Updated => Ok(ElementSlot::OtherDate(UPDATED)),
        _ => Err(StrictRefusal::Lossy("a field of an item in another vocabulary")),
    }
}

/// Refuses attributes that change the meaning of an element for one of the readers only.
pub(super) fn check(format: FeedFormat, slot: ElementSlot, tag: &OpenTag<'_>) -> Result<(), StrictRefusal> {
    tag.plainly_spelled(&["type", "mode", "rel", "href", "label", "term", "isPermaLink"])?;
    let kind = tag.attribute("type");
    let sound = match (slot, format) {
        (ElementSlot::Title | ElementSlot::Summary, FeedFormat::Atom) => is_text(kind),
        (ElementSlot::Content, FeedFormat::Atom) => is_text(kind) || kind == Some("text/plain"),
        (ElementSlot::OtherTitle(Vocabulary::Media) | ElementSlot::OtherSummary(Vocabulary::Media), _) => {
            matches!(kind, None | Some("plain" | "html"))
        }
        (ElementSlot::OtherTitle(Vocabulary::Itunes) | ElementSlot::OtherSummary(Vocabulary::Itunes), _) => {
            kind.is_none()
        }
        (ElementSlot::Link, FeedFormat::Rss | FeedFormat::Rdf) => tag.attributes.is_empty(),
        (ElementSlot::Guid, FeedFormat::Rss) => tag.attributes.iter().all(|(name, _)| *name == "isPermaLink"),
        (ElementSlot::Guid, FeedFormat::Atom) => tag.attribute("isPermaLink").is_none(),
        (ElementSlot::Category, FeedFormat::Rss) => tag.attribute("label").is_none() && tag.attribute("term").is_none(),
        (ElementSlot::Category, FeedFormat::Atom) => tag.attribute("term").is_some(),
        _ => true,
    };
    if sound && tag.attribute("mode").is_none() { Ok(()) } else { Err(StrictRefusal::Lossy("an unusual attribute")) }
}

fn is_text(kind: Option<&str>) -> bool {
    matches!(kind, None | Some("text" | "html" | "text/html" | "xhtml"))
}

impl ElementSlot {
    /// True for an element whose text is compared; of the others only the start is examined.
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
