//! Makes the sections of a bulletin from its lines.

use crate::date::{DateContext, Moment, text_date};
use crate::parse::item_limits::MAX_TITLE;
use crate::parse::page::article::dateline::today;
use crate::parse::page::article::other_dates::has_year;
use crate::parse::page::dom::flat_tree::{Line, Outline};
use crate::parse::plain_text;

/// The longest line, in characters. Chosen by hand.
const MAX_LINE: usize = 20_000;
/// The shortest and longest headline, in letters. Chosen by hand.
const MIN_HEADLINE: u32 = 6;
const MAX_HEADLINE: u32 = 220;
/// The longest dateline, in letters. Chosen by hand.
const MAX_DATELINE: u32 = 90;
/// The shortest text of a section besides its headline, in letters. Chosen by hand.
const MIN_LETTERS: u32 = 60;
/// The fewest lines from which a single `h1` at the top is the title of the page. Chosen by hand.
const MIN_LINES_UNDER_TITLE: usize = 4;
/// A sentence from this many words is not a dateline. Chosen by hand.
const MIN_SENTENCE_WORDS: usize = 7;
/// The fewest marks of a separator line. Chosen by hand.
const MIN_MARKS: usize = 3;
/// How many lines at the start of a section are searched for its headline and its date, and how many at its end for
/// its date. Chosen by hand.
const FIRST_LINES: usize = 3;
const LAST_LINES: usize = 2;
/// The rank of a bold line or of an element named as a title, below the six ranks of HTML headings.
pub(crate) const BOLD_RANK: u8 = 7;
/// The lowest rank of a heading in HTML.
const LOWEST_HEADING: u8 = 6;

/// A line of a bulletin, with the roles that it can have.
#[derive(Clone, Debug)]
pub struct SectionLine {
    /// Its first node.
    pub first: usize,
    /// The block that contains it.
    pub host: usize,
    /// Its text.
    pub text: String,
    /// How many letters it has.
    pub letters: u32,
    /// Its rank as a heading; 7 for a bold line, 0 for any other line.
    pub(crate) rank: u8,
    /// True for a line of stars, dashes and the like.
    pub(crate) separator: bool,
    /// True if an `hr` precedes it.
    pub(crate) ruled: bool,
    /// The date of a dateline.
    pub date: Option<Moment>,
    /// The date that a sentence states with "today".
    pub today: Option<Moment>,
}

impl SectionLine {
    /// True for a short line that begins with a number: `3- …`.
    #[must_use]
    pub(crate) fn is_numbered(&self) -> bool {
        self.letters <= MAX_HEADLINE
            && self.text.starts_with(char::is_numeric)
            && unnumbered(&self.text).len() < self.text.len()
    }

    /// True for a short line that begins with a bullet and is no sentence: `• …`.
    #[must_use]
    pub(crate) fn is_bulleted(&self) -> bool {
        self.text.starts_with(BULLETS) && !self.separator && is_headline(self)
    }
}

/// Marks before the headline of an item.
const BULLETS: &[char] =
    &['•', '■', '●', '▪', '◆', '▫', '○', '◾', '◼', '►', '▶', '➤', '✔', '✅', '🔹', '🔸', '🔻', '🔴', '🔵', '⚫', '*'];

/// Where the date of a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatePlace {
    /// On one of its first lines, besides its headline.
    First(usize),
    /// On one of its last lines.
    Last,
    /// In a sentence that says "today".
    Today,
}

/// One item of a bulletin.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its headline.
    pub title: String,
    /// Its other lines.
    pub(crate) texts: Vec<String>,
    /// Its date.
    pub date: Option<Moment>,
    /// Where that is.
    pub(crate) date_place: Option<DatePlace>,
    /// The element whose `id` identifies it.
    pub(crate) anchor: Option<usize>,
    /// True if its headline is a heading or bold.
    pub(crate) marked: bool,
}

/// Describes the lines of a page. The page's own headline is left out, and so is a single `h1` on the first line, even
/// if the page has another title: it would become part of the first item.
#[must_use]
pub fn lines(outline: &Outline, lines: &[Line], heading: Option<usize>, setting: &DateContext<'_>) -> Vec<SectionLine> {
    let own = heading.map_or(0..0, |heading| heading..outline.nodes[heading].end);
    let mut described = Vec::new();
    let mut before = lines.first().map_or(0, |line| line.first);
    for line in lines.iter().filter(|line| !own.contains(&line.first)) {
        let ruled = (before..line.first).any(|at| outline.name(at) == "hr");
        before = line.end;
        described.push(describe(outline, line, ruled, setting));
    }
    let firsts = described.iter().filter(|line| line.rank == 1).count();
    if firsts != 1 || described.len() < MIN_LINES_UNDER_TITLE || described[0].rank != 1 {
        return described;
    }
    described.split_off(1)
}

