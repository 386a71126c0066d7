//! The usual paths of feeds and sitemaps, for sites that advertise none.

use crate::address::Address;
use crate::source::SourceKind;

/// Paths below a site's root, in the order in which they are tried.
const FEEDS: &[&str] = &["/feed/", "/rss", "/rss.xml", "/atom.xml", "/wp-json/wp/v2/posts"];
const SITEMAPS: &[&str] = &["/news-sitemap.xml", "/sitemap.xml"];

/// The addresses to try for a page: all usual paths for a site's front page. For any other page only its own feed,
/// because the feed of the whole site has other items.
#[must_use]
pub(crate) fn usual(page: &Address) -> Vec<(Address, SourceKind)> {
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
            let usual = usual(&Address::parse(address).unwrap());
            usual.iter().map(|(place, _)| place.url().path().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(paths("https://a.org/category/oic/?x=1"), ["/category/oic/feed/"]);
        assert!(paths("https://a.org/news/index.html").is_empty());
        assert_eq!(paths("https://a.org").len(), FEEDS.len() + SITEMAPS.len());
    }
}
