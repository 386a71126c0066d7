//! Finds the date of publication that a page shows: near its headline, or at the end of the article.

use std::ops::Range;

use super::page_date::PageDate;
use super::{byline, other_dates};
use crate::date::{DateContext, DateEvidence, text_date, timestamp};
use crate::parse::page::boilerplate_phrases;
use crate::parse::page::dom::flat_tree::Outline;

/// How far before the headline, after it, and after the text a date is looked for, in nodes. Chosen by hand.
const NODES_BEFORE: usize = 80;
const NODES_AFTER: usize = 400;
const NODES_AT_FOOT: usize = 80;
/// How many letters of the text may precede a date that is not labelled. Chosen by hand: a date further on is one that
/// the text mentions.
const MAX_LETTERS_BEFORE: u32 = 200;
/// The lengths of a heading of other articles, of an element named as a date's, and of a text with a date, in letters.
/// Chosen by hand.
const HEADING_LETTERS: Range<u32> = 4..40;
const HINTED_LETTERS: Range<u32> = 5..160;
const TEXT_LETTERS: Range<u32> = 6..60;
const LINE_LETTERS: Range<u32> = 6..120;
/// How much of a heading, of an element and of a text is read, in characters. Chosen by hand.
const MAX_HEADING: usize = 80;
const MAX_ELEMENT: usize = 200;
const MAX_TEXT: usize = 120;
/// Earlier years are not dates of publication on the web.
const EARLIEST_YEAR: i16 = 1991;
/// The most words of a linked date: more name a source, `The Courier, 21 October 2024`. Chosen by hand.
const MAX_LINKED_WORDS: usize = 5;
/// How many elements above the headline may contain a date before it. Chosen by hand.
const MAX_LEVELS: usize = 4;
/// From this many days apart, the shown day of a `time` element and that of its attribute are two dates: the attribute
/// has that of a change.
const DAYS_APART: i32 = 2;

/// Words of classes for a date.
const HINTS: &str = "date dates time datetime published publish posted meta timestamp tarih fecha datum zeit pubdate dateline byline info data";
/// Words of classes of a site's header, which shows today's date.
const CLOCKS: &str = "header top today current now masthead clock topbar navbar";

/// A date that a page shows.
#[derive(Clone, Debug)]
pub(super) struct ShownDate {
    pub(super) date: PageDate,
    /// True if it is marked as the date of publication.
    pub(super) labelled: bool,
}

/// What is known about the place of an article on its page.
struct ArticlePlace<'o> {
    outline: &'o Outline,
    heading: Option<usize>,
    /// The first node of the headline, or of the text.
    anchor: usize,
    text: Range<usize>,
}

/// The date of publication that the page shows; `text` are the nodes of the article's text.
pub(super) fn find(
    outline: &Outline,
    heading: Option<usize>,
    text: (usize, usize),
    setting: &DateContext<'_>,
) -> Option<ShownDate> {
    let anchor = heading.unwrap_or(text.0);
    let place = ArticlePlace { outline, heading, anchor, text: text.0..text.1 };
    if heading.is_none() && place.text.is_empty() {
        return place.marked(setting);
    }
    place
        .marked(setting)
        .or_else(|| place.time(setting))
        .or_else(|| place.hinted(setting))
        .or_else(|| place.lone_text(setting))
        .or_else(|| place.line(setting))
        .or_else(|| place.foot(setting))
}

