//! Detects a redesign of a site: almost all entries of a document are new at once although they look old.
//!
//! A site that was rebuilt lists its old items under new addresses. An honest flood, such as the first document after an
//! outage, has recent items.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::address::Address;
use crate::clock::later;
use crate::date::Moment;
use crate::item::Item;

/// The fewest entries of a document that may be a redesign. Chosen by hand: a page with fewer is often replaced
/// entirely.
const MIN_ENTRIES: usize = 5;

/// More than this many of 100 entries are new at a redesign.
const NEW_PERCENT: usize = 80;

/// More than one in this many new entries looks old at a redesign: 2 means more than half. Chosen by hand.
const OLD_SHARE: usize = 2;

/// An item that is this much older than the last visit would have been seen then. Chosen by hand: dates without a time
/// and in another timezone differ by less.
const OLD: SignedDuration = SignedDuration::from_hours(24);

/// How long the alerts of a redesign wait for an operator.
pub(crate) const HELD_FOR: SignedDuration = SignedDuration::from_hours(6);

/// The years that an address may name.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// True if a document with `entries` entries shows a redesign; `new_look_old` says of each new one whether it looks old.
#[must_use]
pub(crate) fn is_redesign(entries: usize, new_look_old: &[bool]) -> bool {
    let (new, old) = (new_look_old.len(), new_look_old.iter().filter(|looks_old| **looks_old).count());
    entries >= MIN_ENTRIES && new * 100 > entries * NEW_PERCENT && old * OLD_SHARE > new
}

/// Whether a new entry looks as if it had been there at the last visit, at `last_read`: by its date, else by the date in
/// its address, else because it resembles a stored item of its source.
#[must_use]
pub(crate) fn looks_old(item: &Item, resembles_stored: bool, last_read: Timestamp) -> bool {
    let oldest = later(last_read, -OLD);
    let oldest_day = oldest.to_zoned(TimeZone::UTC).date();
    match item.published.as_ref().map(|published| published.at) {
        Some(Moment::Instant(at)) => at < oldest,
        Some(Moment::Day(day)) => day < oldest_day,
        None => match item.address.as_ref().and_then(address_day) {
            Some(day) => day < oldest_day,
            None => resembles_stored,
        },
    }
}

/// The day in an address such as `/2019/03/14/title`; the last day of the month if it names only that.
fn address_day(address: &Address) -> Option<Date> {
    let path = address.url().path();
    let numbers: Vec<&str> = path.split(['/', '-', '_', '.']).collect();
    numbers.windows(2).enumerate().find_map(|(at, pair)| {
        let year = number(pair[0], 4).filter(|year| YEARS.contains(year))?;
        let month = number(pair[1], 2).and_then(|month| i8::try_from(month).ok()).filter(|m| (1..=12).contains(m))?;
        let day = numbers.get(at + 2).and_then(|day| number(day, 2)).and_then(|day| i8::try_from(day).ok());
        let first = date(year, month, 1);
        Some(day.and_then(|day| Date::new(year, month, day).ok()).unwrap_or_else(|| first.last_of_month()))
    })
}

/// A number of at most this many digits; of exactly four if it is a year.
fn number(text: &str, digits: usize) -> Option<i16> {
    let is_number =
        text.bytes().all(|b| b.is_ascii_digit()) && (digits == text.len() || digits == 2 && text.len() == 1);
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::{DateEvidence, Published};

    fn last_read() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn at(address: &str) -> Item {
        Item { address: Address::parse(address).ok(), ..Item::default() }
    }

    #[test]
    fn an_entry_looks_old_by_its_date_its_address_or_a_stored_item() {
        let of = |day: &str| {
            let published = Some(Published { at: Moment::Day(day.parse().unwrap()), from: DateEvidence::Feed });
            Item { published, ..at("https://a.org/2019/03/14/pier") }
        };
        assert!(looks_old(&of("2026-11-18"), false, last_read()));
        assert!(!looks_old(&of("2026-11-21"), true, last_read()), "its own date decides");
        for (address, old) in [
            ("https://a.org/2019/03/14/pier", true),
            ("https://a.org/news-2026-10", true),
            ("https://a.org/2026/11/21/pier", false),
            ("https://a.org/2026/11/pier", false),
            ("https://a.org/news/2019", false),
            ("https://a.org/12/2019-44-1", false),
        ] {
            assert_eq!(looks_old(&at(address), false, last_read()), old, "{address}");
        }
        assert!(looks_old(&at("https://a.org/pier"), true, last_read()));
    }

    #[test]
    fn more_than_four_of_five_new_entries_that_look_old_are_a_redesign() {
        assert!(is_redesign(10, &[true; 9]));
        assert!(!is_redesign(10, &[true; 8]), "a fifth is known");
        assert!(!is_redesign(4, &[true; 4]), "too few entries");
        let half: Vec<bool> = (0..10).map(|n| n % 2 == 0).collect();
        assert!(!is_redesign(10, &half), "half of them look recent");
    }
}
