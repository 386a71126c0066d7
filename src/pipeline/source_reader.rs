//! From a source to the items that its document carries.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Pipeline, PipelineSetup};
use crate::address::Address;
use crate::cadence::CacheRules;
use crate::clock::Clock;
use crate::dedupe::Key;
use crate::fetch::{FetchError, Fetched, Fetcher};
use crate::parse::{self, Document, ParseError, Parsed};
use crate::source::{Source, Validators};
use crate::store::SourceState;
use crate::telemetry::Metrics;

/// What was read, and what the server said beside it.
pub struct SourceAnswer {
    /// What the document carries; none when nothing has changed.
    pub document: Result<Option<SourceContent>, ReadFailure>,
    /// What to send with the next request; none: what was sent with this one.
    pub validators: Option<Validators>,
    /// When the server wants to be asked again.
    pub rules: CacheRules,
}

/// What a document carries.
#[derive(Clone, Debug)]
pub struct SourceContent {
    /// The items and what was noted in reading them.
    pub parsed: Parsed,
    /// Where the document was served in the end.
    pub address: Address,
    /// The media type that the server declared; may be empty.
    pub media_type: String,
    /// The encoding that the document was decoded from.
    pub encoding: &'static str,
    /// What it only points at and was read with it: an advertised feed, the sitemaps of an index.
    pub linked: Vec<DiscoveredDocument>,
    /// The looks of those entries of a long document that are known by more than their looks.
    pub held: HashSet<Key>,
}

/// A document that another one points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveredDocument {
    /// Where it is.
    pub address: Address,
    /// How many items it gave, or why it gave none.
    pub found: Result<usize, String>,
}

/// What is known of a source before it is read.
#[derive(Clone, Debug, Default)]
pub struct SourceMemory {
    /// What to ask with whether anything has changed.
    pub validators: Validators,
    /// When it was last read as a whole: what is older has been seen.
    pub since: Option<Timestamp>,
}

/// Why nothing could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFailure {
    /// What happened, with the remedy where there is one.
    pub message: String,
    /// True when the site turned marsad away, as by a challenge page.
    pub blocked: bool,
}

impl SourceContent {
    /// The same reading, degraded by what was wrong with its answer.
    pub(super) fn noting(mut self, broken: Option<String>) -> Self {
        if let Some(broken) = broken {
            self.parsed.degrade(broken);
        }
        self
    }
}

impl ReadFailure {
    /// A server that answers "not modified" to a request without validators.
    pub(super) fn unchanged() -> Self {
        Self::saying("the server answers 304 to a request that asks for everything")
    }

    /// A failure that is nobody's refusal.
    pub(super) fn saying(message: impl Into<String>) -> Self {
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
    /// What the store remembers. A source in which nothing was found yet is asked for everything: an answer that
    /// nothing has changed would leave it so for ever.
    pub(super) fn of(state: &SourceState) -> Self {
        if state.activated_at.is_none() {
            return Self::default();
        }
        let since = state.last_success_at.filter(|_| state.degraded.is_none() && state.last_error.is_none());
        // What stands beyond `max_items` is not noted yet: the next change would hide in it.
        let validators = if state.whole { state.validators.clone() } else { Validators::default() };
        Self { validators, since }
    }
}

/// What reads sources: it fetches and parses, and writes nothing.
pub struct SourceReader<'a> {
    /// What fetches.
    pub fetcher: &'a Fetcher,
    /// What tells the time.
    pub clock: &'a Clock,
    /// What is counted.
    pub metrics: &'a Metrics,
    /// The pause before a further document of the same visit.
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
    /// Reads a source, and with it what its document only points at.
    pub async fn read(&self, source: &Arc<Source>, known: &SourceMemory) -> SourceAnswer {
        match self.fetched(source, &known.validators).await {
            Ok(Fetched::NotModified { validators, rules, .. }) => {
                SourceAnswer { document: Ok(None), validators: Some(validators), rules }
            }
            Ok(Fetched::Document { document, validators, rules, broken, .. }) => {
                match self.parsed(source, *document).await {
                    Ok(reading) => {
                        let validators = if reading.parsed.cut_off { Validators::default() } else { validators };
                        let reading = reading.noting(broken);
                        let read = SourceAnswer { document: Ok(Some(reading)), validators: Some(validators), rules };
                        self.completed(source, read, known.since).await
                    }
                    // Without validators: "not modified" must not pass for a document that could be read.
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

    pub(super) async fn fetched(&self, source: &Source, validators: &Validators) -> Result<Fetched, FetchError> {
        let watch = self.clock.stopwatch();
        let fetched = self.fetcher.fetch(source, validators).await;
        let (result, bytes) = match &fetched {
            Ok(Fetched::NotModified { .. }) => ("not_modified", 0),
            Ok(Fetched::Document { bytes, .. }) => ("ok", *bytes as u64),
            Err(error) => (error.class(), 0),
        };
        self.metrics.fetched(result, watch.elapsed(), bytes);
        fetched
    }

    /// Parses a document, off the threads that wait for the network.
    ///
    /// # Errors
    /// When it gives nothing at all.
    pub async fn parsed(&self, source: &Arc<Source>, document: Document) -> Result<SourceContent, ReadFailure> {
        let (address, media_type) = (document.address.clone(), document.media_type.clone());
        let (encoding, now) = (document.encoding, self.clock.now());
        let source = Arc::clone(source);
        let parsed = match tokio::task::spawn_blocking(move || parse::read(&document, &source, now)).await {
            Ok(parsed) => parsed.map_err(|error| ReadFailure::from(&error))?,
            Err(panic) => return Err(ReadFailure::saying(format!("reading the document ended in a panic: {panic}"))),
        };
        Ok(SourceContent { parsed, address, media_type, encoding, linked: Vec::new(), held: HashSet::new() })
    }
}
