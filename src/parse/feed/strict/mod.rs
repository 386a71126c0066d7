//! The strict reader: feed-rs, for every feed that feed-rs reads without loss.
//!
//! ```text
//! xml_loss_check or json_loss_check: can feed-rs lose anything? ─▶ feed-rs ─▶ conversion: its entries to ours
//!                                  └─▶ refused: the lenient reader reads
//! ```
//!
//! feed-rs gets the decoded text from the root on, never bytes or a declared encoding. Its dates come back as written, so
//! both readers give an item the same date.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use feed_rs::model::Feed;
use feed_rs::parser::Builder;

use crate::address::stripped;
use crate::parse::Parsed;
use crate::parse::document_kind::DocumentKind;
use crate::parse::feed::newest::NewestEntries;
use crate::parse::feed::{FeedContext, FeedReader, empty_items};
use crate::text::lang::Lang;
use conversion::Conversion;
use xml_loss_check::LosslessFeed;

mod conversion;
mod json_loss_check;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod well_formed_xml;
mod xml_loss_check;

/// The longest document that feed-rs gets, in bytes: the most that a visit downloads.
const MAX_LENGTH: usize = 8 << 20;
/// How many bytes are looked at together. Chosen by hand.
const CHUNK: usize = 256;
/// The longest date that is kept, in bytes. Chosen by hand: no real date is longer.
const MAX_DATE: usize = 256;
/// The most dates that are kept. Chosen by hand: four for each item, and some for the feed.
const MAX_DATES: usize = 4 * xml_loss_check::MAX_ITEMS + 16;

/// Why the strict reader refuses a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrictRefusal {
    /// The document is not well-formed.
    #[error("not well-formed: {0}")]
    Malformed(&'static str),
    /// feed-rs would lose or change something.
    #[error("feed-rs would lose {0}")]
    Lossy(&'static str),
    /// The document has more of something than feed-rs gets.
    #[error("more {0} than the strict reader accepts")]
    TooLarge(&'static str),
    /// feed-rs refused the document.
    #[error("feed-rs cannot read it")]
    Unread,
    /// feed-rs panicked.
    #[error("feed-rs panicked")]
    Panicked,
}

/// Reads a feed with feed-rs.
///
/// # Errors
/// A refusal: the lenient reader reads the feed.
pub(super) fn read(context: &FeedContext<'_>, kind: DocumentKind) -> Result<Parsed, StrictRefusal> {
    let approved = approved(context, kind)?;
    let dates = WrittenDates::default();
    let feed = parsed(&approved, context, &dates)?;
    let conversion = Conversion::new(&feed, approved, dates.into_texts(), context);
    let mut parsed = Parsed { reader: Some(FeedReader::Strict), ..Parsed::of(conversion.format()) };
    let lang = feed.language.as_deref().and_then(|tag| Lang::parse(tag).ok());
    let mut kept = NewestEntries::new(context.source.max_items);
    for (at, entry) in feed.entries.into_iter().enumerate() {
        if !kept.wants_another() {
            continue;
        }
        match conversion.entry(at, entry).into_item(lang.as_ref()) {
            Some(item) => kept.push(item),
            None => parsed.empty += 1,
        }
    }
    kept.finish(&mut parsed);
    parsed.degraded = empty_items(parsed.empty);
    Ok(parsed)
}

/// The document as the check passes it to feed-rs.
fn approved<'a>(context: &FeedContext<'a>, kind: DocumentKind) -> Result<LosslessFeed<'a>, StrictRefusal> {
    let text = context.document.text.as_str();
    if context.document.replaced > 0 {
        return Err(StrictRefusal::Malformed("bytes that could not be decoded"));
    }
    if text.len() > MAX_LENGTH {
        return Err(StrictRefusal::TooLarge("bytes"));
    }
    if has_control_characters(text) {
        return Err(StrictRefusal::Malformed("control characters"));
    }
    match kind {
        DocumentKind::Json => json_loss_check::check(text),
        DocumentKind::Feed { from } if well_formed_xml::root(text)? == from => {
            xml_loss_check::check(&text[from..], context)
        }
        DocumentKind::Feed { .. } => Err(StrictRefusal::Malformed("something before the root")),
        _ => Err(StrictRefusal::Malformed("not a feed")),
    }
}

/// True for a text with characters that XML excludes. Every byte of every feed is looked at, several at once.
fn has_control_characters(text: &str) -> bool {
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let has_control = |bytes: &[u8]| bytes.iter().fold(false, |found, byte| found | is_control(byte));
    text.as_bytes().chunks(CHUNK).any(has_control) || text.contains("\u{fffe}") || text.contains("\u{ffff}")
}

/// The feed as feed-rs reads it. A panic of feed-rs is a refusal: no state of ours is shared with it.
fn parsed(approved: &LosslessFeed<'_>, context: &FeedContext<'_>, dates: &WrittenDates) -> Result<Feed, StrictRefusal> {
    let dates = dates.clone();
    let parser = Builder::new()
        .base_uri(Some(context.document.address.as_str()))
        .sanitize_content(false)
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(move |text| dates.take(text))
        .build();
    let text = approved.root.as_bytes().chain(approved.rest.as_bytes());
    match catch_unwind(AssertUnwindSafe(|| parser.parse(text))) {
        Ok(Ok(feed)) => Ok(feed),
        Ok(Err(_)) => Err(StrictRefusal::Unread),
        Err(_) => Err(StrictRefusal::Panicked),
    }
}

/// The dates as written: feed-rs gets the index of each in place of a time.
#[derive(Clone, Debug, Default)]
struct WrittenDates(Arc<Mutex<Vec<String>>>);

impl WrittenDates {
    fn take(&self, text: &str) -> Option<DateTime<Utc>> {
        let text = text.trim();
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if text.len() > MAX_DATE || texts.len() >= MAX_DATES {
            return None;
        }
        texts.push(text.to_owned());
        DateTime::from_timestamp(i64::try_from(texts.len() - 1).ok()?, 0)
    }

    fn into_texts(self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Refuses an address that the readers could interpret differently; true for a relative one. An accepted address begins
/// with `http://`, `https://` or `/`, and has no control character and no invisible letters around it.
fn is_plain_address(text: &str) -> Result<bool, StrictRefusal> {
    let text = text.trim_ascii();
    let begins = |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let odd = |c: char| c.is_control() || matches!(c, '<' | '\u{feff}');
    let begins_well = begins("http://") || begins("https://") || begins("/");
    if text.contains(odd) || stripped(text) != text || !begins_well {
        return Err(StrictRefusal::Lossy("an unusual address"));
    }
    Ok(begins("/"))
}
