//! One item of a listing as the page shows it: headline, link, excerpt, date.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::address::Address;
use crate::date::{DateContext, DateEvidence, Published, text_date, timestamp};
use crate::parse::limits::{MAX_SUMMARY, MAX_TITLE};
use crate::parse::page::article::date_lines::has_year;
use crate::parse::page::dom::outline::{Outline, clean};
use crate::parse::page::dom::phrases::marker;
use crate::text::fold;

/// The fewest letters of a headline.
const SHORTEST: u32 = 9;
/// The fewest letters of a headline that stands among longer ones. Chosen by hand: two words of two letters.
const BRIEFEST: u32 = 4;
/// The most letters of a headline: more is a paragraph.
const LONGEST: u32 = 260;

/// The most links with a headline that are read of one page. Chosen by hand.
const MOST: usize = 4_000;

/// The most parts that one item is made of: what is larger is no item.
const WIDEST: usize = 1_500;

/// A link with its headline.
#[derive(Clone, Debug)]
pub struct Headline {
    /// The link.
    pub anchor: usize,
    /// The heading that holds the words, or the link itself.
    pub part: usize,
    /// The words.
    pub text: String,
    /// Where it leads.
    pub address: Address,
    /// The folded spelling under which addresses are compared.
    pub key: String,
    /// True where the words stand in a heading, or in what is called a title.
    pub heading: bool,
}

/// Every link of the page that bears a headline, in document order.
#[must_use]
pub fn headlines(outline: &Outline<'_>, base: &Address, page: &Address) -> Vec<Headline> {
    links(outline, base, page).filter_map(|link| headline(link, |anchor| words(outline, anchor))).take(MOST).collect()
}

/// Every link of the page that bears a headline of two words or more that is too short to be one by itself.
#[must_use]
pub fn brief(outline: &Outline<'_>, base: &Address, page: &Address) -> Vec<Headline> {
    links(outline, base, page)
        .filter_map(|link| headline(link, |anchor| brief_words(outline, anchor)))
        .take(MOST)
        .collect()
}

/// The links that may lead to an item, each with its address.
fn links<'o>(
    outline: &'o Outline<'_>,
    base: &'o Address,
    page: &Address,
) -> impl Iterator<Item = (usize, Address)> + 'o {
    let own = page.key();
    let anchors = (0..outline.parts.len()).filter(|anchor| outline.name(*anchor) == "a");
    anchors.filter_map(move |anchor| {
        let address = target(outline, anchor, base)?;
        let home = address.url().path() == "/" && address.url().query().is_none();
        (address.key() != own && !home).then_some((anchor, address))
    })
}

fn headline(
    (anchor, address): (usize, Address),
    words: impl Fn(usize) -> Option<(usize, String, bool)>,
) -> Option<Headline> {
    let (part, text, heading) = words(anchor)?;
    let key = address.key();
    Some(Headline { anchor, part, text, address, key, heading })
}

fn target(outline: &Outline<'_>, anchor: usize, base: &Address) -> Option<Address> {
    let href = outline.attr(anchor, "href").map(crate::address::stripped)?;
    (!href.is_empty() && !href.starts_with('#')).then(|| base.join(href).ok()).flatten()
}

/// The words of a headline: of the heading in or round the link, of the link, or of the heading beside it.
fn words(outline: &Outline<'_>, anchor: usize) -> Option<(usize, String, bool)> {
    let inner = outline.named(anchor, HEADINGS).find(|at| fits(outline, *at)).or_else(|| {
        (anchor + 1..outline.parts[anchor].end).find(|at| is_titled(&outline.parts[*at].hints) && fits(outline, *at))
    });
    if let Some(heading) = inner {
        return Some((heading, outline.text(heading, MAX_TITLE), true));
    }
    let outer = outline.above(anchor).take(4).find(|at| is_heading(outline, *at));
    let text = outline.text(anchor, MAX_TITLE);
    if fits(outline, anchor) && !is_generic(&text) {
        return Some((anchor, text, outer.is_some() || is_titled(&outline.parts[anchor].hints)));
    }
    if outline.letters(anchor) > LONGEST {
        let line = outline.lines(anchor).into_iter().find(|line| (SHORTEST..=LONGEST).contains(&line.letters))?;
        return Some((anchor, outline.line(line.first, line.end, MAX_TITLE), false));
    }
    if outline.letters(anchor) == 0 || is_generic(&text) {
        return beside(outline, anchor, fits).or_else(|| attributed(outline, anchor));
    }
    None
}

const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6"];

fn is_heading(outline: &Outline<'_>, at: usize) -> bool {
    HEADINGS.contains(&outline.name(at)) || is_titled(&outline.parts[at].hints)
}

fn is_titled(hints: &str) -> bool {
    hints.contains(" title ") || hints.contains(" headline ") || hints.contains(" hdl ")
}

fn fits(outline: &Outline<'_>, at: usize) -> bool {
    (SHORTEST..=LONGEST).contains(&outline.letters(at))
}

/// The words of a brief headline, in the places where [`words`] finds longer ones.
fn brief_words(outline: &Outline<'_>, anchor: usize) -> Option<(usize, String, bool)> {
    let titled = |at: &usize| HEADINGS.contains(&outline.name(*at)) || is_titled(&outline.parts[*at].hints);
    if let Some(heading) = (anchor + 1..outline.parts[anchor].end).find(titled) {
        return is_brief(outline, heading).then(|| (heading, outline.text(heading, MAX_TITLE), true));
    }
    let text = outline.text(anchor, MAX_TITLE);
    if outline.letters(anchor) == 0 || is_generic(&text) {
        return beside(outline, anchor, is_brief);
    }
    let outer = outline.above(anchor).take(4).any(|at| is_heading(outline, at));
    is_brief(outline, anchor).then(|| (anchor, text, outer || is_titled(&outline.parts[anchor].hints)))
}

