//! When a source is visited next.

use jiff::SignedDuration;

/// What an answer says about the next visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheRules {
    /// How long the answer stays fresh: `Cache-Control: max-age`, else `Expires` less `Date`.
    pub max_age: Option<SignedDuration>,
    /// How long the server asked to be left alone.
    pub retry_after: Option<SignedDuration>,
}

/// The longest wish of a server that is granted.
pub const MAX_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);
