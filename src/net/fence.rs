//! Which hosts may be spoken to: what a site serves must not make marsad knock at a door inside the house.
//!
//! Two checks stand in every request's way, on every hop. The address is checked as it is written, since a literal IP
//! is never resolved. A name is resolved once, and only the addresses that pass are handed to the connector: there
//! is no second look-up that could answer differently.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::network;

/// Which hosts a request may speak to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fence {
    /// Public hosts only: for every address that a site served.
    #[default]
    Public,
    /// Public hosts, and the request's own site also in these networks: for a configured source. What the site
    /// redirects to stands behind [`Fence::Public`] again, unless it is the same site.
    Listed(Vec<IpNet>),
    /// Any address: for the receiver that the operator configured. Redirects are never followed.
    Trusted,
}

/// What the fence objects to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FenceRefusal {
    /// Neither http nor https.
    #[error("the scheme {0:?} is not http or https")]
    Scheme(String),
    /// From https to http: what follows could be anybody's.
    #[error("it is redirected from https to http")]
    Downgrade,
    /// A user name or password in the address.
    #[error("the address contains a user name or password; use headers")]
    Credentials,
    /// A port of another service, which would take the request for its own commands.
    #[error("port {0} belongs to another service")]
    Port(u16),
    /// Not a public server.
    #[error("{0} is not a public address; where that is meant, list its network in the source's allow_networks")]
    Special(IpAddr),
    /// A redirect to something that is not an address.
    #[error("it redirects to something that is not an address")]
    Location,
    /// A request header that cannot be sent.
    #[error("the header {0:?} cannot be sent")]
    Header(String),
}

/// A name without an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unresolved(pub(super) String);

impl Fence {
    /// The fence of a source that may stand in these networks.
    #[must_use]
    pub fn listed(networks: &[IpNet]) -> Self {
        if networks.is_empty() { Self::Public } else { Self::Listed(networks.to_vec()) }
    }

    /// True when a server at `address` may be spoken to.
    #[must_use]
    pub fn admits(&self, address: IpAddr) -> bool {
        match self {
            Self::Public => !network::is_special(address),
            Self::Listed(networks) => network::is_allowed(address, networks),
            Self::Trusted => true,
        }
    }

    /// Checks an address as it is written.
    ///
    /// # Errors
    /// What the fence objects to; names pass, and are judged when they are resolved.
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

/// The IP address that stands where a host name would. `localhost` is one, whatever a resolver says (RFC 6761).
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

/// True when `next` is the site of `first`: the same host and port, or the same host's step from http to https.
#[must_use]
pub fn same_site(first: &Url, next: &Url) -> bool {
    let ports = (first.port_or_known_default(), next.port_or_known_default());
    first.host() == next.host() && (ports.0 == ports.1 || ports == (Some(80), Some(443)))
}

/// Who knows the addresses of names.
#[derive(Clone, Debug)]
pub(super) enum NameSource {
    /// The system (`/etc/hosts`, nsswitch, DNS).
    System,
    /// A table: each look-up of a name takes its next row, and the last one stays.
    #[cfg(test)]
    Table(std::sync::Arc<std::sync::Mutex<std::collections::HashMap<String, Vec<Vec<IpAddr>>>>>),
}

/// Resolves names to the addresses that a fence admits.
pub(super) struct Resolver {
    pub(super) names: NameSource,
    pub(super) fence: Fence,
    /// The host of the configured proxy, which may stand anywhere.
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
