//! Renders an alert to the bytes that a receiver gets: pure, total, and frozen once made.
//!
//! 1. `json` makes the standard body, of a digest with `digest` and `digest_phrases`; `template` converts it to the format of another service.
//! 2. `mail` makes a mail instead, with `phrases`, `concept_names`, `display_names`, `date_format` and
//!    `highlights`.
//! 3. `terminal` formats a standard body for a person.
//! 4. `variables` finds the variables of a template that no body has.
//!
//! `sanitize` makes text from publishers safe; `sample` has alerts to check templates with. A body is rendered when its
//! delivery is stored, and every attempt sends the same bytes. If an operator's template fails, the standard body is
//! sent instead, so that a mistake in a template costs no alert.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::alert::{Alert, DeliveryId, HealthEvent};
use crate::channel::{BodyFormat, Channel, ChannelKind};
use phrases::Phrases;

mod concept_names;
mod date_format;
mod digest;
mod digest_phrases;
mod display_names;
mod highlights;
pub mod json;
pub mod mail;
#[cfg(test)]
mod messages;
mod phrases;
mod sample;
mod sanitize;
#[cfg(test)]
mod schema;
pub mod template;
pub mod terminal;
pub(crate) mod variables;

pub use concept_names::ConceptNames;
pub(crate) use display_names::DisplayNames;

/// What distinguishes one delivery of an alert from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryStamp {
    /// The delivery's id.
    pub(crate) delivery: DeliveryId,
    /// The generation of the store; it rises when a backup is restored.
    pub(crate) epoch: u64,
    /// The delivery's sequence number on its channel, without gaps.
    pub seq: u64,
    /// When the alert was made.
    pub at: Timestamp,
    /// The first delivery to this recipient about the same item or story: a mail is a reply to it.
    pub(crate) thread: Option<DeliveryId>,
}

/// The settings that rendering needs.
#[derive(Clone, Debug)]
pub struct RenderSettings {
    /// The public address of marsad; mail links to it.
    pub(crate) public_url: Option<Url>,
    /// The zone of dates in mail.
    pub timezone: TimeZone,
    /// The domain of the sender's address; `Message-ID` and `List-Id` end with it.
    pub(crate) smtp_domain: String,
    /// The names of concepts in mail.
    pub(crate) concepts: Arc<ConceptNames>,
    /// The names of sources and watches in mail.
    pub(crate) names: Arc<DisplayNames>,
}

impl Default for RenderSettings {
    fn default() -> Self {
        Self {
            public_url: None,
            timezone: TimeZone::UTC,
            smtp_domain: "localhost".to_owned(),
            concepts: Arc::default(),
            names: Arc::default(),
        }
    }
}

/// A body, and the problem that occurred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The bytes: a webhook's body, a line of JSON, or a mail's [`mail::MailContent`] as JSON.
    pub body: Vec<u8>,
    /// Why the standard body replaces that of a template.
    pub(crate) problem: Option<String>,
}

/// Renders the body of the delivery that `stamp` identifies.
#[must_use]
pub fn body(alert: &Alert, stamp: &DeliveryStamp, channel: &Channel, settings: &RenderSettings) -> Rendered {
    let test = test_in_language(alert, channel);
    let alert = test.as_ref().unwrap_or(alert);
    match &channel.kind {
        ChannelKind::Email { .. } => {
            let thread = stamp.thread.as_ref().map(|first| first.as_str().to_owned());
            rendered(mail::MailContent { thread, ..mail::content(alert, channel, settings) }.to_bytes())
        }
        ChannelKind::Webhook(webhook) => match &webhook.format {
            BodyFormat::Standard => rendered(json::body(alert, stamp, &channel.id)),
            BodyFormat::Template { name, text } => {
                let document = json::document(alert, stamp, &channel.id);
                match template::render(text, &document) {
                    Ok(body) => rendered(body),
                    Err(problem) => Rendered {
                        body: document.to_string().into_bytes(),
                        problem: Some(format!("template {name}: {problem}; the standard body is sent instead")),
                    },
                }
            }
        },
        ChannelKind::Print | ChannelKind::File(_) => rendered(json::body(alert, stamp, &channel.id)),
    }
}

/// A test of a channel that is no mailbox and has another language than English, in that language. Mail has marks of
/// its own.
fn test_in_language(alert: &Alert, channel: &Channel) -> Option<Alert> {
    let words = Phrases::of(&channel.lang);
    let Alert::Event(event) = alert else { return None };
    if !alert.is_test() || words.lang == "en" || matches!(channel.kind, ChannelKind::Email { .. }) {
        return None;
    }
    let message = format!("{}{} {}", words.test, words.colon, words.test_remark);
    Some(Alert::Event(HealthEvent { message, ..event.clone() }))
}

fn rendered(body: Vec<u8>) -> Rendered {
    Rendered { body, problem: None }
}
