//! Snapshots of everything that a receiver reads: mails in every language, and the bodies of webhooks.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::Value;
use url::Url;

use super::terminal::TerminalStyle;
use super::{ConceptNames, RenderSettings, json, mail, sample, template, terminal};
use crate::alert::{Alert, HealthEvent, HealthEventKind};
use crate::channel::ChannelId;
use crate::text::lang::Lang;

/// The languages of the readers.
const LANGUAGES: [&str; 6] = ["ar", "en", "fa", "fr", "tr", "ur"];

fn settings() -> RenderSettings {
    let mut concepts = ConceptNames::default();
    for (lang, name) in [("ar", "قطاع غزة"), ("fr", "bande de Gaza"), ("en", "Gaza Strip")] {
        concepts.add("gaza-strip", Lang::parse(lang).unwrap(), name);
    }
    RenderSettings {
        public_url: Url::parse("https://marsad.example.org/").ok(),
        timezone: TimeZone::get("Asia/Riyadh").unwrap(),
        smtp_domain: "example.org".to_owned(),
        concepts: Arc::new(concepts),
        names: Arc::default(),
    }
}

/// A new item, a revision, an event and a digest, the item with a term of a concept.
fn alerts(lang: &str) -> [(&'static str, Alert); 4] {
    let mut item = sample::item();
    if let Alert::Item(alert) = &mut item {
        alert.hits[0].matches[0].concept = Some("gaza-strip".to_owned());
        alert.hits[0].total = 3;
    }
    [("new item", item), ("revision", sample::revised()), ("event", sample::event()), ("digest", sample::digest(lang))]
}

/// The message of an event of this kind.
fn message(kind: HealthEventKind) -> &'static str {
    match kind {
        HealthEventKind::SourceActivated => "first visit of una-ar: 20 items",
        HealthEventKind::SourceFailing => "una-ar cannot be read: una-oic.org answers with status 503",
        HealthEventKind::SourceBlocked => "una-ar is blocked: una-oic.org answers with status 403",
        HealthEventKind::SourceChanged => {
            "una-ar no longer has items; its page may have been rebuilt; run marsad visit una-ar"
        }
        HealthEventKind::SourceGap => "una-ar: items may have come and gone between two visits",
        HealthEventKind::SourceSilent => "una-ar has had no new item for 3 days",
        HealthEventKind::SourceFlood => "una-ar: 40 of 42 entries are new but look old; 3 matching items wait",
        HealthEventKind::SourceRecovered => "una-ar can be read again",
        HealthEventKind::SourceItemRejected => "una-ar: an item cannot be stored and does not alert",
        HealthEventKind::ConfigApplied => "the configuration is applied: 1 source added",
        HealthEventKind::ConfigRejected => "the configuration is rejected: 1 problem",
        HealthEventKind::ChannelFailing => "desk fails: hooks.example.org answers 503; 3 deliveries are held",
        HealthEventKind::ChannelDisabled => "desk is disabled: hooks.example.org answers 410; 1 delivery is held",
        HealthEventKind::ChannelRecovered => "desk delivers again",
        HealthEventKind::ChannelExpired => "desk: 2 held deliveries failed permanently",
        HealthEventKind::ChannelRecipientRefused => {
            "press: recipient 2 of 3 is refused: the relay mail.example.org refuses the recipient with 550"
        }
        HealthEventKind::CanaryFailed => "desk did not deliver the daily test within 15 minutes",
        HealthEventKind::TestPing => "this is a test of the channel desk; nothing has happened",
    }
}

/// An event of every type.
fn events() -> Vec<Alert> {
    let Alert::Event(sample) = sample::event() else { panic!("an event") };
    let of = |kind| Alert::Event(HealthEvent { kind, message: message(kind).to_owned(), ..sample.clone() });
    HealthEventKind::ALL.into_iter().map(of).collect()
}

#[test]
fn the_mails_of_every_language() {
    let mut shown = String::new();
    for lang in LANGUAGES {
        for (name, alert) in alerts(lang) {
            let mail = mail::content(&alert, &sample::channel(lang), &settings());
            let _ = writeln!(shown, "## {lang}, {name}\nSubject: {}\n\n{}", mail.subject, mail.text);
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_html_parts_of_every_language() {
    let mut shown = String::new();
    for lang in LANGUAGES {
        for (name, alert) in alerts(lang) {
            let mail = mail::content(&alert, &sample::channel(lang), &settings());
            let _ = writeln!(shown, "<!-- {lang}, {name} -->\n{}\n", mail.html);
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_standard_bodies() {
    let items = alerts("en").into_iter().take(2).map(|(_, alert)| alert);
    let mut shown = String::new();
    for alert in items.chain(events()).chain([sample::digest("en")]) {
        let document = json::document(&alert, &sample::stamp(), &ChannelId::new("desk"));
        let _ = writeln!(shown, "## {}\n{document:#}\n", alert.kind());
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_bodies_of_every_shipped_template() {
    let mut shown = String::new();
    for name in template::names() {
        for (kind, alert) in alerts("ar") {
            let document = json::document(&alert, &sample::stamp(), &ChannelId::new("desk"));
            let body = template::render(template::shipped(name).unwrap(), &document).unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let _ = writeln!(shown, "## {name}, {kind}\n{body:#}\n");
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_lines_of_a_terminal() {
    let items = alerts("en").into_iter().take(2).map(|(_, alert)| alert);
    let style = TerminalStyle { color: false, timed: true, zone: TimeZone::get("Asia/Riyadh").unwrap() };
    let mut shown = String::new();
    for alert in items.chain(events()).chain([sample::digest("en")]) {
        let body = json::body(&alert, &sample::stamp(), &ChannelId::new("desk"));
        let _ = writeln!(shown, "{}", terminal::lines(&body, &style));
    }
    insta::assert_snapshot!(shown);
}
