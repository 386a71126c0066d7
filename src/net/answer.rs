//! Holds the answer of a server: status, headers and body.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::error::NetError;
use super::unpack::StreamEnd;
use crate::memory::BodyRoom;

/// A server's answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status: 100 to 599.
    pub status: u16,
    /// The response headers.
    pub headers: Headers,
    /// The final address, after redirects.
    pub url: Url,
    /// The body, with its content coding removed.
    pub body: Bytes,
    /// How the content-coded stream ended. If it reached its end, nothing is missing, however the framing broke.
    pub end: StreamEnd,
    /// True if the body was cut at the limit or broke off ([`super::LimitAction::Start`] only).
    pub(crate) truncated: bool,
    /// How the framing or the content coding broke before the end ([`super::LimitAction::Served`]), or why reading
    /// stopped ([`super::LimitAction::Start`]).
    pub(crate) broken: Option<NetError>,
    /// The room of a large body in memory.
    pub(crate) room: Option<BodyRoom>,
    /// How long the whole exchange took.
    pub(crate) took: Duration,
}

/// Response headers, in the order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

impl Response {
    /// True for a 2xx status.
    #[must_use]
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Headers {
    /// The value of the first header with this lower-case name; `None` if it is missing or not text.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The values of all headers with this lower-case name that are text.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.0.iter().filter(move |(known, _)| known == name);
        lines.filter_map(|(_, value)| std::str::from_utf8(value).ok())
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
