//! Runs one attempt: from the request to the stored outcome.
//!
//! An attempt is a task of its own and owns its delivery by a [`Claim`]. Whatever happens to its channel meanwhile (a
//! reload removes it, its loop panics), the attempt ends and stores its outcome.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::dispatch;
use super::dispatch::Dispatch;
use super::retry::RetryStep;
use super::route::Route;
use crate::alert::{DeliveryFate, Outcome};
use crate::clock::Clock;
use crate::fault_point;
use crate::store::{AttemptEnd, Claim, DeliveryState, SettledDelivery, Store, StoreError};
use crate::telemetry::Metrics;

/// The longest time for sending: a mail has at most eight commands of 30 s and 120 s for its content. Every sender has
/// shorter deadlines of its own; this one covers what they miss.
pub(super) const MAX_SENDING: Duration = Duration::from_secs(6 * 60);

/// The first pause before another try to store an outcome; each further pause is twice as long. Chosen by hand.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest such pause. Chosen by hand: once a disk has room again, the outcome is stored within this time.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// How often storing an outcome is tried while its attempt still counts as in flight. Chosen by hand.
const TRIES_IN_PLACE: u32 = 3;

/// Permits one attempt in flight on a channel. Dropping it wakes the channel's loop.
#[derive(Debug)]
pub(super) struct InFlightPermit {
    permit: Option<OwnedSemaphorePermit>,
    freed: Arc<Notify>,
}

/// An attempt that has begun and is ready to be sent.
#[derive(Debug)]
pub(super) struct LiveAttempt {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
    pub(super) route: Arc<Route>,
    pub(super) claim: Claim,
    pub(super) number: u32,
    pub(super) step: RetryStep,
    /// True for a test of the channel, which ends if its first attempt fails.
    pub(super) is_test: bool,
    pub(super) dispatch: Dispatch,
    pub(super) cancelled: CancellationToken,
}

impl InFlightPermit {
    pub(super) fn new(permit: OwnedSemaphorePermit, freed: Arc<Notify>) -> Self {
        Self { permit: Some(permit), freed }
    }
}

impl Drop for InFlightPermit {
    fn drop(&mut self) {
        // Release the permit first: a loop that is woken too early would find no free permit.
        drop(self.permit.take());
        self.freed.notify_one();
    }
}

impl LiveAttempt {
    /// Sends, and stores the outcome for as long as it takes. Then it drops `place`.
    pub(super) async fn run(self, place: InFlightPermit) {
        let span = tracing::info_span!(
            "deliver", delivery.id = %self.claim.id(), channel.id = %self.route.channel.id, attempt.number = self.number
        );
        async {
            fault_point::reach("attempt.begun");
            let end = self.send().await;
            fault_point::reach("attempt.sent");
            self.metrics.delivered(&self.route.channel.id, label(&end));
            self.settle(&end, place).await;
            fault_point::reach("attempt.settled");
        }
        .instrument(span)
        .await;
    }

    async fn send(&self) -> AttemptEnd {
        let watch = self.clock.stopwatch();
        let sent = sent(Arc::clone(&self.route), self.dispatch.clone(), &self.cancelled).await;
        let (took, at, kind) = (watch.elapsed(), self.clock.now(), &self.route.channel.kind);
        match sent {
            Some(outcome) => {
                let fate = self.step.fate(&outcome, kind, self.claim.id(), at);
                AttemptEnd { outcome, fate, at, took }
            }
            None => {
                // Stopping says nothing about the receiver, so even the last attempt does not end the delivery.
                let next = self.step.next(kind, self.claim.id(), at);
                let reason = dispatch::own_reason("stopped", "marsad stopped before the receiver had answered");
                AttemptEnd { outcome: dispatch::failed(reason), fate: DeliveryFate::Again(next), at, took }
            }
        }
    }

