//! What fails by its own content is set aside, so that it keeps nothing else from being stored.
//!
//! One failure proves nothing: a machine without room, handles or memory fails at whatever is written next. Only what
//! fails twice, with another write that succeeds in between, is set aside. Every other failure ends the visit before
//! its validators are saved, so that everything is found again.

use jiff::Timestamp;

use super::Pipeline;
use super::source_event;
use crate::alert::HealthEvent;
use crate::config::Config;
use crate::item::Item;
use crate::source::Source;
use crate::store::StoreError;

impl Pipeline {
    /// Writes something, once more where its content may be at fault. The inner error is the content's.
    ///
    /// # Errors
    /// What is not the content's fault.
    pub(super) async fn twice<T, W>(&self, write: impl Fn() -> W) -> Result<Result<T, StoreError>, StoreError>
    where
        W: Future<Output = Result<T, StoreError>>,
    {
        match write().await {
            Err(error) if error.is_content() => {}
            other => return other.map(Ok),
        }
        self.store.ping().await?;
        match write().await {
            Err(error) if error.is_content() => Ok(Err(error)),
            other => other.map(Ok),
        }
    }

    /// Records an item that cannot be stored, and raises an event the first time.
    pub(super) async fn set_aside(
        &self,
        source: &Source,
        config: &Config,
        item: &Item,
        error: &StoreError,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.metrics.item("rejected");
        let address = item.address.as_ref().map(|address| address.as_str());
        let name = address.unwrap_or(&item.title).to_owned();
        if self.store.set_aside(("item", name.clone()), Some(&source.id), error, at).await? {
            tracing::error!(%error, item.url = name, "an item cannot be stored and is set aside");
            self.raise(config, source_event::set_aside(source, item, error, at)).await?;
        }
        Ok(())
    }

    /// Raises an event; one that cannot be stored is recorded instead.
    pub(super) async fn raise(&self, config: &Config, event: HealthEvent) -> Result<(), StoreError> {
        let raise = || self.store.raise(event.clone(), config.health_channels(), config.render_settings());
        if let Err(error) = self.twice(raise).await? {
            tracing::error!(%error, event.kind = event.kind, "an event cannot be stored and is set aside");
            self.store.set_aside(("event", event.kind.clone()), None, &error, event.at).await?;
        }
        Ok(())
    }
}
