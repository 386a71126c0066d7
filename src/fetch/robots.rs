//! Asks a site's robots.txt before fetching one of its pages.
//!
//! It applies to pages and links. A feed or sitemap, configured or advertised, is meant for programs and is fetched
//! without asking.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use url::Url;

use super::error::FetchFailure;
use crate::clock::{Clock, later};
use crate::net::{Client, Fence, LimitAction, NetError, Request, Response};

mod cache;
pub mod rules;

use cache::RobotsCache;
use rules::RobotsRules;

/// The robots.txt rules of the sites of the last day.
#[derive(Debug)]
pub(crate) struct RobotsChecker {
    token: String,
    clock: Clock,
    cache: Mutex<RobotsCache>,
}

#[derive(Clone, Debug)]
enum RobotsVerdict {
    /// Its rules; empty if it has no robots.txt.
    Rules(Arc<RobotsRules>),
    /// It answers, but not with a robots.txt that can be used: nothing is fetched meanwhile.
    Unavailable,
}

/// How long an answer is valid (RFC 9309 §2.4), and how long a missing one is (chosen by hand).
const VALID_FOR: SignedDuration = SignedDuration::from_hours(24);
const MISSING_FOR: SignedDuration = SignedDuration::from_mins(30);

fn valid_for(verdict: &RobotsVerdict) -> SignedDuration {
    match verdict {
        RobotsVerdict::Rules(_) => VALID_FOR,
        RobotsVerdict::Unavailable => MISSING_FOR,
    }
}

impl RobotsChecker {
    /// A checker that knows no site yet. The product name is the part of the user agent before `/`.
    #[must_use]
    pub fn new(user_agent: &str, clock: Clock) -> Self {
        let token = user_agent.split(['/', ' ']).next().unwrap_or_default().to_owned();
        Self { token, clock, cache: Mutex::default() }
    }

    /// Checks whether the site permits `url`.
    ///
    /// # Errors
    /// [`FetchFailure::Net`] if the site cannot be reached: it is asked again at the next fetch.
    /// [`FetchFailure::RobotsUnavailable`] if it answers without a robots.txt that can be used, and
    /// [`FetchFailure::Robots`] if its robots.txt forbids `url`.
    pub async fn permit(&self, client: &Client, url: &Url, fence: &Fence) -> Result<(), FetchFailure> {
        let site = url.origin().ascii_serialization();
        let verdict = match self.remembered(&site) {
            Some(verdict) => verdict,
            None => self.ask(client, url, fence, site).await?,
        };
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let host = || url.host_str().unwrap_or_default().to_owned();
        match verdict {
            RobotsVerdict::Rules(rules) if rules.permit(path) => Ok(()),
            RobotsVerdict::Rules(_) => Err(FetchFailure::Robots { host: host() }),
            RobotsVerdict::Unavailable => Err(FetchFailure::RobotsUnavailable { host: host() }),
        }
    }

    fn remembered(&self, site: &str) -> Option<RobotsVerdict> {
        let (verdict, until) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(site)?;
        let now = self.clock.now();
        // An entry that is valid for too long was stored before the clock was set back.
        (until > now && until <= later(now, valid_for(&verdict))).then_some(verdict)
    }

    async fn ask(&self, client: &Client, url: &Url, fence: &Fence, site: String) -> Result<RobotsVerdict, NetError> {
        let mut address = url.clone();
        address.set_path("/robots.txt");
        address.set_query(None);
        address.set_fragment(None);
        let mut request = Request::get(address).header("accept", "text/plain, */*;q=0.1");
        request.fence = fence.clone();
        request.deadline = Duration::from_secs(15);
        request.max_body = rules::MAX_SIZE;
        request.take = LimitAction::Start;
        // A network that is down says nothing about the site's rules, and must not count against it for half an hour.
        let verdict = self.understood(client.send(request).await?).await;
        let until = later(self.clock.now(), valid_for(&verdict));
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(site, verdict.clone(), until);
        Ok(verdict)
    }

    /// A missing file (4xx) permits everything. A site that fails, or asks to wait, has not answered (RFC 9309 §2.3.1).
    /// If only the framing broke, the content is used: a server that frames wrongly does so every day.
    async fn understood(&self, answer: Response) -> RobotsVerdict {
        let late = matches!(answer.broken, Some(NetError::Timeout { .. }));
        let late = late || answer.truncated && answer.body.is_empty();
        match answer.status {
            200..300 if !late => {
                let token = self.token.clone();
                let read = move || RobotsRules::parse(&String::from_utf8_lossy(&answer.body), &token);
                // Half a megabyte of rules must not block the threads that wait for the network.
                tokio::task::spawn_blocking(read)
                    .await
                    .map_or(RobotsVerdict::Unavailable, |rules| RobotsVerdict::Rules(Arc::new(rules)))
            }
            429 => RobotsVerdict::Unavailable,
            400..500 => RobotsVerdict::Rules(Arc::default()),
            _ => RobotsVerdict::Unavailable,
        }
    }
}
