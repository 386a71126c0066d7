//! Explains why each block of headlines was chosen or left out.

use super::group::{HeadlineGroup, is_secondary};
use super::listing_item::Headline;
use crate::parse::page::Page;
use crate::parse::page::dom::non_content::RegionHint;
use crate::parse::page::layout::observed_layout::css_path;
use crate::parse::share::{MAJORITY, is_over};

/// The most blocks that are explained, the best first. Chosen by hand.
const MAX_BLOCKS: usize = 24;
/// The median length below which headlines are menu labels, in letters. Chosen by hand.
const MENU_LETTERS: u32 = 18;

/// Headlines at the same place of similar elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedGroup {
    /// The place: names and classes of elements, from the outside in.
    pub place: String,
    /// How many links with a headline are there.
    pub items: usize,
    /// How many of them have an excerpt.
    pub(crate) with_excerpt: usize,
    /// The first headline.
    pub(crate) sample: String,
    /// Why it was left out; none for a block whose items were read.
    pub left_out: Option<String>,
}

/// The blocks of a page: first those that were chosen, then the best of the others.
pub fn blocks(
    page: &Page<'_>,
    headlines: &[Headline],
    groups: &[HeadlineGroup],
    chosen: &[&HeadlineGroup],
) -> Vec<ExplainedGroup> {
    let (outline, boxes) = (page.outline(), page.regions());
    let is_chosen = |group: &&HeadlineGroup| chosen.iter().any(|one| std::ptr::eq(*one, *group));
    let (taken, left): (Vec<&HeadlineGroup>, Vec<&HeadlineGroup>) = groups.iter().partition(is_chosen);
    let mut blocks = Vec::new();
    for group in taken.iter().chain(&left).take(MAX_BLOCKS) {
        let first = group.members.first().map(|member| &headlines[*member]);
        let boxed = first.and_then(|first| boxes[first.anchor]).map(|(at, _)| outline.label(at));
        blocks.push(ExplainedGroup {
            place: css_path(&group.path),
            items: group.members.len(),
            with_excerpt: group.with_excerpt,
            sample: first.map(|first| first.text.clone()).unwrap_or_default(),
            left_out: (!is_chosen(group)).then(|| why(group, boxed, is_secondary(outline, headlines, group, chosen))),
        });
    }
    blocks
}

/// Why a block was left out.
fn why(group: &HeadlineGroup, boxed: Option<String>, secondary: bool) -> String {
    match (group.region, boxed) {
        (Some(RegionHint::Never), Some(name)) => format!("navigation: inside {name}"),
        (Some(_), Some(name)) => format!("outside the main content: {name}"),
        _ if is_over(group.external, MAJORITY, group.members.len()) => "links to other sites".to_owned(),
        _ if secondary => "inside the items of another block".to_owned(),
        _ if group.median_letters < MENU_LETTERS => "headlines as short as menu labels".to_owned(),
        _ if group.members.len() == 1 => "a single link".to_owned(),
        _ => "scored lower than the blocks in use".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::address::Address;
    use crate::parse::page::Page;
    use crate::parse::page::listing::detect;
    use crate::parse::{Document, Parsed};
    use crate::source::{Source, SourceKind};

    fn read(html: &str) -> Parsed {
        let address = Address::parse("https://news.example.org/politics/").unwrap();
        let source = Source::at(SourceKind::Page(None), address.clone());
        let document = Document {
            address,
            media_type: "text/html".to_owned(),
            text: html.to_owned(),
            encoding: "UTF-8",
            replaced: 0,
        };
        detect::read(&Page::open(&document).unwrap(), &source, "2026-11-21T12:00:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_block_is_shown_with_the_reason_why_it_was_left_out() {
        let card = |n: u8| {
            format!(
                "<article><h2><a href=/news/{n}00-a-harbour>A harbour of the north is dredged for the {n}th time</a></h2>\
                 <p>Engineers say that the work will take until the spring of next year.</p></article>"
            )
        };
        let cards: String = (1..6).map(card).collect();
        let related = "<aside class=related><a href=/old/901-x>What was read most in the past week here</a>\
                       <a href=/old/902-x>What was said about it in the week before</a></aside>";
        let menu = "<nav><a href=/sport/>All about the sport today</a><a href=/world/>All about the world</a></nav>";
        let page = read(&format!("<html><body>{menu}<main>{cards}</main>{related}</body></html>"));
        let taken: Vec<_> = page.blocks.iter().filter(|block| block.left_out.is_none()).collect();
        assert_eq!(
            (taken.len(), taken[0].items, taken[0].with_excerpt, taken[0].place.as_str()),
            (1, 5, 5, "main > article > h2 > a")
        );
        let why: Vec<&str> = page.blocks.iter().filter_map(|block| block.left_out.as_deref()).collect();
        assert!(why.contains(&"navigation: inside nav"), "{why:?}");
        assert!(why.contains(&"outside the main content: aside.related"), "{why:?}");
    }
}
