//! Headlines of a few letters (`OIC meets`), which count only among the longer ones of a listing.

use std::collections::HashSet;

use super::group::{HeadlineGroup, meeting, path};
use super::teaser;
use super::teaser::Headline;
use crate::parse::page::dom::outline::Outline;

/// The fewest headlines that make a listing, and their middle length in letters. Chosen by hand: a menu has shorter ones.
const LEAST: usize = 3;
const LENGTH: u32 = 20;

/// The brief headlines that stand in the chosen groups as their other headlines do, each with the element that holds its
/// item.
#[must_use]
pub fn members(
    outline: &Outline<'_>,
    headlines: &[Headline],
    chosen: &[&HeadlineGroup],
    brief: &[Headline],
) -> Vec<(Headline, usize)> {
    let taken: HashSet<&str> =
        chosen.iter().flat_map(|group| &group.members).map(|member| headlines[*member].key.as_str()).collect();
    let mut found = Vec::new();
    for group in chosen.iter().filter(|group| group.members.len() >= LEAST && group.length >= LENGTH) {
        let own: Vec<&Headline> = group.members.iter().map(|member| &headlines[*member]).collect();
        let alike: Vec<&Headline> = brief
            .iter()
            .filter(|one| !taken.contains(one.key.as_str()) && path(outline, one) == group.path)
            .filter(|one| group.leading * 2 <= own.len() || teaser::is_item_address(&one.address))
            .filter(|one| stands_among(outline, one, &own))
            .collect();
        // Where most are brief, it is a menu with some long words in it.
        if alike.len() <= own.len() {
            let all: Vec<usize> = own.iter().chain(&alike).map(|one| one.part).collect();
            found.extend(alike.iter().map(|one| ((*one).clone(), scope(outline, one, &all))));
        }
    }
    found
}

/// Whether a headline meets its neighbour no further out than the headlines of the group meet each other.
fn stands_among(outline: &Outline<'_>, one: &Headline, group: &[&Headline]) -> bool {
    let depth = |a: &Headline, b: &Headline| {
        let (first, second) = (a.part.min(b.part), a.part.max(b.part));
        outline.parts[meeting(outline, first, second)].depth
    };
    let usual = group.windows(2).map(|pair| depth(pair[0], pair[1])).min();
    let nearest = group.iter().min_by_key(|other| other.part.abs_diff(one.part));
    nearest.is_some_and(|nearest| usual.is_some_and(|usual| depth(nearest, one) >= usual))
}

/// The outermost element that holds no other of these headlines.
fn scope(outline: &Outline<'_>, one: &Headline, all: &[usize]) -> usize {
    let start = one.part.min(one.anchor);
    let alone = |at: &usize| {
        let range = *at..outline.parts[*at].end;
        outline.name(*at) != "body" && !all.iter().any(|part| *part != one.part && range.contains(part))
    };
    outline.above(start).take(12).take_while(alone).last().unwrap_or(start)
}
