//! Decides how much of a value a report may show, by the form expected under its key.
//!
//! A secret may be written anywhere: in the place of a number, a name, a path. So a value is shown only if its form
//! proves it harmless. Everything else is left out.

use super::spelling::nearest;

/// The form of the value under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Anything, possibly a secret: nothing of it is shown.
    Hidden,
    /// A number, a duration, a time, a network, or one of the words that the configuration knows.
    Choice,
    /// A name that the operator chose.
    Name,
    /// Terms or a selector: shown unless it looks like an address or a mailbox.
    Prose,
    /// An address: scheme and host are shown; the rest is often a password.
    Host,
    /// A path or a pattern of paths.
    Path,
}

/// The longest value, and the longest run of letters in one, that is shown as a choice, a name or a path. Chosen by
/// hand: generated keys are longer.
const MAX_VALUE: usize = 64;
const MAX_LETTERS: usize = 20;
/// The most digits in a row, and in total, of a choice. Chosen by hand: the largest useful size in bytes has 10, but a
/// number of that length may be a password.
const MAX_RUN: usize = 6;
const MAX_DIGITS: usize = 16;
/// From this many letters on, a mistyped word is distinguished from any other word. Chosen by hand.
const TYPED: usize = 3;
/// A choice or a name of at most this many characters is too short for a secret. Chosen by hand.
const TINY: usize = 4;
/// The most digits in a row of a name. Chosen by hand: the digits of a year.
const MAX_NAME_RUN: usize = 4;

/// The words that values contain: units, weekdays, options, encodings.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "s", "m", "h", "d", "w", "b", "kb", "kib", "mb", "mib", "gb", "gib", "sec", "second", "seconds", "min", "minute",
    "minutes", "hour", "hours", "day", "days", "week", "weeks", "daily", "weekly", "hourly", "every", "at", "once", "sun",
    "mon", "tue", "wed", "thu", "fri", "sat", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "quiet", "latest", "since", "all", "true", "false", "yes", "no", "on", "off", "never", "always", "links", "title",
    "summary", "text", "story", "item", "terms", "any", "standard", "slack", "discord", "teams", "telegram", "ntfy",
    "mattermost", "line", "json", "stdout", "stderr", "localhost", "utf", "iso", "windows", "cp", "koi", "latin", "ascii",
    "us", "big", "euc", "gbk", "shift", "jis", "kr", "jp", "macintosh", "ar", "fa", "ur", "tr", "fr", "en", "utc", "gmt",
];

impl Form {
    /// How many of a value's first bytes may be shown.
    pub(super) fn shown(self, value: &str) -> usize {
        let shown = match self {
            Self::Hidden => false,
            Self::Choice => is_choice(value),
            Self::Name => is_name(value),
            Self::Prose => is_prose(value),
            Self::Host => return host(value),
            Self::Path => is_path(value) || is_file_name(value),
        };
        if shown { value.len() } else { 0 }
    }
}

/// True if a text is a number, a duration, a time, a network, a zone, or a word near the known ones.
pub(super) fn is_choice(value: &str) -> bool {
    if value.parse::<ipnet::IpNet>().is_ok() || value.parse::<std::net::SocketAddr>().is_ok() || is_zone(value) {
        return true;
    }
    if is_tiny(value) {
        return true;
    }
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let signs = |c: char| c.is_ascii_alphanumeric() || " -_.,:/+–[]".contains(c);
    if value.len() > MAX_VALUE || digits > MAX_DIGITS || !value.chars().all(signs) {
        return false;
    }
    value.split(|c: char| !c.is_ascii_alphanumeric()).all(|part| {
        let mixed = part.contains(|c: char| c.is_ascii_digit());
        let known = |word: &str| {
            let lower = word.to_ascii_lowercase();
            WORDS.contains(&lower.as_str())
                || !mixed && lower.len() >= TYPED && nearest(&lower, WORDS.iter().copied()).is_some()
        };
        let words = part.split(|c: char| c.is_ascii_digit()).filter(|word| !word.is_empty());
        words.into_iter().all(known) && part.split(char::is_alphabetic).all(|run| run.len() <= MAX_RUN)
    })
}

/// `Asia/Riyadh`: capitalised words with slashes between them.
fn is_zone(value: &str) -> bool {
    let word = |word: &str| {
        let mut chars = word.chars();
        word.len() <= MAX_LETTERS
            && chars.next().is_some_and(|c| c.is_ascii_uppercase())
            && chars.next().is_some()
            && word.chars().skip(1).all(|c| c.is_ascii_lowercase())
    };
    value.contains('/') && value.len() <= MAX_VALUE && value.split(['/', '_']).all(word)
}

