//! Sends requests through the fence.

use std::sync::Arc;

use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use url::Url;

use super::answer::{Headers, Response};
use super::body::{self, MinimumRate, TimeBudget};
use super::content_coding;
use super::cookie::CookieJar;
use super::error::NetError;
use super::fence::{Fence, FenceRefusal, NameSource};
use super::request::{LimitAction, Method, Request, host_of};
use super::request_pool::{OwnConnection, RequestPool};
use super::settings::ClientSettings;
use super::transport::Transports;
use crate::address;
use crate::address::site::is_same_server;

/// The one HTTP client.
#[derive(Clone, Debug)]
pub struct Client(Arc<Exchange>);

/// What one exchange with a server needs.
#[derive(Debug)]
struct Exchange {
    transports: Transports,
    pace: MinimumRate,
    own: OwnConnection,
}

impl Client {
    /// Builds the client, and installs the TLS provider of the process unless one is installed.
    ///
    /// # Errors
    /// [`NetError::Setup`] if the proxy or the user agent is unusable.
    pub fn new(settings: &ClientSettings) -> Result<Self, NetError> {
        Self::with(settings, &NameSource::System, MinimumRate::default())
    }

    pub(super) fn with(settings: &ClientSettings, names: &NameSource, pace: MinimumRate) -> Result<Self, NetError> {
        RequestPool::prepare();
        let transports = Transports::new(settings, names)?;
        Ok(Self(Arc::new(Exchange { transports, pace, own: OwnConnection::default() })))
    }

    /// Sends `request` and reads the answer, whatever its status. The deadline starts when a connection is free.
    ///
    /// # Errors
    /// Any failure that prevents an answer: see [`NetError`].
    pub(crate) async fn send(&self, request: Request) -> Result<Response, NetError> {
        let exchange = Arc::clone(&self.0);
        let (deadline, method, host) = (request.deadline, request.method, host_of(&request.url));
        let exchanging = async move { exchange.run(&request).await };
        RequestPool::of(method)?.run(deadline, host, &self.0.own, exchanging).await
    }
}

impl Exchange {
    async fn run(&self, request: &Request) -> Result<Response, NetError> {
        let budget = TimeBudget::new(request.deadline);
        let mut url = request.url.clone();
        let mut jar = CookieJar::default();
        let mut hops = 0;
        loop {
            let response = self.hop(request, &url, &jar, &budget).await?;
            let limit = request.redirects();
            match target(&response, &url) {
                Some(next) if limit > 0 => {
                    let host = host_of(&url);
                    jar.take(&url, response.headers());
                    if hops == limit {
                        return Err(NetError::Redirects { host, limit, cookies: !jar.is_empty() });
                    }
                    hops += 1;
                    url = next.map_err(|why| NetError::Refused { host, why })?;
                }
                _ => return self.answer(response, url, request, &budget).await,
            }
        }
    }

    /// Sends one request to one address, up to the headers of the answer.
    async fn hop(
        &self,
        request: &Request,
        url: &Url,
        jar: &CookieJar,
        budget: &TimeBudget,
    ) -> Result<reqwest::Response, NetError> {
        let host = host_of(url);
        let on_site = is_same_server(&request.url, url);
        let fence = if on_site { &request.fence } else { &Fence::Public };
        let here = |error: NetError| if on_site { error } else { error.elsewhere() };
        let refused = |why| here(NetError::Refused { host: host.clone(), why });
        fence.check(url).map_err(refused)?;
        let headers = headers(request, on_site, jar.header(url)).map_err(refused)?;
        let transport = self.transports.behind(fence, url, request)?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut sent = transport.request(method, url.clone()).headers(headers);
        if let Some(body) = &request.body {
            sent = sent.body(body.clone());
        }
        match tokio::time::timeout(budget.left(), sent.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(here(self.explained(NetError::from_transport(&host, &error, budget.spent())))),
            Err(_) => Err(budget.timeout(&host, "no answer")),
        }
    }

    async fn answer(
        &self,
        response: reqwest::Response,
        url: Url,
        request: &Request,
        budget: &TimeBudget,
    ) -> Result<Response, NetError> {
        let status = response.status().as_u16();
        let headers = Headers::from(response.headers());
        let body = body::read(response, request, budget, &self.pace).await?;
        let (end, truncated, broken, room) = (body.end, body.truncated, body.broken, body.room);
        let (body, took) = (body.bytes.into(), budget.spent());
        Ok(Response { status, headers, url, body, end, truncated, broken, room, took })
    }

    /// Records what a failure shows, and explains it if this machine has no certificate authorities.
    fn explained(&self, error: NetError) -> NetError {
        match error {
            NetError::Tls { host, .. } if self.transports.rootless => NetError::Tls {
                host,
                why: "no certificate authorities are installed on this machine; install ca-certificates".to_owned(),
            },
            NetError::Protocol { .. } => {
                self.transports.broke();
                error
            }
            other => other,
        }
    }
}

