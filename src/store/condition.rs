//! The condition of the store, and the methods that examine it.

use jiff::Timestamp;
use tokio::sync::watch;

use super::{CheckDepth, CheckReport, Displacement, FailingChannel, Result, SetAside, Store, StoreCounts, StoreError};
use crate::channel::ChannelId;
use crate::source::SourceId;

/// The condition of an open store. Health, the log, the scheduler and `marsad status` use it.
#[derive(Clone, Debug, Default)]
pub enum StoreCondition {
    /// It accepts writes, and nothing is known to be missing.
    #[default]
    Sound,
    /// The machine lacks a resource, which may come back.
    Outage(StoreError),
    /// The file was deleted or moved away. It is still open: its deliveries can be sent until marsad stops.
    Missing(StoreError),
    /// The path names another file. Only a restart can open that file.
    Replaced(StoreError),
    /// The file is damaged, or lacks a table.
    Damaged(StoreError),
    /// It rejects writes for an unknown reason.
    Broken(StoreError),
    /// It accepts writes, but the items of some visit cannot be stored, for an unknown reason.
    Failing(StoreError),
}

/// The kind of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented at the conditions of the same names")]
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
    /// The condition that an error means.
    ///
    /// ```
    /// use marsad::store::{ConditionKind, Displacement, StoreCondition, StoreError};
    ///
    /// let error = StoreError::Displaced { path: "marsad.db".into(), how: Displacement::Replaced };
    /// assert_eq!(StoreCondition::of(error).kind(), ConditionKind::Replaced);
    /// ```
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

    /// The kind of this condition.
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

    /// What is wrong; none if the store is sound.
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

    /// True if sources may be visited, because their items can be stored.
    #[must_use]
    pub(crate) fn accepts_items(&self) -> bool {
        matches!(self, Self::Sound | Self::Failing(_))
    }

    /// True if a restart may help. A start on a damaged or missing database fails at once, and a start without disk
    /// space waits like the running daemon.
    #[must_use]
    pub(crate) fn may_recover_by_restart(&self) -> bool {
        matches!(self, Self::Replaced(_) | Self::Broken(_))
    }

    /// What is wrong and what to do about it, in one line; none if the store is sound.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let error = self.error()?;
        let what = match self {
            Self::Failing(_) => "cannot store the items of a visit",
            Self::Damaged(_) => "is damaged",
            Self::Missing(_) => "is missing",
            Self::Replaced(_) => "was replaced",
            _ => "cannot be written",
        };
        Some(match error.remedy() {
            // Its message says what is wrong and what to do.
            None if matches!(error, StoreError::Corrupt { .. }) => error.to_string(),
            Some(remedy) => format!("{what}: {error}; {remedy}"),
            None => format!("{what}: {error}; see `marsad doctor`"),
        })
    }
}

// Every method returns a `StoreError` if the store cannot be read or written.
#[expect(clippy::missing_errors_doc, reason = "documented once above, for all of them")]
impl Store {
    /// The last known condition; it changes as soon as a statement or an examination finds another one.
    #[must_use]
    pub(crate) fn condition(&self) -> watch::Receiver<StoreCondition> {
        match self {
            Self::Sqlite(db) => db.condition(),
        }
    }

    /// Examines the store: its file, its tables, and a write.
    pub(crate) async fn examine(&self) -> StoreCondition {
        match self {
            Self::Sqlite(db) => db.examine().await,
        }
    }

    /// Reads the database pages again if a statement found damage, as long as `go_on` returns true.
    pub(crate) async fn recheck_damage(&self, go_on: impl FnMut() -> bool + Send + 'static) {
        match self {
            Self::Sqlite(db) => db.recheck_damage(go_on).await,
        }
    }

    /// Writes one row durably, to prove that the store accepts writes.
    pub async fn ping(&self) -> Result<()> {
        match self {
            Self::Sqlite(db) => db.ping().await,
        }
    }

    /// Records that something was set aside because of its content; true if it was not recorded yet.
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

    /// What was set aside because of its content, most recent first.
    pub async fn all_set_aside(&self, limit: usize) -> Result<Vec<SetAside>> {
        match self {
            Self::Sqlite(db) => db.all_set_aside(limit).await,
        }
    }

    /// The failing channels.
    pub(crate) async fn failing_channels(&self) -> Result<Vec<FailingChannel>> {
        match self {
            Self::Sqlite(db) => db.failing_channels().await,
        }
    }

    /// How many deliveries failed permanently after `since`, by channel.
    pub(crate) async fn dead_since(&self, since: Timestamp) -> Result<Vec<(ChannelId, u64)>> {
        match self {
            Self::Sqlite(db) => db.dead_since(since).await,
        }
    }

    /// Counts items, alerts, events and deliveries.
    pub async fn counts(&self) -> Result<StoreCounts> {
        match self {
            Self::Sqlite(db) => db.counts().await,
        }
    }

    /// Checks the database; returns its problems as sentences, none if it is sound.
    pub async fn check(&self) -> Result<Vec<String>> {
        Ok(self.check_while(CheckDepth::Full, || true).await?.problems)
    }

    /// As [`Store::check`], to this depth, and only as long as `go_on` returns true.
    pub(crate) async fn check_while(
        &self,
        depth: CheckDepth,
        go_on: impl FnMut() -> bool + Send + 'static,
    ) -> Result<CheckReport> {
        match self {
            Self::Sqlite(db) => db.check(depth, go_on).await,
        }
    }
}
