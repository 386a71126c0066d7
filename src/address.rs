//! Where something is on the web, and when two such places are the same.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

mod difference;
mod key;
pub mod mail;
mod session;

pub use difference::{Difference, FRAGMENT};
pub use key::QueryParameter;
pub use session::is_token;

/// An absolute `http` or `https` address with a host and without credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(Url);

/// Why a text is not an address that marsad would visit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is not a URL at all.
    #[error("not an address: {0}")]
    Syntax(url::ParseError),
    /// Only `http` and `https` are visited.
    #[error("the scheme {0:?} is not http or https")]
    Scheme(String),
    /// A user name or password stands in it, where it would reach logs and receivers.
    #[error("a user name or password must not stand in an address")]
    Credentials,
    /// Longer than [`MAX_LENGTH`] bytes.
    #[error("an address of {0} bytes is too long")]
    TooLong(usize),
}

/// The longest address that is kept, in bytes: what common servers and browsers still take.
pub const MAX_LENGTH: usize = 8 * 1024;

/// Query parameters that tell a publisher where a reader came from and say nothing about the page.
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
    /// Reads an absolute address as somebody configured or published it.
    ///
    /// # Errors
    /// Everything that is not a plain `http` or `https` address: see [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = stripped(text);
        check_length(text)?;
        Self::from_url(Url::parse(text).map_err(AddressError::Syntax)?)
    }

    /// Resolves `reference`, as it stands in a document at this address.
    ///
    /// # Errors
    /// As for [`Address::parse`].
    pub fn join(&self, reference: &str) -> Result<Self, AddressError> {
        let reference = stripped(reference);
        check_length(reference)?;
        Self::from_url(self.0.join(reference).map_err(AddressError::Syntax)?)
    }

    /// Takes a URL that is already parsed.
    ///
    /// # Errors
    /// As for [`Address::parse`].
    pub fn from_url(url: Url) -> Result<Self, AddressError> {
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

    /// The same page without what only tells where a reader came from: tracking parameters and the fragment,
    /// unless the fragment is a route (`#!`).
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

/// The text of an address without the blanks and invisible letters that copying leaves at either end.
#[must_use]
pub fn stripped(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// Letters that show nothing: zero-width spaces and joiners, direction marks, embeddings and isolates, the byte order
/// mark, the soft hyphen.
#[must_use]
pub fn is_invisible(c: char) -> bool {
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

/// Undoes percent-encoding of letters, digits and everything beyond ASCII, and leaves what has a meaning in a URL.
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
    fn what_tells_pages_apart_stays_in_the_key() {
        assert_ne!(key("https://a.org/?p=1"), key("https://a.org/?p=2"));
        assert_ne!(key("https://a.org/a%2Fb"), key("https://a.org/a/b"));
        assert_ne!(key("https://a.org:8080/"), key("https://a.org/"));
        assert_ne!(key("https://a.org/#!/news/1"), key("https://a.org/#!/news/2"));
        assert_ne!(key("https://a.org/?refugees=1"), key("https://a.org/"));
    }

    #[test]
    fn invisible_letters_round_an_address_are_no_part_of_it() {
        let base = Address::parse("https://a.org/news/").unwrap();
        for mark in ["\u{200b}", "\u{200f}", "\u{202a}", "\u{202e}", "\u{2066}", "\u{2069}", "\u{feff}", "\u{ad}"] {
            let wrapped = |text: &str| format!("{mark} {mark}{text}{mark}\u{a0}{mark}");
            assert_eq!(Address::parse(&wrapped("https://a.org/1")).unwrap().as_str(), "https://a.org/1", "{mark:?}");
            assert_eq!(base.join(&wrapped("2?p=x")).unwrap().as_str(), "https://a.org/news/2?p=x", "{mark:?}");
        }
        let inside = Address::parse("https://a.org/می\u{200c}شود").unwrap();
        assert!(inside.as_str().contains("%E2%80%8C"), "a joiner within an address is a letter of it: {inside}");
    }

    #[test]
    fn a_session_id_and_the_order_of_parameters_are_no_part_of_the_key() {
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
