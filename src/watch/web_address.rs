//! Decides which hits are inside web addresses, mail addresses and handles, where a word is not about the watched thing.

use super::term::Term;
use super::term_hit::TermHit;
use crate::alert::Field;

/// How far an address is followed on each side of a hit, in bytes. Chosen by hand: longer addresses are rare.
const REACH: usize = 512;

/// Endings of hosts that are written without a scheme, a path or `www.`. Chosen by hand: after them a full stop is hardly
/// ever the end of a sentence.
const ENDINGS: [&str; 12] = ["com", "org", "net", "gov", "edu", "int", "info", "news", "tv", "io", "co", "biz"];

/// Keeps the hits that are outside addresses, and those of terms that are an address or a part of one themselves.
pub(super) fn retain_outside<'a>(
    found: Vec<TermHit>,
    terms: &[Term],
    text_of: impl Fn(Field) -> &'a str,
) -> Vec<TermHit> {
    found.into_iter().filter(|hit| is_kept(hit, terms, text_of(hit.field))).collect()
}

/// True for a hit outside addresses, and for one of a term that is an address itself.
pub(super) fn is_kept(hit: &TermHit, terms: &[Term], text: &str) -> bool {
    let is_own = terms.get(hit.term as usize).is_some_and(|term| is_address_like(&term.text));
    is_own || !is_inside(text, (hit.from, hit.to))
}

/// True for a term with a mark that joins the parts of an address.
fn is_address_like(term: &str) -> bool {
    term.trim_end_matches('.').contains(['.', '/', '@', ':'])
}

/// True if the bytes are part of an address.
pub(super) fn is_inside(text: &str, (from, to): (u32, u32)) -> bool {
    let (from, to) = (from as usize, to as usize);
    let before = text[..from].char_indices().rev().take_while(|(at, c)| from - at <= REACH && !ends_address(*c));
    let start = before.last().map_or(from, |(at, _)| at);
    let after = text[to..].char_indices().take_while(|(at, c)| *at <= REACH && !ends_address(*c));
    let end = after.last().map_or(to, |(at, c)| to + at + c.len_utf8());
    let run = text[start..end].trim_start_matches(['[', '{', '\'', '*', '_']);
    is_address(run.trim_end_matches(['.', ',', ';', ':', '!', '?', ']', '}', '\'', '*', '…']))
}

fn ends_address(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '(' | ')' | '<' | '>' | '"' | '«' | '»' | '“' | '”' | '،' | '؛' | '؟' | '\u{2066}'..='\u{2069}')
}

fn is_address(run: &str) -> bool {
    if run.contains("://") || run.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
        return true;
    }
    if let Some((name, host)) = run.split_once('@') {
        let is_name = |text: &str| text.chars().next().is_some_and(char::is_alphanumeric);
        return is_name(host) && (name.is_empty() || name.is_ascii() && host.contains('.'));
    }
    match run.split_once('/') {
        Some((host, _)) => is_host(host),
        None => is_host(run) && is_plain_host(run),
    }
}

/// True for a host name of two or more labels.
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let ending = text.rsplit('.').next().unwrap_or_default();
    text.contains('.')
        && text.split('.').all(is_label)
        && ending.len() > 1
        && ending.chars().all(|c| c.is_ascii_alphabetic())
}

/// True for a host that stands alone: with a usual ending, and not written like the name of a company (`Example.com`).
fn is_plain_host(host: &str) -> bool {
    let ending = host.rsplit('.').next().unwrap_or_default();
    ENDINGS.contains(&ending) && (!host.starts_with(|c: char| c.is_ascii_uppercase()) || host.matches('.').count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// True if `word` is inside an address in `text`.
    fn inside(word: &str, text: &str) -> bool {
        let from = u32::try_from(text.find(word).unwrap()).unwrap();
        is_inside(text, (from, from + u32::try_from(word.len()).unwrap()))
    }

    #[test]
    fn a_word_of_an_address_or_handle_is_inside_it() {
        for text in [
            "see https://news.example/gaza-today/12",
            "photo (http://gaza.example.org/img)",
            "الصورة: www.gaza.example،",
            "mail press@gaza-fund.example.",
            "by @gaza_now today",
            "by @ann@gaza.social today",
            "«gaza.example/today»",
            "at gaza-fund.org, and",
            "https://example.org/#gaza",
        ] {
            assert!(inside("gaza", text), "{text}");
        }
    }

    #[test]
    fn a_word_of_a_sentence_is_not() {
        for text in [
            "of gaza.The minister",
            "for gaza/israel talks",
            "in gaza.",
            "for gaza@ten euros",
            "at 5 p.m./gaza time",
            "to gaza: a report",
            "#gaza",
            "in gaza...",
            "3.5/gaza",
        ] {
            assert!(!inside("gaza", text), "{text}");
        }
        assert!(!inside("Amazon", "shares of Amazon.com rose"), "the name of a company");
        assert!(!inside("غزة", "قال.غزة/القدس"));
        assert!(is_address_like("una-oic.org") && is_address_like("@OIC_OCI") && !is_address_like("OIC."));
    }
}
