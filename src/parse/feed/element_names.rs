//! Maps the names of feed elements to what they hold, in every namespace, letter case, prefix and version.

use std::collections::HashMap;

/// The most prefixes that a document may declare. Chosen by hand.
const MAX_PREFIXES: usize = 128;

/// The meaning of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementName {
    /// The root or the channel: fields directly in it describe the whole feed.
    Rss,
    Feed,
    Rdf,
    Channel,
    /// One item.
    Item,
    Title,
    /// A title in the vocabulary of another namespace, used if there is no other.
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
    /// The name within an author.
    Person,
    Mailbox,
    Category,
    Language,
    /// A group whose members belong to the item: `media:group`.
    Group,
    /// An element with titles and links that are not the item's own: `image`, `source`, `textInput`.
    Foreign,
    /// Everything else, including HTML.
    Other,
}

/// The vocabularies that feeds use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    /// RSS itself, and elements without a known namespace.
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
    declared: HashMap<String, Namespace>,
}

impl Prefixes {
    /// Adds the declarations among the attributes of a tag.
    pub(super) fn declare(&mut self, attributes: &[(&str, &str)]) {
        for (name, uri) in attributes {
            if let Some(prefix) = name.strip_prefix("xmlns:").or_else(|| name.strip_prefix("XMLNS:"))
                && self.declared.len() < MAX_PREFIXES
            {
                let space = match by_uri(uri) {
                    Namespace::Unknown => by_prefix(&prefix.to_ascii_lowercase()),
                    known => known,
                };
                self.declared.insert(prefix.to_ascii_lowercase(), space);
            }
        }
    }

    /// Treats the prefix of a root as that of a feed, whatever its declaration.
    pub(super) fn adopt(&mut self, root: &str) {
        if let Some((prefix, local)) = root.to_ascii_lowercase().rsplit_once(':')
            && matches!(own(local), ElementName::Rss | ElementName::Feed | ElementName::Channel | ElementName::Rdf)
        {
            let space = if local == "rdf" { Namespace::Rdf } else { Namespace::Feed };
            self.declared.insert(prefix.to_owned(), space);
        }
    }

