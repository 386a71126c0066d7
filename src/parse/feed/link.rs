//! Which of the addresses that an item names is its own.

use url::Url;

use crate::address::{Address, stripped};

/// One link of an item, in the order of the document.
#[derive(Debug)]
pub(super) struct FeedLink {
    pub(super) address: Address,
    pub(super) rank: u8,
}

/// The text of an address as publishers write it, resolved against `base`; none for what is not on the web.
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

/// True for a text that is an address by itself.
pub(super) fn is_address(text: &str) -> bool {
    let text = stripped(text);
    ["http://", "https://"].iter().any(|scheme| {
        text.len() > scheme.len() && text.as_bytes()[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes())
    }) && !text.contains(char::is_whitespace)
}

/// How good a link of this relation and type is as the item's own; none for one that never is. Lower is better.
pub(super) fn rank(rel: Option<&str>, kind: Option<&str>) -> Option<u8> {
    let rel = rel.map(|rel| rel.trim().to_ascii_lowercase());
    let kind = kind.map(|kind| kind.trim().to_ascii_lowercase()).unwrap_or_default();
    let by_type = if kind.is_empty() || kind.contains("html") { 0 } else { 1 };
    match rel.as_deref() {
        Some("alternate" | "http://www.iana.org/assignments/relation/alternate") if kind.contains("html") => Some(0),
        None | Some("" | "alternate" | "http://www.iana.org/assignments/relation/alternate") => Some(1 + by_type),
        Some("self") => Some(7),
        _ => None,
    }
}
