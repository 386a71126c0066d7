//! Fetches an address and decodes its document.
//!
//! 1. `robots` asks the site's robots.txt whether a page or a link may be fetched.
//! 2. [`Fetcher`] sends the request, conditional if the last answer had validators.
//! 3. `cache_headers` reads the rules for the next visit; `challenge` detects a refusal.
//!    `link_header` reads which feeds the server names.
//! 4. `decode` unpacks and decodes the body; `encoding_label` reads its labels.
//! 5. `completeness` accepts a complete document although its answer broke off.
//! 6. `error` says what the operator can do if there is no document.

use std::sync::Arc;
use std::time::Duration;

use crate::address::Address;
use crate::address::site::is_same_server;
use crate::cadence::CacheRules;
use crate::clock::Clock;
use crate::config;
use crate::memory::BodyRoom;
use crate::net::{Client, Fence, LimitAction, Request, Response, StreamEnd};
use crate::parse::{self, Document, refresh};
use crate::source::{BodyHash, Source, SourceKind, Validators};
use crate::text::lang::Lang;

mod cache_headers;
mod challenge;
mod completeness;
pub mod decode;
pub mod encoding_label;
mod error;
mod link_header;
pub mod robots;
#[cfg(test)]
mod tests;

pub(crate) use error::{BlockReason, FetchError, FetchFailure};

use decode::{Decoded, EncodingHints};
use robots::RobotsChecker;

/// Fetches the documents of sources.
#[derive(Debug)]
pub struct Fetcher {
    client: Arc<Client>,
    timeout: Duration,
    max_body: usize,
    robots: Option<RobotsChecker>,
    clock: Clock,
}

/// The answer of a source.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// Nothing has changed since the validators were received.
    NotModified {
        /// The size in bytes of the same document, if the server sent it again; none for a 304.
        sent_again: Option<usize>,
        /// The validators for the next request.
        validators: Validators,
        /// The caching rules for the next visit.
        rules: CacheRules,
        /// How long it took.
        took: Duration,
    },
    /// A document.
    Document {
        /// The document, decoded.
        document: Box<Document>,
        /// The validators for the next request.
        validators: Validators,
        /// The caching rules for the next visit.
        rules: CacheRules,
        /// How long it took.
        took: Duration,
        /// The size in bytes, with the content coding removed.
        bytes: usize,
        /// The feeds that the `Link` headers of the answer name.
        advertised: Vec<Address>,
        /// True if another document led browsers to it.
        refreshed: bool,
        /// How the answer broke off although the document is complete; `None` for a sound answer.
        broken: Option<String>,
        /// The room of a large document in memory, to be held until it is parsed.
        room: Option<BodyRoom>,
    },
}

/// The timeout in place of one that no duration can hold. Chosen by hand.
const FALLBACK_TIMEOUT: Duration = Duration::from_secs(30);

/// The formats to ask for, best first. A page in the place of a feed is accepted, because it may advertise the feed.
const FEED: &str = "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, \
                    application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1";
const PAGE: &str = "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.1";
const SITEMAP: &str = "application/xml, text/xml, text/plain;q=0.5, */*;q=0.1";

impl Fetched {
    /// The same document, to be fetched unconditionally at the next visit.
    fn without_validators(self) -> Self {
        match self {
            Self::Document { document, rules, took, bytes, advertised, broken, room, .. } => {
                let (validators, refreshed) = (Validators::default(), true);
                Self::Document { document, validators, rules, took, bytes, advertised, refreshed, broken, room }
            }
            unchanged @ Self::NotModified { .. } => unchanged,
        }
    }
}

