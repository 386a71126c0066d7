//! Sets aside items and events that cannot be stored because of their content, so that they do not block others.
//!
//! One failure proves nothing: a machine without disk space, handles or memory fails at whatever it writes next. A
//! write is set aside only if it fails twice and another write succeeds in between. Any other failure ends the visit
//! before its validators are saved, so that everything is found again.

use jiff::Timestamp;

use super::Pipeline;
use super::source_event;
use super::visit_end::log_event;
use crate::alert::HealthEvent;
use crate::config::Config;
use crate::item::Item;
use crate::source::Source;
use crate::store::{NoticeUpdate, StoreError};

impl Pipeline {
    /// Runs a write, and runs it again if its content may be at fault. The inner error is the content's fault.
    ///
    /// # Errors
    /// A failure that is not the content's fault.
    pub(super) async fn write_with_retry<T, W>(
        &self,
        write: impl Fn() -> W,
    ) -> Result<Result<T, StoreError>, StoreError>
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

    /// Raises an event; if it cannot be stored, it is set aside.
    pub(super) async fn raise(&self, config: &Config, event: HealthEvent) -> Result<(), StoreError> {
        let raise = || self.store.raise(event.clone(), config.health_channels(), config.render_settings());
        if let Err(error) = self.write_with_retry(raise).await? {
            tracing::error!(%error, event.kind = event.kind.as_str(), "an event cannot be stored and is set aside");
            self.store.set_aside(("event", event.kind.as_str().to_owned()), None, &error, event.at).await?;
        }
        Ok(())
    }

    /// Raises a notice, unless it is recorded already; if it cannot be stored, it is set aside.
    pub(super) async fn raise_noticed(
        &self,
        config: &Config,
        event: HealthEvent,
        update: NoticeUpdate,
    ) -> Result<(), StoreError> {
        let raise = || {
            let (channels, settings) = (config.health_channels(), config.render_settings());
            self.store.raise_notice(event.clone(), update.clone(), channels, settings)
        };
        match self.write_with_retry(raise).await? {
            Ok(true) => log_event(&event),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, event.kind = event.kind.as_str(), "a notice cannot be stored and is set aside");
                self.store.set_aside(("event", event.kind.as_str().to_owned()), None, &error, event.at).await?;
            }
        }
        Ok(())
    }
}
