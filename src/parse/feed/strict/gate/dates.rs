//! The dates of one item: whether those that feed-rs drops would have counted.

use super::slot::Slot;
use crate::date::{Moment, stamp};
use crate::parse::feed::Context;
use crate::parse::feed::entry::{CREATED, DATE, PUBLISHED, UPDATED};

/// The dates in the order of the document.
#[derive(Debug, Default)]
pub(super) struct Dates {
    all: Vec<(Slot, String)>,
}

impl Dates {
    pub(super) fn add(&mut self, slot: Slot, text: String) {
        self.all.push((slot, text));
    }

    /// True where both readers date the item alike.
    pub(super) fn agree(&self, context: &Context<'_>) -> bool {
        let count = |slots: &[Slot]| self.all.iter().filter(|(slot, _)| slots.contains(slot)).count();
        let (published, updated) = (count(&[Slot::Published, Slot::Date]), count(&[Slot::Updated]));
        if published <= 1 && updated <= 1 && published + updated == self.all.len() {
            return true;
        }
        self.strict(context) == self.lenient(context)
    }

    /// feed-rs keeps the last date of publication and the last of an update.
    fn strict(&self, context: &Context<'_>) -> Option<Moment> {
        let last = |slots: &[Slot]| {
            let (_, text) = self.all.iter().rev().find(|(slot, _)| slots.contains(slot))?;
            stamp::read(text, &context.setting())
        };
        last(&[Slot::Published, Slot::Date]).or_else(|| last(&[Slot::Updated]))
    }

    /// The lenient reader keeps the first of each kind that is a date, and prefers the kinds in their order.
    fn lenient(&self, context: &Context<'_>) -> Option<Moment> {
        [PUBLISHED, DATE, CREATED, UPDATED].into_iter().find_map(|wanted| {
            let texts = self.all.iter().filter(|(slot, _)| place(*slot) == wanted);
            texts.into_iter().find_map(|(_, text)| stamp::read(text, &context.setting()))
        })
    }
}

/// The place of a date among the evidence.
fn place(slot: Slot) -> usize {
    match slot {
        Slot::Published => PUBLISHED,
        Slot::Date => DATE,
        Slot::OtherDate(place) => place,
        _ => UPDATED,
    }
}
