//! Where one item of a bulletin ends and the next begins.

use std::collections::BTreeMap;

use scraper::Html;

use super::section;
use super::section::{Section, SectionLine};
use crate::date::DateContext;
use crate::parse::ParseError;
use crate::parse::page::dom::outline::Outline;
use crate::parse::page::dom::regions;
use crate::parse::page::dom::regions::RegionHint;
use crate::parse::page::listing::selectors;

/// The parts that the source's own `split` makes: a CSS selector, or the separator that a line consists of.
///
/// # Errors
/// A `split` with letters that is neither on the page nor a selector.
pub fn configured(
    html: &Html,
    outline: &Outline<'_>,
    lines: &[SectionLine],
    split: &str,
    setting: &DateContext<'_>,
) -> Result<Vec<Section>, ParseError> {
    let split = split.trim();
    let starts: Vec<usize> = (0..lines.len()).filter(|at| is_cut(&lines[*at].text, split)).collect();
    if !starts.is_empty() {
        return Ok(parts(lines, &starts, true));
    }
    if !split.chars().any(char::is_alphanumeric) {
        return Ok(Vec::new());
    }
    let selector = selectors::selector(split)?;
    let chosen: Vec<usize> = outline.numbers(html.select(&selector).map(|element| element.value()));
    let holds = |at: usize| outline.letters(at) >= 80 && outline.lines(at).len() > 1;
    if chosen.iter().filter(|at| holds(**at)).count() * 2 > chosen.len() {
        return Ok(boxes(outline, &chosen, setting).into_iter().flatten().collect());
    }
    let begins = |at: &usize| {
        chosen.iter().any(|chosen| {
            let before = at.checked_sub(1).map_or(0, |before| lines[before].first);
            (before + 1..=lines[*at].first).contains(chosen)
        })
    };
    let starts: Vec<usize> = (0..lines.len()).filter(begins).collect();
    Ok(parts(lines, &starts, chosen.iter().any(|at| outline.name(*at) == "hr")))
}

/// True for a line that is the separator, or more of the same marks.
fn is_cut(text: &str, split: &str) -> bool {
    let text = text.trim();
    let marks = !split.is_empty() && !split.chars().any(char::is_alphanumeric);
    text == split || marks && text.len() >= split.len() && text.chars().all(|c| c.is_whitespace() || split.contains(c))
}

/// The parts that the page itself shows; none where it is one article.
#[must_use]
pub fn found(
    outline: &Outline<'_>,
    lines: &[SectionLine],
    heading: Option<usize>,
    setting: &DateContext<'_>,
) -> Vec<Section> {
    let at = |wanted: &dyn Fn(&SectionLine) -> bool| -> Vec<usize> {
        (0..lines.len()).filter(|at| wanted(&lines[*at])).collect()
    };
    let separated = at(&|line| line.separator);
    let all = parts(lines, &separated, true);
    let marked = all.iter().filter(|part| part.marked).count();
    if separated.len() >= 2 && all.len() > separated.len() / 2 && (marked == all.len() || dated(&all)) && all.len() > 1
    {
        return all;
    }
    if lines.iter().filter(|line| is_live(outline, line.host)).count() * 2 > lines.len() {
        return Vec::new();
    }
    if let Some(boxes) = repeated(outline, heading, setting) {
        return boxes;
    }
    let ruled = parts(lines, &at(&|line| line.ruled), true);
    if ruled.len() > 1 && dated(&ruled) {
        return ruled;
    }
    let ranks: Vec<Vec<usize>> = (1..=7).map(|rank| at(&|line| line.rank == rank && line.date.is_none())).collect();
    for headed in ranks.into_iter().chain([at(&SectionLine::is_numbered)]) {
        let all = parts(lines, &headed, false);
        if all.len() > 1 && all.len() * 10 >= headed.len() * 7 && dated(&all) {
            return all;
        }
    }
    Vec::new()
}

