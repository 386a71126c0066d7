//! Keeps the newest items of a document that has more than `max_items`, and the others as overflow.

use crate::date::Moment;
use crate::item::Item;
use crate::parse::{MAX_ENTRIES, Parsed};

/// The items that were read so far, in the order of the document.
#[derive(Debug)]
pub(super) struct NewestEntries {
    items: Vec<Item>,
    most: usize,
    /// How many items are beyond [`MAX_ENTRIES`].
    more: usize,
}

impl NewestEntries {
    pub(super) fn new(most: usize) -> Self {
        Self { items: Vec::new(), most, more: 0 }
    }

    /// True if the next item should be read; otherwise it is only counted.
    pub(super) fn wants_another(&mut self) -> bool {
        let wants = self.items.len() < MAX_ENTRIES;
        self.more += usize::from(!wants);
        wants
    }

    pub(super) fn push(&mut self, item: Item) {
        self.items.push(item);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Moves the items into `parsed`: the last ones are kept if the dates say that the oldest come first.
    pub(super) fn finish(mut self, parsed: &mut Parsed) {
        let over = self.items.len().saturating_sub(self.most);
        parsed.left_out = over + self.more;
        if over > 0 && is_ascending(&self.items) {
            parsed.items = self.items.split_off(over);
            self.items.reverse();
            parsed.overflow = self.items;
        } else {
            parsed.overflow = self.items.split_off(self.items.len() - over);
            parsed.items = self.items;
        }
    }
}

/// True if the dates say that the oldest item comes first.
fn is_ascending(items: &[Item]) -> bool {
    let when = |item: &Item| {
        item.published.as_ref().map(|published| match published.at {
            Moment::Day(day) => day.to_string(),
            Moment::Instant(at) => at.to_string(),
        })
    };
    match (items.first().and_then(when), items.last().and_then(when)) {
        (Some(first), Some(last)) => first < last,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::{DateEvidence, Published};

    fn kept(days: &[i8]) -> (Vec<i8>, usize) {
        let mut kept = NewestEntries::new(3);
        for day in days {
            if kept.wants_another() {
                let at = Moment::Day(jiff::civil::date(2025, 11, *day));
                kept.push(Item { published: Some(Published { at, from: DateEvidence::Feed }), ..Item::default() });
            }
        }
        let mut parsed = Parsed::default();
        kept.finish(&mut parsed);
        let day = |item: Item| match item.published.map(|published| published.at) {
            Some(Moment::Day(day)) => day.day(),
            _ => 0,
        };
        assert_eq!(parsed.overflow.len(), parsed.left_out);
        (parsed.items.into_iter().map(day).collect(), parsed.left_out)
    }

    #[test]
    fn the_newest_are_kept_at_either_end() {
        assert_eq!(kept(&[9, 8, 7, 6, 5]), (vec![9, 8, 7], 2));
        assert_eq!(kept(&[5, 6, 7, 8, 9]), (vec![7, 8, 9], 2));
        assert_eq!(kept(&[5, 6]), (vec![5, 6], 0));
    }
}
