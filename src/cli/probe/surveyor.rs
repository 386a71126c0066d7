//! Surveys an address: its kind, its feeds, and what can be watched there.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::address::Address;
use crate::address::site::is_same_server;
use crate::cadence::CacheRules;
use crate::clock::Clock;
use crate::fetch::{FetchError, FetchFailure, Fetched, Fetcher};
use crate::net::NetError;
use crate::parse::page::classify::PageType;
use crate::parse::{Document, DocumentFormat, Parsed, classify};
use crate::pipeline::{SourceAnswer, SourceContent, SourceReader};
use crate::source::{Source, SourceKind, Validators};
use crate::telemetry::Metrics;

use super::input::TypedAddress;
use super::survey::{ProbeFailure, Survey, WatchableSource};
use super::well_known;

/// The most advertised feeds that are tried, best first, until one works. Chosen by hand.
pub(crate) const MAX_TRIED: usize = 3;

/// Surveys addresses.
pub(crate) struct Surveyor<'a> {
    /// The fetcher.
    pub fetcher: &'a Fetcher,
    /// The clock.
    pub clock: &'a Clock,
    /// The pause between two requests.
    pub pause: Duration,
    /// The private networks that the typed host may be in.
    pub(crate) networks: &'a [IpNet],
}

/// The document of a typed address.
struct FirstDocument {
    address: Address,
    document: Document,
    bytes: usize,
    /// True if the document at the address leads browsers to this one.
    refreshed: bool,
    /// The feeds that the server names for it.
    advertised: Vec<Address>,
}

