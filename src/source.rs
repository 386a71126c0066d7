//! What marsad watches: one configured feed, page, bulletin, article or sitemap.

use std::fmt;

use ipnet::IpNet;
use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::text::lang::Lang;

/// A source's name in the configuration, the store and every log line: `una-ar`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(String);

/// One configured source.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub id: SourceId,
    /// What stands at its address, and how to read it.
    pub kind: SourceKind,
    /// Where it is.
    pub address: Address,
    /// How often it is to be visited.
    pub every: VisitInterval,
    /// The shortest pause between two visits.
    pub min_every: SignedDuration,
    /// The longest pause between two visits.
    pub max_every: SignedDuration,
    /// The language of its items where neither they nor their text say otherwise.
    pub lang: Option<Lang>,
    /// The operator's own words for it; a watch selects by `tag:`.
    pub tags: Vec<String>,
    /// Whether a new item's own page is read for its full text.
    pub follow: Follow,
    /// What the first visit tells about.
    pub first_visit: FirstVisit,
    /// The zone of dates that name none, and of `every = "daily …"`.
    pub timezone: TimeZone,
    /// The encoding of its documents, whatever they or the server say.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Request headers of its own; their values may be secrets.
    pub headers: Vec<(String, SecretString)>,
    /// The most items that are read from one document: of a longer one, those that the store does not know come first.
    pub max_items: usize,
    /// False: kept in the configuration, never visited.
    pub enabled: bool,
    /// Private or special networks that the configured host may stand in.
    pub allow_networks: Vec<IpNet>,
}

/// The kind of a source, told by the key that holds its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// RSS, RDF, Atom, JSON Feed or WordPress JSON.
    Feed,
    /// A page that lists items: by selectors, or (none) by what repeats on it.
    Page(Option<Selectors>),
    /// One page that carries several items.
    Bulletin {
        /// A text separator or a CSS selector; none: the boundaries are found.
        split: Option<String>,
    },
    /// One page whose own text is watched.
    Article,
    /// A sitemap or news sitemap.
    Sitemap,
}

/// How a listing is read: each rule is relative to the item's element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selectors {
    /// The element that holds one item.
    pub item: String,
    /// The headline.
    pub title: Option<ElementSelector>,
    /// The link.
    pub link: Option<ElementSelector>,
    /// The excerpt.
    pub summary: Option<ElementSelector>,
    /// The date.
    pub date: Option<ElementSelector>,
}

/// A CSS selector, and the attribute to take where it is not the text: `h2 a@href`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementSelector {
    /// The selector; empty means the item's own element.
    pub css: String,
    /// The attribute.
    pub attribute: Option<String>,
}

/// How often a source is to be visited. A wish: the server's rules and failures move it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitInterval {
    /// With this pause.
    Pause(SignedDuration),
    /// Every day at these local times.
    Daily(Vec<Time>),
}

/// Whether a new item's own page is read for its full text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// Only when an excerpt came.
    #[default]
    Auto,
    /// For every new item.
    Always,
    /// For none.
    Never,
}

/// What the first visit of a source tells about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstVisit {
    /// Nothing: what is there is the baseline.
    #[default]
    Quiet,
    /// The newest so many items, in the order of the document.
    Latest(usize),
    /// The items that claim to be no older.
    Since(SignedDuration),
    /// Everything.
    All,
}

/// What a server gave with a document so that it can be asked whether it has changed (RFC 9110 §8.8); both are sent
/// back exactly as they came. Without them a fetch is unconditional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Validators {
    /// The `ETag`.
    pub etag: Option<String>,
    /// The `Last-Modified`, as it came.
    pub last_modified: Option<String>,
}

/// The longest validator that is kept, in bytes; a longer one is as if it had not come.
pub const MAX_VALIDATOR: usize = 1024;

impl Validators {
    /// True when there is nothing to ask with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

impl SourceId {
    /// Takes a name that the configuration has checked.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The most items of one document that are read where nothing is configured.
pub const MAX_ITEMS: usize = 500;

impl Source {
    /// A source at this address with nothing else configured: every ten minutes, in no declared language.
    #[must_use]
    pub fn at(kind: SourceKind, address: Address) -> Self {
        Self {
            id: SourceId::new("unnamed"),
            kind,
            address,
            every: VisitInterval::Pause(SignedDuration::from_mins(10)),
            min_every: SignedDuration::from_mins(1),
            max_every: SignedDuration::from_hours(6),
            lang: None,
            tags: Vec::new(),
            follow: Follow::default(),
            first_visit: FirstVisit::default(),
            timezone: TimeZone::UTC,
            encoding: None,
            headers: Vec::new(),
            max_items: MAX_ITEMS,
            enabled: true,
            allow_networks: Vec::new(),
        }
    }
}

impl SourceKind {
    /// The key of the configuration that tells this kind.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Page(_) => "page",
            Self::Bulletin { .. } => "bulletin",
            Self::Article => "article",
            Self::Sitemap => "sitemap",
        }
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
