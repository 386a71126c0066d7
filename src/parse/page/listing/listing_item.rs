//! Reads one item of a listing: headline, link, excerpt, date.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::address::Address;
use crate::date::{DateContext, DateEvidence, Moment, Published, text_date, timestamp};
use crate::parse::item_limits::{MAX_SUMMARY, MAX_TITLE};
use crate::parse::page::article::other_dates::has_year;
use crate::parse::page::boilerplate_phrases::marker;
use crate::parse::page::dom::flat_tree::{Outline, clean};
use crate::parse::share::{MAJORITY, is_at_least};
use crate::text::fold;

/// The shortest headline, in letters. Chosen by hand.
const MIN_LETTERS: u32 = 9;
/// The shortest headline in Chinese, Japanese or Korean, in letters. Chosen by hand: the labels of a menu have up to four.
const MIN_DENSE_LETTERS: u32 = 6;
/// The shortest headline among longer ones, in letters. Chosen by hand: two words of two letters.
const MIN_BRIEF_LETTERS: u32 = 4;
/// The longest headline, in letters: a longer text is a paragraph. Chosen by hand.
const MAX_LETTERS: u32 = 260;
/// The shortest headline from an attribute, in letters and in words. Chosen by hand: `alt` often names a file or a person.
const MIN_ATTRIBUTE_LETTERS: usize = 20;
const MIN_ATTRIBUTE_WORDS: usize = 4;
/// The fewest alphabetic characters of a headline. Chosen by hand.
const MIN_ALPHABETIC: usize = 4;

/// The most links with a headline that are read on one page. Chosen by hand.
const MAX_HEADLINES: usize = 4_000;
/// The largest item, in nodes: a larger element holds more than one. Chosen by hand.
const MAX_ITEM_NODES: usize = 1_500;
/// How many elements above a link may be its heading, or contain the heading next to it. Chosen by hand.
const MAX_LEVELS: usize = 4;
/// More headings than one next to a link belong to several items; counting stops here.
const MAX_HEADINGS: usize = 3;

/// The shortest line of an excerpt, in letters. Chosen by hand.
const MIN_EXCERPT_LETTERS: u32 = 30;
/// A run of this many digits in an address is an item's number or year. Chosen by hand.
const MIN_ADDRESS_DIGITS: usize = 3;
/// The last segment of an address is a headline from this many words. Chosen by hand.
const MIN_ADDRESS_WORDS: usize = 3;

/// The longest element named as a date's, and the longest line that may be a date, in letters. Chosen by hand.
const MAX_DATE_ELEMENT: u32 = 60;
const MAX_DATE_LINE: u32 = 45;
/// How many short lines of an item are searched for a date. Chosen by hand.
const MAX_DATE_LINES: usize = 8;
/// The shortest and longest text next to a headline that may be a date, in letters. Chosen by hand.
const DATE_TEXT: Range<u32> = 6..30;
/// How much of an element and of a text is read as a date, in characters. Chosen by hand.
const MAX_DATE: usize = 120;
const MAX_SHORT_DATE: usize = 60;

/// A link with its headline.
#[derive(Clone, Debug)]
pub struct Headline {
    /// The link.
    pub(crate) anchor: usize,
    /// The heading that contains the text, or the link itself.
    pub(crate) node: usize,
    /// The text.
    pub text: String,
    /// The address that it links to.
    pub address: Address,
    /// The key of the address, for comparison.
    pub key: String,
    /// True if the text is in a heading, or in an element named as a title.
    pub(crate) heading: bool,
}

/// Every link of the page with a headline, in document order.
///
/// ```
/// use marsad::{address::Address, parse::page::{dom::{flat_tree::Outline, bounded_tree}, listing::listing_item::headlines}};
/// let html = bounded_tree::read("<h2><a href=/news/12>The council meets in May</a></h2>").unwrap();
/// let page = Address::parse("https://news.example.org/list").unwrap();
/// let found = headlines(&Outline::of(html.into()), &page, &page);
/// assert_eq!(found[0].text, "The council meets in May");
/// ```
#[must_use]
pub fn headlines(outline: &Outline, base: &Address, page: &Address) -> Vec<Headline> {
    links(outline, base, page)
        .filter_map(|link| headline(link, |anchor| headline_text(outline, anchor)))
        .take(MAX_HEADLINES)
        .collect()
}

