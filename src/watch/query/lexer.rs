//! Splits a query into lexemes.

use super::fields::{self, FIELDS};
use super::{QueryError, QuerySpan, error, near};
use crate::alert::Field;

/// A lexeme and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub kind: LexemeKind,
    pub(crate) span: QuerySpan,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LexemeKind {
    Open,
    Close,
    And,
    Or,
    Not,
    Near(u32),
    In(Field),
    Words(String),
    Quoted(String),
    Exact(String),
    Prefix(String),
    Regex(String),
    Concept(String),
    Lang(String),
    Source(String),
    Tag(String),
}

pub(super) fn read(query: &str) -> Result<Vec<Lexeme>, QueryError> {
    let mut lexer = Lexer { chars: query.chars().collect(), at: 0 };
    let mut lexemes = Vec::new();
    while lexer.skip_space() {
        let start = lexer.at;
        let kind = lexer.next()?;
        lexemes.push(Lexeme { kind, span: (start, lexer.at - start) });
    }
    Ok(lexemes)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn skip_space(&mut self) -> bool {
        while self.peek().is_some_and(|c| c.is_whitespace() || c == '\u{feff}') {
            self.at += 1;
        }
        self.at < self.chars.len()
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Result<LexemeKind, QueryError> {
        let start = self.at;
        let Some(first) = self.peek() else { return Ok(LexemeKind::Close) };
        self.at += 1;
        match first {
            '(' => Ok(LexemeKind::Open),
            ')' => Ok(LexemeKind::Close),
            '=' if self.peek().is_some_and(is_quote) => {
                self.at += 1;
                self.quoted(start).map(LexemeKind::Exact)
            }
            c if is_quote(c) => {
                let text = self.quoted(start)?;
                if self.peek() == Some('*') {
                    let remedy = "put the star after an unquoted word: word*";
                    return Err(error((self.at, 1), "a quoted phrase cannot have a star", remedy));
                }
                if self.peek() == Some('~') {
                    return Err(self.phrase_distance(&text));
                }
                Ok(LexemeKind::Quoted(text))
            }
            '/' => self.regex(start),
            _ => {
                self.at = start;
                self.word()
            }
        }
    }

    /// Reads up to the closing quotation mark; `\"` is a literal one.
    fn quoted(&mut self, start: usize) -> Result<String, QueryError> {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '\\' if self.peek().is_some_and(|n| is_quote(n) || n == '\\') => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                c if is_quote(c) => {
                    if text.trim().is_empty() {
                        let span = (start, self.at - start);
                        return Err(error(
                            span,
                            "the quotation marks are empty",
                            "write a phrase between them, or remove them",
                        ));
                    }
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        Err(error((start, 1), "this quotation mark is never closed", "add \" after the phrase"))
    }

    /// The error for a phrase with a distance after it, as search engines read one: `"a b"~5`.
    fn phrase_distance(&self, phrase: &str) -> QueryError {
        let number: String = self.chars[self.at + 1..].iter().take_while(|c| c.is_numeric()).collect();
        let remedy = near::joined(phrase.split_whitespace(), near::western_digits(&number).parse().ok());
        let remedy = remedy.unwrap_or_else(|| "remove the sign and the number".to_owned());
        error((self.at, 1 + number.chars().count()), "a quoted phrase cannot have a distance", remedy)
    }

    /// Rejects letters after a regular expression that other programs read as its flags: `/gaza/i`.
    fn no_flags(&self, start: usize, text: &str) -> Result<(), QueryError> {
        let ends = |c: &char| c.is_whitespace() || matches!(c, '(' | ')');
        let flags: String = self.chars[self.at..].iter().take_while(|c| !ends(c)).collect();
        if flags.is_empty() || !flags.chars().all(|c| "gimsuxy".contains(c)) {
            return Ok(());
        }
        let known: String = flags.chars().filter(|c| "imsx".contains(*c)).collect();
        let known = if known.is_empty() { known } else { format!("(?{known})") };
        let span = (start, self.at - start + flags.chars().count());
        Err(error(span, "a regular expression has its flags inside", format!("write /{known}{text}/")))
    }

    fn regex(&mut self, start: usize) -> Result<LexemeKind, QueryError> {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '\\' if self.peek() == Some('/') => {
                    text.push('/');
                    self.at += 1;
                }
                '\\' => {
                    text.push(c);
                    text.extend(self.peek());
                    self.at += 1;
                }
                '/' if text.is_empty() => {
                    return Err(error(
                        (start, 2),
                        "the regular expression is empty",
                        "write an expression between the slashes: /G(20|7)/",
                    ));
                }
                '/' => {
                    let written: String = self.chars[start + 1..self.at - 1].iter().collect();
                    return self.no_flags(start, &written).map(|()| LexemeKind::Regex(text));
                }
                _ => text.push(c),
            }
        }
        let remedy = "add / after the regular expression; to match a slash, quote the words";
        Err(error((start, 1), "this regular expression is never closed", remedy))
    }

    fn word(&mut self) -> Result<LexemeKind, QueryError> {
        let start = self.at;
        while let Some(c) = self.peek().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')') && !is_quote(*c)) {
            if c == ':' && self.at > start && self.chars[start..self.at].iter().all(|c| c.is_alphabetic()) {
                return self.field(start);
            }
            self.at += 1;
        }
        let text: String = self.chars[start..self.at].iter().collect();
        let span = (start, self.at - start);
        if text.eq_ignore_ascii_case("NEAR")
            && let Some(remedy) = near::function(&self.chars[self.at..].iter().collect::<String>())
        {
            return Err(error(span, format!("{text} stands between words and is no function"), remedy));
        }
        match text.as_str() {
            "AND" => Ok(LexemeKind::And),
            "OR" => Ok(LexemeKind::Or),
            "NOT" => Ok(LexemeKind::Not),
            _ if text == "NEAR" || text.starts_with("NEAR/") => near::distance(&text, span).map(LexemeKind::Near),
            _ if text.starts_with('@') => concept(&text, span),
            _ if text.contains('*') => prefix(&text, span),
            _ => Ok(LexemeKind::Words(text.strip_prefix('\\').unwrap_or(&text).to_owned())),
        }
    }

    fn field(&mut self, start: usize) -> Result<LexemeKind, QueryError> {
        let name: String = self.chars[start..self.at].iter().collect();
        let span = (start, self.at - start);
        self.at += 1;
        let field = match name.as_str() {
            "title" => Field::Title,
            "summary" => Field::Summary,
            "text" => Field::Text,
            "lang" | "source" | "tag" => return self.value(&name, start),
            _ => {
                let message = format!("unknown field {name}:");
                let remedy = match fields::meant(&name) {
                    Some(meant) => {
                        format!("write {meant}:, or quote the words to match a colon; the fields are {FIELDS}")
                    }
                    None => format!("the fields are {FIELDS}; to match a colon, quote the words"),
                };
                return Err(error(span, message, remedy));
            }
        };
        if self.peek().is_none_or(|c| c.is_whitespace() || c == ')') {
            let span = (start, self.at - start);
            return Err(error(
                span,
                format!("nothing follows {name}:"),
                format!("write the word directly after the colon: {name}:word"),
            ));
        }
        Ok(LexemeKind::In(field))
    }

    fn value(&mut self, name: &str, start: usize) -> Result<LexemeKind, QueryError> {
        let from = self.at;
        let value = if self.peek().is_some_and(is_quote) {
            self.at += 1;
            self.quoted(from)?
        } else {
            while self.peek().is_some_and(|c| !c.is_whitespace() && c != ')') {
                self.at += 1;
            }
            self.chars[from..self.at].iter().collect()
        };
        let span = (start, self.at - start);
        if value.is_empty() {
            let example = if name == "lang" { "lang:ar" } else { "source:una-ar, tag:official" };
            return Err(error(
                span,
                format!("nothing follows {name}:"),
                format!("write the value directly after the colon: {example}"),
            ));
        }
        Ok(match name {
            "lang" => LexemeKind::Lang(value),
            "source" => LexemeKind::Source(value),
            _ => LexemeKind::Tag(value),
        })
    }
}

fn concept(text: &str, span: QuerySpan) -> Result<LexemeKind, QueryError> {
    match text.strip_prefix('@').filter(|name| !name.is_empty()) {
        Some(name) => Ok(LexemeKind::Concept(name.to_owned())),
        None => Err(error(
            span,
            "@ must be followed by the name of a concept",
            "write @name; to match the sign itself, write \\@",
        )),
    }
}

fn prefix(text: &str, span: QuerySpan) -> Result<LexemeKind, QueryError> {
    let stem = text.strip_suffix('*').unwrap_or_default();
    if stem.contains('*') || stem.is_empty() {
        return Err(error(span, "a star must follow a word", "write the beginning of a word, then a star: refug*"));
    }
    if stem.chars().filter(|c| c.is_alphanumeric()).count() < 2 {
        let message = "one letter and a star match nearly everything";
        return Err(error(span, message, "write at least two letters before the star"));
    }
    Ok(LexemeKind::Prefix(stem.to_owned()))
}

/// True for quotation marks of keyboards and word processors.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}
