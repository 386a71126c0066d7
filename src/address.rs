//! Defines web addresses, and decides when two of them are the same page.
//!
//! 1. An [`Address`] is parsed and resolved; `key` derives the text by which equal addresses are recognised.
//! 2. `session` recognises session ids and random tokens; `difference` lists the parts in which two addresses differ.
//! 3. [`site`] decides whether two addresses belong to the same server, page or publisher.
//! 4. [`mail`] parses mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

mod difference;
mod key;
pub mod mail;
mod session;
pub mod site;

pub(crate) use difference::{Difference, FRAGMENT};
pub use session::is_token;

/// An absolute `http` or `https` address with a host and without credentials.
///
/// ```
/// use marsad::address::Address;
///
/// let page = Address::parse("https://una-oic.org/news/").unwrap();
/// assert_eq!(page.join("1?utm_source=x").unwrap().key(), "una-oic.org/news/1");
/// assert!(Address::parse("file:///etc/passwd").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(Url);

/// Why a text is not a valid address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is not a URL at all.
    #[error("not an address: {0}")]
    Syntax(url::ParseError),
    /// The scheme is not `http` or `https`.
    #[error("the scheme {0:?} is not http or https")]
    Scheme(String),
    /// It contains a user name or password, which would reach logs and receivers.
    #[error("an address must not contain a user name or password")]
    Credentials,
    /// It is longer than [`MAX_LENGTH`] bytes.
    #[error("the address has {0} bytes; the limit is {MAX_LENGTH}")]
    TooLong(usize),
}

/// The longest address, in bytes: the limit of common servers and browsers.
pub(crate) const MAX_LENGTH: usize = 8 * 1024;

/// Query parameters that describe the origin of a reader and not the page. Chosen by hand.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "__twitter_impression",
    "ref_src",
    "ref_url",
    "cmpid",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "at_medium",
    "at_campaign",
    "at_custom1",
    "at_custom2",
    "s_cid",
    "ocid",
    "xtor",
    "wt_mc",
    "ito",
    "srnd",
    "sr_share",
    "fb_action_ids",
    "fb_action_types",
    "fb_source",
    "spm",
];

impl Address {
    /// Parses an absolute address.
    ///
    /// # Errors
    /// The text is not a plain `http` or `https` address: see [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = stripped(text);
        check_length(text)?;
        Self::from_url(Url::parse(text).map_err(AddressError::Syntax)?)
    }

    /// Resolves a `reference` in a document at this address.
    ///
    /// # Errors
    /// As for [`Address::parse`].
    pub fn join(&self, reference: &str) -> Result<Self, AddressError> {
        let reference = stripped(reference);
        check_length(reference)?;
        Self::from_url(self.0.join(reference).map_err(AddressError::Syntax)?)
    }

    /// Validates a URL that is already parsed.
    ///
    /// # Errors
    /// As for [`Address::parse`].
    pub(crate) fn from_url(url: Url) -> Result<Self, AddressError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        check_length(url.as_str())?;
        Ok(Self(url))
    }

    /// The address as a URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host name, in ASCII.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The address without tracking parameters, and without the fragment unless it is a route (`#!`).
    #[must_use]
    pub fn canonical(&self) -> Self {
        let mut url = self.0.clone();
        if !url.fragment().is_some_and(|fragment| fragment.starts_with('!')) {
            url.set_fragment(None);
        }
        if let Some(query) = self.0.query() {
            let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
            let kept = (!kept.is_empty()).then(|| kept.join("&"));
            url.set_query(kept.as_deref());
        }
        Self(url)
    }
}

