//! Recognizes pages that firewalls, captchas and logins serve in place of the content.

/// How much of a page is searched, in bytes. Chosen by hand: the marks are in its head and first screen.
const MAX_SEARCHED: usize = 200_000;
/// A page with this many links is not a challenge. Chosen by hand: a challenge has few or none.
const MAX_LINKS: usize = 40;
/// The longest challenge, in bytes. Chosen by hand: a longer page with such a mark is an article about it, or includes
/// the firewall's script.
const MAX_CHALLENGE: usize = 24 * 1024;

/// Marks that occur only in such pages, in lower case, each with the name of the challenge. All were seen in the field.
const CERTAIN: &[(&str, &str)] = &[
    ("<title>just a moment...</title>", "Cloudflare challenge"),
    ("<title>attention required! | cloudflare</title>", "Cloudflare block"),
    ("/cdn-cgi/challenge-platform/", "Cloudflare challenge"),
    ("cf-browser-verification", "Cloudflare challenge"),
    ("_incapsula_resource", "Imperva challenge"),
    ("request unsuccessful. incapsula incident id", "Imperva block"),
    ("<title>ddos-guard</title>", "DDoS-Guard challenge"),
    ("sgcaptcha", "captcha"),
    ("awswafintegration", "AWS firewall"),
    ("<title>access denied</title>", "access denied"),
    ("sucuri website firewall - access denied", "Sucuri firewall"),
    ("<title>one moment, please...</title>", "browser check"),
    ("<title>robot challenge screen</title>", "browser check"),
];

/// Marks that also occur in other pages: they count if nothing else was found on the page.
const LIKELY: &[(&str, &str)] = &[
    ("cf-chl-", "Cloudflare challenge"),
    ("challenge-platform", "Cloudflare challenge"),
    ("just a moment...", "Cloudflare challenge"),
    ("attention required! | cloudflare", "Cloudflare block"),
    ("checking your browser", "browser check"),
    ("ddos-guard", "DDoS-Guard challenge"),
    ("request unsuccessful. incapsula", "Imperva block"),
    ("sucuri website firewall", "Sucuri firewall"),
    ("the requested url was rejected", "F5 firewall"),
    ("g-recaptcha", "captcha"),
    ("h-captcha", "captcha"),
    ("px-captcha", "captcha"),
    ("captcha-delivery.com", "captcha"),
    ("access denied", "access denied"),
    ("type=\"password\"", "login form"),
    ("type='password'", "login form"),
    ("type=password", "login form"),
    ("enable javascript and cookies to continue", "browser check"),
];

/// True for a page that is certainly a challenge.
pub(crate) fn is_certain(media_type: &str, text: &str) -> bool {
    let page = media_type.is_empty() || media_type.contains("html");
    if !page || text.len() > MAX_CHALLENGE || text.contains("<rss") || text.contains("<feed") {
        return false;
    }
    let text = text.to_ascii_lowercase();
    CERTAIN.iter().any(|(mark, _)| text.contains(mark))
}

/// The name of the challenge, block or login that a page without items is; none for any other page.
pub(super) fn find(text: &str) -> Option<&'static str> {
    let end = (0..=text.len().min(MAX_SEARCHED)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let lower = text[..end].to_ascii_lowercase();
    let (_, name) = CERTAIN.iter().chain(LIKELY).find(|(mark, _)| lower.contains(mark))?;
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
