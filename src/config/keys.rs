//! Every key of the configuration, and what to say about one that is not among them.

use super::mask::is_key;
use super::report::{Wrong, wrong};
use super::spelling::nearest;

/// A part of the configuration with its keys.
pub(super) struct Section {
    /// As it is written: `[http]`, `[[source]]`, or `the top of the file`.
    pub(super) name: &'static str,
    pub(super) keys: &'static [&'static str],
}

pub(super) const ROOT: Section = Section {
    name: "the top of the file",
    keys: &[
        "state_dir",
        "store",
        "timezone",
        "include",
        "http",
        "fetch",
        "smtp",
        "retention",
        "health",
        "source",
        "watch",
        "channel",
        "concept",
    ],
};
pub(super) const HTTP: Section = Section { name: "[http]", keys: &["listen", "public_url", "token"] };
pub(super) const FETCH: Section = Section {
    name: "[fetch]",
    keys: &["user_agent", "timeout", "max_body", "concurrency", "per_host", "host_delay", "obey_robots", "proxy"],
};
pub(super) const SMTP: Section = Section { name: "[smtp]", keys: &["url", "password", "from", "helo"] };
pub(super) const RETENTION: Section = Section { name: "[retention]", keys: &["text", "deliveries"] };
pub(super) const HEALTH: Section = Section { name: "[health]", keys: &["alert", "ping"] };
pub(super) const SOURCE: Section = Section {
    name: "[[source]]",
    keys: &[
        "id",
        "feed",
        "page",
        "bulletin",
        "article",
        "sitemap",
        "every",
        "min_every",
        "max_every",
        "lang",
        "tags",
        "follow",
        "first_visit",
        "timezone",
        "encoding",
        "headers",
        "max_items",
        "enabled",
        "allow_networks",
        "item",
        "title",
        "link",
        "summary",
        "date",
        "split",
    ],
};
pub(super) const WATCH: Section = Section {
    name: "[[watch]]",
    keys: &[
        "id",
        "any",
        "all",
        "none",
        "query",
        "lang",
        "sources",
        "fields",
        "once_per",
        "revisions",
        "urgent",
        "alert",
    ],
};
pub(super) const CHANNEL: Section = Section {
    name: "[[channel]]",
    keys: &[
        "id",
        "webhook",
        "email",
        "print",
        "file",
        "secret",
        "previous_secret",
        "headers",
        "max_in_flight",
        "format",
        "send",
        "quiet",
        "lang",
        "timezone",
    ],
};
pub(super) const SECRET: Section = Section { name: "a secret", keys: &["file", "credential", "value"] };
pub(super) const FORMAT: Section = Section { name: "`format`", keys: &["template", "text"] };
/// Beside these a concept has a key for every language.
pub(super) const CONCEPT: Section = Section { name: "[concept.NAME]", keys: &["near"] };

/// Every section that a misplaced key may belong to.
pub(super) const SECTIONS: &[&Section] = &[&ROOT, &HTTP, &FETCH, &SMTP, &RETENTION, &HEALTH, &SOURCE, &WATCH, &CHANNEL];

impl Section {
    /// What to say about a key that this section does not have.
    pub(super) fn unknown(&self, key: &str) -> Wrong {
        // What does not look like a key may be a secret that came to stand in a key's place.
        if !is_key(key) {
            return wrong(format!("unknown key in {}", self.name), format!("its keys are: {}", self.keys.join(", ")));
        }
        let shown = key;
        let message = format!("unknown key `{shown}` in {}", self.name);
        let homes: Vec<&str> = SECTIONS.iter().filter(|s| s.keys.contains(&key)).map(|s| s.name).collect();
        if !homes.is_empty() {
            return wrong(message, format!("`{shown}` belongs in {}", homes.join(" or ")));
        }
        if let Some(meant) = nearest(shown, self.keys) {
            return wrong(message, format!("did you mean `{meant}`?"));
        }
        let near = SECTIONS.iter().find_map(|s| nearest(shown, s.keys).map(|meant| (meant, s.name)));
        match near {
            Some((meant, home)) => wrong(message, format!("did you mean `{meant}`, which belongs in {home}?")),
            None => wrong(message, format!("its keys are: {}", self.keys.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misplaced_key_is_sent_home() {
        assert_eq!(ROOT.unknown("listen").remedy, "`listen` belongs in [http]");
        assert_eq!(WATCH.unknown("every").remedy, "`every` belongs in [[source]]");
        assert_eq!(ROOT.unknown("user-agent").remedy, "did you mean `user_agent`, which belongs in [fetch]?");
        assert_eq!(HTTP.unknown("zzzzzzzz").remedy, "its keys are: listen, public_url, token");
    }
}
