//! Resolves the namespaces of one document exactly as declared.

use std::collections::HashMap;

use crate::parse::feed::element_names::{Namespace, by_uri};
use crate::parse::feed::strict::StrictRefusal;
use crate::parse::feed::strict::well_formed_xml::OpenTag;

/// The namespaces that both readers know by the same address.
pub(super) const ATOM: &str = "http://www.w3.org/2005/Atom";
pub(super) const CONTENT: &str = "http://purl.org/rss/1.0/modules/content/";
pub(super) const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";
pub(super) const ITUNES: &str = "http://www.itunes.com/dtds/podcast-1.0.dtd";
pub(super) const PODCAST: &str = "https://podcastindex.org/namespace/1.0";
pub(super) const MEDIA: &str = "http://search.yahoo.com/mrss/";

/// The correct address of the namespace that `uri` stands for: publishers misspell the ones that both readers know. Only
/// the root may do so, because it is rewritten for feed-rs.
pub(super) fn canonical(uri: &str) -> &str {
    match by_uri(uri) {
        Namespace::Dc if uri.contains("purl.org/dc/elements") => DUBLIN_CORE,
        Namespace::Content => CONTENT,
        Namespace::Itunes if uri.to_ascii_lowercase().contains("itunes.com/dtds") => ITUNES,
        Namespace::Media => MEDIA,
        Namespace::Atom if uri.contains("2005/") => ATOM,
        _ => uri,
    }
}

/// The most prefixes that a document may declare: half of the lenient reader's bound.
const MAX_PREFIXES: usize = 64;

/// The declared prefixes.
#[derive(Debug, Default)]
pub(super) struct Namespaces<'a> {
    /// The namespaces of the prefixes in scope, with the depth of the element that declares each.
    in_scope: Vec<(&'a str, &'a str, usize)>,
    /// The namespace of each prefix anywhere in the document, in lower case: the lenient reader has no scopes.
    declared: HashMap<String, &'a str>,
}

impl<'a> Namespaces<'a> {
    /// Adds the declarations of an element at `depth`.
    pub(super) fn declare(&mut self, tag: &OpenTag<'a>, depth: usize) -> Result<(), StrictRefusal> {
        while self.in_scope.last().is_some_and(|(_, _, at)| *at >= depth) {
            self.in_scope.pop();
        }
        for (name, uri) in &tag.attributes {
            let uri = if depth == 0 { canonical(uri) } else { *uri };
            let Some(prefix) = name.strip_prefix("xmlns:") else { continue };
            if self.declared.insert(prefix.to_ascii_lowercase(), uri).is_some_and(|before| before != uri) {
                return Err(StrictRefusal::Lossy("a prefix with two namespaces"));
            }
            if self.in_scope.len() >= MAX_PREFIXES {
                return Err(StrictRefusal::TooLarge("prefixes"));
            }
            self.in_scope.push((prefix, uri, depth));
        }
        Ok(())
    }

    /// The namespace and the local part of a name; no namespace for a name without prefix.
    pub(super) fn resolve(&self, name: &'a str) -> Result<(Option<&'a str>, &'a str), StrictRefusal> {
        let Some((prefix, local)) = name.split_once(':') else { return Ok((None, name)) };
        let held = self.in_scope.iter().rev().find(|(known, _, _)| *known == prefix);
        let (_, uri, _) = held.ok_or(StrictRefusal::Malformed("a prefix that is not declared"))?;
        Ok((Some(uri), local))
    }
}
