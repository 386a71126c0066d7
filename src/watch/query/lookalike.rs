//! Finds the words of a query that look like operators and are none: operators in small letters or in another language,
//! signs of search engines, commas.

use super::QuerySpan;
use super::lexer::{self, Lexeme, LexemeKind};

/// A word that looks like an operator, with its place.
pub(crate) struct OperatorLookalike {
    pub(crate) span: QuerySpan,
    /// What it is.
    pub(crate) message: String,
    /// What to write for the operator.
    pub(crate) remedy: String,
}

/// The operators with the words and signs that are written for them in English, French, Turkish, German, Arabic, Persian
/// and Urdu.
const WORDS: &[(&str, &[&str])] = &[
    ("AND", &["and", "et", "ve", "und", "و", "اور", "&", "+"]),
    ("OR", &["or", "ou", "veya", "oder", "أو", "او", "یا", "|"]),
    ("NOT", &["not", "sauf", "nicht", "ليس", "-", "!"]),
];

/// The signs that search engines read before a word.
const BEFORE: &[(char, &str)] = &[('-', "NOT"), ('!', "NOT"), ('+', "AND")];

/// The signs that search engines read between two words.
const BETWEEN: &[(&str, &str)] = &[("&&", "AND"), ("||", "OR"), ("|", "OR")];

/// Commas and semicolons of Latin and Arabic.
const COMMAS: &[char] = &[',', ';', '،', '؛'];

/// The distance that a remedy proposes for NEAR, in words. Chosen by hand.
const DISTANCE: &str = "5";

/// The words of a query that look like operators.
pub(crate) fn lookalikes(query: &str) -> Vec<OperatorLookalike> {
    let lexemes = lexer::read(query).unwrap_or_default();
    let chars: Vec<char> = query.chars().collect();
    let is_escaped = |lexeme: &Lexeme| chars.get(lexeme.span.0) == Some(&'\\');
    let found = lexemes.iter().enumerate().filter(|(_, lexeme)| !is_escaped(lexeme)).filter_map(|(at, lexeme)| {
        let LexemeKind::Words(text) = &lexeme.kind else { return None };
        let before = at.checked_sub(1).is_some_and(|at| is_operand(&lexemes[at].kind, &LexemeKind::Close));
        let after = lexemes.get(at + 1).is_some_and(|next| is_operand(&next.kind, &LexemeKind::Open));
        let (message, remedy) = whole(text, before, after).or_else(|| signed(text)).or_else(|| comma(text))?;
        Some(OperatorLookalike { span: lexeme.span, message, remedy })
    });
    found.collect()
}

/// The operator that a word or a lone sign is meant to be: `AND` for `And`, `NEAR/3` for `near/3`.
pub(super) fn meant(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let within = ["within/", "w/", "adj/"].iter().find_map(|begin| lower.strip_prefix(begin));
    if let Some(distance) = within.or_else(|| lower.strip_prefix("near")) {
        let distance = distance.trim_start_matches(['/', ':', '~']);
        let number = if distance.is_empty() { DISTANCE } else { distance };
        return number.bytes().all(|b| b.is_ascii_digit()).then(|| format!("NEAR/{number}"));
    }
    WORDS.iter().find(|(_, words)| words.contains(&lower.as_str())).map(|(operator, _)| (*operator).to_owned())
}

/// How a remedy tells to write an operator in the place of a word.
pub(super) fn replacement(text: &str, operator: &str) -> String {
    if text.eq_ignore_ascii_case(operator) {
        format!("write {operator} in capitals")
    } else {
        format!("write {operator} instead of `{text}`")
    }
}

/// True for a word, a value or a bracket of this kind: what an operator can stand next to.
fn is_operand(kind: &LexemeKind, bracket: &LexemeKind) -> bool {
    let operator = matches!(kind, LexemeKind::And | LexemeKind::Or | LexemeKind::Not | LexemeKind::Near(_));
    kind == bracket || !operator && !matches!(kind, LexemeKind::Open | LexemeKind::Close)
}

/// A word that is an operator in another spelling, between operands; one for NOT may come first.
fn whole(text: &str, before: bool, after: bool) -> Option<(String, String)> {
    let operator =
        meant(text).filter(|operator| after && (before || operator == "NOT") && text.chars().any(is_shown))?;
    let message = format!("`{text}` is a word of a phrase here, not an operator");
    let place = if before { "" } else { " after the words to look for" };
    Some((message, format!("{}{place}, or put the phrase in quotes", replacement(text, &operator))))
}

/// Lone dashes, plus and exclamation marks are punctuation.
fn is_shown(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '&' | '|')
}

/// A word with a sign of a search engine before it or within it.
fn signed(text: &str) -> Option<(String, String)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let rest = chars.as_str();
    if let Some((_, operator)) = BEFORE.iter().find(|(sign, _)| *sign == first)
        && rest.starts_with(char::is_alphabetic)
    {
        let message = format!("the `{first}` of `{text}` is no operator and is ignored");
        let word = rest.trim_end_matches(COMMAS);
        return Some((message, format!("write {operator} {word}, or put the words in quotes")));
    }
    let (opens, closes) = (matches!(first, '[' | '{'), text.ends_with([']', '}']));
    if opens || closes {
        let bracket = if opens { first } else { text.chars().last()? };
        let message = format!("the `{bracket}` of `{text}` groups nothing");
        return Some((message, "write ( and ) around a group, or put the words in quotes".to_owned()));
    }
    let (sign, operator) = BETWEEN.iter().find(|(sign, _)| text.contains(sign))?;
    let message = format!("the `{sign}` of `{text}` is no operator: its words are one phrase");
    let written = text.replace(sign, &format!(" {operator} "));
    text.contains(char::is_alphanumeric).then(|| (message, format!("write {}", written.trim())))
}

/// A word with a comma that does not divide digits.
fn comma(text: &str) -> Option<(String, String)> {
    let message = format!("the `{}` of `{text}` is no operator: the words around it are one phrase", dividing(text)?);
    Some((message, "write OR for alternatives, or put the phrase in quotes".to_owned()))
}

/// The first comma or semicolon of a text that is not between digits.
pub(crate) fn dividing(text: &str) -> Option<char> {
    let chars: Vec<char> = text.chars().collect();
    let is_digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_numeric());
    let divides = |at: usize| !(is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)));
    chars.iter().enumerate().find(|(at, c)| COMMAS.contains(c) && divides(*at)).map(|(_, c)| *c)
}
