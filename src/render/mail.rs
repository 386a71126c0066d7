//! Renders the mail for an alert: a text part and an HTML part with the same content, frozen with the delivery.
//!
//! The labels are in the channel's language; the item keeps its own language and direction.

use serde::{Deserialize, Serialize};

use super::highlights;
use super::highlights::TextSpan;
use super::phrases::Phrases;
use super::{RenderSettings, date_format, sanitize};
use crate::alert::{Alert, Field, HealthEvent, HealthEventKind, ItemAlert, MAX_MATCHES, Match, StoryLink, WatchId};
use crate::channel::Channel;
use crate::item::TextState;
use crate::text::fold;
use crate::text::lang::{Direction, Lang};

mod changes;
mod digest;
mod page;
mod plain;

use changes::{ChangeSpan, MailChange, changes};

/// The content of a mail, before it is addressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailContent {
    /// The subject, with its names isolated.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part: no script, no remote content.
    pub html: String,
    /// The language of the labels.
    pub lang: String,
    /// The direction of the labels.
    pub(crate) dir: String,
    /// The `List-Id` header's value.
    pub(crate) list_id: String,
    /// Where a reader unsubscribes; `None` if marsad has no public address.
    pub(crate) unsubscribe: Option<String>,
    /// The delivery that the mail is a reply to.
    #[serde(default)]
    pub(crate) thread: Option<String>,
}

/// The longest subject, lead, context and term, in characters. Chosen by hand.
const SUBJECT: usize = 160;
const LEAD: usize = 1_500;
const CONTEXT: usize = 240;
const TERM: usize = 120;

/// The content of both parts, in the order of display.
#[derive(Clone, Debug, Serialize)]
struct MailView {
    lang: &'static str,
    dir: &'static str,
    subject: String,
    /// The line above the headline: the watches, or that this is a notice.
    kicker: String,
    item_lang: String,
    item_dir: &'static str,
    headline: Vec<TextSpan>,
    lead: Vec<TextSpan>,
    url: Option<String>,
    read: &'static str,
    /// Labelled facts: source, agency, dates.
    facts: Vec<(String, String)>,
    found: &'static str,
    matches: Vec<MailMatch>,
    more: Option<String>,
    changed: &'static str,
    changes: Vec<MailChange>,
    remark: Option<&'static str>,
    sent: String,
    console: Option<(String, &'static str)>,
    colon: &'static str,
}

/// One match as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct MailMatch {
    watch: String,
    concept: Option<String>,
    term: String,
    field: &'static str,
    context: Vec<TextSpan>,
}

