//! Writes the `[[source]]` block to paste into a configuration.

use std::fmt::Write as _;

use crate::date::Moment;
use crate::item::Item;
use crate::source::{Source, SourceKind};
use crate::text::lang::Lang;

/// Host labels that do not name the publisher.
const GENERIC: &[&str] = &["com", "org", "net", "gov", "gob", "gouv", "edu", "ac", "co", "or", "go", "mil", "info"];
/// The longest id, in characters. Chosen by hand.
const MAX_ID: usize = 40;
/// How many dated items an estimate of the interval needs. Chosen by hand.
const ENOUGH: usize = 5;

/// The block for a source with these items, under an id that is not in `taken`.
#[must_use]
pub(crate) fn block(source: &Source, items: &[Item], taken: &[String]) -> String {
    let lang = lang(items);
    let mut keys = vec![
        ("id", quoted(&id(source.address.host(), lang.as_ref(), taken))),
        (source.kind.as_str(), quoted(source.address.as_str())),
        ("every", quoted(every(&source.kind, items))),
    ];
    keys.extend(lang.map(|lang| ("lang", quoted(lang.as_str()))));
    if !source.allow_networks.is_empty() {
        let networks: Vec<String> = source.allow_networks.iter().map(|network| quoted(&network.to_string())).collect();
        keys.push(("allow_networks", format!("[{}]", networks.join(", "))));
    }
    let width = keys.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let mut block = "[[source]]\n".to_owned();
    for (key, value) in keys {
        let _ = writeln!(block, "{key:width$} = {value}");
    }
    block
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// An id from the host and the language: `una-oic-ar`.
fn id(host: &str, lang: Option<&Lang>, taken: &[String]) -> String {
    let host = host.trim_matches(['[', ']']).trim_start_matches("www.");
    let mut labels: Vec<&str> = host.split('.').collect();
    let named = |labels: &[&str]| labels.last().is_some_and(|label| !label.chars().all(|c| c.is_ascii_digit()));
    if labels.len() > 1 && named(&labels) {
        labels.pop();
        if labels.len() > 1 && labels.last().is_some_and(|label| GENERIC.contains(label)) {
            labels.pop();
        }
    }
    let mut name: String =
        labels.join("-").chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(MAX_ID).collect();
    name = name.trim_matches('-').to_owned();
    if name.is_empty() {
        name.push_str("source");
    }
    if let Some(lang) = lang {
        name = format!("{name}-{}", lang.as_str());
    }
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(name)
}

/// The language that at least nine of ten items share.
fn lang(items: &[Item]) -> Option<Lang> {
    let first = items.iter().find_map(|item| item.lang.clone())?;
    let shared = items.iter().filter(|item| item.lang.as_ref() == Some(&first)).count();
    (shared * 10 >= items.len() * 9).then_some(first)
}

/// The interval between visits: several visits for each item that is published.
fn every(kind: &SourceKind, items: &[Item]) -> &'static str {
    if matches!(kind, SourceKind::Article | SourceKind::Bulletin { .. }) {
        return "1h";
    }
    let second = |at: Moment| match at {
        Moment::Instant(at) => Some(at.as_second()),
        Moment::Day(day) => Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second()),
    };
    let mut times: Vec<i64> = items.iter().filter_map(|item| second(item.published.as_ref()?.at)).collect();
    times.sort_unstable();
    let recent = &times[times.len().saturating_sub(20)..];
    let (Some(first), Some(last), true) = (recent.first(), recent.last(), recent.len() >= ENOUGH) else { return "30m" };
    let span = u64::try_from(last - first).unwrap_or(0).max(1);
    match recent.len() as u64 * 86_400 / span {
        40.. => "5m",
        8..40 => "10m",
        1..8 => "30m",
        0 => "2h",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::config::Config;
    use crate::date::{DateEvidence, Published};

    fn items(count: usize, hours: i64) -> Vec<Item> {
        let at = |n: usize| {
            let at = Moment::Instant(jiff::Timestamp::from_second(1_790_000_000 - 3_600 * hours * n as i64).unwrap());
            Published { at, from: DateEvidence::Feed }
        };
        let lang = Lang::parse("ar").ok();
        (0..count).map(|n| Item { published: Some(at(n)), lang: lang.clone(), ..Item::default() }).collect()
    }

    fn source(kind: SourceKind, address: &str) -> Source {
        Source::at(kind, Address::parse(address).unwrap())
    }

    #[test]
    fn a_block_looks_hand_written() {
        let source = source(SourceKind::Feed, "https://www.una-oic.org/feed/");
        assert_eq!(
            block(&source, &items(10, 1), &["una-oic-ar".to_owned()]),
            "[[source]]\nid    = \"una-oic-ar-2\"\nfeed  = \"https://www.una-oic.org/feed/\"\nevery = \"10m\"\nlang  = \"ar\"\n"
        );
    }

    #[test]
    fn every_block_is_a_configuration_that_loads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marsad.toml");
        let hosts =
            ["https://news.un.org/ar/", "http://127.0.0.1:8080/x?a=\"b\"", "http://[::1]/", "https://إذاعة.example/"];
        let kinds = [
            SourceKind::Feed,
            SourceKind::Page(None),
            SourceKind::Bulletin { split: None },
            SourceKind::Article,
            SourceKind::Sitemap,
        ];
        for (host, kind) in hosts.iter().flat_map(|host| kinds.iter().map(move |kind| (host, kind))) {
            let mut source = source(kind.clone(), host);
            source.allow_networks = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
            let text = format!("state_dir = {:?}\n\n{}", folder.path(), block(&source, &items(3, 50), &[]));
            std::fs::write(&path, &text).unwrap();
            let config = Config::load(Some(&path)).unwrap_or_else(|report| panic!("{text}\n{}", report.render(false)));
            assert_eq!((&config.sources[0].kind, &config.sources[0].address), (kind, &source.address), "{text}");
        }
    }

    #[test]
    fn an_id_is_made_of_the_labels_that_name_the_publisher() {
        for (host, name) in [
            ("www.una-oic.org", "una-oic"),
            ("news.un.org", "news-un"),
            ("www.aa.com.tr", "aa"),
            ("127.0.0.1", "127-0-0-1"),
            ("[::1]", "1"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(id(host, None, &[]), name);
        }
    }

    #[test]
    fn frequent_items_get_a_short_interval() {
        let feed = SourceKind::Feed;
        for (hours, pace) in [(0, "5m"), (1, "10m"), (6, "30m"), (100, "2h")] {
            assert_eq!(every(&feed, &items(20, hours)), pace, "{hours}");
        }
        assert_eq!((every(&feed, &[]), every(&SourceKind::Article, &items(20, 0))), ("30m", "1h"));
        let mut mixed = items(4, 1);
        mixed.extend(std::iter::repeat_n(Item::default(), 3));
        assert_eq!((lang(&items(4, 1)).is_some(), lang(&mixed)), (true, None));
    }
}
