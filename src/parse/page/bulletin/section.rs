//! The parts of a bulletin, made of lines.

use crate::date::{DateContext, Moment, text_date};
use crate::parse::limits::MAX_TITLE;
use crate::parse::page::article::date::today;
use crate::parse::page::article::date_lines::has_year;
use crate::parse::page::dom::outline::{Line, Outline};
use crate::parse::plain_text;

/// The longest line, in characters.
const MAX_LINE: usize = 20_000;
/// The longest line that can be a headline, and the longest that can be a dateline, in letters.
const MAX_HEADLINE: u32 = 220;
const MAX_DATELINE: u32 = 90;
/// The fewest letters that a part says beside its headline.
const SHORTEST: u32 = 60;

/// A line with what it can be.
#[derive(Clone, Debug)]
pub struct SectionLine {
    /// Its first part.
    pub first: usize,
    /// The block that holds it.
    pub host: usize,
    /// Its words.
    pub text: String,
    /// How many letters it has.
    pub letters: u32,
    /// The rank of the heading that it is, 7 for a line in bold; 0 for neither.
    pub rank: u8,
    /// True for a line of stars, dashes and the like.
    pub separator: bool,
    /// True where a rule stands before it.
    pub ruled: bool,
    /// The date, for a short line that has one.
    pub date: Option<Moment>,
    /// The date that a sentence gives with "today".
    pub today: Option<Moment>,
}

impl SectionLine {
    /// True for a short line that bears a number: `3- …`.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        self.letters <= MAX_HEADLINE
            && self.text.starts_with(char::is_numeric)
            && unnumbered(&self.text).len() < self.text.len()
    }
}

/// One item of a bulletin.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its headline.
    pub title: String,
    /// Its other lines.
    pub texts: Vec<String>,
    /// The date that it gives.
    pub date: Option<Moment>,
    /// The element whose id names it.
    pub anchor: Option<usize>,
    /// True where its headline is a heading or in bold.
    pub marked: bool,
}

/// What each line can be. The page's own headline is left out, and so is a single `h1` above everything where the page
/// is titled otherwise: it would be a part of whatever item stands on top.
#[must_use]
pub fn lines(
    outline: &Outline<'_>,
    lines: &[Line],
    heading: Option<usize>,
    setting: &DateContext<'_>,
) -> Vec<SectionLine> {
    let own = heading.map_or(0..0, |heading| heading..outline.parts[heading].end);
    let mut shown = Vec::new();
    let mut before = lines.first().map_or(0, |line| line.first);
    for line in lines.iter().filter(|line| !own.contains(&line.first)) {
        let ruled = (before..line.first).any(|at| outline.name(at) == "hr");
        before = line.end;
        shown.push(one(outline, line, ruled, setting));
    }
    let firsts = shown.iter().filter(|line| line.rank == 1).count();
    if firsts != 1 || shown.len() < 4 || shown[0].rank != 1 {
        return shown;
    }
    shown.split_off(1)
}

fn one(outline: &Outline<'_>, line: &Line, ruled: bool, setting: &DateContext<'_>) -> SectionLine {
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

/// The part of a line that can be a dateline: a short line as a whole, of a longer one what stands before its dash.
fn dateline(text: &str) -> &str {
    let head = plain_text::cut(text, MAX_DATELINE as usize * 2);
    if text.chars().filter(|c| !c.is_whitespace()).count() <= MAX_DATELINE as usize {
        return text;
    }
    let end = [" - ", " – ", " — ", ") – ", " -- "].iter().filter_map(|dash| head.find(dash)).min();
    end.map_or("", |end| &head[..end])
}

/// True for a short sentence that tells of a day: no dateline.
fn is_sentence(text: &str) -> bool {
    text.trim_end().ends_with(['.', '!', '؟', '۔', '?']) && text.split_whitespace().count() >= 7
}

/// The rank of the heading that a line is.
fn rank(outline: &Outline<'_>, line: &Line) -> u8 {
    let above = || outline.above(line.first).take_while(|at| *at >= line.host);
    if let Some(rank) = above().find_map(|at| outline.name(at).strip_prefix('h')?.parse::<u8>().ok()) {
        return rank.min(6);
    }
    let titled = outline.parts[line.host].hints.contains(" title ");
    let bold = (line.first..line.end)
        .filter(|at| outline.letters(*at) > 0 && outline.parts[*at].element.is_none())
        .all(|text| {
            outline
                .above(text)
                .take_while(|at| *at > line.host)
                .any(|at| matches!(outline.name(at), "b" | "strong" | "u"))
        });
    if titled || bold { 7 } else { 0 }
}

/// True for a line of three and more marks that are no letters.
fn is_separator(text: &str) -> bool {
    let marks = text.chars().filter(|c| !c.is_whitespace());
    marks.clone().count() >= 3 && marks.clone().all(|c| "*-_=~•·#─━—–+.✻◆■●▪☆★✦❖".contains(c))
}

/// The item that these lines are; none where they say too little to be one.
#[must_use]
pub fn part(lines: &[SectionLine]) -> Option<Section> {
    let lines: Vec<&SectionLine> = lines.iter().filter(|line| !line.separator).collect();
    let at = lines.iter().take(3).position(|line| is_headline(line))?;
    let title = unnumbered(&lines[at].text);
    let rest = || lines.iter().enumerate().filter(move |(n, _)| *n != at).map(|(_, line)| *line);
    if rest().map(|line| line.letters).sum::<u32>() < SHORTEST || title.is_empty() {
        return None;
    }
    let first = rest().take(3).find_map(|line| line.date);
    let last = || rest().collect::<Vec<_>>().iter().rev().take(2).find_map(|line| line.date);
    Some(Section {
        title: plain_text::cut(title, MAX_TITLE).to_owned(),
        texts: rest().map(|line| line.text.clone()).collect(),
        date: first.or_else(last).or_else(|| rest().take(3).find_map(|line| line.today)),
        anchor: Some(lines[at].host),
        marked: lines[at].rank > 0,
    })
}

/// True for a short line that is no date and no whole sentence; a heading or a line in bold is one in any case.
fn is_headline(line: &SectionLine) -> bool {
    let short = line.letters <= MAX_HEADLINE && line.letters >= 6;
    short
        && (line.rank > 0 || line.date.is_none())
        && (line.rank > 0 || !line.text.trim_end().ends_with(['.', '؟', '!', '۔', ':']))
}

/// A headline without its number in the bulletin.
fn unnumbered(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| c.is_numeric());
    match rest.strip_prefix(['.', ')', '-', '–', '/']) {
        Some(after) if rest.len() < text.len() && after.starts_with(' ') => after.trim(),
        _ => text.trim_start_matches(['*', '•', '-', '■', '●', '▪', '◆']).trim(),
    }
}
