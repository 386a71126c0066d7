//! Tells a page that wants to know whether a human is there from the page that was asked for.

use crate::net::Headers;

/// What stands only in the pages that fences put in front of a site, in lower case. Each was seen in the field.
const MARKS: &[&str] = &[
    "<title>just a moment...</title>",
    "<title>attention required! | cloudflare</title>",
    "/cdn-cgi/challenge-platform/",
    "cf-browser-verification",
    "_incapsula_resource",
    "request unsuccessful. incapsula incident id",
    "<title>ddos-guard</title>",
    "sgcaptcha",
    "awswafintegration",
    "<title>access denied</title>",
    "sucuri website firewall - access denied",
    "<title>one moment, please...</title>",
    "<title>robot challenge screen</title>",
];

/// A challenge is a small page; a long one that carries such a word is an article about it, or a page with the fence's
/// script on it.
const MAX_SIZE: usize = 24 * 1024;

/// True when the server says so itself, whatever the status.
pub(super) fn announced(headers: &Headers) -> bool {
    headers.get("cf-mitigated").is_some_and(|value| value.eq_ignore_ascii_case("challenge"))
        || headers.get("x-amzn-waf-action").is_some()
}

/// True when `text` is such a page.
pub(super) fn recognised(media_type: &str, text: &str) -> bool {
    let page = media_type.is_empty() || media_type.contains("html");
    if !page || text.len() > MAX_SIZE || text.contains("<rss") || text.contains("<feed") {
        return false;
    }
    let text = text.to_ascii_lowercase();
    MARKS.iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_told_from_a_page() {
        let challenge = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>";
        assert!(recognised("text/html", challenge));
        assert!(!recognised("application/rss+xml", challenge));
        assert!(!recognised("text/html", "<html><title>Gaza: just a moment</title><article>…</article></html>"));
        assert!(!recognised("text/html", &format!("{challenge}{}", "<p>article</p>".repeat(3000))));
    }
}
