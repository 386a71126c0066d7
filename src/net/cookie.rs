//! Keeps the cookies of one fetch: they go back to the host that set them, and are dropped at the end of the fetch.
//!
//! Some sites set a cookie and redirect to the same address; without the cookie they redirect without end.

use reqwest::header::{HeaderMap, SET_COOKIE};
use url::Url;

use crate::clock::Clock;
use crate::date::http_date;

/// The cookies that the answers of one fetch have set so far.
#[derive(Debug, Default)]
pub(super) struct CookieJar(Vec<Cookie>);

#[derive(Debug)]
struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
    secure: bool,
}

/// The most cookies of one fetch; chosen by hand: sites that redirect set one to three.
const MAX_COOKIES: usize = 20;

/// The longest cookie, name and value together, in bytes (RFC 6265 §6.1).
const MAX_COOKIE: usize = 4096;

/// The most bytes of cookies in one request: the limit of common servers for all headers.
const MAX_HEADER: usize = 8 * 1024;

impl CookieJar {
    /// Stores or deletes the cookies that the answer from `url` names.
    pub(super) fn take(&mut self, url: &Url, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let Some((cookie, gone)) = line.to_str().ok().and_then(|line| read(url, line)) else { continue };
            self.0.retain(|old| (&old.host, &old.path, &old.name) != (&cookie.host, &cookie.path, &cookie.name));
            if !gone && self.0.len() < MAX_COOKIES {
                self.0.push(cookie);
            }
        }
    }

    /// The `Cookie` header for `url` (RFC 6265 §5.4).
    pub(super) fn header(&self, url: &Url) -> Option<String> {
        let mut header = String::new();
        for cookie in self.0.iter().filter(|cookie| cookie.goes_to(url)) {
            let more = if header.is_empty() { "" } else { "; " };
            let pair = format!("{more}{}={}", cookie.name, cookie.value);
            if header.len() + pair.len() <= MAX_HEADER {
                header.push_str(&pair);
            }
        }
        (!header.is_empty()).then_some(header)
    }

    /// True if no cookie was set.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Cookie {
    fn goes_to(&self, url: &Url) -> bool {
        let below = url.path().strip_prefix(self.path.as_str());
        let path = below.is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'));
        path && url.host_str() == Some(&self.host) && (!self.secure || url.scheme() == "https")
    }
}

/// Parses a `Set-Cookie` line: the cookie, and whether the line deletes it; `None` if it is for another domain.
/// Whatever `Domain` says, only the host that set the cookie gets it back.
fn read(url: &Url, line: &str) -> Option<(Cookie, bool)> {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || name.len() + value.len() > MAX_COOKIE {
        return None;
    }
    let mut cookie = Cookie {
        host: url.host_str()?.to_owned(),
        path: folder(url.path()).to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
        secure: false,
    };
    let (mut expired, mut age) = (false, None);
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key.trim().to_ascii_lowercase().as_str() {
            "path" if value.trim().starts_with('/') => cookie.path = value.trim().to_owned(),
            "secure" => cookie.secure = true,
            "domain" if !covers(value.trim(), &cookie.host) => return None,
            "max-age" => age = value.trim().parse::<i64>().ok().or(age),
            "expires" => expired = is_past(value),
            _ => {}
        }
    }
    // Max-Age wins if both are present (RFC 6265 §5.3).
    Some((cookie, age.map_or(expired, |seconds| seconds <= 0)))
}

/// True if `host` may set a cookie for `domain`; an empty domain is ignored (RFC 6265 §5.2.3).
fn covers(domain: &str, host: &str) -> bool {
    let domain = domain.trim_start_matches('.').to_ascii_lowercase();
    domain.is_empty() || host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

/// True if a date has passed. An invalid date has not passed.
fn is_past(date: &str) -> bool {
    http_date::read(date).is_some_and(|at| at < Clock::system().now())
}

/// The folder of a path, without its trailing slash (RFC 6265 §5.1.4).
fn folder(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(set: &[(&str, &str)], to: &str) -> Option<String> {
        let mut jar = CookieJar::default();
        for (url, line) in set {
            let headers = [(SET_COOKIE, line.parse().unwrap())].into_iter().collect();
            jar.take(&Url::parse(url).unwrap(), &headers);
        }
        jar.header(&Url::parse(to).unwrap())
    }

    #[test]
    fn a_cookie_goes_back_to_the_host_and_path_that_it_was_set_for() {
        let set = [("https://a.org/x/set", "tok=1; HttpOnly; SameSite=Lax"), ("https://a.org/", "geo=sa; Path=/feed")];
        assert_eq!(sent(&set, "https://a.org/x/y").as_deref(), Some("tok=1"));
        assert_eq!(sent(&set, "https://a.org/feed/ar").as_deref(), Some("geo=sa"));
        for other in ["https://b.org/x/", "https://www.a.org/x/", "https://a.org/feeds", "https://a.org/xy"] {
            assert_eq!(sent(&set, other), None, "{other}");
        }
        let secure = [("https://a.org/", "s=1; Secure")];
        assert_eq!((sent(&secure, "http://a.org/"), sent(&secure, "https://a.org/").as_deref()), (None, Some("s=1")));
    }

    #[test]
    fn the_last_cookie_of_a_name_wins() {
        let set = [("https://a.org/", "t=1"), ("https://a.org/", "t=2")];
        assert_eq!(sent(&set, "https://a.org/").as_deref(), Some("t=2"));
        for deleted in [
            "t=; Max-Age=0",
            "t=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "t=x; expires=Thu, 01-Jan-1970 00:00:00 GMT",
            "t=x; expires=Thursday, 01-Jan-70 00:00:00 GMT",
        ] {
            let set = [("https://a.org/", "t=1"), ("https://a.org/", deleted)];
            assert_eq!(sent(&set, "https://a.org/"), None, "{deleted}");
        }
        let kept = [("https://a.org/", "t=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT")];
        assert_eq!(sent(&kept, "https://a.org/").as_deref(), Some("t=1"));
    }

    #[test]
    fn a_cookie_for_another_domain_is_rejected() {
        for (domain, taken) in [("a.org", true), (".a.org", true), ("b.org", false), ("xa.org", false), ("", true)] {
            let line = format!("t=1; Domain={domain}");
            assert_eq!(sent(&[("https://a.org/", line.as_str())], "https://a.org/").is_some(), taken, "{domain}");
        }
    }

    #[test]
    fn a_flood_of_cookies_is_bounded() {
        let (long, most) = (format!("l={}", "x".repeat(MAX_COOKIE)), format!("={}", "x".repeat(3000)));
        let mut jar = CookieJar::default();
        let url = Url::parse("https://a.org/").unwrap();
        let lines = (0..100).map(|n| format!("c{n}{most}")).chain([long, "no pair".to_owned(), "=nameless".to_owned()]);
        jar.take(&url, &lines.map(|line| (SET_COOKIE, line.parse().unwrap())).collect());
        assert_eq!(jar.0.len(), MAX_COOKIES);
        assert!(jar.header(&url).unwrap().len() <= MAX_HEADER);
    }
}