    /// The meaning of the element `name`; elements without a prefix belong to `default`.
    pub(super) fn name(&self, name: &str, default: Namespace) -> ElementName {
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

/// The vocabulary of a namespace address. Misspelled addresses are common, so only their distinctive part counts.
pub(super) fn by_uri(uri: &str) -> Namespace {
    let uri = uri.trim().to_ascii_lowercase();
    let has = |part: &str| uri.contains(part);
    if has("purl.org/dc/") {
        Namespace::Dc
    } else if has("purl.org/rss/1.0/modules/content") {
        Namespace::Content
    } else if has("1999/xhtml") || has("/tr/html") || has("rec-html") || has("2000/svg") {
        Namespace::Html
    } else if has("2005/atom") || has("purl.org/atom/ns") {
        Namespace::Atom
    } else if has("rdf-syntax-ns") {
        Namespace::Rdf
    } else if has("mrss") || has("search.yahoo.com") {
        Namespace::Media
    } else if has("itunes.") || has("google.com/schemas/play-podcasts") {
        Namespace::Itunes
    } else if has("feedburner") || has("pheedo") {
        Namespace::Burner
    } else if is_rss(&uri) {
        Namespace::Feed
    } else {
        Namespace::Unknown
    }
}

fn is_rss(uri: &str) -> bool {
    !uri.contains("/modules/")
        && (uri.contains("rss")
            || uri.contains("rdf/simple")
            || uri.contains("my.netscape.com")
            || uri.contains("channel.netscape.com"))
}

fn by_prefix(prefix: &str) -> Namespace {
    match prefix {
        "dc" | "dcterms" | "dct" | "dcq" | "prism" => Namespace::Dc,
        "content" => Namespace::Content,
        "atom" | "a10" | "atom10" | "atom03" | "a" => Namespace::Atom,
        "rdf" => Namespace::Rdf,
        "media" => Namespace::Media,
        "itunes" | "googleplay" => Namespace::Itunes,
        "feedburner" | "pheedo" => Namespace::Burner,
        "xhtml" | "html" | "svg" | "h" => Namespace::Html,
        "rss" | "ns0" | "" => Namespace::Feed,
        _ => Namespace::Unknown,
    }
}

fn by_local(space: Namespace, local: &str) -> ElementName {
    match space {
        Namespace::Feed | Namespace::Atom | Namespace::Rdf => own(local),
        Namespace::Dc => dublin(local),
        Namespace::Content => match local {
            "encoded" => ElementName::Content,
            _ => ElementName::Other,
        },
        Namespace::Media => match local {
            "title" => ElementName::OtherTitle,
            "description" => ElementName::OtherSummary,
            "group" | "content" => ElementName::Group,
            _ => ElementName::Other,
        },
        Namespace::Itunes => match local {
            "author" => ElementName::Creator,
            "title" => ElementName::OtherTitle,
            "summary" => ElementName::OtherSummary,
            "owner" => ElementName::Foreign,
            _ => ElementName::Other,
        },
        Namespace::Burner => match local {
            "origlink" => ElementName::OrigLink,
            _ => ElementName::Other,
        },
        Namespace::Html => match local {
            "body" => ElementName::Content,
            _ => ElementName::Other,
        },
        Namespace::Unknown => ElementName::Other,
    }
}

fn own(local: &str) -> ElementName {
    match local {
        "rss" => ElementName::Rss,
        "feed" => ElementName::Feed,
        "rdf" => ElementName::Rdf,
        "channel" => ElementName::Channel,
        "item" | "entry" => ElementName::Item,
        "title" => ElementName::Title,
        "link" => ElementName::Link,
        "guid" | "id" => ElementName::Guid,
        "pubdate" | "published" | "issued" | "pubdatetime" | "publicationdate" => ElementName::Published,
        "date" => ElementName::Date,
        "created" => ElementName::Created,
        "updated" | "modified" => ElementName::Updated,
        "description" | "summary" | "abstract" => ElementName::Summary,
        "content" | "body" | "fullitem" | "fulltext" | "full-text" => ElementName::Content,
        "author" | "creator" => ElementName::Author,
        "name" => ElementName::Person,
        "email" => ElementName::Mailbox,
        "category" | "subject" => ElementName::Category,
        "language" => ElementName::Language,
        "image" | "textinput" | "textInput" | "source" | "contributor" => ElementName::Foreign,
        _ => ElementName::Other,
    }
}

fn dublin(local: &str) -> ElementName {
    match local {
        "title" => ElementName::OtherTitle,
        "creator" | "author" => ElementName::Creator,
        "date" => ElementName::Date,
        "issued" | "publicationdate" => ElementName::Published,
        "created" => ElementName::Created,
        "modified" => ElementName::Updated,
        "description" | "abstract" => ElementName::OtherSummary,
        "subject" => ElementName::Category,
        "language" => ElementName::Language,
        _ => ElementName::Other,
    }
}

impl ElementName {
    /// True for elements whose content is text or HTML.
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

    /// True for elements that contain items.
    pub(super) fn is_container(self) -> bool {
        matches!(self, Self::Rss | Self::Feed | Self::Rdf | Self::Channel)
    }

    /// True if HTML has an element of the same name, so it may be markup within a text.
    pub(super) fn is_html_too(self) -> bool {
        matches!(self, Self::Title | Self::Link | Self::Summary | Self::Foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_recognized_by_its_namespace_or_usual_prefix() {
        let mut prefixes = Prefixes::default();
        prefixes
            .declare(&[("xmlns:x", "http://purl.org/dc/elements/1.0/"), ("xmlns:media", "http://example.org/typo")]);
        assert_eq!(prefixes.name("x:date", Namespace::Feed), ElementName::Date);
        assert_eq!(prefixes.name("dc:Creator", Namespace::Feed), ElementName::Creator);
        assert_eq!(prefixes.name("media:title", Namespace::Feed), ElementName::OtherTitle);
        assert_eq!(prefixes.name("PUBDATE", Namespace::Feed), ElementName::Published);
        assert_eq!(prefixes.name("y:title", Namespace::Feed), ElementName::Other);
        assert_eq!(prefixes.name("title", Namespace::Html), ElementName::Other);
    }

    #[test]
    fn old_and_misspelled_namespaces_are_recognized() {
        assert_eq!(by_uri("http://purl.org/atom/ns#"), Namespace::Atom);
        assert_eq!(by_uri("http://my.netscape.com/rdf/simple/0.9/"), Namespace::Feed);
        assert_eq!(by_uri("http://search.yahoo.com/mrss"), Namespace::Media);
        assert_eq!(by_uri("http://purl.org/rss/1.0/modules/syndication/"), Namespace::Unknown);
    }
}
