//! The text of an article: which element holds it, and which of its lines belong to it.

use crate::parse::limits::MAX_TEXT;
use crate::parse::page::dom::outline::{Line, Outline};
use crate::parse::page::dom::phrases::{LineMarker, marker};
use crate::parse::page::dom::regions;
use crate::text::fold;

/// The longest line of a text, in characters.
const MAX_LINE: usize = 20_000;
/// The shortest text that an element named as the article's is believed with, in letters.
const SHORTEST: i64 = 140;
/// Less text than this is next to nothing, in letters.
const FEW: i64 = 500;

/// How each line of a page speaks for being text, as sums in document order.
struct LineScores {
    sums: Vec<i64>,
}

impl LineScores {
    fn of(outline: &Outline<'_>, lines: &[Line], dropped: &[bool]) -> Self {
        let mut sums = vec![0; outline.parts.len() + 1];
        for line in lines.iter().filter(|line| !dropped[line.first]) {
            sums[line.first + 1] = worth(outline, line);
        }
        for at in 1..sums.len() {
            sums[at] += sums[at - 1];
        }
        Self { sums }
    }

    fn beneath(&self, outline: &Outline<'_>, at: usize) -> i64 {
        self.sums[outline.parts[at].end] - self.sums[at]
    }
}

/// What a line is worth: letters that are not linked count for it, linked and short lines against it.
fn worth(outline: &Outline<'_>, line: &Line) -> i64 {
    let (letters, linked) = (i64::from(line.letters), i64::from(line.linked));
    if linked * 2 > letters {
        return -(letters / 4).min(50);
    }
    if is_heading(outline.name(line.host)) {
        return 0;
    }
    if letters < 25 { -3 } else { letters - 2 * linked }
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// The text of the page's article: its paragraphs, each a line. `title` is its headline and the part that shows it.
#[must_use]
pub fn text(outline: &Outline<'_>, title: &str, heading: Option<usize>) -> String {
    let paragraphs = paragraphs(outline, title, heading);
    let mut text = String::new();
    for paragraph in paragraphs {
        if text.len() > MAX_TEXT * 4 {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(crate::parse::plain_text::cut(&paragraph, MAX_TEXT));
    }
    crate::parse::plain_text::cut(&text, MAX_TEXT).to_owned()
}

fn paragraphs(outline: &Outline<'_>, title: &str, heading: Option<usize>) -> Vec<String> {
    let found = TextRegion::of(outline, heading);
    let mut texts: Vec<String> = found.lead.map(|at| outline.text(at, MAX_LINE)).into_iter().collect();
    texts.extend(cut(outline, &found, title));
    texts
}

/// The lines of the page's article, before anything is cut off them.
#[must_use]
pub fn lines(outline: &Outline<'_>, heading: Option<usize>) -> Vec<Line> {
    TextRegion::of(outline, heading).lines
}

/// Where the text was found.
struct TextRegion {
    lead: Option<usize>,
    lines: Vec<Line>,
    dropped: Vec<bool>,
}

impl TextRegion {
    /// Boxes are left out; where that leaves next to nothing, the site calls its content a box, and they stay in.
    fn of(outline: &Outline<'_>, heading: Option<usize>) -> Self {
        let strict = Self::by(outline, heading, false);
        if strict.worth(outline) >= FEW {
            return strict;
        }
        let lenient = Self::by(outline, heading, true);
        if lenient.worth(outline) > strict.worth(outline) * 2 { lenient } else { strict }
    }

    fn worth(&self, outline: &Outline<'_>) -> i64 {
        self.lines.iter().map(|line| worth(outline, line)).sum()
    }

    fn by(outline: &Outline<'_>, heading: Option<usize>, lenient: bool) -> Self {
        let Some(root) = outline.named(0, &["body"]).next().or((!outline.parts.is_empty()).then_some(0)) else {
            return Self { lead: None, lines: Vec::new(), dropped: Vec::new() };
        };
        let mut lines = outline.lines(root);
        let kept: Vec<usize> = heading.into_iter().chain(marked(outline)).collect();
        let dropped = regions::dropped(outline, root, &kept, lenient);
        let scores = LineScores::of(outline, &lines, &dropped);
        let content = content(outline, &scores, root, heading);
        let inner = regions::dropped(outline, content, &[], lenient);
        let lead = lead(outline, &dropped, heading, content);
        lines = outline.lines_without(content, &inner);
        Self { lead, lines, dropped: inner }
    }
}

/// Elements that say that they are the article's text.
fn marked<'s>(outline: &'s Outline<'_>) -> impl Iterator<Item = usize> + 's {
    (0..outline.parts.len()).filter(|at| {
        outline.attr(*at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("articleBody"))
            || outline.parts[*at].hints.contains(" articlebody ")
            || outline.parts[*at].hints.contains(" article body ")
    })
}

/// How an element's own words say that it holds the text, from 0 for not at all.
fn rank(outline: &Outline<'_>, at: usize) -> u8 {
    if outline.attr(at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("articleBody")) {
        return 4;
    }
    let hints = &outline.parts[at].hints;
    let has = |first: &[&str], second: &[&str]| {
        let words: Vec<&str> = hints.split_whitespace().collect();
        words.windows(2).any(|pair| first.contains(&pair[0]) && second.contains(&pair[1]))
    };
    if hints.contains(" articlebody ")
        || has(
            &["article", "entry", "post", "story", "news", "single"],
            &["body", "content", "text", "txt", "fulltext"],
        )
    {
        return 3;
    }
    if has(
        &["detail", "details", "content", "item", "td", "main", "page", "body"],
        &["body", "content", "text", "article", "main", "description", "post"],
    ) {
        return 2;
    }
    u8::from(outline.name(at) == "article" || outline.attr(at, "role") == Some("article"))
}

/// The element that holds the text.
fn content(outline: &Outline<'_>, scores: &LineScores, root: usize, heading: Option<usize>) -> usize {
    let all: Vec<usize> = (root..outline.parts[root].end).filter(|at| outline.parts[*at].element.is_some()).collect();
    let ranks: Vec<u8> = all.iter().map(|at| rank(outline, *at)).collect();
    let most = all.iter().map(|at| scores.beneath(outline, *at)).max().unwrap_or(0);
    for wanted in [4, 3, 2, 1] {
        let ranked: Vec<usize> = all
            .iter()
            .zip(&ranks)
            .filter(|(at, rank)| **rank == wanted && scores.beneath(outline, **at) >= SHORTEST.max(most * 3 / 10))
            .map(|(at, _)| *at)
            .collect();
        let best = ranked.iter().map(|at| scores.beneath(outline, *at)).max().unwrap_or(0);
        let with_title = ranked
            .iter()
            .copied()
            .find(|at| wanted == 1 && heading.is_some_and(|heading| (*at..outline.parts[*at].end).contains(&heading)));
        let first = ranked.iter().copied().find(|at| scores.beneath(outline, *at) * 2 >= best);
        if let Some(found) = with_title.or(first) {
            return descend(outline, scores, found);
        }
    }
    descend(outline, scores, root)
}

/// The innermost element that still holds nearly all the text beneath `from`.
fn descend(outline: &Outline<'_>, scores: &LineScores, from: usize) -> usize {
    let mut at = from;
    loop {
        let here = scores.beneath(outline, at);
        let inner = outline.children(at).max_by_key(|child| scores.beneath(outline, *child));
        let Some(child) = inner.filter(|child| holds_blocks(outline, *child)) else { return at };
        let before = scores.sums[child] - scores.sums[at];
        if scores.beneath(outline, child) * 100 < here * 85 || before > 120 {
            return at;
        }
        at = child;
    }
}

fn holds_blocks(outline: &Outline<'_>, at: usize) -> bool {
    !matches!(outline.name(at), "p" | "li" | "span" | "b" | "strong" | "font" | "em" | "i" | "td")
}

/// A lead that stands between the headline and the text, outside of it.
fn lead(outline: &Outline<'_>, dropped: &[bool], heading: Option<usize>, content: usize) -> Option<usize> {
    const LEAD: &str = "lead standfirst chapo intro summary subtitle subheadline sapo excerpt description dek introtext \
        spot teaser abstract epigraph descriptor bajada perex ingress vorspann copete entradilla deck subhead ozet \
        synopsis";
    let start = heading.map_or(0, |heading| outline.parts[heading].end);
    let mut at = start;
    while at < content {
        let is_lead = outline.parts[at].hints.split_whitespace().any(|word| LEAD.split(' ').any(|lead| lead == word));
        let outside = outline.parts[at].end <= content;
        let prose = (40..1_500).contains(&outline.letters(at)) && outline.linked(at) * 2 < outline.letters(at);
        if is_lead && outside && !dropped[at] && prose {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// True where a marker that is a heading is followed by a headline that leads nowhere, with a text of its own: the whole
/// of another article stands behind it, however short this one is. `rest` begins with the marker.
fn begins_another(outline: &Outline<'_>, rest: &[Line]) -> bool {
    let [marker, headline, text, ..] = rest else { return false };
    let heads = |line: &Line| is_heading(outline.name(line.host)) && line.linked == 0;
    heads(marker) && heads(headline) && !is_heading(outline.name(text.host)) && text.linked * 2 < text.letters
}

/// The lines of the text: what a marker announces is left out.
fn cut(outline: &Outline<'_>, found: &TextRegion, title: &str) -> Vec<String> {
    let title = fold::key(title);
    let all: i64 = found.lines.iter().map(|line| worth(outline, line).max(0)).sum();
    let (mut kept, mut said, mut skip) = (Vec::new(), 0, false);
    for (at, line) in found.lines.iter().enumerate() {
        let text = outline.line_without(line.first, line.end, MAX_LINE, &found.dropped);
        match marker(&text) {
            Some(LineMarker::Tail) if said * 10 >= all * 5 => break,
            Some(LineMarker::Others)
                if said * 10 >= all * 6
                    || is_heading(outline.name(line.host)) && said * 10 >= all * 4
                    || said > 0 && begins_another(outline, &found.lines[at..]) =>
            {
                break;
            }
            Some(LineMarker::Promo) => continue,
            Some(_) => {
                skip = true;
                continue;
            }
            None => {}
        }
        let linkage = line.linked * 10 >= line.letters * 8;
        if linkage && (skip || line.letters > 20 || line.linked == line.letters) {
            continue;
        }
        skip = false;
        said += worth(outline, line).max(0);
        if !is_heading(outline.name(line.host)) || fold::key(&text) != title {
            kept.push(text);
        }
    }
    kept
}
