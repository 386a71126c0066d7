//! Looks at an address: what is there, which feeds it offers, and what of that can be watched.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::address::Address;
use crate::clock::Clock;
use crate::fetch::{FetchError, Fetched, Fetcher, Why};
use crate::net::NetError;
use crate::parse::page::nature::{Nature, nature};
use crate::parse::{Advertised, Document};
use crate::pipeline::{Failure, Known, Read, Reader, Reading};
use crate::source::{Source, SourceKind, Validators};
use crate::telemetry::Metrics;

use super::places;
use super::typed::Typed;

/// The most advertised feeds that are tried, the best first, until one works.
pub const MAX_TRIED: usize = 3;

/// What was found at an address.
pub struct Survey {
    /// The address that answered.
    pub address: Address,
    /// What was served there.
    pub document: Document,
    /// How many bytes came.
    pub bytes: usize,
    /// What it is: `rss`, `sitemap index`, `web page`, …
    pub kind: &'static str,
    /// The feeds that it advertises, best first, with what came of those that were tried.
    pub feeds: Vec<(Advertised, Tried)>,
    /// The usual places of feeds that were tried.
    pub places: Vec<(Address, Tried)>,
    /// What can be watched, best first.
    pub choices: Vec<Choice>,
    /// What stands in the way of something, in whole sentences.
    pub remarks: Vec<String>,
}

/// What came of a feed: nothing (it was not tried), its items, or why it has none.
pub type Tried = Option<Result<usize, String>>;

/// Something that can be watched.
pub struct Choice {
    /// As what, and where.
    pub source: Source,
    /// What a visit would read.
    pub reading: Reading,
    /// Why it is read that way.
    pub why: String,
}

/// Looks at addresses.
pub struct Surveyor<'a> {
    /// What fetches.
    pub fetcher: &'a Fetcher,
    /// What tells the time.
    pub clock: &'a Clock,
    /// The pause between two requests.
    pub pause: Duration,
    /// The private networks that the typed host may stand in.
    pub networks: &'a [IpNet],
}

/// Why there is nothing to tell of an address.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It was fetched, and is nothing that can be read.
    #[error("{0}")]
    Document(String),
}

