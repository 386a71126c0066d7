//! Tests the readers of feeds with damaged feeds and generated text.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, prop_assert, proptest};

use super::tests::try_read;

/// Pieces that break readers, to be put anywhere.
const JUNK: [&str; 20] = [
    "<",
    ">",
    "&",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "</item>",
    "<item>",
    "\"",
    "'",
    "<?",
    "&#0;",
    "&#xD800;",
    "</",
    "<a b=",
    "\u{0}",
    "{",
    "]",
    "<!DOCTYPE x [<!ENTITY a '&a;'>]>",
];

const FIXTURES: [&str; 4] = [
    "<rss version='2.0'><channel><item><title>أ &amp; ب</title><link>https://x.org/1?a=1&b=2</link><pubDate>Fri, 21 Nov 2025 10:15:00 +0300</pubDate><description><![CDATA[<p>م</p>]]></description></item></channel></rss>",
    "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='/x/'><entry><title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>t<b>u</b></div></title><link href='a'/><updated>2025-11-21T07:15:00Z</updated></entry></feed>",
    "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":1,\"title\":\"t\",\"url\":\"https://x.org/\",\"authors\":[{\"name\":\"n\"}]}]}",
    "<urlset><url><loc>https://x.org/</loc><lastmod>2025-11-21</lastmod></url></urlset>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_damage_makes_a_reader_fail(fixture in 0..FIXTURES.len(), wounds in vec((0_usize..400, 0..JUNK.len(), 0_usize..20), 0..6)) {
        let mut text: Vec<char> = FIXTURES[fixture].chars().collect();
        for (at, junk, lost) in wounds {
            let at = at.min(text.len());
            let end = (at + lost).min(text.len());
            text.splice(at..end, JUNK[junk].chars());
        }
        if let Ok(parsed) = try_read(&text.into_iter().collect::<String>()) {
            for item in parsed.items {
                prop_assert!(!item.title.is_empty() && !item.title.contains('\0'));
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        drop(try_read(&text));
        drop(crate::parse::plain_text::text(&text, 100));
    }
}
