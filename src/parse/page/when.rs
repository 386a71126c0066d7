//! When the page says that its article was published: only with evidence, most believed first.

use jiff::civil::Date;

use super::head::Head;
use super::outline::Outline;
use crate::date::scan::Found;
use crate::date::{Evidence, Moment, Published, Setting, scan, stamp};
use crate::parse::plain::cut;

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
pub struct When {
    /// The claim.
    pub published: Published,
    /// The day as it was written, in the page's own zone.
    pub day: Date,
}

/// The date of the page's article; none without evidence.
#[must_use]
pub fn when(
    outline: &Outline<'_>,
    head: &Head,
    heading: Option<usize>,
    text: &str,
    setting: &Setting<'_>,
) -> Option<When> {
    let told = head.article.published.iter().map(String::as_str).chain(head.metas(METAS));
    let told = told.filter_map(|value| stamped(value, Evidence::Meta, setting)).next();
    let seen = || timed(outline, heading, setting).or_else(|| shown(outline, heading, setting));
    match told {
        Some(told) => Some(local(told, seen())),
        None => seen().or_else(|| dateline(text, setting)),
    }
}

/// A moment in UTC with the day that the page shows beside it, where that is the same moment in the page's own zone.
fn local(told: When, seen: Option<When>) -> When {
    let beside = seen.filter(|seen| told.day.until(seen.day).is_ok_and(|apart| apart.get_days().abs() == 1));
    match (told.published.at, beside) {
        (Moment::Instant(_), Some(seen)) => When { day: seen.day, ..told },
        _ => told,
    }
}

fn stamped(value: &str, from: Evidence, setting: &Setting<'_>) -> Option<When> {
    let found = stamp::found(value, setting)?;
    Some(When { published: Published { at: found.moment, from }, day: found.day })
}

/// The parts near the headline: from a little above it to where the text is well begun.
fn near(outline: &Outline<'_>, heading: Option<usize>) -> std::ops::Range<usize> {
    match heading {
        Some(heading) => heading.saturating_sub(80)..(outline.parts[heading].end + NEAR).min(outline.parts.len()),
        None => 0..outline.parts.len(),
    }
}

/// A `time` element, or one whose item property says so, near the headline.
fn timed(outline: &Outline<'_>, heading: Option<usize>, setting: &Setting<'_>) -> Option<When> {
    let value = |at: usize| outline.attr(at, "datetime").or_else(|| outline.attr(at, "content"));
    let published = |at: &usize| {
        outline.attr(*at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("datePublished"))
            || outline.attr(*at, "pubdate").is_some()
    };
    let sure = (0..outline.parts.len()).filter(published);
    let after = near(outline, heading);
    let after = heading.unwrap_or(after.start)..after.end;
    let times = after.filter(|at| heading.is_some() && outline.name(*at) == "time");
    sure.chain(times).find_map(|at| {
        let text = value(at).map(str::to_owned).unwrap_or_else(|| outline.text(at, 200));
        stamped(&text, Evidence::Meta, setting)
    })
}

/// A line that looks like a date's own, near the headline.
fn shown(outline: &Outline<'_>, heading: Option<usize>, setting: &Setting<'_>) -> Option<When> {
    let (heading, range) = (heading?, near(outline, heading));
    let after = heading..range.end;
    let hinted = |at: &usize| {
        let letters = outline.parts[*at].element.map_or(0, |_| outline.letters(*at));
        (5..160).contains(&letters) && has_word(&outline.parts[*at].hints, HINTS)
    };
    let before = (range.start..heading).filter(|at| hinted(at) && !is_clock(outline, *at));
    let said = after
        .clone()
        .filter(hinted)
        .chain(before)
        .find_map(|at| stamped(&outline.text(at, 200), Evidence::Text, setting));
    let short = |at: &usize| outline.parts[*at].element.is_none() && (6..60).contains(&outline.letters(*at));
    said.or_else(|| {
        after
            .filter(short)
            .map(|at| outline.text(at, 120))
            .filter(|line| has_year(line))
            .find_map(|line| scanned(&line, setting))
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

fn scanned(line: &str, setting: &Setting<'_>) -> Option<When> {
    let found = scan::find(line, setting)?;
    (found.day.year() > 1990)
        .then_some(When { published: Published { at: found.moment, from: Evidence::Text }, day: found.day })
}

/// The dateline with which the text itself begins, or the day that an opening sentence gives with "today". A day that
/// a sentence merely tells of is no evidence, and neither is "today" alone: the page may be read years later.
fn dateline(text: &str, setting: &Setting<'_>) -> Option<When> {
    let opening = || text.lines().take(3);
    let begun = opening().find_map(|line| {
        let head = cut(line, MAX_DATELINE);
        let end = [" - ", " – ", " — ", ": ", ") "].iter().filter_map(|mark| head.find(mark)).max();
        let head = if line.len() == head.len() { head } else { &head[..end?] };
        has_year(head).then(|| scan::find(head, setting)).flatten()
    });
    let found = begun.or_else(|| opening().find_map(|line| today(line, setting)))?;
    Some(When { published: Published { at: found.moment, from: Evidence::Text }, day: found.day })
}

/// The day that a sentence gives with "today": `اليوم الأربعاء 22 سبتمبر 2021`. Other days in a sentence are events.
#[must_use]
pub fn today(text: &str, setting: &Setting<'_>) -> Option<Found> {
    const WORDS: &[&str] = &["اليوم", "امروز", "bugün", "today", "aujourd'hui", "aujourd’hui", "آج"];
    let head = cut(text, 400);
    let lower = head.to_lowercase();
    let text = if lower.len() == head.len() { lower.as_str() } else { head };
    let at = WORDS.iter().filter_map(|word| text.find(word).map(|at| at + word.len())).min()?;
    let after: String = text[at..].chars().take(48).collect();
    has_year(&after).then(|| scan::find(&after, setting)).flatten()
}

/// True where a number of four digits stands: without a year a day in a text is none.
#[must_use]
pub fn has_year(text: &str) -> bool {
    text.split(|c: char| !c.is_numeric()).any(|run| run.chars().count() == 4)
}
