//! The one HTTP client: every request leaves through [`Client::send`], behind a fence and within bounds.
//!
//! 1. `request` describes what to send and how much may return.
//! 2. `request_pool` gives the request a thread and a connection.
//! 3. `fence` checks the address of each hop as written, and again when its name is resolved.
//! 4. `transport` opens the connection. Each fence has its own transport, so that a connection into the operator's
//!    network is never reused for a request to public hosts.
//!    `tls` verifies the certificate and explains what is wrong with it.
//! 5. `client` sends the request and follows redirects itself, because somebody else chose the address of each hop;
//!    `cookie` keeps the cookies on the way.
//! 6. `body` reads the body; `content_coding` and `unpack` decode it into an `answer`. A large body waits for
//!    room in [`crate::memory`].
//!
//! Everything is bounded: the time (connection, pauses, rate, total), the decoded body and its pieces, the headers, the
//! redirects, the open connections, and the large bodies in memory.

mod answer;
mod body;
mod client;
mod content_coding;
mod cookie;
mod error;
pub(crate) mod fence;
mod request;
mod request_pool;
#[cfg(test)]
pub(crate) mod rude_server;
mod settings;
#[cfg(test)]
mod tests;
pub(crate) mod tls;
mod transport;
mod unpack;

pub(crate) use answer::Headers;
pub use answer::Response;
pub use client::{Client, is_header_value};
pub(crate) use error::NetError;
pub use fence::Fence;
pub(crate) use fence::FenceRefusal;
pub(crate) use request::{LimitAction, Request};
pub use settings::ClientSettings;
pub use unpack::is_gzip;
pub(crate) use unpack::{CodingError, StreamEnd, gunzip};
