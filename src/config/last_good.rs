//! Writes the whole configuration as one file, which a restart can use when the files are broken.
//!
//! References to secrets stay references; relative paths become absolute, because the file is in another folder; the
//! text of a template is included, because its file may be what broke.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use toml::{Table as Toml, Value as TomlValue};

use super::bounded_read::read_text;
use super::file::{File, Files};
use super::node::{KeyValue, SpannedValue, ValueKind};
use super::{Config, LAST_GOOD};

/// The most bytes of a template in the file. Chosen by hand, above the limit of a template.
const MAX_TEMPLATE: u64 = 1 << 20;

const HEADER: &str = "# The last configuration that marsad applied. marsad starts with it when the files are broken.\n\
                      # Written by marsad: do not edit.\n\n";

/// All files as one text.
pub(super) fn to_text(files: &Files) -> String {
    let mut merged = Toml::new();
    merged.insert("state_dir".into(), TomlValue::String(files.state_dir.display().to_string()));
    for file in &files.files {
        for entry in Files::table(file).entries {
            match (entry.key.as_str(), plain(entry, file)) {
                ("include" | "state_dir", _) => {}
                (_, value) => merge(&mut merged, &entry.key, value),
            }
        }
    }
    HEADER.to_owned() + &merged.to_string()
}

/// Merges a value: lists grow, tables are joined, a single value replaces.
fn merge(merged: &mut Toml, key: &str, value: TomlValue) {
    match (merged.get_mut(key), value) {
        (Some(TomlValue::Array(list)), TomlValue::Array(more)) => list.extend(more),
        (Some(TomlValue::Table(table)), TomlValue::Table(more)) => table.extend(more),
        (_, value) => {
            merged.insert(key.to_owned(), value);
        }
    }
}

fn plain(entry: &KeyValue, file: &File) -> TomlValue {
    match (entry.key.as_str(), &entry.node.kind) {
        ("file" | "template", ValueKind::Text(path)) => TomlValue::String(file.base.join(path).display().to_string()),
        ("format", ValueKind::Table(format)) => template(format, file),
        _ => value(&entry.node, file),
    }
}

fn value(node: &SpannedValue, file: &File) -> TomlValue {
    match &node.kind {
        ValueKind::Text(text) => TomlValue::String(text.clone()),
        ValueKind::Integer(number) => TomlValue::Integer(number.unwrap_or_default()),
        ValueKind::Boolean(yes) => TomlValue::Boolean(*yes),
        ValueKind::Other(_) => TomlValue::String(String::new()),
        ValueKind::List(list) => TomlValue::Array(list.iter().map(|node| value(node, file)).collect()),
        ValueKind::Table(entries) => TomlValue::Table(table(entries, file)),
    }
}

fn table(entries: &[KeyValue], file: &File) -> Toml {
    entries.iter().map(|entry| (entry.key.clone(), plain(entry, file))).collect()
}

/// A template with its text.
fn template(entries: &[KeyValue], file: &File) -> TomlValue {
    let mut format = table(entries, file);
    if !format.contains_key("text")
        && let Some(path) = format.get("template").and_then(TomlValue::as_str)
        && let Ok(text) = read_text(Path::new(path), MAX_TEMPLATE)
    {
        format.insert("text".into(), TomlValue::String(text));
    }
    TomlValue::Table(format)
}

impl Config {
    /// Saves this configuration in the state folder as the last one that was applied.
    ///
    /// # Errors
    /// If it cannot be written; the previous one is then kept.
    pub(crate) fn keep_as_last_good(&self) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".last-good").tempfile_in(&self.state_dir)?;
        file.as_file().set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(self.last_good.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(self.state_dir.join(LAST_GOOD)).map_err(|error| error.error)?;
        // The name is durable only once its folder is.
        std::fs::File::open(&self.state_dir)?.sync_all()
    }
}
