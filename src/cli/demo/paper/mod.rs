//! Writes what the demo's outlets serve: feeds of four kinds (`feed`), two listings, and article pages with the
//! surroundings of real sites (`page`).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::plan::{Outlet, OutletFormat, PlannedItem};
use super::stories::wording;

pub mod feed;
pub mod page;

/// A piece as it is published: where, when, and with which text.
#[derive(Clone, Debug)]
pub(crate) struct PrintedItem {
    /// Its address.
    pub address: String,
    /// When it was published.
    pub at: Timestamp,
    /// The headline.
    pub title: &'static str,
    /// The text, one line per paragraph.
    pub text: &'static str,
}

/// Bytes with their content type.
#[derive(Clone, Debug)]
pub(crate) struct ServedDocument {
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The piece as published under `base` at `at`.
#[must_use]
pub(crate) fn print(piece: &PlannedItem, base: &str, at: Timestamp) -> PrintedItem {
    let (title, text) = wording(piece);
    PrintedItem { address: format!("{base}/{}/{}", piece.outlet, piece.slug), at, title, text }
}

/// The document at the outlet's own address: `prints`, newest first.
#[must_use]
pub(crate) fn front(outlet: &Outlet, base: &str, prints: &[PrintedItem]) -> ServedDocument {
    let home = format!("{base}/{}", outlet.id);
    let (content_type, text) = match outlet.format {
        OutletFormat::Rss => ("application/rss+xml; charset=utf-8", feed::rss(outlet, &home, prints, "utf-8")),
        OutletFormat::RssTurkish => {
            let text = feed::rss(outlet, &home, prints, "windows-1254");
            let (bytes, _, _) = encoding_rs::WINDOWS_1254.encode(&text);
            return ServedDocument { content_type: "text/xml", bytes: bytes.into_owned() };
        }
        OutletFormat::Atom => ("application/atom+xml; charset=utf-8", feed::atom(outlet, &home, prints)),
        OutletFormat::Rdf => ("application/rdf+xml", feed::rdf(outlet, &home, prints)),
        OutletFormat::Json => ("application/feed+json", feed::json(outlet, &home, prints)),
        OutletFormat::Listing => ("text/html; charset=utf-8", page::listing(outlet, prints)),
        OutletFormat::Topic => ("text/html; charset=utf-8", page::topic(outlet, prints)),
    };
    ServedDocument { content_type, bytes: text.into_bytes() }
}

/// `text` with the special characters of markup escaped.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The day and time of `at` in UTC, in the format of RSS feeds.
#[must_use]
pub(crate) fn mail_date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// The paragraphs of the text as markup.
#[must_use]
pub(crate) fn paragraphs(text: &str) -> String {
    text.lines().map(|line| format!("<p>{}</p>", escaped(line))).collect()
}

/// The first words of the text up to `limit` characters, cut as listings cut them.
#[must_use]
pub(crate) fn excerpt(text: &str, limit: usize) -> String {
    let first = text.lines().next().unwrap_or_default();
    if first.chars().count() <= limit {
        return first.to_owned();
    }
    let cut: String = first.chars().take(limit).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{} …", &cut[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::plan::OUTLETS;
    use crate::cli::demo::stories::pieces;

    #[test]
    fn an_excerpt_ends_at_a_word_and_says_so() {
        assert_eq!(excerpt("one two three", 9), "one two …");
        assert_eq!(excerpt("one two\nthree", 40), "one two");
    }

    #[test]
    fn every_front_page_carries_every_headline_of_its_outlet() {
        for outlet in OUTLETS {
            let prints: Vec<PrintedItem> = pieces()
                .filter(|piece| piece.outlet == outlet.id)
                .map(|piece| print(piece, "http://127.0.0.1:1", Timestamp::UNIX_EPOCH))
                .collect();
            let served = front(outlet, "http://127.0.0.1:1", &prints);
            let text = match outlet.format {
                OutletFormat::RssTurkish => encoding_rs::WINDOWS_1254.decode(&served.bytes).0.into_owned(),
                _ => String::from_utf8(served.bytes).unwrap(),
            };
            for print in prints {
                assert!(text.contains(&escaped(print.title)), "{} lacks {}", outlet.id, print.title);
                assert!(text.contains(&print.address), "{} lacks {}", outlet.id, print.address);
            }
        }
    }
}
