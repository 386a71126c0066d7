//! The newest items of a document that carries more than its source may bring.

use crate::date::Moment;
use crate::item::Item;

/// The items kept so far.
#[derive(Debug)]
pub(super) struct Kept {
    items: Vec<Item>,
    most: usize,
    left_out: usize,
    /// Once full: whether the oldest items came first, so that the newest are still to come.
    ascending: Option<bool>,
    /// Which item the next one replaces.
    oldest: usize,
}

impl Kept {
    pub(super) fn new(most: usize) -> Self {
        Self { items: Vec::new(), most, left_out: 0, ascending: None, oldest: 0 }
    }

    /// True where the next item is to be read; otherwise it is only counted.
    pub(super) fn wants_another(&mut self) -> bool {
        if self.items.len() < self.most {
            return true;
        }
        let ascending = *self.ascending.get_or_insert_with(|| is_ascending(&self.items));
        if !ascending {
            self.left_out += 1;
        }
        ascending
    }

    pub(super) fn push(&mut self, item: Item) {
        if self.items.len() < self.most {
            self.items.push(item);
            return;
        }
        self.left_out += 1;
        if let Some(slot) = self.items.get_mut(self.oldest) {
            *slot = item;
            self.oldest = (self.oldest + 1) % self.most;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.left_out == 0
    }

    /// The items in the order of the document, and how many were left out.
    pub(super) fn into_items(mut self) -> (Vec<Item>, usize) {
        self.items.rotate_left(self.oldest);
        (self.items, self.left_out)
    }
}

/// True where the dates say that the oldest item stands first.
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
    use crate::date::{Evidence, Published};

    fn kept(days: &[i8]) -> (Vec<i8>, usize) {
        let mut kept = Kept::new(3);
        for day in days {
            if kept.wants_another() {
                let at = Moment::Day(jiff::civil::date(2025, 11, *day));
                kept.push(Item { published: Some(Published { at, from: Evidence::Feed }), ..Item::default() });
            }
        }
        let (items, left_out) = kept.into_items();
        let day = |item: Item| match item.published.map(|published| published.at) {
            Some(Moment::Day(day)) => day.day(),
            _ => 0,
        };
        (items.into_iter().map(day).collect(), left_out)
    }

    #[test]
    fn the_newest_are_kept_whichever_end_they_stand_at() {
        assert_eq!(kept(&[9, 8, 7, 6, 5]), (vec![9, 8, 7], 2));
        assert_eq!(kept(&[5, 6, 7, 8, 9]), (vec![7, 8, 9], 2));
        assert_eq!(kept(&[5, 6]), (vec![5, 6], 0));
    }
}
