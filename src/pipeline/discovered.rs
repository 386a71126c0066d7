//! What a document only points at: the feed that a web page advertises, the sitemaps that an index names.
//!
//! It is read within the same visit, one step far and no further. Nothing is remembered to ask with: the page or index
//! that points at the items can be the same as before while the items are not.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::source_reader::{DiscoveredDocument, ReadFailure, SourceAnswer, SourceContent, SourceReader};
use crate::address::Address;
use crate::cadence::CacheRules;
use crate::date::Moment;
use crate::fetch::Fetched;
use crate::net::fence::same_site;
use crate::parse::{Advertised, Parsed};
use crate::source::{Source, SourceKind, Validators};

/// The most sitemaps of one index that are read in one visit.
pub const MAX_CHILDREN: usize = 8;

/// A sitemap is read again for so long after its last change: the one that was served then may have been an old copy.
const SETTLED: SignedDuration = SignedDuration::from_hours(24);

impl SourceReader<'_> {
    /// Completes what was read by what it points at; `since` is when the source was last read as a whole.
    pub async fn completed(&self, source: &Arc<Source>, read: SourceAnswer, since: Option<Timestamp>) -> SourceAnswer {
        let SourceAnswer { document: Ok(Some(reading)), validators, rules } = read else { return read };
        let feed = source.kind == SourceKind::Feed;
        let (document, rules) = match reading.parsed.feeds.first() {
            None if reading.parsed.is_page() => (Err(ReadFailure::saying(nothing_there(feed))), rules),
            Some(_) if reading.parsed.is_page() && !feed => (Err(ReadFailure::saying(nothing_there(feed))), rules),
            Some(best) if reading.parsed.is_page() => self.advertised(source, &best.address, rules).await,
            _ if reading.parsed.is_index() => self.children(source, reading, rules, since).await,
            _ => return SourceAnswer { document: Ok(Some(reading)), validators, rules },
        };
        SourceAnswer { document, validators: Some(Validators::default()), rules }
    }

    /// The feed that a page advertises, in the page's place.
    async fn advertised(
        &self,
        source: &Arc<Source>,
        address: &Address,
        rules: CacheRules,
    ) -> (Result<Option<SourceContent>, ReadFailure>, CacheRules) {
        let (read, more) = self.linked(source, SourceKind::Feed, address).await;
        let document = match read {
            Ok(mut reading) => {
                reading
                    .linked
                    .push(DiscoveredDocument { address: address.clone(), found: Ok(reading.parsed.items.len()) });
                reading.parsed.degrade(format!(
                    "the feed's address serves a web page, so the feed that it advertises is read; \
                     write feed = \"{address}\""
                ));
                Ok(Some(reading))
            }
            Err(failure) => Err(ReadFailure {
                message: format!(
                    "the feed's address serves a web page, and cannot read {address}, which it advertises: {}",
                    failure.message
                ),
                ..failure
            }),
        };
        (document, both(rules, more))
    }

    /// The items of the sitemaps that an index names; nothing where all of them were read since they changed.
    async fn children(
        &self,
        source: &Arc<Source>,
        mut index: SourceContent,
        mut rules: CacheRules,
        since: Option<Timestamp>,
    ) -> (Result<Option<SourceContent>, ReadFailure>, CacheRules) {
        let (changed, degraded) = changed(&index.parsed.feeds, since);
        if changed.is_empty() && !index.parsed.feeds.is_empty() {
            return (Ok(None), rules);
        }
        degraded.into_iter().for_each(|degraded| index.parsed.degrade(degraded));
        let mut refused = None;
        for child in changed {
            let (read, more) = self.linked(source, SourceKind::Sitemap, &child).await;
            rules = both(rules, more);
            let found = match read {
                Ok(reading) => Ok(take(&mut index.parsed, reading.parsed, source)),
                Err(failure) => {
                    index.parsed.degrade(format!("the sitemap {child} cannot be read: {}", failure.message));
                    Err(refused.insert(failure).message.clone())
                }
            };
            index.linked.push(DiscoveredDocument { address: child, found });
        }
        match refused {
            Some(failure) if index.linked.iter().all(|child| child.found.is_err()) => {
                let message = format!("no sitemap of the index can be read: {}", failure.message);
                (Err(ReadFailure { message, ..failure }), rules)
            }
            _ => (Ok(Some(index)), rules),
        }
    }

    /// Reads one document that the source points at. It may stand in a private network, and gets the source's own
    /// headers, only where it is of the same site.
    async fn linked(
        &self,
        source: &Arc<Source>,
        kind: SourceKind,
        address: &Address,
    ) -> (Result<SourceContent, ReadFailure>, CacheRules) {
        tokio::time::sleep(self.pause).await;
        let linked = Arc::new(beside(source, kind, address));
        match self.fetched(&linked, &Validators::default()).await {
            Ok(Fetched::Document { document, rules, broken, .. }) => {
                let read = self.parsed(&linked, *document).await.map(|reading| reading.noting(broken));
                (read.and_then(|reading| items(reading, &linked.kind)), rules)
            }
            Ok(Fetched::NotModified { rules, .. }) => (Err(ReadFailure::unchanged()), rules),
            Err(error) => {
                let rules = CacheRules { retry_after: error.retry_after(), ..CacheRules::default() };
                (Err(ReadFailure::from(&error)), rules)
            }
        }
    }
}

/// Why a page at the address of a feed or sitemap gives nothing, and what to do.
fn nothing_there(feed: bool) -> &'static str {
    if feed {
        "the feed's address serves a web page that advertises no feed: write `page = …` instead of `feed = …` to \
         read it as a listing, or run `marsad probe` with the address"
    } else {
        "the sitemap's address serves a web page: look for the sitemap in the site's robots.txt, or run `marsad \
         probe` with the address"
    }
}

