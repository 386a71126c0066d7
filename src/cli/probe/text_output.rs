//! Prints a survey of an address for a terminal.

use crate::cli::Session;
use crate::cli::document_view;
use crate::cli::output::{Tone, clean, counted, isolated};

use super::input::TypedAddress;
use super::source_block::block;
use super::survey::{FeedTrial, Survey, WatchableSource};

/// How many items are printed of the best choice, and of the others. Chosen by hand.
const SHOWN: usize = 10;
const FEW: usize = 3;

/// Prints the whole survey, the source to paste last.
///
/// # Errors
/// If standard output is closed.
pub(crate) fn survey(
    typed: &TypedAddress,
    survey: &Survey,
    known: &[(String, String)],
    session: &mut Session,
) -> anyhow::Result<()> {
    head(typed, survey, session)?;
    feeds(survey, session)?;
    for (number, choice) in survey.choices.iter().enumerate() {
        self::choice(number, choice, session)?;
    }
    for remark in &survey.remarks {
        session.out.verdict(Tone::Warn, &clean(remark))?;
    }
    paste(survey, known, session)
}

fn head(typed: &TypedAddress, survey: &Survey, session: &mut Session) -> anyhow::Result<()> {
    let document = &survey.document;
    if let Some(missing) = &survey.missing {
        let text = format!("{}: {}; the site has what follows", clean(survey.address.as_str()), clean(missing));
        return Ok(session.out.verdict(Tone::Warn, &text)?);
    }
    let media_type = if document.media_type.is_empty() { "no media type" } else { &document.media_type };
    let facts = format!("{}, {media_type}, {}, {}", survey.kind(), document.encoding, size(survey.bytes));
    session.out.verdict(Tone::Ok, &format!("{}: {}", clean(survey.address.as_str()), clean(&facts)))?;
    if document.address.as_str() != survey.address.as_str() {
        session.out.prose(format!("      redirected to {}", clean(document.address.as_str())))?;
    }
    if typed.addresses.first().is_some_and(|first| *first != survey.address) {
        session.out.prose("      no answer over https; used http")?;
    }
    Ok(())
}

fn feeds(survey: &Survey, session: &mut Session) -> anyhow::Result<()> {
    if !survey.feeds.is_empty() {
        session.out.prose("\nadvertised feeds, best first:")?;
    }
    for (feed, tried) in &survey.feeds {
        let title = if feed.title.is_empty() { "untitled".to_owned() } else { isolated(&clean(&feed.title)) };
        let lang = if feed.lang.is_empty() { String::new() } else { format!(" ({})", clean(&feed.lang)) };
        let line = format!("{title}{lang}  {}  {}", clean(feed.address.as_str()), outcome(tried));
        session.out.prose(format!("  {line}"))?;
    }
    if !survey.places.is_empty() {
        let text = match () {
            () if survey.missing.is_some() => "tried the usual paths:",
            () if survey.feeds.is_empty() => "no feed is advertised; tried the usual paths:",
            () => "no advertised feed works; tried the usual paths:",
        };
        session.out.prose(format!("\n{text}"))?;
    }
    for (place, tried) in &survey.places {
        session.out.prose(format!("  {}  {}", clean(place.as_str()), outcome(tried)))?;
    }
    Ok(())
}

fn outcome(tried: &FeedTrial) -> String {
    match tried {
        None => "not tried".to_owned(),
        Some(Ok(count)) => counted(*count, "item"),
        Some(Err(error)) => clean(error),
    }
}

fn choice(number: usize, choice: &WatchableSource, session: &mut Session) -> anyhow::Result<()> {
    let word = if number == 0 { "read as" } else { "or as" };
    let (kind, address) = (choice.source.kind.as_str(), clean(choice.source.address.as_str()));
    session.out.prose(format!("\n{word} {kind} {address}: {}", clean(&choice.why)))?;
    session.out.prose(format!("  {}", clean(&document_view::facts(&choice.reading))))?;
    if let Some(degraded) = &choice.reading.parsed.degraded {
        session.out.prose(format!("  {}", clean(degraded)))?;
    }
    for line in document_view::linked(&choice.reading.discovered)
        .iter()
        .chain(&document_view::blocks(&choice.reading.parsed.blocks))
    {
        session.out.prose(format!("  {line}"))?;
    }
    let items = &choice.reading.parsed.items;
    let shown = if number == 0 { SHOWN } else { FEW };
    for (n, item) in items.iter().take(shown).enumerate() {
        let [title, facts] = document_view::item(item);
        session.out.prose(format!("  {:>2}. {title}", n + 1))?;
        session.out.prose(format!("      {facts}"))?;
    }
    if items.len() > shown {
        session.out.prose(format!("  … and {} more", items.len() - shown))?;
    }
    Ok(())
}

/// Prints the block of the best choice, and the others as comments.
fn paste(survey: &Survey, known: &[(String, String)], session: &mut Session) -> anyhow::Result<()> {
    let mut taken: Vec<String> = known.iter().map(|(id, _)| id.clone()).collect();
    for (number, choice) in survey.choices.iter().enumerate() {
        let address = choice.source.address.as_str();
        let text = block(&choice.source, &choice.reading.parsed.items, &taken);
        session.out.line("")?;
        if let Some((id, _)) = known.iter().find(|(_, known)| known == address) {
            session.out.line(format!("# already configured as {id}"))?;
        }
        for line in text.lines() {
            session.out.line(if number == 0 { line.to_owned() } else { format!("# {line}") })?;
        }
        taken.extend(text.lines().find_map(|line| Some(line.strip_prefix("id")?.split('"').nth(1)?.to_owned())));
    }
    Ok(())
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes >> 20),
    }
}
