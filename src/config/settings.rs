//! Reads the settings of the whole daemon: store, HTTP, fetching, mail relay, retention, health.

use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::context::LoadContext;
use super::file::{File, Files};
use super::keys::{self, KeySection};
use super::node::{KeyedValue, Table, ValueKind};
use super::report::{InvalidValue, wrong};
use super::scalars::{duration_within, size, timezone};
use super::secret::{self, ReceiverLocation};
use super::{FetchSettings, HttpSettings, RetentionSettings, SmtpSecurity, SmtpSettings, mailbox, urls};

/// The default user agent.
const USER_AGENT: &str = concat!("marsad/", env!("CARGO_PKG_VERSION"));
/// The fewest characters of a token. Chosen by hand: 16 of them cannot be guessed.
const TOKEN_CHARS: usize = 16;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// The longest `timeout` and `host_delay`, in seconds. Chosen by hand.
const MAX_FETCH_SECONDS: i64 = 600;
/// The most fetches at once. Chosen by hand: each takes two file handles.
const MAX_CONCURRENCY: usize = 1024;
/// The most fetches at one host at once. Chosen by hand: more than a browser's six.
const MAX_PER_HOST: usize = 16;
/// The longest user agent, in characters. Chosen by hand.
const MAX_USER_AGENT: usize = 256;
/// The bounds of `max_body`, in bytes. Chosen by hand.
const BODY_BYTES: std::ops::RangeInclusive<usize> = 1 << 10..=256 << 20;
/// The longest retention, in days. Chosen by hand: a hundred years.
const MAX_RETENTION_DAYS: i64 = 36_500;
/// How long texts and settled deliveries are kept by default, in days. Chosen by hand.
const TEXT_DAYS: i64 = 365;
const DELIVERY_DAYS: i64 = 90;
/// The default ports for submission under TLS (RFC 8314), with STARTTLS (RFC 6409), and of a local relay (RFC 5321).
const PORT_TLS: u16 = 465;
const PORT_STARTTLS: u16 = 587;
const PORT_LOOPBACK: u16 = 25;

/// The one value of a key at the top of the files; a second one is a problem.
fn single<'a>(files: &'a Files, key: &str, loading: &mut LoadContext) -> Option<KeyedValue<'a>> {
    let all = files.files.iter().filter_map(|file: &'a File| Files::table(file).get(key));
    let mut all = all.collect::<Vec<_>>().into_iter();
    let first = all.next()?;
    for again in all {
        let at = loading.report.locate(&first.key_place());
        let what = wrong(format!("`{key}` is configured twice"), format!("keep one of them; the first is at {at}"));
        loading.report.error(again.key_place(), what);
    }
    Some(first)
}

/// A section such as `[http]`, in any file, with its keys checked.
pub(super) fn section<'a>(
    files: &'a Files,
    key: &str,
    keys: &KeySection,
    loading: &mut LoadContext,
) -> Option<Table<'a>> {
    let value = single(files, key, loading)?;
    let table = value.table().map_err(|wrong| loading.report.error(value.place(), wrong)).ok()?;
    table.expect(keys, &mut loading.report);
    Some(table)
}

/// The default zone.
pub(super) fn zone(files: &Files, loading: &mut LoadContext) -> TimeZone {
    let Some(value) = single(files, "timezone", loading) else { return TimeZone::UTC };
    let zone = value.text().and_then(timezone);
    zone.map_err(|wrong| loading.report.error(value.place(), wrong)).unwrap_or(TimeZone::UTC)
}

/// Rejects every store but SQLite.
pub(super) fn store(files: &Files, loading: &mut LoadContext) {
    single(files, "state_dir", loading);
    let Some(value) = single(files, "store", loading) else { return };
    if !matches!(&value.node.kind, ValueKind::Text(text) if text == "sqlite") {
        let remedy = "write store = \"sqlite\", or remove `store`";
        loading.report.error(value.place(), wrong("this version supports only SQLite", remedy));
    }
}

/// The HTTP surface.
pub(super) fn http(files: &Files, loading: &mut LoadContext) -> HttpSettings {
    let default = std::net::SocketAddr::from(([127, 0, 0, 1], 8480));
    let Some(table) = section(files, "http", &keys::HTTP, loading) else {
        return HttpSettings { listen: Some(default), public_url: None, token: None };
    };
    let report = &mut loading.report;
    let listen = table.read("listen", report, |value| urls::listen(value.text()?)).unwrap_or(Some(default));
    let public_url = table.read("public_url", report, |value| public_url(value.text()?));
    let loopback = listen.is_none_or(|at| at.ip().is_loopback());
    let receiver = if loopback { ReceiverLocation::Loopback } else { ReceiverLocation::Remote };
    let token = table.get("token").and_then(|value| secret::read(&value, receiver, loading));
    if !loopback {
        open_to_others(&table, token.as_ref(), public_url.as_ref(), loading);
    }
    HttpSettings { listen, public_url, token }
}

