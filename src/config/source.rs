//! Reads `[[source]]` into a [`Source`].

use ipnet::IpNet;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use scraper::Selector;
use secrecy::SecretString;

use super::context::LoadContext;
use super::keys::is_shown;
use super::node::{KeyedValue, Table, ValueKind};
use super::report::{InvalidValue, Report, wrong};
use super::scalars::{called, display_name, duration_within, excerpt, first_visit, lang, one_of, short, timezone};
use super::schedule::every;
use super::secret::{self, ReceiverLocation};
use super::spelling::nearest;
use super::{keys, urls};
use crate::address::Address;
use crate::source::{ElementSelector, Follow, MAX_ITEMS, Selectors, Source, SourceId, SourceKind, Tier, VisitInterval};

/// The keys that select the kind of a source.
const KINDS: &[&str] = &["feed", "page", "bulletin", "article", "sitemap"];
/// The keys that only one kind has.
const OWN: &[(&str, &str)] = &[
    ("item", "page"),
    ("title", "page"),
    ("link", "page"),
    ("summary", "page"),
    ("date", "page"),
    ("split", "bulletin"),
];
/// Headers that marsad sets itself, or that would change the meaning of an answer.
const RESERVED: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "proxy-connection",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "range",
];
/// The most headers of one source or channel. Chosen by hand: servers accept about 100 in all.
const MAX_HEADERS: usize = 50;
/// The longest selector, in bytes. Chosen by hand: `:has` is quadratic, so a longer one costs too much.
const MAX_SELECTOR: usize = 1024;

/// Seconds of a minute, an hour and a day.
const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// The default interval and its bounds, in seconds. Chosen by hand: news of an hour ago is late, and a site that is asked
/// more often than once a minute may block marsad.
const EVERY: i64 = 10 * MINUTE;
const MIN_EVERY: i64 = MINUTE;
const MAX_EVERY: i64 = 6 * HOUR;
/// The longest interval, in seconds. Chosen by hand.
const LONGEST_EVERY: i64 = 30 * DAY;
/// The largest `max_items`. Chosen by hand.
const MOST_ITEMS: usize = 5000;
/// The longest tag, in characters. Chosen by hand.
const MAX_TAG: usize = 64;
/// The longest value of a header, in bytes. Chosen by hand: half of what common servers accept for all headers.
const MAX_HEADER_VALUE: usize = 4096;

/// Reads one source; its problems go into the report.
pub(super) fn read(table: &Table<'_>, zone: &TimeZone, loading: &mut LoadContext) -> Option<Source> {
    table.expect(&keys::SOURCE, &mut loading.report);
    let id = loading.id(table, "a source");
    if let Some(name) = table.read("name", &mut loading.report, |value| display_name(value.text()?)) {
        loading.display.add_source(id, name);
    }
    let report = &mut loading.report;
    let tags = table.list("tags", report, tag);
    let allow_networks = table.list("allow_networks", report, |value| urls::network(value.text()?));
    loading.tags.extend(tags.iter().cloned());
    let key = loading.kind(table, "a source", KINDS, OWN);
    let report = &mut loading.report;
    let address = key.and_then(|key| address(table, key.key, &allow_networks, report));
    warn_about_space(key, report);
    let kind = key.map(|key| kind(table, key.key, loading));
    let (every, min_every, max_every) = interval(table, loading);
    let receiver = address.as_ref().map_or(ReceiverLocation::Unknown, |address| urls::receiver(address.url()));
    let headers = headers(table, RESERVED, receiver, loading);
    let report = &mut loading.report;
    let follow = [("auto", Follow::Auto), ("always", Follow::Always), ("never", Follow::Never)];
    Some(Source {
        id: SourceId::new(id),
        every,
        min_every,
        max_every,
        lang: table.read("lang", report, |value| lang(value.text()?)),
        tags,
        tier: table.read("tier", report, |value| one_of(value.text()?, &Tier::ALL)),
        publisher: table.read("publisher", report, |value| publisher(value.text()?)),
        follow: table.read("follow", report, |value| one_of(value.text()?, &follow)).unwrap_or_default(),
        first_visit: table.read("first_visit", report, |value| first_visit(value.text()?)).unwrap_or_default(),
        timezone: table.read("timezone", report, |value| timezone(value.text()?)).unwrap_or_else(|| zone.clone()),
        encoding: table.read("encoding", report, encoding),
        headers,
        max_items: table.read("max_items", report, |value| value.number(1, MOST_ITEMS)).unwrap_or(MAX_ITEMS),
        enabled: table.read("enabled", report, KeyedValue::boolean).unwrap_or(true),
        allow_networks,
        // Last, so that the problems of the rest are reported too.
        kind: kind?,
        address: address?,
    })
}