/// True if a text is a typical name: words in lower case or with a capital, numbers, or very short.
pub(super) fn is_name(value: &str) -> bool {
    let value = value.strip_prefix("tag:").unwrap_or(value).trim();
    let letters = |part: &str| {
        let rest = part.char_indices().nth(1).map_or("", |(at, _)| &part[at..]);
        part.chars().all(char::is_alphabetic) && !rest.chars().any(char::is_uppercase)
    };
    let part = |part: &str| {
        let count = part.chars().count();
        let digits = part.bytes().all(|b| b.is_ascii_digit());
        letters(part) && count <= MAX_LETTERS || digits && count <= MAX_NAME_RUN || is_tiny(part) && is_capitals(part)
    };
    !value.is_empty() && value.len() <= MAX_VALUE && (is_tiny(value) || value.split(['-', '_', '.', ' ']).all(part))
}

fn is_capitals(part: &str) -> bool {
    part.chars().all(char::is_uppercase)
}

/// The ends of the names of templates and secret files.
const EXTENSIONS: &[&str] = &[".json.j2", ".j2", ".json", ".jinja", ".jinja2", ".tmpl", ".txt", ".toml"];

/// True if a text is the name of a file, with an extension that no secret has.
pub(super) fn is_file_name(value: &str) -> bool {
    EXTENSIONS.iter().filter_map(|extension| value.strip_suffix(extension)).any(|stem| is_name(stem) || is_path(stem))
}

fn is_tiny(value: &str) -> bool {
    value.chars().count() <= TINY && value.chars().all(char::is_alphanumeric)
}

/// True if a text is a path in lower case with a folder in it. A bare word may be a secret that was written in the
/// place of its file.
pub(super) fn is_path(value: &str) -> bool {
    let sign = |c: char| c.is_ascii_lowercase() || "/._-*?~".contains(c);
    let part = |part: &str| part.len() <= MAX_LETTERS;
    let parts = || value.split('/').filter(|part| !part.is_empty());
    let folder = value.contains('/') && (parts().count() > 1 || value.starts_with('.') || value.contains('*'));
    folder && value.len() <= 2 * MAX_VALUE && value.chars().all(sign) && parts().all(part)
}

/// True if a text is not an address, a mailbox or a signing secret.
pub(super) fn is_prose(value: &str) -> bool {
    let mailbox = value.match_indices('@').any(|(at, _)| {
        let before = value[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let after = value[at + 1..].split_whitespace().next().is_some_and(|word| word.contains('.'));
        before && after
    });
    !(mailbox || value.contains("://") || value.contains("whsec_"))
}

/// The length of scheme and host in bytes, with the slash after them; 0 if the host may contain a user.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_where_its_form_proves_it_harmless() {
        for (form, shown) in [
            (
                Form::Choice,
                &["10m", "1h30m", "8 MiB", "daily 07:00 19:00", "weekly Sun 08:00", "22:00-06:00", "latest:5"][..],
            ),
            (
                Form::Choice,
                &["slakc", "windows-1256", "utf8", "Asia/Riyadh", "10.0.0.0/8", "fd00::/8", "[::1]:80", "5", "true"],
            ),
            (Form::Name, &["una-ar", "desk", "g20", "tag:official", "year-2026", "غزة", "Una-AR", "OIC-news"]),
            (Form::Path, &["/run/credentials/desk", "./token", "watches.d/*.toml", "my.json.j2", "/a/b.json.j2"]),
            (Form::Prose, &["h2 > a:nth-child(2)", "West Bank"]),
        ] {
            for value in shown {
                assert_eq!(form.shown(value), value.len(), "{form:?} {value}");
            }
        }
        for value in [
            "hunter2",
            "7hunter2",
            "swordfish",
            "AKIAIOSFODNN7EXAMPLE",
            "483920175562",
            "aB3dE5",
            "/hunter2/x",
            "/X/Y",
            "hunter2.json",
        ] {
            for form in [Form::Hidden, Form::Choice, Form::Host, Form::Path] {
                assert_eq!(form.shown(value), 0, "{form:?} {value}");
            }
            assert!(value == "swordfish" || !is_name(value), "{value}");
        }
    }
}
