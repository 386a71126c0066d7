//! Reads the addresses of sources, receivers and relays.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;
use url::{Host, Url};

use super::report::{InvalidValue, wrong};
use super::scalars::short;
use super::secret::ReceiverLocation;
use crate::address::{Address, AddressError, stripped};
use crate::network::{is_allowed, is_refused_port};

/// The address of a source: on the web, and not private, unless a network is allowed for it.
pub(super) fn source(text: &str, allowed: &[IpNet]) -> Result<Address, InvalidValue> {
    let address = Address::parse(text).map_err(|error| {
        let missing = missing_scheme(text).filter(|_| !matches!(error, AddressError::Credentials));
        match (missing, error) {
            (Some(missing), _) => missing,
            (_, AddressError::Credentials) => {
                wrong(AddressError::Credentials.to_string(), "keep the password in a file and send it by `headers`")
            }
            // The text before the colon may be anything.
            (_, AddressError::Scheme(_)) => wrong("the scheme is not http or https", EXAMPLE),
            (_, error) => wrong(error.to_string(), EXAMPLE),
        }
    })?;
    refuse_port(address.url())?;
    let inside = literal(address.url()).filter(|ip| !is_allowed(*ip, allowed));
    if let Some(ip) = inside {
        let remedy = format!("to allow it, write allow_networks = [\"{}\"]", IpNet::from(ip));
        return Err(wrong(format!("{ip} is a private or special address"), remedy));
    }
    Ok(address)
}

/// Every network.
pub(super) fn everywhere() -> Vec<IpNet> {
    [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)]
        .into_iter()
        .filter_map(|address| IpNet::new(address, 0).ok())
        .collect()
}

/// An address for a remedy.
const EXAMPLE: &str = "give an absolute address such as \"https://example.org/feed\"";

/// The problem of a text that becomes an address by a scheme before it: it begins with a host, which may have a port.
/// Machines of the own network rarely have a certificate.
fn missing_scheme(text: &str) -> Option<InvalidValue> {
    let text = stripped(text);
    let address = Url::parse(&format!("https://{text}")).ok()?;
    let host = text.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let inside = literal(&address).is_some_and(|ip| !is_allowed(ip, &[]));
    let is_host = inside || host.contains('.') && !host.starts_with('.') && !host.ends_with('.');
    if text.contains("://") || text.contains(char::is_whitespace) || text.contains('@') || !is_host {
        return None;
    }
    let scheme = if inside { "http" } else { "https" };
    Some(wrong("the address has no scheme", format!("write {scheme}:// before it")))
}

/// An address that marsad calls for the operator: it may be in a private network.
pub(super) fn web(text: &str, schemes: &[&str]) -> Result<Url, InvalidValue> {
    let example = format!("give an absolute {} address", schemes.join(" or "));
    let missing = || missing_scheme(text).filter(|_| schemes.contains(&"https"));
    let url = Url::parse(stripped(text))
        .map_err(|error| missing().unwrap_or_else(|| wrong(format!("invalid address: {error}"), &*example)))?;
    if !schemes.contains(&url.scheme()) {
        if let Some(missing) = missing() {
            return Err(missing);
        }
        return Err(wrong(format!("the scheme is not {}", schemes.join(" or ")), example));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("the address has no host", example));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "the address contains a user name or password",
            "keep it in a file and send it by `headers`",
        ));
    }
    if url.fragment().is_some() {
        return Err(wrong("the address has a #fragment, which is never sent", "remove the fragment"));
    }
    if matches!(url.scheme(), "http" | "https") {
        refuse_port(&url)?;
    }
    Ok(url)
}

fn refuse_port(url: &Url) -> Result<(), InvalidValue> {
    match url.port_or_known_default() {
        Some(port) if is_refused_port(port) => Err(wrong(
            format!("port {port} belongs to a service other than a web server"),
            "give the port of a web server",
        )),
        _ => Ok(()),
    }
}

/// Where the host of a URL is.
pub(super) fn receiver(url: &Url) -> ReceiverLocation {
    if literal(url).is_some_and(|ip| ip.is_loopback()) { ReceiverLocation::Loopback } else { ReceiverLocation::Remote }
}

/// The address that a host has without a look-up: a literal, or `localhost`.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(ip).to_canonical()),
        Host::Domain(name) => {
            // The URL parser leaves the host of unknown schemes unparsed.
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let local = name == "localhost" || name.ends_with(".localhost");
            local.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)).or_else(|| name.parse().ok())
        }
    }
}