impl ArticlePlace<'_> {
    /// The nodes near the headline: from shortly before it to well within the text.
    fn vicinity(&self) -> Range<usize> {
        let end = self.heading.map_or(self.anchor, |heading| self.outline.nodes[heading].end);
        self.anchor.saturating_sub(NODES_BEFORE)..(end + NODES_AFTER).min(self.outline.nodes.len())
    }

    /// The nodes from the headline to the first letters of the text.
    fn opening(&self) -> impl Iterator<Item = usize> + '_ {
        let range = self.anchor..self.vicinity().end;
        range.take_while(|at| {
            self.text.is_empty()
                || *at < self.text.start
                || self.outline.letters_between(self.text.start, *at) <= MAX_LETTERS_BEFORE
        })
    }

    /// The nodes shortly before the headline that are in the same part of the page, and not in the site's header.
    fn above(&self) -> impl Iterator<Item = usize> + '_ {
        let container = self.outline.above(self.anchor).take(MAX_LEVELS).last().unwrap_or(0);
        (self.vicinity().start.max(container)..self.anchor).filter(|at| !is_clock(self.outline, *at, self.anchor))
    }

    fn is_own(&self, at: usize) -> bool {
        !other_dates::is_outside_article(self.outline, at)
            && !other_dates::is_modification(self.outline, at)
            && !is_quoted(self.outline, at)
            && !self.is_teasers(at)
            && !self.is_after_others(at)
    }

    /// True if a heading of other articles is between the headline and `at`: then the date there is theirs.
    fn is_after_others(&self, at: usize) -> bool {
        let outline = self.outline;
        let short = |at: &usize| outline.nodes[*at].is_text && HEADING_LETTERS.contains(&outline.letters(*at));
        let between = self.heading.map_or(0..0, |heading| outline.nodes[heading].end..at);
        between.filter(short).any(|at| boilerplate_phrases::is_sitewide_heading(&outline.text(at, MAX_HEADING)))
    }

    /// True within the teaser of another article: an element with a linked heading, beside the headline and the text.
    fn is_teasers(&self, at: usize) -> bool {
        let own = |above: &usize| {
            let range = *above..self.outline.nodes[*above].end;
            range.contains(&self.anchor) || !self.text.is_empty() && range.contains(&self.text.start)
        };
        let card = self.outline.above(at).take_while(|above| !own(above)).take(MAX_LEVELS);
        card.into_iter().any(|above| {
            matches!(self.outline.name(above), "li" | "article" | "div" | "a" | "section" | "tr")
                && self
                    .outline
                    .named(above, &["h2", "h3", "h4", "h5"])
                    .any(|heading| self.outline.links(heading) > 0 || self.outline.name(above) == "a")
        })
    }

    /// The date of an element that is marked as the date of publication.
    fn marked(&self, setting: &DateContext<'_>) -> Option<ShownDate> {
        let outline = self.outline;
        let marked = |at: &usize| {
            outline.attr(*at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("datePublished"))
                || outline.attr(*at, "pubdate").is_some()
                || outline.name(*at) == "abbr" && has_word(&outline.nodes[*at].hints, "published dtpublished")
        };
        let all = (0..outline.nodes.len()).filter(marked);
        let near = self.vicinity();
        let near = near.filter(marked);
        let found = near.chain(all).filter(|at| self.is_own(*at)).find_map(|at| machine_date(outline, at, setting));
        found.map(|date| ShownDate { date, labelled: true })
    }

    /// The date of a `time` element after the headline, or before it.
    fn time(&self, setting: &DateContext<'_>) -> Option<ShownDate> {
        let outline = self.outline;
        let within = |at: &usize| self.text.is_empty() || *at < self.text.end;
        let after = (self.anchor..self.vicinity().end).filter(within);
        let times = after.chain(self.above()).filter(|at| outline.name(*at) == "time" && self.is_own(*at));
        let found = { times }.find_map(|at| Some((at, machine_date(outline, at, setting)?)));
        found.map(|(at, date)| {
            let labelled = std::iter::once(at)
                .chain(outline.above(at).take(1))
                .any(|at| has_word(&outline.nodes[at].hints, "published posted pubdate publication"));
            ShownDate { date, labelled }
        })
    }

    /// The date of an element that is named as a date's, near the headline.
    fn hinted(&self, setting: &DateContext<'_>) -> Option<ShownDate> {
        let outline = self.outline;
        let hinted = |at: &usize| {
            let letters = if outline.nodes[*at].is_text { 0 } else { outline.letters(*at) };
            HINTED_LETTERS.contains(&letters) && has_word(&outline.nodes[*at].hints, HINTS) && self.is_own(*at)
        };
        self.opening().chain(self.above()).filter(hinted).find_map(|at| {
            let text = outline.text(at, MAX_ELEMENT);
            let date = parse_date(other_dates::published(&text)?, DateEvidence::Text, setting)?;
            Some(ShownDate { date, labelled: other_dates::is_labelled(&text) })
        })
    }

    /// A text that is hardly more than a date, or that says when the article was published.
    fn lone_text(&self, setting: &DateContext<'_>) -> Option<ShownDate> {
        let outline = self.outline;
        let short = |at: &usize| outline.nodes[*at].is_text && TEXT_LETTERS.contains(&outline.letters(*at));
        self.opening().filter(short).find_map(|at| {
            let text = outline.text(at, MAX_TEXT);
            let source = outline.linked(at) > 0 && text.split_whitespace().count() > MAX_LINKED_WORDS;
            (!source && self.is_own(at)).then(|| stated(&text, setting)).flatten()
        })
    }

    /// A line that is hardly more than a date, whose parts are in several elements.
    fn line(&self, setting: &DateContext<'_>) -> Option<ShownDate> {
        let outline = self.outline;
        let (first, last) = (self.opening().next()?, self.opening().last()?);
        let top = std::iter::once(first).chain(outline.above(first)).find(|at| outline.nodes[*at].end > last)?;
        let lines = outline.lines(top);
        let near =
            lines.iter().filter(|line| (first..=last).contains(&line.first) && LINE_LETTERS.contains(&line.letters));
        { near }.find_map(|line| {
            let text = outline.line(line.first, line.end, MAX_ELEMENT);
            self.is_own(line.first).then(|| stated(&text, setting)).flatten()
        })
    }

    /// The date at the end of the article, if it is marked as that of publication.
    fn foot(&self, setting: &DateContext<'_>) -> Option<ShownDate> {
        let outline = self.outline;
        let range = self.text.end..(self.text.end + NODES_AT_FOOT).min(outline.nodes.len());
        let within = self.text.start..self.text.end;
        within.chain(range).find_map(|at| {
            let letters = outline.letters(at);
            let named = has_word(&outline.nodes[at].hints, "published posted pubdate postdate publication");
            let dated = has_word(&outline.nodes[at].hints, "date") && at >= self.text.end;
            if !HINTED_LETTERS.contains(&letters) {
                return None;
            }
            let text = outline.text(at, MAX_ELEMENT);
            let labelled = named && !outline.nodes[at].is_text
                || other_dates::is_labelled(&text) && letters < TEXT_LETTERS.end
                || dated && other_dates::is_hardly_more(&text);
            if !labelled || !self.is_own(at) || byline::is_sentence(&text) {
                return None;
            }
            let machine = || machine_date(outline, at, setting);
            let date = find_date(other_dates::published(&text)?, setting).or_else(machine)?;
            Some(ShownDate { date, labelled: true })
        })
    }
}

