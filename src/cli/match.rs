//! `marsad match`: tests a text against watches.

use std::io::Read;

use anyhow::Context;
use serde_json::json;

use crate::alert::{Field, MatchForm};
use crate::cli::exit::{UnknownName, WrongArgument};
use crate::cli::output::{clean, counted, isolated};
use crate::cli::{Exit, Session, output, query};
use crate::config::file::Environment;
use crate::config::{Config, lexicon};
use crate::source::SourceId;
use crate::text::lang::{self, Lang};
use crate::watch::compile::Watches;
use crate::watch::explain::{Explanation, NearMiss};
use crate::watch::query::parse;
use crate::watch::{SourceFilter, Watch, WatchInput};

/// Options of `marsad match`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  marsad match \"زيارة إلى غزة اليوم\"\n  marsad match --watch gaza - < article.txt\n  \
                        marsad match --query '(OIC OR \"منظمة التعاون الإسلامي\") NOT title:sport' - < \
                        article.txt\n\nIf the text has several lines, the first is the headline. Exits with 1 if \
                        nothing matches."
)]
pub struct MatchArgs {
    /// Test only this watch.
    #[arg(long, value_name = "WATCH", conflicts_with = "query")]
    watch: Option<String>,
    /// Test this query instead of the configured watches; needs no configuration.
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
    /// The language of the text, such as ar [default: detected from the text].
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// The text to test; if it is missing or "-", standard input is read.
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Print one JSON object per watch, each on one line.
    #[arg(long)]
    json: bool,
}

/// The most bytes that are read from standard input. Chosen by hand.
const MAX_INPUT: u64 = 4 << 20;

/// The watches to test, and the configuration that they came from.
struct MatchSetup {
    watches: std::sync::Arc<Watches>,
    config: Option<Config>,
}

/// Prints for each watch whether the text matches it.
///
/// # Errors
/// If the watch does not exist, the query is invalid, or the text cannot be read.
pub fn run(args: &MatchArgs, session: &mut Session) -> anyhow::Result<Exit> {
    let setup = setup(args, session)?;
    let chosen: Vec<&Watch> = setup
        .watches
        .all()
        .iter()
        .filter(|watch| args.watch.as_ref().is_none_or(|id| watch.id.as_str() == id))
        .collect();
    if setup.watches.all().is_empty() && args.watch.is_none() {
        output::complain("no watch is configured: add a [[watch]], or test a query: marsad match --query 'QUERY' TEXT");
    }
    let known: Vec<&str> = setup.watches.all().iter().map(|watch| watch.id.as_str()).collect();
    UnknownName::unless_known("watch", args.watch.as_deref(), &known)?;
    let text = text(args.text.as_deref())?;
    let (title, body) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    if title.is_empty() {
        return Err(WrongArgument("the text is empty; pass it as an argument or on standard input".to_owned()).into());
    }
    let declared = args.lang.as_deref().map(Lang::parse).transpose();
    let declared = declared.map_err(|error| WrongArgument(error.to_string()))?;
    let lang = lang::of_item(title, body, declared.as_ref(), None);
    let mut any = false;
    for watch in chosen {
        let (source, tags) = stand_in(watch, setup.config.as_ref());
        let reading =
            WatchInput { title, summary: "", text: body.trim(), lang: lang.as_ref(), source: &source, tags: &tags };
        let Some(mut explanation) = setup.watches.explain(&watch.id, &reading) else { continue };
        if explanation.hit.is_none() && explanation.elsewhere.is_none() {
            explanation.elsewhere = origin(watch, &source);
        }
        any |= explanation.hit.is_some();
        print(args.json, &explanation, session)?;
    }
    Ok(if any { Exit::Ok } else { Exit::Failed })
}