/// The address under a key. Under a mistyped `allow_networks`, which has been reported, any network may be allowed.
fn address(table: &Table<'_>, key: &str, networks: &[IpNet], report: &mut Report) -> Option<Address> {
    let mistyped = |value: KeyedValue<'_>| {
        !keys::SOURCE.has(value.key) && nearest(value.key, ["allow_networks"]) == Some("allow_networks")
    };
    let allowed = if table.values().any(mistyped) { urls::everywhere() } else { networks.to_vec() };
    table.read(key, report, |value| urls::source(value.text()?, &allowed))
}

/// The name of a publisher: compared as it is written, so short and on one line.
fn publisher(text: &str) -> Result<String, InvalidValue> {
    display_name(text).map(str::to_owned).map_err(|_| {
        wrong(
            "the name of the publisher is empty, too long or not on one line",
            "write a short name such as \"bbc\", or remove `publisher`",
        )
    })
}

/// Warns about an address with white space, which is often the start of something else.
fn warn_about_space(address: Option<KeyedValue<'_>>, report: &mut Report) {
    let spaced = |key: &KeyedValue<'_>| key.text().is_ok_and(|text| text.trim().contains(char::is_whitespace));
    if let Some(address) = address.filter(spaced) {
        let what = wrong("the address contains white space", "write %20 for a space of the address, or remove it");
        report.warn(address.place(), what);
    }
}

fn kind(table: &Table<'_>, key: &str, loading: &mut LoadContext) -> SourceKind {
    match key {
        "feed" => SourceKind::Feed,
        "page" => SourceKind::Page(selectors(table, loading)),
        "bulletin" => SourceKind::Bulletin { split: table.read("split", &mut loading.report, split) },
        "article" => SourceKind::Article,
        _ => SourceKind::Sitemap,
    }
}

fn tag(value: &KeyedValue<'_>) -> Result<String, InvalidValue> {
    let text = value.text()?.trim();
    let valid =
        (1..=MAX_TAG).contains(&text.chars().count()) && !text.chars().any(|c| c.is_control() || c == ':' || c == '"');
    if valid {
        Ok(text.to_owned())
    } else {
        Err(wrong(format!("invalid tag {:?}", called(text)), "give a word, such as \"official\""))
    }
}

fn encoding(value: &KeyedValue<'_>) -> Result<&'static encoding_rs::Encoding, InvalidValue> {
    let label = value.text()?;
    encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
        let remedy = "give a label of the Encoding Standard, such as \"utf-8\" or \"windows-1256\"";
        wrong(format!("unknown encoding {:?}", short(label)), remedy)
    })
}

