//! Parses the query language: words and phrases joined by AND, OR, NOT and NEAR, narrowed by fields.
//!
//! ```text
//! or    = and { "OR" and }
//! and   = near { "AND" near | "NOT" unary }
//! near  = unary { "NEAR/n" unary }
//! unary = "NOT" unary | field ":" unary | "(" or ")" | atom
//! atom  = words | "phrase" | ="exact" | beginning* | /regular expression/ | @concept
//! ```

use super::SourceFilter;
use super::term::TermMode;
use crate::alert::Field;
use crate::source::SourceId;

mod fields;
mod lexer;
mod lookalike;
mod near;
mod signs;

pub(crate) use lookalike::{OperatorLookalike, alternatives, dividing, lookalikes};
pub(crate) use signs::prefixed;

use lexer::{Lexeme, LexemeKind};

/// A parsed query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryExpr {
    /// A word or phrase.
    Term {
        /// Its words.
        text: String,
        /// How it is matched.
        mode: TermMode,
        /// Its place in the query.
        span: QuerySpan,
    },
    /// A concept, without its `@`.
    Concept(String, QuerySpan),
    /// A regular expression.
    Regex(String, QuerySpan),
    /// The item's language.
    Lang(String, QuerySpan),
    /// The source's name.
    Source(String, QuerySpan),
    /// A tag of the source or the item.
    Tag(String, QuerySpan),
    /// Only in this field.
    In(Field, Box<QueryExpr>, QuerySpan),
    /// Each of these.
    And(Vec<QueryExpr>),
    /// One of these.
    Or(Vec<QueryExpr>),
    /// Not this.
    Not(Box<QueryExpr>),
    /// Each within this many words of the one before it.
    Near(u32, Vec<QueryExpr>, QuerySpan),
}

impl QueryExpr {
    /// The sources and tags that the query names, with their places.
    pub(crate) fn origins(&self) -> Vec<(SourceFilter, QuerySpan)> {
        match self {
            Self::Source(id, span) => vec![(SourceFilter::Id(SourceId::new(id.as_str())), *span)],
            Self::Tag(tag, span) => vec![(SourceFilter::Tag(tag.clone()), *span)],
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::origins).collect(),
            Self::Not(inner) | Self::In(_, inner, _) => inner.origins(),
            _ => Vec::new(),
        }
    }
}

/// A place in a query: the first character from 0, and the number of characters.
pub(crate) type QuerySpan = (usize, usize);

/// An error in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Where.
    pub(crate) span: QuerySpan,
    /// What is wrong, in lower case.
    pub message: String,
    /// How to correct it.
    pub(crate) remedy: String,
}

/// The largest length of a query, in characters. Chosen by hand.
pub(crate) const MAX_QUERY: usize = 20_000;
/// The deepest nesting of brackets. Chosen by hand.
pub(crate) const MAX_DEPTH: usize = 64;
/// The largest distance of NEAR, in words. Chosen by hand.
pub(crate) const MAX_NEAR: u32 = 1000;
/// Commas and semicolons of Latin and Arabic.
const COMMAS: &[char] = &[',', ';', '،', '؛'];

/// Parses a query.
///
/// ```
/// use marsad::watch::query::{QueryExpr, parse};
///
/// assert!(matches!(parse("Gaza AND (aid OR convoy)"), Ok(QueryExpr::And(_))));
/// assert_eq!(parse("Gaza AND").unwrap_err().message, "nothing follows this");
/// ```
///
/// # Errors
/// Returns the first error, with its place and how to correct it.
pub fn parse(query: &str) -> Result<QueryExpr, QueryError> {
    let chars = query.chars().count();
    if chars > MAX_QUERY {
        let message = format!("the query has {chars} characters; the limit is {MAX_QUERY}");
        return Err(error((MAX_QUERY, chars - MAX_QUERY), message, "split it into several watches"));
    }
    let lexemes = lexer::read(query)?;
    if lexemes.is_empty() {
        return Err(error((0, chars.max(1)), "the query is empty", "write a word, or remove the key"));
    }
    let mut parser = QueryParser { lexemes, at: 0, depth: 0, end: chars };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(Lexeme { kind: LexemeKind::Close, span }) => {
            Err(error(*span, "this bracket has no opening bracket", "remove it, or add the opening ("))
        }
        Some(lexeme) => Err(parser.missing_operator(lexeme.span)),
    }
}

fn error(span: QuerySpan, message: impl Into<String>, remedy: impl Into<String>) -> QueryError {
    QueryError { span, message: message.into(), remedy: remedy.into() }
}

struct QueryParser {
    lexemes: Vec<Lexeme>,
    at: usize,
    depth: usize,
    end: usize,
}

