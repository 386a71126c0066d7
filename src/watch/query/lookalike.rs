//! Finds the words of a query that look like operators and are none: operators in small letters or in another language,
//! signs of search engines, commas.

use std::collections::BTreeSet;

use strsim::osa_distance;

use super::lexer::{self, Lexeme, LexemeKind};
use super::near::{DISTANCE, western_digits};
use super::{COMMAS, MAX_NEAR, QuerySpan, signs};

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
    ("AND", &["and", "et", "ve", "und", "و", "اور", "&", "&&", "+"]),
    ("OR", &["or", "ou", "veya", "oder", "أو", "او", "یا", "|", "||"]),
    ("NOT", &["not", "sauf", "nicht", "ليس", "-", "!", "andnot", "butnot"]),
];

/// The word for NEAR with the distance of one word.
const ADJACENT: &str = "adj";

/// The words of a query that look like operators.
pub(crate) fn lookalikes(query: &str) -> Vec<OperatorLookalike> {
    let lexemes = lexer::read(query).unwrap_or_default();
    let chars: Vec<char> = query.chars().collect();
    let is_escaped = |lexeme: &Lexeme| chars.get(lexeme.span.0) == Some(&'\\');
    let found = lexemes.iter().enumerate().filter(|(_, lexeme)| !is_escaped(lexeme)).filter_map(|(at, lexeme)| {
        let LexemeKind::Words(text) = &lexeme.kind else { return None };
        let before = at.checked_sub(1).is_some_and(|at| is_operand(&lexemes[at].kind, &LexemeKind::Close));
        let after = lexemes.get(at + 1).is_some_and(|next| is_operand(&next.kind, &LexemeKind::Open));
        let (message, remedy) =
            whole(text, before, after).or_else(|| signs::signed(text, before)).or_else(|| comma(text))?;
        Some(OperatorLookalike { span: lexeme.span, message, remedy })
    });
    found.collect()
}

/// The operator that a word or a lone sign is meant to be: `AND` for `And`, `NEAR/3` for `near/3`.
pub(super) fn meant(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let known = WORDS.iter().find(|(_, words)| words.contains(&lower.as_str())).map(|(operator, _)| *operator);
    known.or_else(|| mistyped(text)).map(str::to_owned).or_else(|| near(&lower))
}

/// The form of NEAR that a word in small letters is meant to be.
fn near(lower: &str) -> Option<String> {
    let (name, rest) = lower.split_at(lower.find(|c: char| !c.is_alphabetic()).unwrap_or(lower.len()));
    let number = western_digits(rest.trim_start_matches(['/', ':', '~']));
    let slash = rest.starts_with('/');
    let known = matches!(name, "near" | ADJACENT) || slash && matches!(name, "within" | "w");
    let mistyped = slash && name.is_ascii() && osa_distance(name, "near") <= 1;
    let usual = if name == ADJACENT { 1 } else { DISTANCE };
    let distance = if number.is_empty() { Some(usual) } else { number.parse().ok() };
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let distance = distance.filter(|_| digits && (known || mistyped))?;
    Some(format!("NEAR/{}", distance.clamp(1, MAX_NEAR)))
}

/// The operator of which a word in capitals doubles or exchanges letters: `OR` for `ORR`, `AND` for `ADN`. Words that
/// differ in a letter, such as AID, are words.
fn mistyped(text: &str) -> Option<&'static str> {
    let letters = |text: &str| text.bytes().collect::<BTreeSet<u8>>();
    let capitals = !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase());
    let near = |operator: &&str| osa_distance(text, operator) == 1 && letters(text) == letters(operator);
    ["AND", "OR", "NOT"].into_iter().filter(|_| capitals).find(|operator| near(operator))
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

/// A word with a comma that does not divide digits.
fn comma(text: &str) -> Option<(String, String)> {
    let message = format!("the `{}` of `{text}` is no operator: the words around it are one phrase", dividing(text)?);
    Some((message, "write OR for alternatives, or put the phrase in quotes".to_owned()))
}

/// The word for OR between two words of a term, and the terms that it divides.
pub(crate) fn alternatives(text: &str) -> Option<(String, Vec<String>)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let inner = words.get(1..words.len().checked_sub(1)?)?;
    let (_, names) = WORDS.iter().find(|(operator, _)| *operator == "OR")?;
    let or = *inner.iter().find(|word| names.contains(&word.to_lowercase().as_str()))?;
    let terms = words.split(|word| *word == or).filter(|term| !term.is_empty()).map(|term| term.join(" "));
    Some((or.to_owned(), terms.collect()))
}

/// The first comma or semicolon of a text that is not between digits.
pub(crate) fn dividing(text: &str) -> Option<char> {
    let chars: Vec<char> = text.chars().collect();
    let is_digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_numeric());
    let divides = |at: usize| !(is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)));
    chars.iter().enumerate().find(|(at, c)| COMMAS.contains(c) && divides(*at)).map(|(_, c)| *c)
}