impl Surveyor<'_> {
    /// Surveys a typed address.
    ///
    /// # Errors
    /// If it cannot be fetched, is a challenge page, or has a format that marsad does not read.
    pub(crate) async fn survey(&self, typed: &TypedAddress) -> Result<Survey, ProbeFailure> {
        let FirstDocument { address, document, bytes, refreshed, advertised } = match self.first(typed).await {
            Ok(found) => found,
            Err((address, unread)) => return self.without_page(address, unread).await,
        };
        let source = Arc::new(self.source(SourceKind::Feed, &address));
        let (mut reading, page_type) = match self.parsed(&source, document.clone()).await {
            Ok(reading) => (reading, None),
            Err(unread) => {
                let listing = self.as_listing(&document).await.ok_or(unread)?;
                (SourceContent::of(Parsed::of(DocumentFormat::Html), &document), Some(listing))
            }
        };
        reading.parsed.advertise(advertised);
        let (feeds, places, choices, remarks) = Default::default();
        let format = reading.parsed.format;
        let missing = None;
        let mut survey =
            Survey { address, document, refreshed, bytes, format, feeds, places, choices, missing, remarks };
        if reading.parsed.is_page() {
            self.page(&mut survey, reading, page_type).await;
        } else {
            self.document(&mut survey, reading).await;
        }
        Ok(survey)
    }

    /// Surveys the usual paths of a site whose typed address has no page.
    async fn without_page(&self, address: Option<Address>, unread: ProbeFailure) -> Result<Survey, ProbeFailure> {
        let (Some(address), ProbeFailure::Fetch(error)) = (address, &unread) else { return Err(unread) };
        if !matches!(
            error.why,
            FetchFailure::Gone { .. } | FetchFailure::LeadsNowhere { .. } | FetchFailure::Status { .. }
        ) {
            return Err(unread);
        }
        let missing = Some(error.to_string());
        let (media_type, text) = Default::default();
        let document = Document { address: address.clone(), media_type, text, encoding: "UTF-8", replaced: 0 };
        let (feeds, places, choices, remarks) = Default::default();
        let format = DocumentFormat::Html;
        let (bytes, refreshed) = (0, false);
        let mut survey =
            Survey { address, document, refreshed, bytes, format, feeds, places, choices, missing, remarks };
        self.usual_places(&mut survey, &mut true).await;
        if survey.choices.is_empty() { Err(unread) } else { Ok(survey) }
    }

    /// Fetches the first of the possible addresses that answers. An error comes with the address that answered.
    async fn first(&self, typed: &TypedAddress) -> Result<FirstDocument, (Option<Address>, ProbeFailure)> {
        let mut silent = None;
        for address in &typed.addresses {
            let source = self.source(SourceKind::Feed, address);
            match self.fetcher.fetch(&source, &Validators::default()).await {
                Ok(Fetched::Document { document, bytes, refreshed, advertised, .. }) => {
                    let address = address.clone();
                    return Ok(FirstDocument { address, document: *document, bytes, refreshed, advertised });
                }
                Ok(Fetched::NotModified { .. }) => {
                    let unread = "the server answers \"not modified\" to a first request".to_owned();
                    return Err((None, ProbeFailure::Document(unread)));
                }
                Err(error) if !is_silent(&error) => return Err((Some(address.clone()), error.into())),
                Err(error) => drop(silent.get_or_insert(error)),
            }
        }
        let none = || ProbeFailure::Document("no address to fetch".to_owned());
        Err((None, silent.map_or_else(none, ProbeFailure::Fetch)))
    }

    fn source(&self, kind: SourceKind, address: &Address) -> Source {
        Source { allow_networks: self.networks.to_vec(), ..Source::at(kind, address.clone()) }
    }

    /// A source that the typed address leads to. The allowed networks apply to it only on the same server.
    fn discovered(&self, survey: &Survey, kind: SourceKind, address: &Address) -> Source {
        if is_same_server(survey.address.url(), address.url()) {
            return self.source(kind, address);
        }
        Source::at(kind, address.clone())
    }

    fn reader<'r>(&'r self, metrics: &'r Metrics) -> SourceReader<'r> {
        SourceReader { fetcher: self.fetcher, clock: self.clock, metrics, pause: self.pause }
    }

    async fn parsed(&self, source: &Arc<Source>, document: Document) -> Result<SourceContent, ProbeFailure> {
        let parsed = self.reader(&Metrics::new()).parse(source, document, None).await;
        parsed.map_err(|failure| ProbeFailure::Document(failure.message))
    }

    /// A feed or sitemap: it can be watched itself.
    async fn document(&self, survey: &mut Survey, reading: SourceContent) {
        let sitemap = matches!(survey.format, DocumentFormat::Sitemap | DocumentFormat::SitemapIndex);
        let kind = if sitemap { SourceKind::Sitemap } else { SourceKind::Feed };
        let source = Arc::new(self.discovered(survey, kind, &survey.lasting()));
        let read = SourceAnswer { document: Ok(Some(reading)), validators: None, rules: CacheRules::default() };
        match self.reader(&Metrics::new()).with_discovered(&source, read, None).await.document {
            Ok(Some(reading)) if !reading.parsed.items.is_empty() => {
                let why = format!("the document is {}, as its elements show", survey.kind());
                survey.choices.push(WatchableSource { source: Source::clone(&source), reading, why });
            }
            Ok(_) => survey.remarks.push(format!("this {} has no items", survey.kind())),
            Err(failure) => survey.remarks.push(failure.message),
        }
    }

    /// A web page: its feeds, then the usual paths, then the page itself, unless it was classified before.
    async fn page(&self, survey: &mut Survey, reading: SourceContent, page_type: Option<PageType>) {
        let mut open = true;
        for (number, feed) in reading.parsed.feeds.into_iter().enumerate() {
            let tried = if open && survey.choices.is_empty() && number < MAX_TRIED {
                let source = self.discovered(survey, SourceKind::Feed, &feed.address);
                Some(self.tried(survey, source, "the page advertises it", &mut open).await)
            } else {
                None
            };
            survey.feeds.push((feed, tried));
        }
        let page_type = match page_type {
            Some(known) => Some(known),
            None => self.page_type(survey).await,
        };
        let kind = page_type.as_ref().and_then(|page_type| page_type.kind.as_ref());
        let is_list = kind == Some(&SourceKind::Page(None));
        let is_text = kind.is_some() && !is_list;
        if open && survey.choices.is_empty() && !is_text {
            self.usual_places(survey, &mut open).await;
        }
        let Some(PageType { kind: Some(kind), why, parsed }) = page_type else { return };
        let source = Arc::new(self.discovered(survey, kind, &survey.lasting()));
        if let Err(error) = self.fetcher.permits(&source).await {
            return survey.remarks.push(format!("the page itself must not be watched: {error}"));
        }
        let reading = SourceContent::of(parsed, &survey.document);
        let choice = WatchableSource { source: Source::clone(&source), reading, why };
        // A single text comes first: it is what was typed. A list comes last: a feed describes it better.
        let at = if is_list { survey.choices.len() } else { 0 };
        survey.choices.insert(at, choice);
        // A sitemap may lack headlines, so the page is better.
        survey.choices.sort_by_key(|choice| choice.source.kind == SourceKind::Sitemap);
    }

    /// A page that lists items, although it looked like a login page to the feed reader.
    async fn as_listing(&self, document: &Document) -> Option<PageType> {
        let page_type = self.classified(document).await.ok()?;
        (page_type.kind == Some(SourceKind::Page(None))).then_some(page_type)
    }

    /// What the page is; `None` with a remark if it cannot be read.
    async fn page_type(&self, survey: &mut Survey) -> Option<PageType> {
        let (page_type, remark) = match self.classified(&survey.document).await {
            Ok(page_type) if page_type.kind.is_some() => return Some(page_type),
            Ok(page_type) => {
                let remark = format!("the page itself cannot be watched: {}", page_type.why);
                (Some(page_type), remark)
            }
            Err(error) => (None, error),
        };
        survey.remarks.push(remark);
        page_type
    }

    async fn classified(&self, document: &Document) -> Result<PageType, String> {
        let source = self.source(SourceKind::Page(None), &document.address);
        let (document, now) = (document.clone(), self.clock.now());
        let read = tokio::task::spawn_blocking(move || classify(&document, &source, now)).await;
        read.map_err(|panic| panic.to_string())?.map_err(|error| error.to_string())
    }

    async fn usual_places(&self, survey: &mut Survey, open: &mut bool) {
        for (place, kind) in well_known::usual(&survey.document.address, &survey.address) {
            if !survey.choices.is_empty() || !*open {
                break;
            }
            let source = self.discovered(survey, kind, &place);
            let tried = match self.fetcher.permits(&source).await {
                Ok(()) => self.tried(survey, source, "it is at a usual path of the site", open).await,
                Err(_) => Err("robots.txt forbids it or cannot be read".to_owned()),
            };
            survey.places.push((place, Some(tried)));
        }
    }

    /// Tries a feed or sitemap. From a page that lists feeds, as many sites have at `/rss`, it goes to the best of them.
    /// Clears `open` if the host refuses or does not answer; it then gets no more requests.
    async fn tried(&self, survey: &mut Survey, source: Source, why: &str, open: &mut bool) -> Result<usize, String> {
        let (mut source, mut why) = (Arc::new(source), why.to_owned());
        let mut reading = self.fetched(&source, open).await?;
        if let (true, Some(best)) = (reading.parsed.is_page(), reading.parsed.feeds.first()) {
            why = format!("the page {} advertises it", source.address);
            source = Arc::new(self.discovered(survey, SourceKind::Feed, &best.address));
            reading = self.fetched(&source, open).await?;
        }
        if reading.parsed.is_page() {
            return Err("a web page".to_owned());
        }
        let read = SourceAnswer { document: Ok(Some(reading)), validators: None, rules: CacheRules::default() };
        let read = self.reader(&Metrics::new()).with_discovered(&source, read, None).await.document;
        let Some(reading) = read.map_err(|failure| failure.message)? else { return Ok(0) };
        let found = reading.parsed.items.len();
        if found > 0 {
            survey.choices.push(WatchableSource { source: Source::clone(&source), reading, why });
        }
        Ok(found)
    }

    async fn fetched(&self, source: &Arc<Source>, open: &mut bool) -> Result<SourceContent, String> {
        tokio::time::sleep(self.pause).await;
        match self.fetcher.fetch(source, &Validators::default()).await {
            Ok(Fetched::Document { document, .. }) => {
                self.parsed(source, *document).await.map_err(|unread| unread.to_string())
            }
            Ok(Fetched::NotModified { .. }) => Err("the server answers \"not modified\" to a first request".to_owned()),
            Err(FetchError {
                why: FetchFailure::Gone { status, .. } | FetchFailure::Status { status, .. }, ..
            }) => Err(format!("not found (status {status})")),
            Err(error) => {
                *open = false;
                Err(error.to_string())
            }
        }
    }
}