/// True where most parts give a date of their own.
fn dated(parts: &[Section]) -> bool {
    parts.iter().filter(|part| part.date.is_some()).count() * 10 >= parts.len() * 6
}

/// The parts between these lines. `leading`: what stands before the first one is a part too.
fn parts(lines: &[SectionLine], starts: &[usize], leading: bool) -> Vec<Section> {
    let Some(first) = starts.first() else { return Vec::new() };
    let head = (leading && *first > 0).then_some(0..*first);
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    head.into_iter()
        .chain(starts.iter().zip(ends).map(|(from, to)| *from..to))
        .filter_map(|range| section::part(&lines[range]))
        .collect()
}

/// The part that each of these elements is.
fn boxes(outline: &Outline<'_>, elements: &[usize], setting: &DateContext<'_>) -> Vec<Option<Section>> {
    elements
        .iter()
        .map(|at| {
            let lines = section::lines(outline, &outline.lines(*at), None, setting);
            let part = section::part(&lines)?;
            let anchor = outline.attr(*at, "id").map(|_| *at).or(part.anchor);
            Some(Section { anchor, ..part })
        })
        .collect()
}

/// Elements of one name and class, or of one id but for its number, each of them a headline with a text and a date.
fn repeated(outline: &Outline<'_>, heading: Option<usize>, setting: &DateContext<'_>) -> Option<Vec<Section>> {
    let mut kinds: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for at in 0..outline.parts.len() {
        let name = outline.name(at);
        let numbered = outline.attr(at, "id").map(|id| id.trim_end_matches(|c: char| c.is_numeric()));
        let numbered = numbered.filter(|stem| !stem.is_empty() && outline.attr(at, "id") != Some(stem));
        let class = numbered.or_else(|| outline.attr(at, "class")).unwrap_or_default();
        let holder = matches!(name, "div" | "article" | "section" | "li" | "td") && !class.is_empty();
        if holder && outline.letters(at) >= 120 && outline.linked(at) * 3 < outline.letters(at) {
            kinds.entry((name, class)).or_default().push(at);
        }
    }
    let total = outline.letters(0);
    let mut best: Option<(u32, Vec<Section>)> = None;
    for elements in kinds.into_values().filter(|elements| (2..=500).contains(&elements.len())) {
        let nested = elements.windows(2).any(|pair| outline.parts[pair[0]].end > pair[1]);
        let titled =
            heading.is_some_and(|heading| elements.iter().any(|at| (*at..outline.parts[*at].end).contains(&heading)));
        let letters: u32 = elements.iter().map(|at| outline.letters(*at)).sum();
        let boxed = elements.iter().any(|at| is_boxed(outline, *at) || is_live(outline, *at));
        if nested || titled || boxed || letters * 3 < total {
            continue;
        }
        let parts: Vec<Section> = boxes(outline, &elements, setting).into_iter().flatten().collect();
        let whole = parts.len() > 1 && parts.len() * 10 >= elements.len() * 8;
        let marked = parts.iter().filter(|part| part.marked).count() * 10 >= parts.len() * 8;
        if whole && marked && dated(&parts) && best.as_ref().is_none_or(|(most, _)| letters > *most) {
            best = Some((letters, parts));
        }
    }
    best.map(|(_, parts)| parts)
}

fn is_boxed(outline: &Outline<'_>, at: usize) -> bool {
    std::iter::once(at).chain(outline.above(at)).any(|at| regions::sign(outline, at) != RegionHint::None)
}

/// A post of a running report: one article, however many of them there are.
fn is_live(outline: &Outline<'_>, at: usize) -> bool {
    let words = ["live", "liveblog", "liveblogs", "canli", "endirect"];
    std::iter::once(at)
        .chain(outline.above(at).take(3))
        .any(|at| outline.parts[at].hints.split_whitespace().any(|hint| words.contains(&hint)))
}
