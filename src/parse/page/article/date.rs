//! When the page says that its article was published: only with evidence, most believed first.

use jiff::civil::Date;

use super::date_lines;
use crate::date::text_date::FoundDate;
use crate::date::{DateContext, DateEvidence, Moment, Published, text_date, timestamp};
use crate::parse::page::dom::metadata::Metadata;
use crate::parse::page::dom::outline::Outline;
use crate::parse::page::dom::phrases;
use crate::parse::plain_text::cut;

/// Names of `meta` elements that hold the day of publication.
const METAS: &[&str] = &[
    "article:published_time",
    "article:published",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "publish-date",
    "publishdate",
    "publish_date",
    "pubdate",
    "publication_date",
    "published_time",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "dcterms.date",
    "dc.date",
    "article.published",
    "article:date",
    "date",
    "citation_date",
    "article_date_original",
    "originalpublicationdate",
    "displaydate",
    "rnews:datepublished",
    "shareaholic:article_published_time",
    "bt:pubdate",
    "datecreated",
    "og:pubdate",
    "ptime",
    "last-published",
];
/// How much of a paragraph may be its dateline, in characters.
const MAX_DATELINE: usize = 90;
/// How far past the headline a dateline may stand, in parts.
const NEAR: usize = 400;

/// A date of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageDate {
    /// The claim.
    pub published: Published,
    /// The day as it was written, in the page's own zone.
    pub day: Date,
}

/// The date of the page's article; none without evidence.
#[must_use]
pub fn when(
    outline: &Outline<'_>,
    head: &Metadata,
    heading: Option<usize>,
    text: &str,
    setting: &DateContext<'_>,
) -> Option<PageDate> {
    let told = head.article.published.iter().map(String::as_str).chain(head.metas(METAS));
    let told = told.filter_map(|value| Some((stamped(value, DateEvidence::Meta, setting)?, is_utc(value)))).next();
    let seen = || timed(outline, heading, setting).or_else(|| shown(outline, heading, setting));
    match told {
        Some((told, in_utc)) => Some(local(told, in_utc, in_utc.then(seen).flatten())),
        None => seen().or_else(|| dateline(text, setting)),
    }
}

/// A moment in UTC with the day that the page shows beside it, where that is the same moment in the page's own zone:
/// zones reach 14 hours ahead of it and 12 behind.
fn local(told: PageDate, in_utc: bool, seen: Option<PageDate>) -> PageDate {
    let (Moment::Instant(at), Some(seen), true) = (told.published.at, seen, in_utc) else { return told };
    let hour = at.as_second().rem_euclid(86_400) / 3_600;
    let apart = told.day.until(seen.day).map_or(0, |apart| apart.get_days());
    let same = match seen.published.at {
        Moment::Instant(shown) => (shown.as_second() - at.as_second()).abs() < 3_600,
        Moment::Day(_) => true,
    };
    if same && (apart == 1 && hour >= 10 || apart == -1 && hour < 12) {
        PageDate { day: seen.day, ..told }
    } else {
        told
    }
}

/// True where a moment is written without a zone's own offset.
fn is_utc(value: &str) -> bool {
    let value = value.trim_end();
    ["Z", "z", "+00:00", "+0000", "GMT", "UTC"].iter().any(|zone| value.ends_with(zone))
}

fn stamped(value: &str, from: DateEvidence, setting: &DateContext<'_>) -> Option<PageDate> {
    let found = timestamp::found(value, setting)?;
    Some(PageDate { published: Published { at: found.moment, from }, day: found.day })
}

/// The parts near the headline: from a little above it to where the text is well begun.
fn near(outline: &Outline<'_>, heading: Option<usize>) -> std::ops::Range<usize> {
    match heading {
        Some(heading) => heading.saturating_sub(80)..(outline.parts[heading].end + NEAR).min(outline.parts.len()),
        None => 0..outline.parts.len(),
    }
}

/// True where other articles are announced between the headline and `at`: what stands there is theirs.
fn is_after_others(outline: &Outline<'_>, heading: Option<usize>, at: usize) -> bool {
    let short = |at: &usize| outline.parts[*at].element.is_none() && (4..40).contains(&outline.letters(*at));
    let between = heading.map_or(0..0, |heading| outline.parts[heading].end..at);
    between.filter(short).any(|at| phrases::is_elsewhere(&outline.text(at, 80)))
}

