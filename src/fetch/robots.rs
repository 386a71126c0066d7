//! Asks a site's robots.txt before one of its pages is fetched.
//!
//! It is asked for pages and links. A feed or sitemap, configured or advertised, is offered to programs, and is
//! fetched as it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use url::Url;

use crate::clock::{Clock, later};
use crate::net::{Client, Fence, LimitAction, NetError, Request, Response};

mod cache;
pub mod rules;

use cache::RobotsCache;
use rules::RobotsRules;

/// What the sites of the last day say.
#[derive(Debug)]
pub struct RobotsChecker {
    token: String,
    clock: Clock,
    cache: Mutex<RobotsCache>,
}

#[derive(Clone, Debug)]
enum RobotsVerdict {
    /// Its rules; none where it has no robots.txt.
    Rules(Arc<RobotsRules>),
    /// It did not answer: nothing is fetched meanwhile.
    Nothing,
}

/// How long an answer holds (RFC 9309 §2.4), and how long a missing one.
const HOLDS: SignedDuration = SignedDuration::from_hours(24);
const MISSING_HOLDS: SignedDuration = SignedDuration::from_mins(30);

fn holds(says: &RobotsVerdict) -> SignedDuration {
    match says {
        RobotsVerdict::Rules(_) => HOLDS,
        RobotsVerdict::Nothing => MISSING_HOLDS,
    }
}

impl RobotsChecker {
    /// Nothing is known yet. The product's name is what stands before `/` in the user agent.
    #[must_use]
    pub fn new(user_agent: &str, clock: Clock) -> Self {
        let token = user_agent.split(['/', ' ']).next().unwrap_or_default().to_owned();
        Self { token, clock, cache: Mutex::default() }
    }

    /// True when the site lets marsad fetch `url`; false also while its robots.txt cannot be had.
    pub async fn permit(&self, client: &Client, url: &Url, fence: &Fence) -> bool {
        let site = url.origin().ascii_serialization();
        let says = match self.remembered(&site) {
            Some(says) => says,
            None => self.ask(client, url, fence, site).await,
        };
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        match says {
            RobotsVerdict::Rules(rules) => rules.permit(path),
            RobotsVerdict::Nothing => false,
        }
    }

    fn remembered(&self, site: &str) -> Option<RobotsVerdict> {
        let (says, until) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(site)?;
        let now = self.clock.now();
        // One that holds for longer than it may was learnt before the clock was set back.
        (until > now && until <= later(now, holds(&says))).then_some(says)
    }

    async fn ask(&self, client: &Client, url: &Url, fence: &Fence, site: String) -> RobotsVerdict {
        let mut address = url.clone();
        address.set_path("/robots.txt");
        address.set_query(None);
        address.set_fragment(None);
        let mut request = Request::get(address).header("accept", "text/plain, */*;q=0.1");
        request.fence = fence.clone();
        request.deadline = Duration::from_secs(15);
        request.max_body = rules::MAX_SIZE;
        request.take = LimitAction::Start;
        let says = match client.send(request).await {
            Ok(answer) => self.understood(answer).await,
            Err(_) => RobotsVerdict::Nothing,
        };
        let until = later(self.clock.now(), holds(&says));
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(site, says.clone(), until);
        says
    }

    /// No file (4xx) is no rule; a site in trouble, or one that asks for patience, has not answered (RFC 9309 §2.3.1).
    /// Where only the framing broke, what came holds: a server that frames wrongly does so every day.
    async fn understood(&self, answer: Response) -> RobotsVerdict {
        let late = matches!(answer.broken, Some(NetError::Timeout { .. }));
        let late = late || answer.truncated && answer.body.is_empty();
        match answer.status {
            200..300 if !late => {
                let token = self.token.clone();
                let read = move || RobotsRules::parse(&String::from_utf8_lossy(&answer.body), &token);
                // Half a megabyte of rules is no work for the threads that wait for the network.
                tokio::task::spawn_blocking(read)
                    .await
                    .map_or(RobotsVerdict::Nothing, |rules| RobotsVerdict::Rules(Arc::new(rules)))
            }
            429 => RobotsVerdict::Nothing,
            400..500 => RobotsVerdict::Rules(Arc::default()),
            _ => RobotsVerdict::Nothing,
        }
    }
}
