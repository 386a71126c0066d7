//! Chooses the lines of an article's text among those of its region: without lines that announce something else, bylines,
//! lists of links, and repeated lines.

use std::collections::HashSet;

use super::byline;
use super::line_score::{is_heading, line_score};
use super::text_region::TextRegion;
use crate::parse::page::boilerplate_phrases::{LineMarker, marker};
use crate::parse::page::dom::flat_tree::{Line, Outline};
use crate::parse::page::dom::non_content;
use crate::parse::share::{MAJORITY, is_at_least, is_over};
use crate::text::fold;

/// The longest line of a text, in characters. Chosen by hand.
const MAX_LINE: usize = 20_000;

/// After these shares of the text, in percent, a marker ends it: one of keywords and comments, one of other articles,
/// and one of other articles that is a heading. Chosen by hand.
const TAIL_SHARE: u8 = 50;
const OTHERS_SHARE: u8 = 60;
const OTHERS_HEADING_SHARE: u8 = 40;
/// The share of a line's letters from which it is a list of links, in percent, and the longest one that is kept. Chosen
/// by hand.
const LINK_LINE_SHARE: u8 = 80;
const MAX_LINK_LINE: u32 = 20;
/// The shortest line of prose, in letters. Chosen by hand.
const MIN_PROSE: u32 = 40;
/// The shortest sentence that is kept although it is a link, in letters. Chosen by hand.
const MIN_LINKED_SENTENCE: u32 = 60;
/// How many paragraphs after a marker show that the text goes on, and how many lines are searched for them. Chosen by
/// hand.
const MIN_PARAGRAPHS: usize = 2;
const MAX_SEARCHED_LINES: usize = 40;
/// The largest box that a marker begins, as a share of the text in percent. Chosen by hand.
const MAX_BOX_SHARE: u8 = 50;
/// The shortest line that is kept only once, in letters: shorter ones may be answers or labels. Chosen by hand.
const MIN_REPEATED: u32 = 40;
/// The most words before the title in a line that repeats it. Chosen by hand: the name of a section.
const MAX_KICKER_WORDS: usize = 4;

/// The lines of the text; the first node of its first paragraph, and the index after the last node of its last one.
pub(super) fn of(outline: &Outline, region: &TextRegion, title: &str) -> (Vec<String>, (usize, usize)) {
    let mut chosen = ChosenLines::new(outline, region, title);
    let mut at = 0;
    while let Some(line) = region.lines.get(at) {
        let text = outline.line_without(line.first, line.end, MAX_LINE, &region.dropped);
        let Some(marker) = marker(&text) else {
            chosen.take(line, text);
            at += 1;
            continue;
        };
        let next = chosen.after_box(at, &text);
        if chosen.is_end(marker, at, &text) {
            break;
        }
        chosen.skips_links |= !matches!(marker, LineMarker::Promo | LineMarker::Wall);
        at = if marker == LineMarker::Promo { at + 1 } else { next };
    }
    (chosen.texts, chosen.nodes)
}

/// The place of a paragraph: the name and depth of its block, and the class of the element around it.
type ParagraphPlace<'o> = (&'o str, u16, &'o str);

/// The lines chosen so far, and what that depends on.
struct ChosenLines<'o> {
    outline: &'o Outline,
    region: &'o TextRegion,
    /// The folded headline.
    title: String,
    texts: Vec<String>,
    nodes: (usize, usize),
    /// The letters of all lines, their scores, and those of the chosen ones.
    letters: u32,
    all: i64,
    score: i64,
    /// The places of the paragraphs.
    places: HashSet<ParagraphPlace<'o>>,
    /// The longer lines and the captions.
    seen: HashSet<String>,
    /// The last list, and whether the text introduces it.
    list: Option<(usize, bool)>,
    /// True after a marker, until the next line that is not a link.
    skips_links: bool,
}

impl<'o> ChosenLines<'o> {
    fn new(outline: &'o Outline, region: &'o TextRegion, title: &str) -> Self {
        let all = region.lines.iter().map(|line| line_score(outline, line).max(0)).sum();
        let mut chosen = Self {
            outline,
            region,
            title: fold::key(title),
            texts: Vec::new(),
            nodes: (0, 0),
            letters: region.lines.iter().map(|line| line.letters).fold(0, u32::saturating_add),
            all,
            score: 0,
            places: HashSet::new(),
            seen: captions(outline, region),
            list: None,
            skips_links: false,
        };
        for line in &region.lead {
            let text = outline.line(line.first, line.end, MAX_LINE);
            if chosen.is_first(line, &text) {
                chosen.texts.push(text);
            }
        }
        chosen
    }

    /// Takes a line that is not a marker, unless it is a link to something else, a byline, or a repetition.
    fn take(&mut self, line: &'o Line, text: String) {
        let (outline, heading) = (self.outline, is_heading(self.outline.name(line.host)));
        let links = is_at_least(line.linked, LINK_LINE_SHARE, line.letters);
        if links
            && (self.skips_links || line.letters > MAX_LINK_LINE || line.linked == line.letters)
            && (self.skips_links || !is_linked_sentence(outline, line, &text) && !self.is_listed(line))
        {
            return;
        }
        self.skips_links = false;
        self.score += line_score(outline, line).max(0);
        if self.is_about_article(line, &text, heading) || !self.is_first(line, &text) {
            return;
        }
        if !heading && line.letters >= MIN_PROSE {
            self.places.insert(place(outline, line));
            self.nodes = (if self.nodes.1 == 0 { line.first } else { self.nodes.0 }, line.end);
        }
        self.texts.push(text);
    }