/// The other address to which a document leads browsers at once. No page leads from https to http.
fn refresh_target(answer: &Response, fetched: &Fetched) -> Option<Address> {
    let Fetched::Document { document, .. } = fetched else { return None };
    let own = document.address.url();
    let by_header = answer.headers.get("refresh").and_then(refresh::of_header).map(str::to_owned);
    let written = by_header.or_else(|| refresh::of_page(&document.text))?;
    let target = document.address.join(&written).ok()?;
    let is_other = target.key() != document.address.key();
    (is_other && (own.scheme() == target.url().scheme() || own.scheme() == "http")).then_some(target)
}

/// The error of a document that leads browsers to a page that does not exist.
fn led_nowhere(error: FetchError, target: &Address) -> FetchError {
    let why = match error.why {
        FetchFailure::Gone { host, status } => FetchFailure::LeadsNowhere { host, status, to: target.to_string() },
        why => why,
    };
    FetchError { why, ..error }
}

impl Fetcher {
    /// A fetcher with the configured bounds.
    #[must_use]
    pub fn new(client: Arc<Client>, settings: &config::FetchSettings, clock: Clock) -> Self {
        let robots = settings.obey_robots.then(|| RobotsChecker::new(&settings.user_agent, clock.clone()));
        let timeout = Duration::try_from(settings.timeout).unwrap_or(FALLBACK_TIMEOUT);
        Self { client, timeout, max_body: settings.max_body, robots, clock }
    }

