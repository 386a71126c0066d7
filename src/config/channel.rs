//! Reads `[[channel]]` into a [`Channel`].

use std::collections::BTreeSet;
use std::path::Path;

use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::context::LoadContext;
use super::node::{KeyedValue, Table, ValueKind};
use super::report::{InvalidValue, wrong};
use super::scalars::{excerpt, lang, short, timezone};
use super::schedule::{quiet, send};
use super::secret::{self, ReceiverLocation, check_signing};
use super::source::headers;
use super::{bounded_read, keys, mailbox, other_keys, urls};
use crate::channel::{BodyFormat, Channel, ChannelId, ChannelKind, Webhook, WebhookUrl};
use crate::render::{template, variables};
use crate::text::lang::Lang;

/// The keys that select the kind of a channel.
const KINDS: &[&str] = &["webhook", "email", "print", "file"];
/// The keys that only one kind has.
const OWN: &[(&str, &str)] =
    &[("secret", "webhook"), ("previous_secret", "webhook"), ("headers", "webhook"), ("format", "webhook")];
/// Headers that marsad sets itself.
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
    "content-encoding",
    "marsad-replay",
];
/// The languages that mail has labels in.
const LANGS: &[&str] = &["ar", "fa", "ur", "tr", "fr", "en"];
/// The most bytes of a template. Chosen by hand.
const MAX_TEMPLATE: u64 = 64 * 1024;
/// The most recipients of one channel. Chosen by hand: beyond them a mailing list is the right means.
const MAX_RECIPIENTS: usize = 100;

/// The most attempts in flight of one channel. Chosen by hand.
const MOST_IN_FLIGHT: usize = 8;

/// Reads one channel; its problems go into the report.
pub(super) fn read(table: &Table<'_>, zone: &TimeZone, loading: &mut LoadContext) -> Option<Channel> {
    table.expect(&keys::CHANNEL, &mut loading.report);
    let id = loading.id(table, "a channel");
    let address = loading.kind(table, "a channel", KINDS, OWN);
    let kind = address.and_then(|address| kind(table, &address, loading));
    let report = &mut loading.report;
    let max_in_flight = table.read("max_in_flight", report, |value| value.number(1, MOST_IN_FLIGHT)).unwrap_or(1);
    let send = table.read("send", report, |value| send(value.text()?)).unwrap_or_default();
    let quiet = table.read("quiet", report, |value| quiet(value.text()?));
    let lang = table.read("lang", report, mail_lang).or_else(|| Lang::parse("en").ok());
    let timezone = table.read("timezone", report, |value| timezone(value.text()?)).unwrap_or_else(|| zone.clone());
    let max_in_flight = u8::try_from(max_in_flight).unwrap_or(1);
    Some(Channel { id: ChannelId::new(id), kind: kind?, send, quiet, lang: lang?, max_in_flight, timezone })
}

fn kind(table: &Table<'_>, address: &KeyedValue<'_>, loading: &mut LoadContext) -> Option<ChannelKind> {
    match address.key {
        "webhook" => webhook(table, address, loading).map(ChannelKind::Webhook),
        "email" => email(table, address, loading),
        "print" => print(address, loading),
        _ => address.path().map(ChannelKind::File).map_err(|wrong| loading.report.error(address.place(), wrong)).ok(),
    }
}

fn mail_lang(value: &KeyedValue<'_>) -> Result<Lang, InvalidValue> {
    let lang = lang(value.text()?)?;
    if LANGS.contains(&lang.as_str()) {
        return Ok(lang);
    }
    Err(wrong(
        format!("messages are not available in {}", short(lang.as_str())),
        format!("give one of: {}", LANGS.join(", ")),
    ))
}

fn print(value: &KeyedValue<'_>, loading: &mut LoadContext) -> Option<ChannelKind> {
    match value.boolean() {
        Ok(true) => return Some(ChannelKind::Print),
        Ok(false) => loading
            .report
            .error(value.place(), wrong("the channel does not print", "write print = true, or remove the channel")),
        Err(wrong) => loading.report.error(value.place(), wrong),
    }
    None
}

fn email(table: &Table<'_>, value: &KeyedValue<'_>, loading: &mut LoadContext) -> Option<ChannelKind> {
    let to = table.list("email", &mut loading.report, |one| mailbox::recipient(one.text()?));
    let distinct: BTreeSet<String> = to.iter().map(|mailbox| mailbox.bare().to_lowercase()).collect();
    let problem = match value.elements() {
        Err(_) => return None,
        Ok(all) if all.is_empty() => {
            Some(wrong("the mail channel has no recipients", "write email = [\"desk@example.org\"]"))
        }
        Ok(all) if all.len() > MAX_RECIPIENTS => {
            Some(wrong("the channel has more than 100 recipients", "write to a mailing list instead"))
        }
        Ok(_) if distinct.len() < to.len() => Some(wrong("a recipient is listed twice", "list each recipient once")),
        Ok(_) => None,
    };
    match problem {
        Some(problem) => loading.report.error(value.place(), problem),
        None => return Some(ChannelKind::Email { to }),
    }
    None
}

