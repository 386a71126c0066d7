//! Finds the elements that contain the text of an article, by their names and scores.

use super::line_score::{LineScores, is_heading};
use crate::parse::page::dom::flat_tree::Outline;
use crate::parse::share::{MAJORITY, is_at_least};

/// The lowest score of an element whose name says that it is the article's text, in points: one for each letter. Chosen
/// by hand.
const MIN_SCORE: i64 = 140;
/// The same as a share of the best score on the page, in percent. Chosen by hand.
const MIN_SCORE_SHARE: i64 = 30;
/// The element of a text is the innermost one with this share of the score, in percent. Chosen by hand.
const DESCEND_SHARE: u8 = 85;
/// The highest score that may precede it within its parent, in points. Chosen by hand.
const MAX_SCORE_BEFORE: i64 = 120;
/// The lowest score of a further part of the text, in points, and how many elements above one part may be the container
/// of all parts. Chosen by hand.
const MIN_PART_SCORE: i64 = 40;
const MAX_PART_LEVELS: usize = 4;
/// The share of the letters between two parts that belongs to a part, in percent: a card has its headline besides its
/// text. Chosen by hand.
const PART_SHARE: u8 = 60;
/// The most parts of a text. Chosen by hand.
const MAX_PARTS: usize = 200;

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

/// The elements that together contain the text, in document order: the best one, and those that continue it.
pub(super) fn parts(
    outline: &Outline,
    scores: &LineScores,
    dropped: &[bool],
    root: usize,
    heading: Option<usize>,
) -> Vec<usize> {
    let found = best(outline, scores, root, heading);
    let all = alike(outline, scores, dropped, root, found);
    if all.len() > 1 { all } else { vec![descend(outline, scores, found)] }
}

/// Elements with the name, class and depth of `found` that continue its text: within the same article, and without a
/// headline of their own.
fn alike(outline: &Outline, scores: &LineScores, dropped: &[bool], root: usize, found: usize) -> Vec<usize> {
    let node = &outline.nodes[found];
    if node.hints.trim().is_empty() || found == root || is_article(outline, found) {
        return vec![found];
    }
    let top = outline.above(found).take(MAX_PART_LEVELS).find(|at| is_article(outline, *at) || *at == root);
    let top = top.or_else(|| outline.above(found).take(MAX_PART_LEVELS).last()).unwrap_or(found);
    let mut all = Vec::new();
    let mut at = top + 1;
    while at < outline.nodes[top].end && all.len() < MAX_PARTS {
        let other = &outline.nodes[at];
        let same = !other.is_text
            && other.depth == node.depth
            && other.hints == node.hints
            && outline.name(at) == outline.name(found)
            && !dropped[at];
        if at == found || same && scores.within(outline, at) >= MIN_PART_SCORE && continues(outline, found, at) {
            all.push(at);
            at = other.end;
        } else {
            at += 1;
        }
    }
    all
}

/// True if nothing between a part and the element that contains both parts says that another article begins.
fn continues(outline: &Outline, found: usize, part: usize) -> bool {
    let contains_both = |at: &usize| (*at..outline.nodes[*at].end).contains(&found);
    let own = outline.above(part).take_while(|at| !contains_both(at));
    let Some(own) = own.last() else { return !begins_with_headline(outline, part) };
    let headed =
        outline.named(own, HEADINGS).any(|at| at < part && (outline.links(at) > 0 || outline.name(at) == "h1"));
    !headed
        && !begins_with_headline(outline, part)
        && outline.named(own, &["article"]).next().is_none()
        && is_at_least(outline.letters(part), PART_SHARE, outline.letters(own))
}

const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6"];

/// True if the first line of an element is a heading with a link, or the title of a page.
fn begins_with_headline(outline: &Outline, at: usize) -> bool {
    let first = (at..outline.nodes[at].end).find(|inner| outline.nodes[*inner].is_text && outline.letters(*inner) > 0);
    first.map(|first| outline.block(first)).is_some_and(|line| {
        line > at && is_heading(outline.name(line)) && (outline.links(line) > 0 || outline.name(line) == "h1")
    })
}

fn is_article(outline: &Outline, at: usize) -> bool {
    outline.name(at) == "article" || outline.attr(at, "role") == Some("article")
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
    if is_article(outline, at) { rank::ARTICLE } else { 0 }
}

/// The element with the best name and score.
fn best(outline: &Outline, scores: &LineScores, root: usize, heading: Option<usize>) -> usize {
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
            return container(outline, found);
        }
    }
    root
}

/// The element itself, or the one around it if it can only be a paragraph of the text.
fn container(outline: &Outline, found: usize) -> usize {
    std::iter::once(found).chain(outline.above(found)).find(|at| can_contain_blocks(outline, *at)).unwrap_or(found)
}

/// The innermost element that still contains nearly all the text of `from`.
fn descend(outline: &Outline, scores: &LineScores, from: usize) -> usize {
    let mut at = from;
    loop {
        let here = scores.within(outline, at);
        let largest = outline.children(at).max_by_key(|child| scores.within(outline, *child));
        let Some(child) = largest.filter(|child| can_contain_blocks(outline, *child)) else { return at };
        let before = scores.between(at, child);
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