impl Surveyor<'_> {
    /// Looks at what was typed.
    ///
    /// # Errors
    /// When it cannot be fetched, or is a challenge, or nothing that marsad knows.
    pub async fn survey(&self, typed: &Typed) -> Result<Survey, Unread> {
        let (address, document, bytes) = self.first(typed).await?;
        let source = Arc::new(self.source(SourceKind::Feed, &address));
        let reading = self.parsed(&source, document.clone()).await?;
        let (feeds, places, choices, remarks) = Default::default();
        let kind = if reading.parsed.is_page() { "web page" } else { reading.parsed.kind };
        let mut survey = Survey { address, document, bytes, kind, feeds, places, choices, remarks };
        if reading.parsed.is_page() {
            self.page(&mut survey, reading).await;
        } else {
            self.document(&mut survey, reading).await;
        }
        Ok(survey)
    }

    /// The first address of those that the typed one may mean that answers.
    async fn first(&self, typed: &Typed) -> Result<(Address, Document, usize), Unread> {
        let mut silent = None;
        for address in &typed.addresses {
            let source = self.source(SourceKind::Feed, address);
            match self.fetcher.fetch(&source, &Validators::default()).await {
                Ok(Fetched::Document { document, bytes, .. }) => return Ok((address.clone(), *document, bytes)),
                Ok(Fetched::NotModified { .. }) => {
                    return Err(Unread::Document("it answers \"not modified\" to a first request".to_owned()));
                }
                Err(error) if !is_silent(&error) => return Err(error.into()),
                Err(error) => drop(silent.get_or_insert(error)),
            }
        }
        Err(silent.map_or_else(|| Unread::Document("there is no address to ask".to_owned()), Unread::Fetch))
    }

    fn source(&self, kind: SourceKind, address: &Address) -> Source {
        Source { allow_networks: self.networks.to_vec(), ..Source::at(kind, address.clone()) }
    }

    fn reader<'r>(&'r self, metrics: &'r Metrics) -> Reader<'r> {
        Reader { fetcher: self.fetcher, clock: self.clock, metrics, pause: self.pause }
    }

    async fn parsed(&self, source: &Arc<Source>, document: Document) -> Result<Reading, Unread> {
        let parsed = self.reader(&Metrics::new()).parsed(source, document).await;
        parsed.map_err(|failure| Unread::Document(failure.message))
    }

    /// A feed or sitemap: what was asked for is what can be watched.
    async fn document(&self, survey: &mut Survey, reading: Reading) {
        let sitemap = reading.parsed.is_index() || reading.parsed.kind == "sitemap";
        let kind = if sitemap { SourceKind::Sitemap } else { SourceKind::Feed };
        let source = Arc::new(self.source(kind, &survey.address));
        let read = Read { document: Ok(Some(reading)), validators: None, rules: crate::cadence::CacheRules::default() };
        match self.reader(&Metrics::new()).completed(&source, read, None).await.document {
            Ok(Some(reading)) if !reading.parsed.items.is_empty() => {
                let why = format!("the document is {} by its own elements, whatever its media type", survey.kind);
                survey.choices.push(Choice { source: Source::clone(&source), reading, why });
            }
            Ok(_) => survey.remarks.push(format!("this {} holds no item", survey.kind)),
            Err(failure) => survey.remarks.push(failure.message),
        }
    }

    /// A web page: its feeds, then the usual places, then the page itself.
    async fn page(&self, survey: &mut Survey, reading: Reading) {
        for (number, feed) in reading.parsed.feeds.into_iter().enumerate() {
            let found = survey.choices.is_empty() && number < MAX_TRIED;
            let tried =
                if found { Some(self.try_feed(survey, &feed.address, "the page advertises it").await) } else { None };
            survey.feeds.push((feed, tried));
        }
        let nature = self.nature(survey).await;
        if survey.choices.is_empty() && nature.as_ref().is_some_and(|nature| nature.kind != Some(SourceKind::Article)) {
            self.usual_places(survey).await;
        }
        let Some(Nature { kind: Some(kind), why, .. }) = nature else { return };
        let source = Arc::new(self.source(kind, &survey.address));
        if let Err(error) = self.fetcher.permits(&source).await {
            return survey.remarks.push(format!("the page itself may not be watched: {error}"));
        }
        let Ok(reading) = self.parsed(&source, survey.document.clone()).await else { return };
        let choice = Choice { source: Source::clone(&source), reading, why };
        // What was typed is wanted where it is one text; a list of headlines is what a feed says better.
        let at = if choice.source.kind == SourceKind::Page(None) { survey.choices.len() } else { 0 };
        survey.choices.insert(at, choice);
        // A sitemap without headlines says less than the page does.
        survey.choices.sort_by_key(|choice| choice.source.kind == SourceKind::Sitemap);
    }

    /// What the page is for; none where it is no page that can be read, which is remarked.
    async fn nature(&self, survey: &mut Survey) -> Option<Nature> {
        let source = self.source(SourceKind::Page(None), &survey.address);
        let (document, now) = (survey.document.clone(), self.clock.now());
        let read = tokio::task::spawn_blocking(move || nature(&document, &source, now)).await;
        match read.map_err(|panic| panic.to_string()).and_then(|read| read.map_err(|error| error.to_string())) {
            Ok(nature) => {
                if nature.kind.is_none() {
                    survey.remarks.push(format!("as a page there is nothing to watch: {}", nature.why));
                }
                Some(nature)
            }
            Err(error) => {
                survey.remarks.push(error);
                None
            }
        }
    }

    async fn usual_places(&self, survey: &mut Survey) {
        for (place, kind) in places::usual(&survey.document.address) {
            if !survey.choices.is_empty() {
                break;
            }
            let source = self.source(kind.clone(), &place);
            if self.fetcher.permits(&source).await.is_err() {
                survey.places.push((place, Some(Err("robots.txt forbids it".to_owned()))));
                continue;
            }
            let tried = self.try_source(survey, source, "it stands at a usual place of the site").await;
            survey.places.push((place, Some(tried)));
        }
    }

    async fn try_feed(&self, survey: &mut Survey, address: &Address, why: &str) -> Result<usize, String> {
        // Only the typed host may stand in the networks that were allowed for it.
        let home = crate::net::fence::same_site(survey.address.url(), address.url());
        let source = Source::at(SourceKind::Feed, address.clone());
        let source = if home { self.source(SourceKind::Feed, address) } else { source };
        self.try_source(survey, source, why).await
    }

    async fn try_source(&self, survey: &mut Survey, source: Source, why: &str) -> Result<usize, String> {
        tokio::time::sleep(self.pause).await;
        let source = Arc::new(source);
        let metrics = Metrics::new();
        match self.reader(&metrics).read(&source, &Known::default()).await.document {
            // A page that leads to a feed is no feed: what it leads to was found before.
            Ok(Some(reading)) if reading.linked.is_empty() || reading.parsed.is_index() => {
                let found = reading.parsed.items.len();
                if found > 0 {
                    let why = why.to_owned();
                    survey.choices.push(Choice { source: Source::clone(&source), reading, why });
                }
                Ok(found)
            }
            Ok(_) => Err("a web page stands there".to_owned()),
            Err(Failure { message, .. }) => Err(message),
        }
    }
}

/// True where nobody answered, so that another scheme may.
fn is_silent(error: &FetchError) -> bool {
    use NetError::{Connect, Protocol, Timeout, Tls};
    matches!(&error.why, Why::Net(Connect { .. } | Tls { .. } | Timeout { .. } | Protocol { .. }))
}
