//! Sends the heartbeat: fetches an address while all is well, so that a monitor notices a dead daemon.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::config::RunningConfig;
use crate::net::{Client, Fence, LimitAction, Request};
use crate::store::Store;
use crate::systemd::Pulse;

/// The pause between two heartbeats. Chosen by hand.
const PAUSE: Duration = Duration::from_secs(300);

/// The longest time for the answer. Chosen by hand.
const DEADLINE: Duration = Duration::from_secs(20);

/// The longest time for the rest of the answer, so that the connection can close properly. Chosen by hand.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// No heartbeat is sent while a loop has not ticked for this long. Chosen by hand.
const STALLED: Duration = Duration::from_secs(60);

/// Sends the heartbeat while no loop is stalled and the store is sound.
pub(crate) struct Ping {
    config: RunningConfig,
    store: Store,
    pulse: Pulse,
}

impl Ping {
    /// A heartbeat for this store and these loops.
    #[must_use]
    pub fn new(config: RunningConfig, store: Store, pulse: Pulse) -> Self {
        Self { config, store, pulse }
    }

    /// Sends a heartbeat every five minutes until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.send() => { tokio::time::timeout(PAUSE, stop.cancelled()).await.ok(); }
            }
        }
    }

    async fn send(&self) {
        let config = self.config.load();
        let Some(url) = config.health.ping.clone() else { return };
        let stalled = self.pulse.stalled(STALLED);
        if !stalled.is_empty() || self.store.condition().borrow().error().is_some() {
            tracing::warn!(
                stalled = stalled.join(" "),
                "no heartbeat sent: a loop is stalled or the store is not sound"
            );
            return;
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        // The operator may use an address on a private network.
        let mut request = Request::get(url);
        request.fence = Fence::Trusted;
        request.deadline = DEADLINE;
        request.max_redirects = 0;
        // Only the status matters.
        request.take = LimitAction::Start;
        request.body_within = BODY_TIMEOUT;
        let client = Client::new(&super::net_settings(&config.fetch));
        let answer = match client {
            Ok(client) => client.send(request).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) if answer.is_success() => tracing::debug!(url.host = host, "heartbeat sent"),
            Ok(answer) => tracing::warn!(url.host = host, status = answer.status, "the heartbeat was rejected"),
            Err(error) => tracing::warn!(url.host = host, %error, "cannot send the heartbeat"),
        }
    }
}
