//! Finds the date of publication of a page's article, from the most reliable evidence; without evidence there is none.

use std::ops::Range;

use jiff::civil::Date;

use super::other_dates;
use crate::date::text_date::FoundDate;
use crate::date::{DateContext, DateEvidence, Moment, Published, text_date, timestamp};
use crate::parse::page::boilerplate_phrases;
use crate::parse::page::dom::flat_tree::Outline;
use crate::parse::page::dom::metadata::Metadata;
use crate::parse::plain_text::cut;

/// Names of `meta` elements with the date of publication, the most reliable first.
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
/// How much of a paragraph can be its dateline, in characters. Chosen by hand.
const MAX_DATELINE: usize = 90;
/// How many lines at the start of a text are searched for a date. Chosen by hand.
const OPENING_LINES: usize = 3;
/// How far before and after the headline a date is looked for, in nodes. Chosen by hand.
const NODES_BEFORE: usize = 80;
const NODES_AFTER: usize = 400;
/// The lengths of a heading of other articles, of an element named as a date's, and of a text with a date, in letters.
/// Chosen by hand.
const HEADING_LETTERS: Range<u32> = 4..40;
const HINTED_LETTERS: Range<u32> = 5..160;
const TEXT_LETTERS: Range<u32> = 6..60;
/// How much of a heading, of an element and of a text is read, in characters. Chosen by hand.
const MAX_HEADING: usize = 80;
const MAX_ELEMENT: usize = 200;
const MAX_TEXT: usize = 120;
/// Earlier years are not dates of publication on the web.
const EARLIEST_YEAR: i16 = 1991;
/// How much of a sentence is searched for "today", and how much follows that word, in characters. Chosen by hand.
const MAX_SENTENCE: usize = 400;
const AFTER_TODAY: usize = 48;
/// Seconds of a day and of an hour.
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
/// From this hour in UTC a place can be in the next day, and before this hour another in the day before: time zones
/// range from 12 hours behind UTC to 14 ahead.
const NEXT_DAY_FROM: i64 = 24 - 14;
const DAY_BEFORE_UNTIL: i64 = 12;

/// A date of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageDate {
    /// The date, and the evidence for it.
    pub published: Published,
    /// The day as written, in the page's own time zone.
    pub day: Date,
}

/// The date of publication of the page's article; none without evidence.
#[must_use]
pub fn published(
    outline: &Outline,
    head: &Metadata,
    heading: Option<usize>,
    text: &str,
    setting: &DateContext<'_>,
) -> Option<PageDate> {
    let values = head.article.published.iter().map(String::as_str).chain(head.metas(METAS));
    let declared =
        values.filter_map(|value| Some((parse_date(value, DateEvidence::Meta, setting)?, is_utc(value)))).next();
    let visible = || time_element(outline, heading, setting).or_else(|| visible_date(outline, heading, setting));
    match declared {
        Some((declared, in_utc)) => Some(with_local_day(declared, in_utc, in_utc.then(visible).flatten())),
        None => visible().or_else(|| dateline(text, setting)),
    }
}

/// A moment in UTC with the day that the page shows, if both can be the same moment in the page's own time zone.
fn with_local_day(declared: PageDate, in_utc: bool, visible: Option<PageDate>) -> PageDate {
    let (Moment::Instant(at), Some(visible), true) = (declared.published.at, visible, in_utc) else { return declared };
    let hour = at.as_second().rem_euclid(DAY) / HOUR;
    let days = declared.day.until(visible.day).map_or(0, |span| span.get_days());
    let same = match visible.published.at {
        Moment::Instant(shown) => (shown.as_second() - at.as_second()).abs() < HOUR,
        Moment::Day(_) => true,
    };
    if same && (days == 1 && hour >= NEXT_DAY_FROM || days == -1 && hour < DAY_BEFORE_UNTIL) {
        PageDate { day: visible.day, ..declared }
    } else {
        declared
    }
}

/// True for a moment that is written in UTC.
fn is_utc(value: &str) -> bool {
    let value = value.trim_end();
    ["Z", "z", "+00:00", "+0000", "GMT", "UTC"].iter().any(|zone| value.ends_with(zone))
}

fn parse_date(value: &str, from: DateEvidence, setting: &DateContext<'_>) -> Option<PageDate> {
    let found = timestamp::found(value, setting)?;
    Some(PageDate { published: Published { at: found.moment, from }, day: found.day })
}

/// The nodes near the headline: from shortly before it to well within the text.
fn vicinity(outline: &Outline, heading: Option<usize>) -> std::ops::Range<usize> {
    match heading {
        Some(heading) => {
            heading.saturating_sub(NODES_BEFORE)..(outline.nodes[heading].end + NODES_AFTER).min(outline.nodes.len())
        }
        None => 0..outline.nodes.len(),
    }
}

/// True if a heading of other articles is between the headline and `at`: then the date there is theirs.
fn is_after_others(outline: &Outline, heading: Option<usize>, at: usize) -> bool {
    let short = |at: &usize| outline.nodes[*at].is_text && HEADING_LETTERS.contains(&outline.letters(*at));
    let between = heading.map_or(0..0, |heading| outline.nodes[heading].end..at);
    between.filter(short).any(|at| boilerplate_phrases::is_sitewide_heading(&outline.text(at, MAX_HEADING)))
}

