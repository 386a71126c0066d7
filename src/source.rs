//! Defines a source: one configured feed, page, bulletin, article or sitemap.

use std::fmt;

use ipnet::IpNet;
use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::text::lang::Lang;

/// A source's identifier in configuration, store and logs: `una-ar`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(String);

/// One configured source.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its identifier.
    pub id: SourceId,
    /// What is at its address, and how it is parsed.
    pub kind: SourceKind,
    /// Its address.
    pub address: Address,
    /// How often it is visited.
    pub every: VisitInterval,
    /// The shortest time between two visits.
    pub min_every: SignedDuration,
    /// The longest time between two visits.
    pub max_every: SignedDuration,
    /// The language of its items if neither they nor their text indicate one.
    pub lang: Option<Lang>,
    /// The operator's tags; a watch selects by `tag:`.
    pub tags: Vec<String>,
    /// What kind of outlet it is, if configured.
    pub tier: Option<Tier>,
    /// The publisher, if configured: several sources of one house have one.
    pub publisher: Option<String>,
    /// Whether a new item's own page is read for its full text.
    pub follow: Follow,
    /// Which items of the first visit alert.
    pub first_visit: FirstVisit,
    /// The time zone of dates without one, and of `every = "daily …"`.
    pub timezone: TimeZone,
    /// The encoding of its documents; overrides what they or the server declare.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Extra request headers; their values may be secrets.
    pub headers: Vec<(String, SecretString)>,
    /// The most items read from one document; of a longer one, items unknown to the store come first.
    pub max_items: usize,
    /// False: configured, but never visited.
    pub enabled: bool,
    /// Private or special-purpose networks that the configured host may be in.
    pub allow_networks: Vec<IpNet>,
}

/// The kind of a source, determined by the key that holds its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// RSS, RDF, Atom, JSON Feed or WordPress JSON.
    Feed,
    /// A page that lists items: read by selectors, or (none) by detecting what repeats.
    Page(Option<Selectors>),
    /// One page that contains several items.
    Bulletin {
        /// A text separator or a CSS selector; none: the boundaries are detected.
        split: Option<String>,
    },
    /// One page whose own text is the item.
    Article,
    /// A sitemap or news sitemap.
    Sitemap,
}

/// The selectors of a listing, relative to the element of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selectors {
    /// The element of one item.
    pub item: String,
    /// The headline.
    pub title: Option<ElementSelector>,
    /// The link.
    pub(crate) link: Option<ElementSelector>,
    /// The excerpt.
    pub summary: Option<ElementSelector>,
    /// The date.
    pub date: Option<ElementSelector>,
}

/// A CSS selector with an optional attribute to read instead of the text: `h2 a@href`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementSelector {
    /// The selector; empty means the item's own element.
    pub(crate) css: String,
    /// The attribute.
    pub(crate) attribute: Option<String>,
}

/// How often a source is visited. Cache rules and failures of the server may change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitInterval {
    /// At this interval.
    Pause(SignedDuration),
    /// Every day at these local times.
    Daily(Vec<Time>),
}

/// The kind of an outlet, from the origin of the news to those that collect it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// A government or an organisation that publishes about itself.
    Official,
    /// A news agency.
    Agency,
    /// A medium of a country.
    National,
    /// A medium of a region or a town.
    Local,
    /// A service that collects what others publish.
    Aggregator,
}

impl Source {
    /// The settings that decide which items are read from a document, as text to compare.
    #[must_use]
    pub(crate) fn reading_settings(&self) -> String {
        let Self { kind, address, lang, follow, timezone, encoding, max_items, .. } = self;
        let encoding = encoding.map(encoding_rs::Encoding::name);
        format!("{:?}", (kind, address.as_str(), lang, follow, timezone, encoding, max_items))
    }

    /// A fingerprint of the settings that decide whether a visit succeeds: those of reading, and those of the request
    /// without the values of its headers, which may be secrets.
    #[must_use]
    pub(crate) fn visit_settings(&self) -> String {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let settings = format!("{} {:?}", self.reading_settings(), (headers, &self.allow_networks));
        blake3::hash(settings.as_bytes()).to_hex()[..DIGITS].to_owned()
    }
}

