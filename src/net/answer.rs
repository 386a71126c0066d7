//! What a server answered.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::error::NetError;
use super::unpack::StreamEnd;

/// A server's answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status: 100 to 599.
    pub status: u16,
    /// The response headers.
    pub headers: Headers,
    /// Where the answer came from in the end, after redirects.
    pub url: Url,
    /// The body, its content coding undone.
    pub body: Bytes,
    /// How the body's content coding ended. Where it reached its end, nothing is missing, however the framing broke.
    pub end: StreamEnd,
    /// True when the body goes on, or broke off ([`super::LimitAction::Start`] only).
    pub truncated: bool,
    /// How the body's framing or content coding broke before its end ([`super::LimitAction::Served`]), or why it was not read
    /// on ([`super::LimitAction::Start`]).
    pub broken: Option<NetError>,
    /// How long everything took.
    pub took: Duration,
}

/// Response headers, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

impl Response {
    /// True for a 2xx status.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Headers {
    /// The value of the first header of this name (in lower case); none where it is not text.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        std::str::from_utf8(value).ok()
    }
}

impl From<&reqwest::header::HeaderMap> for Headers {
    fn from(map: &reqwest::header::HeaderMap) -> Self {
        Self(map.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect())
    }
}

impl FromIterator<(String, Vec<u8>)> for Headers {
    fn from_iter<T: IntoIterator<Item = (String, Vec<u8>)>>(lines: T) -> Self {
        Self(lines.into_iter().collect())
    }
}