impl QueryParser {
    fn peek(&self) -> Option<&Lexeme> {
        self.lexemes.get(self.at)
    }

    fn next_is(&self, kind: &LexemeKind) -> bool {
        self.peek().is_some_and(|l| l.kind == *kind)
    }

    fn take(&mut self, kind: &LexemeKind) -> bool {
        let found = self.next_is(kind);
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<QueryExpr, QueryError> {
        let mut parts = vec![self.and()?];
        while self.take(&LexemeKind::Or) {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, QueryExpr::Or))
    }

    fn and(&mut self) -> Result<QueryExpr, QueryError> {
        let mut parts = vec![self.near()?];
        while self.next_is(&LexemeKind::Not) || self.take(&LexemeKind::And) {
            parts.push(self.near()?);
        }
        Ok(one_or(parts, QueryExpr::And))
    }

    fn near(&mut self) -> Result<QueryExpr, QueryError> {
        let start = self.at;
        let mut parts = vec![self.unary()?];
        let mut reach = None;
        while let Some(Lexeme { kind: LexemeKind::Near(n), span }) = self.peek().cloned() {
            if reach.is_some_and(|r| r != n) {
                let remedy = "use the same number throughout, or join two chains with AND";
                return Err(error(span, "a chain of NEAR has different numbers", remedy));
            }
            reach = Some(n);
            self.at += 1;
            parts.push(self.unary()?);
        }
        let Some(reach) = reach else { return Ok(one_or(parts, QueryExpr::And)) };
        let from = self.lexemes[start].span.0;
        let to = self.lexemes[self.at - 1].span;
        let span = (from, to.0 + to.1 - from);
        if let Some(bad) = parts.iter().find(|p| !has_places(p)) {
            let message = "NEAR joins words, not conditions";
            let remedy = "write a word, phrase, concept or (a OR b) on each side of NEAR";
            return Err(error(first_span(bad).unwrap_or(span), message, remedy));
        }
        Ok(QueryExpr::Near(reach, parts, span))
    }

    fn unary(&mut self) -> Result<QueryExpr, QueryError> {
        if self.depth > MAX_DEPTH {
            let at = self.peek().map_or((self.end, 1), |l| l.span);
            let message = format!("brackets and NOT nest deeper than {MAX_DEPTH}");
            return Err(error(at, message, "split the query into several watches"));
        }
        self.depth += 1;
        let expr = self.operand();
        self.depth -= 1;
        expr
    }

    fn operand(&mut self) -> Result<QueryExpr, QueryError> {
        let Some(lexeme) = self.peek().cloned() else {
            return Err(self.nothing_follows());
        };
        self.at += 1;
        match lexeme.kind {
            LexemeKind::Not => Ok(QueryExpr::Not(Box::new(self.unary()?))),
            LexemeKind::Open => self.brackets(lexeme.span),
            LexemeKind::In(field) => Ok(QueryExpr::In(field, Box::new(self.unary()?), lexeme.span)),
            LexemeKind::Words(text) => Ok(self.phrase(text, lexeme.span)),
            LexemeKind::Quoted(text) => Ok(QueryExpr::Term { text, mode: TermMode::Words, span: lexeme.span }),
            LexemeKind::Exact(text) => Ok(QueryExpr::Term { text, mode: TermMode::Exact, span: lexeme.span }),
            LexemeKind::Prefix(text) => Ok(QueryExpr::Term { text, mode: TermMode::Prefix, span: lexeme.span }),
            LexemeKind::Regex(text) => Ok(QueryExpr::Regex(text, lexeme.span)),
            LexemeKind::Concept(name) => Ok(QueryExpr::Concept(name, lexeme.span)),
            LexemeKind::Lang(value) => Ok(QueryExpr::Lang(value, lexeme.span)),
            LexemeKind::Source(value) => Ok(QueryExpr::Source(value, lexeme.span)),
            LexemeKind::Tag(value) => Ok(QueryExpr::Tag(value, lexeme.span)),
            LexemeKind::And | LexemeKind::Or | LexemeKind::Near(_) | LexemeKind::Close => Err(self.misplaced(&lexeme)),
        }
    }

    /// Parses what follows an opening bracket.
    fn brackets(&mut self, open: QuerySpan) -> Result<QueryExpr, QueryError> {
        if self.take(&LexemeKind::Close) {
            return Err(error((open.0, 2), "the brackets are empty", "put something between them, or remove them"));
        }
        let inner = self.or()?;
        if self.take(&LexemeKind::Close) {
            return Ok(inner);
        }
        Err(match self.peek() {
            Some(other) => self.missing_operator(other.span),
            None => error(open, "this bracket is never closed", "add the closing )"),
        })
    }

