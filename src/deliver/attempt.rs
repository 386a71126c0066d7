//! One attempt: from the request to the stored outcome.
//!
//! An attempt is a task of its own and owns its delivery by a [`Claim`]. Whatever becomes of its channel meanwhile (a
//! reload takes it away, its loop panics), the attempt ends and stores its outcome by itself.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::dispatch;
use super::dispatch::Dispatch;
use super::retry;
use super::route::Route;
use crate::alert::{DeliveryFate, Outcome};
use crate::clock::Clock;
use crate::store::{Claim, Store, StoreError};
use crate::telemetry::Metrics;

/// The longest that sending may take: a mail has at most eight commands of 30 s and 120 s for its text. Every sender
/// has shorter deadlines of its own; this one is for what they do not cover.
pub(super) const LONGEST: Duration = Duration::from_secs(6 * 60);

/// The first pause before an outcome that could not be stored is stored again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest such pause. A disk that has room again gets the outcome within it (chosen by hand).
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often an outcome is tried while its attempt still holds a place of its channel.
const TRIES_IN_PLACE: u32 = 3;

/// One of the places that a channel has for attempts in flight. Dropping it wakes the channel's loop.
#[derive(Debug)]
pub(super) struct InFlightPermit {
    permit: Option<OwnedSemaphorePermit>,
    freed: Arc<Notify>,
}

/// An attempt that has begun and is about to be sent.
#[derive(Debug)]
pub(super) struct LiveAttempt {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
    pub(super) route: Arc<Route>,
    pub(super) claim: Claim,
    pub(super) number: u32,
    pub(super) dispatch: Dispatch,
    pub(super) given_up: CancellationToken,
}

/// How an attempt ended and what becomes of its delivery.
struct AttemptEnd {
    outcome: Outcome,
    fate: DeliveryFate,
    at: Timestamp,
    took: Duration,
}

impl InFlightPermit {
    pub(super) fn new(permit: OwnedSemaphorePermit, freed: Arc<Notify>) -> Self {
        Self { permit: Some(permit), freed }
    }
}

impl Drop for InFlightPermit {
    fn drop(&mut self) {
        // First the place, then the news of it: a loop that is woken too early would find every place taken.
        drop(self.permit.take());
        self.freed.notify_one();
    }
}

impl LiveAttempt {
    /// Sends, and stores the outcome for as long as it takes. `place` is free when that is done.
    pub(super) async fn run(self, place: InFlightPermit) {
        let span = tracing::info_span!(
            "deliver", delivery.id = %self.claim.id(), channel.id = %self.route.channel.id, attempt.number = self.number
        );
        async {
            let end = self.send().await;
            tell(&end);
            self.metrics.delivered(&self.route.channel.id, word(&end));
            self.settle(&end, place).await;
        }
        .instrument(span)
        .await;
    }

    async fn send(&self) -> AttemptEnd {
        let watch = self.clock.stopwatch();
        let sent = sent(Arc::clone(&self.route), self.dispatch.clone(), &self.given_up).await;
        let (took, at, kind) = (watch.elapsed(), self.clock.now(), &self.route.channel.kind);
        match sent {
            Some(outcome) => {
                let fate = retry::fate(self.number, &outcome, kind, self.claim.id(), at);
                AttemptEnd { outcome, fate, at, took }
            }
            None => {
                // Stopping says nothing about the receiver, so not even the last attempt ends the delivery.
                let next = retry::next(self.number, kind, self.claim.id(), at);
                let reason = dispatch::reason("stopped", "marsad stopped before the receiver had answered");
                AttemptEnd { outcome: dispatch::failed(reason), fate: DeliveryFate::Again(next), at, took }
            }
        }
    }

    /// Stores the end until the store has it. Trouble of the whole store keeps the channel's place, because nothing
    /// else could begin either; trouble of this row alone gives it to the next delivery.
    async fn settle(&self, end: &AttemptEnd, place: InFlightPermit) {
        let (mut place, mut pause, mut tries) = (Some(place), FIRST_PAUSE, 0_u32);
        loop {
            let stored = self.store.settle(self.claim.id(), self.number, &end.outcome, end.fate, end.at, end.took);
            let error = match stored.await {
                Ok(()) if tries == 0 => return,
                Ok(()) => return tracing::info!("the outcome of the attempt is stored now"),
                Err(StoreError::Closed) => return,
                Err(error) => error,
            };
            tries = tries.saturating_add(1);
            if tries == 1 {
                tracing::error!(%error, "the outcome of the attempt cannot be stored yet; marsad keeps trying");
            } else if tries == TRIES_IN_PLACE && self.is_of_this_row(&error).await {
                tracing::error!(%error, "the outcome of the attempt cannot be stored; other deliveries go on");
                drop(place.take());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn is_of_this_row(&self, error: &StoreError) -> bool {
        !error.is_transient() && self.store.ping().await.is_ok()
    }
}

/// The outcome of sending, in a task of its own: a panic there is a failed attempt and nobody else's trouble. None
/// when it was given up because marsad stops.
async fn sent(route: Arc<Route>, dispatch: Dispatch, given_up: &CancellationToken) -> Option<Outcome> {
    let mut sending = tokio::spawn(async move { route.send(dispatch).await }.in_current_span());
    let ended = tokio::select! {
        biased;
        ended = &mut sending => ended,
        () = tokio::time::sleep(LONGEST) => {
            sending.abort();
            let message = format!("sending did not end within {} s", LONGEST.as_secs());
            return Some(dispatch::failed(dispatch::reason("timeout", message)));
        }
        () = given_up.cancelled() => {
            sending.abort();
            return None;
        }
    };
    Some(ended.unwrap_or_else(|error| {
        let message = if error.is_panic() { "sending ended in a panic" } else { "sending was cancelled" };
        dispatch::failed(dispatch::reason("panic", message))
    }))
}

/// The word of an attempt's end in the metrics.
fn word(end: &AttemptEnd) -> &'static str {
    match (&end.outcome, end.fate) {
        (Outcome::Delivered { .. }, _) => "delivered",
        (_, DeliveryFate::Again(_)) => "failed",
        _ => "dead",
    }
}

fn tell(end: &AttemptEnd) {
    let duration_ms = u64::try_from(end.took.as_millis()).unwrap_or(u64::MAX);
    let (Outcome::Failed { reason, .. } | Outcome::Rejected { reason }) = &end.outcome else {
        tracing::info!(duration_ms, "delivery settled: delivered");
        return;
    };
    let (class, message) = (&reason.class, &reason.message);
    match end.fate {
        DeliveryFate::Again(next) => tracing::warn!(duration_ms, class, %next, "delivery failed: {message}"),
        _ => tracing::warn!(duration_ms, class, "delivery settled: dead: {message}"),
    }
}
