//! Decides whether two addresses belong together. There are three questions, and each has its own rule:
//!
//! | question | rule | `example.org` and |
//! |---|---|---|
//! | may the settings of one be used for the other? | [`is_same_server`] | `example.org/feed` |
//! | may one be another name of the other's page? | [`is_same_host_name`] | `www.example.org`, `m.example.org` |
//! | are both of one publisher? | [`domain`] | `news.example.org`, `cdn.example.org` |

use url::Url;

/// The longest second-level label of a public suffix such as `co.uk`, in bytes. Chosen by hand.
const MAX_SUFFIX_LABEL: usize = 3;

/// True if `next` is at the server of `first`: the same host and port, or the same host upgraded from http to https.
/// What the operator configured for one address (secret headers, private networks, an encoding) applies there and
/// nowhere else, so no similar name will do.
///
/// ```
/// use marsad::address::site::is_same_server;
///
/// let url = |text: &str| url::Url::parse(text).unwrap();
/// assert!(is_same_server(&url("http://example.org/"), &url("https://example.org/feed")));
/// assert!(!is_same_server(&url("https://example.org/"), &url("http://example.org/")));
/// assert!(!is_same_server(&url("https://example.org/"), &url("https://www.example.org/")));
/// ```
#[must_use]
pub fn is_same_server(first: &Url, next: &Url) -> bool {
    let ports = (first.port_or_known_default(), next.port_or_known_default());
    first.host() == next.host() && (ports.0 == ports.1 || ports == (Some(80), Some(443)))
}

/// True if two hosts differ at most in `www.` and `m.`, under which sites serve the same page. A page may declare its
/// canonical address under such a name, but not that it is a page of another host.
///
/// ```
/// use marsad::address::site::is_same_host_name;
///
/// assert!(is_same_host_name("m.example.org", "www.example.org"));
/// assert!(!is_same_host_name("news.example.org", "example.org"));
/// ```
#[must_use]
pub fn is_same_host_name(one: &str, other: &str) -> bool {
    let bare = |host: &str| host.trim_start_matches("www.").trim_start_matches("m.").to_owned();
    bare(one) == bare(other)
}

/// The registrable domain of a host, as a guess: its last two labels, or three behind a suffix such as `co.uk`. Links to
/// another domain are a sign of a block of partners or advertisements. The guess decides nothing alone, so no list of
/// public suffixes is needed.
///
/// ```
/// use marsad::address::site::domain;
///
/// assert_eq!(domain("news.example.org"), "example.org");
/// assert_eq!(domain("www.spa.gov.sa"), "spa.gov.sa");
/// ```
#[must_use]
pub fn domain(host: &str) -> &str {
    let host = host.trim_start_matches("www.");
    let mut starts = host.rmatch_indices('.').map(|(dot, _)| dot + 1);
    let (Some(top), Some(second)) = (starts.next(), starts.next()) else { return host };
    let third = starts.next().unwrap_or_default();
    let is_suffix = top - 1 - second <= MAX_SUFFIX_LABEL;
    &host[if is_suffix { third } else { second }..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_rules_agree_on_one_address_and_differ_beyond_it() {
        let first = Url::parse("https://example.org/").unwrap();
        for (next, server, name, publisher) in [
            ("https://example.org/feed", true, true, true),
            ("https://example.org:8443/", false, true, true),
            ("http://example.org/", false, true, true),
            ("https://www.example.org/", false, true, true),
            ("https://m.example.org/", false, true, true),
            ("https://news.example.org/", false, false, true),
            ("https://example.net/", false, false, false),
        ] {
            let next = Url::parse(next).unwrap();
            let hosts = [first.host_str().unwrap(), next.host_str().unwrap()];
            let found = (
                is_same_server(&first, &next),
                is_same_host_name(hosts[0], hosts[1]),
                domain(hosts[0]) == domain(hosts[1]),
            );
            assert_eq!(found, (server, name, publisher), "{next}");
        }
    }

    #[test]
    fn a_domain_is_guessed_from_its_labels() {
        for (host, found) in [
            ("example.org", "example.org"),
            ("a.b.example.org", "example.org"),
            ("www.bbc.co.uk", "bbc.co.uk"),
            ("news.bbc.co.uk", "bbc.co.uk"),
            ("localhost", "localhost"),
            ("", ""),
            (".", "."),
        ] {
            assert_eq!(domain(host), found, "{host}");
        }
    }
}
