//! Lists every key of the configuration with the form of its value, and suggests a remedy for an unknown key.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::form::Form::{self, Choice, Hidden, Host, Name, Path, Prose};
use super::other_keys;
use super::report::{InvalidValue, wrong};
use super::spelling::{is_near, nearest};

/// A section of the configuration with its keys.
pub(super) struct KeySection {
    /// The name, as it is written: `[http]`, `[[source]]`, or `the top of the file`.
    pub(super) name: &'static str,
    pub(super) keys: &'static [(&'static str, Form)],
}

/// The longest unknown key that is shown, in characters. Chosen by hand: the longest known one has 15.
const MAX_KEY: usize = 20;

pub(super) const ROOT: KeySection = KeySection {
    name: "the top of the file",
    keys: &[
        ("state_dir", Path),
        ("store", Hidden),
        ("timezone", Choice),
        ("include", Path),
        ("http", Hidden),
        ("fetch", Hidden),
        ("smtp", Hidden),
        ("retention", Hidden),
        ("health", Hidden),
        ("source", Hidden),
        ("watch", Hidden),
        ("channel", Hidden),
        ("concept", Hidden),
    ],
};
pub(super) const HTTP: KeySection =
    KeySection { name: "[http]", keys: &[("listen", Choice), ("public_url", Host), ("token", Hidden)] };
pub(super) const FETCH: KeySection = KeySection {
    name: "[fetch]",
    keys: &[
        ("user_agent", Hidden),
        ("timeout", Choice),
        ("max_body", Choice),
        ("concurrency", Choice),
        ("per_host", Choice),
        ("host_delay", Choice),
        ("obey_robots", Choice),
        ("proxy", Host),
    ],
};
pub(super) const SMTP: KeySection =
    KeySection { name: "[smtp]", keys: &[("url", Host), ("password", Hidden), ("from", Hidden), ("helo", Name)] };
pub(super) const RETENTION: KeySection =
    KeySection { name: "[retention]", keys: &[("text", Choice), ("deliveries", Choice)] };
pub(super) const HEALTH: KeySection =
    KeySection { name: "[health]", keys: &[("alert", Name), ("ping", Host), ("canary", Choice)] };
pub(super) const SOURCE: KeySection = KeySection {
    name: "[[source]]",
    keys: &[
        ("id", Name),
        ("name", Prose),
        ("feed", Host),
        ("page", Host),
        ("bulletin", Host),
        ("article", Host),
        ("sitemap", Host),
        ("every", Choice),
        ("min_every", Choice),
        ("max_every", Choice),
        ("lang", Choice),
        ("tags", Name),
        ("tier", Choice),
        ("publisher", Prose),
        ("follow", Choice),
        ("first_visit", Choice),
        ("timezone", Choice),
        ("encoding", Choice),
        ("headers", Hidden),
        ("max_items", Choice),
        ("enabled", Choice),
        ("allow_networks", Choice),
        ("item", Prose),
        ("title", Prose),
        ("link", Prose),
        ("summary", Prose),
        ("date", Prose),
        ("split", Prose),
    ],
};
pub(super) const WATCH: KeySection = KeySection {
    name: "[[watch]]",
    keys: &[
        ("id", Name),
        ("name", Prose),
        ("any", Prose),
        ("all", Prose),
        ("none", Prose),
        ("query", Prose),
        ("plurals", Choice),
        ("lang", Choice),
        ("sources", Name),
        ("fields", Choice),
        ("once_per", Choice),
        ("revisions", Choice),
        ("urgent", Choice),
        ("alert", Name),
    ],
};
pub(super) const CHANNEL: KeySection = KeySection {
    name: "[[channel]]",
    keys: &[
        ("id", Name),
        ("webhook", Host),
        ("email", Hidden),
        ("print", Choice),
        ("file", Path),
        ("secret", Hidden),
        ("previous_secret", Hidden),
        ("headers", Hidden),
        ("max_in_flight", Choice),
        ("format", Choice),
        ("send", Choice),
        ("quiet", Choice),
        ("lang", Choice),
        ("timezone", Choice),
    ],
};
pub(super) const SECRET: KeySection =
    KeySection { name: "a secret", keys: &[("file", Path), ("credential", Name), ("value", Hidden)] };
pub(super) const FORMAT: KeySection = KeySection { name: "`format`", keys: &[("template", Path), ("text", Hidden)] };
/// A concept also has a key for each language.
pub(super) const CONCEPT: KeySection = KeySection { name: "[concept.NAME]", keys: &[("near", Hidden)] };

/// Every section that a misplaced key may belong to.
pub(super) const SECTIONS: &[&KeySection] =
    &[&ROOT, &HTTP, &FETCH, &SMTP, &RETENTION, &HEALTH, &SOURCE, &WATCH, &CHANNEL];

/// Every section with its keys, including nested ones.
const ALL: &[&KeySection] =
    &[&ROOT, &HTTP, &FETCH, &SMTP, &RETENTION, &HEALTH, &SOURCE, &WATCH, &CHANNEL, &SECRET, &FORMAT, &CONCEPT];