/// The interval and its bounds; a configured interval beyond the usual bounds moves them.
fn interval(table: &Table<'_>, loading: &mut LoadContext) -> (VisitInterval, SignedDuration, SignedDuration) {
    let report = &mut loading.report;
    let configured = table.read("every", report, |value| every(value.text()?));
    let configured = configured.unwrap_or(VisitInterval::Pause(SignedDuration::from_secs(EVERY)));
    let pause = match configured {
        VisitInterval::Pause(pause) => pause,
        VisitInterval::Daily(_) => SignedDuration::from_secs(DAY),
    };
    let min = table.read("min_every", report, |value| duration_within(value.text()?, 1, LONGEST_EVERY));
    let max = table.read("max_every", report, |value| duration_within(value.text()?, 1, LONGEST_EVERY));
    let min = min.unwrap_or(SignedDuration::from_secs(MIN_EVERY));
    let max = max.unwrap_or(SignedDuration::from_secs(MAX_EVERY).max(pause));
    let duration_text = |duration: SignedDuration| super::scalars::duration_text(duration.as_secs());
    if let Some(value) = table.get("max_every").filter(|_| max < min) {
        let remedy = format!("give {} or more, or remove it", duration_text(pause.max(min)));
        let what = format!("`max_every` is shorter than min_every ({})", duration_text(min));
        report.error(value.place(), wrong(what, remedy));
        return (configured, min, min);
    }
    let at = ["every", "min_every", "max_every"].iter().find_map(|key| table.get(key)).map(|value| value.place());
    if pause < min {
        let remedy = format!("give {} or more, or a shorter min_every", duration_text(min));
        report.error(at, wrong(format!("`every` is shorter than min_every ({})", duration_text(min)), remedy));
    } else if pause.as_secs() > LONGEST_EVERY || pause > max && matches!(configured, VisitInterval::Pause(_)) {
        let remedy = format!("give {} or less, or a longer max_every (at most 30d)", duration_text(max));
        report.error(at, wrong("`every` is longer than max_every", remedy));
    }
    (configured, min, max.max(min))
}

/// The elements of a listing; `None` if marsad finds them itself.
fn selectors(table: &Table<'_>, loading: &mut LoadContext) -> Option<Selectors> {
    let report = &mut loading.report;
    let item = table.read("item", report, |value| css(value.text()?));
    let mut part = |key: &str| table.read(key, report, |value| pick(value.text()?));
    let (title, link, summary, date) = (part("title"), part("link"), part("summary"), part("date"));
    if table.get("item").is_none()
        && let Some(stray) = ["title", "link", "summary", "date"].iter().find_map(|key| table.get(key))
    {
        let remedy = "add item = \"…\", the element of one item, or remove all selectors";
        report.error(stray.key_place(), wrong(format!("`{}` needs `item`", stray.key), remedy));
    }
    Some(Selectors { item: item?, title, link, summary, date })
}

fn css(text: &str) -> Result<String, InvalidValue> {
    if text.len() > MAX_SELECTOR {
        return Err(wrong(format!("the selector has {} bytes", text.len()), "use at most 1024 bytes"));
    }
    match Selector::parse(text) {
        Ok(_) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Ok(_) => Err(wrong("the selector is empty", "give a CSS selector such as \"article\"")),
        Err(_) => Err(wrong(
            format!("{:?} is not a CSS selector: invalid at {:?}", excerpt(text), excerpt(invalid_part(text))),
            "give one such as \"div.news > article\"",
        )),
    }
}

/// The invalid part of a selector: the text after the longest valid beginning.
fn invalid_part(text: &str) -> &str {
    let mut ends = text.char_indices().map(|(at, _)| at).rev();
    let end = ends.find(|end| Selector::parse(text.get(..*end).unwrap_or_default()).is_ok());
    text.get(end.unwrap_or_default()..).unwrap_or_default().trim()
}

/// `h2 a@href`: a selector, and an attribute after the last `@`; without a selector, the item itself.
fn pick(text: &str) -> Result<ElementSelector, InvalidValue> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_:.".contains(c))
    };
    match text.trim().rsplit_once('@') {
        Some(("", name)) if is_name(name) => {
            Ok(ElementSelector { css: String::new(), attribute: Some(name.to_ascii_lowercase()) })
        }
        Some((rule, name)) if is_name(name) => {
            Ok(ElementSelector { css: css(rule)?, attribute: Some(name.to_ascii_lowercase()) })
        }
        _ => Ok(ElementSelector { css: css(text)?, attribute: None }),
    }
}

fn split(value: &KeyedValue<'_>) -> Result<String, InvalidValue> {
    match value.text()? {
        text if text.trim().is_empty() => {
            Err(wrong("the separator is empty", "give a text such as \"***\", or a CSS selector"))
        }
        text if text.len() > MAX_SELECTOR => {
            Err(wrong(format!("the separator has {} bytes", text.len()), "use at most 1024 bytes"))
        }
        text => Ok(text.to_owned()),
    }
}

