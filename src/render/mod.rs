//! From an alert to the bytes that a receiver gets: pure, total, and frozen once made.
//!
//! A body is rendered when its delivery is written down, and every attempt sends the same bytes. What can go wrong
//! (an operator's template) falls back to the standard body, so that a slip in a template costs no alert.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::alert::{Alert, DeliveryId};
use crate::channel::{BodyFormat, Channel, ChannelKind};

mod date_format;
mod highlights;
pub mod json;
pub mod mail;
mod phrases;
mod sample;
mod sanitize;
#[cfg(test)]
mod schema;
pub mod template;
pub mod terminal;

/// What makes one delivery of an alert different from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryStamp {
    /// The delivery's name.
    pub delivery: DeliveryId,
    /// The generation of the store: it rises when a backup is restored.
    pub epoch: u64,
    /// The delivery's number on its channel, without gaps.
    pub seq: u64,
    /// When the alert was made.
    pub at: Timestamp,
}

/// What every body needs to know of the configuration.
#[derive(Clone, Debug)]
pub struct RenderSettings {
    /// The address that users know marsad by; mail links to it.
    pub public_url: Option<Url>,
    /// The zone of dates in mail.
    pub timezone: TimeZone,
    /// The domain of the sender's address: it ends `Message-ID` and `List-Id`.
    pub smtp_domain: String,
}

impl Default for RenderSettings {
    fn default() -> Self {
        Self { public_url: None, timezone: TimeZone::UTC, smtp_domain: "localhost".to_owned() }
    }
}

/// A body, and what was wrong on the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The bytes: a webhook's body, a line of JSON, or a mail's [`mail::MailContent`] as JSON.
    pub body: Vec<u8>,
    /// Why this is the standard body where a template was asked for.
    pub problem: Option<String>,
}

/// The body of the delivery that `stamp` names.
#[must_use]
pub fn body(alert: &Alert, stamp: &DeliveryStamp, channel: &Channel, settings: &RenderSettings) -> Rendered {
    match &channel.kind {
        ChannelKind::Email { .. } => sound(mail::letter(alert, stamp, channel, settings).to_bytes()),
        ChannelKind::Webhook(webhook) => match &webhook.format {
            BodyFormat::Standard => sound(json::body(alert, stamp, &channel.id)),
            BodyFormat::Template { name, text } => {
                let document = json::document(alert, stamp, &channel.id);
                match template::render(text, &document) {
                    Ok(body) => sound(body),
                    Err(problem) => Rendered {
                        body: document.to_string().into_bytes(),
                        problem: Some(format!("template {name}: {problem}; the standard body was made instead")),
                    },
                }
            }
        },
        ChannelKind::Print | ChannelKind::File(_) => sound(json::body(alert, stamp, &channel.id)),
    }
}

fn sound(body: Vec<u8>) -> Rendered {
    Rendered { body, problem: None }
}
