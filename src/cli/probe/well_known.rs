//! The usual paths of feeds and sitemaps, for sites that advertise none.

use crate::address::Address;
use crate::address::site::is_same_server;
use crate::source::SourceKind;

/// Paths below a site's root, in the order in which they are tried.
const FEEDS: &[&str] = &["/feed/", "/rss", "/rss.xml", "/atom.xml", "/wp-json/wp/v2/posts"];
const SITEMAPS: &[&str] = &["/news-sitemap.xml", "/sitemap.xml"];

/// The addresses to try for a page that the typed address led to: those of the page, then those of the typed address if
/// they are on the same server. A front page may lead to a section, but the site's feed is still at the usual paths.
#[must_use]
pub(crate) fn usual(page: &Address, typed: &Address) -> Vec<(Address, SourceKind)> {
    let mut places = usual_of(page);
    if is_same_server(page.url(), typed.url()) {
        let further = usual_of(typed).into_iter().filter(|(place, _)| places.iter().all(|(known, _)| known != place));
        places.extend(further.collect::<Vec<_>>());
    }
    places
}

/// The addresses to try for a page: all usual paths for a site's front page. For any other page only its own feed,
/// because the feed of the whole site has other items.
fn usual_of(page: &Address) -> Vec<(Address, SourceKind)> {
    let path = page.url().path().trim_end_matches('/');
    let place = |path: &str, kind: &SourceKind| Some((page.join(path).ok()?, kind.clone()));
    if !path.is_empty() {
        let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
        let own = if is_file { None } else { place(&format!("{path}/feed/"), &SourceKind::Feed) };
        return own.into_iter().collect();
    }
    let feeds = FEEDS.iter().filter_map(|path| place(path, &SourceKind::Feed));
    feeds.chain(SITEMAPS.iter().filter_map(|path| place(path, &SourceKind::Sitemap))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_at_most_a_feed_of_its_own() {
        let paths = |address: &str| {
            let address = Address::parse(address).unwrap();
            let usual = usual(&address, &address);
            usual.iter().map(|(place, _)| place.url().path().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(paths("https://a.org/category/oic/?x=1"), ["/category/oic/feed/"]);
        assert!(paths("https://a.org/news/index.html").is_empty());
        assert_eq!(paths("https://a.org").len(), FEEDS.len() + SITEMAPS.len());
    }

    #[test]
    fn a_front_page_that_leads_to_a_section_has_the_usual_paths_of_the_site_too() {
        let usual = |page: &str, typed: &str| {
            let usual = usual(&Address::parse(page).unwrap(), &Address::parse(typed).unwrap());
            usual.iter().map(|(place, _)| place.url().path().to_owned()).collect::<Vec<_>>()
        };
        let both = usual("https://a.org/ar/", "https://a.org/");
        assert_eq!(both[..2], ["/ar/feed/", "/feed/"]);
        assert_eq!(both.len(), 1 + FEEDS.len() + SITEMAPS.len());
        assert_eq!(usual("https://b.org/ar/", "https://a.org/"), ["/ar/feed/"], "another server");
    }
}
