//! A page that lists items, read without selectors: the repeating groups that the page is there for.

use std::collections::HashSet;

use jiff::Timestamp;

use super::group::{self, HeadlineGroup};
use super::teaser;
use super::teaser::Headline;
use super::{brief, explain, selectors};
use crate::address::Address;
use crate::date::DateContext;
use crate::item::{Item, TextState, TitleFrom};
use crate::parse::challenge;
use crate::parse::page::dom::outline::Outline;
use crate::parse::page::dom::phrases;
use crate::parse::page::dom::regions::RegionHint;
use crate::parse::page::dom::tree;
use crate::parse::page::layout::location::Layout;
use crate::parse::{Document, ParseError, Parsed};
use crate::source::Source;

/// Reads a listing by what repeats on it.
///
/// # Errors
/// A page past the bounds of [`tree::read`], or a challenge in its place.
pub fn read(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    let html = tree::read(&document.text)?;
    let base = selectors::base(&html, &document.address);
    let outline = Outline::of(&html);
    let headlines = teaser::headlines(&outline, &base, &document.address);
    let groups = group::groups(&outline, &headlines, document.address.host());
    let chosen = chosen(&outline, &document.address, &headlines, &groups);
    let setting = DateContext { now, zone: &source.timezone, lang: source.lang.as_ref() };
    let mut parsed = Parsed { kind: "listing", ..Parsed::default() };
    let brief = brief::members(&outline, &headlines, &chosen, &teaser::brief(&outline, &base, &document.address));
    for (headline, scope) in ordered(&headlines, &chosen, &brief) {
        parsed.take(item(&outline, headline, scope, source, &setting), source);
    }
    if parsed.items.is_empty()
        && let Some(sign) = challenge::find(&document.text)
    {
        return Err(ParseError::Blocked { sign });
    }
    if parsed.items.is_empty() {
        parsed.degraded = Some("nothing repeats on the page that looks like a list of items".to_owned());
    }
    parsed.blocks = explain::blocks(&outline, &headlines, &groups, &chosen);
    parsed.shape = Some(&chosen).filter(|chosen| !chosen.is_empty()).and_then(|chosen| Layout::of(chosen).stored());
    Ok(parsed)
}

/// The groups that the page is there for: the best one, and with it either its equals (where one block rules the
/// page) or every block of headlines (where none does, as on a front page).
fn chosen<'g>(
    outline: &Outline<'_>,
    page: &Address,
    headlines: &[Headline],
    groups: &'g [HeadlineGroup],
) -> Vec<&'g HeadlineGroup> {
    let Some(best) = groups.first().filter(|best| best.boxed != Some(RegionHint::Never)) else { return Vec::new() };
    let front = is_front(page, headlines, groups, best);
    let mut chosen: Vec<&HeadlineGroup> = Vec::new();
    for group in groups {
        let fits = is_open(group)
            && if front { group::is_teaser_block(group) } else { is_equal(group, best) }
            && !is_elsewhere(outline, headlines, group, best, front);
        if std::ptr::eq(group, best) || fits && !group::is_secondary(outline, headlines, group, &chosen) {
            chosen.push(group);
        }
    }
    // One link alone is no list, unless it is told as an item is.
    let alone = chosen.iter().map(|group| group.members.len()).sum::<usize>() < 2;
    if alone && !(best.heading && best.told > 0) { Vec::new() } else { chosen }
}

/// True for a list whose heading says that it belongs to no section: what others read, and on a page of one block
/// what is new on the whole site.
fn is_elsewhere(
    outline: &Outline<'_>,
    headlines: &[Headline],
    group: &HeadlineGroup,
    best: &HeadlineGroup,
    front: bool,
) -> bool {
    let first =
        group.scopes.iter().zip(&group.members).map(|(scope, member)| (*scope).min(headlines[*member].part)).min();
    let Some(first) = first else { return false };
    let heading = (first.saturating_sub(12)..first)
        .rev()
        .find(|at| outline.parts[*at].element.is_none() && outline.letters(*at) > 1);
    let Some(heading) = heading.map(|at| outline.text(at, 100)) else { return false };
    let bare = best.told * 2 > best.members.len() && group.told == 0;
    phrases::is_most_read(&heading) || !front && bare && phrases::is_elsewhere(&heading)
}

/// True for a group in no box, with headlines of this site.
fn is_open(group: &HeadlineGroup) -> bool {
    group.boxed.is_none() && group.foreign * 2 <= group.members.len()
}

/// True for a group that is as good as the best one.
fn is_equal(group: &HeadlineGroup, best: &HeadlineGroup) -> bool {
    let near = group.score >= best.score * 0.5 && group.length * 10 >= best.length * 7;
    let told = group.told * 2 > group.members.len();
    let like = group.path == best.path || group.heading || !best.heading && (told || near);
    let least = if is_row(group, best) { 0.1 } else { 0.3 };
    like && group.length >= 20 && group.score >= best.score * least
}

/// True for items that are shown and told as those of the best group are: the leading one, the last row.
fn is_row(group: &HeadlineGroup, best: &HeadlineGroup) -> bool {
    let place = |group: &HeadlineGroup| group.path.split(' ').take(3).map(str::to_owned).collect::<Vec<_>>();
    group.heading
        && group.told == group.members.len()
        && best.told * 2 > best.members.len()
        && place(group) == place(best)
}

/// True where no block rules the page: the best one has the minority of its headlines.
fn is_front(page: &Address, headlines: &[Headline], groups: &[HeadlineGroup], best: &HeadlineGroup) -> bool {
    let keys = |group: &HeadlineGroup| {
        group.members.iter().map(|member| headlines[*member].key.as_str()).collect::<HashSet<_>>()
    };
    // What is told as the best one is told belongs to its block: a leading item, another row of the same list.
    let alike = |group: &&HeadlineGroup| {
        std::ptr::eq(*group, best)
            || is_open(group)
                && group.told * 2 > group.members.len()
                && best.told * 2 > best.members.len()
                && group.heading == best.heading
    };
    let ruled: HashSet<&str> = groups.iter().filter(alike).flat_map(keys).collect();
    let others: HashSet<&str> =
        groups.iter().filter(|group| is_open(group) && group::is_teaser_block(group)).flat_map(keys).collect();
    let others = others.difference(&ruled).count();
    if is_section(page) { others * 2 > ruled.len() * 5 } else { others * 3 > ruled.len() * 2 }
}

/// True for an address that names a section, a topic or a tag: one block is what such a page is for.
fn is_section(page: &Address) -> bool {
    const WORDS: &str = "category categories tag tags topic topics label section sections archive author search rubrique \
        kategori etiket konu haberler thema";
    let mut segments = page.url().path_segments().into_iter().flatten();
    segments.any(|segment| WORDS.split(' ').any(|word| word.eq_ignore_ascii_case(segment)))
}

/// The headlines of the chosen groups in document order, each address once, as its best group shows it.
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
    all.sort_by_key(|(headline, _)| headline.part);
    all
}

fn item(outline: &Outline<'_>, headline: &Headline, scope: usize, source: &Source, setting: &DateContext<'_>) -> Item {
    let summary = teaser::excerpt(outline, scope, headline);
    Item {
        address: Some(headline.address.clone()),
        title: headline.text.clone(),
        title_from: TitleFrom::Page,
        text_state: if summary.is_empty() { TextState::None } else { TextState::Excerpt },
        summary,
        lang: source.lang.clone(),
        published: teaser::date(outline, scope, headline, setting),
        ..Item::default()
    }
}
