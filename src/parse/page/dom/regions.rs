//! What stands on a page beside its content: navigation, tickers, related boxes, share buttons, comments.
//!
//! Known by the element, by the words of its class and id, and by how much of it is linked. What a site calls its
//! boxes is a sign, not a proof: a box that holds most of a page's text is no box.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::outline::Outline;

/// Words of classes and ids that name a box beside the content.
static BOX: LazyLock<HashSet<&str>> = LazyLock::new(|| {
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

/// How longer words begin that name one: `mostpopular`, `relatedlinks`.
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

/// Pairs of words that name one only together.
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

/// Words of a box with the headlines of other articles. On the page of a short article such a box may hold most of the
/// letters, and is none of its text all the same.
static OTHERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "ticker newsticker marquee mostread readalso related relateds relacionadas relacionados".split(' ').collect()
});

/// True where the words of a class and id name a box with the headlines of other articles.
fn is_of_others(hints: &str) -> bool {
    hints.split_whitespace().any(|word| OTHERS.contains(word))
}

/// What one element is by its name and words alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionHint {
    /// Nothing that tells.
    None,
    /// The words of a box beside the content.
    Box,
    /// An element that never holds content: `nav`, `form`, `button`.
    Never,
}

/// What the element at `at` is by its name, role and words.
#[must_use]
pub fn sign(outline: &Outline<'_>, at: usize) -> RegionHint {
    let name = outline.name(at);
    match name {
        "nav" | "button" | "dialog" | "menu" => return RegionHint::Never,
        "body" | "html" | "main" | "" => return RegionHint::None,
        "form" | "footer" | "aside" | "fieldset" => return RegionHint::Box,
        _ => {}
    }
    let role = outline.attr(at, "role").unwrap_or_default();
    if matches!(role, "navigation" | "search" | "dialog" | "alertdialog" | "menu" | "menubar" | "toolbar") {
        return RegionHint::Never;
    }
    if matches!(role, "complementary" | "contentinfo" | "banner")
        || outline.attr(at, "aria-hidden") == Some("true") && is_wide(name)
    {
        return RegionHint::Box;
    }
    if is_unseen(outline, at) || is_boxed(&outline.parts[at].hints) { RegionHint::Box } else { RegionHint::None }
}

fn is_wide(name: &str) -> bool {
    matches!(name, "div" | "section" | "ul")
}

/// Hidden by its own style.
fn is_unseen(outline: &Outline<'_>, at: usize) -> bool {
    let hidden = outline.attr(at, "hidden").is_some_and(|value| value != "until-found");
    hidden
        || outline.attr(at, "style").is_some_and(|style| {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).take(400).collect();
            style.to_ascii_lowercase().contains("display:none")
        })
}

/// True where the words of a class and id name a box beside the content.
#[must_use]
pub fn is_boxed(hints: &str) -> bool {
    if hints.len() < 3 {
        return false;
    }
    let words: Vec<&str> = hints.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "sidebar");
    let word = |at: Option<usize>| at.and_then(|at| words.get(at)).copied().unwrap_or_default();
    // `has-sidebar` and `sidebar__main` tell of a page's columns, and stand on the other one.
    let columns =
        matches!(word(at.and_then(|at| at.checked_sub(1))), "with" | "has" | "no" | "one" | "two" | "lay" | "layout")
            || word(at.map(|at| at + 1)) == "main";
    words.iter().any(|word| {
        (BOX.contains(word) || STEMS.iter().any(|stem| word.starts_with(stem))) && !(*word == "sidebar" && columns)
    }) || words.windows(2).any(|pair| PAIRS.contains(&(pair[0], pair[1])))
}

/// For every part the box that it lies in, and that box's sign: the innermost one that never holds content, else the
/// outermost one. A box that holds half of the page is none.
#[must_use]
pub fn boxes(outline: &Outline<'_>) -> Vec<Option<(usize, RegionHint)>> {
    let most = outline.parts.first().map_or(0, |_| outline.letters(0) / 2);
    let mut boxes: Vec<Option<(usize, RegionHint)>> = Vec::with_capacity(outline.parts.len());
    for (at, part) in outline.parts.iter().enumerate() {
        let above = if part.parent < at { boxes[part.parent] } else { None };
        boxes.push(match (above, sign(outline, at)) {
            (_, RegionHint::Never) => Some((at, RegionHint::Never)),
            (None, RegionHint::Box) if outline.letters(at) <= most => Some((at, RegionHint::Box)),
            (above, _) => above,
        });
    }
    boxes
}

/// For every part, whether it lies in a box that is dropped from `content`: by its sign, or because its text is
/// mostly links; `lenient`, only by an element that never holds content, or that holds other articles' headlines. A box that holds half of the content's letters stays, and one that holds a part of `kept`.
#[must_use]
pub fn dropped(outline: &Outline<'_>, content: usize, kept: &[usize], lenient: bool) -> Vec<bool> {
    let range = content..outline.parts[content].end;
    let mut dropped = vec![false; outline.parts.len()];
    let mut at = range.start + 1;
    while at < range.end {
        let end = outline.parts[at].end;
        let holds = kept.iter().any(|kept| (at..end).contains(kept));
        if outline.parts[at].element.is_some() && !holds && is_dropped(outline, at, content, lenient) {
            dropped[at..end].fill(true);
            at = end;
        } else {
            at += 1;
        }
    }
    dropped
}

/// What readers said: it can be more than the article.
fn is_said(outline: &Outline<'_>, at: usize) -> bool {
    const WORDS: &str = "comments commentlist respond disqus livefyre fbcomments";
    let hints = &outline.parts[at].hints;
    hints.split_whitespace().count() <= 4
        && hints.split_whitespace().any(|hint| WORDS.split_whitespace().any(|word| word == hint))
}

fn is_dropped(outline: &Outline<'_>, at: usize, content: usize, lenient: bool) -> bool {
    let (letters, most) = (outline.letters(at), outline.letters(content) / 2);
    if outline.name(at) == "noscript" && letters <= most {
        return true;
    }
    match sign(outline, at) {
        RegionHint::Never => true,
        RegionHint::Box if is_of_others(&outline.parts[at].hints) => true,
        RegionHint::Box => {
            letters <= most && !lenient || is_said(outline, at) && outline.letters(content) >= letters + 300
        }
        RegionHint::None => is_linkage(outline, at) && letters <= most,
    }
}

/// A list, a table or a box whose text is mostly links.
fn is_linkage(outline: &Outline<'_>, at: usize) -> bool {
    let (letters, linked, links) = (outline.letters(at), outline.linked(at), outline.links(at));
    let holder = matches!(outline.name(at), "ul" | "ol" | "div" | "section" | "table" | "dl" | "aside");
    holder && links >= 2 && linked.saturating_mul(10) >= letters.saturating_mul(6)
}