impl MailContent {
    /// The mail as the bytes that a delivery stores.
    #[must_use]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the stored mail of a delivery.
    ///
    /// # Errors
    /// If the bytes are not a mail.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// Renders the mail for `alert`.
#[must_use]
pub fn content(alert: &Alert, channel: &Channel, settings: &RenderSettings) -> MailContent {
    let words = Phrases::of(&channel.lang);
    let single = |view: MailView| (plain::text(&view), page::html(&view), view.subject, view.lang, view.dir);
    let (text, html, subject, lang, dir) = match alert {
        Alert::Item(item) => single(item_view(item, channel, settings, words)),
        Alert::Event(event) => single(event_view(event, channel, settings, words)),
        Alert::Digest(digest) => {
            let (view, text, html) = digest::parts(digest, channel, settings);
            (text, html, view.subject, view.lang, view.dir)
        }
    };
    MailContent {
        text,
        html,
        subject,
        lang: lang.to_owned(),
        dir: dir.to_owned(),
        list_id: format!("<{}.marsad.{}>", label(channel.id.as_str()), settings.smtp_domain),
        unsubscribe: settings.public_url.as_ref().map(ToString::to_string),
        thread: None,
    }
}

fn item_view(alert: &ItemAlert, channel: &Channel, settings: &RenderSettings, words: &'static Phrases) -> MailView {
    let item = &alert.item;
    let name = |watch: &WatchId| sanitize::isolate(&sanitize::line(settings.names.watch(watch.as_str())));
    let watches: Vec<String> = alert.hits.iter().map(|hit| name(&hit.watch)).collect();
    let (colon, revised) = (words.colon, alert.previous.is_some());
    let before = if revised { format!("{}{colon} ", words.revised) } else { String::new() };
    let above = if revised { format!("{} · ", words.revised) } else { String::new() };
    let title = sanitize::isolate(&sanitize::cut(&sanitize::line(&item.title), SUBJECT));
    let lead = lead(alert);
    let matches: Vec<MailMatch> = places(alert, &lead, channel, settings, words);
    let total: usize = alert.hits.iter().map(|hit| hit.total).sum();
    let considered = alert.hits.iter().map(|hit| hit.matches.len()).sum::<usize>().min(MAX_MATCHES);
    let hidden = total.saturating_sub(considered);
    MailView {
        subject: format!("{before}{title} [{}]", short(&watches)),
        kicker: format!("{above}{}{colon} {}", words.watches, watches.join(" · ")),
        item_lang: item.lang.as_ref().map_or_else(String::new, ToString::to_string),
        item_dir: item.lang.as_ref().map_or("auto", |lang| lang.dir().as_str()),
        headline: highlights::pieces(&sanitize::cut(&item.title, LEAD), &highlights::ranges(&alert.hits, Field::Title)),
        lead,
        url: item.address.as_ref().map(|address| address.as_str().to_owned()),
        facts: facts(alert, channel, settings, words),
        matches,
        more: (hidden > 0).then(|| words.more.replace("{}", &hidden.to_string())),
        changes: changes(alert, words),
        remark: (item.text_state != TextState::Full).then_some(words.excerpt),
        ..blank(channel, settings, words)
    }
}

fn event_view(event: &HealthEvent, channel: &Channel, settings: &RenderSettings, words: &'static Phrases) -> MailView {
    let message = sanitize::line(&event.message);
    let mut facts = vec![(words.notice.to_owned(), event.kind.as_str().to_owned())];
    facts.push((words.time.to_owned(), date_format::instant(event.at, &channel.lang, &settings.timezone)));
    for (key, value) in event.detail.iter().take(40) {
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        facts.push((sanitize::line(key), sanitize::cut(&sanitize::plain(&value), 4_000)));
    }
    let is_test = event.kind == HealthEventKind::TestPing;
    let mark = if is_test { format!("{}{} ", words.test, words.colon) } else { String::new() };
    MailView {
        subject: format!("[marsad] {mark}{}", sanitize::isolate(&sanitize::cut(&message, SUBJECT))),
        kicker: if is_test { words.test } else { words.notice }.to_owned(),
        item_lang: "en".to_owned(),
        item_dir: "ltr",
        headline: highlights::pieces(&sanitize::cut(&message, LEAD), &[]),
        facts,
        remark: is_test.then_some(words.test_remark),
        ..blank(channel, settings, words)
    }
}

/// The parts that every mail has.
fn blank(channel: &Channel, settings: &RenderSettings, words: &'static Phrases) -> MailView {
    let console = settings.public_url.as_ref().map(|url| (url.to_string(), words.console));
    let lang = Lang::parse(words.lang).unwrap_or_else(|_| channel.lang.clone());
    MailView {
        lang: words.lang,
        dir: lang.dir().as_str(),
        subject: String::new(),
        kicker: String::new(),
        item_lang: String::new(),
        item_dir: Direction::Ltr.as_str(),
        headline: Vec::new(),
        lead: Vec::new(),
        url: None,
        read: words.read,
        facts: Vec::new(),
        found: words.found,
        matches: Vec::new(),
        more: None,
        changed: words.changed,
        changes: Vec::new(),
        remark: None,
        sent: words.sent.replace("{}", &sanitize::isolate(channel.id.as_str())),
        console,
        colon: words.colon,
    }
}

fn facts(alert: &ItemAlert, channel: &Channel, settings: &RenderSettings, words: &Phrases) -> Vec<(String, String)> {
    let (item, lang, zone) = (&alert.item, &channel.lang, &settings.timezone);
    let fact = |label: &str, value: Option<String>| value.map(|value| (label.to_owned(), value));
    [
        fact(words.before, alert.previous.as_ref().map(|previous| sanitize::line(&previous.title))),
        fact(words.source, Some(sanitize::line(settings.names.source(alert.source.as_str())))),
        fact(words.agency, item.agency.as_deref().map(sanitize::line)),
        fact(words.carried, alert.story.as_ref().and_then(|story| carriers(story, settings))),
        fact(words.author, item.author.as_deref().map(sanitize::line)),
        fact(words.published, item.published.as_ref().map(|claim| date_format::moment(claim.at, lang, zone))),
        fact(words.first_seen, Some(date_format::instant(alert.first_seen, lang, zone))),
    ]
    .into_iter()
    .flatten()
    .map(|(label, value)| (label, sanitize::cut(&value, 300)))
    .collect()
}

/// The names of the other sources of the story, each once, with its language.
fn carriers(story: &StoryLink, settings: &RenderSettings) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for report in &story.also {
        let name = sanitize::isolate(&sanitize::line(settings.names.source(report.source.as_str())));
        let name = report.lang.as_ref().map_or(name.clone(), |lang| format!("{name} ({lang})"));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// The summary, or the beginning of the text if there is none, with the matched words marked. Empty if it only repeats the
/// headline.
fn lead(alert: &ItemAlert) -> Vec<TextSpan> {
    let (text, field) = if alert.item.summary.trim().is_empty() {
        (&alert.item.text, Field::Text)
    } else {
        (&alert.item.summary, Field::Summary)
    };
    if fold::key(text) == fold::key(&alert.item.title) {
        return Vec::new();
    }
    highlights::pieces(&sanitize::cut(text, LEAD), &highlights::ranges(&alert.hits, field))
}

/// The matches. A sentence that the reader has seen above, in the headline, the lead or another match, is not repeated.
fn places(
    alert: &ItemAlert,
    lead: &[TextSpan],
    channel: &Channel,
    settings: &RenderSettings,
    words: &Phrases,
) -> Vec<MailMatch> {
    let matches = alert.hits.iter().flat_map(|hit| &hit.matches).take(MAX_MATCHES);
    let concept = |found: &Match| settings.concepts.name(found.concept.as_deref()?, &channel.lang);
    let lead: String = lead.iter().map(|span| span.text.as_str()).collect();
    let mut shown = vec![fold::key(&alert.item.title), fold::key(&lead)];
    let mut places: Vec<MailMatch> = Vec::new();
    for found in matches {
        let mut place = place(found, concept(found), settings.names.watch(found.watch.as_str()), words);
        let context = fold::key(found.context.trim_matches('…'));
        if shown.iter().any(|shown| shown.contains(&context)) {
            place.context.clear();
        } else {
            shown.push(context);
        }
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// A match with the name of its concept in the reader's language, unless that is the term itself.
fn place(found: &Match, concept: Option<&str>, watch: &str, words: &Phrases) -> MailMatch {
    let term = sanitize::line(&found.term);
    let concept = concept.map(sanitize::line).filter(|name| *name != term);
    let context = Match { context: sanitize::cut(&found.context, CONTEXT), ..found.clone() };
    MailMatch {
        watch: sanitize::line(watch),
        concept: concept.map(|name| sanitize::cut(&name, TERM)),
        term: sanitize::cut(&term, TERM),
        field: words.field(found.field),
        context: highlights::context(&context),
    }
}

/// At most three names, and how many more there are.
fn short(names: &[String]) -> String {
    match names.len() {
        0..=3 => names.join(", "),
        more => format!("{} +{}", names[..3].join(", "), more - 3),
    }
}

/// The name as a label of a `List-Id`: letters, digits and hyphens.
fn label(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests;
