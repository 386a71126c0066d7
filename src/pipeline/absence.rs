//! Looks back for watches and channels that were removed briefly and then returned.
//!
//! The first half of a configuration that is being written is often valid, and an editing mistake is usually fixed
//! within minutes. A returning watch matches the items that were stored during its absence. A returning channel gets
//! the alerts that were made during its absence. A new watch looks forward only.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Pipeline;
use super::admit::admission;
use super::matching::evaluate;
use super::probe::probe;
use crate::config::Config;
use crate::dedupe::{KeyRules, Verdict};
use crate::source::{Source, SourceId};
use crate::store::{Absence, AbsentKind, Admitted, Candidate, MissedAlerts, MissedItem, StoreError};

/// The longest absence after which a watch or channel looks back, and for which a removed source keeps the items that
/// wait for their page. Chosen by hand: a removal that lasts longer is intended.
pub(crate) const SHORT_ABSENCE: SignedDuration = SignedDuration::from_mins(10);

/// How many items or alerts one transaction examines. Chosen by hand, so that visits are not delayed.
const BATCH: usize = 50;

impl Pipeline {
    /// Records which watches and channels are configured, before `config` takes effect.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn save_configured(&self, config: &Config, at: Timestamp) -> Result<(), StoreError> {
        self.store.save_configured(&names(config), SHORT_ABSENCE, at).await
    }

    /// As [`Pipeline::save_configured`], together with the sources and their first visits, in one transaction.
    ///
    /// # Errors
    /// If the store cannot be written; then nothing changes.
    pub(crate) async fn commit_configuration(
        &self,
        config: &Config,
        sources: &[(Arc<Source>, Timestamp)],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.store.commit_configuration(sources, &names(config), SHORT_ABSENCE, at).await
    }

    /// Makes the alerts and deliveries that returning watches and channels missed. Nothing alerts twice.
    ///
    /// # Errors
    /// If the store cannot be read or written; the absences stay recorded.
    pub async fn look_back(&self, config: &Config) -> Result<Admitted, StoreError> {
        let mut sum = Admitted::default();
        for absence in self.store.returned().await? {
            sum += match absence.kind {
                AbsentKind::Watch => self.missed_items(&absence, config).await?,
                AbsentKind::Channel => self.missed_alerts(&absence, config).await?,
            };
        }
        if sum.deliveries > 0 {
            tracing::info!(
                alerts = sum.alerts,
                deliveries = sum.deliveries,
                "alerts that a removed watch or channel missed are queued"
            );
        }
        Ok(sum)
    }

    async fn missed_items(&self, absence: &Absence, config: &Config) -> Result<Admitted, StoreError> {
        let mut sum = Admitted::default();
        let mut cursor = (0, SourceId::new(""));
        loop {
            let (missed, last) = self.store.missed_items(absence, &cursor, BATCH).await?;
            let Some(last) = last else { return Ok(sum) };
            cursor = last;
            let sources: HashSet<SourceId> = missed.iter().map(|missed| missed.source.clone()).collect();
            for id in sources {
                let items: Vec<MissedItem> = missed.iter().filter(|missed| missed.source == id).cloned().collect();
                sum += self.missed_of(&id, items, absence, config).await?;
            }
        }
    }

    /// Matches the missed items of one source against one watch.
    async fn missed_of(
        &self,
        id: &SourceId,
        items: Vec<MissedItem>,
        absence: &Absence,
        config: &Config,
    ) -> Result<Admitted, StoreError> {
        let Some(source) = config.source(id.as_str()).cloned() else { return Ok(Admitted::default()) };
        let (watches, watch, by) = (Arc::clone(&config.watches), absence.id.clone(), Arc::clone(&source));
        let matched = tokio::task::spawn_blocking(move || {
            let candidate = |missed: MissedItem| {
                let mut hits = evaluate(&watches, &by, &missed.item);
                hits.retain(|hit| hit.watch.as_str() == watch);
                let verdict = Verdict::Known(missed.number);
                Candidate { hits, ..Candidate::new(probe(missed.item, &by, &KeyRules::default()), verdict, true) }
            };
            items.into_iter().map(candidate).filter(|candidate| !candidate.hits.is_empty()).collect::<Vec<_>>()
        });
        let candidates = matched.await.map_err(|panic| StoreError::Panicked(panic.to_string()))?;
        if candidates.is_empty() {
            return Ok(Admitted::default());
        }
        let now = self.clock.now();
        let admitted = self.store.alert_missed(admission(&source, config, candidates, (now, now), None)).await?;
        self.count_alerts(&admitted);
        Ok(admitted)
    }

    async fn missed_alerts(&self, absence: &Absence, config: &Config) -> Result<Admitted, StoreError> {
        let mut sum = Admitted::default();
        let Some(channel) = config.channel(&absence.id) else { return Ok(sum) };
        let mut from = absence.from;
        loop {
            let missed = MissedAlerts {
                channel: Arc::clone(channel),
                watches: Arc::clone(&config.watches),
                settings: config.render_settings(),
                from,
                limit: BATCH,
                at: self.clock.now(),
            };
            let (deliveries, last) = self.store.queue_missed(missed).await?;
            sum.deliveries += deliveries;
            let Some(last) = last else { return Ok(sum) };
            from = last + 1;
        }
    }

    /// Records that these absences are handled, once no visit uses an older configuration.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn looked_back(&self, absences: &[Absence]) -> Result<(), StoreError> {
        for absence in absences {
            self.store.looked_back(absence).await?;
        }
        Ok(())
    }
}

/// The watches and channels of a configuration.
fn names(config: &Config) -> Vec<(AbsentKind, String)> {
    let watches = config.watches.all().iter().map(|watch| (AbsentKind::Watch, watch.id.as_str().to_owned()));
    let channels = config.channels.iter().map(|channel| (AbsentKind::Channel, channel.id.as_str().to_owned()));
    watches.chain(channels).collect()
}
