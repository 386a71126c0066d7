//! Tests valid and broken configurations.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use secrecy::ExposeSecret;

use super::file::Environment;
use super::report::Report;
use super::{Config, SmtpSecurity};
use crate::channel::{BodyFormat, ChannelKind};
use crate::source::{FirstVisit, Follow, SourceKind, VisitInterval};

mod bounds;
mod broken;
mod reload;
mod remedies;
mod secrets;
mod shipped;
mod syntax;

const NEWSROOM: &str = include_str!("newsroom.toml");
const SIGNING: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// A folder with a configuration in it.
struct ConfigFolder {
    folder: tempfile::TempDir,
}

impl ConfigFolder {
    fn new(text: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.write("marsad.toml", text);
        desk
    }

    /// A folder with the newsroom's configuration and everything that it refers to.
    fn newsroom() -> Self {
        let desk = Self::new(NEWSROOM);
        for (name, text) in [
            ("credentials/token", "a-long-and-secret-token\n"),
            ("credentials/partner", SIGNING),
            ("secrets/partner-old", SIGNING),
            ("secrets/partner-url", "https://partner.example.net/hooks/s3cr3t\n"),
            ("secrets/smtp", "correct horse\r\n"),
            ("secrets/wire", "Bearer s3cr3t"),
            ("body.json.j2", "{\"text\": {{ 1 }}}"),
        ] {
            desk.write(name, text);
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn around(&self) -> Environment {
        Environment {
            state_directory: Some(self.path("state")),
            credentials: Some(self.path("credentials")),
            ..Environment::default()
        }
    }

    fn load(&self) -> Result<Config, Report> {
        Config::load_in(Some(&self.path("marsad.toml")), &self.around())
    }

    /// The rendered problems, without the path of the folder.
    fn problems(&self) -> String {
        let report = self.load().expect_err("the configuration is broken");
        report.render(false).replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[test]
fn the_configuration_of_a_newsroom_is_read_completely() {
    let desk = ConfigFolder::newsroom();
    let config = desk.load().unwrap_or_else(|report| panic!("{report}"));
    let warnings: Vec<&str> = config.warnings.warnings().iter().map(|warning| warning.message.as_str()).collect();
    let count = |words: &str| warnings.iter().filter(|warning| warning.contains(words)).count();
    assert_eq!(
        (count("nothing uses the channel"), count("matches no file"), warnings.len()),
        (2, 1, 3),
        "{warnings:?}"
    );
    assert_eq!(config.state_dir, desk.path("state"));
    assert_eq!(config.timezone.iana_name(), Some("Africa/Cairo"));
    assert_eq!(config.http.token.as_ref().unwrap().expose_secret(), "a-long-and-secret-token");
    assert_eq!((config.fetch.max_body, config.fetch.per_host), (4 << 20, 2));
    assert!(config.fetch.proxy.is_some() && !config.fetch.obey_robots);
    let smtp = config.smtp.as_ref().unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("mail.example.net", 465, SmtpSecurity::Tls));
    assert_eq!(smtp.user.as_deref(), Some("watch@example.net"));
    assert_eq!(smtp.password.as_ref().unwrap().expose_secret(), "correct horse");
    assert_eq!(config.retention.deliveries, SignedDuration::from_hours(28 * 24));
    assert_eq!(config.health.alert[0].as_str(), "night-desk");
    let watch = &config.watches.all()[0];
    assert_eq!((watch.any.len(), watch.sources.len(), watch.urgent), (4, 2, true));
}

#[test]
fn a_recipient_is_the_bare_address_whatever_its_display_name() {
    let load = |recipients: &str| {
        let smtp = "[smtp]\nurl = \"smtps://mail.münchen.example\"\nfrom = \"مرصد <marsad@münchen.example>\"\nhelo = \"monitor.münchen.example\"\n";
        let config = ConfigFolder::new(&format!("{smtp}[[channel]]\nid = \"press\"\nemail = [{recipients}]\n")).load();
        config.unwrap_or_else(|report| panic!("{report}"))
    };
    let (bare, named) = (load("\"desk@example.org\""), load("\"السفير <desk@example.org>\""));
    let channel = named.channel("press").unwrap();
    assert_eq!(channel.recipients(), bare.channel("press").unwrap().recipients(), "a name makes no second delivery");
    assert_eq!(channel.name_of("desk@example.org"), Some("السفير"));
    let smtp = named.smtp.as_ref().unwrap();
    assert_eq!(
        (smtp.host.as_str(), smtp.from.bare()),
        ("mail.xn--mnchen-3ya.example", "marsad@xn--mnchen-3ya.example")
    );
    assert_eq!(smtp.helo.as_deref(), Some("monitor.xn--mnchen-3ya.example"));
    assert_eq!(named.render_settings().smtp_domain, "xn--mnchen-3ya.example");
}

#[test]
fn a_credential_outside_the_unit_is_a_warning_to_readers_and_an_error_to_the_daemon() {
    let text = "[http]\ntoken = { credential = \"token\" }\n[[source]]\nid = \"s\"\nfeed = \"https://example.net/feed\"\n\
                headers = { Authorization = { credential = \"wire\" } }\n[[channel]]\nid = \"c\"\n\
                webhook = { credential = \"address\" }\nsecret = { credential = \"signing\" }\n";
    let desk = ConfigFolder::new(text);
    let outside = Environment { credentials: None, unit_credentials: Some(desk.path("unit")), ..desk.around() };
    let load = |around: &Environment| Config::load_in(Some(&desk.path("marsad.toml")), around);
    assert_eq!(load(&outside).unwrap_err().errors().len(), 4);
    let onlooker = Environment { lenient: true, ..outside.clone() };
    let config = load(&onlooker).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(config.unread, ["token", "wire", "address", "signing"]);
    assert_eq!(config.warnings.warnings().len(), 5, "four credentials, and an unused channel: {}", config.warnings);
    assert!(config.sources[0].headers.is_empty(), "a placeholder is never sent");
    for (name, secret) in [("token", "a-long-and-secret-token"), ("wire", "x"), ("signing", SIGNING)] {
        desk.write(&format!("unit/{name}"), secret);
    }
    desk.write("unit/address", "https://partner.example.net/");
    assert!(load(&outside).unwrap().unread.is_empty(), "the running unit's are taken where they can be read");
}

#[test]
fn a_newsroom_has_sources_of_five_kinds() {
    let config = ConfigFolder::newsroom().load().unwrap_or_else(|report| panic!("{report}"));
    let wire = config.source("wire-ar").unwrap();
    assert_eq!(wire.encoding.unwrap().name(), "windows-1256");
    assert_eq!((wire.follow, wire.first_visit, wire.max_items), (Follow::Always, FirstVisit::Latest(3), 50));
    assert_eq!(wire.headers.len(), 2);
    assert_eq!(wire.tags, ["wire", "رسمي"]);
    let intranet = config.source("intranet").unwrap();
    let SourceKind::Page(Some(selectors)) = &intranet.kind else { panic!("a page with selectors") };
    assert_eq!(selectors.link.as_ref().unwrap().attribute.as_deref(), Some("href"));
    assert!(matches!(&intranet.every, VisitInterval::Daily(times) if times.len() == 2));
    let kinds: Vec<&str> = config.sources.iter().map(|source| source.kind.as_str()).collect();
    assert_eq!(kinds, ["feed", "page", "bulletin", "article", "sitemap"]);
}

#[test]
fn a_newsroom_has_channels_of_four_kinds() {
    let desk = ConfigFolder::newsroom();
    let config = desk.load().unwrap_or_else(|report| panic!("{report}"));
    let kinds: Vec<&str> = config.channels.iter().map(|channel| channel.kind.as_str()).collect();
    assert_eq!(kinds, ["webhook", "webhook", "email", "print", "file"]);
    let ChannelKind::Webhook(partner) = &config.channels[0].kind else { panic!("a webhook") };
    assert_eq!(partner.url.expose().as_str(), "https://partner.example.net/hooks/s3cr3t");
    assert!(partner.previous_secret.is_some());
    assert!(matches!(&partner.format, BodyFormat::Template { text, .. } if text.contains("text")));
    let ChannelKind::File(path) = &config.channels[4].kind else { panic!("a file") };
    assert_eq!(*path, desk.path("archive.jsonl"));
    assert_eq!(config.channels[2].timezone.iana_name(), Some("Asia/Tehran"));
}

#[test]
fn included_files_and_the_consoles_watches_are_read() {
    let desk = ConfigFolder::newsroom();
    let before = desk.load().unwrap().hash;
    desk.write("conf.d/b.toml", "[[source]]\nid = \"b\"\nfeed = \"https://b.example.net/\"\n");
    desk.write("conf.d/.hidden.toml", "nonsense");
    desk.write("state/watches.d/w.toml", "[[watch]]\nid = \"w\"\nany = [\"حج\"]\nalert = [\"mail\"]\n");
    let config = desk.load().unwrap_or_else(|report| panic!("{report}"));
    assert!(config.source("b").is_some());
    assert_eq!(config.watches.all().len(), 2);
    assert_ne!(config.hash, before);
    assert!(config.folders.contains(&desk.path("conf.d")) && config.folders.contains(&desk.path("state/watches.d")));
    let names: Vec<_> = config.files.iter().filter_map(|path| path.strip_prefix(desk.folder.path()).ok()).collect();
    assert_eq!(names[..3], ["marsad.toml", "conf.d/b.toml", "state/watches.d/w.toml"].map(Path::new));
}

#[test]
fn a_changed_secret_is_a_changed_configuration() {
    let desk = ConfigFolder::newsroom();
    let before = desk.load().unwrap();
    assert!(before.files.contains(&desk.path("secrets/smtp")));
    desk.write("secrets/smtp", "another horse");
    assert_ne!(desk.load().unwrap().hash, before.hash);
}

#[test]
fn the_last_good_configuration_is_complete_and_self_contained() {
    let desk = ConfigFolder::newsroom();
    desk.write("conf.d/b.toml", "[[source]]\nid = \"b\"\nfeed = \"https://b.example.net/\"\n");
    let config = desk.load().unwrap();
    fs::create_dir_all(&config.state_dir).unwrap();
    config.keep_as_last_good().unwrap();
    for gone in ["marsad.toml", "conf.d/b.toml", "body.json.j2"] {
        fs::remove_file(desk.path(gone)).unwrap();
    }
    let kept = desk.path("state/last-good.toml");
    let again = Config::load_in(Some(&kept), &desk.around()).unwrap_or_else(|report| panic!("{report}"));
    let ids = |config: &Config| config.sources.iter().map(|source| source.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&config));
    assert_eq!(again.channels.len(), config.channels.len());
    assert_eq!(again.watches.all(), config.watches.all());
    assert_eq!(again.last_good, config.last_good);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&kept).unwrap();
    for secret in ["s3cr3t", "correct horse", "a-long-and-secret-token", SIGNING] {
        assert!(!text.contains(secret), "{secret}");
    }
}