/// The date of a `time` element, or of one with the item property `datePublished`, within the article.
fn time_element(outline: &Outline, heading: Option<usize>, setting: &DateContext<'_>) -> Option<PageDate> {
    let published = |at: &usize| {
        outline.attr(*at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("datePublished"))
            || outline.attr(*at, "pubdate").is_some()
    };
    let own =
        |at: &usize| !other_dates::is_outside_article(outline, *at) && !other_dates::is_modification(outline, *at);
    let after = vicinity(outline, heading);
    let all = (0..outline.nodes.len()).filter(published).filter(own);
    let sure = after.clone().filter(published).filter(own).chain(all);
    let times =
        (heading.unwrap_or(after.start)..after.end).filter(|at| heading.is_some() && outline.name(*at) == "time");
    sure.chain(times.filter(own)).find_map(|at| {
        let written = outline.attr(at, "datetime").or_else(|| outline.attr(at, "content"));
        let written = written.and_then(|value| parse_date(value, DateEvidence::Meta, setting));
        let text = || parse_date(other_dates::published(&outline.text(at, MAX_ELEMENT))?, DateEvidence::Meta, setting);
        written.or_else(text).filter(|_| !is_after_others(outline, heading, at))
    })
}

/// The date of an element or text near the headline that looks like a date.
fn visible_date(outline: &Outline, heading: Option<usize>, setting: &DateContext<'_>) -> Option<PageDate> {
    let (heading, range) = (heading?, vicinity(outline, heading));
    let after = heading..range.end;
    let hinted = |at: &usize| {
        let letters = if outline.nodes[*at].is_text { 0 } else { outline.letters(*at) };
        HINTED_LETTERS.contains(&letters)
            && has_word(&outline.nodes[*at].hints, HINTS)
            && !other_dates::is_outside_article(outline, *at)
            && !other_dates::is_modification(outline, *at)
    };
    let before = (range.start..heading).filter(|at| hinted(at) && !is_clock(outline, *at));
    let own = |at: &usize, found: Option<PageDate>| found.filter(|_| !is_after_others(outline, Some(heading), *at));
    let from_hint = after.clone().filter(hinted).chain(before).find_map(|at| {
        let found = parse_date(other_dates::published(&outline.text(at, MAX_ELEMENT))?, DateEvidence::Text, setting);
        own(&at, found)
    });
    let short = |at: &usize| outline.nodes[*at].is_text && TEXT_LETTERS.contains(&outline.letters(*at));
    from_hint.or_else(|| {
        after.filter(short).find_map(|at| {
            let line = Some(outline.text(at, MAX_TEXT)).filter(|line| other_dates::has_year(line))?;
            let found = find_date(other_dates::published(&line)?, setting)?;
            let stray = other_dates::is_outside_article(outline, at) || other_dates::is_modification(outline, at);
            own(&at, Some(found).filter(|_| !stray))
        })
    })
}

/// Words of classes for a date.
const HINTS: &str = "date dates time datetime published publish posted meta timestamp tarih fecha datum zeit pubdate dateline byline info data";

/// Words of classes of a site's header, which shows today's date.
const CLOCKS: &str = "header top today current now masthead clock topbar navbar";

fn has_word(hints: &str, words: &str) -> bool {
    hints.split_whitespace().any(|hint| words.split(' ').any(|word| word == hint))
}

/// True for today's date in the header of a site, which says nothing about the article.
fn is_clock(outline: &Outline, at: usize) -> bool {
    std::iter::once(at).chain(outline.above(at)).any(|at| {
        outline.name(at) == "header" || outline.name(at) == "nav" || has_word(&outline.nodes[at].hints, CLOCKS)
    })
}

fn find_date(line: &str, setting: &DateContext<'_>) -> Option<PageDate> {
    let found = text_date::find(line, setting)?;
    (found.day.year() >= EARLIEST_YEAR)
        .then_some(PageDate { published: Published { at: found.moment, from: DateEvidence::Text }, day: found.day })
}

/// The dateline at the start of the text, or the day that an opening sentence states with "today". A date that a
/// sentence only mentions is no evidence, nor is "today" alone: the page may be read years later.
fn dateline(text: &str, setting: &DateContext<'_>) -> Option<PageDate> {
    let opening = || text.lines().take(OPENING_LINES);
    let from_dateline = opening().find_map(|line| {
        let head = cut(line, MAX_DATELINE);
        let end = [" - ", " – ", " — ", ": ", ") "].iter().filter_map(|mark| head.find(mark)).max();
        let head = if line.len() == head.len() { head } else { &head[..end?] };
        other_dates::has_year(head).then(|| text_date::find(head, setting)).flatten()
    });
    let found = from_dateline.or_else(|| opening().find_map(|line| today(line, setting)))?;
    Some(PageDate { published: Published { at: found.moment, from: DateEvidence::Text }, day: found.day })
}

/// The day that a sentence states with "today": `اليوم الأربعاء 22 سبتمبر 2021`. Other dates in a sentence are events.
#[must_use]
pub fn today(text: &str, setting: &DateContext<'_>) -> Option<FoundDate> {
    const WORDS: &[&str] = &["اليوم", "امروز", "bugün", "today", "aujourd'hui", "aujourd’hui", "آج"];
    let head = cut(text, MAX_SENTENCE);
    let lower = head.to_lowercase();
    let text = if lower.len() == head.len() { lower.as_str() } else { head };
    let at = WORDS.iter().filter_map(|word| text.find(word).map(|at| at + word.len())).min()?;
    let after: String = text[at..].chars().take(AFTER_TODAY).collect();
    other_dates::has_year(&after).then(|| text_date::find(&after, setting)).flatten()
}
