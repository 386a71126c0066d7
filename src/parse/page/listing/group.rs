//! Groups the headlines of a page by their place in a repeating layout: similar elements under one ancestor.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::listing_item;
use super::listing_item::Headline;
use crate::address::site;
use crate::parse::page::Page;
use crate::parse::page::dom::flat_tree::Outline;
use crate::parse::page::dom::non_content::{OuterRegion, RegionHint};
use crate::parse::share::{MAJORITY, is_over};

/// How many elements, from the headline outwards, describe its place, and how many words of each one's class and id.
/// Chosen by hand.
const PATH_ELEMENTS: usize = 4;
const PATH_WORDS: usize = 3;
/// The shortest class word that describes a place, in bytes. Chosen by hand.
const MIN_PATH_WORD: usize = 2;
/// A depth is usual if this fraction of the headlines meet their neighbours there: one in three. Chosen by hand.
const USUAL_DEPTH_FRACTION: usize = 3;

/// The score of a group is the number of its addresses to this power, times the median length of its headlines, times
/// the factors below. All were chosen by hand.
const COUNT_EXPONENT: f64 = 0.7;
/// A longer median length counts no more, in letters.
const MAX_COUNTED_LETTERS: u32 = 80;
/// A median length beyond this is that of paragraphs, and counts as the second number, in letters.
const MAX_MEDIAN_LETTERS: u32 = 110;
const PARAGRAPH_LETTERS: u32 = 40;
const HEADING_FACTOR: f64 = 2.2;
const EXCERPT_FACTOR: f64 = 1.6;
const NON_CONTENT_FACTOR: f64 = 0.05;
const BOILERPLATE_FACTOR: f64 = 0.2;
const EXTERNAL_FACTOR: f64 = 0.2;

/// How many elements above a headline may contain its item, for a group of one and for others. Chosen by hand.
const MAX_LEVELS_SINGLE: usize = 3;
const MAX_LEVELS: usize = 12;
/// How many letters a list element may have besides its link. Chosen by hand.
const MAX_BESIDE_LINK: u32 = 30;
/// The fewest links of a list under the first item of a block, and of a list of links to other sites. Chosen by hand.
const MIN_LIST: usize = 3;
/// The shortest median length of a block of headlines, with and without headings, in letters. Chosen by hand.
const MIN_HEADING_LETTERS: u32 = 18;
const MIN_LINK_LETTERS: u32 = 26;

/// Headlines at the same place of a repeating layout.
#[derive(Clone, Debug)]
pub struct HeadlineGroup {
    /// The place of its headlines: names and classes from the inside out.
    pub path: String,
    /// Its headlines, by index.
    pub members: Vec<usize>,
    /// For each member, the element that contains its item.
    pub(crate) scopes: Vec<usize>,
    /// How likely it is that the page exists for it; only compared.
    pub(crate) score: f64,
    /// The region outside the content that contains it.
    pub(crate) region: Option<RegionHint>,
    /// The median length of its headlines, in letters.
    pub(crate) median_letters: u32,
    /// True if most of its headlines are headings.
    pub(crate) heading: bool,
    /// How many of its members have an excerpt.
    pub(crate) with_excerpt: usize,
    /// How many link to another site.
    pub(crate) external: usize,
    /// How many link to an address that looks like an item's.
    pub(crate) item_links: usize,
}

/// The groups of a page, best first.
#[must_use]
pub fn groups(page: &Page<'_>, headlines: &[Headline]) -> Vec<HeadlineGroup> {
    let (outline, boxes, host) = (page.outline(), page.regions(), page.address().host());
    let mut places: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
    for (number, headline) in headlines.iter().enumerate() {
        let region = boxes[headline.anchor].map_or(0, |(at, _)| at);
        places.entry((path(outline, headline), region)).or_default().push(number);
    }
    let mut groups: Vec<HeadlineGroup> = places
        .into_iter()
        .flat_map(|((path, _), members)| {
            split_blocks(outline, headlines, &members).into_iter().map(move |members| (path.clone(), members))
        })
        .map(|(path, members)| group(outline, headlines, path, members, host, boxes))
        .collect();
    admit_other_sites(&mut groups);
    groups.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.members.cmp(&b.members)));
    groups
}

