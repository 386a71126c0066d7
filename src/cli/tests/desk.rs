//! A press desk: a configuration, a store with fixed rows, and a site on loopback.

use jiff::Timestamp;
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};

use super::*;
use crate::cli::output::Color;
use crate::clock::Clock;
use crate::config::file::Environment;
use crate::item::{Item, TextState};
use crate::net::rude_server::{RudeAnswer, RudeServer};
use crate::parse::page::layout::known_layout::LayoutBaseline;
use crate::parse::page::layout::observed_layout::Layout;
use crate::store::Store;
use crate::telemetry::log::LogFormat;
use crate::text::lang::Lang;

/// Noon on 15 January 2027, in seconds.
const NOW: i64 = 1_800_014_400;

pub(super) struct Desk {
    folder: tempfile::TempDir,
    site: RudeServer,
    clock: Clock,
}

const FEED: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title><link>https://example.org/</link>
<item><title>Aid convoy reaches Gaza</title><link>https://example.org/news/1</link><guid>1</guid>
<pubDate>Fri, 15 Jan 2027 09:00:00 GMT</pubDate><description>The convoy arrived in the morning.</description></item>
<item><title>Council meets in Jeddah</title><link>https://example.org/news/2</link><guid>2</guid>
<pubDate>Fri, 15 Jan 2027 08:00:00 GMT</pubDate><description>The ministers met for two days.</description></item>
</channel></rss>"#;

/// A copy at a second source, and a report in Turkish.
const STORIES: &str = "
    insert into sighting (item, source_id, address, content_hash, first_at, last_at) values
      (2, 'spa', 'https://www.spa.gov.sa/41', x'00', 1800012600000000, 1800014400000000);
    update sighting set first_at = 1800007200000000, last_at = 1800014400000000 where source_id = 'una-ar';
    update sighting set first_at = 1800003300000000, last_at = 1800014400000000 where source_id = 'wire';
    insert into item_story (item, story, copy_of, share, relation, placed_at, lang) values
      (1, 1, null, null, 'first', 1800003600000000, 'ar'), (2, 1, 1, 0.91, 'text', 1800007200000000, 'ar'),
      (3, 3, null, null, 'first', 1800003300000000, 'tr');
    insert into story_link (item, other, likeness) values (1, 3, 0.82), (3, 1, 0.82);";

impl Desk {
    pub(super) async fn open() -> Self {
        let site = RudeServer::start(|head| match head.split(' ').nth(1) {
            Some("/feed") => RudeAnswer::answer(200, "Content-Type: application/rss+xml", FEED),
            Some("/silent") => RudeAnswer::answer(503, "", ""),
            _ => RudeAnswer::answer(404, "", ""),
        })
        .await;
        let (clock, _) = Clock::manual(Timestamp::from_second(NOW).unwrap());
        let desk = Self { folder: tempfile::tempdir().unwrap(), site, clock };
        std::fs::write(desk.folder.path().join("marsad.toml"), desk.configuration()).unwrap();
        desk.fill().await;
        desk
    }

    fn configuration(&self) -> String {
        let head = format!("state_dir = {:?}\ntimezone = \"Asia/Riyadh\"\n[http]\nlisten = \"\"\n", self.folder.path());
        let source = |id: &str, address: &str| format!("[[source]]\nid = \"{id}\"\n{address}\n");
        let loopback = |path: &str| {
            format!("feed = \"{}\"\nfollow = \"never\"\nallow_networks = [\"127.0.0.1/32\"]", self.site.url(path))
        };
        [
            head,
            source("una-ar", "feed = \"https://una-oic.org/feed/\"\ntags = [\"official\"]\nlang = \"ar\""),
            source("oic-news", "page = \"https://www.oic-oci.org/news/\""),
            source("spa", "feed = \"https://www.spa.gov.sa/rss.xml\"\nname = \"Saudi Press Agency\"\ntier = \"agency\"\npublisher = \"spa\""),
            source("wire", "feed = \"https://wire.example.org/feed\"\nenabled = false"),
            source("loopback", &loopback("/feed")),
            source("silent", &loopback("/silent")),
            "[[watch]]\nid = \"gaza\"\nany = [\"غزة\", \"Gaza\"]\nalert = [\"desk\"]\n".to_owned(),
            "[[watch]]\nid = \"oic\"\nany = [\"منظمة التعاون الإسلامي\", \"OIC\"]\nalert = [\"desk\"]\n".to_owned(),
            "[[channel]]\nid = \"desk\"\nprint = true\n[[channel]]\nid = \"archive\"\nfile = \"archive.jsonl\"\n"
                .to_owned(),
        ]
        .concat()
    }

