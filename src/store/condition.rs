//! What condition the store is in.

use jiff::Timestamp;
use tokio::sync::watch;

use super::{CheckDepth, CheckReport, Displacement, FailingChannel, Result, SetAside, Store, StoreCounts, StoreError};
use crate::source::SourceId;

/// The condition of a store that is open. Health, the log, the scheduler and `marsad status` go by it.
#[derive(Clone, Debug, Default)]
pub enum StoreCondition {
    /// It takes writes, and nothing of it is known to be missing.
    #[default]
    Sound,
    /// The machine lacks something that it may have again.
    Outage(StoreError),
    /// The file was deleted or moved away. It is still open: what it owes can be delivered until marsad stops.
    Missing(StoreError),
    /// The path names another file. Only a start can open that one.
    Replaced(StoreError),
    /// The file is damaged, or lacks a table.
    Damaged(StoreError),
    /// It takes no writes, for no known reason.
    Broken(StoreError),
    /// It takes writes, but what some visit brought cannot be stored, for no known reason.
    Failing(StoreError),
}

/// The kind of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "content at the conditions of the same names")]
pub enum ConditionKind {
    Sound,
    Outage,
    Missing,
    Replaced,
    Damaged,
    Broken,
    Failing,
}

impl StoreCondition {
    /// What an error says of the store.
    #[must_use]
    pub fn of(error: StoreError) -> Self {
        match &error {
            StoreError::Displaced { how: Displacement::Missing, .. } | StoreError::Gone { .. } => Self::Missing(error),
            StoreError::Displaced { how: Displacement::Replaced, .. } => Self::Replaced(error),
            _ if error.is_corrupt() => Self::Damaged(error),
            _ if error.is_outage() || error.is_locked() => Self::Outage(error),
            _ => Self::Broken(error),
        }
    }

    /// What kind of condition it is.
    #[must_use]
    pub fn kind(&self) -> ConditionKind {
        match self {
            Self::Sound => ConditionKind::Sound,
            Self::Outage(_) => ConditionKind::Outage,
            Self::Missing(_) => ConditionKind::Missing,
            Self::Replaced(_) => ConditionKind::Replaced,
            Self::Damaged(_) => ConditionKind::Damaged,
            Self::Broken(_) => ConditionKind::Broken,
            Self::Failing(_) => ConditionKind::Failing,
        }
    }

    /// What is wrong; none when it is sound.
    #[must_use]
    pub fn error(&self) -> Option<&StoreError> {
        match self {
            Self::Sound => None,
            Self::Outage(error)
            | Self::Missing(error)
            | Self::Replaced(error)
            | Self::Damaged(error)
            | Self::Broken(error)
            | Self::Failing(error) => Some(error),
        }
    }

    /// True when sources may be asked: what they answer can be stored.
    #[must_use]
    pub fn takes_items(&self) -> bool {
        matches!(self, Self::Sound | Self::Failing(_))
    }

    /// True when ending and starting anew may mend it. A start on a damaged or missing database ends at once, and one
    /// without room waits as the running daemon does.
    #[must_use]
    pub fn is_mended_by_restart(&self) -> bool {
        matches!(self, Self::Replaced(_) | Self::Broken(_))
    }

    /// What is wrong and what to do about it, in one line; none when it is sound.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let error = self.error()?;
        let what = match self {
            Self::Failing(_) => "cannot store what a visit brought",
            Self::Damaged(_) => "is damaged",
            Self::Missing(_) => "is missing",
            Self::Replaced(_) => "is replaced",
            _ => "takes no writes",
        };
        Some(match error.remedy() {
            Some(remedy) => format!("{what}: {error}; {remedy}"),
            None => format!("{what}: {error}; see `marsad doctor`"),
        })
    }
}

// As for the other methods of the store: each answers with a `StoreError` when the store cannot be read or written.
#[expect(clippy::missing_errors_doc, reason = "content once above, for all of them")]
impl Store {
    /// The condition as it is known; it changes as soon as a statement or an examination finds another.
    #[must_use]
    pub fn condition(&self) -> watch::Receiver<StoreCondition> {
        match self {
            Self::Sqlite(db) => db.condition(),
        }
    }

    /// Examines the store: its place, its shape, and a write.
    pub async fn examine(&self) -> StoreCondition {
        match self {
            Self::Sqlite(db) => db.examine().await,
        }
    }

    /// Reads the pages again where a statement has met damage, as long as `go_on` is true.
    pub async fn look_for_damage_again(&self, go_on: impl FnMut() -> bool + Send + 'static) {
        match self {
            Self::Sqlite(db) => db.look_for_damage_again(go_on).await,
        }
    }

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
    pub async fn counts(&self) -> Result<StoreCounts> {
        match self {
            Self::Sqlite(db) => db.counts().await,
        }
    }

    /// What is wrong with the store, in sentences; empty when it is sound.
    pub async fn check(&self) -> Result<Vec<String>> {
        Ok(self.check_while(CheckDepth::Full, || true).await?.problems)
    }

    /// As [`Store::check`], to this depth, and only as long as `go_on` is true.
    pub async fn check_while(
        &self,
        depth: CheckDepth,
        go_on: impl FnMut() -> bool + Send + 'static,
    ) -> Result<CheckReport> {
        match self {
            Self::Sqlite(db) => db.check(depth, go_on).await,
        }
    }
}