/// What was read, where it has items of its own: what points further is not followed.
fn items(reading: SourceContent, kind: &SourceKind) -> Result<SourceContent, ReadFailure> {
    if reading.parsed.is_index() {
        return Err(ReadFailure::saying("it is another sitemap index, which is not followed"));
    }
    if reading.parsed.is_page() {
        return Err(ReadFailure::saying(format!("expected a {}, found a web page", kind.as_str())));
    }
    Ok(reading)
}

fn beside(source: &Source, kind: SourceKind, address: &Address) -> Source {
    let beside = Source { kind, address: address.clone(), ..source.clone() };
    if same_site(source.address.url(), address.url()) {
        return beside;
    }
    Source { headers: Vec::new(), allow_networks: Vec::new(), encoding: None, ..beside }
}

/// What two servers say about the next visit: the longest time that either asks for.
fn both(one: CacheRules, other: CacheRules) -> CacheRules {
    CacheRules { max_age: other.max_age.or(one.max_age), retry_after: one.retry_after.max(other.retry_after) }
}

/// The sitemaps to read: those that may have changed since the source was last read as a whole, at most
/// [`MAX_CHILDREN`]; and what is to be said of those that are not read.
fn changed(named: &[Advertised], since: Option<Timestamp>) -> (Vec<Address>, Option<String>) {
    let seen = |at: Moment| match (at, since) {
        (Moment::Instant(at), Some(since)) => since.duration_since(at) > SETTLED,
        (Moment::Day(day), Some(since)) => {
            let ended = day.to_zoned(jiff::tz::TimeZone::UTC).map(|start| start.timestamp());
            ended.is_ok_and(|start| since.duration_since(start) > SETTLED * 2)
        }
        (_, None) => false,
    };
    let changed: Vec<&Advertised> = named.iter().filter(|one| !one.modified.is_some_and(seen)).collect();
    let unread = changed.get(MAX_CHILDREN..).unwrap_or_default();
    let undated = unread.iter().any(|one| one.modified.is_none());
    let degraded = (undated || since.is_some() && !unread.is_empty()).then(|| {
        format!(
            "{} of the {} sitemaps of the index are not read: {MAX_CHILDREN} are at most",
            unread.len(),
            named.len()
        )
    });
    (changed.into_iter().take(MAX_CHILDREN).map(|one| one.address.clone()).collect(), degraded)
}

/// Adds a sitemap's items to the index's own, each address once; how many it had.
fn take(index: &mut Parsed, sitemap: Parsed, source: &Source) -> usize {
    let found = sitemap.items.len() + sitemap.overflow.len();
    index.empty += sitemap.empty;
    index.left_out += sitemap.left_out - sitemap.overflow.len();
    if let Some(degraded) = sitemap.degraded {
        index.degrade(degraded);
    }
    let known = index.items.iter().chain(&index.overflow).filter_map(|item| item.address.clone());
    let known: std::collections::HashSet<_> = known.collect();
    let all = sitemap.items.into_iter().chain(sitemap.overflow);
    for item in all.filter(|item| item.address.as_ref().is_none_or(|at| !known.contains(at))) {
        index.take(item, source);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(days: &[Option<&str>]) -> Vec<Advertised> {
        let one = |(n, day): (usize, &Option<&str>)| Advertised {
            address: Address::parse(&format!("https://news.example.org/{n}.xml")).unwrap(),
            title: String::new(),
            lang: String::new(),
            modified: day.map(|day| Moment::Day(day.parse().unwrap())),
        };
        days.iter().enumerate().map(one).collect()
    }

    fn since(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_sitemap_that_has_long_been_the_same_is_not_read_again() {
        let index = named(&[Some("2026-11-21"), Some("2026-11-19"), None, Some("2026-10-01")]);
        let numbers = |since| changed(&index, since).0.iter().map(|at| at.url().path().to_owned()).collect::<Vec<_>>();
        assert_eq!(numbers(None).len(), 4);
        assert_eq!(numbers(since("2026-11-21T12:00:00Z")), ["/0.xml", "/2.xml"]);
        assert_eq!(numbers(since("2026-11-20T12:00:00Z")), ["/0.xml", "/1.xml", "/2.xml"]);
    }

    #[test]
    fn what_is_not_read_is_said_where_it_may_hold_something_new() {
        let dated = named(&[Some("2026-11-21"); 12]);
        assert_eq!(changed(&dated, None).1, None, "a first visit takes the newest");
        assert_eq!(changed(&dated, since("2026-11-25T12:00:00Z")), (Vec::new(), None));
        let degraded = changed(&dated, since("2026-11-21T12:00:00Z")).1.unwrap();
        assert!(degraded.starts_with("4 of the 12"), "{degraded}");
        assert!(changed(&named(&[None; 9]), None).1.is_some(), "nobody can tell which are the newest");
    }

    #[test]
    fn what_stands_elsewhere_gets_neither_the_headers_nor_the_networks() {
        let address = Address::parse("https://news.example.org/ar/").unwrap();
        let mut source = Source::at(SourceKind::Feed, address);
        source.allow_networks = vec!["127.0.0.0/8".parse().unwrap()];
        source.headers = vec![("x-team".to_owned(), "press".to_owned().into())];
        let at = |address: &str| beside(&source, SourceKind::Feed, &Address::parse(address).unwrap());
        let home = at("https://news.example.org/feed");
        assert_eq!((home.headers.len(), home.allow_networks.len()), (1, 1));
        for address in ["https://other.example.org/feed", "http://news.example.org/feed", "http://127.0.0.1/feed"] {
            let away = at(address);
            assert_eq!((away.headers.len(), away.allow_networks.len()), (0, 0), "{address}");
        }
    }
}
