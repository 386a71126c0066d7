//! Finds the text of an article.
//!
//! 1. Regions outside the content are dropped ([`non_content`]).
//! 2. Every line gets a score, and the element that contains the text is chosen by name and score.
//! 3. A lead before that element is added.
//! 4. Lines that announce something else, and lists of links, are removed.

use std::ops::Range;

use crate::parse::item_limits::MAX_TEXT;
use crate::parse::page::boilerplate_phrases::{LineMarker, marker};
use crate::parse::page::dom::flat_tree::{Line, Outline};
use crate::parse::page::dom::non_content;
use crate::parse::share::{MAJORITY, is_at_least, is_over};
use crate::text::fold;

/// The longest line of a text, in characters. Chosen by hand.
const MAX_LINE: usize = 20_000;
/// The longest character, in bytes of UTF-8.
const MAX_CHARACTER_BYTES: usize = 4;

/// The lowest score of an element whose name says that it is the article's text, in points: one for each letter. Chosen
/// by hand.
const MIN_SCORE: i64 = 140;
/// The same as a share of the best score on the page, in percent. Chosen by hand.
const MIN_SCORE_SHARE: i64 = 30;
/// Below this score a text is nearly empty, in points. Chosen by hand.
const NEARLY_EMPTY: i64 = 500;
/// How many times the score of the strict reading the lenient one must have. Chosen by hand.
const LENIENT_FACTOR: i64 = 2;

/// The share of a line's letters from which it counts as linked, in percent. Chosen by hand.
const LINKED_SHARE: u8 = 50;
/// A linked line costs one point for this many letters, and this many points at most. Chosen by hand.
const LETTERS_PER_PENALTY: i64 = 4;
const MAX_PENALTY: i64 = 50;
/// A line of fewer letters costs this many points. Chosen by hand.
const SHORT_LINE: i64 = 25;
const SHORT_LINE_SCORE: i64 = -3;
/// How many points each linked letter costs in a line of text. Chosen by hand.
const LINKED_LETTER_COST: i64 = 2;

/// The element of a text is the innermost one with this share of the score, in percent. Chosen by hand.
const DESCEND_SHARE: u8 = 85;
/// The highest score that may precede it within its parent, in points. Chosen by hand.
const MAX_SCORE_BEFORE: i64 = 120;
/// The shortest and longest lead, in letters. Chosen by hand.
const LEAD_LETTERS: Range<u32> = 40..1_500;

/// After these shares of the text, in percent, a marker ends it: one of keywords and comments, one of other articles,
/// and one of other articles that is a heading. Chosen by hand.
const TAIL_SHARE: u8 = 50;
const OTHERS_SHARE: u8 = 60;
const OTHERS_HEADING_SHARE: u8 = 40;
/// The share of a line's letters from which it is a list of links, in percent, and the longest one that is kept. Chosen
/// by hand.
const LINK_LINE_SHARE: u8 = 80;
const MAX_LINK_LINE: u32 = 20;

/// How strongly the name of an element says that it contains the text, from 0 for not at all.
mod rank {
    /// The item property `articleBody`.
    pub(super) const ARTICLE_BODY: u8 = 4;
    /// Class words such as `entry content`.
    pub(super) const ENTRY_CONTENT: u8 = 3;
    /// Class words such as `page body`.
    pub(super) const PAGE_BODY: u8 = 2;
    /// An `article` element.
    pub(super) const ARTICLE: u8 = 1;
    /// All of them, the strongest first.
    pub(super) const ALL: [u8; 4] = [ARTICLE_BODY, ENTRY_CONTENT, PAGE_BODY, ARTICLE];
}

/// The scores of the lines of a page, as running sums over its nodes.
struct LineScores {
    sums: Vec<i64>,
}

impl LineScores {
    fn of(outline: &Outline, lines: &[Line], dropped: &[bool]) -> Self {
        let mut sums = vec![0; outline.nodes.len() + 1];
        for line in lines.iter().filter(|line| !dropped[line.first]) {
            sums[line.first + 1] = line_score(outline, line);
        }
        for at in 1..sums.len() {
            sums[at] += sums[at - 1];
        }
        Self { sums }
    }

    fn within(&self, outline: &Outline, at: usize) -> i64 {
        self.sums[outline.nodes[at].end] - self.sums[at]
    }
}

