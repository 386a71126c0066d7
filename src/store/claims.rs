//! Tracks which deliveries the running attempts of this process own.
//!
//! A row that is in flight without an owner belongs to an attempt that has ended: its process died, its task panicked,
//! or its caller was dropped between claim and commit. Such a row becomes pending again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::alert::DeliveryId;

/// The owned deliveries. Cheap to clone: clones share one set.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims(Arc<Mutex<HashSet<DeliveryId>>>);

/// The right to attempt one delivery, from before the attempt begins until its outcome is stored. Dropping it releases
/// the delivery, however the attempt ended.
#[derive(Debug)]
pub struct Claim {
    id: DeliveryId,
    claims: Claims,
}

impl Claims {
    /// Claims a delivery; none while another attempt owns it.
    pub(super) fn claim(&self, id: &DeliveryId) -> Option<Claim> {
        self.owned().insert(id.clone()).then(|| Claim { id: id.clone(), claims: self.clone() })
    }

    /// True while an attempt owns the delivery.
    pub(super) fn owns(&self, id: &DeliveryId) -> bool {
        self.owned().contains(id)
    }

    fn owned(&self) -> MutexGuard<'_, HashSet<DeliveryId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// The delivery's id.
    #[must_use]
    pub fn id(&self) -> &DeliveryId {
        &self.id
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.owned().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_has_one_owner_at_a_time() {
        let (claims, id) = (Claims::default(), DeliveryId::from_stored("msg_1".to_owned()));
        let claim = claims.claim(&id).unwrap();
        assert!(claims.owns(&id) && claims.clone().claim(&id).is_none());
        drop(claim);
        assert!(!claims.owns(&id) && claims.claim(&id).is_some());
    }
}
