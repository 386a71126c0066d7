//! The fields of one item as they were met, and the item that they make.

use std::sync::LazyLock;

use regex::Regex;

use crate::address::Address;
use crate::date::{DateEvidence, Moment, Published, timestamp};
use crate::item::{Item, TextState, TitleFrom, derived};
use crate::parse::feed::FeedContext;
use crate::parse::feed::encoding_repair::mended;
use crate::parse::feed::link::{FeedLink, is_address};
use crate::parse::limits::{MAX_GUID, MAX_SUMMARY, MAX_TAGS, MAX_TEXT, MAX_TITLE, MAX_WORD};
use crate::parse::{agency, plain_text};
use crate::text::lang::Lang;

/// A text of at least so many characters that came as content is taken for the whole.
const FULL_TEXT: usize = 280;
/// The most links and dates that one item keeps.
const MAX_LINKS: usize = 64;

/// What was read of one item so far.
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
    /// The identifier as an address, where it says or looks so.
    pub(super) guid_link: Option<Address>,
    pub(super) orig_link: Option<Address>,
    pub(super) links: Vec<FeedLink>,
    /// When it says it was published, dated, created and updated: the first of each.
    pub(super) dates: [Option<Moment>; 4],
    pub(super) tags: Vec<String>,
    /// The languages that it declares, the nearest to the headline first.
    pub(super) langs: Vec<Lang>,
}

/// The places in [`Entry::dates`], the best evidence first.
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
            self.dates[place] = timestamp::read(text, &context.setting());
        }
    }

    pub(super) fn add_tag(&mut self, text: &str) {
        let tag = plain_text::line(text, MAX_WORD);
        if !tag.is_empty() && self.tags.len() < MAX_TAGS && !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// Keeps the first text of each kind, or the longer of two contents.
    pub(super) fn set(slot: &mut String, html: String) {
        if slot.trim().is_empty() {
            *slot = html;
        }
    }

    /// The address under which the item is read.
    fn address(&mut self) -> Option<Address> {
        let best =
            self.links.iter().enumerate().min_by_key(|(at, link)| (link.rank, *at)).map(|(at, link)| (at, link.rank));
        match best {
            Some((at, rank)) if rank < 5 => Some(self.links.swap_remove(at).address),
            rest => self
                .guid_link
                .take()
                .or_else(|| self.orig_link.take())
                .or_else(|| rest.map(|(at, _)| self.links.swap_remove(at).address)),
        }
    }

    /// What stands in for a headline: the first sentence, else the address, else whatever else there is.
    fn stand_in(&self, text: &str, address: Option<&Address>) -> Option<String> {
        let words = [&self.author, &self.creator, self.guid.as_ref().unwrap_or(&self.author)];
        first_sentence(text)
            .or_else(|| address.map(|address| plain_text::cut(address.as_str(), MAX_WORD).to_owned()))
            .or_else(|| self.tags.first().cloned())
            .or_else(|| words.into_iter().map(|word| plain_text::line(word, MAX_WORD)).find(|word| !word.is_empty()))
            .or_else(|| self.dates.iter().flatten().next().map(Moment::to_string))
    }

    /// The item; none where there is nothing in it at all that could be told.
    pub(super) fn into_item(mut self, context: &FeedContext<'_>, feed_lang: Option<&Lang>) -> Option<Item> {
        let address = self.address();
        let title = headline(&self.title).or_else(|| headline(&self.other_title));
        let content = without_tail(plain_text::text(&mended(self.content.trim()), MAX_TEXT));
        let summary = if self.summary.trim().is_empty() { &self.other_summary } else { &self.summary };
        let summary = without_tail(plain_text::text(&mended(summary.trim()), MAX_SUMMARY));
        let (text, text_state) = body(content, &summary);
        let (title, title_from) = match title {
            Some(title) => (title, TitleFrom::Feed),
            None => {
                (self.stand_in(if summary.is_empty() { &text } else { &summary }, address.as_ref())?, TitleFrom::Text)
            }
        };
        let lang = self.langs.into_iter().next().or_else(|| feed_lang.cloned()).or_else(|| context.source.lang.clone());
        let author = [&self.author, &self.creator].into_iter().find_map(|name| person(name));
        let agency = [&text, &summary].into_iter().find_map(|text| agency::origin(text));
        let agency = agency.or_else(|| agency::named(author.as_deref()?).map(str::to_owned));
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

/// A headline as plain text; none where nothing is left of it.
fn headline(html: &str) -> Option<String> {
    let title = plain_text::line(&mended(html.trim()), MAX_TITLE);
    (!title.is_empty()).then_some(title)
}

/// The sentences by which WordPress says where a text first appeared, in the languages of the sources.
const TAILS: &[(&str, &str)] = &[
    ("The post ", "appeared first on"),
    ("ظهرت المقالة ", "أولاً على"),
    ("ظهرت المقالة ", "أولا على"),
    ("نوشته ", "اولین بار در"),
    ("L’article ", "est apparu en premier sur"),
    ("L'article ", "est apparu en premier sur"),
    ("The article ", "was originally published"),
];

/// Any of the openings above, by one search.
#[expect(clippy::expect_used, reason = "a proof: an alternation of escaped words")]
static ANY_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    let words: Vec<String> = TAILS.iter().map(|(opening, _)| regex::escape(opening)).collect();
    Regex::new(&words.join("|")).expect("escaped words")
});

