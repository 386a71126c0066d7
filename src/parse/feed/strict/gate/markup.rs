//! Markup inside of a text of Atom: `type="xhtml"`.

use crate::parse::feed::strict::StrictRefusal;
use crate::parse::feed::strict::scanner::OpenTag;
use crate::parse::feed::vocabulary::{ElementName, Namespace, Prefixes};
use crate::parse::plain_text;

/// Passes an element of XHTML that comes out of feed-rs as it went in. feed-rs drops prefixes and writes attributes
/// without escaping them; names that a feed or nobody knows are text or structure to the lenient reader.
pub(super) fn check(tag: &OpenTag<'_>, prefixes: &Prefixes) -> Result<(), StrictRefusal> {
    let name = prefixes.name(tag.name, Namespace::Atom);
    let known =
        !tag.name.contains(':') && plain_text::is_html(tag.name) && name != ElementName::Item && !name.is_container();
    let sound = tag.attributes.iter().all(|(_, value)| !plain_text::decoded(value).contains(['"', '<']));
    if known && sound { Ok(()) } else { Err(StrictRefusal::Lossy("unusual markup inside of a text")) }
}