    /// Adjacent words are a phrase; a prefix may end it.
    fn phrase(&mut self, first: String, span: QuerySpan) -> QueryExpr {
        let (mut text, mut end, mut mode) = (first, span.0 + span.1, TermMode::Words);
        while let Some(Lexeme { kind: LexemeKind::Words(next) | LexemeKind::Prefix(next), span }) = self.peek() {
            text.push(' ');
            text.push_str(next);
            end = span.0 + span.1;
            if matches!(self.lexemes[self.at].kind, LexemeKind::Prefix(_)) {
                mode = TermMode::Prefix;
            }
            self.at += 1;
            if mode == TermMode::Prefix {
                break;
            }
        }
        QueryExpr::Term { text, mode, span: (span.0, end - span.0) }
    }

    /// An operator is missing before the next lexeme, unless a word before it, or the lexeme itself, is meant as one.
    fn missing_operator(&self, span: QuerySpan) -> QueryError {
        if let Some(remedy) = self.detached_sign() {
            return error(span, "an operator is missing between these parts", remedy);
        }
        let words = [self.at, self.at.saturating_sub(1)].into_iter().filter_map(|at| Some((at, self.lexemes.get(at)?)));
        let mut meant = words.filter_map(|(at, lexeme)| match &lexeme.kind {
            LexemeKind::Words(text) => Some((at, text, lookalike::meant(text)?)),
            _ => None,
        });
        let remedy = match meant.next() {
            Some((0, text, not)) if not == "NOT" => {
                format!("{}, after the words to look for: Gaza NOT sport", lookalike::replacement(text, &not))
            }
            Some((_, text, operator)) => lookalike::replacement(text, &operator),
            None => "write AND, OR, NOT or NEAR/5 between them".to_owned(),
        };
        error(span, "an operator is missing between these parts", remedy)
    }

    /// The remedy for a sign that white space divides from its quotation mark: `= "Mali"` and `title = "Mali"`.
    fn detached_sign(&self) -> Option<String> {
        let (before, here) = (self.lexemes.get(self.at.checked_sub(1)?)?, self.lexemes.get(self.at)?);
        let (LexemeKind::Words(sign), LexemeKind::Quoted(phrase)) = (&before.kind, &here.kind) else { return None };
        let name = self.at.checked_sub(2).and_then(|at| match &self.lexemes.get(at)?.kind {
            LexemeKind::Words(name) if sign == "=" => fields::meant(name),
            _ => None,
        });
        match name.or_else(|| fields::meant(sign.strip_suffix('=')?)) {
            Some(field) => Some(format!("write {field}:\"{phrase}\"")),
            None => (sign == "=").then(|| format!("write =\"{phrase}\" without a space")),
        }
    }

    fn nothing_follows(&self) -> QueryError {
        let last = self.lexemes.last().map_or((0, 1), |l| l.span);
        error(last, "nothing follows this", "add a word, phrase or bracket after it, or remove it")
    }

    fn misplaced(&self, lexeme: &Lexeme) -> QueryError {
        match lexeme.kind {
            LexemeKind::Close if self.at >= 2 => error(
                lexeme.span,
                "something is missing before this bracket",
                "add a word before it, or remove the operator",
            ),
            LexemeKind::Close => {
                error(lexeme.span, "this bracket has no opening bracket", "remove it, or add the opening (")
            }
            _ => {
                let remedy = "add a word before it; to match the operator itself as a word, quote it";
                error(lexeme.span, "expected a word, found an operator", remedy)
            }
        }
    }
}

fn one_or(mut parts: Vec<QueryExpr>, many: impl FnOnce(Vec<QueryExpr>) -> QueryExpr) -> QueryExpr {
    if parts.len() == 1 { parts.swap_remove(0) } else { many(parts) }
}

/// True if the expression has places in a text, so that NEAR can join it.
fn has_places(expr: &QueryExpr) -> bool {
    match expr {
        QueryExpr::Term { .. } | QueryExpr::Concept(..) => true,
        QueryExpr::Or(parts) => parts.iter().all(has_places),
        QueryExpr::In(_, inner, _) => has_places(inner),
        _ => false,
    }
}

fn first_span(expr: &QueryExpr) -> Option<QuerySpan> {
    match expr {
        QueryExpr::Term { span, .. } | QueryExpr::Near(_, _, span) | QueryExpr::In(_, _, span) => Some(*span),
        QueryExpr::Concept(_, span)
        | QueryExpr::Regex(_, span)
        | QueryExpr::Lang(_, span)
        | QueryExpr::Source(_, span)
        | QueryExpr::Tag(_, span) => Some(*span),
        QueryExpr::And(parts) | QueryExpr::Or(parts) => parts.iter().find_map(first_span),
        QueryExpr::Not(inner) => first_span(inner),
    }
}

#[cfg(test)]
mod tests;
