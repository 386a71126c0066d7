//! Fingerprints how a source's document is read, so that an unchanged document is read again if that changes.

use crate::parse::READER_VERSION;
use crate::source::Source;

/// The length of a fingerprint, in hexadecimal digits. Chosen by hand: 64 bits tell any two edits apart.
const DIGITS: usize = 16;

/// A fingerprint of everything but the document that decides which items are read from it: the version of marsad and of
/// its readers, and the settings of the source.
pub(super) fn reading_fingerprint(source: &Source) -> String {
    fingerprint(source, (env!("CARGO_PKG_VERSION"), READER_VERSION))
}

fn fingerprint(source: &Source, version: (&str, u32)) -> String {
    let settings = source.reading_settings();
    blake3::hash(format!("{version:?} {settings}").as_bytes()).to_hex()[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::address::Address;
    use crate::pipeline::SourceMemory;
    use crate::source::{BodyHash, Follow, Selectors, SourceKind, Validators, VisitInterval};
    use crate::store::SourceState;
    use crate::text::lang::Lang;

    fn source() -> Source {
        Source::at(SourceKind::Feed, Address::parse("https://news.example.org/feed").unwrap())
    }

    #[test]
    fn whatever_decides_how_a_document_is_read_changes_the_fingerprint() {
        let selectors = |item: &str| {
            let none = || None;
            let item = item.to_owned();
            Selectors { item, title: none(), link: none(), summary: none(), date: none() }
        };
        let page = |item| Source { kind: SourceKind::Page(Some(selectors(item))), ..source() };
        let sources = [
            source(),
            page("li"),
            page("li.news"),
            Source { kind: SourceKind::Page(None), ..source() },
            Source { address: Address::parse("https://news.example.org/other").unwrap(), ..source() },
            Source { lang: Some(Lang::parse("ar").unwrap()), ..source() },
            Source { follow: Follow::Never, ..source() },
            Source { timezone: TimeZone::get("Asia/Riyadh").unwrap(), ..source() },
            Source { encoding: Some(encoding_rs::WINDOWS_1256), ..source() },
            Source { max_items: 20, ..source() },
        ];
        let mut all: HashSet<String> = sources.iter().map(reading_fingerprint).collect();
        all.extend([fingerprint(&source(), ("9.9.9", READER_VERSION)), fingerprint(&source(), ("9.9.9", u32::MAX))]);
        assert_eq!(all.len(), sources.len() + 2);
        let other_pace = Source { every: VisitInterval::Daily(Vec::new()), ..source() };
        assert_eq!(reading_fingerprint(&other_pace), reading_fingerprint(&source()), "it reads the same");
    }

    #[test]
    fn no_validator_counts_if_the_document_would_be_read_in_another_way() {
        let validators = |reading: Option<String>| Validators {
            etag: Some("\"a\"".to_owned()),
            last_modified: Some("Then".to_owned()),
            body: Some(BodyHash::of("", "", b"")),
            reading,
        };
        let known = |reading: Option<String>| {
            let now = Some(jiff::Timestamp::UNIX_EPOCH);
            let state =
                SourceState { activated_at: now, whole: true, validators: validators(reading), ..Default::default() };
            SourceMemory::of(&source(), &state).validators
        };
        let same = Some(reading_fingerprint(&source()));
        assert_eq!(known(same.clone()), validators(same));
        assert_eq!(known(Some(fingerprint(&source(), ("0.0.1", 1)))), Validators::default());
        assert_eq!(known(None), Validators::default(), "an earlier version stored none");
    }
}
