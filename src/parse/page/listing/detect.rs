//! Reads a listing without selectors: chooses the repeating groups that the page exists for.

use std::collections::HashSet;

use jiff::Timestamp;

use super::group::{self, HeadlineGroup};
use super::listing_item;
use super::listing_item::Headline;
use super::{explain, short_headlines};
use crate::address::Address;
use crate::date::DateContext;
use crate::item::{Item, TextState, TitleFrom};
use crate::parse::page::Page;
use crate::parse::page::boilerplate_phrases;
use crate::parse::page::dom::flat_tree::Outline;
use crate::parse::page::dom::non_content::RegionHint;
use crate::parse::page::layout::observed_layout::Layout;
use crate::parse::share::{MAJORITY, is_over};
use crate::parse::{DocumentFormat, ParseError, Parsed};
use crate::source::Source;

/// The share of a group from which a property holds for the group, in percent. Chosen by hand.
const MOST: u8 = MAJORITY;
/// How far before a block its heading is looked for, in nodes. Chosen by hand.
const HEADING_DISTANCE: usize = 12;
/// How much of a heading is compared with known ones, in characters. Chosen by hand.
const MAX_HEADING: usize = 100;

/// A group is comparable to the best one from this share of its score. Chosen by hand.
const MIN_SCORE: f64 = 0.3;
/// The same for a group with the markup and the excerpts of the best one. Chosen by hand.
const MIN_SCORE_SAME_MARKUP: f64 = 0.1;
/// Without headings and excerpts a group needs this share of the best one's score and, in percent, of its median
/// length. Chosen by hand.
const MIN_SCORE_PLAIN: f64 = 0.5;
const MIN_LENGTH_PLAIN: u32 = 70;
/// The shortest median length of a comparable group, in letters. Chosen by hand.
const MIN_MEDIAN_LETTERS: u32 = 20;
/// How many levels above the container of the best group the one that it shares with its leading item can be. Chosen by
/// hand.
const MAX_LEAD_LEVELS: u16 = 1;
/// How many steps of a path describe the markup of a headline. Chosen by hand.
const MARKUP_STEPS: usize = 3;
/// A page is a front page if its other blocks have this many headlines for each in the best block, as a fraction: on
/// the page of a section, and elsewhere. Chosen by hand.
const SECTION_RATIO: (usize, usize) = (5, 2);
const FRONT_RATIO: (usize, usize) = (2, 3);

/// Reads a listing by what repeats on it.
///
/// # Errors
/// A challenge in its place.
pub fn read(page: &Page<'_>, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    let (outline, base) = (page.outline(), page.base());
    let headlines = listing_item::headlines(outline, &base, page.address());
    let groups = group::groups(page, &headlines);
    let chosen = choose(outline, page.address(), &headlines, &groups);
    let setting = DateContext { now, zone: &source.timezone, lang: source.lang.as_ref() };
    let mut parsed = Parsed::of(DocumentFormat::Listing);
    let brief = listing_item::brief(outline, &base, page.address());
    let brief = short_headlines::members(outline, &headlines, &chosen, &brief);
    for (headline, scope) in ordered(&headlines, &chosen, &brief) {
        parsed.take(item(outline, headline, scope, &setting), source);
    }
    if parsed.items.is_empty() {
        page.refuse_challenge()?;
        parsed.degraded = Some("no repeating layout on the page looks like a list of items".to_owned());
    }
    parsed.blocks = explain::blocks(page, &headlines, &groups, &chosen);
    parsed.layout = (!chosen.is_empty()).then(|| Layout::of(&chosen));
    Ok(parsed)
}

/// The groups that the page exists for: the best one, and with it either the comparable ones (on a page with one main
/// block) or every block of headlines (on a front page).
fn choose<'g>(
    outline: &Outline,
    page: &Address,
    headlines: &[Headline],
    groups: &'g [HeadlineGroup],
) -> Vec<&'g HeadlineGroup> {
    let Some(best) = groups.first().filter(|best| best.region != Some(RegionHint::Never)) else { return Vec::new() };
    let front = is_front_page(page, headlines, groups, best);
    let mut chosen: Vec<&HeadlineGroup> = Vec::new();
    for group in groups {
        let comparable = || is_comparable(group, best) || is_lead(outline, headlines, group, best);
        let fits = is_eligible(group)
            && if front { group::is_teaser_block(group) } else { comparable() }
            && !is_sitewide_list(outline, headlines, group, best, front);
        if std::ptr::eq(group, best) || fits && !group::is_secondary(outline, headlines, group, &chosen) {
            chosen.push(group);
        }
    }
    // A single link is not a list, unless it has a heading and an excerpt.
    let single = chosen.iter().map(|group| group.members.len()).sum::<usize>() < 2;
    if single && !(best.heading && best.with_excerpt > 0) { Vec::new() } else { chosen }
}

/// True for a list whose heading says that it covers the whole site: the most read items, and on a page with one main
/// block also the latest ones.
fn is_sitewide_list(
    outline: &Outline,
    headlines: &[Headline],
    group: &HeadlineGroup,
    best: &HeadlineGroup,
    front: bool,
) -> bool {
    let first =
        group.scopes.iter().zip(&group.members).map(|(scope, member)| (*scope).min(headlines[*member].node)).min();
    let Some(first) = first else { return false };
    let heading = (first.saturating_sub(HEADING_DISTANCE)..first)
        .rev()
        .find(|at| outline.nodes[*at].is_text && outline.letters(*at) > 1);
    let Some(heading) = heading.map(|at| outline.text(at, MAX_HEADING)) else { return false };
    let bare = is_over(best.with_excerpt, MOST, best.members.len()) && group.with_excerpt == 0;
    boilerplate_phrases::is_most_read(&heading) || !front && bare && boilerplate_phrases::is_sitewide_heading(&heading)
}

