//! The one HTTP client: every request that marsad makes leaves through [`Client::send`], behind its fence and within
//! its bounds.
//!
//! Redirects are followed here and not by the library, because every hop is a new address that somebody else chose:
//! each is checked as it is written ([`fence`]) and again when its name is resolved. A connection never changes
//! sides: each fence has a transport of its own, so that a connection into the operator's network is not there to be
//! reused by a request that may speak to public hosts only.
//!
//! Nothing is unbounded: neither the time (connection, pauses, rate, total), nor the body (counted after its content
//! coding is undone), nor its pieces, nor the headers, nor the redirects, nor the connections that are open at once.

mod answer;
mod body;
mod client;
mod content_coding;
mod cookie;
mod error;
pub mod fence;
mod request;
mod request_pool;
#[cfg(test)]
pub(crate) mod rude_server;
mod settings;
#[cfg(test)]
mod tests;
mod transport;
mod unpack;

pub use answer::{Headers, Response};
pub use client::{Client, is_header_value};
pub use error::NetError;
pub use fence::{Fence, FenceRefusal, same_site};
pub use request::{LimitAction, Method, Request};
pub use settings::ClientSettings;
pub use unpack::{CodingError, Damage, StreamEnd, Unpacked, gunzip, is_gzip};
