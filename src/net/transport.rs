//! Builds the transports below the client: the connections behind each fence, created on first use.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use super::error::NetError;
use super::fence::{Fence, NameSource, Resolver, literal};
use super::request::{Method, Request, host_of};
use super::request_pool::RequestPool;
use super::settings::ClientSettings;
use super::tls;
use crate::network;

/// Everything needed to open connections, and the transports created so far.
#[derive(Debug)]
pub(super) struct Transports {
    settings: ClientSettings,
    names: NameSource,
    tls: ClientConfig,
    /// True if no certificate authority is installed on this machine.
    pub(super) rootless: bool,
    built: Mutex<HashMap<TransportKey, reqwest::Client>>,
    /// The permit for the idle connection of a client that posts; `None` if there was no room.
    kept: OnceLock<Option<OwnedSemaphorePermit>>,
    /// True after a connection ended before its answer began: from then on each request opens a new one.
    broke: AtomicBool,
}

/// Identifies a transport. One with allowed networks is also identified by its host, because the networks apply to that
/// host only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct TransportKey {
    fence: Fence,
    host: Option<String>,
    proxied: bool,
    kept: bool,
}

/// The most headers of an answer; more is an attack. Chosen by hand: real sites send fewer than 60.
const MAX_HEADERS: usize = 128;

/// The most transports. Chosen by hand: a reload can change the networks of sources any number of times.
const MAX_TRANSPORTS: usize = 64;

/// How long to keep a receiver's connection: less than the 5 s after which Apache and Node close theirs by default.
const KEPT_FOR: Duration = Duration::from_secs(4);

impl Transports {
    pub(super) fn new(settings: &ClientSettings, names: &NameSource) -> Result<Self, NetError> {
        let roots = roots();
        let transports = Self {
            settings: settings.clone(),
            names: names.clone(),
            rootless: roots.is_empty(),
            tls: client_tls(roots)?,
            built: Mutex::default(),
            kept: OnceLock::new(),
            broke: AtomicBool::new(false),
        };
        // Report unusable settings here, not at the first request.
        transports.build(&TransportKey {
            fence: Fence::Public,
            host: None,
            proxied: settings.proxy.is_some(),
            kept: false,
        })?;
        Ok(transports)
    }

    /// The transport for one hop of `request`, behind `fence`.
    pub(super) fn behind(&self, fence: &Fence, url: &Url, request: &Request) -> Result<reqwest::Client, NetError> {
        let listed = matches!(fence, Fence::Listed(_));
        // No proxy can reach addresses in the operator's own network.
        let inside = *fence == Fence::Trusted && literal(url).is_some_and(network::is_special);
        let key = TransportKey {
            fence: fence.clone(),
            host: listed.then(|| host_of(url)),
            proxied: self.settings.proxy.is_some() && !listed && !inside,
            kept: self.keeps(request)?,
        };
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(transport) = built.get(&key) {
            return Ok(transport.clone());
        }
        if built.len() >= MAX_TRANSPORTS {
            built.clear();
        }
        let transport = self.build(&key)?;
        built.insert(key, transport.clone());
        Ok(transport)
    }

    /// Records that a connection ended before its answer began. A receiver that closes its connections unannounced
    /// would otherwise lose every second delivery on a kept one.
    pub(super) fn broke(&self) {
        self.broke.store(true, Ordering::Relaxed);
    }

    /// True if the connection is kept for the next request. Only a receiver's is, because it gets many requests a
    /// minute. A source has closed its connection by the next visit, and connections to hosts from content must not add
    /// up.
    fn keeps(&self, request: &Request) -> Result<bool, NetError> {
        if request.method == Method::Get || self.broke.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let pool = RequestPool::of(request.method)?;
        Ok(self.kept.get_or_init(|| pool.keep()).is_some())
    }

    fn build(&self, key: &TransportKey) -> Result<reqwest::Client, NetError> {
        let unusable = |error: reqwest::Error| NetError::Setup(error.without_url().to_string());
        let settings = &self.settings;
        let proxy = settings.proxy.as_ref().filter(|_| key.proxied);
        let proxy_host = proxy.and_then(Url::host_str).map(str::to_owned);
        let resolver = Resolver { names: self.names.clone(), fence: key.fence.clone(), proxy: proxy_host };
        let mut builder = reqwest::Client::builder()
            .user_agent(&settings.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(usize::from(key.kept))
            .pool_idle_timeout(KEPT_FOR)
            // HTTP/2 brings nothing to one request per connection, and its frames are one more way to flood.
            .http1_only()
            .http1_max_headers(MAX_HEADERS)
            // A malformed header line does not invalidate the answer, as in browsers.
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .dns_resolver(resolver)
            .tls_backend_preconfigured(self.tls.clone())
            .no_proxy();
        if let Some(proxy) = proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy.clone()).map_err(unusable)?);
        }
        builder.build().map_err(unusable)
    }
}

/// The certificate authorities of this machine, which mail trusts as well. One that cannot be read is skipped: the
/// others remain valid.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// One TLS configuration for all transports, so that the authorities are read once.
fn client_tls(roots: RootCertStore) -> Result<ClientConfig, NetError> {
    // An error means that a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut tls = tls::client_config(roots).map_err(|error| NetError::Setup(error.to_string()))?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}