    /// True for the title, and for a byline.
    fn is_about_article(&self, line: &Line, text: &str, heading: bool) -> bool {
        let before_text = self.places.is_empty();
        if (heading || before_text) && !self.title.is_empty() {
            let folded = fold::key(text);
            let kicker = || folded.strip_suffix(self.title.as_str()).map(|kicker| kicker.split_whitespace().count());
            if folded == self.title || heading && kicker().is_some_and(|words| words <= MAX_KICKER_WORDS) {
                return true;
            }
        }
        let named = byline::is_named(self.outline, line) && !byline::is_sentence(text);
        let phrased = before_text && !heading && (byline::is_phrase(text) || byline::is_date(text));
        (named || phrased) && !byline::names_agency(text)
    }

    /// True for a short line, or for one that was not yet seen.
    fn is_first(&mut self, line: &Line, text: &str) -> bool {
        line.letters < MIN_REPEATED || self.seen.insert(text.to_owned())
    }

    /// True for an entry of a list that the text introduces.
    fn is_listed(&mut self, line: &Line) -> bool {
        let mut entry = std::iter::once(line.host).chain(self.outline.above(line.host)).take(2);
        let Some(entry) = entry.find(|at| self.outline.name(*at) == "li") else { return false };
        let list = self.outline.nodes[entry].parent;
        if self.list.is_none_or(|(known, _)| known != list) {
            self.list = Some((list, non_content::is_introduced(self.outline, list)));
        }
        self.list.is_some_and(|(_, introduced)| introduced)
    }

    /// True if the marker on the line at `at` ends the text.
    fn is_end(&self, marker: LineMarker, at: usize, text: &str) -> bool {
        let heading = is_heading(self.outline.name(self.region.lines[at].host));
        match marker {
            LineMarker::Promo | LineMarker::Wall => false,
            LineMarker::Tail => is_at_least(self.score, TAIL_SHARE, self.all),
            LineMarker::Share => is_at_least(self.score, TAIL_SHARE, self.all) && !self.continues(at, text),
            LineMarker::Others => {
                (is_at_least(self.score, OTHERS_SHARE, self.all)
                    || heading && is_at_least(self.score, OTHERS_HEADING_SHARE, self.all))
                    && !self.continues(at, text)
                    || self.score > 0 && begins_another(self.outline, &self.region.lines[at..])
            }
        }
    }

    /// True if paragraphs of the article follow the marker on the line at `at`: they are at the place of those before it,
    /// and not between links to other articles.
    fn continues(&self, at: usize, text: &str) -> bool {
        let marked = &self.region.lines[at];
        let complete = marked.linked > 0 || text.contains([':', '：']) && !text.trim_end().ends_with([':', '：']);
        let heading = is_heading(self.outline.name(marked.host));
        let (mut announced, mut paragraphs) = (0, 0);
        let mut before = marked.end;
        for line in self.region.lines[at + 1..].iter().take(MAX_SEARCHED_LINES) {
            // A list of links was dropped here.
            announced += usize::from(line.first > before && self.outline.letters_between(before, line.first) > 0);
            before = line.end;
            if is_at_least(line.linked, MAJORITY, line.letters) {
                let inner = marker(&self.outline.line(line.first, line.end, MAX_LINE)).is_some();
                if paragraphs > 0 && !complete && !inner {
                    return false;
                }
                announced += 1;
            } else if line.letters >= MIN_PROSE && !is_heading(self.outline.name(line.host)) {
                if !self.places.contains(&place(self.outline, line)) || heading && !complete && announced == 0 {
                    return false;
                }
                paragraphs += 1;
                if complete || paragraphs >= MIN_PARAGRAPHS {
                    return true;
                }
            }
        }
        paragraphs > 0
    }

    /// The line after the box that the marker on the line at `at` begins, or after the line itself.
    fn after_box(&self, at: usize, text: &str) -> usize {
        let line = &self.region.lines[at];
        let begins = |above: &usize| {
            !self.region.parts.contains(above)
                && self.outline.letters_between(*above, line.first) == 0
                && !is_over(self.outline.letters(*above), MAX_BOX_SHARE, self.letters)
        };
        let end =
            self.outline.above(line.first).take_while(begins).last().map_or(line.end, |at| self.outline.nodes[at].end);
        if end <= line.end || self.continues(at, text) {
            return at + 1;
        }
        at + self.region.lines[at..].iter().take_while(|line| line.first < end).count()
    }
}

/// True for a paragraph of the text that is a link as a whole: headlines of other articles are not sentences.
fn is_linked_sentence(outline: &Outline, line: &Line, text: &str) -> bool {
    outline.name(line.host) == "p" && line.letters >= MIN_LINKED_SENTENCE && text.trim_end().ends_with(['.', '。', '۔'])
}

/// The lines of the captions in the region: some galleries show them a second time as text.
fn captions(outline: &Outline, region: &TextRegion) -> HashSet<String> {
    let lines = region.captions.iter().flat_map(|at| outline.lines(*at));
    lines.map(|line| outline.line(line.first, line.end, MAX_LINE)).collect()
}

fn place<'o>(outline: &'o Outline, line: &Line) -> ParagraphPlace<'o> {
    let node = &outline.nodes[line.host];
    (outline.name(line.host), node.depth, &outline.nodes[node.parent].hints)
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
