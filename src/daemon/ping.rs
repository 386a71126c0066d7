//! The sign of life: an address that is fetched while all is well, so that somebody hears a dead daemon.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::net::{Client, Fence, LimitAction, Request};
use crate::store::Store;
use crate::systemd::Pulse;

/// The pause between two signs.
const PAUSE: Duration = Duration::from_secs(300);

/// How long the answer may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// How long the rest of the answer is read for, so that the connection can end in order; chosen by hand.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// A loop that has not moved for this long is reason to keep silent.
const STALLED: Duration = Duration::from_secs(60);

/// Gives a sign of life while every loop moves and the store is sound.
pub struct Ping {
    config: Arc<ArcSwap<Config>>,
    store: Store,
    pulse: Pulse,
}

impl Ping {
    /// A sign of life for what these stand for.
    #[must_use]
    pub fn new(config: Arc<ArcSwap<Config>>, store: Store, pulse: Pulse) -> Self {
        Self { config, store, pulse }
    }

    /// Gives a sign every five minutes until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.give() => { tokio::time::timeout(PAUSE, stop.cancelled()).await.ok(); }
            }
        }
    }

    async fn give(&self) {
        let config = self.config.load_full();
        let Some(url) = config.health.ping.clone() else { return };
        let stalled = self.pulse.stalled(STALLED);
        if !stalled.is_empty() || self.store.condition().borrow().error().is_some() {
            tracing::warn!(stalled = stalled.join(" "), "no sign of life is given: not all is well");
            return;
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        // Whoever configures the address may have it on a private network.
        let mut request = Request::get(url);
        request.fence = Fence::Trusted;
        request.deadline = DEADLINE;
        request.max_redirects = 0;
        // The status decides; what follows it is nobody's business.
        request.take = LimitAction::Start;
        request.body_within = ANSWER_WITHIN;
        let client = Client::new(&super::net_settings(&config.fetch));
        let answer = match client {
            Ok(client) => client.send(request).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) if answer.is_success() => tracing::debug!(url.host = host, "a sign of life was given"),
            Ok(answer) => tracing::warn!(url.host = host, status = answer.status, "the ping was rejected"),
            Err(error) => tracing::warn!(url.host = host, %error, "the sign of life did not arrive"),
        }
    }
}
