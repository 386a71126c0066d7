//! The values that a report may quote, by their keys.
//!
//! Everything else is left out: a value under a key that is not known here may be a secret under a mistyped name.

/// How much of a value may be quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotable {
    /// Nothing.
    No,
    /// All of it, unless it looks like an address or a mailbox.
    Plain,
    /// Scheme and host of an address: the rest is often a password.
    Host,
    /// A path with a folder; a bare word may be a secret that was written in the place of its file.
    Path,
}

/// The longest key that is quoted. Chosen by hand: the longest one that marsad knows has 15 characters.
const MAX_KEY: usize = 40;

/// How much of the value at a path of keys may be quoted.
pub(super) fn quotable(path: &[&str]) -> Quotable {
    use Quotable::{Host, No, Path, Plain};
    match path {
        ["timezone" | "include" | "state_dir"] => Plain,
        ["http", "listen"] | ["smtp", "helo"] => Plain,
        ["http", "public_url"] | ["fetch", "proxy"] | ["smtp", "url"] | ["health", "ping"] => Host,
        ["fetch", key] if *key != "proxy" => known(key, FETCH),
        ["retention", "text" | "deliveries"] | ["health", "alert"] => Plain,
        ["source", "feed" | "page" | "bulletin" | "article" | "sitemap"] | ["channel", "webhook"] => Host,
        ["source", key] => known(key, SOURCE),
        ["watch", key] => known(key, WATCH),
        ["channel", "file"] | ["channel", "format", "template"] => Path,
        ["channel", key] => known(key, CHANNEL),
        ["concept", _, "near", _] => Plain,
        ["concept", _, lang] if lang.len() <= 3 && lang.chars().all(|c| c.is_ascii_lowercase()) => Plain,
        ["http" | "smtp" | "source" | "channel", .., "file"] => Path,
        ["http" | "smtp" | "source" | "channel", .., "credential"] => Plain,
        _ => No,
    }
}

const FETCH: &[&str] = &["user_agent", "timeout", "max_body", "concurrency", "per_host", "host_delay", "obey_robots"];
const SOURCE: &[&str] = &[
    "id",
    "every",
    "min_every",
    "max_every",
    "lang",
    "tags",
    "follow",
    "first_visit",
    "timezone",
    "encoding",
    "max_items",
    "enabled",
    "allow_networks",
    "item",
    "title",
    "link",
    "summary",
    "date",
    "split",
];
const WATCH: &[&str] =
    &["id", "any", "all", "none", "query", "lang", "sources", "fields", "once_per", "revisions", "urgent", "alert"];
const CHANNEL: &[&str] = &["id", "print", "max_in_flight", "format", "send", "quiet", "lang", "timezone"];

fn known(key: &str, keys: &[&str]) -> Quotable {
    if keys.contains(&key) { Quotable::Plain } else { Quotable::No }
}

impl Quotable {
    /// How many of a value's first bytes may be quoted.
    pub(super) fn shown(self, value: &str) -> usize {
        let shown = match self {
            Self::No => false,
            Self::Plain => is_harmless(value),
            Self::Host => return host(value),
            Self::Path => value.contains('/') && is_harmless(value),
        };
        if shown { value.len() } else { 0 }
    }
}

/// Whether a text under a harmless key is what the key promises, and not an address, a mailbox or a signing secret.
pub(in crate::config) fn is_harmless(value: &str) -> bool {
    let mailbox = value.match_indices('@').any(|(at, _)| {
        let before = value[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let after = value[at + 1..].split_whitespace().next().is_some_and(|word| word.contains('.'));
        before && after
    });
    !(mailbox || value.contains("://") || value.contains("whsec_"))
}

/// The bytes of scheme and host, with the slash behind it; none where a user may stand in it.
fn host(value: &str) -> usize {
    let Some((scheme, rest)) = value.split_once("://") else { return 0 };
    let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let known = matches!(scheme, "http" | "https" | "smtp" | "smtps" | "socks5" | "socks5h");
    let named = host.contains(['.', ':']) || host == "localhost";
    if !known || value.contains('@') || !named || host.len() > 253 || !host.chars().all(plain) {
        return 0;
    }
    let shown = scheme.len() + 3 + host.len();
    if rest[host.len()..].starts_with('/') { shown + 1 } else { shown }
}

/// Whether a word is quoted as a key: letters, digits, `_`, `-` and `.`, and not long.
pub(in crate::config) fn is_key(word: &str) -> bool {
    let sign = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    !word.is_empty() && word.chars().count() <= MAX_KEY && word.chars().all(sign) && !word.starts_with("whsec_")
}
