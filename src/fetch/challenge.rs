//! Detects a challenge by the headers of an answer; [`crate::parse::challenge`] detects the pages.

use crate::net::Headers;

/// True if the headers announce a challenge, whatever the status.
pub(super) fn announced(headers: &Headers) -> bool {
    headers.get("cf-mitigated").is_some_and(|value| value.eq_ignore_ascii_case("challenge"))
        || headers.get("x-amzn-waf-action").is_some()
}
