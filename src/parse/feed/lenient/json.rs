//! Reads JSON Feed, and the lists of posts that WordPress serves under `/wp-json/`.
//!
//! The document is read as a stream: a broken or left-out item costs no memory, and the items before the end of a document
//! that is cut off are kept.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::parse::feed::entry::{CREATED, DATE, Entry, PUBLISHED, UPDATED, is_permalink};
use crate::parse::feed::lenient::json_value::JsonValue;
use crate::parse::feed::link::resolve;
use crate::parse::feed::newest::NewestEntries;
use crate::parse::feed::{FeedContext, FeedReader, empty_items};
use crate::parse::{DocumentFormat, ParseError, Parsed};
use crate::text::lang::Lang;

/// The ranks of an item's own address and of the address it is about; see [`rank`](crate::parse::feed::link::rank).
pub(in crate::parse::feed) const OWN_LINK: u8 = 0;
pub(in crate::parse::feed) const EXTERNAL_LINK: u8 = 3;
/// The most authors that are named. Chosen by hand.
pub(in crate::parse::feed) const MAX_AUTHORS: usize = 5;

/// The progress of one reading; it survives an error later in the document.
struct JsonProgress<'c, 'a> {
    context: &'c FeedContext<'a>,
    parsed: Parsed,
    kept: NewestEntries,
    lang: Option<Lang>,
    is_feed: bool,
}

/// Reads a JSON document.
pub(in crate::parse::feed) fn read(context: &FeedContext<'_>) -> Result<Parsed, ParseError> {
    let text = &context.document.text;
    let text = &text[text.find(['{', '[']).unwrap_or_default()..];
    let mut state = JsonProgress {
        context,
        parsed: Parsed { reader: Some(FeedReader::Lenient), ..Parsed::of(DocumentFormat::Json) },
        kept: NewestEntries::new(context.source.max_items),
        lang: None,
        is_feed: false,
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let outcome = JsonTopLevel(&mut state).deserialize(&mut reader);
    state.kept.finish(&mut state.parsed);
    if !state.is_feed && (outcome.is_ok() || state.parsed.items.is_empty()) {
        return Err(ParseError::NotAFeed {
            found: if outcome.is_ok() { "JSON of another kind" } else { "broken JSON" },
        });
    }
    if state.parsed.items.is_empty()
        && let Err(error) = &outcome
        && error.is_syntax()
    {
        return Err(ParseError::NotAFeed { found: "broken JSON" });
    }
    state.parsed.cut_off = outcome.is_err();
    state.parsed.degraded = match (outcome, state.parsed.empty) {
        (Err(error), _) => {
            Some(format!("line {}: the JSON is cut off or broken: its complete items were read", error.line()))
        }
        (Ok(()), empty) => empty_items(empty),
    };
    Ok(state.parsed)
}

/// The whole document: an object with `items`, or a list of posts.
struct JsonTopLevel<'s, 'c, 'a>(&'s mut JsonProgress<'c, 'a>);

impl<'de> DeserializeSeed<'de> for JsonTopLevel<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonTopLevel<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed or a list of posts")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "items" | "posts" => {
                    self.0.is_feed = true;
                    map.next_value_seed(JsonItems(self.0))?;
                }
                "version" => {
                    let version = map.next_value::<JsonValue>()?;
                    self.0.is_feed |= version.text().is_some_and(|text| text.contains("jsonfeed"));
                }
                "language" => self.0.lang = map.next_value::<JsonValue>()?.text().and_then(|tag| Lang::parse(tag).ok()),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<(), S::Error> {
        self.0.parsed.format = DocumentFormat::WordPress;
        self.0.is_feed = true;
        JsonItems(self.0).visit_seq(seq)
    }
}

/// The list of items.
struct JsonItems<'s, 'c, 'a>(&'s mut JsonProgress<'c, 'a>);

impl<'de> DeserializeSeed<'de> for JsonItems<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonItems<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        let state = self.0;
        loop {
            if !state.kept.wants_another() {
                if seq.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(());
                }
                continue;
            }
            let Some(JsonValue::Map(fields)) = (match seq.next_element::<JsonValue>()? {
                None => return Ok(()),
                other => other,
            }) else {
                state.parsed.empty += 1;
                continue;
            };
            match entry(state.context, fields).into_item(state.lang.as_ref()) {
                Some(item) => state.kept.push(item),
                None => state.parsed.empty += 1,
            }
        }
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

fn entry(context: &FeedContext<'_>, fields: Vec<(String, JsonValue)>) -> Entry {
    let mut entry = Entry::default();
    let base = context.document.address.url();
    for (key, value) in fields {
        let Some(text) = value.text().map(str::to_owned) else {
            lists(&mut entry, &key, &value);
            continue;
        };
        match key.as_str() {
            "title" if matches!(value, JsonValue::Map(_)) => entry.title = text,
            "title" => entry.title = escaped_if_plain(text),
            "summary" | "excerpt" => entry.summary = text,
            "content_html" | "content" => entry.content = text,
            "content_text" if entry.content.is_empty() => entry.content = escaped(&text),
            "url" | "link" => entry.add_link(resolve(base, &text), Some(OWN_LINK)),
            "external_url" => entry.add_link(resolve(base, &text), Some(EXTERNAL_LINK)),
            "id" | "guid" => {
                if is_permalink(&text, None) {
                    entry.guid_link = resolve(base, &text);
                }
                if entry.guid.is_none() {
                    entry.guid = Some(text);
                }
            }
            "date_published" | "date_gmt" | "published" | "pubDate" => {
                entry.add_date(PUBLISHED, &with_zone(&key, text), context)
            }
            "date" => entry.add_date(DATE, &text, context),
            "created" => entry.add_date(CREATED, &text, context),
            "date_modified" | "modified_gmt" | "updated" => entry.add_date(UPDATED, &with_zone(&key, text), context),
            "language" | "lang" => entry.langs.extend(Lang::parse(&text).ok()),
            "author" => entry.author = escaped(&text),
            _ => {}
        }
    }
    entry
}

/// The names of several authors, as HTML.
pub(in crate::parse::feed) fn authors<'n>(names: impl Iterator<Item = &'n str>) -> String {
    escaped(&names.take(MAX_AUTHORS).collect::<Vec<_>>().join(", "))
}

/// True for a tag that is a word; WordPress writes the numbers of its terms there.
pub(in crate::parse::feed) fn is_tag(tag: &str) -> bool {
    !tag.bytes().all(|b| b.is_ascii_digit())
}

/// Adds the time zone to a `_gmt` time of WordPress, which has it in its name only.
fn with_zone(key: &str, text: String) -> String {
    if key.ends_with("_gmt") && !text.ends_with('Z') { format!("{text}Z") } else { text }
}

/// A title as HTML: it is plain text in JSON Feed, but some publishers escape it.
pub(in crate::parse::feed) fn escaped_if_plain(text: String) -> String {
    if text.contains("&amp;") || text.contains("&#") { text } else { escaped(&text) }
}

/// Plain text as HTML.
pub(in crate::parse::feed) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn lists(entry: &mut Entry, key: &str, value: &JsonValue) {
    match key {
        "tags" | "categories" => {
            value.members().filter_map(JsonValue::text).filter(|tag| is_tag(tag)).for_each(|tag| entry.add_tag(tag))
        }
        "author" if entry.author.is_empty() => {
            entry.author = value.get("name").and_then(JsonValue::text).map(escaped).unwrap_or_default()
        }
        "authors" => {
            entry.author = authors(value.members().filter_map(|author| author.get("name").and_then(JsonValue::text)));
        }
        _ => {}
    }
}
