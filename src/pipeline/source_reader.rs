//! Fetches and parses a source.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::reading_fingerprint::reading_fingerprint;
use super::{Pipeline, PipelineSetup};
use crate::address::Address;
use crate::cadence::CacheRules;
use crate::clock::Clock;
use crate::dedupe::Key;
use crate::fault_point;
use crate::fetch::{FetchError, Fetched, Fetcher};
use crate::item::Item;
use crate::memory::{BodyRoom, ItemRoom, ReadingSlot};
use crate::parse::{self, Document, ParseError, Parsed};
use crate::source::{Source, Validators};
use crate::store::SourceState;
use crate::telemetry::Metrics;

/// A source's content and what its server declared about the next request.
pub(crate) struct SourceAnswer {
    /// The content; none if nothing has changed.
    pub document: Result<Option<SourceContent>, ReadFailure>,
    /// The validators for the next request; none keeps those of this one.
    pub(crate) validators: Option<Validators>,
    /// The server's cache rules, which delay the next visit.
    pub rules: CacheRules,
}

/// The content of a source's document.
#[derive(Clone, Debug)]
pub struct SourceContent {
    /// The items, and what the parser noted.
    pub parsed: Parsed,
    /// The document's address after redirects.
    pub address: Address,
    /// The media type that the server declared; may be empty.
    pub media_type: String,
    /// The encoding that the document was decoded from.
    pub encoding: &'static str,
    /// The documents that it points to and that were read with it: an advertised feed, the sitemaps of an index.
    pub(crate) discovered: Vec<DiscoveredDocument>,
    /// The look keys of entries that are also known by another key.
    pub(crate) known_looks: HashSet<Key>,
    /// The room of the items in memory.
    pub(super) room: ItemRoom,
}

/// A document that another document points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DiscoveredDocument {
    /// Its address.
    pub address: Address,
    /// How many items it has, or why it could not be read.
    pub found: Result<usize, String>,
}

/// What is known about a source before it is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceMemory {
    /// The validators of the last answer, for a conditional request.
    pub(crate) validators: Validators,
    /// When it was last read completely: anything older has been seen.
    pub(crate) since: Option<Timestamp>,
}

/// Why a source could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFailure {
    /// What happened, with the remedy if there is one.
    pub message: String,
    /// True if the site blocks marsad, for example by a challenge page.
    pub blocked: bool,
}

/// How often an item is in memory at most while a visit judges and stores it: as it was read, with its keys, for the
/// watches, and twice for the store.
const COPIES: usize = 5;

impl SourceContent {
    /// What was parsed from a document, without the documents that it points to.
    #[must_use]
    pub fn of(parsed: Parsed, document: &Document) -> Self {
        Self {
            parsed,
            address: document.address.clone(),
            media_type: document.media_type.clone(),
            encoding: document.encoding,
            discovered: Vec::new(),
            known_looks: HashSet::new(),
            room: ItemRoom::default(),
        }
    }

    /// How many bytes its items take in memory while a visit judges and stores them.
    pub(super) fn size(&self) -> usize {
        let all = |items: &[Item]| items.iter().map(Item::size).sum::<usize>();
        COPIES * all(&self.parsed.items) + all(&self.parsed.overflow)
    }

    /// The same content, marked as degraded if the answer was broken.
    pub(super) fn degraded_by(mut self, broken: Option<String>) -> Self {
        if let Some(broken) = broken {
            self.parsed.degrade(broken);
        }
        self
    }
}

impl ReadFailure {
    /// A server that answers 304 to a request without validators.
    pub(super) fn unchanged() -> Self {
        Self::new("the server answers 304 to an unconditional request")
    }

    /// A failure that is not a block by the site.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), blocked: false }
    }
}

impl From<&FetchError> for ReadFailure {
    fn from(error: &FetchError) -> Self {
        Self { message: error.to_string(), blocked: error.is_blocked() }
    }
}

impl From<&ParseError> for ReadFailure {
    fn from(error: &ParseError) -> Self {
        Self { message: error.to_string(), blocked: matches!(error, ParseError::Blocked { .. }) }
    }
}