/// Removes white space and invisible characters that copying leaves at either end.
#[must_use]
pub(crate) fn stripped(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// True for invisible characters: zero-width spaces and joiners, direction marks, embeddings and isolates, the byte
/// order mark, the soft hyphen.
#[must_use]
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn check_length(text: &str) -> Result<(), AddressError> {
    if text.len() > MAX_LENGTH { Err(AddressError::TooLong(text.len())) } else { Ok(()) }
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    name.starts_with("utm_") || name.starts_with("pk_") || TRACKING.contains(&name.as_str())
}

/// Decodes percent-encoded letters, digits and non-ASCII characters, and leaves characters with a meaning in a URL
/// encoded.
fn decoded(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if let Some(value) = escape(bytes, at) {
            if value >= 0x80 || value.is_ascii_alphanumeric() || b"-._~".contains(&value) {
                out.push(value);
            } else {
                out.extend_from_slice(format!("%{value:02X}").as_bytes());
            }
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| part.to_owned())
}

fn escape(bytes: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low] = bytes.get(at..at + 3)? else { return None };
    let digit = |b: &u8| char::from(*b).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> String {
        Address::parse(text).unwrap().key()
    }

    #[test]
    fn spellings_of_one_address_share_a_key() {
        let plain = key("https://una-oic.org/خبر/1");
        for other in [
            "http://www.una-oic.org/%D8%AE%D8%A8%D8%B1/1/",
            "https://una-oic.org:443/خبر/1?utm_source=x&fbclid=1#top",
            "HTTPS://UNA-OIC.ORG/%d8%ae%d8%a8%d8%b1/1",
        ] {
            assert_eq!(key(other), plain, "{other}");
        }
    }

    #[test]
    fn parts_that_distinguish_pages_stay_in_the_key() {
        assert_ne!(key("https://a.org/?p=1"), key("https://a.org/?p=2"));
        assert_ne!(key("https://a.org/a%2Fb"), key("https://a.org/a/b"));
        assert_ne!(key("https://a.org:8080/"), key("https://a.org/"));
        assert_ne!(key("https://a.org/#!/news/1"), key("https://a.org/#!/news/2"));
        assert_ne!(key("https://a.org/?refugees=1"), key("https://a.org/"));
    }

    #[test]
    fn invisible_characters_around_an_address_are_ignored() {
        let base = Address::parse("https://a.org/news/").unwrap();
        for mark in ["\u{200b}", "\u{200f}", "\u{202a}", "\u{202e}", "\u{2066}", "\u{2069}", "\u{feff}", "\u{ad}"] {
            let wrapped = |text: &str| format!("{mark} {mark}{text}{mark}\u{a0}{mark}");
            assert_eq!(Address::parse(&wrapped("https://a.org/1")).unwrap().as_str(), "https://a.org/1", "{mark:?}");
            assert_eq!(base.join(&wrapped("2?p=x")).unwrap().as_str(), "https://a.org/news/2?p=x", "{mark:?}");
        }
        let inside = Address::parse("https://a.org/می\u{200c}شود").unwrap();
        assert!(inside.as_str().contains("%E2%80%8C"), "a joiner inside an address is kept: {inside}");
    }

    #[test]
    fn the_key_ignores_session_ids_and_the_order_of_parameters() {
        let plain = key("https://a.org/n.php?a=1&id=7");
        for other in [
            "https://a.org/n.php?id=7&a=1",
            "https://a.org/n.php?PHPSESSID=0f3a9c21&id=7&a=1",
            "https://a.org/n.php;jsessionid=A1B2C3D4E5F6.node1?id=7&a=1",
            "https://a.org/(S(lit3py55t21z5v55vlm25s55))/n.php?id=7&a=1",
            "https://a.org/n.php?ASPSESSIONIDQQCBSADT=KHFDNAMBLJKPCPMCHKCBJLDI&id=7&a=1",
            "https://a.org/n.php?CFID=1234567&CFTOKEN=98765432&id=7&a=1",
            "https://a.org/n.php?sid=0c5f2a9be77d4e2288b1f0a1d9c3e4f5&id=7&a=1",
            "https://a.org/n.php?s=0c5f2a9be77d4e2288b1f0a1d9c3e4f5&id=7&a=1",
            "https://a.org/n.php?osCsid=ab12cd34ef56ab12cd34ef56ab&zenid=k2j3h4g5f6d7s8a9&id=7&a=1",
        ] {
            assert_eq!(key(other), plain, "{other}");
        }
        assert_ne!(key("https://a.org/n.php?sid=41"), key("https://a.org/n.php?sid=42"));
        assert_ne!(key("https://a.org/?s=gaza-talks-2026-cairo"), key("https://a.org/?s=sudan-talks-2026-cairo"));
        assert_ne!(key("https://a.org/a;v=1"), key("https://a.org/a;v=2"));
        assert_ne!(key("https://a.org/a;b"), key("https://a.org/a;c"));
        assert_ne!(key("https://a.org/a?x=1&x=2"), key("https://a.org/a?x=2&x=1"));
    }

    #[test]
    fn only_plain_web_addresses_are_addresses() {
        assert!(matches!(Address::parse("file:///etc/passwd"), Err(AddressError::Scheme(_))));
        assert!(matches!(Address::parse("javascript:alert(1)"), Err(AddressError::Scheme(_))));
        assert!(matches!(Address::parse("https://user:pw@a.org/"), Err(AddressError::Credentials)));
        assert!(matches!(Address::parse("una-oic.org"), Err(AddressError::Syntax(_))));
        assert!(matches!(Address::parse(&format!("http://a/{}", "x".repeat(9000))), Err(AddressError::TooLong(_))));
    }
}