/// The score of a line: letters that are not linked add to it; linked and short lines cost points.
fn line_score(outline: &Outline, line: &Line) -> i64 {
    let (letters, linked) = (i64::from(line.letters), i64::from(line.linked));
    if is_over(linked, LINKED_SHARE, letters) {
        return -(letters / LETTERS_PER_PENALTY).min(MAX_PENALTY);
    }
    if is_heading(outline.name(line.host)) {
        return 0;
    }
    if letters < SHORT_LINE { SHORT_LINE_SCORE } else { letters - LINKED_LETTER_COST * linked }
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// The text of the page's article, one line for each paragraph. `title` is its headline, `heading` the node that shows
/// it.
#[must_use]
pub fn text(outline: &Outline, title: &str, heading: Option<usize>) -> String {
    let paragraphs = paragraphs(outline, title, heading);
    let mut text = String::new();
    for paragraph in paragraphs {
        if text.len() > MAX_TEXT * MAX_CHARACTER_BYTES {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(crate::parse::plain_text::cut(&paragraph, MAX_TEXT));
    }
    crate::parse::plain_text::cut(&text, MAX_TEXT).to_owned()
}

fn paragraphs(outline: &Outline, title: &str, heading: Option<usize>) -> Vec<String> {
    let found = TextRegion::of(outline, heading);
    let mut texts: Vec<String> = found.lead.map(|at| outline.text(at, MAX_LINE)).into_iter().collect();
    texts.extend(trimmed(outline, &found, title));
    texts
}

/// The lines of the page's article, with the lines that announce something else.
#[must_use]
pub fn lines(outline: &Outline, heading: Option<usize>) -> Vec<Line> {
    TextRegion::of(outline, heading).lines
}

/// The region of a page that contains the text.
struct TextRegion {
    lead: Option<usize>,
    lines: Vec<Line>,
    dropped: Vec<bool>,
}

impl TextRegion {
    /// Drops boilerplate; if that leaves nearly nothing, the site names its content like boilerplate, and it stays.
    fn of(outline: &Outline, heading: Option<usize>) -> Self {
        let strict = Self::find(outline, heading, false);
        if strict.score(outline) >= NEARLY_EMPTY {
            return strict;
        }
        let lenient = Self::find(outline, heading, true);
        if lenient.score(outline) > strict.score(outline) * LENIENT_FACTOR { lenient } else { strict }
    }

    fn score(&self, outline: &Outline) -> i64 {
        self.lines.iter().map(|line| line_score(outline, line)).sum()
    }

    fn find(outline: &Outline, heading: Option<usize>, lenient: bool) -> Self {
        let Some(root) = outline.named(0, &["body"]).next().or((!outline.nodes.is_empty()).then_some(0)) else {
            return Self { lead: None, lines: Vec::new(), dropped: Vec::new() };
        };
        let mut lines = outline.lines(root);
        let kept: Vec<usize> = heading.into_iter().chain(body_elements(outline)).collect();
        let dropped = non_content::dropped(outline, root, &kept, lenient);
        let scores = LineScores::of(outline, &lines, &dropped);
        let content = content(outline, &scores, root, heading);
        let inner = non_content::dropped(outline, content, &[], lenient);
        let lead = lead(outline, &dropped, heading, content);
        lines = outline.lines_without(content, &inner);
        Self { lead, lines, dropped: inner }
    }
}

/// Elements that are marked as the article's text.
fn body_elements<'s>(outline: &'s Outline) -> impl Iterator<Item = usize> + 's {
    (0..outline.nodes.len()).filter(|at| {
        outline.attr(*at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("articleBody"))
            || outline.nodes[*at].hints.contains(" articlebody ")
            || outline.nodes[*at].hints.contains(" article body ")
    })
}

/// The rank of an element by its name and class words: see [`rank`].
fn rank_of(outline: &Outline, at: usize) -> u8 {
    if outline.attr(at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("articleBody")) {
        return rank::ARTICLE_BODY;
    }
    let hints = &outline.nodes[at].hints;
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
        return rank::ENTRY_CONTENT;
    }
    if has(
        &["detail", "details", "content", "item", "td", "main", "page", "body"],
        &["body", "content", "text", "article", "main", "description", "post"],
    ) {
        return rank::PAGE_BODY;
    }
    let article = outline.name(at) == "article" || outline.attr(at, "role") == Some("article");
    if article { rank::ARTICLE } else { 0 }
}