/// Every link of the page with a headline of two or more words that is too short to count alone.
#[must_use]
pub(crate) fn brief(outline: &Outline, base: &Address, page: &Address) -> Vec<Headline> {
    links(outline, base, page)
        .filter_map(|link| headline(link, |anchor| brief_text(outline, anchor)))
        .take(MAX_HEADLINES)
        .collect()
}

/// The links that may belong to an item, each with its address.
fn links<'o>(outline: &'o Outline, base: &'o Address, page: &Address) -> impl Iterator<Item = (usize, Address)> + 'o {
    let own = page.key();
    let anchors = (0..outline.nodes.len()).filter(|anchor| outline.name(*anchor) == "a");
    anchors.filter_map(move |anchor| {
        let address = target(outline, anchor, base)?;
        let home = address.url().path() == "/" && address.url().query().is_none();
        (address.key() != own && !home).then_some((anchor, address))
    })
}

fn headline(
    (anchor, address): (usize, Address),
    find_text: impl Fn(usize) -> Option<(usize, String, bool)>,
) -> Option<Headline> {
    let (node, text, heading) = find_text(anchor)?;
    let key = address.key();
    Some(Headline { anchor, node, text, address, key, heading })
}

fn target(outline: &Outline, anchor: usize, base: &Address) -> Option<Address> {
    let href = outline.attr(anchor, "href").map(crate::address::stripped)?;
    (!href.is_empty() && !href.starts_with('#')).then(|| base.join(href).ok()).flatten()
}

/// The text of a headline: of a heading within or around the link, of the link, or of a heading next to it.
fn headline_text(outline: &Outline, anchor: usize) -> Option<(usize, String, bool)> {
    let inner = outline.named(anchor, HEADINGS).find(|at| is_long_enough(outline, *at)).or_else(|| {
        (anchor + 1..outline.nodes[anchor].end)
            .find(|at| has_title_hint(&outline.nodes[*at].hints) && is_long_enough(outline, *at))
    });
    if let Some(heading) = inner {
        return Some((heading, outline.text(heading, MAX_TITLE), true));
    }
    let outer = outline.above(anchor).take(MAX_LEVELS).find(|at| is_heading(outline, *at));
    let text = outline.text(anchor, MAX_TITLE);
    if is_long_enough(outline, anchor) && !is_generic(&text) {
        return Some((anchor, text, outer.is_some() || has_title_hint(&outline.nodes[anchor].hints)));
    }
    if outline.letters(anchor) > MAX_LETTERS {
        let line =
            outline.lines(anchor).into_iter().find(|line| (MIN_LETTERS..=MAX_LETTERS).contains(&line.letters))?;
        return Some((anchor, outline.line(line.first, line.end, MAX_TITLE), false));
    }
    if outline.letters(anchor) == 0 || is_generic(&text) {
        return adjacent_heading(outline, anchor, is_long_enough).or_else(|| attribute_text(outline, anchor));
    }
    None
}

const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6"];

fn is_heading(outline: &Outline, at: usize) -> bool {
    HEADINGS.contains(&outline.name(at)) || has_title_hint(&outline.nodes[at].hints)
}

fn has_title_hint(hints: &str) -> bool {
    hints.contains(" title ") || hints.contains(" headline ") || hints.contains(" hdl ")
}

fn is_long_enough(outline: &Outline, at: usize) -> bool {
    let letters = outline.letters(at);
    (MIN_LETTERS..=MAX_LETTERS).contains(&letters)
        || (MIN_DENSE_LETTERS..MIN_LETTERS).contains(&letters) && width(&outline.text(at, MAX_TITLE)) >= MIN_LETTERS
}

/// How many letters a text has, without white space. A letter of a script that writes a word with one or two counts
/// twice.
#[must_use]
pub(crate) fn width(text: &str) -> u32 {
    let dense = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if dense(c) { 2 } else { 1 }).sum()
}

