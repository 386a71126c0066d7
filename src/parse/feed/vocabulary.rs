//! What the elements of a feed mean, under whatever name, letter case, prefix and version they come.

use std::collections::HashMap;

/// The most prefixes that a document may declare.
const MAX_PREFIXES: usize = 128;

/// What an element means to marsad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The root or the channel: what stands directly in it is said of the whole feed.
    Rss,
    Feed,
    Rdf,
    Channel,
    /// One item.
    Item,
    Title,
    /// A title in the vocabulary of another namespace, for want of a better one.
    OtherTitle,
    Link,
    Guid,
    /// The address before a feed service rewrote it.
    OrigLink,
    Published,
    Date,
    Created,
    Updated,
    Summary,
    /// A summary in the vocabulary of another namespace.
    OtherSummary,
    Content,
    Author,
    /// An author in the vocabulary of another namespace.
    Creator,
    /// The name inside of an author.
    Person,
    Mailbox,
    Category,
    Language,
    /// A group whose members belong to the item: `media:group`.
    Group,
    /// What holds titles and links that are not the item's own: `image`, `source`, `textInput`.
    Foreign,
    /// Everything else, HTML among it.
    Other,
}

/// The vocabularies that feeds use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS, Atom and RDF themselves, and whatever claims to be none of the others.
    Feed,
    Atom,
    Rdf,
    Dc,
    Content,
    Media,
    Itunes,
    Burner,
    Html,
    Unknown,
}

/// The prefixes of one document.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    declared: HashMap<String, Space>,
}

impl Prefixes {
    /// Takes the declarations among the attributes of a tag.
    pub(super) fn declare(&mut self, attributes: &[(&str, &str)]) {
        for (name, uri) in attributes {
            if let Some(prefix) = name.strip_prefix("xmlns:").or_else(|| name.strip_prefix("XMLNS:"))
                && self.declared.len() < MAX_PREFIXES
            {
                let space = match by_uri(uri) {
                    Space::Unknown => by_prefix(&prefix.to_ascii_lowercase()),
                    known => known,
                };
                self.declared.insert(prefix.to_ascii_lowercase(), space);
            }
        }
    }

    /// Takes the prefix of a root for that of a feed, whatever it is declared to be.
    pub(super) fn adopt(&mut self, root: &str) {
        if let Some((prefix, local)) = root.to_ascii_lowercase().rsplit_once(':')
            && matches!(own(local), Name::Rss | Name::Feed | Name::Channel | Name::Rdf)
        {
            let space = if local == "rdf" { Space::Rdf } else { Space::Feed };
            self.declared.insert(prefix.to_owned(), space);
        }
    }

    /// What the element `name` means, where elements without a prefix belong to `default`.
    pub(super) fn name(&self, name: &str, default: Space) -> Name {
        let lower = name.to_ascii_lowercase();
        match lower.rsplit_once(':') {
            None => by_local(default, &lower),
            Some((prefix, local)) => {
                let space = self.declared.get(prefix).copied().unwrap_or_else(|| by_prefix(prefix));
                by_local(space, local)
            }
        }
    }
}

/// The vocabulary that a namespace address stands for; misspelt ones are common, so only what tells them apart counts.
pub(super) fn by_uri(uri: &str) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let has = |part: &str| uri.contains(part);
    if has("purl.org/dc/") {
        Space::Dc
    } else if has("purl.org/rss/1.0/modules/content") {
        Space::Content
    } else if has("1999/xhtml") || has("/tr/html") || has("rec-html") || has("2000/svg") {
        Space::Html
    } else if has("2005/atom") || has("purl.org/atom/ns") {
        Space::Atom
    } else if has("rdf-syntax-ns") {
        Space::Rdf
    } else if has("mrss") || has("search.yahoo.com") {
        Space::Media
    } else if has("itunes.") || has("google.com/schemas/play-podcasts") {
        Space::Itunes
    } else if has("feedburner") || has("pheedo") {
        Space::Burner
    } else if is_rss(&uri) {
        Space::Feed
    } else {
        Space::Unknown
    }
}

fn is_rss(uri: &str) -> bool {
    !uri.contains("/modules/")
        && (uri.contains("rss")
            || uri.contains("rdf/simple")
            || uri.contains("my.netscape.com")
            || uri.contains("channel.netscape.com"))
}

fn by_prefix(prefix: &str) -> Space {
    match prefix {
        "dc" | "dcterms" | "dct" | "dcq" | "prism" => Space::Dc,
        "content" => Space::Content,
        "atom" | "a10" | "atom10" | "atom03" | "a" => Space::Atom,
        "rdf" => Space::Rdf,
        "media" => Space::Media,
        "itunes" | "googleplay" => Space::Itunes,
        "feedburner" | "pheedo" => Space::Burner,
        "xhtml" | "html" | "svg" | "h" => Space::Html,
        "rss" | "ns0" | "" => Space::Feed,
        _ => Space::Unknown,
    }
}