impl Tier {
    /// Every tier with the word in configuration, listings and JSON.
    pub(crate) const ALL: [(&str, Self); 5] = [
        ("official", Self::Official),
        ("agency", Self::Agency),
        ("national", Self::National),
        ("local", Self::Local),
        ("aggregator", Self::Aggregator),
    ];

    /// The word.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, tier)| *tier == self).map_or("", |(word, _)| word)
    }
}

/// Whether a new item's own page is read for its full text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// Only if the document contains an excerpt.
    #[default]
    Auto,
    /// For every new item.
    Always,
    /// Never.
    Never,
}

/// Which items of the first visit alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstVisit {
    /// None: existing items are the baseline and do not alert.
    #[default]
    Quiet,
    /// This many of the newest items, in the order of the document.
    Latest(usize),
    /// Items published within this time before the visit.
    Since(SignedDuration),
    /// All items.
    All,
}

/// The length of a fingerprint of settings, in hexadecimal digits. Chosen by hand: 64 bits tell any two edits apart.
const DIGITS: usize = 16;

/// What decides whether a document has changed: the validators that the server gave (RFC 9110 §8.8), sent back unchanged
/// in a conditional request, and the hash of the body for servers that give none or ignore them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Validators {
    /// The `ETag`.
    pub(crate) etag: Option<String>,
    /// The `Last-Modified`, unchanged.
    pub(crate) last_modified: Option<String>,
    /// The hash of the document; none if the same bytes are to be read again.
    pub body: Option<BodyHash>,
    /// The fingerprint of how the document was read. If the same document would now be read in another way, none of the
    /// validators counts.
    pub reading: Option<String>,
}

/// A hash of a document as it was served: its final address, its content type and its bytes, which together decide what
/// its text is.
///
/// ```
/// use marsad::source::BodyHash;
///
/// let hash = BodyHash::of("https://example.org/feed", "text/xml", b"<rss></rss>");
/// assert_eq!(BodyHash::from_bytes(hash.as_bytes()), Some(hash));
/// assert_ne!(BodyHash::of("https://example.org/feed", "text/html", b"<rss></rss>"), hash);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BodyHash([u8; 32]);

/// The longest validator that is stored, in bytes; a longer one is ignored. Chosen by hand.
pub(crate) const MAX_VALIDATOR: usize = 1024;

impl Validators {
    /// True if a request with these is conditional, so that 304 answers it.
    #[must_use]
    pub(crate) fn is_conditional(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some()
    }
}

impl BodyHash {
    /// Hashes a document. `body` has its content coding removed, so that another compression is no change.
    #[must_use]
    pub fn of(address: &str, content_type: &str, body: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [address.as_bytes(), content_type.as_bytes(), body] {
            // The length keeps a byte from moving to the next part unnoticed.
            hasher.update(&part.len().to_le_bytes()).update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }

    /// Reads a stored hash; none if the length is wrong.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The hash as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl SourceId {
    /// Wraps an identifier that the configuration has validated.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The default of `max_items`. Chosen by hand.
pub const MAX_ITEMS: usize = 500;

/// The default time between two visits, and its bounds. Chosen by hand.
const DEFAULT_EVERY: SignedDuration = SignedDuration::from_mins(10);
const DEFAULT_MIN_EVERY: SignedDuration = SignedDuration::from_mins(1);
const DEFAULT_MAX_EVERY: SignedDuration = SignedDuration::from_hours(6);

impl Source {
    /// A source at this address with defaults: every ten minutes, no declared language.
    #[must_use]
    pub fn at(kind: SourceKind, address: Address) -> Self {
        Self {
            id: SourceId::new("unnamed"),
            kind,
            address,
            every: VisitInterval::Pause(DEFAULT_EVERY),
            min_every: DEFAULT_MIN_EVERY,
            max_every: DEFAULT_MAX_EVERY,
            lang: None,
            tags: Vec::new(),
            tier: None,
            publisher: None,
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
    /// The configuration key of this kind.
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
