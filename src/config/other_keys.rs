//! What keys are called elsewhere, with the remedy.

const CHANNEL: &str = "[[channel]]";
const SOURCE: &str = "[[source]]";
const SECRET: &str = "a secret";
const SMTP: &str = "[smtp]";

/// Other names of keys, by their section.
#[rustfmt::skip]
const OTHER_KEYS: &[(&str, &[&str], &str)] = &[
    (CHANNEL, &["token", "key", "signing_secret", "signing_key", "hmac", "signature", "password", "webhook_secret"],
     "write `secret`, which signs each alert"),
    (CHANNEL, &["url", "address", "uri", "endpoint"], "write `webhook`"),
    (CHANNEL, &["to", "recipients", "recipient", "mail", "mailbox"], "write `email`"),
    (SOURCE, &["url", "address", "uri", "href"],
     "write `feed`, `page`, `bulletin`, `article` or `sitemap`, for what the address serves"),
    (SECRET, &["path", "filename", "filepath"], "write `file`"),
    (SMTP, &["token", "secret", "pass"], "write `password`"),
    (SMTP, &["host", "server", "address"], "write `url`"),
];

/// The remedy for a key that has another name in this section.
pub(super) fn remedy(section: &str, key: &str) -> Option<&'static str> {
    OTHER_KEYS.iter().find(|(of, keys, _)| *of == section && keys.contains(&key)).map(|(_, _, remedy)| *remedy)
}

/// True if a channel may mean its signing secret by an unknown key.
pub(super) fn is_secret(key: &str) -> bool {
    remedy(CHANNEL, key).is_some_and(|remedy| remedy.contains("`secret`"))
}

/// True if a source or a channel may mean its address by an unknown key.
pub(super) fn is_address(key: &str) -> bool {
    !is_secret(key) && (remedy(SOURCE, key).is_some() || remedy(CHANNEL, key).is_some())
}
