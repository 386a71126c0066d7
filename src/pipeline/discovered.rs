//! Reads documents that a source's document points to: the feed that a page advertises, the sitemaps of an index.
//!
//! They are read within the same visit, one step deep. Their validators are not stored: the page or index can stay
//! unchanged while the items behind it change.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::source_reader::{DiscoveredDocument, ReadFailure, SourceAnswer, SourceContent, SourceReader};
use crate::address::Address;
use crate::address::site::is_same_server;
use crate::cadence::CacheRules;
use crate::date::Moment;
use crate::fetch::Fetched;
use crate::parse::{Advertised, Parsed};
use crate::source::{Source, SourceKind, Validators};

/// The most sitemaps of one index that one visit reads. Chosen by hand.
pub(crate) const MAX_SITEMAPS: usize = 8;

/// How long after its last change a sitemap is read again, because a cached copy may have been served. Chosen by hand.
const REREAD_FOR: SignedDuration = SignedDuration::from_hours(24);

impl SourceReader<'_> {
    /// Completes an answer with the documents that it points to; `since` is when the source was last read completely.
    pub(crate) async fn with_discovered(
        &self,
        source: &Arc<Source>,
        read: SourceAnswer,
        since: Option<Timestamp>,
    ) -> SourceAnswer {
        let SourceAnswer { document: Ok(Some(reading)), validators, rules } = read else { return read };
        let feed = source.kind == SourceKind::Feed;
        let (document, rules) = match reading.parsed.feeds.first() {
            None if reading.parsed.is_page() => (Err(ReadFailure::new(wrong_document(feed))), rules),
            Some(_) if reading.parsed.is_page() && !feed => (Err(ReadFailure::new(wrong_document(feed))), rules),
            Some(best) if reading.parsed.is_page() => self.advertised(source, &best.address, rules).await,
            _ if reading.parsed.is_index() => self.index_children(source, reading, rules, since).await,
            _ => return SourceAnswer { document: Ok(Some(reading)), validators, rules },
        };
        SourceAnswer { document, validators: Some(Validators::default()), rules }
    }

    /// Reads the feed that a page advertises, in place of the page.
    async fn advertised(
        &self,
        source: &Arc<Source>,
        address: &Address,
        rules: CacheRules,
    ) -> (Result<Option<SourceContent>, ReadFailure>, CacheRules) {
        let (mut read, mut more) = self.read_discovered(source, SourceKind::Feed, address).await;
        let mut address = address;
        // Some sites list their feeds on a separate page, so one more step is taken.
        let page = read.as_ref().ok().filter(|reading| reading.parsed.is_page());
        let listed = page.and_then(|reading| reading.parsed.feeds.first().cloned());
        if let Some(listed) = &listed {
            (read, more) = self.read_discovered(source, SourceKind::Feed, &listed.address).await;
            address = &listed.address;
        }
        let document = match read.and_then(|reading| require_items(reading, &SourceKind::Feed)) {
            Ok(mut reading) => {
                reading
                    .discovered
                    .push(DiscoveredDocument { address: address.clone(), found: Ok(reading.parsed.items.len()) });
                reading.parsed.degrade(format!(
                    "the feed's address serves a web page; marsad reads the feed that it advertises; write feed = \
                     \"{address}\""
                ));
                Ok(Some(reading))
            }
            Err(failure) => Err(ReadFailure {
                message: format!(
                    "the feed's address serves a web page, and cannot read {address}, which it names as a feed: {}",
                    failure.message
                ),
                ..failure
            }),
        };
        (document, longest_rules(rules, more))
    }

    /// Reads the sitemaps that an index names; none if all of them were read since they changed.
    async fn index_children(
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
        if index.parsed.feeds.is_empty() && index.parsed.degraded.is_none() {
            index.parsed.degrade("the sitemap index names no sitemap".to_owned());
        }
        let mut refused = None;
        for child in changed {
            let (read, more) = self.read_discovered(source, SourceKind::Sitemap, &child).await;
            rules = longest_rules(rules, more);
            let found = match read.and_then(|reading| require_items(reading, &SourceKind::Sitemap)) {
                Ok(reading) => Ok(merge_items(&mut index.parsed, reading.parsed, source)),
                Err(failure) => {
                    index.parsed.degrade(format!("cannot read the sitemap {child}: {}", failure.message));
                    Err(refused.insert(failure).message.clone())
                }
            };
            index.discovered.push(DiscoveredDocument { address: child, found });
        }
        match refused {
            Some(failure) if index.discovered.iter().all(|child| child.found.is_err()) => {
                let message = format!("cannot read any sitemap of the index: {}", failure.message);
                (Err(ReadFailure { message, ..failure }), rules)
            }
            _ => (Ok(Some(index)), rules),
        }
    }

    /// Reads one document that the source points to. Only a document of the same server may be on a private network and
    /// gets the source's headers.
    async fn read_discovered(
        &self,
        source: &Arc<Source>,
        kind: SourceKind,
        address: &Address,
    ) -> (Result<SourceContent, ReadFailure>, CacheRules) {
        tokio::time::sleep(self.pause).await;
        let target = Arc::new(discovered_source(source, kind, address));
        match self.fetch(&target, &Validators::default()).await {
            Ok(Fetched::Document { document, rules, broken, room, .. }) => {
                let read = self.parse(&target, *document, room).await.map(|reading| reading.degraded_by(broken));
                (read, rules)
            }
            Ok(Fetched::NotModified { rules, .. }) => (Err(ReadFailure::unchanged()), rules),
            Err(error) => {
                let is_own = is_same_server(source.address.url(), address.url());
                let error = if is_own { error } else { error.elsewhere() };
                let rules = CacheRules { retry_after: error.retry_after(), ..CacheRules::default() };
                (Err(ReadFailure::from(&error)), rules)
            }
        }
    }
}