/// The text of a brief headline, at the places where [`headline_text`] finds longer ones.
fn brief_text(outline: &Outline, anchor: usize) -> Option<(usize, String, bool)> {
    let titled = |at: &usize| HEADINGS.contains(&outline.name(*at)) || has_title_hint(&outline.nodes[*at].hints);
    if let Some(heading) = (anchor + 1..outline.nodes[anchor].end).find(titled) {
        return is_brief(outline, heading).then(|| (heading, outline.text(heading, MAX_TITLE), true));
    }
    let text = outline.text(anchor, MAX_TITLE);
    if outline.letters(anchor) == 0 || is_generic(&text) {
        return adjacent_heading(outline, anchor, is_brief);
    }
    let outer = outline.above(anchor).take(MAX_LEVELS).any(|at| is_heading(outline, at));
    is_brief(outline, anchor).then(|| (anchor, text, outer || has_title_hint(&outline.nodes[anchor].hints)))
}

/// True for two or more words, not counting numbers, that are too short for a headline alone.
fn is_brief(outline: &Outline, at: usize) -> bool {
    if !(MIN_BRIEF_LETTERS..MIN_LETTERS).contains(&outline.letters(at)) {
        return false;
    }
    let text = outline.text(at, MAX_TITLE);
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
    words > 1 && !is_generic(&text)
}

/// A heading without a link of its own, next to a "read more" link.
fn adjacent_heading(
    outline: &Outline,
    anchor: usize,
    fits: fn(&Outline, usize) -> bool,
) -> Option<(usize, String, bool)> {
    for above in outline.above(anchor).take(MAX_LEVELS).take_while(|at| outline.nodes[*at].end - at <= MAX_ITEM_NODES) {
        let headings: Vec<usize> = outline.named(above, HEADINGS).take(MAX_HEADINGS).collect();
        match headings.as_slice() {
            [] => {}
            [one] if outline.links(*one) == 0 && fits(outline, *one) => {
                return Some((*one, outline.text(*one, MAX_TITLE), true));
            }
            _ => return None,
        }
    }
    None
}

/// The text for a link without text: its `title`, or the `alt` of its image.
fn attribute_text(outline: &Outline, anchor: usize) -> Option<(usize, String, bool)> {
    let named = |name: &'static str| (anchor..outline.nodes[anchor].end).find_map(move |at| outline.attr(at, name));
    let title = named("title").or_else(|| named("alt"))?;
    let text = clean(title, MAX_TITLE);
    let letters = text.chars().filter(|c| !c.is_whitespace()).count();
    (letters >= MIN_ATTRIBUTE_LETTERS && text.split(' ').count() >= MIN_ATTRIBUTE_WORDS && !is_generic(&text))
        .then_some((anchor, text, false))
}

/// "Read more" and similar labels, in the languages of the sources.
static GENERIC: LazyLock<HashSet<String>> = LazyLock::new(|| {
    "اقرا المزيد|المزيد|اكمل القراءه|قراءه المزيد|التفاصيل|ادامه مطلب|ادامه خبر|بيشتر|مزيد پڑهيں|\
    devami|devamini oku|devamini okuyun|haberin devami|lire la suite|en savoir plus|lire plus|\
    read more|continue reading|full story|learn more|more|leggi tutto|continua|continua a leggere|\
    leer mas|seguir leyendo|weiterlesen|mehr|lees meer|baca selengkapnya|selengkapnya|view all|\
    see all|show more|load more|no comments|leave a comment|comments"
        .split('|')
        .map(fold::key)
        .collect()
});

/// True for a label that every link of a list has.
fn is_generic(text: &str) -> bool {
    let has_arrow = text.trim_end().ends_with(['>', '»', '…', '›', '→']);
    let text = fold::key(text);
    let count: usize = text.chars().filter(|c| c.is_alphabetic()).count();
    let more = ["more", "read more", "continue reading", "المزيد من", "all"]
        .iter()
        .any(|word| text.starts_with(&format!("{word} ")));
    count < MIN_ALPHABETIC
        || more && has_arrow
        || GENERIC.contains(&text)
        || text.starts_with("read more")
        || text.starts_with("continue reading")
}