/// A text without the last line that only names the site which it stands on.
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

/// What came as content, and how much of the text it is.
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

/// The first sentence of a text; none where there is no text.
fn first_sentence(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let ends = |&(at, c): &(usize, char)| ends_sentence(c, &line[at + c.len_utf8()..]);
    let end = line.char_indices().find(ends).map_or(line.len(), |(at, c)| at + c.len_utf8());
    Some(plain_text::cut(&line[..end], MAX_WORD).to_owned())
}

fn ends_sentence(c: char, rest: &str) -> bool {
    matches!(c, '.' | '!' | '?' | '؟' | '۔' | '…') && (rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// An author as plain text, without the mail address that RSS asks for.
fn person(html: &str) -> Option<String> {
    let name = plain_text::line(&mended(html.trim()), MAX_WORD);
    if !name.contains('@') {
        return (!name.is_empty()).then_some(name);
    }
    let inner = name.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inner, _)| inner.trim());
    let outer = name.split('<').next().filter(|outer| !outer.contains('@')).map(str::trim);
    inner.or(outer).filter(|name| !name.is_empty() && !name.contains('@')).map(str::to_owned)
}

/// An identifier of sane length.
pub(super) fn bounded_guid(guid: &str) -> String {
    let guid = guid.trim();
    if guid.len() <= MAX_GUID { guid.to_owned() } else { format!("hash:{}", derived(&[guid], 32)) }
}

/// True where an identifier may be read as the item's address.
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
    fn where_a_text_first_appeared_is_no_part_of_it() {
        assert_eq!(without_tail("موجز […]\nThe post القمة appeared first on Site.".to_owned()), "موجز […]");
        assert_eq!(without_tail("نص. ظهرت المقالة القمة أولاً على موقع.".to_owned()), "نص.");
        assert_eq!(without_tail("The post office opened".to_owned()), "The post office opened");
    }

    #[test]
    fn without_a_headline_the_first_sentence_stands_in() {
        assert_eq!(first_sentence("One. Two.").as_deref(), Some("One."));
        assert_eq!(first_sentence("انعقدت القمة؟ نعم").as_deref(), Some("انعقدت القمة؟"));
        assert_eq!(first_sentence(""), None);
    }

    #[test]
    fn an_absurd_identifier_is_kept_as_its_hash() {
        assert_eq!(bounded_guid(&"x".repeat(1 << 20)).len(), 37);
        assert_eq!(bounded_guid(" urn:1 "), "urn:1");
    }
}