fn webhook(table: &Table<'_>, value: &KeyedValue<'_>, loading: &mut LoadContext) -> Option<Webhook> {
    let url = receiver_url(value, loading);
    let receiver = url.as_ref().map_or(ReceiverLocation::Unknown, urls::receiver);
    let secret = signing(table, "secret", receiver, loading);
    let previous_secret = signing(table, "previous_secret", receiver, loading);
    if let (Some(stray), None) = (table.get("previous_secret"), table.get("secret")) {
        let remedy = "rename it to `secret`; `previous_secret` is for the time of a rotation";
        loading.report.error(stray.key_place(), wrong("`previous_secret` needs `secret`", remedy));
    }
    let headers = headers(table, RESERVED, receiver, loading);
    let format = table.get("format").map_or(Some(BodyFormat::Standard), |value| format(&value, loading));
    let url = url?;
    let meant = table.values().any(|value| value.key == "secret" || other_keys::is_secret(value.key));
    if !meant && receiver == ReceiverLocation::Remote && format == Some(BodyFormat::Standard) {
        let file = value.base.join("webhook-secret");
        let remedy = format!(
            "create a secret that the receiver gets too: (umask 027; echo \"whsec_$(openssl rand -base64 32)\" > {0}); \
             then add secret = {{ file = \"{0}\" }}",
            file.display()
        );
        let what = "the webhook is not signed: its receiver cannot verify that an alert comes from marsad";
        loading.report.warn(value.place(), wrong(what, remedy));
    }
    if url.scheme() == "http" && receiver == ReceiverLocation::Remote {
        loading.report.warn(
            value.place(),
            wrong("alerts are sent without encryption", "use https:// if the receiver supports it"),
        );
    }
    Some(Webhook { url: WebhookUrl::new(url), secret, previous_secret, headers, format: format? })
}

/// The receiver's address: a text, or a secret, because many addresses are passwords.
fn receiver_url(value: &KeyedValue<'_>, loading: &mut LoadContext) -> Option<Url> {
    let inline = value.table().is_ok_and(|table| table.get("value").is_some());
    let text = match &value.node.kind {
        ValueKind::Text(text) => text.clone(),
        _ => {
            let address = secret::read(value, ReceiverLocation::Loopback, loading)?;
            if secret::is_placeholder(&address) {
                return Url::parse("https://credential.localhost/").ok();
            }
            address.expose_secret().to_owned()
        }
    };
    let url = match urls::web(&text, &["http", "https"]) {
        Ok(url) if inline && urls::receiver(&url) == ReceiverLocation::Remote => Err(wrong(
            "the configuration contains a secret, and its receiver is not on this machine",
            "keep it in a file and write { file = \"…\" }, or { credential = \"…\" }",
        )),
        other => other,
    };
    url.map_err(|wrong| loading.report.error(value.place(), wrong)).ok()
}

fn signing(
    table: &Table<'_>,
    key: &str,
    receiver: ReceiverLocation,
    loading: &mut LoadContext,
) -> Option<SecretString> {
    let value = table.get(key)?;
    let secret = secret::read(&value, receiver, loading)?;
    check_signing(&secret).map_err(|wrong| loading.report.error(value.place(), wrong)).ok()?;
    Some(secret)
}

/// The format of a body: `standard`, the name of a shipped template, or an operator's own template.
fn format(value: &KeyedValue<'_>, loading: &mut LoadContext) -> Option<BodyFormat> {
    let format = match &value.node.kind {
        ValueKind::Text(text) if text == "standard" => Ok(BodyFormat::Standard),
        ValueKind::Text(text) => shipped(text),
        _ => own(value, loading),
    };
    format.map_err(|wrong| loading.report.error(value.place(), wrong)).ok()
}

fn shipped(name: &str) -> Result<BodyFormat, InvalidValue> {
    let text = template::shipped(name).ok_or_else(|| {
        let remedy = "give standard, slack, discord, teams, telegram or ntfy, or { template = \"file.json.j2\" }";
        wrong(format!("unknown format {:?}", short(name)), remedy)
    })?;
    Ok(BodyFormat::Template { name: name.to_owned(), text: text.to_owned() })
}

/// An operator's own template, from a file or inline.
fn own(value: &KeyedValue<'_>, loading: &mut LoadContext) -> Result<BodyFormat, InvalidValue> {
    let table = value.table()?;
    table.expect(&keys::FORMAT, &mut loading.report);
    let path = table.get("template").map(|value| value.path()).transpose()?;
    let written = table.get("text").map(|value| value.text()).transpose()?;
    let name = path.as_ref().map_or_else(|| "text".to_owned(), |path| path.display().to_string());
    let written_as = table.get("template").and_then(|value| value.text().ok().zip(path.as_ref()));
    let shown =
        if written_as.is_some_and(|(text, path)| !secret::is_shown(path, text, value.base)) { "…" } else { &name };
    let text = match (&path, written) {
        (_, Some(text)) => text.to_owned(),
        (Some(path), None) => template_file(path, shown, loading)?,
        (None, None) => return Err(wrong("`format` has no template", "write { template = \"file.json.j2\" }")),
    };
    let remedy = "a template is Jinja that renders JSON; to start from an example: marsad config template slack";
    template::check(&text).map_err(|error| wrong(format!("the template {shown} cannot be used: {error}"), remedy))?;
    for (name, remedy) in variables::unknown(&text) {
        let what = format!("the template {shown} uses `{}`, which no body has", excerpt(&name));
        loading.report.warn(value.place(), wrong(what, remedy));
    }
    Ok(BodyFormat::Template { name, text })
}

fn template_file(path: &Path, shown: &str, loading: &mut LoadContext) -> Result<String, InvalidValue> {
    let text = bounded_read::read_text(path, MAX_TEMPLATE).map_err(|error| {
        loading.missed(path, &error);
        let remedy = match error.kind() {
            _ if path.is_dir() => format!("write the file in it: {{ template = \"{shown}/slack.json.j2\" }}"),
            std::io::ErrorKind::NotFound => format!("create it, for example: marsad config template slack > {shown}"),
            _ => "put a template in UTF-8 into this file, readable by the user that marsad runs as".to_owned(),
        };
        wrong(format!("cannot read the template {shown}: {error}"), remedy)
    })?;
    loading.touched(path, text.as_bytes());
    Ok(text)
}
