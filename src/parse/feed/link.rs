//! Resolves and ranks the links of an item.

use url::Url;

use crate::address::{Address, stripped};

/// One link of an item, in the order of the document.
#[derive(Debug)]
pub(super) struct FeedLink {
    pub(super) address: Address,
    pub(super) rank: u8,
}

/// An address as publishers write it, resolved against `base`; none if it is not a web address.
pub(in crate::parse) fn resolve(base: &Url, text: &str) -> Option<Address> {
    let text = stripped(text);
    let compact: String;
    let text = if text.contains(|c: char| c.is_control() || c == '\u{feff}') {
        compact = text.chars().filter(|c| !c.is_control() && *c != '\u{feff}').collect();
        stripped(&compact)
    } else {
        text
    };
    if text.is_empty() {
        return None;
    }
    if text.len() > 4 && text.as_bytes()[..4].eq_ignore_ascii_case(b"www.") {
        return Address::parse(&format!("https://{text}")).ok();
    }
    Address::from_url(base.join(text).ok()?).ok()
}

/// True for a text that is an absolute web address.
pub(super) fn is_address(text: &str) -> bool {
    let text = stripped(text);
    ["http://", "https://"].iter().any(|scheme| {
        text.len() > scheme.len() && text.as_bytes()[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes())
    }) && !text.contains(char::is_whitespace)
}

/// The ranks of links; lower is better. An alternate link to HTML ranks first, then one without a type, then one of
/// another type; `self` is the last resort, behind an identifier that is an address.
const HTML: u8 = 0;
const ALTERNATE: u8 = 1;
const SELF: u8 = 7;
/// Links from this rank on are used only if an item has no other address.
pub(super) const LAST_RESORT: u8 = 5;

/// How well a link of this relation and type serves as the item's own address; none if it cannot. Lower is better.
pub(super) fn rank(rel: Option<&str>, kind: Option<&str>) -> Option<u8> {
    let rel = rel.map(|rel| rel.trim().to_ascii_lowercase());
    let kind = kind.map(|kind| kind.trim().to_ascii_lowercase()).unwrap_or_default();
    let by_type = if kind.is_empty() || kind.contains("html") { 0 } else { 1 };
    match rel.as_deref() {
        Some("alternate" | "http://www.iana.org/assignments/relation/alternate") if kind.contains("html") => Some(HTML),
        None | Some("" | "alternate" | "http://www.iana.org/assignments/relation/alternate") => {
            Some(ALTERNATE + by_type)
        }
        Some("self") => Some(SELF),
        _ => None,
    }
}
