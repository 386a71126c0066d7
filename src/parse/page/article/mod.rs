//! Reads a page as one article.
//!
//! 1. [`headline`] finds the headline and the heading that shows it.
//! 2. [`text`] finds the element that contains the text, and the lines that belong to it.
//! 3. [`date`] finds the date of publication: `visible_date` on the page, [`dateline`] in the text; [`other_dates`] tells
//!    it from other dates.
//! 4. Author, agency, canonical address and language come from the metadata and the text.

mod body;
mod byline;
pub mod date;
pub mod dateline;
pub mod headline;
mod line_score;
pub mod other_dates;
mod page_date;
mod standfirst;
pub mod text;
mod text_lines;
mod text_region;
mod visible_date;

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;

use self::date::DateScope;
use self::text::ArticleText;
use super::Page;
use super::consent_notice;
use super::dom::flat_tree::Outline;
use super::dom::metadata::Metadata;
use super::shared_text::SharedText;
use crate::address::{Address, site};
use crate::date::{DateContext, Published};
use crate::item::{Item, TextState, TitleFrom};
use crate::parse::item_limits::{MAX_SUMMARY, MAX_WORD};
use crate::parse::share::is_at_least;
use crate::parse::{DocumentFormat, ParseError, Parsed, credited_agency};
use crate::source::Source;
use crate::text::fold;
use crate::text::lang::{self, Lang};

/// A shorter text is replaced by that of JSON-LD, if that is longer; in bytes. Chosen by hand.
const MIN_TEXT: usize = 200;
/// How much of the text must be within the element that contains the headline, in characters. Chosen by hand.
const TEXT_START: usize = 60;
/// How much of the description must be in the text, in characters. Chosen by hand.
const DESCRIPTION_START: usize = 40;
/// A word of the headline counts from this many characters, and without the Arabic article from this many. Chosen by
/// hand.
const MIN_WORD: usize = 4;
const MIN_BARE_WORD: usize = 3;
/// A headline of fewer counted words matches any text. Chosen by hand.
const MIN_WORDS: usize = 2;
/// The share of the headline's words that a text about it contains, in percent. Chosen by hand.
const SHARED_WORDS: u8 = 20;

/// How many elements above the headline may contain both it and the text, and how far within that element the text may
/// begin, in levels. Chosen by hand.
const MAX_COMMON_LEVELS: usize = 4;
const MAX_TEXT_DEPTH: u16 = 8;

/// An article as its page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Article {
    /// The headline, without the site's name.
    pub title: String,
    /// The text, one line for each paragraph; empty if no text was found that belongs to the headline.
    pub text: String,
    /// How much of the text there is.
    pub text_state: TextState,
    /// The description in the page's metadata.
    pub description: String,
    /// When the page claims that it was published.
    pub published: Option<Published>,
    /// The day of publication as written, in the page's own time zone.
    pub day: Option<Date>,
    /// Who wrote it.
    pub author: Option<String>,
    /// The news agency that the text names as its origin.
    pub agency: Option<String>,
    /// The canonical address in the metadata, if it is on the same host.
    pub canonical: Option<Address>,
    /// The language that the page declares.
    pub declared_lang: Option<Lang>,
    /// The language that was decided.
    pub lang: Option<Lang>,
}

/// Reads a page as an article.
///
/// # Errors
/// A challenge in its place.
pub fn read(page: &Page<'_>, source: &Source, now: Timestamp) -> Result<Article, ParseError> {
    let article = extract(page, source, now);
    if article.text.is_empty() {
        page.refuse_challenge()?;
    }
    Ok(article)
}

fn extract(page: &Page<'_>, source: &Source, now: Timestamp) -> Article {
    let (outline, head) = (page.outline(), page.metadata());
    let found = headline::title(outline, head, page.address());
    let (title, heading) = found.map(|found| (found.text, found.node)).unwrap_or_default();
    let description = head
        .text(&["og:description", "description", "twitter:description"], MAX_SUMMARY)
        .or_else(|| head.article.description.clone())
        .unwrap_or_default();
    let ArticleText { mut text, nodes } = text::read(outline, &title, heading);
    if text.len() < MIN_TEXT
        && let Some(given) = head.article.body.clone().filter(|given| given.len() > text.len())
    {
        text = given;
    }
    if consent_notice::is_notice(&text) {
        text.clear();
    }
    let declared_lang = head.lang.as_deref().and_then(|tag| Lang::parse(tag).ok());
    let lang = lang::of_item(&title, &text, declared_lang.as_ref(), source.lang.as_ref());
    let setting = DateContext { now, zone: &source.timezone, lang: lang.as_ref() };
    let scope = DateScope { address: page.address(), heading, nodes, text: &text };
    let date = date::published(outline, head, &scope, &setting);
    let about = is_about(&title, &text, &description)
        || heading.is_some_and(|at| {
            shares_article_element(outline, at, &text) || text.len() >= MIN_TEXT && is_under(outline, at, nodes.0)
        });
    let text_state = if about { TextState::Full } else { TextState::Excerpt };
    let text = if text_state == TextState::Full { text } else { String::new() };
    Article {
        author: author(head),
        agency: credited_agency::origin(&text),
        canonical: canonical(head, page.address()),
        day: date.as_ref().map(|date| date.day),
        published: date.map(|date| date.published),
        title,
        text_state: if text.is_empty() && description.is_empty() { TextState::None } else { text_state },
        text,
        description,
        declared_lang,
        lang,
    }
}