/// Request headers; a value is a text or a secret.
pub(super) fn headers(
    table: &Table<'_>,
    reserved: &[&str],
    receiver: ReceiverLocation,
    loading: &mut LoadContext,
) -> Vec<(String, SecretString)> {
    let Some(given) = table.read("headers", &mut loading.report, KeyedValue::table) else { return Vec::new() };
    if given.entries.len() > MAX_HEADERS {
        let message = format!("{} headers, more than {MAX_HEADERS}", given.entries.len());
        loading.report.error(given.place(), wrong(message, "remove those that the server does not need"));
        return Vec::new();
    }
    let mut headers: Vec<(String, SecretString)> = Vec::new();
    for value in given.values() {
        if let Err(wrong) = header_name(value.key, reserved) {
            loading.report.error(value.key_place(), wrong);
        } else if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(value.key)) {
            loading
                .report
                .error(value.key_place(), wrong(format!("{} is given twice", header(value.key)), "keep one of them"));
        } else if let Some(text) = header_value(&value, receiver, loading).filter(|text| !secret::is_placeholder(text))
        {
            headers.push((value.key.to_owned(), text));
        }
    }
    headers
}

/// A header for a message.
fn header(name: &str) -> String {
    if is_shown(name) {
        format!("the header `{name}`")
    } else {
        format!("a header of {} characters", name.chars().count())
    }
}

fn header_name(text: &str, reserved: &[&str]) -> Result<(), InvalidValue> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if text.is_empty() || text.len() > 128 || !text.chars().all(token) {
        return Err(wrong("invalid header name", "give one such as X-Team"));
    }
    let lower = text.to_ascii_lowercase();
    if reserved.contains(&lower.as_str()) {
        return Err(wrong(format!("the header `{text}` is set by marsad"), "remove it"));
    }
    if lower.starts_with("webhook-") {
        return Err(wrong("headers that begin with `webhook-` are set by marsad", "remove it"));
    }
    Ok(())
}

fn header_value(value: &KeyedValue<'_>, receiver: ReceiverLocation, loading: &mut LoadContext) -> Option<SecretString> {
    let ValueKind::Text(text) = &value.node.kind else { return secret::read(value, receiver, loading) };
    if text.len() > MAX_HEADER_VALUE || !text.chars().all(|c| matches!(c, ' '..='~' | '\t')) {
        loading.report.error(
            value.place(),
            wrong("a header's value is at most 4096 characters of ASCII", "remove everything else"),
        );
        return None;
    }
    let lower = value.key.to_ascii_lowercase();
    let guarded = ["authorization", "cookie", "token", "secret", "api-key", "apikey", "password"];
    if receiver == ReceiverLocation::Remote && guarded.iter().any(|word| lower.contains(word)) {
        let remedy = "keep it in a file: { file = \"…\" }";
        loading.report.warn(value.key_place(), wrong(format!("{} looks like a secret", header(value.key)), remedy));
    }
    Some(SecretString::from(text.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_follows_the_last_at_sign() {
        let read = |text: &str| pick(text).map(|pick| (pick.css, pick.attribute));
        assert_eq!(read("h2 a@href").unwrap(), ("h2 a".into(), Some("href".into())));
        assert_eq!(read("h2 a").unwrap(), ("h2 a".into(), None));
        assert_eq!(read("@title").unwrap(), (String::new(), Some("title".into())));
        assert_eq!(read("a[href*='@x']").unwrap(), ("a[href*='@x']".into(), None));
        let refused = |text: &str| css(text).unwrap_err().message;
        assert_eq!(refused("h2 a[["), "\"h2 a[[\" is not a CSS selector: invalid at \"[[\"");
        assert!(refused("h2 >").ends_with("at \">\"") && refused("[[").ends_with("at \"[[\""));
        assert!(read("h2 >> a@href").is_err() && read("").is_err() && read(&"a ".repeat(600)).is_err());
    }

    #[test]
    fn a_header_name_is_valid_and_not_reserved() {
        assert!(header_name("X-Team", RESERVED).is_ok());
        for name in ["", "a b", "Host", "webhook-id", "X\r\nY", "مرصد"] {
            assert!(header_name(name, RESERVED).is_err(), "{name}");
        }
    }
}
