//! Checks the markup within a text of Atom: `type="xhtml"`.

use crate::parse::feed::element_names::{ElementName, Namespace, Prefixes};
use crate::parse::feed::strict::StrictRefusal;
use crate::parse::feed::strict::well_formed_xml::OpenTag;
use crate::parse::plain_text;

/// Accepts an element of XHTML that feed-rs leaves unchanged. feed-rs drops prefixes and does not escape attributes;
/// unknown names and names of feed elements are text or structure to the lenient reader.
pub(super) fn check(tag: &OpenTag<'_>, prefixes: &Prefixes) -> Result<(), StrictRefusal> {
    let name = prefixes.name(tag.name, Namespace::Atom);
    let known =
        !tag.name.contains(':') && plain_text::is_html(tag.name) && name != ElementName::Item && !name.is_container();
    let sound = tag.attributes.iter().all(|(_, value)| !plain_text::decoded(value).contains(['"', '<']));
    if known && sound { Ok(()) } else { Err(StrictRefusal::Lossy("unusual markup within a text")) }
}
