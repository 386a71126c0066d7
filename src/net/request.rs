//! Describes a request, and how much may return.

use std::time::Duration;

use bytes::Bytes;
use secrecy::SecretString;
use url::Url;

use super::fence::Fence;

/// One request: address, content and bounds. The bounds hold whatever the server does.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: Method,
    /// The address. Error messages and logs show only its host.
    pub url: Url,
    /// Headers for any server on the way; names in any case.
    pub headers: Vec<(String, String)>,
    /// Headers for the configured site only; not sent after a redirect to another host or port.
    pub(crate) secrets: Vec<(String, SecretString)>,
    /// The body to send.
    pub body: Option<Bytes>,
    /// Which hosts may be reached.
    pub(crate) fence: Fence,
    /// The deadline for everything, redirects and body included.
    pub(crate) deadline: Duration,
    /// The most bytes of the answer's body, after its content coding is removed.
    pub max_body: usize,
    /// What to do with a body that is too long or breaks off.
    pub take: LimitAction,
    /// The time for the body after the headers, within the deadline.
    pub(crate) body_within: Duration,
    /// The most redirects to follow. With 0, a redirect is returned like any other answer. Only a GET follows
    /// redirects, and never behind [`Fence::Trusted`].
    pub(crate) max_redirects: usize,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Read.
    Get,
    /// Deliver.
    Post,
}

/// What to do with a body that is too long, too slow or broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitAction {
    /// Require the whole body: half a document must not pass for a complete one.
    Whole,
    /// Return what was served, even if its framing broke: [`super::Response::broken`] says how, and the caller checks
    /// by the document's own syntax whether it is complete.
    Served,
    /// Return as much as there is: the status has decided already, and the body is for a person to read.
    Start,
}

/// How long to read the answer of a receiver after its headers. Chosen by hand: honest answers arrive with their
/// headers, and a slow one must not delay the next delivery.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// The time limit of a GET. Chosen by hand.
const GET_DEADLINE: Duration = Duration::from_secs(30);
/// The most bytes of a body. Chosen by hand.
const GET_BODY: usize = 8 * 1024 * 1024;
/// The most redirects to follow. Chosen by hand.
const GET_REDIRECTS: usize = 5;
/// The time limit of a POST: the least that Standard Webhooks advises (15 to 30 s).
const POST_DEADLINE: Duration = Duration::from_secs(15);
/// The most bytes of a receiver's answer that are kept. Chosen by hand.
const POST_ANSWER: usize = 2 * 1024;

impl Request {
    /// A GET of `url`: the whole body, at most 8 MiB, within 30 seconds, from public hosts, with at most 5 redirects.
    #[must_use]
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: Method::Get,
            url,
            headers: Vec::new(),
            secrets: Vec::new(),
            body: None,
            fence: Fence::Public,
            deadline: GET_DEADLINE,
            max_body: GET_BODY,
            take: LimitAction::Whole,
            body_within: Duration::MAX,
            max_redirects: GET_REDIRECTS,
        }
    }

    /// A POST of `body` to the operator's own receiver: within 15 seconds, without redirects. Of the answer it keeps at
    /// most 2 KiB, if they arrive within a second of the headers.
    #[must_use]
    pub(crate) fn post(url: Url, body: Bytes) -> Self {
        Self {
            method: Method::Post,
            body: Some(body),
            fence: Fence::Trusted,
            deadline: POST_DEADLINE,
            max_body: POST_ANSWER,
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

    /// The number of redirects that this request follows.
    pub(super) fn redirects(&self) -> usize {
        if self.method == Method::Get && self.fence != Fence::Trusted { self.max_redirects } else { 0 }
    }
}

/// The host, with its port unless it is the default of the scheme.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or(url.scheme());
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
