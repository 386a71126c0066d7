//! `marsad items`: lists stored items.

use crate::cli::exit::{UnknownName, limit};
use crate::cli::output::Column;
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::server::json;
use crate::source::SourceId;
use crate::store::ItemQuery;

/// Options of `marsad items`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  marsad items --source una-ar --limit 5\n  marsad items --json | jq -r .title")]
pub struct ItemsArgs {
    /// List only items of this source.
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// The most rows to list.
    #[arg(long, default_value_t = 20, value_parser = limit, value_name = "N")]
    limit: usize,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

/// The columns of the listing.
const COLUMNS: [Column; 5] = [
    Column::whole("FIRST SEEN"),
    Column::name("SOURCE"),
    Column::whole("LANG"),
    Column::id("ID"),
    Column::text("TITLE"),
];

/// Lists items, newest first.
///
/// # Errors
/// If the store cannot be read.
pub async fn run(args: &ItemsArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let known: Vec<&str> = config.sources.iter().map(|source| source.id.as_str()).collect();
    UnknownName::unless_known("source", args.source.as_deref(), &known)?;
    let store = session.store(config).await?;
    let source = args.source.as_ref().map(SourceId::new);
    let items = store.items(&ItemQuery { before: None, limit: args.limit, source }).await?;
    if args.json {
        for (_, item) in &items {
            session.out.json(&json::item(item))?;
        }
        return Ok(Exit::Ok);
    }
    if items.is_empty() {
        let sources = session.command("sources");
        session.say(&format!("no items yet: the first visit of a source stores them; {sources} shows when it is due"));
    }
    let now = session.clock.now();
    let row = |(_, stored): &(i64, crate::store::StoredItem)| {
        let lang = stored.item.lang.as_ref().map_or("-", |lang| lang.as_str()).to_owned();
        let seen = session.out.time(Some(stored.first_seen), now);
        vec![seen, stored.source.to_string(), lang, stored.id.to_string(), stored.item.title.clone()]
    };
    let rows = items.iter().map(row).collect();
    session.out.table(&COLUMNS, rows)?;
    Ok(Exit::Ok)
}
