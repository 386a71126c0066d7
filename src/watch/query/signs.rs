//! Finds the signs of search engines in a word of a query, and what to write for them.

use super::COMMAS;
use super::fields;

/// The signs that search engines read before a word.
const BEFORE: &[(char, &str)] = &[('-', "NOT"), ('!', "NOT"), ('+', "AND")];

/// The signs that search engines read between two words.
const BETWEEN: &[(&str, &str)] = &[("&&", "AND"), ("||", "OR"), ("|", "OR")];

/// The signs of similar words and of weights, which a number may follow.
const AFTER: &[char] = &['~', '^'];

/// The problem of a word with a sign before it, within it or after it, and the remedy. `before` is true if the word can
/// follow an operator that a remedy adds.
pub(super) fn signed(text: &str, before: bool) -> Option<(String, String)> {
    leading(text, before)
        .or_else(|| field(text))
        .or_else(|| trailing(text))
        .or_else(|| wildcard(text))
        .or_else(|| bracket(text))
        .or_else(|| between(text))
}

/// The sign before a word of a list of terms, and the word: `-` and `sport` for `-sport`.
pub(crate) fn prefixed(text: &str) -> Option<(char, &str)> {
    let first = text.chars().next().filter(|c| *c == '$' || BEFORE.iter().any(|(sign, _)| sign == c))?;
    let rest = &text[first.len_utf8()..];
    rest.starts_with(char::is_alphabetic).then_some((first, rest))
}

fn leading(text: &str, before: bool) -> Option<(String, String)> {
    if let Some(rest) = text.strip_prefix('=').map(|rest| rest.trim_matches('=')).filter(|rest| is_word(rest)) {
        let message = format!("the `=` of `{text}` is ignored: it needs quotation marks after it");
        return Some((message, format!("write =\"{rest}\"")));
    }
    let (first, rest) = prefixed(text)?;
    let word = rest.trim_end_matches(COMMAS);
    let message = format!("the `{first}` of `{text}` is no operator and is ignored");
    let written = match BEFORE.iter().find(|(sign, _)| *sign == first) {
        None => format!("write @{word} for a concept"),
        Some((_, "AND")) if !before => format!("write {word}"),
        Some((_, operator)) => {
            let place = if before { "" } else { " after the words to look for" };
            format!("write {operator} {word}{place}")
        }
    };
    Some((message, format!("{written}, or put the words in quotes")))
}

/// A field with `=` for the colon.
fn field(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let field = fields::meant(name)?;
    let message = format!("`{text}` names no field: its words are one phrase");
    let value = if value.is_empty() { "word" } else { value };
    Some((message, format!("write {field}:{value}, or put the words in quotes")))
}

fn trailing(text: &str) -> Option<(String, String)> {
    let at = text.find(AFTER)?;
    let (word, rest) = text.split_at(at);
    let number = rest[1..].chars().all(|c| c.is_numeric() || c == '.');
    let message = format!("the `{}` of `{text}` is no operator", &rest[..1]);
    (is_word(word) && number).then(|| (message, format!("write {word}, or put the words in quotes")))
}

fn wildcard(text: &str) -> Option<(String, String)> {
    let word = text.trim_end_matches(COMMAS);
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
    if let Some(stem) = word.strip_suffix('%').filter(|stem| is_word(stem) && letters(stem) > 1) {
        let message = format!("the `%` of `{text}` is no wildcard and is ignored");
        return Some((message, format!("write {stem}*, or put the words in quotes")));
    }
    let sign = ['?', '%'].into_iter().find(|sign| word.contains(*sign))?;
    let pattern = word.replace('?', ".").replace('%', ".*");
    let plain = word.chars().all(|c| c.is_alphanumeric() || matches!(c, '?' | '%'));
    let message = format!("the `{sign}` of `{text}` is no wildcard");
    let remedy = format!("write /{pattern}/ as a part of its own, or put the words in quotes");
    (plain && letters(word) > 0).then_some((message, remedy))
}

fn bracket(text: &str) -> Option<(String, String)> {
    let sign = text.chars().next().filter(|c| matches!(c, '[' | '{'));
    let sign = sign.or_else(|| text.chars().last().filter(|c| matches!(c, ']' | '}')))?;
    let message = format!("the `{sign}` of `{text}` groups nothing");
    Some((message, "write ( and ) around a group, or put the words in quotes".to_owned()))
}

fn between(text: &str) -> Option<(String, String)> {
    let (sign, operator) = BETWEEN.iter().find(|(sign, _)| text.contains(sign))?;
    let message = format!("the `{sign}` of `{text}` is no operator: its words are one phrase");
    let written = text.replace(sign, &format!(" {operator} "));
    text.contains(char::is_alphanumeric).then(|| (message, format!("write {}", written.trim())))
}

fn is_word(text: &str) -> bool {
    text.contains(char::is_alphabetic) && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’'))
}