/// What sections are called elsewhere, by the section.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("smtp", &["mail", "mailer", "email", "relay", "mta", "sendmail"]),
    ("http", &["server", "api", "web", "console", "listen"]),
    ("fetch", &["fetcher", "crawler", "client", "network"]),
    ("retention", &["storage", "database", "prune"]),
    ("health", &["monitoring", "heartbeat"]),
    ("source", &["feed", "feeds", "page", "pages", "site", "sites", "rss", "sitemap"]),
    ("watch", &["alert", "alerts", "keyword", "keywords", "query", "queries", "rule", "rules", "filter", "search"]),
    (
        "channel",
        &[
            "webhook",
            "webhooks",
            "output",
            "outputs",
            "receiver",
            "receivers",
            "notify",
            "notification",
            "notifications",
        ],
    ),
    ("concept", &["lexicon", "synonyms"]),
];

/// What the top of the file is called elsewhere.
const TOP_NAMES: &[&str] = &["general", "global", "globals", "marsad", "core", "daemon", "main", "settings", "default"];

/// The names of common request headers, with `_` for `-`.
#[rustfmt::skip]
const HEADERS: &[&str] = &[
    "accept", "accept_language", "api_key", "authorization", "content_type", "cookie", "origin", "referer", "user_agent",
    "x_api_key", "x_auth_token", "x_key", "x_team", "x_token",
];

impl KeySection {
    /// The names of its keys.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|(key, _)| *key).collect()
    }

    /// Whether it has this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|(known, _)| *known == key)
    }

    fn form(&self, key: &str) -> Form {
        self.keys.iter().find(|(known, _)| *known == key).map_or(Hidden, |(_, form)| *form)
    }

    /// The problem of a table, or a list of tables, that this section does not have.
    pub(super) fn unknown_table(&self, key: &str) -> InvalidValue {
        let lower = key.to_lowercase();
        if self.name == ROOT.name && TOP_NAMES.contains(&lower.as_str()) {
            let remedy = "remove this header, and write its keys above the first header of the file";
            return wrong(format!("unknown section `{key}`"), remedy);
        }
        match meant_section(key).filter(|_| self.name == ROOT.name && is_shown(key)) {
            Some(section) => wrong(format!("unknown section `{key}`"), format!("write {}", header(section))),
            None => self.unknown(key),
        }
    }

    /// The problem of a key that this section does not have.
    pub(super) fn unknown(&self, key: &str) -> InvalidValue {
        if !is_shown(key) {
            let message = format!("unknown key of {} characters in {}", key.chars().count(), self.name);
            return wrong(message, format!("its keys are: {}", self.names().join(", ")));
        }
        let message = format!("unknown key `{key}` in {}", self.name);
        if let Some(remedy) = other_keys::remedy(self.name, key) {
            return wrong(message, remedy);
        }
        let homes: Vec<&str> = SECTIONS.iter().filter(|s| s.has(key) && s.name != ROOT.name).map(|s| s.name).collect();
        let in_homes = homes.join(" or ");
        match (ROOT.has(key), homes.is_empty()) {
            (true, true) => return wrong(message, format!("move `{key}` above the first header of the file")),
            (true, false) => {
                let remedy = format!("move `{key}` above the first header of the file, or into {in_homes}");
                return wrong(message, remedy);
            }
            (false, false) => return wrong(message, format!("`{key}` belongs in {in_homes}")),
            (false, true) => {}
        }
        if let Some(meant) = nearest(key, self.names()) {
            return wrong(message, format!("did you mean `{meant}`?"));
        }
        let near = SECTIONS.iter().find_map(|s| nearest(key, s.names()).map(|meant| (meant, s.name)));
        match near {
            Some((meant, home)) => wrong(message, format!("did you mean `{meant}`, which belongs in {home}?")),
            None => wrong(message, format!("its keys are: {}", self.names().join(", "))),
        }
    }
}

/// The section that an unknown name is meant to be.
pub(super) fn meant_section(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let other = OTHER_NAMES.iter().find(|(_, names)| names.contains(&lower.as_str())).map(|(name, _)| *name);
    other.or_else(|| nearest(name, ROOT.names().into_iter().filter(|name| is_section(name))))
}

/// True if the top of a file may have a table with this name.
pub(super) fn is_section(key: &str) -> bool {
    ROOT.has(key) && !matches!(key, "state_dir" | "store" | "timezone" | "include")
}

/// The header of a section, as it is written; of any other key, its form.
pub(super) fn header(key: &str) -> &'static str {
    match key {
        "http" => "[http]",
        "fetch" => "[fetch]",
        "smtp" => "[smtp]",
        "retention" => "[retention]",
        "health" => "[health]",
        "source" => "[[source]]",
        "watch" => "[[watch]]",
        "channel" => "[[channel]]",
        "concept" => "[concept.NAME]",
        _ => "the header",
    }
}