fn public_url(text: &str) -> Result<Url, InvalidValue> {
    let url = urls::web(text, &["http", "https"])?;
    if url.query().is_some() {
        return Err(wrong("`public_url` has a ?query", "give the address that readers type"));
    }
    Ok(url)
}

/// Checks the requirements of a server that other machines can reach.
fn open_to_others(table: &Table<'_>, token: Option<&SecretString>, public: Option<&Url>, loading: &mut LoadContext) {
    let listen = table.get("listen").map(|value| value.place());
    match (table.get("token"), token) {
        (None, _) => loading.report.error(
            listen.clone(),
            wrong(
                "the server would be open to the network without a token",
                "add token = { file = \"…\" } to [http], or listen on 127.0.0.1",
            ),
        ),
        (Some(value), Some(token)) if token.expose_secret().chars().count() < TOKEN_CHARS => {
            let what = wrong(
                format!("a token of fewer than {TOKEN_CHARS} characters is easy to guess"),
                "create one: openssl rand -hex 24",
            );
            loading.report.error(value.place(), what);
        }
        _ => {}
    }
    if public.is_none() {
        let remedy = "add public_url: without it, only requests to the address in `listen` are answered";
        loading.report.warn(listen, wrong("the server is open to the network, but `public_url` is missing", remedy));
    }
}

/// How sources are fetched.
pub(super) fn fetch(files: &Files, loading: &mut LoadContext) -> FetchSettings {
    let empty = Table { file: 0, base: std::path::Path::new("/"), span: &(0..0), entries: &[] };
    let table = section(files, "fetch", &keys::FETCH, loading).unwrap_or(empty);
    let report = &mut loading.report;
    let default = FetchSettings::default();
    let seconds = |key: &str, min, max, default, report: &mut _| {
        table.read(key, report, |value| duration_within(value.text()?, min, max)).unwrap_or(default)
    };
    FetchSettings {
        timeout: seconds("timeout", 1, MAX_FETCH_SECONDS, default.timeout, report),
        host_delay: seconds("host_delay", 0, MAX_FETCH_SECONDS, default.host_delay, report),
        user_agent: table.read("user_agent", report, user_agent).unwrap_or(default.user_agent),
        max_body: table.read("max_body", report, body_size).unwrap_or(default.max_body),
        concurrency: table
            .read("concurrency", report, |value| value.number(1, MAX_CONCURRENCY))
            .unwrap_or(default.concurrency),
        per_host: table.read("per_host", report, |value| value.number(1, MAX_PER_HOST)).unwrap_or(default.per_host),
        obey_robots: table.read("obey_robots", report, KeyedValue::boolean).unwrap_or(default.obey_robots),
        proxy: table.read("proxy", report, proxy).flatten(),
    }
}

impl Default for FetchSettings {
    /// The settings without a configuration. The numbers are chosen by hand.
    fn default() -> Self {
        Self {
            user_agent: USER_AGENT.to_owned(),
            timeout: jiff::SignedDuration::from_secs(30),
            max_body: 8 << 20,
            concurrency: 64,
            per_host: 1,
            host_delay: jiff::SignedDuration::from_secs(1),
            obey_robots: true,
            proxy: None,
        }
    }
}

fn user_agent(value: &KeyedValue<'_>) -> Result<String, InvalidValue> {
    match value.text()?.trim() {
        text if !text.is_empty() && text.len() <= MAX_USER_AGENT && text.chars().all(|c| matches!(c, ' '..='~')) => {
            Ok(text.to_owned())
        }
        _ => Err(wrong(
            "a user agent must have 1 to 256 ASCII characters",
            "write \"marsad/1.0 (+https://example.org/contact)\"",
        )),
    }
}

fn body_size(value: &KeyedValue<'_>) -> Result<usize, InvalidValue> {
    let bytes = match value.node.kind {
        ValueKind::Integer(_) => value.number(0, usize::MAX)?,
        _ => size(value.text()?)?,
    };
    if BODY_BYTES.contains(&bytes) {
        Ok(bytes)
    } else {
        Err(wrong("`max_body` is out of bounds", "give 1 KiB to 256 MiB; 8 MiB is enough for news"))
    }
}

fn proxy(value: &KeyedValue<'_>) -> Result<Option<Url>, InvalidValue> {
    match value.text()? {
        "" => Ok(None),
        text => urls::web(text, &["http", "https", "socks5", "socks5h"]).map(Some),
    }
}

