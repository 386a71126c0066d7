//! What repeats on a page: headlines that stand in the same place of like elements, under one ancestor.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::teaser;
use super::teaser::Headline;
use crate::parse::page::dom::outline::Outline;
use crate::parse::page::dom::regions;
use crate::parse::page::dom::regions::RegionHint;

/// How many elements above a headline tell its place.
const PATH: usize = 4;

/// Headlines of one kind.
#[derive(Clone, Debug)]
pub struct HeadlineGroup {
    /// The place of its headlines: names and classes from the inside out.
    pub path: String,
    /// Its headlines, by their numbers.
    pub members: Vec<usize>,
    /// The element that holds one item, for each member.
    pub scopes: Vec<usize>,
    /// How much it looks like what the page is for.
    pub score: f64,
    /// The box beside the content that it stands in.
    pub boxed: Option<RegionHint>,
    /// The middle length of its headlines, in letters.
    pub length: u32,
    /// True where its headlines are headings.
    pub heading: bool,
    /// How many of its members have an excerpt.
    pub told: usize,
    /// How many lead to another site.
    pub foreign: usize,
    /// How many lead to what looks like one item's address.
    pub leading: usize,
}

/// The groups of a page, best first.
#[must_use]
pub fn groups(outline: &Outline<'_>, headlines: &[Headline], host: &str) -> Vec<HeadlineGroup> {
    let boxes = regions::boxes(outline);
    let mut places: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
    for (number, headline) in headlines.iter().enumerate() {
        let boxed = boxes[headline.anchor].map_or(0, |(at, _)| at);
        places.entry((path(outline, headline), boxed)).or_default().push(number);
    }
    let mut groups: Vec<HeadlineGroup> = places
        .into_iter()
        .flat_map(|((path, _), members)| {
            split(outline, headlines, &members).into_iter().map(move |members| (path.clone(), members))
        })
        .map(|(path, members)| group(outline, headlines, path, members, host, &boxes))
        .collect();
    groups.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.members.cmp(&b.members)));
    groups
}

/// The place of a headline.
pub(crate) fn path(outline: &Outline<'_>, headline: &Headline) -> String {
    let start = headline.part;
    let mut path = String::new();
    for at in std::iter::once(start).chain(outline.above(start)).take(PATH) {
        path.push_str(outline.name(at));
        for word in outline.parts[at].hints.split_whitespace().filter(|word| !is_fickle(word)).take(3) {
            path.push('.');
            path.push_str(word);
        }
        path.push(' ');
    }
    path
}

/// Words of a class that tell where in a row an item stands, not what it is.
fn is_fickle(word: &str) -> bool {
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
    ) || word.len() < 2
}

/// Members apart where their common ancestor is much further out than usual: the same markup used for another block.
fn split(outline: &Outline<'_>, headlines: &[Headline], members: &[usize]) -> Vec<Vec<usize>> {
    let depth = |at: usize| outline.parts[at].depth;
    let meets: Vec<u16> = members
        .windows(2)
        .map(|pair| depth(meeting(outline, headlines[pair[0]].part, headlines[pair[1]].part)))
        .collect();
    let mut counts: HashMap<u16, usize> = HashMap::new();
    meets.iter().for_each(|depth| *counts.entry(*depth).or_default() += 1);
    let usual =
        counts.iter().filter(|(_, count)| **count * 3 >= meets.len()).map(|(depth, _)| *depth).min().unwrap_or(0);
    let mut blocks = vec![Vec::new()];
    for (n, member) in members.iter().enumerate() {
        if n > 0 && meets[n - 1] + 1 < usual {
            blocks.push(Vec::new());
        }
        if let Some(block) = blocks.last_mut() {
            block.push(*member);
        }
    }
    blocks
}

/// The innermost element that holds both parts.
pub(crate) fn meeting(outline: &Outline<'_>, one: usize, other: usize) -> usize {
    outline.above(one).find(|at| (*at..outline.parts[*at].end).contains(&other)).unwrap_or(0)
}

