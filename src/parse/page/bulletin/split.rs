//! Finds where one section of a bulletin ends and the next begins.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::section;
use super::section::{Section, SectionLine};
use crate::date::DateContext;
use crate::parse::ParseError;
use crate::parse::page::Page;
use crate::parse::page::dom::flat_tree::Outline;
use crate::parse::page::dom::non_content;
use crate::parse::page::dom::non_content::RegionHint;
use crate::parse::page::listing::selectors;
use crate::parse::share::{MAJORITY, is_at_least, is_over};

/// The smallest element that is a section by itself, in letters: for a configured selector, and for one that is found.
/// Chosen by hand.
const MIN_CONFIGURED_LETTERS: u32 = 80;
const MIN_REPEATED_LETTERS: u32 = 120;
/// The fewest separators that divide a page. Chosen by hand.
const MIN_SEPARATORS: usize = 2;
/// The share of sections that must have a date, in percent. Chosen by hand.
const DATED_SHARE: u8 = 60;
/// The share of headings that must begin a section, in percent. Chosen by hand.
const HEADED_SHARE: u8 = 70;
/// The share of repeated elements that must be sections, and of these that must have a marked headline, in percent.
/// Chosen by hand.
const SECTION_SHARE: u8 = 80;
const MARKED_SHARE: u8 = 80;
/// Repeated elements have this fraction of the page's letters, and less than this fraction of their own letters is
/// linked: one third. Chosen by hand.
const LETTERS_FRACTION: u32 = 3;
/// How many repeated elements can divide a page. Chosen by hand.
const REPEATED: RangeInclusive<usize> = 2..=500;
/// How many elements around a post are searched for the class of a live blog. Chosen by hand.
const MAX_LIVE_LEVELS: usize = 3;

/// The sections that the source's `split` makes: a CSS selector, or the text of a separator line.
///
/// # Errors
/// A `split` with letters that is neither a line of the page nor a valid selector.
pub(crate) fn configured(
    page: &Page<'_>,
    lines: &[SectionLine],
    split: &str,
    setting: &DateContext<'_>,
) -> Result<Vec<Section>, ParseError> {
    let split = split.trim();
    let starts: Vec<usize> = (0..lines.len()).filter(|at| is_separator(&lines[*at].text, split)).collect();
    if !starts.is_empty() {
        return Ok(sections(lines, &starts, true));
    }
    if !split.chars().any(char::is_alphanumeric) {
        return Ok(Vec::new());
    }
    let (selector, outline) = (selectors::selector(split)?, page.outline());
    let chosen: Vec<usize> = outline.indices(page.html().select(&selector).map(|element| element.id()));
    let is_section = |at: usize| outline.letters(at) >= MIN_CONFIGURED_LETTERS && outline.lines(at).len() > 1;
    if is_over(chosen.iter().filter(|at| is_section(**at)).count(), MAJORITY, chosen.len()) {
        return Ok(element_sections(outline, &chosen, setting).into_iter().flatten().collect());
    }
    let begins = |at: &usize| {
        chosen.iter().any(|chosen| {
            let before = at.checked_sub(1).map_or(0, |before| lines[before].first);
            (before + 1..=lines[*at].first).contains(chosen)
        })
    };
    let starts: Vec<usize> = (0..lines.len()).filter(begins).collect();
    Ok(sections(lines, &starts, chosen.iter().any(|at| outline.name(*at) == "hr")))
}

/// True for a line that is the separator, or repeats its marks.
fn is_separator(text: &str, split: &str) -> bool {
    let text = text.trim();
    let marks = !split.is_empty() && !split.chars().any(char::is_alphanumeric);
    text == split || marks && text.len() >= split.len() && text.chars().all(|c| c.is_whitespace() || split.contains(c))
}

/// The sections that the page itself shows; none if it is one article.
#[must_use]
pub fn found(
    outline: &Outline,
    lines: &[SectionLine],
    heading: Option<usize>,
    setting: &DateContext<'_>,
) -> Vec<Section> {
    let at = |wanted: &dyn Fn(&SectionLine) -> bool| -> Vec<usize> {
        (0..lines.len()).filter(|at| wanted(&lines[*at])).collect()
    };
    let separated = at(&|line| line.separator);
    let all = sections(lines, &separated, true);
    let marked = all.iter().filter(|section| section.marked).count();
    let divided = separated.len() >= MIN_SEPARATORS && all.len() > separated.len() / 2 && all.len() > 1;
    if divided && (marked == all.len() || are_dated(&all)) {
        return all;
    }
    if is_over(lines.iter().filter(|line| is_live(outline, line.host)).count(), MAJORITY, lines.len()) {
        return Vec::new();
    }
    if let Some(sections) = repeated(outline, heading, setting) {
        return sections;
    }
    let ruled = sections(lines, &at(&|line| line.ruled), true);
    if ruled.len() > 1 && are_dated(&ruled) {
        return ruled;
    }
    let ranks: Vec<Vec<usize>> =
        (1..=section::BOLD_RANK).map(|rank| at(&|line| line.rank == rank && line.date.is_none())).collect();
    for headed in ranks.into_iter().chain([at(&SectionLine::is_numbered), at(&SectionLine::is_bulleted)]) {
        let all = sections(lines, &headed, false);
        if all.len() > 1 && is_at_least(all.len(), HEADED_SHARE, headed.len()) && are_dated(&all) {
            return all;
        }
    }
    Vec::new()
}