/// Says that a feed's or sitemap's address serves a web page, and what to do.
fn wrong_document(feed: bool) -> &'static str {
    if feed {
        "the feed's address serves a web page that advertises no feed: write `page = …` instead of `feed = …` to \
         read it as a listing, or run `marsad probe` with the address"
    } else {
        "the sitemap's address serves a web page: look for the sitemap in the site's robots.txt, or run `marsad \
         probe` with the address"
    }
}

/// Accepts a document that has items of its own. A document that only points to others is not followed.
fn require_items(reading: SourceContent, kind: &SourceKind) -> Result<SourceContent, ReadFailure> {
    if reading.parsed.is_index() {
        return Err(ReadFailure::new("it is another sitemap index, and nested indexes are not followed"));
    }
    if reading.parsed.is_page() {
        return Err(ReadFailure::new(format!("expected a {}, found a web page", kind.as_str())));
    }
    Ok(reading)
}

fn discovered_source(source: &Source, kind: SourceKind, address: &Address) -> Source {
    let discovered = Source { kind, address: address.clone(), ..source.clone() };
    if is_same_server(source.address.url(), address.url()) {
        return discovered;
    }
    Source { headers: Vec::new(), allow_networks: Vec::new(), encoding: None, ..discovered }
}

/// Combines the cache rules of two servers: the longest time that either asks for.
fn longest_rules(one: CacheRules, other: CacheRules) -> CacheRules {
    CacheRules { max_age: one.max_age.max(other.max_age), retry_after: one.retry_after.max(other.retry_after) }
}

/// The sitemaps to read: those that may have changed since the source was last read completely, at most
/// [`MAX_SITEMAPS`]; and a note if others stay unread.
fn changed(named: &[Advertised], since: Option<Timestamp>) -> (Vec<Address>, Option<String>) {
    let seen = |at: Moment| match (at, since) {
        (Moment::Instant(at), Some(since)) => since.duration_since(at) > REREAD_FOR,
        (Moment::Day(day), Some(since)) => {
            let ended = day.to_zoned(jiff::tz::TimeZone::UTC).map(|start| start.timestamp());
            ended.is_ok_and(|start| since.duration_since(start) > REREAD_FOR * 2)
        }
        (_, None) => false,
    };
    let changed: Vec<&Advertised> = named.iter().filter(|one| !one.modified.is_some_and(seen)).collect();
    let unread = changed.get(MAX_SITEMAPS..).unwrap_or_default();
    let undated = unread.iter().any(|one| one.modified.is_none());
    let degraded = (undated || since.is_some() && !unread.is_empty()).then(|| {
        format!(
            "{} of the {} sitemaps of the index were not read; a visit reads at most {MAX_SITEMAPS}",
            unread.len(),
            named.len()
        )
    });
    (changed.into_iter().take(MAX_SITEMAPS).map(|one| one.address.clone()).collect(), degraded)
}

/// Adds a sitemap's items to those of the index, each address once. Returns how many the sitemap had.
fn merge_items(index: &mut Parsed, sitemap: Parsed, source: &Source) -> usize {
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
    fn a_sitemap_that_has_not_changed_for_a_day_is_not_read_again() {
        let index = named(&[Some("2026-11-21"), Some("2026-11-19"), None, Some("2026-10-01")]);
        let numbers = |since| changed(&index, since).0.iter().map(|at| at.url().path().to_owned()).collect::<Vec<_>>();
        assert_eq!(numbers(None).len(), 4);
        assert_eq!(numbers(since("2026-11-21T12:00:00Z")), ["/0.xml", "/2.xml"]);
        assert_eq!(numbers(since("2026-11-20T12:00:00Z")), ["/0.xml", "/1.xml", "/2.xml"]);
    }

    #[test]
    fn unread_sitemaps_are_reported_if_they_may_hold_new_items() {
        let dated = named(&[Some("2026-11-21"); 12]);
        assert_eq!(changed(&dated, None).1, None, "a first visit takes the newest");
        assert_eq!(changed(&dated, since("2026-11-25T12:00:00Z")), (Vec::new(), None));
        let degraded = changed(&dated, since("2026-11-21T12:00:00Z")).1.unwrap();
        assert!(degraded.starts_with("4 of the 12"), "{degraded}");
        assert!(changed(&named(&[None; 9]), None).1.is_some(), "without dates the newest are unknown");
    }

    #[test]
    fn another_site_gets_no_headers_and_no_private_networks() {
        let address = Address::parse("https://news.example.org/ar/").unwrap();
        let mut source = Source::at(SourceKind::Feed, address);
        source.allow_networks = vec!["127.0.0.0/8".parse().unwrap()];
        source.headers = vec![("x-team".to_owned(), "press".to_owned().into())];
        let at = |address: &str| discovered_source(&source, SourceKind::Feed, &Address::parse(address).unwrap());
        let home = at("https://news.example.org/feed");
        assert_eq!((home.headers.len(), home.allow_networks.len()), (1, 1));
        for address in ["https://other.example.org/feed", "http://news.example.org/feed", "http://127.0.0.1/feed"] {
            let away = at(address);
            assert_eq!((away.headers.len(), away.allow_networks.len()), (0, 0), "{address}");
        }
    }
}