/// The headers for one hop. Those of the configured site go to no other site.
fn headers(request: &Request, on_site: bool, cookies: Option<String>) -> Result<HeaderMap, FenceRefusal> {
    let mut map = HeaderMap::new();
    if request.take != LimitAction::Start {
        map.insert(reqwest::header::ACCEPT_ENCODING, HeaderValue::from_static(content_coding::ACCEPTED));
    }
    for (name, value) in &request.headers {
        map.insert(header_name(name)?, header_value(name, value)?);
    }
    for (name, value) in request.secrets.iter().filter(|_| on_site) {
        let mut secret = header_value(name, value.expose_secret())?;
        secret.set_sensitive(true);
        map.insert(header_name(name)?, secret);
    }
    if let Some(cookies) = cookies {
        let configured = map.get(COOKIE).and_then(|value| value.to_str().ok());
        let all = configured.map_or_else(|| cookies.clone(), |own| format!("{own}; {cookies}"));
        let mut value = header_value("cookie", &all)?;
        value.set_sensitive(true);
        map.insert(COOKIE, value);
    }
    Ok(map)
}

/// Rejects headers for message framing and addressing: only the client sets them.
fn header_name(name: &str) -> Result<HeaderName, FenceRefusal> {
    let refused = || FenceRefusal::Header(name.to_owned());
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
    match parsed.as_str() {
        "host" | "content-length" | "transfer-encoding" | "connection" | "upgrade" | "te" | "trailer" => Err(refused()),
        _ => Ok(parsed),
    }
}

/// True if a request can carry this value in a header.
///
/// ```
/// assert!(marsad::net::is_header_value("W/\"1\""));
/// assert!(!marsad::net::is_header_value("a\r\nb"));
/// ```
#[must_use]
pub fn is_header_value(value: &str) -> bool {
    HeaderValue::from_bytes(value.as_bytes()).is_ok()
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, FenceRefusal> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| FenceRefusal::Header(name.to_owned()))
}

/// The redirect target of an answer, if it redirects.
fn target(response: &reqwest::Response, from: &Url) -> Option<Result<Url, FenceRefusal>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = location(response.headers().get(reqwest::header::LOCATION)?.as_bytes());
    Some(match from.join(address::stripped(&location)) {
        Err(_) => Err(FenceRefusal::Location),
        Ok(next) if from.scheme() == "https" && next.scheme() == "http" => Err(FenceRefusal::Downgrade),
        Ok(next) => Ok(next),
    })
}

/// A `Location` as text. Servers write raw UTF-8 here; bytes that are not UTF-8 are percent-encoded unchanged.
fn location(bytes: &[u8]) -> String {
    let encoded = |byte: &u8| match byte {
        0x80.. => format!("%{byte:02X}"),
        ascii => char::from(*ascii).to_string(),
    };
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(encoded).collect(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_named_where_it_is_not_the_scheme_s_own() {
        for (url, named) in [("http://a.org:80/x", "a.org"), ("https://a.org:8443/x", "a.org:8443")] {
            assert_eq!(host_of(&Url::parse(url).unwrap()), named);
        }
    }

    #[test]
    fn secret_headers_go_no_further_than_the_configured_site() {
        let mut request = Request::get(Url::parse("https://a.org/feed").unwrap()).header("Accept", "text/html");
        request.secrets.push(("X-Key".to_owned(), "s3cret".to_owned().into()));
        assert!(headers(&request, true, None).unwrap()["x-key"].is_sensitive());
        let elsewhere = headers(&request, false, None).unwrap();
        assert!(elsewhere.contains_key("accept") && !elsewhere.contains_key("x-key"));
        for (next, same) in [
            ("https://a.org/other", true),
            ("https://a.org:8443/", false),
            ("https://www.a.org/", false),
            ("http://a.org/", false),
        ] {
            assert_eq!(is_same_server(&request.url, &Url::parse(next).unwrap()), same, "{next}");
        }
        assert!(is_same_server(&Url::parse("http://a.org/").unwrap(), &request.url));
    }

    #[test]
    fn cookies_join_those_that_are_configured() {
        let mut request = Request::get(Url::parse("https://a.org/feed").unwrap());
        request.secrets.push(("Cookie".to_owned(), "consent=1".to_owned().into()));
        let sent = |on_site| headers(&request, on_site, Some("tok=2".to_owned())).unwrap()["cookie"].clone();
        assert_eq!((sent(true), sent(false)), ("consent=1; tok=2".parse().unwrap(), "tok=2".parse().unwrap()));
    }
}
