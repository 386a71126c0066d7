//! Reads a bulletin: one page with several items, each in a section of its own.
//!
//! 1. [`section`] describes the lines of the page and turns a range of lines into a section.
//! 2. [`split`] finds where one section ends and the next begins: by the source's `split`, or by separators, rules,
//!    headings and repeated elements. Without `split`, most sections must have a date: an article with headings is not
//!    a bulletin.

pub(crate) mod section;
pub mod split;

use jiff::Timestamp;

use self::section::Section;
use super::Page;
use super::article;
use super::article::{headline, text};
use super::dom::flat_tree::Outline;
use crate::address::Address;
use crate::date::{DateContext, DateEvidence, Published};
use crate::item::{self, Item, TextState, TitleFrom};
use crate::parse::item_limits::MAX_TEXT;
use crate::parse::{DocumentFormat, ParseError, Parsed, credited_agency, plain_text};
use crate::source::Source;
use crate::text::lang::Lang;

/// The length of an anchor that is made from an item's title, in hexadecimal digits. Chosen by hand.
const ANCHOR_DIGITS: usize = 12;
/// The longest `id` that names an item, in bytes. Chosen by hand.
const MAX_ID: usize = 200;

/// Reads a bulletin; without `split`, looks for the boundaries on the page.
///
/// # Errors
/// A challenge in its place, or an invalid selector in `split`.
pub fn read(page: &Page<'_>, source: &Source, split: Option<&str>, now: Timestamp) -> Result<Parsed, ParseError> {
    let (outline, head) = (page.outline(), page.metadata());
    let heading = headline::title(outline, head, page.address()).and_then(|title| title.node);
    let declared = head.lang.as_deref().and_then(|tag| Lang::parse(tag).ok());
    let lang = declared.as_ref().or(source.lang.as_ref());
    let setting = DateContext { now, zone: &source.timezone, lang };
    let lines = section::lines(outline, &text::lines(outline, heading), heading, &setting);
    let sections = match split {
        Some(split) => split::configured(page, &lines, split, &setting)?,
        None => split::found(outline, &lines, heading, &setting),
    };
    if sections.is_empty() {
        return undivided(page, source, split, now);
    }
    let mut parsed = Parsed::of(DocumentFormat::Bulletin);
    for section in &sections {
        parsed.take(item(section, outline, page.address(), declared.as_ref()), source);
    }
    Ok(parsed)
}

/// A page without boundaries, as one item.
fn undivided(page: &Page<'_>, source: &Source, split: Option<&str>, now: Timestamp) -> Result<Parsed, ParseError> {
    let article = article::read(page, source, now)?;
    let degraded = match split {
        Some(split) => format!("`split` {split:?} matches nothing on the page: it was read as one item"),
        None => "no boundaries between items were found on the page: it was read as one item".to_owned(),
    };
    let mut parsed = Parsed { degraded: Some(degraded), ..Parsed::of(DocumentFormat::Bulletin) };
    parsed.items.extend(article.into_item(page.address()));
    Ok(parsed)
}

fn item(section: &Section, outline: &Outline, page: &Address, declared: Option<&Lang>) -> Item {
    let fragment = section.anchor.and_then(|at| outline.attr(at, "id")).filter(|id| is_stable(id)).map_or_else(
        || {
            format!(
                "m-{}",
                item::derived(&[&section.title, section.date.as_ref().map_or("", |_| "dated")], ANCHOR_DIGITS)
            )
        },
        str::to_owned,
    );
    let address = page.join(&format!("#{fragment}")).ok();
    let text = plain_text::cut(&section.texts.join("\n"), MAX_TEXT).to_owned();
    Item {
        guid: address.as_ref().map(|address| address.as_str().to_owned()),
        address,
        title: section.title.clone(),
        title_from: TitleFrom::Page,
        agency: credited_agency::origin(&text),
        text_state: if text.is_empty() { TextState::None } else { TextState::Full },
        text,
        lang: declared.cloned(),
        published: section.date.map(|at| Published { at, from: DateEvidence::Text }),
        ..Item::default()
    }
}

/// True for an id that names the item, not its position: an id that ends in a number changes with the next item.
fn is_stable(id: &str) -> bool {
    !id.is_empty() && !id.ends_with(|c: char| c.is_numeric()) && id.len() <= MAX_ID
}
