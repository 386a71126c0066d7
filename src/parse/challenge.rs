//! Recognizes pages that firewalls, captchas and logins serve in place of the content.

use MarkStrength::{Certain, Likely};

/// How much of a page is searched, in bytes. Chosen by hand: the marks are in its head and first screen.
const MAX_SEARCHED: usize = 200_000;
/// A page with this many links is not a challenge. Chosen by hand: a challenge has few or none.
const MAX_LINKS: usize = 40;
/// The longest challenge, in bytes. Chosen by hand: a longer page with such a mark is an article about it, or includes
/// the firewall's script.
const MAX_CHALLENGE: usize = 24 * 1024;

/// How much a mark proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MarkStrength {
    /// It occurs only in challenges.
    Certain,
    /// It also occurs in other pages: it counts if nothing else was found on the page.
    Likely,
}

/// The marks of such pages, in lower case, each with the name of the challenge. The first that a page has names it. All
/// were seen in the field.
const MARKS: &[(MarkStrength, &str, &str)] = &[
    (Certain, "<title>just a moment...</title>", "Cloudflare challenge"),
    (Certain, "<title>attention required! | cloudflare</title>", "Cloudflare block"),
    (Certain, "/cdn-cgi/challenge-platform/", "Cloudflare challenge"),
    (Certain, "cf-browser-verification", "Cloudflare challenge"),
    (Certain, "_incapsula_resource", "Imperva challenge"),
    (Certain, "request unsuccessful. incapsula incident id", "Imperva block"),
    (Certain, "<title>ddos-guard</title>", "DDoS-Guard challenge"),
    (Certain, "sgcaptcha", "captcha"),
    (Certain, "awswafintegration", "AWS firewall"),
    (Certain, "<title>access denied</title>", "access denied"),
    (Certain, "sucuri website firewall - access denied", "Sucuri firewall"),
    (Certain, "<title>one moment, please...</title>", "browser check"),
    (Certain, "<title>robot challenge screen</title>", "browser check"),
    (Likely, "cf-chl-", "Cloudflare challenge"),
    (Likely, "challenge-platform", "Cloudflare challenge"),
    (Likely, "just a moment...", "Cloudflare challenge"),
    (Likely, "attention required! | cloudflare", "Cloudflare block"),
    (Likely, "checking your browser", "browser check"),
    (Likely, "ddos-guard", "DDoS-Guard challenge"),
    (Likely, "request unsuccessful. incapsula", "Imperva block"),
    (Likely, "sucuri website firewall", "Sucuri firewall"),
    (Likely, "the requested url was rejected", "F5 firewall"),
    (Likely, "g-recaptcha", "captcha"),
    (Likely, "h-captcha", "captcha"),
    (Likely, "px-captcha", "captcha"),
    (Likely, "captcha-delivery.com", "captcha"),
    (Likely, "access denied", "access denied"),
    (Likely, "type=\"password\"", "login form"),
    (Likely, "type='password'", "login form"),
    (Likely, "type=password", "login form"),
    (Likely, "enable javascript and cookies to continue", "browser check"),
];

/// True for a page that is certainly a challenge.
pub(crate) fn is_certain(media_type: &str, text: &str) -> bool {
    let page = media_type.is_empty() || media_type.contains("html");
    if !page || text.len() > MAX_CHALLENGE || text.contains("<rss") || text.contains("<feed") {
        return false;
    }
    let text = text.to_ascii_lowercase();
    MARKS.iter().any(|(strength, mark, _)| *strength == Certain && text.contains(mark))
}

/// The name of the challenge, block or login that a page without items is; none for any other page.
pub(super) fn find(text: &str) -> Option<&'static str> {
    let end = (0..=text.len().min(MAX_SEARCHED)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let lower = text[..end].to_ascii_lowercase();
    let (.., name) = MARKS.iter().find(|(_, mark, _)| lower.contains(mark))?;
    (lower.matches("<a ").take(MAX_LINKS).count() < MAX_LINKS).then_some(*name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certain_challenge_is_a_small_page() {
        let challenge = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>";
        assert!(is_certain("text/html", challenge));
        assert!(!is_certain("application/rss+xml", challenge));
        assert!(!is_certain("text/html", "<html><title>Gaza: just a moment</title><article>…</article></html>"));
        assert!(!is_certain("text/html", &format!("{challenge}{}", "<p>article</p>".repeat(3000))));
    }

    #[test]
    fn a_page_with_a_login_form_in_its_corner_is_not_a_challenge() {
        assert_eq!(find("<html><title>Just a moment...</title>"), Some("Cloudflare challenge"));
        assert_eq!(find("<form><input type=\"password\"></form>"), Some("login form"));
        assert_eq!(find("<form><input type=password></form>"), Some("login form"));
        let page = format!("<form><input type=\"password\"></form>{}", "<a href=x>y</a>".repeat(50));
        assert_eq!(find(&page), None);
    }
}
