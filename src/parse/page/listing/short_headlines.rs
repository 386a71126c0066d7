//! Adds headlines of two short words (`OIC meets`), which count only among the longer headlines of a listing.

use std::collections::HashSet;

use super::group::{HeadlineGroup, common_ancestor, path};
use super::listing_item;
use super::listing_item::Headline;
use crate::parse::page::dom::flat_tree::Outline;
use crate::parse::share::is_over;

/// The fewest headlines of a listing. Chosen by hand.
const MIN_HEADLINES: usize = 3;
/// The shortest median length of its headlines, in letters. Chosen by hand: the labels of a menu are shorter.
const MIN_MEDIAN_LETTERS: u32 = 20;
/// The share of links with an item's address from which every link of a group needs one, in percent. Chosen by hand.
const ITEM_LINKS_SHARE: u8 = 50;
/// How many elements above a headline may be the container of its item. Chosen by hand.
const MAX_CONTAINER_LEVELS: usize = 12;

/// The brief headlines at the same place as the other headlines of a chosen group, each with the element that contains
/// its item.
#[must_use]
pub fn members(
    outline: &Outline,
    headlines: &[Headline],
    chosen: &[&HeadlineGroup],
    brief: &[Headline],
) -> Vec<(Headline, usize)> {
    let taken: HashSet<&str> =
        chosen.iter().flat_map(|group| &group.members).map(|member| headlines[*member].key.as_str()).collect();
    let mut found = Vec::new();
    for group in
        chosen.iter().filter(|group| group.members.len() >= MIN_HEADLINES && group.median_letters >= MIN_MEDIAN_LETTERS)
    {
        let own: Vec<&Headline> = group.members.iter().map(|member| &headlines[*member]).collect();
        let alike: Vec<&Headline> = brief
            .iter()
            .filter(|one| !taken.contains(one.key.as_str()) && path(outline, one) == group.path)
            .filter(|one| {
                !is_over(group.item_links, ITEM_LINKS_SHARE, own.len()) || listing_item::is_item_address(&one.address)
            })
            .filter(|one| is_among(outline, one, &own))
            .collect();
        // A group with a majority of brief headlines is a menu with some longer labels.
        if alike.len() <= own.len() {
            let all: Vec<usize> = own.iter().chain(&alike).map(|one| one.node).collect();
            found.extend(alike.iter().map(|one| ((*one).clone(), scope(outline, one, &all))));
        }
    }
    found
}

/// True if the common ancestor of a headline and its nearest neighbour is at least as deep as those of the group.
fn is_among(outline: &Outline, one: &Headline, group: &[&Headline]) -> bool {
    let depth = |a: &Headline, b: &Headline| {
        let (first, second) = (a.node.min(b.node), a.node.max(b.node));
        outline.nodes[common_ancestor(outline, first, second)].depth
    };
    let usual = group.windows(2).map(|pair| depth(pair[0], pair[1])).min();
    let nearest = group.iter().min_by_key(|other| other.node.abs_diff(one.node));
    nearest.is_some_and(|nearest| usual.is_some_and(|usual| depth(nearest, one) >= usual))
}

/// The outermost element that contains no other of these headlines.
fn scope(outline: &Outline, one: &Headline, all: &[usize]) -> usize {
    let start = one.node.min(one.anchor);
    let alone = |at: &usize| {
        let range = *at..outline.nodes[*at].end;
        outline.name(*at) != "body" && !all.iter().any(|part| *part != one.node && range.contains(part))
    };
    outline.above(start).take(MAX_CONTAINER_LEVELS).take_while(alone).last().unwrap_or(start)
}