/// True for two words or more, digits aside, that are too short for a headline by themselves.
fn is_brief(outline: &Outline<'_>, at: usize) -> bool {
    if !(BRIEFEST..SHORTEST).contains(&outline.letters(at)) {
        return false;
    }
    let text = outline.text(at, MAX_TITLE);
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
    words > 1 && !is_generic(&text)
}

/// A heading without a link of its own that stands beside a "read more".
fn beside(
    outline: &Outline<'_>,
    anchor: usize,
    fits: fn(&Outline<'_>, usize) -> bool,
) -> Option<(usize, String, bool)> {
    for above in outline.above(anchor).take(4).take_while(|at| outline.parts[*at].end - at <= WIDEST) {
        let headings: Vec<usize> = outline.named(above, HEADINGS).take(3).collect();
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

/// The words that stand for a link without words: its own `title`, or what its picture shows.
fn attributed(outline: &Outline<'_>, anchor: usize) -> Option<(usize, String, bool)> {
    let named = |name: &'static str| (anchor..outline.parts[anchor].end).find_map(move |at| outline.attr(at, name));
    let title = named("title").or_else(|| named("alt"))?;
    let text = clean(title, MAX_TITLE);
    let letters = text.chars().filter(|c| !c.is_whitespace()).count();
    (letters >= 20 && text.split(' ').count() >= 4 && !is_generic(&text)).then_some((anchor, text, false))
}

/// "Read more" in the languages of the listings.
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

/// True for words that stand on every link of a list.
fn is_generic(text: &str) -> bool {
    let pointing = text.trim_end().ends_with(['>', '»', '…', '›', '→']);
    let text = fold::key(text);
    let count: usize = text.chars().filter(|c| c.is_alphabetic()).count();
    let more = ["more", "read more", "continue reading", "المزيد من", "all"]
        .iter()
        .any(|word| text.starts_with(&format!("{word} ")));
    count < 4
        || more && pointing
        || GENERIC.contains(&text)
        || text.starts_with("read more")
        || text.starts_with("continue reading")
}

/// True for an address that looks like one item's: a number, or a headline in words.
#[must_use]
pub fn is_item_address(address: &Address) -> bool {
    let path = address.url().path();
    let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= 3);
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let words = last.split(['-', '_', '+', '%']).filter(|word| word.len() > 1).count();
    digits(path) || address.url().query().is_some_and(digits) || words >= 3
}

/// The excerpt within `scope`: its longest line of prose that is not the headline.
#[must_use]
pub fn excerpt(outline: &Outline<'_>, scope: usize, headline: &Headline) -> String {
    if outline.parts[scope].end - scope > WIDEST {
        return String::new();
    }
    let title = fold::key(&headline.text);
    let heading = headline.part..outline.parts[headline.part].end;
    let prose = outline.lines(scope).into_iter().filter(|line| !heading.contains(&line.first) && line.letters >= 30);
    let prose = prose.filter(|line| line.linked * 2 < line.letters || headline.part != headline.anchor);
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

/// The date within `scope`: an element made for one, or a short line that is one.
#[must_use]
pub fn date(outline: &Outline<'_>, scope: usize, headline: &Headline, setting: &DateContext<'_>) -> Option<Published> {
    let range: Range<usize> = scope..outline.parts[scope].end;
    if range.len() > WIDEST {
        return None;
    }
    let heading = headline.part..outline.parts[headline.part].end;
    let timed = range.clone().filter(|at| outline.name(*at) == "time").find_map(|at| {
        outline
            .attr(at, "datetime")
            .and_then(|text| timestamp::read(text, setting))
            .or_else(|| timestamp::read(&outline.text(at, 120), setting))
    });
    let hinted = || {
        range
            .clone()
            .filter(|at| outline.letters(*at) < 60 && is_dated(&outline.parts[*at].hints) && !heading.contains(at))
            .find_map(|at| timestamp::read(&outline.text(at, 120), setting))
    };
    let lined = || {
        let short = outline.lines(scope).into_iter().filter(|line| line.letters < 45 && !heading.contains(&line.first));
        short.take(8).find_map(|line| {
            text_date::find(&outline.line(line.first, line.end, 120), setting).map(|found| found.moment)
        })
    };
    // Beside the headline in its own line, or in a link that is the whole item.
    let beside = || {
        let own = |at: &usize| {
            let parent = outline.parts[*at].parent;
            parent != headline.part
                && parent != headline.anchor
                && !(heading.contains(at) && headline.part != headline.anchor)
        };
        let short = |at: &usize| outline.parts[*at].element.is_none() && (6..30).contains(&outline.letters(*at));
        let texts = range.clone().filter(short).filter(own).map(|at| outline.text(at, 60));
        texts.filter(|text| has_year(text)).find_map(|text| Some(text_date::find(&text, setting)?.moment))
    };
    let at = timed.or_else(hinted).or_else(lined).or_else(beside)?;
    Some(Published { at, from: DateEvidence::Listing })
}

fn is_dated(hints: &str) -> bool {
    ["date", "time", "published", "posted", "datetime", "timestamp", "tarih"]
        .iter()
        .any(|word| hints.contains(&format!(" {word} ")))
}
