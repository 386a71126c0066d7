//! The headers by which a server says that it answers with a challenge; [`crate::parse::challenge`] knows the pages.

use crate::net::Headers;

/// True when the server says so itself, whatever the status.
pub(super) fn announced(headers: &Headers) -> bool {
    headers.get("cf-mitigated").is_some_and(|value| value.eq_ignore_ascii_case("challenge"))
        || headers.get("x-amzn-waf-action").is_some()
}
