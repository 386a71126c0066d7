//! Reads secrets from files and credentials without ever showing them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::bounded_read::{MAX_SECRET_BYTES, read_text};
use super::context::LoadContext;
use super::form::{is_file_name, is_name, is_path};
use super::keys;
use super::node::{KeyedValue, ValueKind};
use super::report::{InvalidValue, wrong};
use super::scalars::called;

/// Replaces a credential that only the unit can read, in a command that sends nothing: 32 zero bytes.
const PLACEHOLDER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// True if this replaces a credential that could not be read.
pub(super) fn is_placeholder(secret: &SecretString) -> bool {
    secret.expose_secret() == PLACEHOLDER
}

/// Where the receiver of a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReceiverLocation {
    /// On this machine: a secret may be in the configuration itself.
    Loopback,
    /// Anywhere else.
    Remote,
    /// Its address could not be read, which is a problem of its own.
    Unknown,
}

/// Reads `{ file = … }`, `{ credential = NAME }` or, for a receiver on loopback, `{ value = … }`. Problems go into the
/// report; no message contains the secret.
pub(super) fn read(
    value: &KeyedValue<'_>,
    receiver: ReceiverLocation,
    loading: &mut LoadContext,
) -> Option<SecretString> {
    let text =
        secret_text(value, receiver, loading).map_err(|wrong| loading.report.error(value.place(), wrong)).ok()?;
    Some(SecretString::from(text))
}

fn secret_text(
    value: &KeyedValue<'_>,
    receiver: ReceiverLocation,
    loading: &mut LoadContext,
) -> Result<String, InvalidValue> {
    if matches!(value.node.kind, ValueKind::Text(_)) {
        let key = if keys::is_shown(value.key) { value.key } else { "…" };
        let remedy = format!("keep it in a file and write {key} = {{ file = \"…\" }}, or {{ credential = \"…\" }}");
        return Err(wrong("a secret must not be in the configuration", remedy));
    }
    let table = value.table()?;
    if ["env", "environment", "variable", "var"].iter().any(|key| table.get(key).is_some()) {
        let remedy =
            "write { file = \"PATH\" }, or { credential = \"NAME\" } with LoadCredential=NAME:PATH in the unit";
        return Err(wrong("a secret cannot be read from an environment variable", remedy));
    }
    if let Some(stray) = table.values().next().filter(|_| !table.values().any(|one| keys::SECRET.has(one.key))) {
        return Err(keys::SECRET.unknown(stray.key));
    }
    table.expect(&keys::SECRET, &mut loading.report);
    let mut given = table.values().filter(|one| keys::SECRET.has(one.key));
    let (Some(one), None) = (given.next(), given.next()) else {
        return Err(wrong("a secret needs exactly one place", "give one of `file`, `credential` and `value`"));
    };
    match one.key {
        "file" => {
            let path = one.path()?;
            // A bare word or an address may be the secret itself, in the place of its file's name.
            let text = one.text()?;
            if !is_shown(&path, text, one.base) && !loading.environment.needs_no_secrets {
                loading.report.watch_file(&path, None);
                return Err(missing(value.key, text, one.base));
            }
            from_file(&path, is_shown(&path, text, one.base), loading)
        }
        "credential" => credential(&one, loading),
        _ if receiver != ReceiverLocation::Remote => validated(one.text()?, "the value"),
        _ => Err(wrong(
            "the configuration contains a secret, and its receiver is not on this machine",
            "keep it in a file and write { file = \"…\" }, or { credential = \"…\" }",
        )),
    }
}

/// A secret file that does not exist and whose name may be the secret itself: the name is not shown.
fn missing(key: &str, text: &str, base: &Path) -> InvalidValue {
    let key = if keys::is_shown(key) { format!(" of `{key}`") } else { String::new() };
    let (place, whole) = match text.starts_with('/') {
        true => (String::new(), "create it, or correct its path".to_owned()),
        false => {
            let folder = base.display();
            (format!(" in {folder}"), format!("create it in {folder}, or write its whole path, which starts with /"))
        }
    };
    let remedy = format!("{whole}; if the text in the configuration is the secret itself, put it into a file");
    wrong(format!("the secret file{key} does not exist{place}"), remedy)
}