/// True for a group outside of boilerplate whose headlines link to this site.
fn is_eligible(group: &HeadlineGroup) -> bool {
    group.region.is_none() && !is_over(group.external, MOST, group.members.len())
}

/// True for a group that is comparable to the best one.
fn is_comparable(group: &HeadlineGroup, best: &HeadlineGroup) -> bool {
    let near = group.score >= best.score * MIN_SCORE_PLAIN
        && group.median_letters * 100 >= best.median_letters * MIN_LENGTH_PLAIN;
    let excerpts = is_over(group.with_excerpt, MOST, group.members.len());
    let similar = group.path == best.path || group.heading || !best.heading && (excerpts || near);
    let least = if has_same_markup(group, best) { MIN_SCORE_SAME_MARKUP } else { MIN_SCORE };
    similar && group.median_letters >= MIN_MEDIAN_LETTERS && group.score >= best.score * least
}

/// True for the leading item of a block, which has other markup than the items after it, but an excerpt like them.
fn is_lead(outline: &Outline, headlines: &[Headline], group: &HeadlineGroup, best: &HeadlineGroup) -> bool {
    let ([lead], [first, .., last]) = (group.members.as_slice(), best.members.as_slice()) else { return false };
    let [lead, first, last] = [lead, first, last].map(|member| headlines[*member].node);
    if lead >= first || group.with_excerpt == 0 || group.item_links == 0 {
        return false;
    }
    let depth = |one, other| outline.nodes[group::common_ancestor(outline, one, other)].depth;
    is_over(best.with_excerpt, MOST, best.members.len())
        && group.median_letters >= MIN_MEDIAN_LETTERS
        && depth(lead, first) + MAX_LEAD_LEVELS >= depth(first, last)
}

/// True for items with the markup and the excerpts of the best group: its leading item, or its last row.
fn has_same_markup(group: &HeadlineGroup, best: &HeadlineGroup) -> bool {
    let markup =
        |group: &HeadlineGroup| group.path.split(' ').take(MARKUP_STEPS).map(str::to_owned).collect::<Vec<_>>();
    group.heading
        && group.with_excerpt == group.members.len()
        && is_over(best.with_excerpt, MOST, best.members.len())
        && markup(group) == markup(best)
}

/// True for a page without a main block: the best one has the minority of the headlines.
fn is_front_page(page: &Address, headlines: &[Headline], groups: &[HeadlineGroup], best: &HeadlineGroup) -> bool {
    let keys = |group: &HeadlineGroup| {
        group.members.iter().map(|member| headlines[*member].key.as_str()).collect::<HashSet<_>>()
    };
    // Groups with excerpts like the best one belong to its block: a leading item, another row of the same list.
    let same_block = |group: &&HeadlineGroup| {
        std::ptr::eq(*group, best)
            || is_eligible(group)
                && is_over(group.with_excerpt, MOST, group.members.len())
                && is_over(best.with_excerpt, MOST, best.members.len())
                && group.heading == best.heading
    };
    let main: HashSet<&str> = groups.iter().filter(same_block).flat_map(keys).collect();
    let others: HashSet<&str> =
        groups.iter().filter(|group| is_eligible(group) && group::is_teaser_block(group)).flat_map(keys).collect();
    let others = others.difference(&main).count();
    let (numerator, denominator) = if is_section(page) { SECTION_RATIO } else { FRONT_RATIO };
    others * denominator > main.len() * numerator
}

/// True for an address that names a section, a topic or a tag: such a page usually has one main block.
fn is_section(page: &Address) -> bool {
    const WORDS: &str = "category categories tag tags topic topics label section sections archive author search rubrique \
        kategori etiket konu haberler thema";
    let mut segments = page.url().path_segments().into_iter().flatten();
    segments.any(|segment| WORDS.split(' ').any(|word| word.eq_ignore_ascii_case(segment)))
}

/// The headlines of the chosen groups in document order, each address once, from its best group.
fn ordered<'h>(
    headlines: &'h [Headline],
    chosen: &[&HeadlineGroup],
    brief: &'h [(Headline, usize)],
) -> Vec<(&'h Headline, usize)> {
    let mut seen = HashSet::new();
    let mut all: Vec<(&Headline, usize)> = chosen
        .iter()
        .flat_map(|group| group.members.iter().zip(&group.scopes))
        .map(|(member, scope)| (&headlines[*member], *scope))
        .chain(brief.iter().map(|(headline, scope)| (headline, *scope)))
        .filter(|(headline, _)| seen.insert(headline.key.as_str()))
        .collect();
    all.sort_by_key(|(headline, _)| headline.node);
    all
}

fn item(outline: &Outline, headline: &Headline, scope: usize, setting: &DateContext<'_>) -> Item {
    let summary = listing_item::excerpt(outline, scope, headline);
    Item {
        address: Some(headline.address.clone()),
        title: headline.text.clone(),
        title_from: TitleFrom::Page,
        text_state: if summary.is_empty() { TextState::None } else { TextState::Excerpt },
        summary,
        published: listing_item::date(outline, scope, headline, setting),
        ..Item::default()
    }
}
