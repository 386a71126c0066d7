//! What a changed configuration means for the one that runs.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Write as _};

use secrecy::{ExposeSecret, SecretString};

use crate::channel::{Channel, ChannelKind};
use crate::config::Config;
use crate::config::report::{Report, wrong};
use crate::source::Source;

/// What becomes of a configuration that was read again: all of it is applied, or nothing.
#[derive(Debug)]
pub(crate) enum Reload {
    /// The bytes are those of the running one.
    Unchanged,
    /// It is to run from now on.
    Applied {
        /// The new configuration.
        config: Box<Config>,
        /// The keys that changed and take effect only at the next start.
        needs_restart: Vec<&'static str>,
        /// What came, went and changed.
        changes: ConfigChanges,
    },
    /// It is broken; the running one stays.
    Rejected(Report),
}

/// What came, went and changed between two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigChanges {
    /// The sources.
    pub sources: NameChanges,
    /// The watches.
    pub watches: NameChanges,
    /// The channels.
    pub channels: NameChanges,
}

/// The names that came, went and changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameChanges {
    /// Those that were not there.
    pub added: Vec<String>,
    /// Those that are no longer there.
    pub removed: Vec<String>,
    /// Those that are there under another definition.
    pub(crate) changed: Vec<String>,
}

/// Decides what a configuration that was read again means for the running one.
#[must_use]
pub fn apply(current: &Config, loaded: Result<Config, Report>) -> Reload {
    match loaded {
        Err(report) => Reload::Rejected(report),
        Ok(config) if config.hash == current.hash => Reload::Unchanged,
        Ok(config) if config.sources.is_empty() && !current.sources.is_empty() => Reload::Rejected(nothing_left()),
        Ok(config) => {
            let (needs_restart, changes) = (restart(current, &config), ConfigChanges::between(current, &config));
            Reload::Applied { config: Box::new(config), needs_restart, changes }
        }
    }
}

/// A file that was cut off, or is being written, must not end the watch; who wants that stops marsad.
fn nothing_left() -> Report {
    let mut report = Report::default();
    let remedy = "put the sources back; to watch nothing, stop marsad";
    report.error(None, wrong("no [[source]] is left in the configuration", remedy));
    report
}

fn restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let changed = [("state_dir", old.state_dir != new.state_dir), ("http.listen", old.http.listen != new.http.listen)];
    changed.into_iter().filter(|(_, changed)| *changed).map(|(key, _)| key).collect()
}

impl ConfigChanges {
    fn between(old: &Config, new: &Config) -> Self {
        let sources = |config: &Config| config.sources.iter().map(|one| (one.id.to_string(), of_source(one))).collect();
        let channels =
            |config: &Config| config.channels.iter().map(|one| (one.id.to_string(), of_channel(one))).collect();
        let watches = |config: &Config| {
            config.watches.all().iter().map(|one| (one.id.as_str().to_owned(), print(one, []))).collect()
        };
        Self {
            sources: NameChanges::between(&sources(old), &sources(new)),
            watches: NameChanges::between(&watches(old), &watches(new)),
            channels: NameChanges::between(&channels(old), &channels(new)),
        }
    }
}

type Fingerprints = BTreeMap<String, blake3::Hash>;

impl NameChanges {
    fn between(old: &Fingerprints, new: &Fingerprints) -> Self {
        let names = |from: &Fingerprints, keep: &dyn Fn(&String, &blake3::Hash) -> bool| {
            from.iter().filter(|(name, print)| keep(name, print)).map(|(name, _)| name.clone()).collect()
        };
        Self {
            added: names(new, &|name, _| !old.contains_key(name)),
            removed: names(old, &|name, _| !new.contains_key(name)),
            changed: names(new, &|name, print| old.get(name).is_some_and(|before| before != print)),
        }
    }

    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

fn of_source(source: &Source) -> blake3::Hash {
    print(source, source.headers.iter().map(|(_, value)| value))
}

fn of_channel(channel: &Channel) -> blake3::Hash {
    let ChannelKind::Webhook(webhook) = &channel.kind else { return print(channel, []) };
    let url = SecretString::from(webhook.url.expose().as_str());
    let signing = webhook.secret.iter().chain(&webhook.previous_secret);
    print(channel, webhook.headers.iter().map(|(_, value)| value).chain(signing).chain([&url]))
}

/// Hashes what is written to it, so that the text of a large definition is never in memory as a whole.
struct FingerprintHasher(blake3::Hasher);

impl fmt::Write for FingerprintHasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// A hash over a definition and the secrets in it, which its `Debug` leaves out.
fn print<'a>(what: &impl Debug, secrets: impl IntoIterator<Item = &'a SecretString>) -> blake3::Hash {
    let mut hasher = FingerprintHasher(blake3::Hasher::new());
    // A hasher refuses nothing.
    let _ = write!(hasher, "{what:?}");
    let FingerprintHasher(mut hasher) = hasher;
    for secret in secrets {
        hasher.update(blake3::hash(secret.expose_secret().as_bytes()).as_bytes());
    }
    hasher.finalize()
}

impl fmt::Display for ConfigChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [("sources", &self.sources), ("watches", &self.watches), ("channels", &self.channels)];
        let texts: Vec<String> = parts
            .into_iter()
            .filter(|(_, difference)| !difference.is_empty())
            .map(|(what, difference)| {
                let NameChanges { added, removed, changed } = difference;
                format!("{what}: {} added, {} removed, {} changed", added.len(), removed.len(), changed.len())
            })
            .collect();
        f.write_str(if texts.is_empty() { "only settings changed" } else { "" })?;
        f.write_str(&texts.join("; "))
    }
}
