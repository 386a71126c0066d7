//! From a source to the items that its document carries.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Fetched, Pipeline, Setup};
use crate::cadence::CacheRules;
use crate::fetch::FetchError;
use crate::parse::{self, ParseError, Parsed};
use crate::source::{Source, Validators};
use crate::store::SourceState;

/// What was read, and what the server said beside it.
pub struct Read {
    /// What the document carries; none when nothing has changed.
    pub document: Result<Option<Reading>, Failure>,
    /// What to send with the next request; none: what was sent with this one.
    pub validators: Option<Validators>,
    /// When the server wants to be asked again.
    pub rules: CacheRules,
}

/// What a document carries.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The items and what was noted in reading them.
    pub parsed: Parsed,
    /// The encoding that the document was decoded from.
    pub encoding: &'static str,
}

/// Why nothing could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened, with the remedy where there is one.
    pub message: String,
    /// True when the site turned marsad away, as by a challenge page.
    pub blocked: bool,
}

impl Failure {
    /// A server that answers "not modified" to a request without validators.
    pub(super) fn unchanged() -> Self {
        Self { message: "the server answers 304 to a request that asks for everything".to_owned(), blocked: false }
    }
}

impl From<&FetchError> for Failure {
    fn from(error: &FetchError) -> Self {
        Self { message: error.to_string(), blocked: error.is_blocked() }
    }
}

impl From<&ParseError> for Failure {
    fn from(error: &ParseError) -> Self {
        Self { message: error.to_string(), blocked: matches!(error, ParseError::Blocked { .. }) }
    }
}

impl Pipeline {
    /// Fetches and parses; parsing happens off the threads that wait for the network.
    pub(super) async fn read(&self, source: &Arc<Source>, state: &SourceState, setup: &Setup) -> Read {
        let watch = self.clock.stopwatch();
        let fetched = setup.fetcher.fetch(source, &state.validators).await;
        let (result, bytes) = match &fetched {
            Ok(Fetched::NotModified { .. }) => ("not_modified", 0),
            Ok(Fetched::Document { bytes, .. }) => ("ok", *bytes as u64),
            Err(error) => (error.class(), 0),
        };
        self.metrics.fetched(result, watch.elapsed(), bytes);
        match fetched {
            Ok(Fetched::NotModified { validators, rules, .. }) => {
                Read { document: Ok(None), validators: Some(validators), rules }
            }
            Ok(Fetched::Document { document, validators, rules, .. }) => {
                let encoding = document.encoding;
                let parsed = parsed(Arc::clone(source), *document, self.clock.now()).await;
                let document = parsed.map(|parsed| Some(Reading { parsed, encoding }));
                Read { document, validators: Some(validators), rules }
            }
            Err(error) => {
                let rules = CacheRules { retry_after: error.retry_after(), ..CacheRules::default() };
                Read { document: Err(Failure::from(&error)), validators: None, rules }
            }
        }
    }
}

async fn parsed(source: Arc<Source>, document: parse::Document, now: Timestamp) -> Result<Parsed, Failure> {
    match tokio::task::spawn_blocking(move || parse::read(&document, &source, now)).await {
        Ok(parsed) => parsed.map_err(|error| Failure::from(&error)),
        Err(panic) => {
            Err(Failure { message: format!("reading the document ended in a panic: {panic}"), blocked: false })
        }
    }
}
