//! Decides whether an item is new, from what the store remembers; it performs no look-ups.
//!
//! 1. [`keys`] derives the keys under which the store looks for similar items; [`volatile_parts`] learns what they must
//!    leave out.
//! 2. [`change`] and [`date`] compare an item with each stored one.
//! 3. [`claims`] assigns each stored item to at most one item of the document.
//! 4. [`judge`] decides: new, known or revised.

pub mod change;
pub(crate) mod claims;
pub mod date;
pub(crate) mod keys;
pub(crate) mod volatile_parts;

pub(crate) use change::{Change, Remembered};
pub use date::Dates;
pub(crate) use keys::{Key, KeyKind, KeyRules};
pub(crate) use volatile_parts::VolatileParts;

/// The smallest share of common word triples for two texts with one address or title to be versions of one item. Chosen
/// by hand.
pub(crate) const SAME_ITEM: f64 = 0.3;

/// A stored item that shares a key with a new one.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The stored item's row.
    pub item: i64,
    /// The key that they share.
    pub by: KeyKind,
    /// True if this source published the item first.
    pub own: bool,
    /// What this source last published of it.
    pub(crate) here: SourceRecord,
    /// True if both texts have the same hash.
    pub(crate) same_hash: bool,
    /// The share of common word triples of both texts (0 to 1).
    pub containment: f64,
    /// How their dates compare.
    pub dates: Dates,
    /// How address and identifier differ, if this may decide.
    pub change: Change,
    /// True if more than one visit has seen the stored item at one address.
    pub(crate) settled: bool,
    /// The number of words of the new item, without its headline.
    pub words: usize,
    /// The stored address and identifier; none if the address is the same.
    pub(crate) remembered: Option<Remembered>,
}

/// The fewest words that add to a headline. Chosen by hand: "the new issue of the bulletin can be downloaded here" fits
/// every issue.
const FEW_WORDS: usize = 12;

/// What a source has published of a stored item so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceRecord {
    /// Nothing yet.
    Never,
    /// The same text as now.
    Same,
    /// A different text.
    Other,
}

/// The relation of an item to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No source has published it before.
    New,
    /// A stored item, unchanged or from another source.
    Known(i64),
    /// A stored item whose source has changed it.
    Revised(i64),
}

/// Judges an item by the stored items that share a key with it; the latest ones first.
///
/// ```
/// use marsad::dedupe::{Verdict, judge};
///
/// assert_eq!(judge(&[]), Verdict::New);
/// ```
#[must_use]
pub fn judge(seen: &[Seen]) -> Verdict {
    judge_at(seen, &VolatileParts::default())
}

/// [`judge`] at a source with volatile parts.
#[must_use]
pub(crate) fn judge_at(seen: &[Seen], volatile: &VolatileParts) -> Verdict {
    let mut seen: Vec<&Seen> = seen.iter().collect();
    seen.sort_by_key(|seen| (seen.dates != Dates::Equal, std::cmp::Reverse(seen.item)));
    let verdict = |kinds: &[KeyKind]| {
        let of_kind = seen.iter().filter(|seen| kinds.contains(&seen.by));
        of_kind.filter(|seen| is_same_item(seen, volatile)).map(|seen| known_or_revised(seen)).next()
    };
    verdict(&[KeyKind::Address, KeyKind::Guid])
        .or_else(|| verdict(&[KeyKind::Text]))
        .or_else(|| verdict(&[KeyKind::Body]))
        .or_else(|| verdict(&[KeyKind::Title]))
        .or_else(|| verdict(&[KeyKind::Place]))
        .unwrap_or(Verdict::New)
}

fn is_same_item(seen: &Seen, volatile: &VolatileParts) -> bool {
    let same = seen.same_hash || seen.here == SourceRecord::Same;
    if !same && seen.containment < SAME_ITEM {
        return false;
    }
    let long = seen.words >= keys::BODY_WORDS;
    let is_next = seen.dates == Dates::OtherDay && seen.change == Change::Otherwise;
    match seen.by {
        KeyKind::Guid | KeyKind::Body => true,
        KeyKind::Address => match seen.change {
            Change::Nothing => true,
            Change::Redrawn(_) => long || seen.dates != Dates::OtherDay,
            Change::Otherwise => same && long,
        },
        KeyKind::Text if seen.here == SourceRecord::Never || long => true,
        KeyKind::Text if seen.words >= FEW_WORDS => !is_next,
        KeyKind::Title if same && long => true,
        KeyKind::Title if !same => !is_next,
        KeyKind::Text | KeyKind::Title | KeyKind::Place | KeyKind::Look => !is_different_item(seen, volatile),
    }
}

/// True if an item with little more than a stored headline is a different one. It is the same if it claims the same
/// instant, or if only random-looking parts of its address have changed, unless these parts have distinguished items
/// before or stayed constant between visits.
fn is_different_item(seen: &Seen, volatile: &VolatileParts) -> bool {
    match (seen.dates, &seen.change) {
        (Dates::OtherDay, _) => true,
        (_, Change::Nothing) | (Dates::Equal, _) => false,
        (_, change) if volatile.explains(change) => false,
        (Dates::SameDay, _) | (_, Change::Otherwise) => true,
        (Dates::Unclear, change) => seen.settled || volatile.identifies(change),
    }
}

