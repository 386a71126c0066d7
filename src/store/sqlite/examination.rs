//! Examines the database while it is in use: its path, its shape, a write, and the faults that statements found.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::file::{FileIdentity, LogIdentity};
use super::shape::Shape;
use super::{Database, epoch};
use crate::source::SourceId;
use crate::store::{CheckDepth, Displacement, StoreCondition, StoreError};

/// What is known about the database between two examinations. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Examination {
    file: FileIdentity,
    log: LogIdentity,
    expected: Arc<Shape>,
    condition: watch::Sender<StoreCondition>,
    faults: Arc<Mutex<ObservedFaults>>,
}

/// The faults that statements found and that an examination may not see.
#[derive(Debug, Default)]
struct ObservedFaults {
    /// Damage outside of what an examination reads.
    damage: Option<StoreError>,
    /// Why the last visit of a source could not be stored, if the cause is unknown.
    failures: BTreeMap<SourceId, StoreError>,
}

impl Examination {
    /// The state after opening: no fault is known.
    #[must_use]
    pub fn new(file: FileIdentity, log: LogIdentity, expected: Shape) -> Self {
        Self { file, log, expected: Arc::new(expected), condition: watch::Sender::default(), faults: Arc::default() }
    }

    fn with_faults<T>(&self, change: impl FnOnce(&mut ObservedFaults) -> T) -> T {
        change(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The condition that the observed faults mean.
    fn observed(&self) -> StoreCondition {
        self.with_faults(|faults| match (&faults.damage, faults.failures.values().next()) {
            (Some(damage), _) => StoreCondition::of(damage.clone()),
            (None, Some(failure)) => StoreCondition::Failing(failure.clone()),
            (None, None) => StoreCondition::Sound,
        })
    }

    fn publish(&self, condition: &StoreCondition) {
        self.condition.send_if_modified(|known| {
            let changed = known.kind() != condition.kind();
            known.clone_from(condition);
            changed
        });
    }
}

impl Database {
    /// The last known condition of the database.
    #[must_use]
    pub(crate) fn condition(&self) -> watch::Receiver<StoreCondition> {
        self.examination.condition.subscribe()
    }

    /// Examines the database: its file is where it was opened, it accepts a durable write, and no table is missing.
    pub(crate) async fn examine(&self) -> StoreCondition {
        let condition = match self.verify().await {
            Ok(()) => self.examination.observed(),
            Err(error) => {
                // Truncated data is lost, even if a later checkpoint restores the file's length.
                if matches!(error, StoreError::Displaced { how: Displacement::Emptied, .. }) {
                    self.examination.with_faults(|faults| faults.damage = Some(error.clone()));
                }
                StoreCondition::of(error)
            }
        };
        if self.lock.is_some() && matches!(condition, StoreCondition::Replaced(_)) {
            self.set_log_aside();
        }
        self.examination.publish(&condition);
        condition
    }

    fn set_log_aside(&self) {
        if let Err(error) = self.examination.log.set_aside(self.path()) {
            let path = self.path().display();
            tracing::error!(%error, path = %path, "the log of the old database is next to the new one: move it away");
        }
    }

    /// Prepares the path for the file that replaced the closed database: moves the old log away and raises the epoch.
    pub(super) fn release_path(&self) {
        self.set_log_aside();
        LogIdentity::clean_up(self.path());
        if let Some(Err(error)) = self.path().parent().map(epoch::raise_recorded) {
            tracing::error!(%error, "cannot raise the epoch: receivers may see repeated sequence numbers");
        }
    }

    async fn verify(&self) -> Result<(), StoreError> {
        self.in_place()?;
        self.ping().await?;
        let mut connection = self.reads.acquire().await?;
        let found = Shape::of(&mut connection).await?;
        match self.examination.expected.missing_in(&found) {
            Some(detail) => Err(StoreError::Corrupt { path: self.path().to_owned(), detail }),
            None => Ok(()),
        }
    }

    /// Rejects a database whose file is no longer at its path: anything stored now would be lost.
    ///
    /// # Errors
    /// How it was displaced.
    pub(crate) fn in_place(&self) -> Result<(), StoreError> {
        self.examination.file.check_at(self.path())
    }

    /// Whether another file is at the path of the open one.
    pub(super) fn is_replaced(&self) -> bool {
        matches!(self.in_place(), Err(StoreError::Displaced { how: Displacement::Replaced, .. }))
    }

    /// Reads the database pages again if a statement found damage, and clears the damage if they are sound. It reads as
    /// long as `go_on` returns true.
    pub(crate) async fn recheck_damage(&self, go_on: impl FnMut() -> bool + Send + 'static) {
        if self.examination.with_faults(|faults| faults.damage.is_none()) {
            return;
        }
        if let Ok(checked) = self.check(CheckDepth::Quick, go_on).await
            && checked.complete
            && checked.problems.is_empty()
        {
            self.examination.with_faults(|faults| faults.damage = None);
        }
    }

    /// Records damage that a statement found.
    pub(in crate::store) fn note_damage<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result
            && error.is_damage()
        {
            let damage = StoreError::Corrupt { path: self.path().to_owned(), detail: error.to_string() };
            self.examination.with_faults(|faults| faults.damage.get_or_insert(damage).clone());
            self.examination.publish(&self.examination.observed());
        }
        result
    }

    /// As `note_damage`, for the writes of a visit: an unexplained failure is recorded until a visit of the source is
    /// stored completely.
    pub(in crate::store) fn note_visit<T>(
        &self,
        source: &SourceId,
        ends: bool,
        result: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let result = self.note_damage(result);
        let is_changed = self.examination.with_faults(|faults| match &result {
            Err(error) if error.is_unexplained() => faults.failures.insert(source.clone(), error.clone()).is_none(),
            Ok(_) if ends => faults.failures.remove(source).is_some(),
            _ => false,
        });
        if is_changed
            && matches!(*self.examination.condition.borrow(), StoreCondition::Sound | StoreCondition::Failing(_))
        {
            self.examination.publish(&self.examination.observed());
        }
        result
    }

    /// Clears the failures of sources that are no longer configured.
    pub(super) fn forget_failures(&self, keep: impl Fn(&SourceId) -> bool) {
        self.examination.with_faults(|faults| faults.failures.retain(|source, _| keep(source)));
    }
}
