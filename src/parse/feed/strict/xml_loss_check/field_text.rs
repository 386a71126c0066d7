//! Collects the text of one element, as far as the check needs it.

use std::borrow::Cow;

use super::feed_rs_field::ElementSlot;
use crate::parse::feed::strict::StrictRefusal;
use crate::parse::feed::strict::well_formed_xml::OpenTag;
use crate::parse::plain_text;

/// The longest text of one element, in bytes: the lenient reader's bound.
const MAX_FIELD: usize = 1 << 20;
/// The longest address, name or date that is compared, in bytes. Chosen by hand.
const MAX_SHORT: usize = 4_096;

/// The open element.
#[derive(Debug, Default)]
pub(super) struct FieldText {
    pub(super) slot: ElementSlot,
    /// True for XHTML; true once its `div` was seen.
    pub(super) is_xhtml: bool,
    pub(super) has_div: bool,
    /// The decoded text of a short field.
    pub(super) kept: String,
    /// The first character that is not blank, as written; `<` for markup.
    pub(super) start: Option<char>,
    length: usize,
}

impl FieldText {
    pub(super) fn new(slot: ElementSlot, is_xhtml: bool) -> Self {
        Self { slot, is_xhtml, ..Self::default() }
    }

    pub(super) fn push(&mut self, text: &str, escaped: bool) -> Result<(), StrictRefusal> {
        self.grow(text.len())?;
        if self.start.is_none() {
            self.start = text.trim_start().chars().next();
        }
        if self.slot.is_short() {
            let text = if escaped { Cow::Owned(plain_text::decoded(text)) } else { Cow::Borrowed(text) };
            self.kept.push_str(&text);
        }
        Ok(())
    }

    /// Adds a tag of XHTML.
    pub(super) fn push_tag(&mut self, tag: &OpenTag<'_>) -> Result<(), StrictRefusal> {
        self.start.get_or_insert('<');
        let attributes: usize = tag.attributes.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        self.grow(2 * tag.name.len() + "<></>".len() + attributes)
    }

    fn grow(&mut self, bytes: usize) -> Result<(), StrictRefusal> {
        self.length += bytes;
        let limit = if self.slot.is_short() { MAX_SHORT } else { MAX_FIELD };
        if self.length > limit { Err(StrictRefusal::TooLarge("bytes of one text")) } else { Ok(()) }
    }
}