/// The address to listen on: `127.0.0.1:8480`, `[::1]:8480`, or none.
pub(super) fn listen(text: &str) -> Result<Option<SocketAddr>, InvalidValue> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    named.as_deref().unwrap_or(text).parse().map(Some).map_err(|_| {
        let remedy =
            "write \"127.0.0.1:8480\", \"[::1]:8480\", \"0.0.0.0:8480\" for all interfaces, or \"\" to turn it off";
        wrong(format!("invalid listen address {:?}", short(text)), remedy)
    })
}

/// A network: `10.1.0.0/16`, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, InvalidValue> {
    let one = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().or_else(|_| one()).map_err(|_| {
        wrong(format!("invalid network {:?}", short(text)), "write \"10.1.0.0/16\", \"127.0.0.1/32\" or \"fd00::/8\"")
    })?;
    let everything = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    if network.prefix_len() == 0 && everything.contains(&network.addr()) {
        return Err(wrong("the network covers the whole internet", "give the network of the source"));
    }
    Ok(network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_source_is_refused_unless_its_network_is_allowed() {
        for text in [
            "http://127.0.0.1/",
            "http://0/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost./",
            "http://LOCALHOST:8080/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://169.254.169.254/latest",
            "http://100.64.0.1/",
            "http://198.18.0.1/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
        ] {
            assert!(source(text, &[]).is_err(), "{text}");
        }
        let loopback = [network("127.0.0.0/8").unwrap()];
        assert!(source("http://127.0.0.1:8080/", &loopback).is_ok());
        assert!(source("http://localhost:8080/", &loopback).is_ok());
        assert!(source("http://10.0.0.1/", &loopback).is_err());
        assert!(source("https://user:pw@example.org/", &[]).unwrap_err().message.contains("must not contain"));
        assert!(source("https://example.org:6379/", &[]).is_err());
    }

    #[test]
    fn an_address_without_a_scheme_is_told_which_to_write() {
        for (text, scheme) in [
            ("example.org", "https"),
            ("example.org/feed", "https"),
            ("example.org:8443/feed", "https"),
            ("www.example.org/?feed=rss2", "https"),
            ("localhost:8080/feed", "http"),
            ("localhost/feed", "http"),
            ("127.0.0.1:8080/feed", "http"),
            ("10.0.0.7/feed", "http"),
            ("[::1]:8080/feed", "http"),
        ] {
            for wrong in [source(text, &[]).unwrap_err(), web(text, &["http", "https"]).unwrap_err()] {
                assert_eq!(wrong.remedy, format!("write {scheme}:// before it"), "{text}");
            }
            let written = format!("{scheme}://{text}");
            assert!(web(&written, &["http", "https"]).is_ok(), "{written}");
        }
        for text in ["ftp://example.org/", "feed", "mailto:a@example.org", "see example.org", "hunter2"] {
            assert!(!source(text, &[]).unwrap_err().remedy.starts_with("write"), "{text}");
        }
    }

    #[test]
    fn a_receiver_is_a_plain_web_address() {
        for text in ["ftp://a/", "https://u:p@a/", "https://a/#x", "http://a:25/", "http://a:0/", "https://", "a.org"] {
            assert!(web(text, &["http", "https"]).is_err(), "{text}");
        }
        assert_eq!(receiver(&web("http://10.0.0.1/x", &["http"]).unwrap()), ReceiverLocation::Remote);
        assert_eq!(receiver(&web("http://localhost:8080/x", &["http"]).unwrap()), ReceiverLocation::Loopback);
        assert_eq!(receiver(&Url::parse("postgres://127.0.0.1/db").unwrap()), ReceiverLocation::Loopback);
    }

    #[test]
    fn a_network_is_never_the_whole_internet() {
        assert!(network("10.1.0.0/16").is_ok() && network("127.0.0.1").is_ok());
        assert!(network("0.0.0.0/0").is_err() && network("::/0").is_err() && network("ten").is_err());
        assert_eq!(listen("").unwrap(), None);
        assert!(listen("[::1]:8480").unwrap().is_some() && listen("localhost:0").unwrap().is_some());
        assert!(listen(":8480").is_err() && listen("8480").is_err());
    }
}