/// True if most sections have a date of their own, and most of these at the same place: dates here and there are those of
/// events in one article.
fn are_dated(sections: &[Section]) -> bool {
    let places: Vec<_> = sections.iter().filter_map(|section| section.date_place).collect();
    let most = places.iter().map(|place| places.iter().filter(|other| *other == place).count()).max().unwrap_or(0);
    is_at_least(places.len(), DATED_SHARE, sections.len()) && is_over(most, MAJORITY, places.len())
}

/// The sections between these lines. With `leading`, the lines before the first start are a section too.
fn sections(lines: &[SectionLine], starts: &[usize], leading: bool) -> Vec<Section> {
    let Some(first) = starts.first() else { return Vec::new() };
    let head = (leading && *first > 0).then_some(0..*first);
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    head.into_iter()
        .chain(starts.iter().zip(ends).map(|(from, to)| *from..to))
        .filter_map(|range| section::section(&lines[range]))
        .collect()
}

/// The section that each of these elements makes.
fn element_sections(outline: &Outline, elements: &[usize], setting: &DateContext<'_>) -> Vec<Option<Section>> {
    elements
        .iter()
        .map(|at| {
            let lines = section::lines(outline, &outline.lines(*at), None, setting);
            let section = section::section(&lines)?;
            let anchor = outline.attr(*at, "id").map(|_| *at).or(section.anchor);
            Some(Section { anchor, ..section })
        })
        .collect()
}

/// Elements with the same name and class, or with the same id except for its number, or entries of one list, that are
/// sections with a date.
fn repeated(outline: &Outline, heading: Option<usize>, setting: &DateContext<'_>) -> Option<Vec<Section>> {
    let mut kinds: BTreeMap<(&str, &str, usize), Vec<usize>> = BTreeMap::new();
    for at in 0..outline.nodes.len() {
        let name = outline.name(at);
        let numbered = outline.attr(at, "id").map(|id| id.trim_end_matches(|c: char| c.is_numeric()));
        let numbered = numbered.filter(|stem| !stem.is_empty() && outline.attr(at, "id") != Some(stem));
        let class = numbered.or_else(|| outline.attr(at, "class")).unwrap_or_default();
        // The entries of one list need no class to be alike.
        let list = if name == "li" && class.is_empty() { outline.nodes[at].parent } else { 0 };
        let holder = matches!(name, "div" | "article" | "section" | "li" | "td") && (!class.is_empty() || list > 0);
        if holder
            && outline.letters(at) >= MIN_REPEATED_LETTERS
            && outline.linked(at) * LETTERS_FRACTION < outline.letters(at)
        {
            kinds.entry((name, class, list)).or_default().push(at);
        }
    }
    let total = outline.letters(0);
    let mut best: Option<(u32, Vec<Section>)> = None;
    for ((.., list), elements) in kinds.into_iter().filter(|(_, elements)| REPEATED.contains(&elements.len())) {
        let nested = elements.windows(2).any(|pair| outline.nodes[pair[0]].end > pair[1]);
        let titled =
            heading.is_some_and(|heading| elements.iter().any(|at| (*at..outline.nodes[*at].end).contains(&heading)));
        let letters: u32 = elements.iter().map(|at| outline.letters(*at)).sum();
        let excluded = elements.iter().any(|at| is_outside_content(outline, *at) || is_live(outline, *at));
        if nested || titled || excluded || letters * LETTERS_FRACTION < total {
            continue;
        }
        let sections: Vec<Section> = element_sections(outline, &elements, setting).into_iter().flatten().collect();
        let complete = sections.len() > 1 && is_at_least(sections.len(), SECTION_SHARE, elements.len());
        let marked = sections.iter().filter(|section| section.marked).count();
        let marked = list > 0 || is_at_least(marked, MARKED_SHARE, sections.len());
        if complete && marked && are_dated(&sections) && best.as_ref().is_none_or(|(most, _)| letters > *most) {
            best = Some((letters, sections));
        }
    }
    best.map(|(_, sections)| sections)
}

/// True for an element in a region outside the content.
fn is_outside_content(outline: &Outline, at: usize) -> bool {
    std::iter::once(at).chain(outline.above(at)).any(|at| non_content::region_hint(outline, at) != RegionHint::Neutral)
}

/// True for a post of a live blog: the blog is one article, however many posts it has.
fn is_live(outline: &Outline, at: usize) -> bool {
    let words = ["live", "liveblog", "liveblogs", "canli", "endirect"];
    std::iter::once(at)
        .chain(outline.above(at).take(MAX_LIVE_LEVELS))
        .any(|at| outline.nodes[at].hints.split_whitespace().any(|hint| words.contains(&hint)))
}
