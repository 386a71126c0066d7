//! Names the levels of a feed at which an element can be.

/// The role of an open element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementLevel {
    /// The root of RSS, which contains the channel.
    Root,
    /// The element that contains the items.
    Channel,
    /// The channel of RDF, next to the items.
    RdfChannel,
    Item,
    /// A media group, whose title and description count as the item's.
    Group,
    /// The author of an Atom entry.
    Author,
    /// An element with text, and XHTML within one.
    Field,
    Markup,
    /// An element that both readers skip.
    Skipped,
}
