//! Compares the dates of two items.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::date::Moment;
use crate::item::Item;

/// Whether the dates that two items claim suggest one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dates {
    /// Unknown: one of them has no date, or both have the same day without a time.
    #[default]
    Unclear,
    /// The same instant.
    Equal,
    /// Different instants of one day (UTC).
    SameDay,
    /// Different days.
    OtherDay,
}

/// A date this close to the fetch is the server's clock and not the item's date. Chosen by hand.
const OF_THE_FETCH: SignedDuration = SignedDuration::from_secs(30);

impl Dates {
    /// Compares the dates of two items.
    #[must_use]
    pub(crate) fn between(one: &Item, other: &Item) -> Self {
        let moment = |item: &Item| Some(item.published.as_ref()?.at);
        let (Some(one), Some(other)) = (moment(one), moment(other)) else { return Self::Unclear };
        if day(one) != day(other) {
            return Self::OtherDay;
        }
        match (one, other) {
            (Moment::Instant(one), Moment::Instant(other)) if one != other => Self::SameDay,
            // Midnight often stands for a day without a time.
            (Moment::Instant(at), Moment::Instant(_)) if at.as_second() % 86_400 != 0 => Self::Equal,
            _ => Self::Unclear,
        }
    }

    /// Ignores dates that may be the times of the fetches.
    #[must_use]
    pub(crate) fn unless_of_fetches(self, fetched: [(&Item, Timestamp); 2]) -> Self {
        let of_fetch = |(item, at): (&Item, Timestamp)| match item.published.as_ref().map(|published| published.at) {
            Some(Moment::Instant(published)) => published.duration_since(at).abs() <= OF_THE_FETCH,
            _ => false,
        };
        if fetched.into_iter().all(of_fetch) { Self::Unclear } else { self }
    }
}

fn day(moment: Moment) -> jiff::civil::Date {
    match moment {
        Moment::Day(day) => day,
        Moment::Instant(at) => at.to_zoned(TimeZone::UTC).date(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::{DateEvidence, Published};

    #[test]
    fn dates_distinguish_items_by_day_and_instant() {
        let instant = |text: &str| Moment::Instant(text.parse().unwrap());
        let item = |at: Moment| Item { published: Some(Published { at, from: DateEvidence::Feed }), ..Item::default() };
        let nine = instant("2026-11-29T09:00:00Z");
        for (other, expected) in [
            (nine, Dates::Equal),
            (instant("2026-11-29T10:00:00Z"), Dates::SameDay),
            (instant("2026-11-30T09:00:00Z"), Dates::OtherDay),
            (Moment::Day("2026-11-29".parse().unwrap()), Dates::Unclear),
            (Moment::Day("2026-11-30".parse().unwrap()), Dates::OtherDay),
        ] {
            assert_eq!(Dates::between(&item(nine), &item(other)), expected, "{other:?}");
        }
        assert_eq!(Dates::between(&item(nine), &Item::default()), Dates::Unclear);
        let at = "2026-11-29T09:00:02Z".parse().unwrap();
        let both = [(&item(nine), at), (&item(nine), at)];
        assert_eq!(Dates::OtherDay.unless_of_fetches(both), Dates::Unclear);
    }
}