/// A `time` element, or one whose item property says so: of the article, not of what stands beside it.
fn timed(outline: &Outline<'_>, heading: Option<usize>, setting: &DateContext<'_>) -> Option<PageDate> {
    let published = |at: &usize| {
        outline.attr(*at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("datePublished"))
            || outline.attr(*at, "pubdate").is_some()
    };
    let own = |at: &usize| !date_lines::is_beside(outline, *at) && !date_lines::is_later(outline, *at);
    let after = near(outline, heading);
    let all = (0..outline.parts.len()).filter(published).filter(own);
    let sure = after.clone().filter(published).filter(own).chain(all);
    let times =
        (heading.unwrap_or(after.start)..after.end).filter(|at| heading.is_some() && outline.name(*at) == "time");
    sure.chain(times.filter(own)).find_map(|at| {
        let written = outline.attr(at, "datetime").or_else(|| outline.attr(at, "content"));
        let written = written.and_then(|value| stamped(value, DateEvidence::Meta, setting));
        let said = || stamped(date_lines::published(&outline.text(at, 200))?, DateEvidence::Meta, setting);
        written.or_else(said).filter(|_| !is_after_others(outline, heading, at))
    })
}

/// A line that looks like a date's own, near the headline.
fn shown(outline: &Outline<'_>, heading: Option<usize>, setting: &DateContext<'_>) -> Option<PageDate> {
    let (heading, range) = (heading?, near(outline, heading));
    let after = heading..range.end;
    let hinted = |at: &usize| {
        let letters = outline.parts[*at].element.map_or(0, |_| outline.letters(*at));
        (5..160).contains(&letters)
            && has_word(&outline.parts[*at].hints, HINTS)
            && !date_lines::is_beside(outline, *at)
            && !date_lines::is_later(outline, *at)
    };
    let before = (range.start..heading).filter(|at| hinted(at) && !is_clock(outline, *at));
    let own = |at: &usize, found: Option<PageDate>| found.filter(|_| !is_after_others(outline, Some(heading), *at));
    let said = after.clone().filter(hinted).chain(before).find_map(|at| {
        let found = stamped(date_lines::published(&outline.text(at, 200))?, DateEvidence::Text, setting);
        own(&at, found)
    });
    let short = |at: &usize| outline.parts[*at].element.is_none() && (6..60).contains(&outline.letters(*at));
    said.or_else(|| {
        after.filter(short).find_map(|at| {
            let line = Some(outline.text(at, 120)).filter(|line| date_lines::has_year(line))?;
            let found = scanned(date_lines::published(&line)?, setting)?;
            let stray = date_lines::is_beside(outline, at) || date_lines::is_later(outline, at);
            own(&at, Some(found).filter(|_| !stray))
        })
    })
}

/// The words of classes that hold a date.
const HINTS: &str = "date dates time datetime published publish posted meta timestamp tarih fecha datum zeit pubdate dateline byline info data";

/// Words of classes of the head of a site, where today's date stands.
const CLOCKS: &str = "header top today current now masthead clock topbar navbar";

fn has_word(hints: &str, words: &str) -> bool {
    hints.split_whitespace().any(|hint| words.split(' ').any(|word| word == hint))
}

/// True for the day of reading that the head of a site shows: it says nothing of the article.
fn is_clock(outline: &Outline<'_>, at: usize) -> bool {
    std::iter::once(at).chain(outline.above(at)).any(|at| {
        outline.name(at) == "header" || outline.name(at) == "nav" || has_word(&outline.parts[at].hints, CLOCKS)
    })
}

fn scanned(line: &str, setting: &DateContext<'_>) -> Option<PageDate> {
    let found = text_date::find(line, setting)?;
    (found.day.year() > 1990)
        .then_some(PageDate { published: Published { at: found.moment, from: DateEvidence::Text }, day: found.day })
}

/// The dateline with which the text itself begins, or the day that an opening sentence gives with "today". A day that
/// a sentence merely tells of is no evidence, and neither is "today" alone: the page may be read years later.
fn dateline(text: &str, setting: &DateContext<'_>) -> Option<PageDate> {
    let opening = || text.lines().take(3);
    let begun = opening().find_map(|line| {
        let head = cut(line, MAX_DATELINE);
        let end = [" - ", " – ", " — ", ": ", ") "].iter().filter_map(|mark| head.find(mark)).max();
        let head = if line.len() == head.len() { head } else { &head[..end?] };
        date_lines::has_year(head).then(|| text_date::find(head, setting)).flatten()
    });
    let found = begun.or_else(|| opening().find_map(|line| today(line, setting)))?;
    Some(PageDate { published: Published { at: found.moment, from: DateEvidence::Text }, day: found.day })
}

/// The day that a sentence gives with "today": `اليوم الأربعاء 22 سبتمبر 2021`. Other days in a sentence are events.
#[must_use]
pub fn today(text: &str, setting: &DateContext<'_>) -> Option<FoundDate> {
    const WORDS: &[&str] = &["اليوم", "امروز", "bugün", "today", "aujourd'hui", "aujourd’hui", "آج"];
    let head = cut(text, 400);
    let lower = head.to_lowercase();
    let text = if lower.len() == head.len() { lower.as_str() } else { head };
    let at = WORDS.iter().filter_map(|word| text.find(word).map(|at| at + word.len())).min()?;
    let after: String = text[at..].chars().take(48).collect();
    date_lines::has_year(&after).then(|| text_date::find(&after, setting)).flatten()
}