fn group(
    outline: &Outline<'_>,
    headlines: &[Headline],
    path: String,
    members: Vec<usize>,
    host: &str,
    boxes: &[Option<(usize, RegionHint)>],
) -> HeadlineGroup {
    let all: Vec<&Headline> = members.iter().map(|member| &headlines[*member]).collect();
    let boxed = all.first().and_then(|first| boxes[first.anchor]).map(|(_, sign)| sign);
    let mut lengths: Vec<u32> = all
        .iter()
        .map(|one| u32::try_from(one.text.chars().filter(|c| !c.is_whitespace()).count()).unwrap_or(0))
        .collect();
    lengths.sort_unstable();
    let length = lengths[lengths.len() / 2];
    let scopes: Vec<usize> = scopes(outline, &all);
    let told =
        scopes.iter().zip(&all).filter(|(scope, one)| !teaser::excerpt(outline, **scope, one).is_empty()).count();
    let site = registrable(host);
    let foreign = all.iter().filter(|one| registrable(one.address.host()) != site).count();
    let heading = all.iter().filter(|one| one.heading).count() * 2 > all.len();
    let leading = all.iter().filter(|one| teaser::is_item_address(&one.address)).count();
    let mut group = HeadlineGroup { path, members, scopes, score: 0.0, boxed, length, heading, told, foreign, leading };
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
    let length = if group.length > 110 { 40 } else { group.length.min(80) };
    let mut score = (unique as f64).powf(0.7) * f64::from(length);
    score *= if group.heading { 2.2 } else { 1.0 };
    score *= if group.told * 2 > count { 1.6 } else { 1.0 };
    score *= match group.boxed {
        Some(RegionHint::Never) => 0.05,
        Some(_) => 0.2,
        None => 1.0,
    };
    score * if group.foreign * 2 > count { 0.2 } else { 1.0 }
}

/// The last two labels of a host: what a site is known by.
fn registrable(host: &str) -> String {
    let labels: Vec<&str> = host.trim_start_matches("www.").rsplit('.').take(3).collect();
    let wide = labels.len() > 2 && labels[1].len() <= 3;
    labels.into_iter().take(if wide { 3 } else { 2 }).collect::<Vec<_>>().join(".")
}

/// For each headline the outermost element that holds no other headline of its group.
fn scopes(outline: &Outline<'_>, all: &[&Headline]) -> Vec<usize> {
    let others = |n: usize, at: usize| {
        let range = at..outline.parts[at].end;
        let differs = |one: &&Headline| range.contains(&one.part) && one.key != all[n].key;
        n > 0 && differs(&all[n - 1]) || all.get(n + 1).is_some_and(differs)
    };
    (0..all.len())
        .map(|n| {
            let start = all[n].part.min(all[n].anchor);
            let climb = outline.above(start).take(if all.len() == 1 { 3 } else { 12 });
            climb.take_while(|at| !others(n, *at) && outline.name(*at) != "body").last().unwrap_or(start)
        })
        .collect()
}

/// True for links that stand within the items of a better group: galleries, authors, topics.
pub(crate) fn is_secondary(
    outline: &Outline<'_>,
    headlines: &[Headline],
    group: &HeadlineGroup,
    better: &[&HeadlineGroup],
) -> bool {
    let within = |part: usize| {
        better
            .iter()
            .filter(|better| better.heading && better.told * 2 > better.members.len())
            .any(|better| better.scopes.iter().any(|scope| (*scope..outline.parts[*scope].end).contains(&part)))
    };
    let inside = group.members.iter().filter(|member| within(headlines[**member].part)).count();
    !group.heading && !is_list(outline, headlines, group) && inside * 2 > group.members.len()
}

/// True for one list of links to items with nothing beside them, under the first item of a block.
fn is_list(outline: &Outline<'_>, headlines: &[Headline], group: &HeadlineGroup) -> bool {
    let lists = group.members.iter().map(|member| {
        let at = headlines[*member].anchor;
        let holder = outline.parts[at].parent;
        let alone = outline.name(holder) == "li" && outline.letters(holder) <= outline.letters(at) + 30;
        alone.then(|| outline.parts[holder].parent)
    });
    let lists: HashSet<Option<usize>> = lists.collect();
    // Links that all bear one label are what belongs to the item above them: its galleries, its films.
    let label = |member: &usize| headlines[*member].text.split_once(':').map(|(label, _)| label.to_owned());
    let labels: HashSet<Option<String>> = group.members.iter().map(label).collect();
    let alike = labels.len() == 1 && !labels.contains(&None);
    group.members.len() >= 3 && is_teaser_block(group) && !alike && lists.len() == 1 && !lists.contains(&None)
}

/// True for a block of headlines on a front page.
pub(crate) fn is_teaser_block(group: &HeadlineGroup) -> bool {
    let several = group.members.len() > 1;
    let leading = group.leading * 2 > group.members.len();
    leading
        && match group.heading {
            true => group.length >= 18 && group.length <= 110,
            false => several && group.length >= 26 && group.length <= 110,
        }
}
