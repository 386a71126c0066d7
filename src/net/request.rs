//! What is asked of a server, and how much may come back.

use std::time::Duration;

use bytes::Bytes;
use secrecy::SecretString;
use url::Url;

use super::fence::Fence;

/// One request: where, what, and the bounds that it stays within whatever the server does.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is to be done.
    pub method: Method,
    /// Where. Error messages and logs show no more of it than its host.
    pub url: Url,
    /// Request headers that any server on the way may see; names in any case.
    pub headers: Vec<(String, String)>,
    /// Request headers for the configured site alone: left out after a redirect to another host or port.
    pub secrets: Vec<(String, SecretString)>,
    /// What is sent.
    pub body: Option<Bytes>,
    /// Which hosts may be spoken to.
    pub fence: Fence,
    /// The time that everything may take in all, redirects and body included.
    pub deadline: Duration,
    /// The most bytes of the answer's body, counted after its content coding is undone.
    pub max_body: usize,
    /// What is made of a body that is longer or breaks off.
    pub take: LimitAction,
    /// The time that the body may take after the headers, within the deadline.
    pub body_within: Duration,
    /// How many redirects are followed; 0: one is returned like any other answer. Only a GET is redirected, and
    /// never behind [`Fence::Trusted`].
    pub max_redirects: usize,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Deliver.
    Post,
}

/// What is made of a body that is longer than allowed, too slow or broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitAction {
    /// The whole body or an error: half a document must not pass for one.
    Whole,
    /// What was served, even where its framing broke before the end: [`super::Response::broken`] says how, and the
    /// caller judges whether the document is whole by its own syntax.
    Served,
    /// As much as there is: the status has decided already, the body is for a human to read.
    Start,
}

/// The time that a receiver's answer is read for once its headers have decided; chosen by hand: honest answers come
/// with their headers, and a slow one must not hold up the next delivery.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

impl Request {
    /// Reads `url`: a whole body of at most 8 MiB within 30 seconds, from public hosts, through at most 5 redirects.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::Get,
            url,
            headers: Vec::new(),
            secrets: Vec::new(),
            body: None,
            fence: Fence::Public,
            deadline: Duration::from_secs(30),
            max_body: 8 * 1024 * 1024,
            take: LimitAction::Whole,
            body_within: Duration::MAX,
            max_redirects: 5,
        }
    }

    /// Sends `body` to the operator's own receiver: within 15 seconds, without redirects, keeping what comes of the
    /// first 2 KiB of the answer within a second of its headers.
    #[must_use]
    pub fn post(url: Url, body: Bytes) -> Self {
        Self {
            method: Method::Post,
            body: Some(body),
            fence: Fence::Trusted,
            deadline: Duration::from_secs(15),
            max_body: 2 * 1024,
            take: LimitAction::Start,
            body_within: ANSWER_WITHIN,
            max_redirects: 0,
            ..Self::get(url)
        }
    }

    /// The same request with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// How many redirects this request really follows.
    pub(super) fn redirects(&self) -> usize {
        if self.method == Method::Get && self.fence != Fence::Trusted { self.max_redirects } else { 0 }
    }
}

/// The host, with its port where that is not the scheme's own.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or(url.scheme());
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
