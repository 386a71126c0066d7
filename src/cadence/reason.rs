//! Names what decided when a source is visited next.

/// What decided the time of the next visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VisitReason {
    /// The configured interval or times of the day.
    #[default]
    Configured,
    /// The times at which the source publishes.
    Rhythm,
    /// Items may have come and gone between two visits, or most of a document was new.
    Turnover,
    /// The rules of the server's cache.
    CacheRules,
    /// Failed visits.
    Failures,
    /// The pause that the server asked for.
    RetryAfter,
}

impl VisitReason {
    /// Every reason.
    pub(crate) const ALL: [Self; 6] =
        [Self::Configured, Self::Rhythm, Self::Turnover, Self::CacheRules, Self::Failures, Self::RetryAfter];

    /// The word used in the store and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Rhythm => "rhythm",
            Self::Turnover => "turnover",
            Self::CacheRules => "cache_rules",
            Self::Failures => "failures",
            Self::RetryAfter => "retry_after",
        }
    }

    /// Parses the word used in the store; none for a word of another version.
    #[must_use]
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// The reason for a reader.
    #[must_use]
    pub(crate) fn explained(self) -> &'static str {
        match self {
            Self::Configured => "as configured",
            Self::Rhythm => "by the hours at which it publishes; the mean interval is the configured one",
            Self::Turnover => "sooner, because most entries of the last document were new",
            Self::CacheRules => "later, because its server says how long a document stays fresh",
            Self::Failures => "by the failures in a row",
            Self::RetryAfter => "not before the time that its server asked for",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_stored_by_its_word() {
        for reason in VisitReason::ALL {
            assert_eq!(VisitReason::from_word(reason.as_str()), Some(reason));
        }
        assert_eq!(VisitReason::from_word("whim"), None);
    }
}