/// The date of a text that is hardly more than a date, or that says when the article was published. A date that a
/// sentence, or the name of a source, has beside it is another one.
fn stated(text: &str, setting: &DateContext<'_>) -> Option<ShownDate> {
    let labelled = other_dates::is_labelled(text);
    if !other_dates::is_dated(text) || byline::is_sentence(text) || !labelled && !other_dates::is_hardly_more(text) {
        return None;
    }
    Some(ShownDate { date: find_date(other_dates::published(text)?, setting)?, labelled })
}

/// The date of an element with a machine timestamp, or else that of its text. A complete date in the text counts if it
/// is another day.
fn machine_date(outline: &Outline, at: usize, setting: &DateContext<'_>) -> Option<PageDate> {
    let attribute = ["datetime", "content", "title"].iter().find_map(|name| outline.attr(at, name));
    let written = attribute.and_then(|value| parse_date(value, DateEvidence::Meta, setting));
    let text = outline.text(at, MAX_ELEMENT);
    let shown = other_dates::published(&text).and_then(|text| parse_date(text, DateEvidence::Meta, setting));
    let apart = |one: &PageDate, other: &PageDate| {
        one.day.until(other.day).is_ok_and(|span| span.get_days().abs() >= DAYS_APART)
    };
    match (written, shown) {
        (Some(written), Some(shown)) if apart(&written, &shown) => Some(shown),
        (written, shown) => written.or(shown),
    }
}

/// True within a quotation, such as a post of a social network.
fn is_quoted(outline: &Outline, at: usize) -> bool {
    std::iter::once(at).chain(outline.above(at)).any(|at| matches!(outline.name(at), "blockquote" | "figure"))
}

fn has_word(hints: &str, words: &str) -> bool {
    hints.split_whitespace().any(|hint| words.split(' ').any(|word| word == hint))
}

/// True for today's date in the header of a site, which says nothing about the article: outside of the elements around
/// the headline.
fn is_clock(outline: &Outline, at: usize, heading: usize) -> bool {
    let around = |above: &usize| (*above..outline.nodes[*above].end).contains(&heading);
    std::iter::once(at).chain(outline.above(at).take_while(|above| !around(above))).any(|at| {
        outline.name(at) == "header" || outline.name(at) == "nav" || has_word(&outline.nodes[at].hints, CLOCKS)
    })
}

fn parse_date(value: &str, from: DateEvidence, setting: &DateContext<'_>) -> Option<PageDate> {
    Some(PageDate::new(&timestamp::found(value, setting)?, from))
}

fn find_date(line: &str, setting: &DateContext<'_>) -> Option<PageDate> {
    let found = text_date::find(line, setting)?;
    (found.day.year() >= EARLIEST_YEAR).then_some(PageDate::new(&found, DateEvidence::Text))
}
