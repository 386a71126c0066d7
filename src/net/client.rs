//! Sends requests through the fence.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret;
use url::Url;

use super::answer::{Answer, Headers};
use super::body::{self, Budget, Pace};
use super::coding;
use super::error::NetError;
use super::fence::{Fence, Names, Refusal, Resolver, literal, same_site};
use super::request::{Method, Request, Take};
use crate::network;

/// How marsad presents itself and reaches the world.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What marsad calls itself.
    pub user_agent: String,
    /// An explicit proxy; the environment's is never used. It resolves names itself, so that behind it only
    /// addresses that are written as such are checked: the proxy's own rules must do the rest.
    pub proxy: Option<Url>,
    /// The longest time that a connection may take.
    pub connect_timeout: Duration,
}

/// The one HTTP client.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    names: Names,
    pace: Pace,
    tls: ClientConfig,
    /// No certificate authority is installed on this machine.
    rootless: bool,
    public: reqwest::Client,
    trusted: reqwest::Client,
    /// The trusted one without the proxy, for addresses that no proxy knows.
    direct: reqwest::Client,
    listed: Mutex<HashMap<(String, Vec<IpNet>), reqwest::Client>>,
}

/// More headers than this are no answer but an attack; real sites send fewer than 60.
const MAX_HEADERS: usize = 128;

/// The most clients that are kept for sources with `allow_networks`; a reload can change their networks for ever.
const MAX_LISTED: usize = 64;

impl Settings {
    /// Settings with a connection time of 5 seconds and no proxy.
    #[must_use]
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self { user_agent: user_agent.into(), proxy: None, connect_timeout: Duration::from_secs(5) }
    }
}

impl Client {
    /// Builds the client, and installs the process's TLS provider where that has not happened yet.
    ///
    /// # Errors
    /// [`NetError::Setup`] where the proxy or the user agent is unusable.
    pub fn new(settings: &Settings) -> Result<Self, NetError> {
        Self::with(settings, &Names::System, Pace::default())
    }

    pub(super) fn with(settings: &Settings, names: &Names, pace: Pace) -> Result<Self, NetError> {
        let roots = roots();
        let rootless = roots.is_empty();
        let tls = tls(roots)?;
        let made = |fence: &Fence, proxy| build(settings, names, fence, proxy, tls.clone());
        let proxy = settings.proxy.as_ref();
        Ok(Self {
            public: made(&Fence::Public, proxy)?,
            trusted: made(&Fence::Trusted, proxy)?,
            direct: made(&Fence::Trusted, None)?,
            settings: settings.clone(),
            listed: Mutex::default(),
            tls: tls.clone(),
            names: names.clone(),
            pace,
            rootless,
        })
    }

    /// Sends `request` and reads the answer, whatever its status.
    ///
    /// # Errors
    /// Everything that keeps an answer from coming: see [`NetError`].
    pub async fn send(&self, request: Request) -> Result<Answer, NetError> {
        let budget = Budget::new(request.deadline);
        let mut url = request.url.clone();
        let mut hops = 0;
        loop {
            let response = self.hop(&request, &url, &budget).await?;
            let limit = request.redirects();
            match target(&response, &url) {
                Some(next) if limit > 0 => {
                    let host = host_of(&url);
                    if hops == limit {
                        return Err(NetError::Redirects { host, limit });
                    }
                    hops += 1;
                    url = next.map_err(|why| NetError::Refused { host, why })?;
                }
                _ => return self.answer(response, url, &request, &budget).await,
            }
        }
    }

    /// One request to one address, up to the answer's headers.
    async fn hop(&self, request: &Request, url: &Url, budget: &Budget) -> Result<reqwest::Response, NetError> {
        let host = host_of(url);
        let at_home = same_site(&request.url, url);
        let fence = if at_home { &request.fence } else { &Fence::Public };
        let refused = |why| NetError::Refused { host: host.clone(), why };
        fence.check(url).map_err(refused)?;
        let headers = headers(request, at_home).map_err(refused)?;
        let client = self.behind(fence, url)?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut sent = client.request(method, url.clone()).headers(headers);
        if let Some(body) = &request.body {
            sent = sent.body(body.clone());
        }
        match tokio::time::timeout(budget.left(), sent.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.explained(NetError::from_transport(&host, &error, budget.spent()))),
            Err(_) => Err(budget.timeout(&host, "no answer")),
        }
    }

    async fn answer(
        &self,
        response: reqwest::Response,
        url: Url,
        request: &Request,
        budget: &Budget,
    ) -> Result<Answer, NetError> {
        let status = response.status().as_u16();
        let headers = Headers::from(response.headers());
        let (body, truncated) = body::read(response, request, budget, &self.pace).await?;
        Ok(Answer { status, headers, url, body: body.into(), truncated, took: budget.spent() })
    }

    /// The client behind `fence`. Each has its own connections; one with networks also for each host, because the
    /// networks hold for that host alone.
    fn behind(&self, fence: &Fence, url: &Url) -> Result<reqwest::Client, NetError> {
        let Fence::Listed(networks) = fence else {
            return Ok(match (fence, literal(url)) {
                (Fence::Trusted, Some(address)) if network::is_special(address) => self.direct.clone(),
                (Fence::Trusted, _) => self.trusted.clone(),
                _ => self.public.clone(),
            });
        };
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (host_of(url), networks.clone());
        if let Some(client) = listed.get(&key) {
            return Ok(client.clone());
        }
        if listed.len() >= MAX_LISTED {
            listed.clear();
        }
        let client = build(&self.settings, &self.names, fence, None, self.tls.clone())?;
        listed.insert(key, client.clone());
        Ok(client)
    }

    /// Says so where nobody's certificate could be believed.
    fn explained(&self, error: NetError) -> NetError {
        match error {
            NetError::Tls { host, .. } if self.rootless => NetError::Tls {
                host,
                why: "no certificate authorities are installed on this machine; install ca-certificates".to_owned(),
            },
            other => other,
        }
    }
}

