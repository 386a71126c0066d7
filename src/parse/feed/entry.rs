//! Collects the fields of one entry and turns them into an item.

use std::sync::LazyLock;

use regex::Regex;

use crate::address::Address;
use crate::date::{DateEvidence, Moment, Published, timestamp};
use crate::item::{Item, TextState, TitleFrom, derived};
use crate::parse::feed::FeedContext;
use crate::parse::feed::encoding_repair::repaired;
use crate::parse::feed::link::{FeedLink, LAST_RESORT, is_address};
use crate::parse::item_limits::{MAX_GUID, MAX_SUMMARY, MAX_TAGS, MAX_TEXT, MAX_TITLE, MAX_WORD};
use crate::parse::{credited_agency, plain_text};
use crate::text::lang::Lang;

/// The length from which the content of an entry counts as its full text, in characters. Chosen by hand.
const FULL_TEXT: usize = 280;
/// The most links of one entry. Chosen by hand.
const MAX_LINKS: usize = 64;
/// The length of the hash that replaces a long identifier, in hexadecimal digits. Chosen by hand.
const GUID_HASH_DIGITS: usize = 32;

/// The fields of one entry so far.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) title: String,
    pub(super) other_title: String,
    pub(super) summary: String,
    pub(super) other_summary: String,
    pub(super) content: String,
    pub(super) author: String,
    pub(super) creator: String,
    pub(super) guid: Option<String>,
    /// The identifier as an address, if it is declared as one or looks like one.
    pub(super) guid_link: Option<Address>,
    pub(super) orig_link: Option<Address>,
    pub(super) links: Vec<FeedLink>,
    /// When it was published, dated, created and updated: the first of each.
    pub(super) dates: [Option<Moment>; 4],
    pub(super) tags: Vec<String>,
    /// The languages that it declares, in document order.
    pub(super) langs: Vec<Lang>,
}

/// The indices of [`Entry::dates`], the best evidence first.
pub(super) const PUBLISHED: usize = 0;
pub(super) const DATE: usize = 1;
pub(super) const CREATED: usize = 2;
pub(super) const UPDATED: usize = 3;

impl Entry {
    pub(super) fn add_link(&mut self, address: Option<Address>, rank: Option<u8>) {
        if let (Some(address), Some(rank)) = (address, rank)
            && self.links.len() < MAX_LINKS
        {
            self.links.push(FeedLink { address, rank });
        }
    }

    pub(super) fn add_date(&mut self, place: usize, text: &str, context: &FeedContext<'_>) {
        if self.dates[place].is_none() {
            self.dates[place] = timestamp::read(text, &context.date_context());
        }
    }

    pub(super) fn add_tag(&mut self, text: &str) {
        let tag = plain_text::line(text, MAX_WORD);
        if !tag.is_empty() && self.tags.len() < MAX_TAGS && !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// Sets a field that is still empty.
    pub(super) fn set(slot: &mut String, html: String) {
        if slot.trim().is_empty() {
            *slot = html;
        }
    }

    /// The address of the item.
    fn address(&mut self) -> Option<Address> {
        let best =
            self.links.iter().enumerate().min_by_key(|(at, link)| (link.rank, *at)).map(|(at, link)| (at, link.rank));
        match best {
            Some((at, rank)) if rank < LAST_RESORT => Some(self.links.swap_remove(at).address),
            rest => self
                .guid_link
                .take()
                .or_else(|| self.orig_link.take())
                .or_else(|| rest.map(|(at, _)| self.links.swap_remove(at).address)),
        }
    }

    /// A substitute for a missing headline: the first sentence, else the address, else any other field.
    fn substitute_title(&self, text: &str, address: Option<&Address>) -> Option<String> {
        let words = [&self.author, &self.creator, self.guid.as_ref().unwrap_or(&self.author)];
        first_sentence(text)
            .or_else(|| address.map(|address| plain_text::cut(address.as_str(), MAX_WORD).to_owned()))
            .or_else(|| self.tags.first().cloned())
            .or_else(|| words.into_iter().map(|word| plain_text::line(word, MAX_WORD)).find(|word| !word.is_empty()))
            .or_else(|| self.dates.iter().flatten().next().map(Moment::to_string))
    }

    /// The item with the declared language; none if the entry is empty.
    pub(super) fn into_item(mut self, feed_lang: Option<&Lang>) -> Option<Item> {
        let address = self.address();
        let title = headline(&self.title).or_else(|| headline(&self.other_title));
        let content = without_tail(plain_text::text(&repaired(self.content.trim()), MAX_TEXT));
        let summary = if self.summary.trim().is_empty() { &self.other_summary } else { &self.summary };
        let summary = without_tail(plain_text::text(&repaired(summary.trim()), MAX_SUMMARY));
        let (text, text_state) = body(content, &summary);
        let (title, title_from) = match title {
            Some(title) => (title, TitleFrom::Feed),
            None => (
                self.substitute_title(if summary.is_empty() { &text } else { &summary }, address.as_ref())?,
                TitleFrom::Text,
            ),
        };
        let lang = self.langs.into_iter().next().or_else(|| feed_lang.cloned());
        let author = [&self.author, &self.creator].into_iter().find_map(|name| person(name));
        let agency = [&text, &summary].into_iter().find_map(|text| credited_agency::origin(text));
        let agency = agency.or_else(|| credited_agency::named(author.as_deref()?).map(str::to_owned));
        let published = self.dates.into_iter().flatten().next().map(|at| Published { at, from: DateEvidence::Feed });
        let guid = self.guid.map(|guid| bounded_guid(&guid)).filter(|guid| !guid.is_empty());
        Some(Item {
            address,
            guid,
            title,
            title_from,
            summary,
            text,
            text_state,
            lang,
            author,
            agency,
            published,
            tags: self.tags,
        })
    }
}

/// A headline as plain text; none if it is empty.
fn headline(html: &str) -> Option<String> {
    let title = plain_text::line(&repaired(html.trim()), MAX_TITLE);
    (!title.is_empty()).then_some(title)
}

/// The sentences with which WordPress names the site of origin, in the languages of the sources.
const TAILS: &[(&str, &str)] = &[
    ("The post ", "appeared first on"),
    ("ظهرت المقالة ", "أولاً على"),
    ("ظهرت المقالة ", "أولا على"),
    ("نوشته ", "اولین بار در"),
    ("L’article ", "est apparu en premier sur"),
    ("L'article ", "est apparu en premier sur"),
    ("The article ", "was originally published"),
];

/// Finds any of the openings above in one search.
#[expect(clippy::expect_used, reason = "a proof: an alternation of escaped words")]
static ANY_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    let words: Vec<String> = TAILS.iter().map(|(opening, _)| regex::escape(opening)).collect();
    Regex::new(&words.join("|")).expect("escaped words")
});

