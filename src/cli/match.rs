//! `marsad match`: whether a text matches, where, and how.

use std::io::Read;

use anyhow::Context;
use serde_json::json;

use crate::alert::{Field, Hit, How, WatchId};
use crate::cli::output::{clean, isolated};
use crate::cli::{Exit, Session, output};
use crate::config::Config;
use crate::source::SourceId;
use crate::text::lang::Lang;
use crate::watch::compile::Watches;
use crate::watch::{OncePer, Reading, Revisions, SourceFilter, Watch};

/// Options of `marsad match`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  marsad match \"زيارة إلى غزة اليوم\"\n  marsad match --watch gaza - < article.txt\n  \
                        marsad match --query '(OIC OR \"منظمة التعاون الإسلامي\") NOT title:sport' - < \
                        article.txt\n\nOf several lines the first is the headline. Exits 1 where nothing matches."
)]
pub struct Args {
    /// Try this watch alone.
    #[arg(long, value_name = "WATCH", conflicts_with = "query")]
    watch: Option<String>,
    /// Try this query instead of the configured watches; no configuration is needed.
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
    /// The language of the text, such as ar.
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// The text; "-" or nothing reads it from standard input.
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Print one JSON object a line, for each watch.
    #[arg(long)]
    json: bool,
}

/// The most bytes that are read from standard input.
const LONGEST: u64 = 4 << 20;

/// The name that a query on the command line goes by.
const QUERY: &str = "query";

/// What is tried: the watches, and the configuration that they came from.
struct Tried {
    watches: std::sync::Arc<Watches>,
    config: Option<Config>,
}

/// Says of each watch whether the text matches it.
///
/// # Errors
/// A watch that does not exist, a query that is none, a text that cannot be read.
pub fn run(args: &Args, session: &mut Session) -> anyhow::Result<Exit> {
    let tried = match &args.query {
        Some(query) => Tried { watches: single(query)?.into(), config: None },
        None => {
            let config = Config::load(session.global.config.as_deref())?;
            Tried { watches: std::sync::Arc::clone(&config.watches), config: Some(config) }
        }
    };
    let chosen: Vec<&Watch> = tried
        .watches
        .all()
        .iter()
        .filter(|watch| args.watch.as_ref().is_none_or(|id| watch.id.as_str() == id))
        .collect();
    if let (Some(id), true) = (&args.watch, chosen.is_empty()) {
        let known: Vec<&str> = tried.watches.all().iter().map(|watch| watch.id.as_str()).collect();
        anyhow::bail!("there is no watch {id:?}; the configuration has: {}", known.join(", "));
    }
    let text = text(args.text.as_deref())?;
    let (title, body) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    anyhow::ensure!(!title.is_empty(), "there is no text to look at");
    let lang = args.lang.as_deref().map(Lang::parse).transpose()?;
    let mut any = false;
    for watch in chosen {
        let (source, tags) = stand_in(watch, tried.config.as_ref());
        let reading =
            Reading { title, summary: "", text: body.trim(), lang: lang.as_ref(), source: &source, tags: &tags };
        let hit = tried.watches.evaluate(&reading).into_iter().find(|hit| hit.watch == watch.id);
        any |= hit.is_some();
        tell(args.json, watch, hit.as_ref(), session)?;
    }
    Ok(if any { Exit::Ok } else { Exit::Failed })
}

fn text(given: Option<&str>) -> anyhow::Result<String> {
    match given {
        Some(text) if text != "-" => Ok(text.to_owned()),
        _ => {
            let mut text = Vec::new();
            std::io::stdin().lock().take(LONGEST).read_to_end(&mut text).context("reading standard input")?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        }
    }
}

fn single(query: &str) -> anyhow::Result<Watches> {
    let watch = Watch {
        id: WatchId::new(QUERY),
        any: Vec::new(),
        all: Vec::new(),
        none: Vec::new(),
        query: Some(query.to_owned()),
        lang: Vec::new(),
        sources: Vec::new(),
        fields: Vec::new(),
        once_per: OncePer::default(),
        revisions: Revisions::default(),
        urgent: false,
        alert: Vec::new(),
    };
    let (watches, doubts) = Watches::compile(&[watch], &[]).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(|problem| pointed(query, problem)).collect();
        anyhow::anyhow!("{}", told.join("; "))
    })?;
    for doubt in &doubts {
        output::complain(&pointed(query, doubt));
    }
    Ok(watches)
}

/// A problem with the place in the query that it is about.
fn pointed(query: &str, problem: &crate::watch::Problem) -> String {
    let place = problem.span.map(|(start, length)| {
        let part: String = query.chars().skip(start).take(length.max(1)).collect();
        format!("at character {} ({}): ", start + 1, isolated(&clean(&part)))
    });
    format!("the query, {}{}; {}", place.unwrap_or_default(), problem.message, problem.remedy)
}

/// A source that the watch listens to: a text from the command line comes from none.
fn stand_in(watch: &Watch, config: Option<&Config>) -> (SourceId, Vec<String>) {
    let sources = config.map(|config| config.sources.as_slice()).unwrap_or_default();
    let wanted = |source: &crate::source::Source| {
        watch.sources.is_empty()
            || watch.sources.iter().any(|filter| match filter {
                SourceFilter::Id(id) => *id == source.id,
                SourceFilter::Tag(tag) => source.tags.contains(tag),
            })
    };
    let found = sources.iter().find(|source| wanted(source));
    found.map_or((SourceId::default(), Vec::new()), |source| (source.id.clone(), source.tags.clone()))
}

fn tell(json: bool, watch: &Watch, hit: Option<&Hit>, session: &mut Session) -> anyhow::Result<()> {
    if json {
        let (matches, total) = hit.map_or((&[][..], 0), |hit| (hit.matches.as_slice(), hit.total));
        let value = json!({
            "watch": watch.id, "matched": hit.is_some(), "matches": matches, "matches_total": total,
        });
        return Ok(session.out.json(&value)?);
    }
    let Some(hit) = hit else { return Ok(session.out.line(format!("{}: no match", watch.id))?) };
    let places = match hit.total {
        0 => "matches: nothing stands against it, and it names no term to be found".to_owned(),
        1 => "matches in 1 place".to_owned(),
        total => format!("matches in {total} places"),
    };
    session.out.line(format!("{}: {places}", watch.id))?;
    for found in &hit.matches {
        let place = format!("{} {}–{}", field(found.field), found.start, found.end);
        let (text, term) = (isolated(&clean(&found.text)), isolated(&clean(&found.term)));
        session.out.line(format!("  {place:<14} {text} for {term}{}", how(&found.how)))?;
        session.out.line(format!("  {:<14} {}", "", isolated(&clean(&found.context))))?;
    }
    Ok(())
}

fn field(field: Field) -> &'static str {
    if field == Field::Title { "headline" } else { "text" }
}

fn how(how: &How) -> String {
    let parts = [("prefix", &how.prefix), ("suffix", &how.suffix), ("by", &how.variant)];
    let told: Vec<String> =
        parts.iter().filter_map(|(name, part)| Some(format!("{name} {}", isolated(part.as_ref()?)))).collect();
    if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
}
