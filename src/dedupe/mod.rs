//! Whether an item is new: decided from what the store remembers, without looking anything up.

pub mod change;
pub mod claims;
pub mod date;
pub mod keys;
pub mod volatile_parts;

pub use change::{Change, Remembered};
pub use date::Dates;
pub use keys::{Key, KeyKind, KeyRules};
pub use volatile_parts::VolatileParts;

/// The least share of common word triples at which two texts under one address or title are one item's versions.
pub const SAME_ITEM: f64 = 0.3;

/// Something that the store remembers and that shares a key with an item at hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The stored item's row.
    pub item: i64,
    /// The key that they share.
    pub by: KeyKind,
    /// True when the item was first brought by the source at hand.
    pub own: bool,
    /// What the source at hand last said of it: the same, something else, or never anything.
    pub here: SourceRecord,
    /// True when the stored text has the hash of the one at hand.
    pub same_hash: bool,
    /// The share of common word triples of the stored text and the one at hand (0 to 1).
    pub containment: f64,
    /// How the dates compare that they claim.
    pub dates: Dates,
    /// In what address and identifier of the two differ, where that may decide.
    pub change: Change,
    /// True when more than one visit has met the stored item under one address.
    pub settled: bool,
    /// How many words the item at hand has below its headline.
    pub words: usize,
    /// Where the store has it; none where its address is the one at hand.
    pub remembered: Option<Remembered>,
}

/// The fewest words below a headline that say more than the headline. Chosen by hand: "the new issue of the bulletin can be
/// downloaded here" is said of every issue.
const FEW_WORDS: usize = 12;

/// What a source has said of a stored item so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceRecord {
    /// Nothing: it has not brought it yet.
    Never,
    /// Exactly what it says now.
    Same,
    /// Something else.
    Other,
}

/// What an item is to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody has brought it before.
    New,
    /// This item, as its source or another one has brought it before.
    Known(i64),
    /// This item, and its source says something else now.
    Revised(i64),
}

/// Judges an item by what shares a key with it; what was stored last counts first.
#[must_use]
pub fn judge(seen: &[Seen]) -> Verdict {
    judge_at(seen, &VolatileParts::default())
}

/// [`judge`] at a source where something changes from visit to visit.
#[must_use]
pub fn judge_at(seen: &[Seen], volatile: &VolatileParts) -> Verdict {
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
    let moved_on = seen.dates == Dates::OtherDay && seen.change == Change::Otherwise;
    match seen.by {
        KeyKind::Guid | KeyKind::Body => true,
        KeyKind::Address => match seen.change {
            Change::Nothing => true,
            Change::Redrawn(_) => long || seen.dates != Dates::OtherDay,
            Change::Otherwise => same && long,
        },
        KeyKind::Text if seen.here == SourceRecord::Never || long => true,
        KeyKind::Text if seen.words >= FEW_WORDS => !moved_on,
        KeyKind::Title if same && long => true,
        KeyKind::Title if !same => !moved_on,
        KeyKind::Text | KeyKind::Title | KeyKind::Place | KeyKind::Look => !is_another(seen, volatile),
    }
}

/// Whether an item that shares little more than its headline with a stored one is another one under that headline. It is
/// the same where it claims the same instant, or where only what looks drawn at random has changed in its address: unless
/// that has told items apart before, or has stayed from one visit to another.
fn is_another(seen: &Seen, volatile: &VolatileParts) -> bool {
    match (seen.dates, &seen.change) {
        (Dates::OtherDay, _) => true,
        (_, Change::Nothing) | (Dates::Equal, _) => false,
        (_, change) if volatile.explains(change) => false,
        (Dates::SameDay, _) | (_, Change::Otherwise) => true,
        (Dates::Unclear, change) => seen.settled || volatile.identifies(change),
    }
}

impl Seen {
    /// True where the two share nothing that tells an item from any other by itself.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        match self.by {
            KeyKind::Title | KeyKind::Place | KeyKind::Look => true,
            KeyKind::Text => self.here != SourceRecord::Never && self.words < FEW_WORDS,
            KeyKind::Address => self.change != Change::Nothing,
            KeyKind::Guid | KeyKind::Body => false,
        }
    }
}

/// Only the source that owns an item revises it: another one that carries an excerpt of it says nothing new.
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
    fn the_same_address_with_the_same_text_is_known() {
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
    fn a_changed_guid_and_address_alone_is_known() {
        let text = Seen { same_hash: true, here: SourceRecord::Same, ..seen(KeyKind::Text) };
        let title = Seen { same_hash: true, here: SourceRecord::Same, ..seen(KeyKind::Title) };
        assert_eq!(judge(&[text]), Verdict::Known(1));
        assert_eq!(judge(&[title]), Verdict::Known(1));
    }

    #[test]
    fn an_excerpt_of_it_at_another_source_is_known_and_revises_nothing() {
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
    fn a_short_title_at_its_place_is_known_unless_something_tells_it_apart() {
        let place = Seen { same_hash: true, here: SourceRecord::Same, ..seen(KeyKind::Place) };
        assert_eq!(judge(std::slice::from_ref(&place)), Verdict::Known(1));
        let another = Seen { change: Change::Otherwise, ..place.clone() };
        assert_eq!(judge(&[another]), Verdict::New);
        assert_eq!(judge(&[Seen { dates: Dates::OtherDay, ..place }]), Verdict::New);
    }

    #[test]
    fn of_two_items_under_one_address_the_later_one_is_asked_first() {
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
