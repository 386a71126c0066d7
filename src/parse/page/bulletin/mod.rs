//! One page that carries several items: each part between two boundaries is an item of its own.
//!
//! A boundary is what the source configures, or what the page shows: separators, rules, headings, repeated boxes. What
//! is found without being configured needs proof, above all a date in each part: an article with headings is no
//! bulletin.

pub mod section;
pub mod split;

use jiff::Timestamp;
use scraper::Html;

use self::section::Section;
use super::article;
use super::article::{headline, text};
use super::dom::metadata::Metadata;
use super::dom::outline::Outline;
use super::dom::tree;
use crate::address::Address;
use crate::date::{DateContext, DateEvidence, Published};
use crate::item::{self, Item, TextState, TitleFrom};
use crate::parse::challenge;
use crate::parse::limits::MAX_TEXT;
use crate::parse::{Document, ParseError, Parsed, agency, plain_text};
use crate::source::Source;
use crate::text::lang::Lang;

/// Reads a bulletin; without `split` its boundaries are looked for.
///
/// # Errors
/// A page past the bounds of [`tree::read`], a challenge in its place, or a `split` that is a broken selector.
pub fn read(document: &Document, source: &Source, split: Option<&str>, now: Timestamp) -> Result<Parsed, ParseError> {
    let html = tree::read(&document.text)?;
    let outline = Outline::of(&html);
    let head = Metadata::of(&html);
    let heading = headline::title(&outline, &head, document.address.host()).and_then(|title| title.part);
    let lang = head.lang.as_deref().and_then(|tag| Lang::parse(tag).ok()).or_else(|| source.lang.clone());
    let setting = DateContext { now, zone: &source.timezone, lang: lang.as_ref() };
    let lines = section::lines(&outline, &text::lines(&outline, heading), heading, &setting);
    let parts = match split {
        Some(split) => split::configured(&html, &outline, &lines, split, &setting)?,
        None => split::found(&outline, &lines, heading, &setting),
    };
    if parts.is_empty() {
        return whole(&html, document, source, split, now);
    }
    let mut parsed = Parsed { kind: "bulletin", ..Parsed::default() };
    for part in &parts {
        parsed.take(item(part, &outline, &document.address, lang.as_ref()), source);
    }
    Ok(parsed)
}

/// A page that is not divided: one item.
fn whole(
    html: &Html,
    document: &Document,
    source: &Source,
    split: Option<&str>,
    now: Timestamp,
) -> Result<Parsed, ParseError> {
    let article = article::of(html, document, source, now);
    if article.text.is_empty()
        && let Some(sign) = challenge::find(&document.text)
    {
        return Err(ParseError::Blocked { sign });
    }
    let degraded = match split {
        Some(split) => format!("{split:?} divides nothing on the page: it was read as one item"),
        None => "no boundaries were found on the page: it was read as one item".to_owned(),
    };
    let mut parsed = Parsed { kind: "bulletin", degraded: Some(degraded), ..Parsed::default() };
    parsed.items.extend(article.into_item(&document.address));
    Ok(parsed)
}

fn item(part: &Section, outline: &Outline<'_>, page: &Address, declared: Option<&Lang>) -> Item {
    let fragment = part.anchor.and_then(|at| outline.attr(at, "id")).filter(|id| is_lasting(id)).map_or_else(
        || format!("m-{}", item::derived(&[&part.title, part.date.as_ref().map_or("", |_| "dated")], 12)),
        str::to_owned,
    );
    let address = page.join(&format!("#{fragment}")).ok();
    let text = plain_text::cut(&part.texts.join("\n"), MAX_TEXT).to_owned();
    Item {
        guid: address.as_ref().map(|address| address.as_str().to_owned()),
        address,
        title: part.title.clone(),
        title_from: TitleFrom::Page,
        agency: agency::origin(&text),
        text_state: if text.is_empty() { TextState::None } else { TextState::Full },
        text,
        lang: declared.cloned(),
        published: part.date.map(|at| Published { at, from: DateEvidence::Text }),
        ..Item::default()
    }
}

/// True for an id that names the item and not its place: one that ends in a number moves on with the next item.
fn is_lasting(id: &str) -> bool {
    !id.is_empty() && !id.ends_with(|c: char| c.is_numeric()) && id.len() <= 200
}
