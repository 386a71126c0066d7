//! Finds the regions of a page outside its content: navigation, tickers, related boxes, share buttons, comments.
//!
//! A region is recognized by its element, by the words of its class and id, and by the share of its text that is
//! linked. Class names are only hints: a region with half of a page's text is content.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::flat_tree::Outline;
use super::{prose_region, streamed_block};
use crate::parse::page::boilerplate_phrases::marker;

/// The share of a page's letters up to which a region can be boilerplate, in percent. Chosen by hand.
const MAX_BOILERPLATE_SHARE: u32 = 50;
/// How much of a `style` attribute is searched, in characters. Chosen by hand.
const MAX_STYLE: usize = 400;
/// The shortest list of class words that can name boilerplate, in bytes: one letter and the spaces around it.
const MIN_HINTS: usize = 3;
/// The most class words of a container of comments that only one of them names. Chosen by hand: more describe a page that
/// has comments.
const MAX_COMMENT_HINTS: usize = 4;
/// How many letters the content must have besides comments, if the comments are longer than it. Chosen by hand: one
/// paragraph.
const MIN_LETTERS_BESIDES_COMMENTS: u32 = 100;
/// The shortest line before a list that introduces it, in letters, and how many nodes may be between the two. Chosen by
/// hand.
const MIN_INTRODUCTION: u32 = 8;
const MAX_INTRODUCTION_DISTANCE: usize = 12;
/// The largest notice or list of comments, in nodes. Chosen by hand: regions can be nested deeply.
const MAX_NODES: usize = 20_000;
/// How much of such a line is read, in characters. Chosen by hand.
const MAX_MARKER_LINE: usize = 400;
/// The fewest links of a list of links, and the share of its letters that is linked, in percent. Chosen by hand.
const MIN_LINKS: u32 = 2;
const MIN_LINKED_SHARE: u32 = 60;

/// Words of classes and ids that name boilerplate.
static BOILERPLATE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "\
    related relateds relacionadas relacionados similar share shares sharing sharedaddy addthis addtoany \
    social socials comments comment commentlist respond disqus newsletter newsletters subscribe promo promos \
    promotion advert adverts advertisement advertising ad ads adsense advertorial publicidad reklam werbung \
    sponsor sponsored sponsors breadcrumb breadcrumbs pagination pager popular trending mostread recommended \
    recommend recommendation recommendations recommends recirc recirculation outbrain taboola cookie cookies \
    consent gdpr modal popup popin ticker newsticker marquee sidebar copyright toolbar login signin signup \
    register readalso rel crosslink crosslinks tagcloud mailmunch piano banner onesignal followus reactions \
    rating ratings whatsapp telegram skip offcanvas dropdown megamenu rateit zergnet revcontent mgid paywall \
    noprint printonly cta onetrust livefyre twitter instagram fbcomments"
        .split(' ')
        .collect()
});

/// Beginnings of longer words that name boilerplate: `mostpopular`, `relatedlinks`.
const STEMS: &[&str] = &[
    "mostpop",
    "mostread",
    "mostview",
    "mostcomment",
    "related",
    "newsletter",
    "sponsor",
    "breadcrumb",
    "recommend",
    "taboola",
    "outbrain",
    "subscri",
    "forum",
    "rollover",
];

/// Pairs of words that name boilerplate only together.
static PAIRS: LazyLock<HashSet<(&str, &str)>> = LazyLock::new(|| {
    "\
    rss+widget rss+feed most+commented editor+picks read+more read+also read+next see+also most+read most+viewed most+popular also+like more+news \
    more+stories more+from more+on you+may up+next next+prev prev+next post+navigation nav+links author+box \
    author+bio author+info about+author post+tags tags+links tag+list tags+list article+tags entry+tags \
    news+tags latest+news last+news breaking+news in+other editors+picks call+out follow+us read+too \
    related+posts baca+juga leia+mais author+card inline+promo image+credit breadcrumb+list app+download \
    google+news sign+up"
        .split(' ')
    .filter_map(|pair| pair.split_once('+'))
    .collect()
});

