//! Begins attempts at what is due.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::attempt::{InFlightPermit, LiveAttempt};
use super::circuit::Circuit;
use super::dispatch::{self, Dispatch};
use super::retry::RetryStep;
use super::{Deliverer, MAX_IN_FLIGHT, Route};
use crate::alert::HealthEventKind;
use crate::channel::Channel;
use crate::fault_point;
use crate::store::StoreError;

/// After this many failures to begin, while others succeed, a delivery fails permanently. Chosen by hand.
const MAX_FAILURES: u32 = 2;

impl Deliverer {
    /// Begins attempts at the first due deliveries, at most `limit` and as many as there are permits. They begin
    /// together, so that one commit records them.
    pub(super) async fn begin_due(&self, limit: usize) -> Result<Vec<JoinHandle<()>>, StoreError> {
        fault_point::reach("channel.round");
        let route = self.route.load_full();
        let mut permits: Vec<_> = (0..limit).map_while(|_| self.permit(&route.channel)).collect();
        let mut begun = Vec::new();
        while begun.is_empty() && !permits.is_empty() {
            let due = self.next_numbers(&route.channel, permits.len()).await?;
            if due.is_empty() {
                break;
            }
            let circuit = self.store.channel_gate(&route.channel.id).await?.circuit;
            let results = join_all(due.iter().map(|number| self.begin(&route, &circuit, *number))).await;
            let mut failed = Vec::new();
            for (number, result) in due.into_iter().zip(results) {
                match result {
                    Ok(Some(attempt)) => {
                        begun.extend(permits.pop().map(|permit| {
                            tokio::spawn(attempt.run(InFlightPermit::new(permit, Arc::clone(&self.nudge))))
                        }))
                    }
                    Ok(None) => {}
                    Err(error) => failed.push((number, error)),
                }
            }
            for (number, error) in failed {
                self.cannot_begin(number, error).await?;
            }
        }
        Ok(begun)
    }

    /// The permit for one more attempt in flight, if the channel allows it.
    pub(super) fn permit(&self, channel: &Channel) -> Option<OwnedSemaphorePermit> {
        let taken = usize::from(MAX_IN_FLIGHT).saturating_sub(self.permits.available_permits());
        let free = taken < usize::from(channel.max_in_flight.clamp(1, MAX_IN_FLIGHT));
        free.then(|| Arc::clone(&self.permits).try_acquire_owned().ok()).flatten()
    }

    /// The numbers of the next due deliveries, at most `limit`.
    async fn next_numbers(&self, channel: &Channel, limit: usize) -> Result<Vec<i64>, StoreError> {
        let known = self.queue().pop(limit);
        if !known.is_empty() {
            return Ok(known);
        }
        let may_begin = self.may_begin(channel).await?;
        self.blocked.store(!may_begin, Ordering::Relaxed);
        if !may_begin {
            return Ok(Vec::new());
        }
        let (now, room) = (self.clock.now(), self.queue().room());
        let due = self.store.due_deliveries(&channel.id, now, room).await?;
        let mut queue = self.queue();
        queue.fill(due, now);
        Ok(queue.pop(limit))
    }

    /// Begins an attempt, durably; `None` if the delivery is no longer due, or an attempt at it is still running.
    async fn begin(
        &self,
        route: &Arc<Route>,
        circuit: &Circuit,
        number: i64,
    ) -> Result<Option<LiveAttempt>, StoreError> {
        let now = self.clock.now();
        let Some(delivery) = self.store.due_delivery(number, now).await? else { return Ok(None) };
        if let Some(detail) = dispatch::damage(&delivery.id, &delivery.body) {
            return Err(StoreError::Unreadable { what: "a delivery", detail });
        }
        let Some(claim) = self.store.claim(&delivery.id) else { return Ok(None) };
        let step = circuit.probes_before(number).map_or_else(
            || RetryStep::after(delivery.attempts, delivery.by_hand, delivery.scheduled_at),
            RetryStep::Probe,
        );
        let next = step.next(&route.channel.kind, &delivery.id, now);
        let Some(attempt) = self.store.begin_attempt(&claim, now, next).await? else { return Ok(None) };
        self.queue().forget(number);
        let dispatch = Dispatch {
            id: delivery.id,
            recipient: delivery.recipient,
            body: delivery.body.into(),
            replayed: delivery.replayed,
            at: self.clock.now(),
            first_at: delivery.first_attempt_at.unwrap_or(now),
        };
        Ok(Some(LiveAttempt {
            store: self.store.clone(),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            route: Arc::clone(route),
            claim,
            number: attempt,
            step,
            is_test: delivery.kind == HealthEventKind::TestPing.as_str(),
            dispatch,
            cancelled: self.cancelled.clone(),
        }))
    }

    /// Sets aside a delivery that cannot begin while the store accepts other writes; at the next failure it fails
    /// permanently. The channel's other deliveries continue.
    ///
    /// # Errors
    /// The error itself, if the whole store fails.
    async fn cannot_begin(&self, number: i64, error: StoreError) -> Result<(), StoreError> {
        if error.is_transient() || self.store.ping().await.is_err() {
            return Err(error);
        }
        let now = self.clock.now();
        let (failures, channel) = (self.queue().set_aside(number, now), self.route.load().channel.id.clone());
        if failures == 1 {
            self.record(number, &error, now).await;
        }
        if failures < MAX_FAILURES {
            tracing::error!(%error, delivery.number = number, channel.id = %channel, "cannot begin a delivery; others continue");
            return Ok(());
        }
        let reason = dispatch::reason("store", format!("the delivery cannot begin: {error}"));
        match self.store.give_up(number, &reason, now).await {
            Ok(()) => {
                self.queue().forget(number);
                self.metrics.delivered(&channel, "dead");
                tracing::error!(%error, delivery.number = number, channel.id = %channel, "delivery failed permanently: it cannot begin");
            }
            Err(error) => {
                tracing::error!(%error, delivery.number = number, channel.id = %channel, "cannot begin a delivery, and cannot mark it as failed");
            }
        }
        Ok(())
    }

    /// Reports a delivery that cannot begin to the operator.
    async fn record(&self, number: i64, error: &StoreError, now: Timestamp) {
        let row = ("delivery", format!("row {number}"));
        if let Err(error) = self.store.set_aside(row, None, error, now).await {
            tracing::warn!(%error, delivery.number = number, "cannot record a delivery that cannot begin");
        }
    }
}
