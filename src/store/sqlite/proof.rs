//! Examines the database while it is in use: its place, its shape, a write, and what statements have met.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::file::{FileIdentity, LogIdentity};
use super::shape::Shape;
use super::{Database, epoch};
use crate::source::SourceId;
use crate::store::{CheckDepth, Displacement, StoreCondition, StoreError};

/// What is known of the database between two examinations. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Examination {
    file: FileIdentity,
    log: LogIdentity,
    expected: Arc<Shape>,
    condition: watch::Sender<StoreCondition>,
    met: Arc<Mutex<Met>>,
}

/// The trouble that statements have met and that an examination may not see.
#[derive(Debug, Default)]
struct Met {
    /// Damage outside of what an examination reads.
    damage: Option<StoreError>,
    /// What kept the last visit of a source from being stored, for no known reason.
    failures: BTreeMap<SourceId, StoreError>,
}

impl Examination {
    /// Nothing is known of `file` but that it was opened, and what shape it should have.
    #[must_use]
    pub fn new(file: FileIdentity, log: LogIdentity, expected: Shape) -> Self {
        Self { file, log, expected: Arc::new(expected), condition: watch::Sender::default(), met: Arc::default() }
    }

    fn met<T>(&self, change: impl FnOnce(&mut Met) -> T) -> T {
        change(&mut self.met.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What statements have met, as a condition.
    fn by_statements(&self) -> StoreCondition {
        self.met(|met| match (&met.damage, met.failures.values().next()) {
            (Some(damage), _) => StoreCondition::of(damage.clone()),
            (None, Some(failure)) => StoreCondition::Failing(failure.clone()),
            (None, None) => StoreCondition::Sound,
        })
    }

    fn know(&self, condition: &StoreCondition) {
        self.condition.send_if_modified(|known| {
            let changed = known.kind() != condition.kind();
            known.clone_from(condition);
            changed
        });
    }
}

impl Database {
    /// The condition of the database as it was known last.
    #[must_use]
    pub fn condition(&self) -> watch::Receiver<StoreCondition> {
        self.examination.condition.subscribe()
    }

    /// Examines the database: it stands where it was opened, takes a durable write, and lacks no table.
    pub async fn examine(&self) -> StoreCondition {
        let condition = match self.proof().await {
            Ok(()) => self.examination.by_statements(),
            Err(error) => {
                // What was cut off is gone, even where a later checkpoint gives the file its length back.
                if matches!(error, StoreError::Displaced { how: Displacement::Emptied, .. }) {
                    self.examination.met(|met| met.damage = Some(error.clone()));
                }
                StoreCondition::of(error)
            }
        };
        if self.lock.is_some() && matches!(condition, StoreCondition::Replaced(_)) {
            self.set_log_aside();
        }
        self.examination.know(&condition);
        condition
    }

    fn set_log_aside(&self) {
        if let Err(error) = self.examination.log.set_aside(self.path()) {
            let path = self.path().display();
            tracing::error!(%error, path = %path, "the log of the old database stands beside the new one: move it away");
        }
    }

    /// Leaves the place to the file that has taken it: nothing of the closed one stays beside it, and the next start
    /// begins a higher epoch.
    pub(super) fn make_way(&self) {
        self.set_log_aside();
        LogIdentity::clean_up(self.path());
        if let Some(Err(error)) = self.path().parent().map(epoch::raise_mark) {
            tracing::error!(%error, "the epoch cannot be raised: receivers may see numbers again that they know");
        }
    }

    async fn proof(&self) -> Result<(), StoreError> {
        self.in_place()?;
        self.ping().await?;
        let mut connection = self.reads.acquire().await?;
        let found = Shape::of(&mut connection).await?;
        match self.examination.expected.missing_in(&found) {
            Some(detail) => Err(StoreError::Corrupt { path: self.path().to_owned(), detail }),
            None => Ok(()),
        }
    }

    /// Refuses a database whose file is no longer at its path: what is stored now would be lost.
    ///
    /// # Errors
    /// How it was displaced.
    pub fn in_place(&self) -> Result<(), StoreError> {
        self.examination.file.still_at(self.path())
    }

    /// Whether another file has the place of the open one.
    pub(super) fn is_replaced(&self) -> bool {
        matches!(self.in_place(), Err(StoreError::Displaced { how: Displacement::Replaced, .. }))
    }

    /// Reads the pages again where a statement has met damage, and forgets it where they are sound. It reads as long as
    /// `go_on` is true.
    pub async fn look_for_damage_again(&self, go_on: impl FnMut() -> bool + Send + 'static) {
        if self.examination.met(|met| met.damage.is_none()) {
            return;
        }
        if let Ok(checked) = self.check(CheckDepth::Quick, go_on).await
            && checked.complete
            && checked.problems.is_empty()
        {
            self.examination.met(|met| met.damage = None);
        }
    }

    /// Takes note of the damage that a statement has met.
    pub(in crate::store) fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result
            && error.is_damage()
        {
            let damage = StoreError::Corrupt { path: self.path().to_owned(), detail: error.to_string() };
            self.examination.met(|met| met.damage.get_or_insert(damage).clone());
            self.examination.know(&self.examination.by_statements());
        }
        result
    }

    /// As `noted`, for what a visit of this source stores: a failure that no examination explains is remembered until
    /// a visit of the source is stored whole.
    pub(in crate::store) fn noted_of<T>(
        &self,
        source: &SourceId,
        ends: bool,
        result: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let result = self.noted(result);
        let is_changed = self.examination.met(|met| match &result {
            Err(error) if error.is_unexplained() => met.failures.insert(source.clone(), error.clone()).is_none(),
            Ok(_) if ends => met.failures.remove(source).is_some(),
            _ => false,
        });
        if is_changed
            && matches!(*self.examination.condition.borrow(), StoreCondition::Sound | StoreCondition::Failing(_))
        {
            self.examination.know(&self.examination.by_statements());
        }
        result
    }

    /// Forgets the failures of sources that are configured no longer.
    pub(super) fn forget_failures(&self, keep: impl Fn(&SourceId) -> bool) {
        self.examination.met(|met| met.failures.retain(|source, _| keep(source)));
    }
}