/// The watches of the configuration, or the one for a query.
fn setup(args: &MatchArgs, session: &Session) -> anyhow::Result<MatchSetup> {
    let config = Config::load_in(session.global.config.as_deref(), &Environment::read_only());
    match &args.query {
        // A query without concepts needs no configuration.
        Some(query) => {
            let mut concepts = config.as_ref().map(|config| config.concepts.to_vec()).unwrap_or_default();
            lexicon::complete(&mut concepts);
            let watches = query::watch(query, &concepts, config.as_ref().ok())?;
            Ok(MatchSetup { watches: watches.into(), config: None })
        }
        None => {
            let config = config?;
            Ok(MatchSetup { watches: std::sync::Arc::clone(&config.watches), config: Some(config) })
        }
    }
}

fn text(given: Option<&str>) -> anyhow::Result<String> {
    match given {
        Some(text) if text != "-" => Ok(text.to_owned()),
        _ => {
            let mut text = Vec::new();
            std::io::stdin().lock().take(MAX_INPUT).read_to_end(&mut text).context("reading standard input")?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        }
    }
}

/// Why a query with `source:` or `tag:` may not match a text from the command line.
fn origin(watch: &Watch, source: &SourceId) -> Option<String> {
    parse(watch.query.as_deref()?).ok().filter(|expr| !expr.origins().is_empty())?;
    let from = if source.as_str().is_empty() {
        "a text from the command line has no source".to_owned()
    } else {
        format!("a text from the command line is tested as one of {source}")
    };
    Some(format!("the query has `source:` or `tag:`, but {from}"))
}

/// A source that the watch accepts, because a text from the command line has no source.
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

fn print(json: bool, explanation: &Explanation, session: &mut Session) -> anyhow::Result<()> {
    let Explanation { watch, hit, near, elsewhere, .. } = explanation;
    if json {
        let (matches, total) = hit.as_ref().map_or((&[][..], 0), |hit| (hit.matches.as_slice(), hit.total));
        let miss = |miss: &NearMiss| {
            json!({ "term": miss.term, "field": miss.field, "start": miss.start, "end": miss.end, "text": miss.text,
                    "reason": miss.reason })
        };
        let value = json!({
            "watch": watch, "matched": hit.is_some(), "matches": matches, "matches_total": total,
            "near": near.iter().map(miss).collect::<Vec<_>>(), "elsewhere": elsewhere,
        });
        return Ok(session.out.json(&value)?);
    }
    let verdict = match (hit.as_ref().map(|hit| hit.total), elsewhere) {
        (None, Some(elsewhere)) => format!("no match: {elsewhere}"),
        (None, None) => "no match".to_owned(),
        (Some(0), _) => "matches without a term: every condition holds".to_owned(),
        (Some(total), _) => format!("matches in {}", counted(total, "place")),
    };
    session.out.line(format!("{watch}: {verdict}"))?;
    for found in hit.iter().flat_map(|hit| &hit.matches) {
        let place = format!("{} {}–{}", field(found.field), found.start, found.end);
        let (text, term) = (isolated(&clean(&found.text)), isolated(&clean(&found.term)));
        session.out.line(format!("  {place:<14} {text} for {term}{}", how(&found.how)))?;
        session.out.line(format!("  {:<14} {}", "", isolated(&clean(&found.context))))?;
    }
    for miss in near {
        let place = format!("{} {}–{}", field(miss.field), miss.start, miss.end);
        let text = isolated(&clean(&miss.text));
        session.out.line(format!(
            "  near miss {}: {} ({place}, {text})",
            isolated(&clean(&format!("`{}`", miss.term))),
            clean(&miss.reason)
        ))?;
    }
    Ok(())
}

fn field(field: Field) -> &'static str {
    if field == Field::Title { "headline" } else { "text" }
}

fn how(how: &MatchForm) -> String {
    let parts = [("prefix", &how.prefix), ("suffix", &how.suffix), ("by", &how.variant)];
    let parts_used: Vec<String> =
        parts.iter().filter_map(|(name, part)| Some(format!("{name} {}", isolated(part.as_ref()?)))).collect();
    if parts_used.is_empty() { String::new() } else { format!(" ({})", parts_used.join(", ")) }
}