    /// Fetches a source: conditionally if there are `validators` that a request can carry. A server that sends the same
    /// document again counts as one that answers 304.
    ///
    /// # Errors
    /// Any answer other than a document: see [`FetchFailure`].
    pub async fn fetch(&self, source: &Source, validators: &Validators) -> Result<Fetched, FetchError> {
        let fence = Fence::listed(&source.allow_networks);
        let accept = match source.kind {
            SourceKind::Feed => FEED,
            SourceKind::Sitemap => SITEMAP,
            SourceKind::Page(_) | SourceKind::Bulletin { .. } | SourceKind::Article => PAGE,
        };
        if accept == PAGE {
            self.permitted(&source.address, &fence).await?;
        }
        let validators = cache_headers::sendable(validators);
        let mut request = self.request(&source.address, fence, accept, source.lang.as_ref());
        request.secrets.clone_from(&source.headers);
        for (name, value) in [("if-none-match", &validators.etag), ("if-modified-since", &validators.last_modified)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let mut answer = self.sent(request).await?;
        let hints = EncodingHints { forced: source.encoding, lang: source.lang.as_ref(), ..EncodingHints::default() };
        let fetched = self.understood(&mut answer, &validators, hints)?;
        match refresh_target(&answer, &fetched) {
            None => Ok(fetched),
            // The validators of the second document would not be those of the source's address.
            Some(target) => {
                // A large document must not wait for the room that it takes itself.
                drop((answer, fetched));
                Ok(self.led_to(&target, accept, Some(source), source.lang.as_ref()).await?.without_validators())
            }
        }
    }

    /// Fetches the page at an address from content or the command line: unconditionally, from public hosts only.
    ///
    /// # Errors
    /// As for [`Fetcher::fetch`].
    pub async fn page(&self, address: &Address, lang: Option<&Lang>) -> Result<Fetched, FetchError> {
        self.followed(address, None, lang).await
    }

    /// Checks whether the site's robots.txt permits the page of this source.
    ///
    /// # Errors
    /// As for [`RobotsChecker::permit`].
    pub(crate) async fn permits(&self, source: &Source) -> Result<(), FetchError> {
        self.permitted(&source.address, &Fence::listed(&source.allow_networks)).await
    }

    /// Fetches the page of an item of `source`, unconditionally. Somebody else chose the address of the link, so the
    /// source's settings (networks, headers, encoding) apply to its own server only.
    ///
    /// # Errors
    /// As for [`Fetcher::fetch`].
    pub async fn linked(&self, source: &Source, address: &Address) -> Result<Fetched, FetchError> {
        self.followed(address, Some(source), source.lang.as_ref()).await
    }

    /// Fetches a page, and the page that it leads browsers to, if it does.
    async fn followed(
        &self,
        address: &Address,
        by: Option<&Source>,
        lang: Option<&Lang>,
    ) -> Result<Fetched, FetchError> {
        let (answer, fetched) = self.at(address, PAGE, by, lang).await?;
        match refresh_target(&answer, &fetched) {
            None => Ok(fetched),
            Some(target) => {
                drop((answer, fetched));
                self.led_to(&target, PAGE, by, lang).await
            }
        }
    }

    /// Fetches the document that another one leads browsers to. It must not lead on.
    async fn led_to(
        &self,
        target: &Address,
        accept: &str,
        by: Option<&Source>,
        lang: Option<&Lang>,
    ) -> Result<Fetched, FetchError> {
        let (answer, fetched) = self.at(target, accept, by, lang).await.map_err(|error| led_nowhere(error, target))?;
        let Some(next) = refresh_target(&answer, &fetched) else { return Ok(fetched) };
        let host = answer.url.host_str().unwrap_or_default().to_owned();
        Err(FetchError { why: FetchFailure::LeadsOn { host, to: next.as_str().to_owned() }, took: answer.took })
    }

    /// Fetches an address that a site or a user chose, unconditionally. The settings of the source apply to its own
    /// server only.
    async fn at(
        &self,
        address: &Address,
        accept: &str,
        by: Option<&Source>,
        lang: Option<&Lang>,
    ) -> Result<(Response, Fetched), FetchError> {
        let own = by.filter(|source| is_same_server(source.address.url(), address.url()));
        let here = |error: FetchError| if by.is_some() && own.is_none() { error.elsewhere() } else { error };
        let fence = own.map_or(Fence::Public, |source| Fence::listed(&source.allow_networks));
        if accept == PAGE {
            self.permitted(address, &fence).await.map_err(here)?;
        }
        let mut request = self.request(address, fence, accept, lang);
        request.secrets = own.map(|source| source.headers.clone()).unwrap_or_default();
        let mut answer = self.sent(request).await.map_err(here)?;
        let forced = own.and_then(|source| source.encoding);
        let hints = EncodingHints { forced, lang, ..EncodingHints::default() };
        let fetched = self.understood(&mut answer, &Validators::default(), hints)?;
        Ok((answer, fetched))
    }

    async fn permitted(&self, address: &Address, fence: &Fence) -> Result<(), FetchError> {
        let Some(robots) = &self.robots else { return Ok(()) };
        let watch = self.clock.stopwatch();
        let permitted = robots.permit(&self.client, address.url(), fence).await;
        permitted.map_err(|why| FetchError { why, took: watch.elapsed() })
    }

    fn request(&self, address: &Address, fence: Fence, accept: &str, lang: Option<&Lang>) -> Request {
        let mut request = Request::get(address.url().clone()).header("accept", accept);
        if let Some(lang) = lang {
            request = request.header("accept-language", format!("{}, *;q=0.5", lang.as_str()));
        }
        request.fence = fence;
        request.deadline = self.timeout;
        request.max_body = self.max_body;
        request.take = LimitAction::Served;
        request
    }

    async fn sent(&self, request: Request) -> Result<Response, FetchError> {
        let watch = self.clock.stopwatch();
        self.client.send(request).await.map_err(|why| FetchError { why: why.into(), took: watch.elapsed() })
    }

    /// Maps an answer by its status. A document takes the body out of it.
    fn understood(
        &self,
        answer: &mut Response,
        asked: &Validators,
        hints: EncodingHints<'_>,
    ) -> Result<Fetched, FetchError> {
        let now = self.clock.now();
        let host = || answer.url.host_str().unwrap_or_default().to_owned();
        let after = cache_headers::retry_after(&answer.headers, now);
        let status = answer.status;
        let why = match status {
            _ if challenge::announced(&answer.headers) => {
                FetchFailure::Blocked { host: host(), by: BlockReason::Challenge, after }
            }
            200..300 => return self.document(answer, asked, hints),
            304 if asked.is_conditional() => {
                return Ok(Fetched::NotModified {
                    sent_again: None,
                    validators: cache_headers::kept_validators(&answer.headers, asked),
                    rules: cache_headers::cache_rules(&answer.headers, now),
                    took: answer.took,
                });
            }
            401 | 403 => FetchFailure::Blocked { host: host(), by: BlockReason::Status(status), after },
            404 | 410 if self.is_feed(answer) => FetchFailure::FeedWithStatus { host: host(), status },
            404 | 410 => FetchFailure::Gone { host: host(), status },
            408 | 425 | 429 | 500.. => FetchFailure::Busy { host: host(), status, after },
            _ => FetchFailure::Status { host: host(), status },
        };
        Err(FetchError { why, took: answer.took })
    }

    /// True if the body is a feed, whatever the status says.
    fn is_feed(&self, answer: &Response) -> bool {
        let Ok((body, _)) = decode::unpack(&answer.body, self.max_body) else { return false };
        parse::is_feed(&decode::decode(&body, &EncodingHints::default()).text)
    }

    /// Decodes the document of an answer, unless it is the one whose hash is among `asked`.
    fn document(
        &self,
        answer: &mut Response,
        asked: &Validators,
        hints: EncodingHints<'_>,
    ) -> Result<Fetched, FetchError> {
        let (sent, room) = (std::mem::take(&mut answer.body), answer.room.take());
        let answer = &*answer;
        let failed = |why| FetchError { why, took: answer.took };
        let host = answer.url.host_str().unwrap_or_default();
        let content_type = answer.headers.get("content-type").unwrap_or_default();
        let unpack = || FetchFailure::Unpack { host: host.to_owned(), limit: self.max_body };
        let bytes = sent.len();
        let (body, end) = decode::unpack_owned(sent.into(), self.max_body).map_err(|_| failed(unpack()))?;
        let end = end.max(answer.end);
        let broken = completeness::note(answer.broken.as_ref(), end);
        // A broken answer has no hash: its document is read each time, as long as it is broken.
        let sound = answer.status == 200 && broken.is_none();
        let hash = sound.then(|| BodyHash::of(answer.url.as_str(), content_type, &body));
        let validators = cache_headers::validators(&answer.headers, hash);
        let rules = cache_headers::cache_rules(&answer.headers, self.clock.now());
        let took = answer.took;
        if hash.is_some() && hash == asked.body {
            return Ok(Fetched::NotModified { sent_again: Some(bytes), validators, rules, took });
        }
        let decoded = decode::decode_owned(body, &EncodingHints { content_type, host, ..hints });
        if !end.is_reached() && !completeness::is_complete(&decoded.text) {
            match &answer.broken {
                Some(why) => return Err(failed(why.clone().into())),
                None if end == StreamEnd::CutOff => return Err(failed(unpack())),
                None => {}
            }
        }
        let document = Box::new(Self::decoded(answer, content_type, decoded).map_err(failed)?);
        let advertised = link_header::feeds(&answer.headers, &document.address);
        let refreshed = false;
        Ok(Fetched::Document { document, validators, rules, took, bytes, advertised, refreshed, broken, room })
    }

    /// The decoded document, unless it is a page that a firewall serves in its place.
    fn decoded(answer: &Response, content_type: &str, decoded: Decoded) -> Result<Document, FetchFailure> {
        let Decoded { text, encoding, replaced } = decoded;
        let host = || answer.url.host_str().unwrap_or_default().to_owned();
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if parse::challenge::is_certain(&media_type, &text) {
            return Err(FetchFailure::Blocked { host: host(), by: BlockReason::Challenge, after: None });
        }
        let address = Address::from_url(answer.url.clone())
            .map_err(|_| FetchFailure::Status { host: host(), status: answer.status })?;
        Ok(Document { address, media_type, text, encoding, replaced })
    }
}
