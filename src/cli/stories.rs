//! `marsad stories`: lists the stories that several sources carried or that have reports in several languages, or shows who
//! carried one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::exit::{WrongArgument, limit};
use crate::cli::output::{Column, clean};
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::item::ItemId;
use crate::source::Tier;
use crate::store::{Store, StoryMember};

/// Options of `marsad stories`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  marsad stories --limit 5\n  marsad stories show 7c1v0w9k3m5x2p8q4r6t"
)]
pub struct StoriesArgs {
    /// The subcommand; without one, the stories are listed.
    #[command(subcommand)]
    command: Option<StoriesCommand>,
    /// The options of the listing.
    #[command(flatten)]
    list: StoriesListArgs,
}

/// The subcommands of `marsad stories`.
#[derive(Debug, clap::Subcommand)]
enum StoriesCommand {
    /// Show who carried a story: each outlet, how long after the first, and how much of the text it shares.
    #[command(after_help = "Example: marsad stories show 7c1v0w9k3m5x2p8q4r6t")]
    Show {
        /// The id of the story or of one of its items.
        id: String,
        /// Print one JSON object per report.
        #[arg(long)]
        json: bool,
    },
}

/// Options of the listing.
#[derive(Debug, clap::Args)]
struct StoriesListArgs {
    /// The most rows to list.
    #[arg(long, default_value_t = 20, value_parser = limit, value_name = "N")]
    limit: usize,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

/// The columns of the stories.
const STORIES: [Column; 5] = [
    Column::whole("FIRST SEEN"),
    Column::whole("ITEMS"),
    Column::whole("SOURCES"),
    Column::id("ID"),
    Column::text("TITLE"),
];

/// The columns of the reports of a story.
const REPORTS: [Column; 8] = [
    Column::whole("SEEN"),
    Column::whole("AFTER"),
    Column::name("PUBLISHER"),
    Column::whole("TIER"),
    Column::whole("LANG"),
    Column::whole("REPORT"),
    Column::whole("SHARE"),
    Column::text("OUTLET"),
];

/// Lists the stories of more than one report or language, newest first, or shows one.
///
/// # Errors
/// If the store cannot be read or there is no such story.
pub async fn run(args: &StoriesArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    match &args.command {
        Some(StoriesCommand::Show { id, json }) => show(id, *json, session, config).await,
        None => list(&args.list, session, config).await,
    }
}

async fn list(args: &StoriesListArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let stories = session.store(config).await?.stories(None, args.limit).await?;
    if args.json {
        for story in &stories {
            session.out.json(&json!({
                "id": story.id, "title": story.title, "items": story.items, "sources": story.sources,
                "first_seen": story.first_seen, "last_joined": story.last_joined,
            }))?;
        }
        return Ok(Exit::Ok);
    }
    if stories.is_empty() {
        session.say(
            "no stories yet: a story is listed when a second source, a second report or another language carries it",
        );
    }
    let now = session.clock.now();
    let mut rows = Vec::with_capacity(stories.len());
    for story in stories {
        let seen = session.out.time(Some(story.first_seen), now);
        rows.push(vec![seen, story.items.to_string(), story.sources.to_string(), story.id.to_string(), story.title]);
    }
    session.out.table(&STORIES, rows)?;
    Ok(Exit::Ok)
}

async fn show(id: &str, json: bool, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let store = session.store(config).await?;
    let members = store.story(&identified(id, &store).await?).await?;
    let Some(first) = members.first() else {
        let what = format!("the item `{id}` has no story: it was listed at a first visit and could not alert");
        return Err(WrongArgument(what).into());
    };
    let reports: Vec<CarriedReport<'_>> = (0..members.len()).map(|n| CarriedReport::of(&members, n, config)).collect();
    if json {
        for report in &reports {
            session.out.json(&report.json())?;
        }
        return Ok(Exit::Ok);
    }
    session.out.line(&first.title)?;
    session.out.line(summary(&reports))?;
    session.out.line("")?;
    let rows = reports.iter().map(|report| report.row(session)).collect();
    session.out.table(&REPORTS, rows)?;
    Ok(Exit::Ok)
}

/// The item whose id was typed, in full or so much of it that no other id begins like it.
async fn identified(typed: &str, store: &Store) -> anyhow::Result<ItemId> {
    let mut found = store.items_named(typed, 2).await?;
    if let Some(exact) = found.iter().position(|id| id.as_str() == typed) {
        return Ok(found.swap_remove(exact));
    }
    let typed = clean(typed);
    match found.len() {
        0 => Err(WrongArgument(format!("no story or item is called `{typed}`; list them with marsad stories")).into()),
        1 => Ok(found.swap_remove(0)),
        _ => Err(WrongArgument(format!("`{typed}` is the beginning of several ids; type more of it")).into()),
    }
}

/// How many reports, publishers and languages a story has.
fn summary(reports: &[CarriedReport<'_>]) -> String {
    let publishers: BTreeSet<&str> = reports.iter().map(|report| report.publisher.as_str()).collect();
    let langs: BTreeSet<&str> = reports.iter().filter_map(|report| report.member.lang.as_deref()).collect();
    let counted = |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
    format!(
        "{} by {} in {}",
        counted(reports.len(), "report", "reports"),
        counted(publishers.len(), "publisher", "publishers"),
        counted(langs.len().max(1), "language", "languages"),
    )
}

/// One report of a story, with what the configuration says of its source.
struct CarriedReport<'m> {
    member: &'m StoryMember,
    outlet: String,
    publisher: String,
    tier: Option<Tier>,
    first_at: Timestamp,
    kind: &'static str,
    /// The share of its words that an earlier text of the story has, from 0 to 1.
    share: Option<f64>,
}

/// The share from which a copy counts as unchanged. Chosen by hand: one word in fifty.
const UNCHANGED: f64 = 0.98;

impl<'m> CarriedReport<'m> {
    fn of(members: &'m [StoryMember], n: usize, config: &Config) -> Self {
        let member = &members[n];
        let source = config.source(member.source.as_str());
        let host = source.and_then(|source| source.address.url().host_str()).unwrap_or(member.source.as_str());
        let publisher = source.and_then(|source| source.publisher.clone());
        let is_first_text = member.item == members[0].item;
        let share = if is_first_text { Some(1.0) } else { member.share };
        let kind = match (n, is_first_text || member.copy_of.is_some()) {
            (0, _) => "first",
            _ if member.likeness.is_some() => "other language",
            (_, true) if share.is_none_or(|share| share >= UNCHANGED) => "copy",
            (_, true) => "edited",
            (_, false) => "own report",
        };
        Self {
            member,
            outlet: config.display.source(member.source.as_str()).to_owned(),
            publisher: publisher.unwrap_or_else(|| host.strip_prefix("www.").unwrap_or(host).to_owned()),
            tier: source.and_then(|source| source.tier),
            first_at: members[0].first_seen,
            kind,
            share: share.filter(|_| n > 0 && member.likeness.is_none()),
        }
    }