/// Words that name a box with the headlines of other articles. Such a box is never content, even if it has most of the
/// letters on the page of a short article.
static OTHERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "ticker newsticker marquee mostread readalso related relateds relacionadas relacionados".split(' ').collect()
});

/// True if the words of a class and id name a box with the headlines of other articles.
fn is_related_box(hints: &str) -> bool {
    hints.split_whitespace().any(|word| OTHERS.contains(word))
}

/// Words that name a notice about cookies or consent, which is never content.
static CONSENT: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "cookie cookies consent gdpr onetrust cookiebot cookiebar cookiebanner cookieconsent cookienotice didomi \
    usercentrics quantcast sourcepoint truste trustarc iubenda complianz borlabs cookiefirst"
        .split_whitespace()
        .collect()
});

/// True for a notice about cookies or consent; a page that only has such a word in its class has a headline or a main
/// region.
fn is_consent_notice(outline: &Outline, at: usize) -> bool {
    outline.nodes[at].hints.split_whitespace().any(|word| CONSENT.contains(word))
        && outline.nodes[at].end - at <= MAX_NODES
        && outline.named(at, &["h1", "main", "article"]).next().is_none()
}

/// What the name, role and class words of an element say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionHint {
    /// Nothing that excludes it from the content.
    Neutral,
    /// Boilerplate, unless it has most of the text.
    Boilerplate,
    /// An element that never contains content: `nav`, `dialog`, `button`.
    Never,
}

/// What the name, role and class words of the element at `at` say about it.
///
/// ```
/// use marsad::parse::page::dom::{flat_tree::Outline, non_content::{RegionHint, region_hint}, bounded_tree};
/// let html = bounded_tree::read("<body><nav>Menu</nav><p>Text</p>").unwrap();
/// let outline = Outline::of(html.into());
/// let nav = outline.named(0, &["nav"]).next().unwrap();
/// assert_eq!(region_hint(&outline, nav), RegionHint::Never);
/// ```
#[must_use]
pub fn region_hint(outline: &Outline, at: usize) -> RegionHint {
    let name = outline.name(at);
    match name {
        "nav" | "button" | "dialog" | "menu" => return RegionHint::Never,
        "body" | "html" | "main" | "" => return RegionHint::Neutral,
        "form" | "footer" | "aside" | "fieldset" => return RegionHint::Boilerplate,
        _ => {}
    }
    let role = outline.attr(at, "role").unwrap_or_default();
    if matches!(role, "navigation" | "search" | "dialog" | "alertdialog" | "menu" | "menubar" | "toolbar") {
        return RegionHint::Never;
    }
    if matches!(role, "complementary" | "contentinfo" | "banner")
        || outline.attr(at, "aria-hidden") == Some("true") && is_wide(name)
    {
        return RegionHint::Boilerplate;
    }
    if is_invisible(outline, at) || has_boilerplate_words(&outline.nodes[at].hints) {
        RegionHint::Boilerplate
    } else {
        RegionHint::Neutral
    }
}

fn is_wide(name: &str) -> bool {
    matches!(name, "div" | "section" | "ul")
}

/// True for an element that its `hidden` attribute or its own style hides.
fn is_invisible(outline: &Outline, at: usize) -> bool {
    let hidden = outline
        .attr(at, "hidden")
        .is_some_and(|value| value != "until-found" && !outline.attr(at, "id").is_some_and(streamed_block::is_block));
    hidden
        || outline.attr(at, "style").is_some_and(|style| {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).take(MAX_STYLE).collect();
            style.to_ascii_lowercase().contains("display:none")
        })
}