/// Admits headlines that link to other sites, if the page has none of its own: it exists to list those of others.
fn admit_other_sites(groups: &mut [HeadlineGroup]) {
    let is_external = |group: &HeadlineGroup| is_over(group.external, MAJORITY, group.members.len());
    if groups.iter().any(|group| group.region.is_none() && !is_external(group) && is_teaser_block(group)) {
        return;
    }
    for group in groups.iter_mut().filter(|group| group.members.len() >= MIN_LIST && is_external(group)) {
        group.external = 0;
        group.score /= EXTERNAL_FACTOR;
    }
}

/// The place of a headline.
pub(crate) fn path(outline: &Outline, headline: &Headline) -> String {
    let start = headline.node;
    let mut path = String::new();
    for at in std::iter::once(start).chain(outline.above(start)).take(PATH_ELEMENTS) {
        path.push_str(outline.name(at));
        for word in outline.nodes[at].hints.split_whitespace().filter(|word| !is_positional(word)).take(PATH_WORDS) {
            path.push('.');
            path.push_str(word);
        }
        path.push(' ');
    }
    path
}

/// True for a class word that describes an item's position or state, not its kind.
fn is_positional(word: &str) -> bool {
    matches!(
        word,
        "first"
            | "last"
            | "odd"
            | "even"
            | "active"
            | "clearfix"
            | "col"
            | "left"
            | "right"
            | "md"
            | "sm"
            | "xs"
            | "lg"
            | "has"
            | "thumbnail"
            | "sticky"
            | "post"
            | "category"
            | "tag"
            | "status"
            | "format"
            | "type"
            | "id"
            | "item"
            | "no"
    ) || word.len() < MIN_PATH_WORD
}

/// Splits members whose common ancestor is much further out than usual: another block with the same markup.
fn split_blocks(outline: &Outline, headlines: &[Headline], members: &[usize]) -> Vec<Vec<usize>> {
    let depth = |at: usize| outline.nodes[at].depth;
    let depths: Vec<u16> = members
        .windows(2)
        .map(|pair| depth(common_ancestor(outline, headlines[pair[0]].node, headlines[pair[1]].node)))
        .collect();
    let mut counts: HashMap<u16, usize> = HashMap::new();
    depths.iter().for_each(|depth| *counts.entry(*depth).or_default() += 1);
    let usual = counts
        .iter()
        .filter(|(_, count)| **count * USUAL_DEPTH_FRACTION >= depths.len())
        .map(|(depth, _)| *depth)
        .min()
        .unwrap_or(0);
    let mut blocks = vec![Vec::new()];
    for (n, member) in members.iter().enumerate() {
        if n > 0 && depths[n - 1] + 1 < usual {
            blocks.push(Vec::new());
        }
        if let Some(block) = blocks.last_mut() {
            block.push(*member);
        }
    }
    blocks
}

/// The innermost element that contains both nodes.
pub(crate) fn common_ancestor(outline: &Outline, one: usize, other: usize) -> usize {
    outline.above(one).find(|at| (*at..outline.nodes[*at].end).contains(&other)).unwrap_or(0)
}

fn group(
    outline: &Outline,
    headlines: &[Headline],
    path: String,
    members: Vec<usize>,
    host: &str,
    boxes: &[Option<OuterRegion>],
) -> HeadlineGroup {
    let all: Vec<&Headline> = members.iter().map(|member| &headlines[*member]).collect();
    let region = all.first().and_then(|first| boxes[first.anchor]).map(|(_, hint)| hint);
    let mut lengths: Vec<u32> = all.iter().map(|one| listing_item::width(&one.text)).collect();
    lengths.sort_unstable();
    let median_letters = lengths[lengths.len() / 2];
    let scopes: Vec<usize> = scopes(outline, &all);
    let with_excerpt =
        scopes.iter().zip(&all).filter(|(scope, one)| !listing_item::excerpt(outline, **scope, one).is_empty()).count();
    let domain = site::domain(host);
    let external = all.iter().filter(|one| site::domain(one.address.host()) != domain).count();
    let heading = is_over(all.iter().filter(|one| one.heading).count(), MAJORITY, all.len());
    let item_links = all.iter().filter(|one| listing_item::is_item_address(&one.address)).count();
    let mut group = HeadlineGroup {
        path,
        members,
        scopes,
        score: 0.0,
        region,
        median_letters,
        heading,
        with_excerpt,
        external,
        item_links,
    };
    group.score = score(&group, unique(&all));
    group
}

