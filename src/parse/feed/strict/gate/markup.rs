//! Markup inside of a text of Atom: `type="xhtml"`.

use crate::parse::feed::strict::Refusal;
use crate::parse::feed::strict::scanner::OpenTag;
use crate::parse::feed::vocabulary::{Name, Prefixes, Space};
use crate::parse::plain;

/// Passes an element of XHTML that comes out of feed-rs as it went in. feed-rs drops prefixes and writes attributes
/// without escaping them; names that a feed or nobody knows are text or structure to the lenient reader.
pub(super) fn check(tag: &OpenTag<'_>, prefixes: &Prefixes) -> Result<(), Refusal> {
    let name = prefixes.name(tag.name, Space::Atom);
    let known = !tag.name.contains(':') && plain::is_html(tag.name) && name != Name::Item && !name.is_container();
    let sound = tag.attributes.iter().all(|(_, value)| !plain::decoded(value).contains(['"', '<']));
    if known && sound { Ok(()) } else { Err(Refusal::Lossy("unusual markup inside of a text")) }
}