/// True if the words of a class and id name boilerplate.
#[must_use]
pub(crate) fn has_boilerplate_words(hints: &str) -> bool {
    if hints.len() < MIN_HINTS {
        return false;
    }
    let words: Vec<&str> = hints.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "sidebar");
    let word = |at: Option<usize>| at.and_then(|at| words.get(at)).copied().unwrap_or_default();
    // `has-sidebar` and `sidebar__main` describe the columns of a page; they are on the main column.
    let columns =
        matches!(word(at.and_then(|at| at.checked_sub(1))), "with" | "has" | "no" | "one" | "two" | "lay" | "layout")
            || word(at.map(|at| at + 1)) == "main";
    words.iter().any(|word| {
        (BOILERPLATE.contains(word) || STEMS.iter().any(|stem| word.starts_with(stem)))
            && !(*word == "sidebar" && columns)
    }) || words.windows(2).any(|pair| PAIRS.contains(&(pair[0], pair[1])))
}

/// Words and pairs of words that name boilerplate on the page of an article, and a block of headlines on a listing.
const HEADLINES: &[&str] = &["promo", "promos"];
const HEADLINE_PAIRS: &[(&str, &str)] =
    &[("latest", "news"), ("last", "news"), ("breaking", "news"), ("more", "news"), ("more", "stories")];

/// True if an element is boilerplate only because its name says that it has headlines.
fn is_headline_block(outline: &Outline, at: usize) -> bool {
    if !matches!(outline.name(at), "div" | "section" | "ul" | "ol" | "li" | "article" | "table") {
        return false;
    }
    let words: Vec<&str> = outline.nodes[at].hints.split_whitespace().collect();
    let named = words.iter().any(|word| HEADLINES.contains(word))
        || words.windows(2).any(|pair| HEADLINE_PAIRS.contains(&(pair[0], pair[1])));
    if !named || outline.attr(at, "role").is_some() || outline.attr(at, "aria-hidden").is_some() {
        return false;
    }
    // A break in place of the words, so that those around them do not form a pair.
    let mut rest = String::from(" ");
    let mut skip = false;
    for (n, word) in words.iter().enumerate() {
        let pair = words.get(n + 1).is_some_and(|next| HEADLINE_PAIRS.contains(&(word, next)));
        rest.push_str(if pair || skip || HEADLINES.contains(word) { "-" } else { word });
        rest.push(' ');
        skip = pair;
    }
    !is_invisible(outline, at) && !has_boilerplate_words(&rest)
}

/// A region outside the content: its node, and the hint that excludes it.
pub(crate) type OuterRegion = (usize, RegionHint);

/// For every node the region outside the content that contains it: the innermost region that never contains content,
/// else the outermost boilerplate. A region with more than half of the page is content.
#[must_use]
pub(crate) fn regions(outline: &Outline) -> Vec<Option<OuterRegion>> {
    let most = outline.nodes.first().map_or(0, |_| share_of(outline.letters(0)));
    let mut regions: Vec<Option<OuterRegion>> = Vec::with_capacity(outline.nodes.len());
    for (at, part) in outline.nodes.iter().enumerate() {
        let above = if part.parent < at { regions[part.parent] } else { None };
        regions.push(match (above, region_hint(outline, at)) {
            (_, RegionHint::Never) => Some((at, RegionHint::Never)),
            (None, RegionHint::Boilerplate) if outline.letters(at) <= most && !is_headline_block(outline, at) => {
                Some((at, RegionHint::Boilerplate))
            }
            (above, _) => above,
        });
    }
    regions
}

/// The letters that a boilerplate region may have, of `letters` in all.
fn share_of(letters: u32) -> u32 {
    letters / (100 / MAX_BOILERPLATE_SHARE)
}