impl SourceMemory {
    /// What the store knows. A source without items so far is fetched unconditionally: a 304 would keep it empty.
    pub(super) fn of(source: &Source, state: &SourceState) -> Self {
        if state.activated_at.is_none() {
            return Self::default();
        }
        let since = state.last_success_at.filter(|_| state.degraded.is_none() && state.last_error.is_none());
        // Entries beyond `max_items` are not in the baseline yet: a 304 would hide them.
        // A document that would now be read in another way is read again, even if it is the same.
        let same_reading = state.validators.reading.as_deref() == Some(reading_fingerprint(source).as_str());
        let validators = if state.whole && same_reading { state.validators.clone() } else { Validators::default() };
        Self { validators, since }
    }
}

/// Fetches and parses sources; writes nothing.
pub(crate) struct SourceReader<'a> {
    /// The fetcher.
    pub fetcher: &'a Fetcher,
    /// The clock.
    pub clock: &'a Clock,
    /// The metrics that fetches count.
    pub metrics: &'a Metrics,
    /// The pause before a further document of the same visit. The scheduler keeps other visits from the source's host
    /// while this one runs, so only the documents within it need a pause. A document at another host is not kept apart
    /// from that host's own visits.
    pub pause: Duration,
}

impl Pipeline {
    /// Fetches and parses a source.
    pub(super) async fn read(&self, source: &Arc<Source>, known: &SourceMemory, setup: &PipelineSetup) -> SourceAnswer {
        let pause = Duration::try_from(setup.config.fetch.host_delay).unwrap_or_default();
        let reader = SourceReader { fetcher: &setup.fetcher, clock: &self.clock, metrics: &self.metrics, pause };
        reader.read(source, known).await
    }
}

impl SourceReader<'_> {
    /// Reads a source and the documents that it points to.
    pub async fn read(&self, source: &Arc<Source>, known: &SourceMemory) -> SourceAnswer {
        match self.fetch(source, &known.validators).await {
            Ok(Fetched::NotModified { validators, rules, .. }) => {
                SourceAnswer { document: Ok(None), validators: Some(validators), rules }
            }
            Ok(Fetched::Document { document, validators, rules, advertised, broken, room, .. }) => {
                match self.parse(source, *document, room).await {
                    Ok(mut reading) => {
                        reading.parsed.advertise(advertised);
                        let validators = if reading.parsed.cut_off { Validators::default() } else { validators };
                        let reading = reading.degraded_by(broken);
                        let read = SourceAnswer { document: Ok(Some(reading)), validators: Some(validators), rules };
                        self.with_discovered(source, read, known.since).await
                    }
                    // Without validators: a later 304 must not pass for a readable document.
                    Err(failure) => {
                        SourceAnswer { document: Err(failure), validators: Some(Validators::default()), rules }
                    }
                }
            }
            Err(error) => {
                let rules = CacheRules { retry_after: error.retry_after(), ..CacheRules::default() };
                SourceAnswer { document: Err(ReadFailure::from(&error)), validators: None, rules }
            }
        }
    }

    pub(super) async fn fetch(&self, source: &Source, validators: &Validators) -> Result<Fetched, FetchError> {
        let watch = self.clock.stopwatch();
        let fetched = self.fetcher.fetch(source, validators).await;
        let (result, bytes) = match &fetched {
            Ok(Fetched::NotModified { sent_again: None, .. }) => ("not_modified", 0),
            Ok(Fetched::NotModified { sent_again: Some(bytes), .. }) => ("unchanged", *bytes as u64),
            Ok(Fetched::Document { bytes, .. }) => ("ok", *bytes as u64),
            Err(error) => (error.class(), 0),
        };
        self.metrics.fetched(result, watch.elapsed(), bytes);
        fetched
    }

    /// Parses a document on a thread of its own, which then frees its room in memory, and waits for room for the items.
    ///
    /// # Errors
    /// If the document has no usable content.
    pub(crate) async fn parse(
        &self,
        source: &Arc<Source>,
        document: Document,
        room: Option<BodyRoom>,
    ) -> Result<SourceContent, ReadFailure> {
        let (source, now) = (Arc::clone(source), self.clock.now());
        let slot = ReadingSlot::take(&document.text).await;
        let parse = move || {
            fault_point::reach("document.parsing");
            let content = parse::read(&document, &source, now).map(|parsed| SourceContent::of(parsed, &document));
            drop((document, room));
            content.map(|content| (content.size(), content))
        };
        let content = match slot.run(parse).await {
            Ok(content) => content.map_err(|error| ReadFailure::from(&error)),
            Err(panic) => Err(ReadFailure::new(format!("parsing the document panicked: {panic}"))),
        };
        let (size, mut content) = content?;
        content.room = ItemRoom::take(size).await;
        drop(slot);
        Ok(content)
    }
}
