//! Compares how both readers date an item: whether a date that feed-rs drops would have counted.

use super::feed_rs_field::ElementSlot;
use crate::date::{Moment, timestamp};
use crate::parse::feed::FeedContext;
use crate::parse::feed::entry::{CREATED, DATE, PUBLISHED, UPDATED};

/// The dates in the order of the document.
#[derive(Debug, Default)]
pub(super) struct EntryDates {
    all: Vec<(ElementSlot, String)>,
}

impl EntryDates {
    pub(super) fn add(&mut self, slot: ElementSlot, text: String) {
        self.all.push((slot, text));
    }

    /// True if both readers give the item the same date.
    pub(super) fn agree(&self, context: &FeedContext<'_>) -> bool {
        let count = |slots: &[ElementSlot]| self.all.iter().filter(|(slot, _)| slots.contains(slot)).count();
        let (published, updated) =
            (count(&[ElementSlot::Published, ElementSlot::Date]), count(&[ElementSlot::Updated]));
        if published <= 1 && updated <= 1 && published + updated == self.all.len() {
            return true;
        }
        self.strict(context) == self.lenient(context)
    }

    /// feed-rs keeps the last date of publication and the last of an update.
    fn strict(&self, context: &FeedContext<'_>) -> Option<Moment> {
        let last = |slots: &[ElementSlot]| {
            let (_, text) = self.all.iter().rev().find(|(slot, _)| slots.contains(slot))?;
            timestamp::read(text, &context.date_context())
        };
        last(&[ElementSlot::Published, ElementSlot::Date]).or_else(|| last(&[ElementSlot::Updated]))
    }

    /// The lenient reader keeps the first of each kind that is a date, and prefers the kinds in their order.
    fn lenient(&self, context: &FeedContext<'_>) -> Option<Moment> {
        [PUBLISHED, DATE, CREATED, UPDATED].into_iter().find_map(|wanted| {
            let texts = self.all.iter().filter(|(slot, _)| place(*slot) == wanted);
            texts.into_iter().find_map(|(_, text)| timestamp::read(text, &context.date_context()))
        })
    }
}

/// The index of a date among the evidence.
fn place(slot: ElementSlot) -> usize {
    match slot {
        ElementSlot::Published => PUBLISHED,
        ElementSlot::Date => DATE,
        ElementSlot::OtherDate(place) => place,
        _ => UPDATED,
    }
}