fn unique(all: &[&Headline]) -> usize {
    let mut keys: Vec<&str> = all.iter().map(|one| one.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.len()
}

#[expect(clippy::cast_precision_loss, reason = "counts of one page are far below 2^52")]
fn score(group: &HeadlineGroup, unique: usize) -> f64 {
    let count = group.members.len();
    let letters = if group.median_letters > MAX_MEDIAN_LETTERS {
        PARAGRAPH_LETTERS
    } else {
        group.median_letters.min(MAX_COUNTED_LETTERS)
    };
    let mut score = (unique as f64).powf(COUNT_EXPONENT) * f64::from(letters);
    score *= if group.heading { HEADING_FACTOR } else { 1.0 };
    score *= if is_over(group.with_excerpt, MAJORITY, count) { EXCERPT_FACTOR } else { 1.0 };
    score *= match group.region {
        Some(RegionHint::Never) => NON_CONTENT_FACTOR,
        Some(_) => BOILERPLATE_FACTOR,
        None => 1.0,
    };
    score * if is_over(group.external, MAJORITY, count) { EXTERNAL_FACTOR } else { 1.0 }
}

/// For each headline the outermost element that contains no other headline of its group.
fn scopes(outline: &Outline, all: &[&Headline]) -> Vec<usize> {
    let others = |n: usize, at: usize| {
        let range = at..outline.nodes[at].end;
        let differs = |one: &&Headline| range.contains(&one.node) && one.key != all[n].key;
        n > 0 && differs(&all[n - 1]) || all.get(n + 1).is_some_and(differs)
    };
    (0..all.len())
        .map(|n| {
            let start = all[n].node.min(all[n].anchor);
            let climb = outline.above(start).take(if all.len() == 1 { MAX_LEVELS_SINGLE } else { MAX_LEVELS });
            climb.take_while(|at| !others(n, *at) && outline.name(*at) != "body").last().unwrap_or(start)
        })
        .collect()
}

/// True for links within the items of a better group: galleries, authors, topics.
pub(crate) fn is_secondary(
    outline: &Outline,
    headlines: &[Headline],
    group: &HeadlineGroup,
    better: &[&HeadlineGroup],
) -> bool {
    let within = |part: usize| {
        better
            .iter()
            .filter(|better| better.heading && is_over(better.with_excerpt, MAJORITY, better.members.len()))
            .any(|better| better.scopes.iter().any(|scope| (*scope..outline.nodes[*scope].end).contains(&part)))
    };
    let inside = group.members.iter().filter(|member| within(headlines[**member].node)).count();
    !group.heading && !is_list(outline, headlines, group) && is_over(inside, MAJORITY, group.members.len())
}

/// True for a list that consists of links to items, under the first item of a block.
fn is_list(outline: &Outline, headlines: &[Headline], group: &HeadlineGroup) -> bool {
    let lists = group.members.iter().map(|member| {
        let at = headlines[*member].anchor;
        let holder = outline.nodes[at].parent;
        let alone = outline.name(holder) == "li" && outline.letters(holder) <= outline.letters(at) + MAX_BESIDE_LINK;
        alone.then(|| outline.nodes[holder].parent)
    });
    let lists: HashSet<Option<usize>> = lists.collect();
    // Links with the same label belong to the item above them: its galleries, its films.
    let label = |member: &usize| headlines[*member].text.split_once(':').map(|(label, _)| label.to_owned());
    let labels: HashSet<Option<String>> = group.members.iter().map(label).collect();
    let alike = labels.len() == 1 && !labels.contains(&None);
    group.members.len() >= MIN_LIST && is_teaser_block(group) && !alike && lists.len() == 1 && !lists.contains(&None)
}

/// True for a block of headlines on a front page.
pub(crate) fn is_teaser_block(group: &HeadlineGroup) -> bool {
    let several = group.members.len() > 1;
    let range =
        if group.heading { MIN_HEADING_LETTERS..=MAX_MEDIAN_LETTERS } else { MIN_LINK_LETTERS..=MAX_MEDIAN_LETTERS };
    is_over(group.item_links, MAJORITY, group.members.len())
        && (group.heading || several)
        && range.contains(&group.median_letters)
}