impl Seen {
    /// True if the shared key does not identify an item by itself.
    #[must_use]
    pub(crate) fn is_weak(&self) -> bool {
        match self.by {
            KeyKind::Title | KeyKind::Place | KeyKind::Look => true,
            KeyKind::Text => self.here != SourceRecord::Never && self.words < FEW_WORDS,
            KeyKind::Address => self.change != Change::Nothing,
            KeyKind::Guid | KeyKind::Body => false,
        }
    }
}

/// Only the source that published an item first can revise it: an excerpt at another source is not a revision.
fn known_or_revised(seen: &Seen) -> Verdict {
    let revised = seen.own && seen.here == SourceRecord::Other && !seen.same_hash;
    if revised { Verdict::Revised(seen.item) } else { Verdict::Known(seen.item) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(by: KeyKind) -> Seen {
        Seen {
            item: 1,
            by,
            own: true,
            here: SourceRecord::Other,
            same_hash: false,
            containment: 0.0,
            dates: Dates::Unclear,
            change: Change::Nothing,
            settled: false,
            words: 0,
            remembered: None,
        }
    }

    #[test]
    fn nothing_remembered_is_new() {
        assert_eq!(judge(&[]), Verdict::New);
    }

    #[test]
    fn the_same_address_and_text_is_known() {
        assert_eq!(
            judge(&[Seen { same_hash: true, here: SourceRecord::Same, ..seen(KeyKind::Address) }]),
            Verdict::Known(1)
        );
    }

    #[test]
    fn the_same_address_with_an_edited_text_is_revised() {
        assert_eq!(judge(&[Seen { containment: 0.8, ..seen(KeyKind::Address) }]), Verdict::Revised(1));
    }

    #[test]
    fn tomorrows_bulletin_at_todays_address_is_new() {
        assert_eq!(judge(&[Seen { containment: 0.1, ..seen(KeyKind::Address) }]), Verdict::New);
    }

    #[test]
    fn an_item_with_only_a_new_guid_and_address_is_known() {
        let text = Seen { same_hash: true, here: SourceRecord::Same, ..seen(KeyKind::Text) };
        let title = Seen { same_hash: true, here: SourceRecord::Same, ..seen(KeyKind::Title) };
        assert_eq!(judge(&[text]), Verdict::Known(1));
        assert_eq!(judge(&[title]), Verdict::Known(1));
    }

    #[test]
    fn an_excerpt_at_another_source_is_known_and_not_a_revision() {
        let elsewhere = Seen { own: false, here: SourceRecord::Never, containment: 1.0, ..seen(KeyKind::Address) };
        let again = Seen { own: false, here: SourceRecord::Other, containment: 1.0, ..seen(KeyKind::Address) };
        assert_eq!(judge(&[elsewhere]), Verdict::Known(1));
        assert_eq!(judge(&[again]), Verdict::Known(1));
    }

    #[test]
    fn a_recurring_title_of_another_day_is_new() {
        let title = Seen { same_hash: true, here: SourceRecord::Same, dates: Dates::OtherDay, ..seen(KeyKind::Title) };
        assert_eq!(judge(&[title]), Verdict::New);
    }

    #[test]
    fn a_short_title_at_its_place_is_known_unless_address_or_date_differ() {
        let place = Seen { same_hash: true, here: SourceRecord::Same, ..seen(KeyKind::Place) };
        assert_eq!(judge(std::slice::from_ref(&place)), Verdict::Known(1));
        let another = Seen { change: Change::Otherwise, ..place.clone() };
        assert_eq!(judge(&[another]), Verdict::New);
        assert_eq!(judge(&[Seen { dates: Dates::OtherDay, ..place }]), Verdict::New);
    }

    #[test]
    fn the_later_of_two_items_at_one_address_is_compared_first() {
        let old = Seen { item: 1, containment: 0.9, ..seen(KeyKind::Address) };
        let late = Seen { item: 2, containment: 0.9, ..seen(KeyKind::Address) };
        assert_eq!(judge(&[old, late]), Verdict::Revised(2));
    }

    #[test]
    fn an_address_counts_before_a_title() {
        let title = Seen { item: 9, containment: 1.0, ..seen(KeyKind::Title) };
        let address = Seen { item: 1, containment: 0.5, ..seen(KeyKind::Address) };
        assert_eq!(judge(&[title, address]), Verdict::Revised(1));
    }

    #[test]
    fn a_title_alone_proves_nothing_at_another_address() {
        let title = Seen { same_hash: true, here: SourceRecord::Same, ..seen(KeyKind::Title) };
        let redrawn = || Change::Redrawn(vec!["f".to_owned()]);
        for (change, dates, settled, expected) in [
            (Change::Otherwise, Dates::Unclear, false, Verdict::New),
            (Change::Otherwise, Dates::SameDay, false, Verdict::New),
            (Change::Otherwise, Dates::Equal, true, Verdict::Known(1)),
            (redrawn(), Dates::Unclear, false, Verdict::Known(1)),
            (redrawn(), Dates::Unclear, true, Verdict::New),
            (redrawn(), Dates::SameDay, false, Verdict::New),
            (redrawn(), Dates::OtherDay, false, Verdict::New),
            (redrawn(), Dates::Equal, true, Verdict::Known(1)),
        ] {
            let seen = Seen { change, dates, settled, ..title.clone() };
            assert_eq!(judge(std::slice::from_ref(&seen)), expected, "{seen:?}");
        }
    }
}
