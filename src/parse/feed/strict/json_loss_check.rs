//! Checks whether feed-rs reads a JSON Feed without loss.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::parse::feed::lenient::json::MAX_AUTHORS;
use crate::parse::feed::lenient::json_value::JsonValue;
use crate::parse::feed::strict::xml_loss_check::{LosslessFeed, MAX_ITEMS};
use crate::parse::feed::strict::{StrictRefusal, is_plain_address};

/// The most members of one item and of one of its lists. Chosen by hand; the lenient reader keeps 256 and 64 tags.
const MAX_MEMBERS: usize = 64;
/// The longest text of one member, in bytes: below what the lenient reader keeps.
const MAX_TEXT: usize = (1 << 20) - 1;

/// The longest name or address of an author of the feed, in bytes. Chosen by hand.
const MAX_NAME: usize = 512;

/// Members of an item in other programs' JSON that the lenient reader reads and feed-rs drops.
const FOREIGN: &[&str] = &[
    "excerpt",
    "content",
    "link",
    "guid",
    "date_gmt",
    "published",
    "pubDate",
    "date",
    "created",
    "modified_gmt",
    "updated",
    "language",
    "lang",
    "categories",
];

/// Accepts a JSON Feed that feed-rs reads without loss.
///
/// # Errors
/// What feed-rs would lose, or what the check does not know.
pub(super) fn check(text: &str) -> Result<LosslessFeed<'_>, StrictRefusal> {
    let text = text.trim_start_matches('\u{feff}').trim_ascii_start();
    if !text.starts_with('{') {
        return Err(StrictRefusal::Lossy("a list of posts"));
    }
    let mut top = JsonCheck { refusal: None, authored: Vec::new() };
    let mut reader = serde_json::Deserializer::from_str(text);
    let outcome = (&mut top).deserialize(&mut reader).and_then(|()| reader.end());
    match (top.refusal, outcome) {
        (Some(refusal), _) => Err(refusal),
        (None, Err(_)) => Err(StrictRefusal::Malformed("malformed JSON")),
        (None, Ok(())) => {
            let authored = top.authored;
            Ok(LosslessFeed {
                root: String::new(),
                rest: text,
                identified_by_link: false,
                only_itunes: false,
                authored,
            })
        }
    }
}

/// The state of one check.
struct JsonCheck {
    refusal: Option<StrictRefusal>,
    /// For each item, whether it names an author.
    authored: Vec<bool>,
}

impl JsonCheck {
    fn refuse(&mut self, refusal: StrictRefusal) {
        self.refusal.get_or_insert(refusal);
    }
}

impl<'de> DeserializeSeed<'de> for &mut JsonCheck {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut JsonCheck {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "items" => map.next_value_seed(JsonItemsCheck(self))?,
                "posts" => self.refuse(StrictRefusal::Lossy("a list of posts")),
                "language" if !self.authored.is_empty() => {
                    self.refuse(StrictRefusal::Lossy("a language after the items"))
                }
                // feed-rs copies the authors of the feed into every item without one.
                "author" | "authors" if !are_small(&map.next_value::<JsonValue>()?) => {
                    self.refuse(StrictRefusal::TooLarge("authors of the feed"));
                }
                "author" | "authors" => {}
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            if self.refusal.is_some() {
                return Err(serde::de::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

struct JsonItemsCheck<'t>(&'t mut JsonCheck);

impl<'de> DeserializeSeed<'de> for JsonItemsCheck<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for JsonItemsCheck<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        let Self(top) = self;
        while let Some(item) = seq.next_element::<JsonValue>()? {
            if top.authored.len() >= MAX_ITEMS {
                top.refuse(StrictRefusal::TooLarge("items"));
            }
            match item_refusal(&item) {
                Ok(has_author) => top.authored.push(has_author),
                Err(refusal) => top.refuse(refusal),
            }
            if top.refusal.is_some() {
                return Err(serde::de::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

/// Accepts one item; true if it names an author.
fn item_refusal(item: &JsonValue) -> Result<bool, StrictRefusal> {
    let JsonValue::Map(fields) = item else { return Err(StrictRefusal::Lossy("an item that is not an object")) };
    let small = |value: &JsonValue| match value {
        JsonValue::Text(text) => text.len() <= MAX_TEXT,
        other => other.members().count() <= MAX_MEMBERS,
    };
    if fields.len() > MAX_MEMBERS || !fields.iter().all(|(_, value)| small(value)) {
        return Err(StrictRefusal::TooLarge("members of one item"));
    }
    let given = |key: &str| item.get(key).filter(|value| **value != JsonValue::Nothing);
    if FOREIGN.iter().any(|key| given(key).is_some()) {
        return Err(StrictRefusal::Lossy("a field of an item in another vocabulary"));
    }
    let text = |key: &str| given(key).and_then(JsonValue::text);
    if text("external_url").is_some() && text("url").is_none() {
        return Err(StrictRefusal::Lossy("which address is the item's own"));
    }
    for address in ["url", "external_url"].into_iter().filter_map(text) {
        is_plain_address(address)?;
    }
    if let (Some(html), Some(_)) = (text("content_html"), text("content_text"))
        && (html.trim().is_empty() || text("summary").is_none())
    {
        return Err(StrictRefusal::Lossy("which of two texts is the summary"));
    }
    authors(given("author"), given("authors"))
}

/// True for authors of a feed that are cheap to copy.
fn are_small(authors: &JsonValue) -> bool {
    let small = |person: &JsonValue| match person {
        JsonValue::Map(fields) => fields.iter().all(|(_, value)| value.text().is_none_or(|text| text.len() < MAX_NAME)),
        _ => false,
    };
    match authors {
        JsonValue::List(people) => people.len() <= MAX_AUTHORS && people.iter().all(small),
        JsonValue::Nothing => true,
        person => small(person),
    }
}

/// Accepts the authors of one item; true if there is one.
fn authors(author: Option<&JsonValue>, authors: Option<&JsonValue>) -> Result<bool, StrictRefusal> {
    if author.is_some() && authors.is_some() {
        return Err(StrictRefusal::Lossy("which author counts"));
    }
    let people = author.into_iter().chain(authors.into_iter().flat_map(JsonValue::members));
    let names: Vec<&str> = people.filter_map(|person| person.get("name").and_then(JsonValue::text)).collect();
    let plain = |name: &&str| !name.contains('@') && !name.trim().is_empty() && name.trim() == *name;
    let distinct = names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
    if names.iter().all(plain) && distinct && names.len() <= MAX_AUTHORS {
        return Ok(!names.is_empty());
    }
    Err(StrictRefusal::Lossy("an unusual author"))
}
