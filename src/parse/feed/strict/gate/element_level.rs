//! The elements of a feed by what they hold.

/// The vocabularies that feed-rs keeps enough of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeedFormat {
    Rss,
    Atom,
    Rdf,
}

/// What an open element is to the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementLevel {
    /// The root of RSS, which holds the channel.
    Root,
    /// What holds the items.
    Channel,
    /// The channel of RDF, beside the items.
    RdfChannel,
    Item,
    /// A group of media, whose titles and descriptions are heard as the item's.
    Group,
    /// The author of an Atom entry.
    Author,
    /// An element that carries a text, and the XHTML in one.
    Field,
    Markup,
    /// What neither reader looks into.
    Skipped,
}
