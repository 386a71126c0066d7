//! Decides which hosts a request may reach. Content of a site must not make marsad call private addresses.
//!
//! Every request passes two checks on every hop. The address is checked as written, because a literal IP is never
//! resolved. A name is resolved once, and only the admitted addresses reach the connector: no second look-up can answer
//! differently.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::network;

/// Which hosts a request may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fence {
    /// Public hosts only: for every address from the content of a site.
    #[default]
    Public,
    /// Public hosts; the request's own site may also be in these networks: for a configured source. A redirect to
    /// another site is behind [`Fence::Public`] again.
    Listed(Vec<IpNet>),
    /// Any address: for the receiver that the operator configured. Redirects are never followed.
    Trusted,
}

/// Why the fence refuses a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FenceRefusal {
    /// The scheme is neither http nor https.
    #[error("the scheme {0:?} is not http or https")]
    Scheme(String),
    /// From https to http: anybody on the way could change what follows.
    #[error("it redirects from https to http")]
    Downgrade,
    /// A user name or password in the address.
    #[error("the address contains a user name or password; use headers")]
    Credentials,
    /// A port of another service, which would read the request as its own commands.
    #[error("port {0} belongs to another service")]
    Port(u16),
    /// An address that is not public.
    #[error("{0} is not a public address; to allow it, list its network in the source's allow_networks")]
    Special(IpAddr),
    /// A redirect to an address that is not public, on another server than the configured one.
    #[error(
        "{0} is not a public address, and a site must not lead to one: allow_networks holds for the configured server only; \
         to watch the target itself, configure its address"
    )]
    Elsewhere(IpAddr),
    /// A redirect to an invalid address.
    #[error("it redirects to an invalid address")]
    Location,
    /// A request header that cannot be sent.
    #[error("the header {0:?} cannot be sent")]
    Header(String),
}

/// A look-up of a name that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unresolved(pub(super) String);

impl Fence {
    /// The fence of a source that may be in these networks.
    #[must_use]
    pub fn listed(networks: &[IpNet]) -> Self {
        if networks.is_empty() { Self::Public } else { Self::Listed(networks.to_vec()) }
    }

    /// True if a server at `address` may be reached.
    #[must_use]
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        match self {
            Self::Public => !network::is_special(address),
            Self::Listed(networks) => network::is_allowed(address, networks),
            Self::Trusted => true,
        }
    }

    /// Checks an address as written.
    ///
    /// ```
    /// use marsad::net::Fence;
    ///
    /// let url = |text: &str| url::Url::parse(text).unwrap();
    /// assert!(Fence::Public.check(&url("https://example.org/feed")).is_ok());
    /// assert!(Fence::Public.check(&url("http://127.0.0.1/feed")).is_err());
    /// ```
    ///
    /// # Errors
    /// Why the fence refuses it. Names pass here and are checked when they are resolved.
    pub fn check(&self, url: &Url) -> Result<(), FenceRefusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FenceRefusal::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FenceRefusal::Credentials);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if network::is_refused_port(port) {
            return Err(FenceRefusal::Port(port));
        }
        match literal(url) {
            Some(address) if !self.admits(address) => Err(FenceRefusal::Special(address)),
            _ => Ok(()),
        }
    }
}

/// The IP address in the place of a host name. `localhost` is one, whatever a resolver answers (RFC 6761).
pub(super) fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            (name == "localhost" || name.ends_with(".localhost")).then_some(Ipv4Addr::LOCALHOST.into())
        }
    }
}

/// The source of addresses for names.
#[derive(Clone, Debug)]
pub(super) enum NameSource {
    /// The system (`/etc/hosts`, nsswitch, DNS).
    System,
    /// A table: each look-up of a name takes its next row; the last row stays.
    #[cfg(test)]
    Table(std::sync::Arc<std::sync::Mutex<std::collections::HashMap<String, Vec<Vec<IpAddr>>>>>),
}

/// Resolves names to the addresses that a fence admits.
pub(super) struct Resolver {
    pub(super) names: NameSource,
    pub(super) fence: Fence,
    /// The host of the configured proxy, which may be anywhere.
    pub(super) proxy: Option<String>,
}

impl NameSource {
    async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Unresolved> {
        match self {
            Self::System => match tokio::net::lookup_host((name, 0)).await {
                Ok(found) => Ok(found.map(|socket| socket.ip()).collect()),
                Err(error) => Err(Unresolved(error.to_string())),
            },
            #[cfg(test)]
            Self::Table(rows) => {
                let mut rows = rows.lock().unwrap();
                let row = rows.get_mut(name).ok_or_else(|| Unresolved("no such name".to_owned()))?;
                Ok(if row.len() > 1 { row.remove(0) } else { row[0].clone() })
            }
        }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, name) = (self.names.clone(), name.as_str().to_owned());
        let fence = if self.proxy.as_ref() == Some(&name) { Fence::Trusted } else { self.fence.clone() };
        Box::pin(async move {
            let found = names.look_up(&name).await?;
            let admitted: Vec<SocketAddr> =
                found.iter().filter(|a| fence.admits(**a)).map(|a| SocketAddr::new(*a, 0)).collect();
            match (admitted.is_empty(), found.first()) {
                (false, _) => Ok(Box::new(admitted.into_iter()) as Addrs),
                (true, Some(address)) => Err(FenceRefusal::Special(*address).into()),
                (true, None) => Err(Unresolved("it has no address".to_owned()).into()),
            }
        })
    }
}
