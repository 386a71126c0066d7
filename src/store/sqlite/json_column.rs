//! Writes and reads the values that are stored as JSON.

use crate::alert::Reason;
use crate::store::StoreError;

/// A value as stored JSON.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unreadable("an outcome", error))
}

/// Why the last attempt failed. An unreadable reason must not hide the delivery or its body.
pub(super) fn readable(reason: &str) -> Reason {
    serde_json::from_str(reason).unwrap_or_else(|error| Reason {
        class: "unreadable".to_owned(),
        message: format!("cannot read the stored reason: {error}"),
        ..Reason::default()
    })
}