/// For every node, whether it is in a region that is dropped from `contents`: by its hint, or because its text is mostly
/// links. With `lenient`, only elements that never contain content and boxes with other articles' headlines are dropped.
/// A region stays if it has more than half of the contents' letters, or contains a node of `kept`.
#[must_use]
pub(crate) fn dropped(outline: &Outline, contents: &[usize], kept: &[usize], lenient: bool) -> Vec<bool> {
    let letters = contents.iter().map(|content| outline.letters(*content)).sum();
    let mut dropped = vec![false; outline.nodes.len()];
    for content in contents {
        let mut at = content + 1;
        while at < outline.nodes[*content].end {
            let end = outline.nodes[at].end;
            let contains_kept = kept.iter().any(|kept| (at..end).contains(kept));
            if !outline.nodes[at].is_text && !contains_kept && is_dropped(outline, at, letters, lenient) {
                dropped[at..end].fill(true);
                at = end;
            } else {
                at += 1;
            }
        }
    }
    dropped
}

/// True for the comments of readers, which can be longer than the article.
fn is_comments(outline: &Outline, at: usize) -> bool {
    const WORDS: &str = "comments commentlist respond disqus livefyre fbcomments";
    const NAMES: &[&str] = &["comments", "comments-area", "comment-list", "disqus_thread", "comments-section"];
    let named = |name: &str| {
        let value = outline.attr(at, name).unwrap_or_default();
        value.split_whitespace().any(|name| NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)))
    };
    let hints = &outline.nodes[at].hints;
    hints.split_whitespace().any(|hint| WORDS.split_whitespace().any(|word| word == hint))
        && (hints.split_whitespace().count() <= MAX_COMMENT_HINTS || named("id") || named("class"))
        && outline.nodes[at].end - at <= MAX_NODES
        && outline.named(at, &["h1"]).next().is_none()
}

/// True for a region that is dropped from a content of `all` letters.
fn is_dropped(outline: &Outline, at: usize, all: u32, lenient: bool) -> bool {
    let (letters, most) = (outline.letters(at), share_of(all));
    if outline.name(at) == "noscript" && letters <= most {
        return true;
    }
    match region_hint(outline, at) {
        RegionHint::Never => true,
        RegionHint::Boilerplate if is_comments(outline, at) => {
            letters <= most && !lenient || all >= letters + MIN_LETTERS_BESIDES_COMMENTS
        }
        RegionHint::Boilerplate if is_consent_notice(outline, at) => true,
        RegionHint::Boilerplate
            if prose_region::is_prose(outline, at, has_boilerplate_words(&outline.nodes[at].hints)) =>
        {
            false
        }
        RegionHint::Boilerplate if is_related_box(&outline.nodes[at].hints) => true,
        RegionHint::Boilerplate => letters <= most && !lenient,
        RegionHint::Neutral => letters <= most && is_link_list(outline, at) && !is_introduced(outline, at),
    }
}

/// True for a list, a table or a box whose text is mostly links.
fn is_link_list(outline: &Outline, at: usize) -> bool {
    let (letters, linked, links) = (outline.letters(at), outline.linked(at), outline.links(at));
    let holder = matches!(outline.name(at), "ul" | "ol" | "div" | "section" | "table" | "dl" | "aside");
    holder && links >= MIN_LINKS && linked.saturating_mul(100) >= letters.saturating_mul(MIN_LINKED_SHARE)
}

/// True for a list of links that a sentence of the text introduces with a colon. Links within the page are its contents.
#[must_use]
pub(crate) fn is_introduced(outline: &Outline, at: usize) -> bool {
    if !matches!(outline.name(at), "ul" | "ol") {
        return false;
    }
    let before = (at.saturating_sub(MAX_INTRODUCTION_DISTANCE)..at)
        .rev()
        .find(|node| outline.nodes[*node].is_text && outline.letters(*node) > 0);
    let Some(line) = before.map(|node| outline.block(node)) else { return false };
    let text = outline.text(line, MAX_MARKER_LINE);
    let introduces = outline.nodes[line].end <= at
        && outline.letters(line) >= MIN_INTRODUCTION
        && text.trim_end().ends_with([':', '：'])
        && marker(&text).is_none();
    let anchors = || outline.named(at, &["a"]).filter_map(|link| outline.attr(link, "href"));
    introduces && !anchors().all(|href| href.starts_with('#'))
}