    /// Stores the end until the store accepts it. If the whole store fails, the permit is kept, because no other
    /// delivery could begin either; if only this row fails, the permit goes to the next delivery.
    async fn settle(&self, end: &AttemptEnd, place: InFlightPermit) {
        let (mut place, mut pause, mut tries) = (Some(place), FIRST_PAUSE, 0_u32);
        loop {
            let stored = self.store.settle(&self.route.channel, self.claim.id(), self.number, end);
            let stored = stored.await;
            if tries == 0 {
                log_end(end, self.is_test, stored.as_ref().ok().copied().flatten());
            }
            let error = match stored {
                Ok(_) if tries == 0 => return,
                Ok(_) => return tracing::info!("outcome of the attempt stored"),
                Err(StoreError::Closed) => return,
                Err(error) => error,
            };
            tries = tries.saturating_add(1);
            if tries == 1 {
                tracing::error!(%error, "cannot store the outcome of the attempt yet; marsad keeps trying");
            } else if tries == TRIES_IN_PLACE && self.is_of_this_row(&error).await {
                tracing::error!(%error, "cannot store the outcome of the attempt; other deliveries continue");
                drop(place.take());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    async fn is_of_this_row(&self, error: &StoreError) -> bool {
        !error.is_transient() && self.store.ping().await.is_ok()
    }
}

/// The outcome of sending, in a task of its own: a panic there is a failed attempt and affects nothing else. `None` if
/// it was cancelled because marsad stops.
async fn sent(route: Arc<Route>, dispatch: Dispatch, cancelled: &CancellationToken) -> Option<Outcome> {
    let sending = async move {
        fault_point::reach("attempt.sending");
        route.send(dispatch).await
    };
    let mut sending = tokio::spawn(sending.in_current_span());
    let ended = tokio::select! {
        biased;
        ended = &mut sending => ended,
        () = tokio::time::sleep(MAX_SENDING) => {
            sending.abort();
            let message = format!("sending did not end within {} s", MAX_SENDING.as_secs());
            return Some(dispatch::failed(dispatch::reason("timeout", message)));
        }
        () = cancelled.cancelled() => {
            sending.abort();
            return None;
        }
    };
    Some(ended.unwrap_or_else(|error| {
        let message = if error.is_panic() { "sending ended in a panic" } else { "sending was cancelled" };
        dispatch::failed(dispatch::reason("panic", message))
    }))
}

/// The label of an attempt's end in the metrics.
fn label(end: &AttemptEnd) -> &'static str {
    match (&end.outcome, end.fate) {
        (Outcome::Delivered { .. }, _) => "delivered",
        (_, DeliveryFate::Again(_)) => "failed",
        _ => "dead",
    }
}

/// Logs how an attempt ended. `after` is what the store made of it: none while it cannot be written.
fn log_end(end: &AttemptEnd, is_test: bool, after: Option<SettledDelivery>) {
    let duration_ms = u64::try_from(end.took.as_millis()).unwrap_or(u64::MAX);
    let (Outcome::Failed { reason, .. } | Outcome::Rejected { reason }) = &end.outcome else {
        tracing::info!(duration_ms, "delivery delivered");
        return;
    };
    let (class, message) = (&reason.class, &reason.message);
    match end.fate {
        DeliveryFate::Again(_) if is_test => {
            tracing::warn!(duration_ms, class, "test of the channel failed: {message}")
        }
        DeliveryFate::Again(_) if after.is_some_and(|after| after.state == DeliveryState::Held) => {
            tracing::warn!(
                duration_ms,
                class,
                "delivery failed and is held, because its channel does not deliver: {message}"
            )
        }
        DeliveryFate::Again(planned) => {
            let next = after.and_then(|after| after.next_attempt_at).unwrap_or(planned);
            tracing::warn!(duration_ms, class, %next, "delivery failed: {message}")
        }
        _ => tracing::warn!(duration_ms, class, "delivery failed permanently: {message}"),
    }
}