fn by_local(space: Space, local: &str) -> Name {
    match space {
        Space::Feed | Space::Atom | Space::Rdf => own(local),
        Space::Dc => dublin(local),
        Space::Content => match local {
            "encoded" => Name::Content,
            _ => Name::Other,
        },
        Space::Media => match local {
            "title" => Name::OtherTitle,
            "description" => Name::OtherSummary,
            "group" | "content" => Name::Group,
            _ => Name::Other,
        },
        Space::Itunes => match local {
            "author" => Name::Creator,
            "title" => Name::OtherTitle,
            "summary" => Name::OtherSummary,
            "owner" => Name::Foreign,
            _ => Name::Other,
        },
        Space::Burner => match local {
            "origlink" => Name::OrigLink,
            _ => Name::Other,
        },
        Space::Html => match local {
            "body" => Name::Content,
            _ => Name::Other,
        },
        Space::Unknown => Name::Other,
    }
}

fn own(local: &str) -> Name {
    match local {
        "rss" => Name::Rss,
        "feed" => Name::Feed,
        "rdf" => Name::Rdf,
        "channel" => Name::Channel,
        "item" | "entry" => Name::Item,
        "title" => Name::Title,
        "link" => Name::Link,
        "guid" | "id" => Name::Guid,
        "pubdate" | "published" | "issued" | "pubdatetime" | "publicationdate" => Name::Published,
        "date" => Name::Date,
        "created" => Name::Created,
        "updated" | "modified" => Name::Updated,
        "description" | "summary" | "abstract" => Name::Summary,
        "content" | "body" | "fullitem" | "fulltext" | "full-text" => Name::Content,
        "author" | "creator" => Name::Author,
        "name" => Name::Person,
        "email" => Name::Mailbox,
        "category" | "subject" => Name::Category,
        "language" => Name::Language,
        "image" | "textinput" | "textInput" | "source" | "contributor" => Name::Foreign,
        _ => Name::Other,
    }
}

fn dublin(local: &str) -> Name {
    match local {
        "title" => Name::OtherTitle,
        "creator" | "author" => Name::Creator,
        "date" => Name::Date,
        "issued" | "publicationdate" => Name::Published,
        "created" => Name::Created,
        "modified" => Name::Updated,
        "description" | "abstract" => Name::OtherSummary,
        "subject" => Name::Category,
        "language" => Name::Language,
        _ => Name::Other,
    }
}

impl Name {
    /// True for elements whose content is text, HTML perhaps.
    pub(super) fn is_field(self) -> bool {
        !matches!(
            self,
            Self::Rss
                | Self::Feed
                | Self::Rdf
                | Self::Channel
                | Self::Item
                | Self::Author
                | Self::Group
                | Self::Foreign
                | Self::Other
        )
    }

    /// True for elements that hold items.
    pub(super) fn is_container(self) -> bool {
        matches!(self, Self::Rss | Self::Feed | Self::Rdf | Self::Channel)
    }

    /// True where HTML has an element of the same name, so that it may be markup within a text.
    pub(super) fn is_html_too(self) -> bool {
        matches!(self, Self::Title | Self::Link | Self::Summary | Self::Foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_known_by_its_namespace_or_else_by_its_customary_prefix() {
        let mut prefixes = Prefixes::default();
        prefixes
            .declare(&[("xmlns:x", "http://purl.org/dc/elements/1.0/"), ("xmlns:media", "http://example.org/typo")]);
        assert_eq!(prefixes.name("x:date", Space::Feed), Name::Date);
        assert_eq!(prefixes.name("dc:Creator", Space::Feed), Name::Creator);
        assert_eq!(prefixes.name("media:title", Space::Feed), Name::OtherTitle);
        assert_eq!(prefixes.name("PUBDATE", Space::Feed), Name::Published);
        assert_eq!(prefixes.name("y:title", Space::Feed), Name::Other);
        assert_eq!(prefixes.name("title", Space::Html), Name::Other);
    }

    #[test]
    fn old_and_misspelt_namespaces_are_recognised() {
        assert_eq!(by_uri("http://purl.org/atom/ns#"), Space::Atom);
        assert_eq!(by_uri("http://my.netscape.com/rdf/simple/0.9/"), Space::Feed);
        assert_eq!(by_uri("http://search.yahoo.com/mrss"), Space::Media);
        assert_eq!(by_uri("http://purl.org/rss/1.0/modules/syndication/"), Space::Unknown);
    }
}
