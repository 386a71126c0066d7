//! The date of a page.

use jiff::civil::Date;

use crate::date::text_date::FoundDate;
use crate::date::{DateEvidence, Published};

/// A date of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageDate {
    /// The date, and the evidence for it.
    pub(crate) published: Published,
    /// The day as written, in the page's own time zone.
    pub(crate) day: Date,
}

impl PageDate {
    /// A date that was found in a text.
    pub(super) fn new(found: &FoundDate, from: DateEvidence) -> Self {
        Self { published: Published { at: found.moment, from }, day: found.day }
    }
}