/// True if there was no answer, so that the other scheme is worth a try.
fn is_silent(error: &FetchError) -> bool {
    use NetError::{Connect, Protocol, Timeout, Tls};
    matches!(&error.why, FetchFailure::Net(Connect { .. } | Tls { .. } | Timeout { .. } | Protocol { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FetchSettings;
    use crate::daemon;
    use crate::net::rude_server::{RudeAnswer, RudeServer};
    use crate::parse::page::dom::bounded_tree::parse_count;

    async fn surveyed(page: &str) -> Survey {
        let body = page.to_owned();
        let site = RudeServer::start(move |head| {
            let page = RudeAnswer::answer(200, "Content-Type: text/html", &body);
            if head.starts_with("GET /news/ ") { page } else { RudeAnswer::answer(404, "", "") }
        })
        .await;
        let (clock, _) = Clock::manual("2026-11-21T12:00:00Z".parse().unwrap());
        let fetcher = daemon::fetcher_by(&FetchSettings::default(), &clock).unwrap();
        let networks = ["127.0.0.0/8".parse().unwrap()];
        let surveyor = Surveyor { fetcher: &fetcher, clock: &clock, pause: Duration::ZERO, networks: &networks };
        let address = Address::from_url(site.url("/news/")).unwrap();
        let typed = TypedAddress { text: address.as_str().to_owned(), addresses: vec![address] };
        surveyor.survey(&typed).await.unwrap()
    }

    #[tokio::test]
    async fn a_page_without_a_feed_is_parsed_once() {
        let item = |n: u8| format!("<li><h3><a href=/news/{n}00>The harbour council meets for the {n}th time</a></h3>");
        let list: String = (1..7).map(item).collect();
        let login = "<form><input type=password></form>";
        for (name, head) in [("a list", ""), ("a list that looks like a login page", login)] {
            let page = format!("<html><title>{name}</title><body>{head}<ul>{list}</ul></body></html>");
            let survey = surveyed(&page).await;
            let choice = &survey.choices[0];
            assert_eq!(
                (&choice.source.kind, choice.reading.parsed.items.len()),
                (&SourceKind::Page(None), 6),
                "{name}"
            );
            assert_eq!(choice.reading.parsed.items[0].lang.as_ref().map(|lang| lang.as_str()), Some("en"), "{name}");
            assert_eq!(parse_count::of(&page), 1, "{name}");
        }
    }
}
