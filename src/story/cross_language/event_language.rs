//! The languages whose reports can be linked.

use crate::text::lang::Lang;

/// The number of languages.
pub(super) const LANGUAGES: usize = 6;

/// A language of the tables, in the order of their columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventLanguage {
    English,
    French,
    Turkish,
    Arabic,
    Persian,
    Urdu,
}

impl EventLanguage {
    /// None for a language without a column in the tables.
    pub(super) fn of(lang: &Lang) -> Option<Self> {
        Some(match lang.as_str() {
            "en" => Self::English,
            "fr" => Self::French,
            "tr" => Self::Turkish,
            "ar" => Self::Arabic,
            "fa" => Self::Persian,
            "ur" => Self::Urdu,
            _ => return None,
        })
    }

    /// True for the languages of the Latin script, which write names with a capital.
    pub(super) fn has_capitals(self) -> bool {
        matches!(self, Self::English | Self::French | Self::Turkish)
    }
}
