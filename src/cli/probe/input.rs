//! Parses a typed address or network.

use ipnet::IpNet;

use crate::address::{Address, stripped};

/// An address as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypedAddress {
    /// The text.
    pub text: String,
    /// The possible addresses, in the order in which they are tried.
    pub(crate) addresses: Vec<Address>,
}

/// Parses an address; without a scheme it means https, or http if https does not answer.
///
/// # Errors
/// Why it is not an address.
pub fn address(text: &str) -> Result<TypedAddress, String> {
    let text = stripped(text);
    if let Some(whole) = without_slashes(text) {
        return Err(format!("two slashes must follow the scheme; write {whole}"));
    }
    let spellings = if text.contains("://") {
        vec![text.to_owned()]
    } else {
        vec![format!("https://{text}"), format!("http://{text}")]
    };
    let read = |spelling: &String| Address::parse(spelling).map_err(|error| error.to_string());
    let addresses = spellings.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(TypedAddress { text: text.to_owned(), addresses })
}

/// The address that is meant by one with a scheme but without both slashes: `http:/a.org`.
fn without_slashes(text: &str) -> Option<String> {
    let scheme = ["https", "http"].into_iter().find(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && text[scheme.len()..].starts_with([':', '/'])
    })?;
    let rest = &text[scheme.len()..];
    let host = rest.trim_start_matches([':', '/']);
    (!rest.starts_with("://") && !host.is_empty()).then(|| format!("{scheme}://{host}"))
}

/// Parses a network or one IP address.
///
/// # Errors
/// What to write instead.
pub fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    match text.parse::<IpNet>().or_else(|_| one()) {
        Ok(network) if network.prefix_len() > 0 => Ok(network.trunc()),
        _ => Err("write a network such as 10.1.0.0/16, or one address".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(text: &str) -> Vec<String> {
        address(text).unwrap().addresses.iter().map(|address| address.as_str().to_owned()).collect()
    }

    #[test]
    fn an_address_without_a_scheme_is_tried_with_both() {
        assert_eq!(tried("una-oic.org"), ["https://una-oic.org/", "http://una-oic.org/"]);
        assert_eq!(tried("localhost:8080/feed")[1], "http://localhost:8080/feed");
        assert_eq!(tried(" http://a.org/x "), ["http://a.org/x"]);
        assert_eq!(tried("\u{200e}a.org\u{200b}")[0], "https://a.org/");
        for wrong in ["", "ftp://a.org/", "https://", "https://user:pw@a.org/", "a b"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_with_a_missing_slash_names_the_whole_one() {
        for wrong in ["http:/a.org/x", "HTTP:a.org/x", "http//a.org/x", "http/a.org/x"] {
            let error = address(wrong).unwrap_err();
            assert_eq!(error, "two slashes must follow the scheme; write http://a.org/x", "{wrong}");
        }
        assert!(address("httpbin.org/x").is_ok() && address("https.org").is_ok());
    }

    #[test]
    fn a_network_is_never_the_whole_internet() {
        assert_eq!(network("127.0.0.1").unwrap().to_string(), "127.0.0.1/32");
        assert_eq!(network("10.1.2.3/16").unwrap().to_string(), "10.1.0.0/16");
        assert!(network("0.0.0.0/0").is_err() && network("ten").is_err());
    }
}
