//! Renders the mail of a digest: headlines with their links, by watch and by story.

use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use crate::alert::ItemAlert;
use crate::alert::digest::{Digest, DigestGroup};
use crate::channel::Channel;
use crate::render::digest::{self, DigestStep, LIMIT, STEPS};
use crate::render::digest_phrases::DigestPhrases;
use crate::render::phrases::Phrases;
use crate::render::sanitize::{self, isolate};
use crate::render::{RenderSettings, date_format};

/// The longest name of a watch in a subject, in characters. Chosen by hand.
const WATCH: usize = 60;

/// The content of both parts, in the order of display.
#[derive(Clone, Debug, Serialize)]
pub(super) struct DigestView {
    pub(super) lang: &'static str,
    pub(super) dir: &'static str,
    pub(super) subject: String,
    title: String,
    note: Option<&'static str>,
    groups: Vec<WatchView>,
    /// The state of sources and deliveries as labelled facts.
    health: Vec<(&'static str, String)>,
    sent: String,
    console: Option<(String, &'static str)>,
    colon: &'static str,
}

/// The alerts of one watch.
#[derive(Clone, Debug, Serialize)]
struct WatchView {
    name: String,
    total: usize,
    stories: Vec<Vec<EntryView>>,
    more: Option<String>,
}

/// One alert.
#[derive(Clone, Debug, Serialize)]
struct EntryView {
    title: String,
    url: Option<String>,
    lang: String,
    dir: &'static str,
    summary: String,
    /// Source, date, and that it is a revision.
    facts: Vec<String>,
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
});

/// The subject and both parts, with as many alerts as fit.
pub(super) fn parts(digest: &Digest, channel: &Channel, settings: &RenderSettings) -> (DigestView, String, String) {
    let step = |step: &DigestStep| {
        let view = view(&digest.with_at_most(step.entries), *step, channel, settings);
        let (text, html) = (text(&view), html(&view));
        (view, text, html)
    };
    let fits = |(_, text, html): &(DigestView, String, String)| text.len() + html.len() <= LIMIT;
    STEPS.iter().map(step).find(fits).unwrap_or_else(|| step(&STEPS[STEPS.len() - 1]))
}

fn view(digest: &Digest, step: DigestStep, channel: &Channel, settings: &RenderSettings) -> DigestView {
    let (words, labels) = (DigestPhrases::of(&channel.lang), Phrases::of(&channel.lang));
    let groups = digest.groups();
    let names: Vec<String> = groups.iter().map(|group| isolate(&sanitize::cut(&group.count.name, WATCH))).collect();
    let named = if names.is_empty() { String::new() } else { format!(" [{}]", super::short(&names)) };
    let head = format!("{}{} {}", words.title, labels.colon, words.alerts(digest.total()));
    let name = |id| settings.names.source(id);
    DigestView {
        lang: labels.lang,
        dir: crate::text::lang::Lang::parse(labels.lang).map_or("ltr", |lang| lang.dir().as_str()),
        subject: format!("{head}{named}"),
        title: format!("{head} · {}", date_format::instant(digest.at, &channel.lang, &channel.timezone)),
        note: words.reason(digest.reason),
        groups: groups.iter().map(|group| watch(group, step, channel, settings)).collect(),
        health: digest.health.as_ref().map(|h| digest::health_facts(h, digest, &name)).unwrap_or_default(),
        sent: labels.sent.replace("{}", &isolate(channel.id.as_str())),
        console: settings.public_url.as_ref().map(|url| (url.to_string(), labels.console)),
        colon: labels.colon,
    }
}

fn watch(group: &DigestGroup<'_>, step: DigestStep, channel: &Channel, settings: &RenderSettings) -> WatchView {
    let more = DigestPhrases::of(&channel.lang).more;
    let entries =
        |reports: &Vec<&ItemAlert>| reports.iter().map(|report| entry(report, step, channel, settings)).collect();
    WatchView {
        name: sanitize::cut(&sanitize::line(&group.count.name), step.title),
        total: group.count.alerts,
        stories: group.stories.iter().map(entries).collect(),
        more: (group.left_out() > 0).then(|| more.replace("{}", &group.left_out().to_string())),
    }
}

fn entry(alert: &ItemAlert, step: DigestStep, channel: &Channel, settings: &RenderSettings) -> EntryView {
    let (item, lang, zone) = (&alert.item, &channel.lang, &settings.timezone);
    let revised = alert.previous.as_ref().map(|_| Phrases::of(lang).revised.to_owned());
    let date = item.published.as_ref().map(|claim| date_format::moment(claim.at, lang, zone));
    let date = date.unwrap_or_else(|| date_format::instant(alert.first_seen, lang, zone));
    let source = sanitize::cut(&sanitize::line(settings.names.source(alert.source.as_str())), 100);
    EntryView {
        title: sanitize::cut(&sanitize::line(&item.title), step.title),
        url: digest::address(alert).map(ToOwned::to_owned),
        lang: item.lang.as_ref().map_or_else(String::new, ToString::to_string),
        dir: item.lang.as_ref().map_or("auto", |lang| lang.dir().as_str()),
        summary: if step.summary == 0 { String::new() } else { summary(alert, step.summary) },
        facts: revised.into_iter().chain([source, date]).collect(),
    }
}

/// The beginning of the text; empty if it only repeats the headline.
fn summary(alert: &ItemAlert, most: usize) -> String {
    let text = sanitize::line(&alert.item.summary);
    let repeats = crate::text::fold::key(&text) == crate::text::fold::key(&alert.item.title);
    if repeats { String::new() } else { sanitize::cut(&text, most) }
}

fn html(view: &DigestView) -> String {
    let context = minijinja::Value::from(Serde(view));
    ENVIRONMENT.render_named_str("digest.html", include_str!("digest.html.j2"), context).unwrap_or_else(|error| {
        // Not reached while the tests pass: the template is built in and renders every view.
        tracing::error!(%error, "cannot render the template of a digest");
        format!("<pre>{}</pre>", minijinja::HtmlEscape(&text(view)))
    })
}

/// The text part. A headline, its facts and its address are on lines of their own, in isolates.
fn text(view: &DigestView) -> String {
    let mut parts = vec![view.title.clone()];
    parts.extend(view.note.map(ToOwned::to_owned));
    for watch in &view.groups {
        parts.push(format!("== {} ({}) ==", isolate(&watch.name), watch.total));
        parts.extend(watch.stories.iter().map(|reports| reports.iter().map(lines).collect::<Vec<_>>().join("\n")));
        parts.extend(watch.more.clone());
    }
    let fact = |(label, value): &(&str, String)| format!("{label}{} {value}", view.colon);
    parts.push(view.health.iter().map(fact).collect::<Vec<_>>().join("\n"));
    let console = view.console.as_ref().map(|(url, words)| format!("\n{words}{} {url}", view.colon));
    parts.push(format!("-- \n{}{}", view.sent, console.unwrap_or_default()));
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n\n") + "\n"
}

fn lines(entry: &EntryView) -> String {
    let facts: Vec<String> = entry.facts.iter().map(|fact| isolate(fact)).collect();
    let mut lines = vec![format!("- {}", isolate(&entry.title)), format!("  {}", facts.join(" · "))];
    lines.extend((!entry.summary.is_empty()).then(|| format!("  {}", isolate(&entry.summary))));
    lines.extend(entry.url.as_ref().map(|url| format!("  {url}")));
    lines.join("\n")
}
