//! Reads the header `Link`: which feeds a server advertises for a page (RFC 8288).

use crate::address::Address;
use crate::net::Headers;
use crate::parse::feed::is_feed_type;

/// The most feeds that are read from the header. Chosen by hand.
const MAX_FEEDS: usize = 5;

/// The feeds that the `Link` headers of a page name, in their order.
pub(super) fn feeds(headers: &Headers, page: &Address) -> Vec<Address> {
    let links = headers.all("link").flat_map(links);
    let feeds = links.filter(|(_, parameters)| {
        parameter(parameters, "rel").split_whitespace().any(|word| word.eq_ignore_ascii_case("alternate"))
            && is_feed_type(&parameter(parameters, "type"))
    });
    feeds.filter_map(|(target, _)| page.join(target.trim()).ok()).take(MAX_FEEDS).collect()
}

/// Each target in angle brackets, with the parameters up to the next one.
fn links(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split('<').skip(1).filter_map(|link| link.split_once('>'))
}

/// The value of a parameter, without quotes; empty if it is missing.
fn parameter(parameters: &str, name: &str) -> String {
    let pairs = parameters.split(';').filter_map(|pair| pair.split_once('='));
    let value =
        pairs.filter(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next();
    match value.unwrap_or_default().strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default().to_owned(),
        None => value.unwrap_or_default().trim_end_matches(',').trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_alternates_of_a_feed_type_are_feeds() {
        let page = Address::parse("https://news.example.org/ar/").unwrap();
        let found = |value: &str| {
            let headers = Headers::from_iter([("link".to_owned(), value.as_bytes().to_vec())]);
            feeds(&headers, &page).iter().map(|feed| feed.url().path().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("<feed.xml>; rel=\"alternate\"; type=\"application/rss+xml\""), ["/ar/feed.xml"]);
        assert_eq!(
            found(
                "</a.css>; rel=preload, </f?a=1,2>;rel=alternate;type=application/atom+xml, </g>; rel=\"next alternate\"; type=application/feed+json"
            ),
            ["/f", "/g"]
        );
        for other in [
            "",
            "</f>",
            "</f>; rel=alternate",
            "</fr/>; rel=alternate; hreflang=fr",
            "</f>; rel=self; type=application/rss+xml",
            "<<>>;;=\"\"",
        ] {
            assert!(found(other).is_empty(), "{other}");
        }
    }
}
