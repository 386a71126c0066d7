//! Checks host, token and headers of each request.
//!
//! A page in a browser on the same machine must not read the server by pointing its own name at 127.0.0.1 (DNS
//! rebinding). So a request must name a host of this server, or an address, which cannot be rebound.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Extension, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use crate::clock::{Clock, Stopwatch};
use crate::server::connections;
use crate::server::connections::ConnectionSeat;
use crate::server::problem::HttpProblem;
use crate::server::{BODY, Shared};

/// The client that a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct ClientPeer {
    /// Its address.
    pub(crate) ip: IpAddr,
    /// Its connection's seat.
    pub(crate) seat: Arc<ConnectionSeat>,
}

/// Counts wrong tokens by client network.
#[derive(Debug)]
pub(crate) struct FailedTokens {
    watch: Stopwatch,
    wrong: Mutex<HashMap<IpAddr, (u32, Duration)>>,
}

/// The most wrong tokens from one network within [`WRONG_TOKEN_WINDOW`]. Chosen by hand.
const MAX_WRONG_TOKENS: u32 = 10;

/// The period over which wrong tokens are counted. Chosen by hand.
const WRONG_TOKEN_WINDOW: Duration = Duration::from_secs(60);

/// The most networks that are tracked; beyond it all counts restart. Chosen by hand: about 1 MB.
const MAX_NETWORKS: usize = 10_000;

const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// How long a request waits for a free slot before it is rejected. Chosen by hand.
const SLOT_TIMEOUT: Duration = Duration::from_secs(5);

/// Passes permitted requests on, and adds the security headers to every response.
pub(crate) async fn guard(
    State(shared): State<Shared>,
    Extension(ClientPeer { ip, seat }): Extension<ClientPeer>,
    request: Request,
    next: Next,
) -> Response {
    let turn = match admit(&shared, ip, request.uri(), request.headers()) {
        Ok(()) => turn(&shared, request.uri()).await,
        Err(problem) => Err(problem),
    };
    // Only now: a request that waits for a slot must not keep a seat that health needs.
    let answering = seat.answering();
    let mut response = match turn {
        Ok(_turn) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response.map(|body| connections::busy_until_sent(body, answering))
}

/// Waits for a request slot; health never waits.
async fn turn(shared: &Shared, uri: &Uri) -> Result<Option<OwnedSemaphorePermit>, HttpProblem> {
    if is_health(uri) {
        return Ok(None);
    }
    let turn = tokio::time::timeout(SLOT_TIMEOUT, Arc::clone(&shared.requests).acquire_owned()).await;
    let busy = || HttpProblem::new(StatusCode::SERVICE_UNAVAILABLE, "too many concurrent requests").after(5);
    turn.ok().and_then(Result::ok).map(Some).ok_or_else(busy)
}

fn is_health(uri: &Uri) -> bool {
    matches!(uri.path(), "/healthz" | "/readyz")
}

fn admit(shared: &Shared, peer: IpAddr, uri: &Uri, headers: &HeaderMap) -> Result<(), HttpProblem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY as u64) {
        return Err(HttpProblem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("a request body must not exceed {BODY} bytes"),
        ));
    }
    let config = shared.context.config.load();
    check_host(headers, config.http.public_url.as_ref())?;
    if is_health(uri) {
        return Ok(());
    }
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return Err(HttpProblem::new(StatusCode::FORBIDDEN, "requests from another site are forbidden"));
    }
    match &config.http.token {
        Some(token) => check_token(&shared.tries, peer, headers, token),
        None if shared.listen.ip().is_loopback() => Ok(()),
        None => {
            Err(HttpProblem::new(StatusCode::FORBIDDEN, "http.token must be set where http.listen is not loopback"))
        }
    }
}

/// Rejects a request that does not name a host of this server.
pub(super) fn check_host(headers: &HeaderMap, public: Option<&Url>) -> Result<(), HttpProblem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(HttpProblem::new(StatusCode::BAD_REQUEST, "a request must have exactly one Host header"));
    };
    let host = host.to_str().unwrap_or_default();
    if is_ours(host, public) {
        return Ok(());
    }
    let detail = "unknown host name; set http.public_url to the public address of this server";
    Err(HttpProblem::new(StatusCode::MISDIRECTED_REQUEST, detail))
}

fn is_ours(host: &str, public: Option<&Url>) -> bool {
    // The URL parser handles brackets, ports and every notation of an address.
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
    if !url.username().is_empty() || url.password().is_some() || url.path() != "/" || url.query().is_some() {
        return false;
    }
    match url.host() {
        Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => true,
        Some(url::Host::Domain("localhost")) => true,
        Some(url::Host::Domain(name)) => public.and_then(Url::host_str) == Some(name),
        None => false,
    }
}