fn build(
    settings: &Settings,
    names: &Names,
    fence: &Fence,
    proxy: Option<&Url>,
    tls: ClientConfig,
) -> Result<reqwest::Client, NetError> {
    let unusable = |error: reqwest::Error| NetError::Setup(error.without_url().to_string());
    let proxy_host = proxy.and_then(Url::host_str).map(str::to_owned);
    let resolver = Resolver { names: names.clone(), fence: fence.clone(), proxy: proxy_host };
    let mut builder = reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(60))
        .http1_max_headers(MAX_HEADERS)
        .http2_max_header_list_size(64 * 1024)
        .dns_resolver(resolver)
        .tls_backend_preconfigured(tls)
        .no_proxy();
    if let Some(proxy) = proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy.clone()).map_err(unusable)?);
    }
    builder.build().map_err(unusable)
}

/// The certificate authorities of this machine, which mail and store trust as well. One that cannot be read is left
/// out: the others still hold.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// One configuration for all clients, so that the authorities are read once.
fn tls(roots: RootCertStore) -> Result<ClientConfig, NetError> {
    // An error means that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| NetError::Setup(error.to_string()))?;
    let mut tls = builder.with_root_certificates(roots).with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// The headers for one hop: what belongs to the configured site goes nowhere else.
fn headers(request: &Request, at_home: bool) -> Result<HeaderMap, Refusal> {
    let mut map = HeaderMap::new();
    if request.take == Take::Whole {
        map.insert(reqwest::header::ACCEPT_ENCODING, HeaderValue::from_static(coding::ACCEPTED));
    }
    for (name, value) in &request.headers {
        map.insert(header_name(name)?, header_value(name, value)?);
    }
    for (name, value) in request.secrets.iter().filter(|_| at_home) {
        let mut secret = header_value(name, value.expose_secret())?;
        secret.set_sensitive(true);
        map.insert(header_name(name)?, secret);
    }
    Ok(map)
}

/// Headers that say how a message is framed or who is spoken to are the client's alone.
fn header_name(name: &str) -> Result<HeaderName, Refusal> {
    let refused = || Refusal::Header(name.to_owned());
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
    match parsed.as_str() {
        "host" | "content-length" | "transfer-encoding" | "connection" | "upgrade" | "te" | "trailer" => Err(refused()),
        _ => Ok(parsed),
    }
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| Refusal::Header(name.to_owned()))
}

/// Where an answer redirects to, if it does.
fn target(response: &reqwest::Response, from: &Url) -> Option<Result<Url, Refusal>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    // Servers write raw UTF-8 here.
    let location = String::from_utf8_lossy(response.headers().get(reqwest::header::LOCATION)?.as_bytes()).into_owned();
    Some(match from.join(location.trim()) {
        Err(_) => Err(Refusal::Location),
        Ok(next) if from.scheme() == "https" && next.scheme() == "http" => Err(Refusal::Downgrade),
        Ok(next) => Ok(next),
    })
}

/// The host, with its port where that is not the scheme's own.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or(url.scheme());
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
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
        assert!(headers(&request, true).unwrap()["x-key"].is_sensitive());
        let abroad = headers(&request, false).unwrap();
        assert!(abroad.contains_key("accept") && !abroad.contains_key("x-key"));
        for (next, same) in [
            ("https://a.org/other", true),
            ("https://a.org:8443/", false),
            ("https://www.a.org/", false),
            ("http://a.org/", false),
        ] {
            assert_eq!(same_site(&request.url, &Url::parse(next).unwrap()), same, "{next}");
        }
        assert!(same_site(&Url::parse("http://a.org/").unwrap(), &request.url));
    }
}