/// True if any section has this key.
pub(super) fn is_known(key: &str) -> bool {
    ALL.iter().any(|section| section.has(key))
}

/// The form of the value at a path of keys.
pub(super) fn form(path: &[&str]) -> Form {
    match path {
        [key] => ROOT.form(key),
        ["http", key] => HTTP.form(key),
        ["fetch", key] => FETCH.form(key),
        ["smtp", key] => SMTP.form(key),
        ["retention", key] => RETENTION.form(key),
        ["health", key] => HEALTH.form(key),
        ["source", key] => SOURCE.form(key),
        ["watch", key] => WATCH.form(key),
        ["channel", key] => CHANNEL.form(key),
        ["channel", "format", key] => FORMAT.form(key),
        ["concept", _, "near", _] => Prose,
        ["concept", _, lang] if is_lang(lang) => Prose,
        ["http" | "smtp" | "source" | "channel", .., key] => SECRET.form(key),
        _ => Hidden,
    }
}

/// Two or three lower-case letters, as in language tags.
fn is_lang(key: &str) -> bool {
    key.len() <= 3 && key.bytes().all(|b| b.is_ascii_lowercase())
}

/// Every key and header once, in the form that [`is_near`] compares.
static NEAR: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let all = ALL.iter().flat_map(|section| section.names()).chain(HEADERS.iter().copied());
    all.collect::<BTreeSet<_>>().into_iter().collect()
});

/// True if a report may show a key: it is known, near a known one, or a short word in lower case. Anything else may be
/// a secret in the place of a key.
pub(super) fn is_shown(key: &str) -> bool {
    let word = || key.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'));
    let near = || is_near(&key.to_lowercase().replace('-', "_"), &NEAR);
    !key.is_empty() && key.len() <= 2 * MAX_KEY && (key.len() <= MAX_KEY && word() || near())
}

/// A key for a message.
pub(super) fn named(key: &str) -> String {
    if is_shown(key) { format!("`{key}`") } else { format!("a key of {} characters", key.chars().count()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misplaced_key_is_named_with_its_section() {
        assert_eq!(ROOT.unknown("listen").remedy, "`listen` belongs in [http]");
        assert_eq!(WATCH.unknown("every").remedy, "`every` belongs in [[source]]");
        assert_eq!(ROOT.unknown("user-agent").remedy, "did you mean `user_agent`, which belongs in [fetch]?");
        assert_eq!(CHANNEL.unknown("token").remedy, "write `secret`, which signs each alert");
        assert_eq!(SECRET.unknown("path").remedy, "write `file`");
        assert!(SOURCE.unknown("url").remedy.starts_with("write `feed`, `page`"));
        assert_eq!(HTTP.unknown("zzzzzzzz").remedy, "its keys are: listen, public_url, token");
        assert_eq!(HTTP.unknown("state_dir").remedy, "move `state_dir` above the first header of the file");
        let remedy = "move `timezone` above the first header of the file, or into [[source]] or [[channel]]";
        assert_eq!(HTTP.unknown("timezone").remedy, remedy);
    }

    #[test]
    fn a_section_with_another_name_is_recognised() {
        for (name, header) in [
            ("mail", "[smtp]"),
            ("email", "[smtp]"),
            ("server", "[http]"),
            ("feeds", "[[source]]"),
            ("sources", "[[source]]"),
            ("Watch", "[[watch]]"),
            ("chanel", "[[channel]]"),
            ("webhook", "[[channel]]"),
            ("concepts", "[concept.NAME]"),
        ] {
            assert_eq!(ROOT.unknown_table(name).remedy, format!("write {header}"), "{name}");
        }
        assert!(ROOT.unknown_table("general").remedy.starts_with("remove this header"));
        assert_eq!(SOURCE.unknown_table("header").remedy, "did you mean `headers`?");
        assert!(!ROOT.unknown_table("hunter2").message.contains("hunter2"));
    }

    #[test]
    fn a_key_that_may_be_a_secret_is_counted_and_not_shown() {
        for key in
            ["hunter2", "https://hooks.example/T000/SECRET", "AKIAIOSFODNN", "x y", "", "correct-horse-battery-staple"]
        {
            assert!(!is_shown(key), "{key}");
            assert!(!ROOT.unknown(key).message.contains('`'), "{key}");
        }
        for key in ["webhoook", "Webhook", "smtp", "Authorization", "X-Api-Key", "colour", "user-agent"] {
            assert!(is_shown(key), "{key}");
        }
        assert_eq!(ROOT.unknown("hunter2").message, "unknown key of 7 characters in the top of the file");
    }

    #[test]
    fn every_key_has_the_form_that_its_section_gives_it() {
        assert_eq!(form(&["channel", "webhook"]), Host);
        assert_eq!(form(&["channel", "secret", "file"]), Path);
        assert_eq!(form(&["source", "headers", "Authorization", "credential"]), Name);
        assert_eq!(form(&["source", "headers", "Authorization"]), Hidden);
        assert_eq!(form(&["concept", "oic", "near", "OIC"]), Prose);
    }
}