/// The element that contains the text.
fn content(outline: &Outline, scores: &LineScores, root: usize, heading: Option<usize>) -> usize {
    let all: Vec<usize> = (root..outline.nodes[root].end).filter(|at| !outline.nodes[*at].is_text).collect();
    let ranks: Vec<u8> = all.iter().map(|at| rank_of(outline, *at)).collect();
    let most = all.iter().map(|at| scores.within(outline, *at)).max().unwrap_or(0);
    for wanted in rank::ALL {
        let ranked: Vec<usize> = all
            .iter()
            .zip(&ranks)
            .filter(|(at, rank)| {
                **rank == wanted && scores.within(outline, **at) >= MIN_SCORE.max(most * MIN_SCORE_SHARE / 100)
            })
            .map(|(at, _)| *at)
            .collect();
        let best = ranked.iter().map(|at| scores.within(outline, *at)).max().unwrap_or(0);
        let with_title = ranked.iter().copied().find(|at| {
            wanted == rank::ARTICLE && heading.is_some_and(|heading| (*at..outline.nodes[*at].end).contains(&heading))
        });
        let first = ranked.iter().copied().find(|at| is_at_least(scores.within(outline, *at), MAJORITY, best));
        if let Some(found) = with_title.or(first) {
            return descend(outline, scores, found);
        }
    }
    descend(outline, scores, root)
}

/// The innermost element that still contains nearly all the text of `from`.
fn descend(outline: &Outline, scores: &LineScores, from: usize) -> usize {
    let mut at = from;
    loop {
        let here = scores.within(outline, at);
        let largest = outline.children(at).max_by_key(|child| scores.within(outline, *child));
        let Some(child) = largest.filter(|child| can_contain_blocks(outline, *child)) else { return at };
        let before = scores.sums[child] - scores.sums[at];
        if !is_at_least(scores.within(outline, child), DESCEND_SHARE, here) || before > MAX_SCORE_BEFORE {
            return at;
        }
        at = child;
    }
}

/// True for an element that can contain several paragraphs.
fn can_contain_blocks(outline: &Outline, at: usize) -> bool {
    !matches!(outline.name(at), "p" | "li" | "span" | "b" | "strong" | "font" | "em" | "i" | "td")
}

/// A lead between the headline and the element of the text.
fn lead(outline: &Outline, dropped: &[bool], heading: Option<usize>, content: usize) -> Option<usize> {
    const LEAD: &str = "lead standfirst chapo intro summary subtitle subheadline sapo excerpt description dek introtext \
        spot teaser abstract epigraph descriptor bajada perex ingress vorspann copete entradilla deck subhead ozet \
        synopsis";
    let start = heading.map_or(0, |heading| outline.nodes[heading].end);
    let mut at = start;
    while at < content {
        let is_lead = outline.nodes[at].hints.split_whitespace().any(|word| LEAD.split(' ').any(|lead| lead == word));
        let outside = outline.nodes[at].end <= content;
        let prose = LEAD_LETTERS.contains(&outline.letters(at))
            && !is_at_least(outline.linked(at), MAJORITY, outline.letters(at));
        if is_lead && outside && !dropped[at] && prose {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// True if a marker that is a heading is followed by a headline without a link and by text: then another full article
/// follows, however short this one is. `rest` begins with the marker.
fn begins_another(outline: &Outline, rest: &[Line]) -> bool {
    let [marker, headline, text, ..] = rest else { return false };
    let is_plain_heading = |line: &Line| is_heading(outline.name(line.host)) && line.linked == 0;
    is_plain_heading(marker)
        && is_plain_heading(headline)
        && !is_heading(outline.name(text.host))
        && !is_at_least(text.linked, MAJORITY, text.letters)
}

/// The lines of the text, without what markers announce.
fn trimmed(outline: &Outline, found: &TextRegion, title: &str) -> Vec<String> {
    let title = fold::key(title);
    let all: i64 = found.lines.iter().map(|line| line_score(outline, line).max(0)).sum();
    let (mut kept, mut kept_score, mut skip) = (Vec::new(), 0, false);
    for (at, line) in found.lines.iter().enumerate() {
        let text = outline.line_without(line.first, line.end, MAX_LINE, &found.dropped);
        match marker(&text) {
            Some(LineMarker::Tail) if is_at_least(kept_score, TAIL_SHARE, all) => break,
            Some(LineMarker::Others)
                if is_at_least(kept_score, OTHERS_SHARE, all)
                    || is_heading(outline.name(line.host)) && is_at_least(kept_score, OTHERS_HEADING_SHARE, all)
                    || kept_score > 0 && begins_another(outline, &found.lines[at..]) =>
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
        let links = is_at_least(line.linked, LINK_LINE_SHARE, line.letters);
        if links && (skip || line.letters > MAX_LINK_LINE || line.linked == line.letters) {
            continue;
        }
        skip = false;
        kept_score += line_score(outline, line).max(0);
        if !is_heading(outline.name(line.host)) || fold::key(&text) != title {
            kept.push(text);
        }
    }
    kept
}