    async fn fill(&self) {
        let store = Store::open(self.folder.path()).await.unwrap();
        let address = format!("sqlite://{}", store.path().display());
        store.close().await;
        let mut connection = SqliteConnection::connect(&address).await.unwrap();
        sqlx::raw_sql(include_str!("desk.sql")).execute(&mut connection).await.unwrap();
        for (number, source, lang, title, text) in [
            (1, "una-ar", "ar", "انطلاق أعمال الدورة في جدة", "بدأت أعمال الدورة."),
            (2, "una-ar", "ar", "قافلة مساعدات تصل إلى غزة", "وصلت القافلة لغزة."),
            (3, "wire", "tr", "Cidde'de oturum başladı", "Oturumun çalışmaları başladı."),
        ] {
            let item = Item {
                title: title.to_owned(),
                text: text.to_owned(),
                text_state: TextState::Full,
                lang: Lang::parse(lang).ok(),
                ..Item::default()
            };
            let insert = "insert into item (number, id, source_id, content_hash, hash_version, first_seen_at, content)
                          values (?1, 'item' || ?1, ?3, x'00', 1, (1800000000 + ?1 * 3600) * 1000000, ?2);";
            let content = json!(item).to_string();
            sqlx::query(insert).bind(number).bind(content).bind(source).execute(&mut connection).await.unwrap();
            let sight = "insert into sighting (item, source_id, address, content_hash, first_at, last_at)
                         values (?1, ?2, '', x'00', 0, 0)";
            sqlx::query(sight).bind(number).bind(source).execute(&mut connection).await.unwrap();
        }
        sqlx::raw_sql(STORIES).execute(&mut connection).await.unwrap();
        let layout = r#"{"version":1,"groups":[{"path":"a h2.title article main","items":9}]}"#;
        let seen = Timestamp::from_second(NOW - 86_400).unwrap();
        let layout = LayoutBaseline::from_layout(&Layout::from_stored(layout).unwrap(), seen).stored();
        let learn = "insert into page_memory (source_id, places) values ('oic-news', ?1)";
        sqlx::query(learn).bind(layout).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Adds to the configuration.
    pub(super) fn configure(&self, text: &str) {
        let all = self.configuration() + text;
        std::fs::write(self.folder.path().join("marsad.toml"), all).unwrap();
    }

    /// Changes the store.
    pub(super) async fn sql(&self, statements: &'static str) {
        let address = format!("sqlite://{}", self.folder.path().join("marsad.db").display());
        let mut connection = SqliteConnection::connect(&address).await.unwrap();
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The output of a command, without the port and folder of this run, and its exit code.
    pub(super) async fn run(&self, arguments: &[&str], width: Option<usize>) -> String {
        let path = self.folder.path().join("marsad.toml");
        let config =
            Config::load_in(Some(&path), &Environment::read_only()).unwrap_or_else(|report| panic!("{report}"));
        let global = Global {
            config: Some(path),
            log_level: None,
            log_format: LogFormat::Auto,
            color: Color::Never,
            quiet: true,
        };
        let mut out = output::Output::in_memory(width);
        out.zone = config.timezone.clone();
        let mut session = Session { global, clock: self.clock.clone(), out };
        let cli = Cli::try_parse_from(["marsad"].iter().chain(arguments)).unwrap();
        let ended = self.command(cli.command, &mut session, &config).await;
        let folder = self.folder.path().display().to_string();
        let end = match ended {
            Ok(Exit::Ok) => String::new(),
            Ok(exit) => format!("exit: {exit:?}\n"),
            Err(error) => format!("error: {error:#}\n"),
        };
        format!("{}{end}", session.out.written())
            .replace(&folder, "/var/lib/marsad")
            .replace(&format!(":{}", self.site.port()), ":8765")
    }

    async fn command(&self, command: Command, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
        match command {
            Command::Check(args) => check::run(&args, session),
            Command::Match(args) => r#match::run(&args, session),
            Command::Status(args) => status::run(&args, session, config, None).await,
            Command::Sources(args) => sources::run(&args, session, config).await,
            Command::Items(args) => items::run(&args, session, config).await,
            Command::Explain(args) => explain::run(&args, session, config).await,
            Command::Stories(args) => stories::run(&args, session, config).await,
            Command::Backtest(args) => backtest::run(&args, session, config).await,
            Command::Deliveries(command) => deliveries::run(&command, session, config).await,
            Command::Channel(command) => channel::run(&command, session, config).await,
            Command::Visit(args) => visit::run(&args, session, config).await,
            _ => anyhow::bail!("the desk does not run this command"),
        }
    }
}
