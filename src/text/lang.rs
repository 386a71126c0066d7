//! Which language a text is in, and which way it runs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language by its primary subtag (`ar`, `fa`, `ur`, `tr`, `fr`, `en`, …), in lower case (BCP 47).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Lang(String);

/// The text is no language tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a language tag such as \"ar\" or \"fr\"")]
pub struct LangError(String);

/// Which way a text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dir {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Lang {
    /// Reads a tag and keeps its primary subtag: `ar-SA` is `ar`.
    ///
    /// # Errors
    /// When the text does not begin with two or three letters of ASCII that end there or at `-` or `_`.
    pub fn parse(tag: &str) -> Result<Self, LangError> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        if matches!(primary.len(), 2 | 3) && primary.bytes().all(|b| b.is_ascii_lowercase()) {
            Ok(Self(primary))
        } else {
            Err(LangError(tag.chars().take(40).collect()))
        }
    }

    /// The primary subtag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The direction of the script that the language is written in.
    #[must_use]
    pub fn dir(&self) -> Dir {
        match self.0.as_str() {
            "ar" | "fa" | "ur" | "ps" | "ckb" | "sd" | "ug" | "he" | "yi" | "dv" | "prs" => Dir::Rtl,
            _ => Dir::Ltr,
        }
    }
}

impl Dir {
    /// The value of HTML's `dir` attribute.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Lang {
    type Error = LangError;

    fn try_from(tag: String) -> Result<Self, Self::Error> {
        Self::parse(&tag)
    }
}

impl From<Lang> for String {
    fn from(lang: Lang) -> Self {
        lang.0
    }
}