/// The page of an article source: one item.
///
/// # Errors
/// As for [`read`].
pub fn item(page: &Page<'_>, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    let article = read(page, source, now)?;
    let mut parsed = Parsed::of(DocumentFormat::Article);
    if article.text.is_empty() {
        parsed.degraded = Some("the page has no text that belongs to its headline".to_owned());
    }
    match article.into_item(page.address()) {
        Some(item) => parsed.items.push(item),
        None => parsed.empty = 1,
    }
    Ok(parsed)
}

impl Article {
    /// Removes the text blocks that the pages of its source have in common.
    pub(crate) fn remove_shared_text(&mut self, shared: &SharedText) {
        if let Cow::Owned(text) = shared.without(&self.text) {
            self.text = text;
        }
    }

    /// The article at `address` as an item with the declared language; none if it has neither headline nor text.
    #[must_use]
    pub(crate) fn into_item(self, address: &Address) -> Option<Item> {
        let (title, title_from) = match self.title.is_empty() {
            false => (self.title, TitleFrom::Page),
            true => (self.text.lines().next()?.to_owned(), TitleFrom::Text),
        };
        Some(Item {
            address: Some(self.canonical.unwrap_or_else(|| address.clone())),
            title: crate::parse::plain_text::cut(&title, crate::parse::item_limits::MAX_TITLE).to_owned(),
            title_from,
            summary: self.description,
            text: self.text,
            text_state: self.text_state,
            lang: self.declared_lang,
            author: self.author,
            agency: self.agency,
            published: self.published,
            ..Item::default()
        })
    }
}

fn author(head: &Metadata) -> Option<String> {
    let named = head.article.author.clone().or_else(|| {
        head.text(&["author", "article:author", "parsely-author", "sailthru.author", "dc.creator"], MAX_WORD)
    })?;
    (!named.starts_with("http") && !named.contains('@')).then_some(named)
}

/// The address that the page declares as its own: trusted only on the same host, and not if it is the front page.
fn canonical(head: &Metadata, address: &Address) -> Option<Address> {
    let declared = head.canonical.as_deref().or_else(|| head.metas(&["og:url"]).next())?;
    let declared = address.join(declared).ok()?;
    let same = site::is_same_host_name(declared.host(), address.host());
    let front = declared.url().path().trim_end_matches('/').is_empty()
        && !address.url().path().trim_end_matches('/').is_empty();
    (same && !front).then_some(declared)
}

/// True if the headline and the text are in one `article` element: then the text need not repeat the headline's words.
fn shares_article_element(outline: &Outline, heading: usize, text: &str) -> bool {
    let Some(article) = outline.above(heading).find(|at| outline.name(*at) == "article") else { return false };
    let start: String = text.chars().take(TEXT_START).take_while(|c| *c != '\n').collect();
    !start.is_empty() && outline.text(article, MAX_SUMMARY).contains(start.trim_end())
}

/// True if the text begins under the headline in the same part of the page, before any other headline: then it need not
/// repeat the headline's words.
fn is_under(outline: &Outline, heading: usize, text: usize) -> bool {
    let end = outline.nodes[heading].end;
    let common = outline.above(heading).take(MAX_COMMON_LEVELS).find(|at| outline.nodes[*at].end > text);
    let close = |at: usize| outline.nodes[text].depth.saturating_sub(outline.nodes[at].depth) <= MAX_TEXT_DEPTH;
    end <= text
        && common.is_some_and(|at| close(at) && !matches!(outline.name(at), "header" | "nav" | "footer" | "aside"))
        && !(end..text).any(|at| outline.name(at) == "h1")
}

/// True if words of the headline occur in the text, or the text contains the start of the description: otherwise the
/// text belongs to something else on the page.
///
/// ```
/// use marsad::parse::page::article::is_about;
/// assert!(is_about("Harbour council meets", "The council of the harbour met.", ""));
/// assert!(!is_about("Harbour council meets", "Weather and tides.", ""));
/// ```
#[must_use]
pub fn is_about(title: &str, text: &str, description: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let (title, text) = (fold::key(title), fold::key(text));
    let words: Vec<&str> = title.split(' ').filter(|word| word.chars().count() >= MIN_WORD).collect();
    // Without its article, an Arabic word is found after any other prefix too.
    let bare = |word: &str| {
        word.strip_prefix("ال").filter(|rest| rest.chars().count() >= MIN_BARE_WORD).unwrap_or(word).to_owned()
    };
    let shared = words.iter().filter(|word| text.contains(&bare(word))).count();
    let start: String = fold::key(description).chars().take(DESCRIPTION_START).collect();
    words.len() < MIN_WORDS
        || is_at_least(shared, SHARED_WORDS, words.len())
        || !start.is_empty() && text.contains(&start)
}