/// A credential from systemd: from the unit's folder, which may be unreadable outside the unit.
fn credential(value: &KeyedValue<'_>, loading: &mut LoadContext) -> Result<String, InvalidValue> {
    let name = super::scalars::name(value.text()?)?;
    let shown = called(name);
    if let Some(folder) = &loading.environment.credentials {
        return from_file(&folder.join(name), is_name(name), loading);
    }
    let running = loading.environment.unit_credentials.as_ref().map(|folder| folder.join(name));
    if let Some(path) = running.filter(|path| std::fs::File::open(path).is_ok()) {
        return from_file(&path, is_name(name), loading);
    }
    if loading.environment.lenient {
        let what = format!("cannot read the credential {shown:?} here: $CREDENTIALS_DIRECTORY is not set");
        let remedy =
            format!("nothing to do if the unit has LoadCredential={shown}:/path; this command does not need it");
        loading.report.warn(value.place(), wrong(what, remedy));
        loading.unread.push(name.to_owned());
        return Ok(PLACEHOLDER.to_owned());
    }
    let remedy = format!(
        "if the unit has LoadCredential={shown}:PATH, start the service and run this command as root: systemctl start \
         marsad; if not, add it to the unit, or write {{ file = \"PATH\" }}"
    );
    Err(wrong(format!("cannot find the credential {shown:?}: $CREDENTIALS_DIRECTORY is not set"), remedy))
}

/// True if a message may name a file. A text that names no existing file or folder and does not look like a path may be
/// the secret itself.
pub(super) fn is_shown(path: &Path, text: &str, base: &Path) -> bool {
    let folder = path.parent().filter(|folder| *folder != base && *folder != Path::new("/"));
    is_path(text) || is_file_name(text) || path.exists() || text.contains('/') && folder.is_some_and(Path::exists)
}

fn from_file(path: &Path, is_shown: bool, loading: &mut LoadContext) -> Result<String, InvalidValue> {
    let shown = if is_shown { path.display().to_string() } else { "…".to_owned() };
    let read = read_text(path, MAX_SECRET_BYTES);
    if read.is_err() && loading.environment.needs_no_secrets {
        loading.unread.push(shown);
        return Ok(PLACEHOLDER.to_owned());
    }
    let text = read.map_err(|error| {
        loading.missed(path, &error);
        let remedy = remedy_of(&error, path, &shown, &loading.check);
        // No error may quote the file, and none of these does.
        if path.is_dir() {
            wrong(format!("the secret file {shown} is a folder"), remedy)
        } else {
            wrong(format!("cannot read the secret file {shown}: {error}"), remedy)
        }
    })?;
    loading.touched(path, text.as_bytes());
    let mode = std::fs::metadata(path).map(|meta| meta.permissions().mode()).unwrap_or(0);
    if mode & 0o004 != 0 && !loading.in_credentials(path) {
        loading.report.warn(
            None,
            wrong(
                format!("every user of this machine can read the secret file {shown}"),
                format!(
                    "chmod 600 {shown} if marsad runs as the owner of the file; if it runs as the user marsad: \
                     chgrp marsad {shown} && chmod 640 {shown}"
                ),
            ),
        );
    }
    validated(&text, &format!("the secret file {shown}"))
}

/// What to do about a secret file that cannot be read.
fn remedy_of(error: &std::io::Error, path: &Path, shown: &str, check: &str) -> String {
    match error.kind() {
        _ if path.is_dir() => format!("write the file in it that holds the secret: {{ file = \"{shown}/NAME\" }}"),
        std::io::ErrorKind::PermissionDenied => format!(
            "run this command as the user that marsad runs as, for example sudo -u marsad {check}; that user must be \
             able to read {shown} and enter its folder: chgrp marsad {shown} && chmod 640 {shown}"
        ),
        std::io::ErrorKind::NotFound => {
            format!("put the secret into {shown}, readable by the user that marsad runs as")
        }
        _ => format!("put one secret on one line into {shown}, in UTF-8"),
    }
}

/// A secret without the newline that an editor adds at its end.
fn validated(text: &str, what: &str) -> Result<String, InvalidValue> {
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.starts_with('\u{feff}') {
        return Err(wrong(
            format!("{what} begins with a byte order mark"),
            "save it as UTF-8 without a byte order mark",
        ));
    }
    if text.trim().is_empty() {
        return Err(wrong(format!("{what} is empty"), "put the secret into it"));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong(
            format!("{what} contains several lines or control characters"),
            "keep one secret on one line",
        ));
    }
    Ok(text.to_owned())
}

/// Checks a signing secret: `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks, "Signature scheme").
pub(super) fn check_signing(secret: &SecretString) -> Result<(), InvalidValue> {
    let size = |key: &str| STANDARD.decode(key).ok().map(|bytes| bytes.len());
    let text = secret.expose_secret();
    match text.strip_prefix("whsec_").map(size) {
        Some(Some(24..=64)) => Ok(()),
        None if matches!(size(text), Some(24..=64)) => {
            Err(wrong("the signing secret does not begin with whsec_", "write whsec_ before it, in the same line"))
        }
        None => Err(wrong(
            "the signing secret does not begin with whsec_",
            "create one: printf 'whsec_%s' \"$(openssl rand -base64 32)\"",
        )),
        _ => Err(wrong(
            "invalid signing secret: expected whsec_ and base64 of 24 to 64 bytes",
            "create one: printf 'whsec_%s' \"$(openssl rand -base64 32)\"",
        )),
    }
}
