//! A page as one article: headline, text, date, author, agency, canonical address, language.

pub mod date;
pub mod date_lines;
pub mod headline;
pub mod text;

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use scraper::Html;

use super::dom::metadata::Metadata;
use super::dom::outline::Outline;
use super::dom::tree;
use super::shared_text::SharedText;
use crate::address::Address;
use crate::date::{DateContext, Published};
use crate::item::{Item, TextState, TitleFrom};
use crate::parse::challenge;
use crate::parse::limits::{MAX_SUMMARY, MAX_WORD};
use crate::parse::{Document, ParseError, Parsed, agency};
use crate::source::Source;
use crate::text::fold;
use crate::text::lang::{self, Lang};

/// What a page says as an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Article {
    /// The headline, without the site's name.
    pub title: String,
    /// The text, a line for each paragraph; empty where none was found that belongs to the headline.
    pub text: String,
    /// How much of the text there is.
    pub text_state: TextState,
    /// What the page's metadata says it is about.
    pub description: String,
    /// When it claims to have been published.
    pub published: Option<Published>,
    /// The day of publication as it was written, in the page's own zone.
    pub day: Option<Date>,
    /// Who wrote it.
    pub author: Option<String>,
    /// The news agency that it was taken from, as the text says.
    pub agency: Option<String>,
    /// The address that the page gives as its own, on the same host.
    pub canonical: Option<Address>,
    /// The language that was declared or detected.
    pub lang: Option<Lang>,
}

/// Reads a page as an article.
///
/// # Errors
/// A page past the bounds of [`tree::read`], or a challenge in its place.
pub fn read(document: &Document, source: &Source, now: Timestamp) -> Result<Article, ParseError> {
    let html = tree::read(&document.text)?;
    let article = of(&html, document, source, now);
    if article.text.is_empty()
        && let Some(sign) = challenge::find(&document.text)
    {
        return Err(ParseError::Blocked { sign });
    }
    Ok(article)
}

/// What the tree of a page says as an article.
#[must_use]
pub fn of(html: &Html, document: &Document, source: &Source, now: Timestamp) -> Article {
    let (outline, head) = (Outline::of(html), Metadata::of(html));
    let found = headline::title(&outline, &head, document.address.host());
    let (title, heading) = found.map(|found| (found.text, found.part)).unwrap_or_default();
    let description = head
        .text(&["og:description", "description", "twitter:description"], MAX_SUMMARY)
        .or_else(|| head.article.description.clone())
        .unwrap_or_default();
    let mut text = text::text(&outline, &title, heading);
    if text.len() < 200
        && let Some(given) = head.article.body.clone().filter(|given| given.len() > text.len())
    {
        text = given;
    }
    let lang = language(&head, source, &title, &text);
    let setting = DateContext { now, zone: &source.timezone, lang: lang.as_ref() };
    let when = date::when(&outline, &head, heading, &text, &setting);
    let about = is_about(&title, &text, &description) || heading.is_some_and(|at| is_headed(&outline, at, &text));
    let text_state = if about { TextState::Full } else { TextState::Excerpt };
    let text = if text_state == TextState::Full { text } else { String::new() };
    Article {
        author: author(&head),
        agency: agency::origin(&text),
        canonical: canonical(&head, &document.address),
        day: when.as_ref().map(|when| when.day),
        published: when.map(|when| when.published),
        title,
        text_state: if text.is_empty() && description.is_empty() { TextState::None } else { text_state },
        text,
        description,
        lang,
    }
}

/// The page of an article source: one item.
///
/// # Errors
/// As for [`read`].
pub fn item(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    let article = read(document, source, now)?;
    let mut parsed = Parsed { kind: "article", ..Parsed::default() };
    if article.text.is_empty() {
        parsed.degraded = Some("no text was found on the page that belongs to its headline".to_owned());
    }
    match article.into_item(&document.address) {
        Some(item) => parsed.items.push(item),
        None => parsed.void = 1,
    }
    Ok(parsed)
}

impl Article {
    /// Leaves out what the pages of its source have in common.
    pub fn leave_out(&mut self, recurring: &SharedText) {
        if let Cow::Owned(text) = recurring.without(&self.text) {
            self.text = text;
        }
    }

    /// The item that the article at `address` is; none without a word to tell.
    #[must_use]
    pub fn into_item(self, address: &Address) -> Option<Item> {
        let (title, title_from) = match self.title.is_empty() {
            false => (self.title, TitleFrom::Page),
            true => (self.text.lines().next()?.to_owned(), TitleFrom::Text),
        };
        Some(Item {
            address: Some(self.canonical.unwrap_or_else(|| address.clone())),
            title: crate::parse::plain_text::cut(&title, crate::parse::limits::MAX_TITLE).to_owned(),
            title_from,
            summary: self.description,
            text: self.text,
            text_state: self.text_state,
            lang: self.lang,
            author: self.author,
            agency: self.agency,
            published: self.published,
            ..Item::default()
        })
    }
}

/// The language of the text, as the page, the source and its letters say.
fn language(head: &Metadata, source: &Source, title: &str, text: &str) -> Option<Lang> {
    let declared = head.lang.as_deref().and_then(|tag| Lang::parse(tag).ok());
    let sample: String = title.chars().chain(" ".chars()).chain(text.chars()).take(2_000).collect();
    lang::detect(&sample, declared.as_ref(), source.lang.as_ref())
}

fn author(head: &Metadata) -> Option<String> {
    let named = head.article.author.clone().or_else(|| {
        head.text(&["author", "article:author", "parsely-author", "sailthru.author", "dc.creator"], MAX_WORD)
    })?;
    (!named.starts_with("http") && !named.contains('@')).then_some(named)
}

/// The address that the page calls its own: believed on its own host only, and where it is no front page.
fn canonical(head: &Metadata, address: &Address) -> Option<Address> {
    let told = head.canonical.as_deref().or_else(|| head.metas(&["og:url"]).next())?;
    let told = address.join(told).ok()?;
    let bare = |host: &str| host.trim_start_matches("www.").trim_start_matches("m.").to_owned();
    let same = bare(told.host()) == bare(address.host());
    let front =
        told.url().path().trim_end_matches('/').is_empty() && !address.url().path().trim_end_matches('/').is_empty();
    (same && !front).then_some(told)
}

/// True where the headline and the text stand in one element that the page calls an article: then the text may say it
/// in other words.
fn is_headed(outline: &Outline<'_>, heading: usize, text: &str) -> bool {
    let Some(article) = outline.above(heading).find(|at| outline.name(*at) == "article") else { return false };
    let start: String = text.chars().take(60).take_while(|c| *c != '\n').collect();
    !start.is_empty() && outline.text(article, MAX_SUMMARY).contains(start.trim_end())
}

/// True where the words of the headline occur in the text, or the text begins as the description does: otherwise
/// the text belongs to something else on the page.
#[must_use]
pub fn is_about(title: &str, text: &str, description: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let (title, text) = (fold::key(title), fold::key(text));
    let words: Vec<&str> = title.split(' ').filter(|word| word.chars().count() > 3).collect();
    // Without its article an Arabic word is found behind any other prefix too.
    let bare = |word: &str| word.strip_prefix("ال").filter(|rest| rest.chars().count() > 2).unwrap_or(word).to_owned();
    let told = words.iter().filter(|word| text.contains(&bare(word))).count();
    let start: String = fold::key(description).chars().take(40).collect();
    words.len() < 2 || told * 5 >= words.len() || !start.is_empty() && text.contains(&start)
}