/// How long things are kept.
pub(super) fn retention(files: &Files, loading: &mut LoadContext) -> RetentionSettings {
    let table = section(files, "retention", &keys::RETENTION, loading);
    let mut days = |key: &str, default: i64| {
        let read = |value: &KeyedValue<'_>| duration_within(value.text()?, DAY, MAX_RETENTION_DAYS * DAY);
        let read = table.and_then(|table| table.read(key, &mut loading.report, read));
        read.unwrap_or(jiff::SignedDuration::from_secs(default * DAY))
    };
    RetentionSettings { text: days("text", TEXT_DAYS), deliveries: days("deliveries", DELIVERY_DAYS) }
}

/// The mail relay.
pub(super) fn smtp(files: &Files, loading: &mut LoadContext) -> Option<SmtpSettings> {
    let table = section(files, "smtp", &keys::SMTP, loading)?;
    for key in ["url", "from"] {
        if table.get(key).is_none() {
            loading.report.error(table.place(), wrong(format!("[smtp] needs `{key}`"), "add it, or remove [smtp]"));
        }
    }
    let from = table.read("from", &mut loading.report, |value| mailbox::sender(value.text()?));
    let helo = table.read("helo", &mut loading.report, |value| mailbox::helo(value.text()?));
    let url = table.read("url", &mut loading.report, |value| relay(value.text()?, user_example(&table)));
    let receiver = url.as_ref().map_or(ReceiverLocation::Unknown, urls::receiver);
    let password = table.get("password").and_then(|value| secret::read(&value, receiver, loading));
    let url = url?;
    let user = user(&url);
    if user.is_some() != table.get("password").is_some() {
        let remedy = "write smtp://user@host and `password`, or neither";
        loading.report.error(
            table.get("url").map(|value| value.place()),
            wrong("a user name needs a password, and a password a user name", remedy),
        );
    }
    let security = match (url.scheme(), receiver) {
        ("smtps", _) => SmtpSecurity::Tls,
        (_, ReceiverLocation::Loopback) => SmtpSecurity::Loopback,
        _ => SmtpSecurity::StartTls,
    };
    let default = match security {
        SmtpSecurity::Tls => PORT_TLS,
        SmtpSecurity::StartTls => PORT_STARTTLS,
        SmtpSecurity::Loopback => PORT_LOOPBACK,
    };
    let (host, port) = (relay_host(&url)?, url.port().unwrap_or(default));
    Some(SmtpSettings { host, port, security, user, password, from: from?, helo })
}

/// The user of an example: a user name and a password belong together.
fn user_example(table: &Table<'_>) -> &'static str {
    if table.get("password").is_some() { "user@" } else { "" }
}

fn relay(text: &str, user: &str) -> Result<Url, InvalidValue> {
    let example = format!("write \"smtp://{user}mail.example.org:587\" or \"smtps://{user}mail.example.org\"");
    let text = crate::address::stripped(text);
    let with_scheme = Url::parse(&format!("smtp://{text}")).ok().filter(|_| !text.contains("://"));
    if let Some(url) =
        with_scheme.filter(|url| relay_host(url).is_some_and(|host| host.contains(['.', ':']) || host == "localhost"))
    {
        let scheme = if url.port() == Some(PORT_TLS) { "smtps" } else { "smtp" };
        return Err(wrong("the address has no scheme", format!("write {scheme}:// before it")));
    }
    let url = Url::parse(text).map_err(|error| wrong(format!("invalid address: {error}"), &*example))?;
    if !matches!(url.scheme(), "smtp" | "smtps") {
        return Err(wrong("the scheme is not smtp or smtps", example));
    }
    if url.password().is_some() {
        return Err(wrong("the address contains a password", "keep it in a file: password = { file = \"…\" }"));
    }
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if relay_host(&url).is_none() || !bare || url.port() == Some(0) {
        return Err(wrong("the address of a relay must have only a host and a port", example));
    }
    Ok(url)
}

/// The relay's host, an internationalised name in ASCII. The URL parser leaves the host of unknown schemes unparsed, so
/// it is parsed here.
fn relay_host(url: &Url) -> Option<String> {
    let host = Host::parse(url.host_str().filter(|host| !host.is_empty())?).ok()?;
    Some(host.to_string().trim_matches(['[', ']']).to_owned())
}

/// The user name, with `%40` decoded to `@`.
fn user(url: &Url) -> Option<String> {
    let pair = format!("u={}", url.username().replace('+', "%2B"));
    let name = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, name)| name.into_owned());
    name.filter(|name| !name.is_empty())
}