/// Checks the token before the rate limit: behind a reverse proxy all clients share one address, and a guesser must not
/// lock out a client with the right token.
fn check_token(
    tries: &FailedTokens,
    peer: IpAddr,
    headers: &HeaderMap,
    token: &SecretString,
) -> Result<(), HttpProblem> {
    let given = headers.get(header::AUTHORIZATION);
    if given.is_some_and(|given| is_bearer_of(given.as_bytes(), token)) {
        return Ok(());
    }
    let wait = tries.wait(peer);
    if !wait.is_zero() {
        let detail = "too many wrong tokens from this address; try again later";
        return Err(HttpProblem::new(StatusCode::TOO_MANY_REQUESTS, detail).after(wait.as_secs().max(1)));
    }
    if given.is_none() {
        return Err(HttpProblem::new(
            StatusCode::UNAUTHORIZED,
            "missing token; send the header `Authorization: Bearer …`",
        ));
    }
    tries.wrong(peer);
    tracing::warn!(client.address = %peer, "rejected a request with a wrong token");
    Err(HttpProblem::new(StatusCode::UNAUTHORIZED, "the token is wrong"))
}

/// Compares digests, so that the time does not depend on the token.
fn is_bearer_of(given: &[u8], token: &SecretString) -> bool {
    let Some((scheme, given)) = given.split_at_checked(7) else { return false };
    scheme.eq_ignore_ascii_case(b"bearer ")
        && !token.expose_secret().is_empty()
        && blake3::hash(given.trim_ascii()) == blake3::hash(token.expose_secret().as_bytes())
}

impl FailedTokens {
    /// A counter without wrong tokens.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self { watch: clock.stopwatch(), wrong: Mutex::default() }
    }

    fn wait(&self, peer: IpAddr) -> Duration {
        self.wait_at(client_network(peer), self.watch.elapsed())
    }

    fn wrong(&self, peer: IpAddr) {
        self.wrong_at(client_network(peer), self.watch.elapsed());
    }

    fn wait_at(&self, network: IpAddr, now: Duration) -> Duration {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        match wrong.get(&network) {
            Some((count, since)) if *count >= MAX_WRONG_TOKENS => (*since + WRONG_TOKEN_WINDOW).saturating_sub(now),
            _ => Duration::ZERO,
        }
    }

    fn wrong_at(&self, network: IpAddr, now: Duration) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= MAX_NETWORKS {
            wrong.retain(|_, (_, since)| *since + WRONG_TOKEN_WINDOW > now);
        }
        if wrong.len() >= MAX_NETWORKS {
            wrong.clear();
        }
        let entry = wrong.entry(network).or_insert((0, now));
        if entry.1 + WRONG_TOKEN_WINDOW <= now {
            *entry = (0, now);
        }
        entry.0 += 1;
    }
}

/// The network of a client: an IPv4 address, or a /64 of IPv6, which usually belongs to one customer.
pub(crate) fn client_network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rebound_host_name_is_rejected() {
        let public = Url::parse("https://marsad.example.org").unwrap();
        for ours in ["localhost:8480", "127.0.0.1", "[::1]:8480", "marsad.example.org", "MARSAD.example.org:443"] {
            assert!(is_ours(ours, Some(&public)), "{ours}");
        }
        for foreign in
            ["evil.example.net", "localhost.evil.net", "marsad.example.org.evil.net", "", "a@127.0.0.1", "x/y"]
        {
            assert!(!is_ours(foreign, Some(&public)), "{foreign}");
        }
    }

    #[test]
    fn only_the_complete_token_is_accepted() {
        let token = SecretString::from("s3cret");
        assert!(is_bearer_of(b"Bearer s3cret", &token));
        assert!(is_bearer_of(b"bearer  s3cret ", &token));
        for wrong in [&b"Bearer s3cre"[..], b"Bearer s3cret2", b"Basic s3cret", b"Bearer", b"", b"Bearer "] {
            assert!(!is_bearer_of(wrong, &token));
        }
        assert!(!is_bearer_of(b"Bearer ", &SecretString::from("")));
    }

    #[test]
    fn ten_wrong_tokens_limit_an_address_for_a_minute() {
        let tries = FailedTokens::new(&Clock::system());
        let (guesser, other) = ("192.0.2.7".parse().unwrap(), "192.0.2.8".parse().unwrap());
        for second in 0..10 {
            assert_eq!(tries.wait_at(guesser, Duration::from_secs(second)), Duration::ZERO);
            tries.wrong_at(guesser, Duration::from_secs(second));
        }
        assert_eq!(tries.wait_at(guesser, Duration::from_secs(20)), Duration::from_secs(40));
        assert_eq!(tries.wait_at(other, Duration::from_secs(20)), Duration::ZERO);
        assert_eq!(tries.wait_at(guesser, Duration::from_secs(61)), Duration::ZERO);
    }

    #[test]
    fn all_addresses_of_one_ipv6_network_count_together() {
        let first = client_network("2001:db8:1:2::1".parse().unwrap());
        assert_eq!(first, client_network("2001:db8:1:2:ffff::9".parse().unwrap()));
        assert_ne!(first, client_network("2001:db8:1:3::1".parse().unwrap()));
    }
}
