//! Where a watched term was found in an item, and how.

use serde::{Deserialize, Serialize};

use super::WatchId;

/// A field of an item that watches search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The headline.
    Title,
    /// The excerpt.
    Summary,
    /// The full text.
    Text,
}

/// Where a watched term was found in an item, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The watch that it counts for.
    pub watch: WatchId,
    /// The term as the configuration writes it.
    pub(crate) term: String,
    /// The concept that the term belongs to.
    pub(crate) concept: Option<String>,
    /// Where it was found.
    pub(crate) field: Field,
    /// The first character, counted in Unicode scalar values of the field's text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The text at this place.
    pub text: String,
    /// How the text differs from the term.
    pub how: MatchForm,
    /// The surrounding text, 60 characters on either side.
    pub context: String,
}

/// How the text differs from the term; all empty if it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchForm {
    /// Letters attached at the front: `و`, `ل`, `l'`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) prefix: Option<String>,
    /// Letters attached at the end: `'nin`, `ها`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) suffix: Option<String>,
    /// The kind of spelling or inflection: `spelling`, `plural`, `feminine`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) variant: Option<String>,
}

/// A watch that an item hits, with the places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The watch.
    pub watch: WatchId,
    /// The places, in the order of the text; at most [`MAX_MATCHES`], empty for a watch without terms.
    pub matches: Vec<Match>,
    /// The total number of places.
    pub(crate) total: usize,
}

/// The most matches in one alert. Chosen by hand.
pub(crate) const MAX_MATCHES: usize = 20;

impl Field {
    /// The word in configuration and payload.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Summary => "summary",
            Self::Text => "text",
        }
    }
}