    fn tier(&self) -> Option<&'static str> {
        self.tier.map(Tier::as_str)
    }

    /// How long after the first report of the story it was seen; negative for an earlier one in another language.
    fn after(&self) -> String {
        let minutes = self.member.first_seen.duration_since(self.first_at).as_mins();
        let (sign, minutes) = (if minutes < 0 { "-" } else { "" }, minutes.unsigned_abs());
        if minutes < 60 { format!("{sign}{minutes}m") } else { format!("{sign}{}h{:02}m", minutes / 60, minutes % 60) }
    }

    fn row(&self, session: &Session) -> Vec<String> {
        let member = self.member;
        vec![
            session.out.time(Some(member.first_seen), session.clock.now()),
            self.after(),
            self.publisher.clone(),
            self.tier().unwrap_or("-").to_owned(),
            member.lang.clone().unwrap_or_else(|| "-".to_owned()),
            self.kind.to_owned(),
            self.share.map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0)),
            self.outlet.clone(),
        ]
    }

    fn json(&self) -> Value {
        let member = self.member;
        json!({
            "item": member.item,
            "source": member.source,
            "name": self.outlet,
            "publisher": self.publisher,
            "tier": self.tier(),
            "url": Some(&member.address).filter(|address| !address.is_empty()),
            "title": member.title,
            "lang": member.lang,
            "agency": member.agency,
            "first_seen": member.first_seen,
            "last_seen": member.last_seen,
            "delay_seconds": member.first_seen.duration_since(self.first_at).as_secs(),
            "report": self.kind,
            "copy_of": member.copy_of,
            "share": self.share,
            "likeness": member.likeness,
        })
    }
}
