//! Decides whether a source is silent, by its own rhythm.

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;

/// When the items of a source arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rhythm {
    /// The first arrival of all.
    pub(crate) first: Timestamp,
    /// The last arrival.
    pub(crate) last: Timestamp,
    /// The longest time between two arrivals within [`HISTORY`] before the last one.
    pub(crate) longest_gap: SignedDuration,
    /// The number of times between two arrivals within [`HISTORY`].
    pub(crate) gaps: u32,
}

/// How far back a rhythm is measured: eight weeks.
pub(crate) const HISTORY: SignedDuration = SignedDuration::from_hours(8 * 7 * 24);

/// A source is silent after this many times its longest gap. Chosen by hand.
const SILENT_GAPS: i32 = 3;

/// The shortest silence that is reported. Chosen by hand: a weekend of an office is shorter.
pub(crate) const MIN_SILENCE: SignedDuration = SignedDuration::from_hours(48);

/// The shortest silence of a source that was observed for less than [`YOUNG`]. Chosen by hand: a long weekend.
const MIN_YOUNG_SILENCE: SignedDuration = SignedDuration::from_hours(96);

/// How long a source must have been observed for its gaps to include a weekend. Chosen by hand: a week.
const YOUNG: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The fewest gaps that are a rhythm. Chosen by hand: one gap may be chance.
const MIN_GAPS: u32 = 2;

impl Rhythm {
    /// How long the source may be without a new item; none if too few of its items have arrived.
    #[must_use]
    pub(crate) fn allowance(&self) -> Option<SignedDuration> {
        let least = if self.last.duration_since(self.first) < YOUNG { MIN_YOUNG_SILENCE } else { MIN_SILENCE };
        (self.gaps >= MIN_GAPS).then(|| self.longest_gap.checked_mul(SILENT_GAPS).unwrap_or(HISTORY).max(least))
    }

    /// True if the source has brought nothing new for longer than its rhythm allows.
    /// A source with an item every day is silent after three days, one with an item every week after three weeks.
    #[must_use]
    pub(crate) fn is_silent(&self, now: Timestamp) -> bool {
        self.allowance().is_some_and(|allowance| now.duration_since(self.last) > allowance)
    }
}

/// True if a source whose last item arrived at `last` may be silent, depending on its rhythm.
#[must_use]
pub(crate) fn may_be_silent(last: Timestamp, now: Timestamp) -> bool {
    later(last, MIN_SILENCE) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    /// The hours after which a source with gaps of `gap` hours, observed for `days`, is silent.
    fn silent_after(gap: i64, gaps: u32, days: i64) -> Option<i64> {
        let last = Timestamp::from_second(1_800_000_000).unwrap();
        let rhythm = Rhythm { first: later(last, hours(-24 * days)), last, longest_gap: hours(gap), gaps };
        (0..5_000).find(|after| rhythm.is_silent(later(last, hours(*after) + SignedDuration::from_secs(1))))
    }

    #[test]
    fn each_source_is_silent_by_its_own_rhythm() {
        assert_eq!(silent_after(1, 500, 56), Some(48), "an agency: never before two days");
        assert_eq!(silent_after(24, 50, 56), Some(72), "a daily paper");
        assert_eq!(silent_after(66, 50, 56), Some(198), "a paper without weekend");
        assert_eq!(silent_after(7 * 24, 8, 56), Some(3 * 7 * 24), "a weekly bulletin");
    }

    #[test]
    fn a_source_that_is_hardly_known_may_have_a_weekend() {
        assert_eq!(silent_after(10, 6, 3), Some(96));
        assert_eq!(silent_after(10, 1, 3), None, "one gap is no rhythm");
    }
}