/// A text without a final sentence that only names its site.
fn without_tail(mut text: String) -> String {
    let last = text.rfind('\n').map_or(0, |at| at + 1);
    if !ANY_TAIL.is_match(&text[last..]) {
        return text;
    }
    for (opening, rest) in TAILS {
        let Some(at) = text[last..].rfind(opening).map(|at| last + at) else { continue };
        if text[at..].contains(rest) {
            text.truncate(text[..at].trim_end().len());
            break;
        }
    }
    text
}

/// The content, and how much of the full text it is.
fn body(content: String, summary: &str) -> (String, TextState) {
    let length = content.chars().take(FULL_TEXT).count();
    let cut_off = ["[…]", "[...]", "…", "..."].iter().any(|mark| content.trim_end().ends_with(mark));
    if length >= FULL_TEXT && !cut_off {
        (content, TextState::Full)
    } else if length > 0 || !summary.is_empty() {
        (content, TextState::Excerpt)
    } else {
        (content, TextState::None)
    }
}

/// The first sentence of a text; none for an empty text.
fn first_sentence(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let ends = |&(at, c): &(usize, char)| ends_sentence(c, &line[at + c.len_utf8()..]);
    let end = line.char_indices().find(ends).map_or(line.len(), |(at, c)| at + c.len_utf8());
    Some(plain_text::cut(&line[..end], MAX_WORD).to_owned())
}

fn ends_sentence(c: char, rest: &str) -> bool {
    matches!(c, '.' | '!' | '?' | '؟' | '۔' | '…') && (rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// An author as plain text, without the mail address that RSS requires.
fn person(html: &str) -> Option<String> {
    let name = plain_text::line(&repaired(html.trim()), MAX_WORD);
    if !name.contains('@') {
        return (!name.is_empty()).then_some(name);
    }
    let inner = name.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inner, _)| inner.trim());
    let outer = name.split('<').next().filter(|outer| !outer.contains('@')).map(str::trim);
    inner.or(outer).filter(|name| !name.is_empty() && !name.contains('@')).map(str::to_owned)
}

/// An identifier, or its hash if it is too long.
pub(super) fn bounded_guid(guid: &str) -> String {
    let guid = guid.trim();
    if guid.len() <= MAX_GUID { guid.to_owned() } else { format!("hash:{}", derived(&[guid], GUID_HASH_DIGITS)) }
}

/// True if an identifier can be read as the item's address.
pub(super) fn is_permalink(guid: &str, declared: Option<&str>) -> bool {
    let says = |word: &str| declared.is_some_and(|value| value.trim().eq_ignore_ascii_case(word));
    !says("false") && is_address(guid) || says("true") && crate::address::stripped(guid).starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_is_a_name_and_never_a_mail_address() {
        assert_eq!(person("desk@example.org (Amina Sow)").as_deref(), Some("Amina Sow"));
        assert_eq!(person("Amina Sow <desk@example.org>").as_deref(), Some("Amina Sow"));
        assert_eq!(person("desk@example.org"), None);
        assert_eq!(person(" واس ").as_deref(), Some("واس"));
    }

    #[test]
    fn the_sentence_about_the_site_of_origin_is_removed() {
        assert_eq!(without_tail("موجز […]\nThe post القمة appeared first on Site.".to_owned()), "موجز […]");
        assert_eq!(without_tail("نص. ظهرت المقالة القمة أولاً على موقع.".to_owned()), "نص.");
        assert_eq!(without_tail("The post office opened".to_owned()), "The post office opened");
    }

    #[test]
    fn without_a_headline_the_first_sentence_is_used() {
        assert_eq!(first_sentence("One. Two.").as_deref(), Some("One."));
        assert_eq!(first_sentence("انعقدت القمة؟ نعم").as_deref(), Some("انعقدت القمة؟"));
        assert_eq!(first_sentence(""), None);
    }

    #[test]
    fn a_very_long_identifier_is_kept_as_its_hash() {
        assert_eq!(bounded_guid(&"x".repeat(1 << 20)).len(), 37);
        assert_eq!(bounded_guid(" urn:1 "), "urn:1");
    }
}
