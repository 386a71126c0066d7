//! Tests with generated feeds that both readers agree.
//!
//! Most generated parts are ordinary; the others are parts that feed-rs drops or changes. If the strict reader accepts a
//! feed, it gives the same items as the lenient one. Another test asserts that it accepts ordinary feeds; otherwise a
//! check that refuses everything would pass.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use super::tests::{lenient, strict};
use crate::item::ContentHash;
use crate::parse::Parsed;

mod generated_feed;

use generated_feed::{atom, json, rdf, rss};

/// Fails if the readers differ in anything but their name; true if the strict one accepted the feed.
fn agree(text: &str) -> bool {
    let Ok(strict) = strict(text) else { return false };
    let lenient = lenient(text);
    for (strict, lenient) in strict.items.iter().zip(&lenient.items) {
        assert_eq!(strict, lenient, "{text}");
        assert_eq!(ContentHash::of(strict), ContentHash::of(lenient), "{text}");
    }
    assert_eq!(Parsed { reader: None, ..strict }, Parsed { reader: None, ..lenient }, "{text}");
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_feed_of_rss_gives_the_same_items_with_both_readers(text in rss()) {
        agree(&text);
    }

    #[test]
    fn a_feed_of_atom_gives_the_same_items_with_both_readers(text in atom()) {
        agree(&text);
    }

    #[test]
    fn a_feed_of_rdf_gives_the_same_items_with_both_readers(text in rdf()) {
        agree(&text);
    }

    #[test]
    fn a_json_feed_gives_the_same_items_with_both_readers(text in json()) {
        agree(&text);
    }

    #[test]
    fn a_damaged_feed_gives_the_same_items_with_both_readers(text in prop_oneof![rss(), atom(), json()], at in any::<usize>(), cut in 0_usize..4, junk in select(vec!["", "&", "<", ">", "</item>", "<b>", "]]>", "<![CDATA[", "\"", "\u{0}", "<!--", "xml:base='/'"])) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = at % chars.len();
        let end = (at + cut).min(chars.len());
        chars.splice(at..end, junk.chars());
        agree(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn an_ordinary_feed_is_read_by_the_strict_reader(
        titles in vec("[a-zم-ي]{1,9}( [a-z]{1,9}){0,4}", 1..9),
        escaped in any::<bool>(),
    ) {
        let items: String = titles
            .iter()
            .enumerate()
            .map(|(n, title)| {
                let content = if escaped { format!("&lt;p&gt;{title}&lt;/p&gt;") } else { format!("<![CDATA[<p>{title}</p>]]>") };
                format!("<item><title>{title}</title><link>https://x.example/{n}</link><guid isPermaLink='false'>https://x.example/?p={n}</guid><dc:creator>a</dc:creator><pubDate>Fri, 21 Nov 2025 10:15:00 +0300</pubDate><category>c</category><description>{content}</description><content:encoded>{content}</content:encoded></item>")
            })
            .collect();
        let text = format!("<?xml version='1.0'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>f</title><language>ar</language>{items}</channel></rss>");
        prop_assert!(agree(&text));
        prop_assert_eq!(strict(&text).unwrap().items.len(), titles.len());
    }
}
