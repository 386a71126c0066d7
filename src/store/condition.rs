//! What condition the store is in.

use jiff::Timestamp;

use super::{Checked, Counts, Depth, FailingChannel, Result, SetAside, Store, StoreError};
use crate::source::SourceId;

// As for the other methods of the store: each answers with a `StoreError` when the store cannot be read or written.
#[expect(clippy::missing_errors_doc, reason = "said once above, for all of them")]
impl Store {
    /// Proof that the store takes writes: one row, durable.
    pub async fn ping(&self) -> Result<()> {
        match self {
            Self::Sqlite(db) => db.ping().await,
        }
    }

    /// Records that something was passed over for its own content; true when it was not recorded yet.
    pub async fn set_aside(
        &self,
        (what, name): (&'static str, String),
        source: Option<&SourceId>,
        why: &StoreError,
        at: Timestamp,
    ) -> Result<bool> {
        match self {
            Self::Sqlite(db) => db.set_aside((what, name), source, why, at).await,
        }
    }

    /// What is passed over for its own content, what was met last first.
    pub async fn all_set_aside(&self, limit: usize) -> Result<Vec<SetAside>> {
        match self {
            Self::Sqlite(db) => db.all_set_aside(limit).await,
        }
    }

    /// The channels that fail.
    pub async fn failing_channels(&self) -> Result<Vec<FailingChannel>> {
        match self {
            Self::Sqlite(db) => db.failing_channels().await,
        }
    }

    /// How much there is of everything.
    pub async fn counts(&self) -> Result<Counts> {
        match self {
            Self::Sqlite(db) => db.counts().await,
        }
    }

    /// What is wrong with the store, in sentences; empty when it is sound.
    pub async fn check(&self) -> Result<Vec<String>> {
        Ok(self.check_while(Depth::Full, || true).await?.problems)
    }

    /// As [`Store::check`], to this depth, and only as long as `go_on` is true.
    pub async fn check_while(&self, depth: Depth, go_on: impl FnMut() -> bool + Send + 'static) -> Result<Checked> {
        match self {
            Self::Sqlite(db) => db.check(depth, go_on).await,
        }
    }
}