/// True for an address that looks like an item's: with a number, or with a headline in words.
///
/// ```
/// use marsad::{address::Address, parse::page::listing::listing_item::is_item_address};
/// let is_item = |text| is_item_address(&Address::parse(text).unwrap());
/// assert!(is_item("https://news.example.org/2026/11/21") && is_item("https://news.example.org/the-council-meets"));
/// assert!(!is_item("https://news.example.org/politics/"));
/// ```
#[must_use]
pub fn is_item_address(address: &Address) -> bool {
    let path = address.url().path();
    let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= MIN_ADDRESS_DIGITS);
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let words = last.split(['-', '_', '+', '%']).filter(|word| word.len() > 1).count();
    digits(path) || address.url().query().is_some_and(digits) || words >= MIN_ADDRESS_WORDS
}

/// The excerpt within `scope`: its longest line of prose that is not the headline.
#[must_use]
pub(crate) fn excerpt(outline: &Outline, scope: usize, headline: &Headline) -> String {
    if outline.nodes[scope].end - scope > MAX_ITEM_NODES {
        return String::new();
    }
    let title = fold::key(&headline.text);
    let heading = headline.node..outline.nodes[headline.node].end;
    let prose = outline
        .lines(scope)
        .into_iter()
        .filter(|line| !heading.contains(&line.first) && line.letters >= MIN_EXCERPT_LETTERS);
    let prose =
        prose.filter(|line| !is_at_least(line.linked, MAJORITY, line.letters) || headline.node != headline.anchor);
    let mut best: Option<String> = None;
    for line in prose {
        let text = outline.line(line.first, line.end, MAX_SUMMARY);
        let better = best.as_ref().is_none_or(|best| best.chars().count() < text.chars().count());
        if better && fold::key(&text) != title && marker(&text).is_none() {
            best = Some(text);
        }
    }
    best.unwrap_or_default()
}

/// The date within `scope`: an element for dates, or a short line that is a date.
#[must_use]
pub fn date(outline: &Outline, scope: usize, headline: &Headline, setting: &DateContext<'_>) -> Option<Published> {
    let range: Range<usize> = scope..outline.nodes[scope].end;
    if range.len() > MAX_ITEM_NODES {
        return None;
    }
    let heading = headline.node..outline.nodes[headline.node].end;
    let timed = range.clone().filter(|at| outline.name(*at) == "time").find_map(|at| {
        outline
            .attr(at, "datetime")
            .and_then(|text| timestamp::read(text, setting))
            .or_else(|| timestamp::read(&outline.text(at, MAX_DATE), setting))
    });
    let hinted = || {
        range
            .clone()
            .filter(|at| {
                outline.letters(*at) < MAX_DATE_ELEMENT && is_dated(&outline.nodes[*at].hints) && !heading.contains(at)
            })
            .find_map(|at| timestamp::read(&outline.text(at, MAX_DATE), setting))
    };
    let lined = || {
        let short = outline
            .lines(scope)
            .into_iter()
            .filter(|line| line.letters < MAX_DATE_LINE && !heading.contains(&line.first));
        short.take(MAX_DATE_LINES).find_map(|line| {
            text_date::find(&outline.line(line.first, line.end, MAX_DATE), setting).map(|found| found.moment)
        })
    };
    let adjacent = || adjacent_date(outline, range.clone(), headline, setting);
    let at = timed.or_else(hinted).or_else(lined).or_else(adjacent)?;
    Some(Published { at, from: DateEvidence::Listing })
}

/// The date next to the headline in its line, or in a link that spans the whole item.
fn adjacent_date(
    outline: &Outline,
    mut range: Range<usize>,
    headline: &Headline,
    setting: &DateContext<'_>,
) -> Option<Moment> {
    let heading = headline.node..outline.nodes[headline.node].end;
    let own = |at: usize| {
        let parent = outline.nodes[at].parent;
        parent != headline.node
            && parent != headline.anchor
            && !(heading.contains(&at) && headline.node != headline.anchor)
    };
    let short = |at: usize| outline.nodes[at].is_text && DATE_TEXT.contains(&outline.letters(at));
    range.find_map(|at| {
        let text = (short(at) && own(at)).then(|| outline.text(at, MAX_SHORT_DATE)).filter(|text| has_year(text))?;
        Some(text_date::find(&text, setting)?.moment)
    })
}

fn is_dated(hints: &str) -> bool {
    ["date", "time", "published", "posted", "datetime", "timestamp", "tarih"]
        .iter()
        .any(|word| hints.contains(&format!(" {word} ")))
}