fn describe(outline: &Outline, line: &Line, ruled: bool, setting: &DateContext<'_>) -> SectionLine {
    let text = outline.line(line.first, line.end, MAX_LINE);
    let head = dateline(&text);
    let dated = has_year(head) && !is_sentence(head);
    SectionLine {
        first: line.first,
        host: line.host,
        letters: line.letters,
        rank: rank(outline, line),
        separator: is_separator(&text),
        ruled,
        date: dated.then(|| text_date::find(head, setting)).flatten().map(|found| found.moment),
        today: if line.letters > MAX_DATELINE { today(&text, setting).map(|found| found.moment) } else { None },
        text,
    }
}

/// The part of a line that can be a dateline: all of a short line, or what precedes the dash of a longer one.
fn dateline(text: &str) -> &str {
    let head = plain_text::cut(text, MAX_DATELINE as usize * 2);
    if text.chars().filter(|c| !c.is_whitespace()).count() <= MAX_DATELINE as usize {
        return text;
    }
    let end = [" - ", " – ", " — ", ") – ", " -- "].iter().filter_map(|dash| head.find(dash)).min();
    end.map_or("", |end| &head[..end])
}

/// True for a sentence that mentions a date; it is not a dateline.
fn is_sentence(text: &str) -> bool {
    text.trim_end().ends_with(['.', '!', '؟', '۔', '?']) && text.split_whitespace().count() >= MIN_SENTENCE_WORDS
}

/// The rank of a line as a heading.
fn rank(outline: &Outline, line: &Line) -> u8 {
    let above = || outline.above(line.first).take_while(|at| *at >= line.host);
    if let Some(rank) = above().find_map(|at| outline.name(at).strip_prefix('h')?.parse::<u8>().ok()) {
        return rank.min(LOWEST_HEADING);
    }
    let titled = outline.nodes[line.host].hints.contains(" title ");
    let bold = (line.first..line.end).filter(|at| outline.letters(*at) > 0 && outline.nodes[*at].is_text).all(|text| {
        outline.above(text).take_while(|at| *at > line.host).any(|at| matches!(outline.name(at), "b" | "strong" | "u"))
    });
    if titled || bold { BOLD_RANK } else { 0 }
}

/// True for a line that consists of marks such as `***` or `---`.
fn is_separator(text: &str) -> bool {
    let marks = text.chars().filter(|c| !c.is_whitespace());
    marks.clone().count() >= MIN_MARKS && marks.clone().all(|c| "*-_=~•·#─━—–+.✻◆■●▪☆★✦❖".contains(c))
}

/// The section that these lines make; none if they are too short or have no headline.
#[must_use]
pub(crate) fn section(lines: &[SectionLine]) -> Option<Section> {
    let lines: Vec<&SectionLine> = lines.iter().filter(|line| !line.separator).collect();
    let at = lines.iter().take(FIRST_LINES).position(|line| is_headline(line))?;
    let title = unnumbered(&lines[at].text);
    let rest = || lines.iter().enumerate().filter(move |(n, _)| *n != at).map(|(_, line)| *line);
    if rest().map(|line| line.letters).sum::<u32>() < MIN_LETTERS || title.is_empty() {
        return None;
    }
    let first = rest().take(FIRST_LINES).enumerate().find_map(|(n, line)| Some((line.date?, DatePlace::First(n))));
    let last = || rest().collect::<Vec<_>>().iter().rev().take(LAST_LINES).find_map(|line| line.date);
    let today = || rest().take(FIRST_LINES).find_map(|line| line.today);
    let dated = first
        .or_else(|| last().map(|date| (date, DatePlace::Last)))
        .or_else(|| today().map(|date| (date, DatePlace::Today)));
    Some(Section {
        title: plain_text::cut(title, MAX_TITLE).to_owned(),
        texts: rest().map(|line| line.text.clone()).collect(),
        date: dated.map(|(date, _)| date),
        date_place: dated.map(|(_, place)| place),
        anchor: Some(lines[at].host),
        marked: lines[at].rank > 0,
    })
}

/// True for a short line that is neither a date nor a sentence; a short heading or bold line always counts.
fn is_headline(line: &SectionLine) -> bool {
    let short = (MIN_HEADLINE..=MAX_HEADLINE).contains(&line.letters);
    short
        && (line.rank > 0 || line.date.is_none())
        && (line.rank > 0 || !line.text.trim_end().ends_with(['.', '؟', '!', '۔', ':']))
}

/// A headline without its number in the bulletin.
fn unnumbered(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| c.is_numeric());
    match rest.strip_prefix(['.', ')', '-', '–', '/']) {
        Some(after) if rest.len() < text.len() && after.starts_with(' ') => after.trim(),
        _ => text.trim_start_matches(BULLETS).trim_start_matches(['-', '\u{fe0f}']).trim(),
    }
}
