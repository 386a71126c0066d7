//! The query language: words and phrases joined by AND, OR, NOT and NEAR, narrowed by fields.
//!
//! ```text
//! or    = and { "OR" and }
//! and   = near { "AND" near | "NOT" near }
//! near  = unary { "NEAR/n" unary }
//! unary = "NOT" unary | field ":" unary | "(" or ")" | atom
//! atom  = words | "phrase" | ="exact" | beginning* | /regular expression/ | @concept
//! ```

use super::term::TermMode;
use crate::alert::Field;

mod lexer;

use lexer::{Lexeme, LexemeKind};

/// What a query says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryExpr {
    /// A word or phrase.
    Term {
        /// Its words.
        text: String,
        /// How it is to be found.
        mode: TermMode,
        /// Where it stands in the query.
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

/// Where something stands in a query: the first character from 0, and how many.
pub type QuerySpan = (usize, usize);

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Where.
    pub span: QuerySpan,
    /// What is wrong, in lower case.
    pub message: String,
    /// What would be right.
    pub remedy: String,
}

/// The most characters that a query may have.
pub const MAX_QUERY: usize = 20_000;
/// How deep brackets may nest.
pub const MAX_DEPTH: usize = 64;
/// The farthest that NEAR looks, in words.
pub const MAX_NEAR: u32 = 1000;

/// Reads a query.
///
/// # Errors
/// The first thing that is wrong, with its place and what would be right.
pub fn parse(query: &str) -> Result<QueryExpr, QueryError> {
    let chars = query.chars().count();
    if chars > MAX_QUERY {
        let message = format!("the query has {chars} characters; the limit is {MAX_QUERY}");
        return Err(fault((MAX_QUERY, chars - MAX_QUERY), message, "split it into several watches"));
    }
    let lexemes = lexer::read(query)?;
    if lexemes.is_empty() {
        return Err(fault((0, chars.max(1)), "the query is empty", "write a word, or remove the key"));
    }
    let mut parser = QueryParser { lexemes, at: 0, depth: 0, end: chars };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(Lexeme { sort: LexemeKind::Close, span }) => {
            Err(fault(*span, "this bracket has no opening bracket", "remove it, or add the opening ("))
        }
        Some(lexeme) => Err(fault(
            lexeme.span,
            "an operator is missing between these parts",
            "write AND, OR, NOT or NEAR/5 between them",
        )),
    }
}

fn fault(span: QuerySpan, message: impl Into<String>, remedy: impl Into<String>) -> QueryError {
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

    fn next_is(&self, sort: &LexemeKind) -> bool {
        self.peek().is_some_and(|l| l.sort == *sort)
    }

    fn take(&mut self, sort: &LexemeKind) -> bool {
        let there = self.next_is(sort);
        self.at += usize::from(there);
        there
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
        while let Some(Lexeme { sort: LexemeKind::Near(n), span }) = self.peek().cloned() {
            if reach.is_some_and(|r| r != n) {
                let remedy = "use the same number throughout, or join two chains with AND";
                return Err(fault(span, "a chain of NEAR has different numbers", remedy));
            }
            reach = Some(n);
            self.at += 1;
            parts.push(self.unary()?);
        }
        let Some(reach) = reach else { return Ok(one_or(parts, QueryExpr::And)) };
        let from = self.lexemes[start].span.0;
        let to = self.lexemes[self.at - 1].span;
        let span = (from, to.0 + to.1 - from);
        if let Some(bad) = parts.iter().find(|p| !is_place(p)) {
            let message = "NEAR joins words, not conditions";
            let remedy = "write a word, phrase, concept or (a OR b) on each side of NEAR";
            return Err(fault(first_span(bad).unwrap_or(span), message, remedy));
        }
        Ok(QueryExpr::Near(reach, parts, span))
    }

    fn unary(&mut self) -> Result<QueryExpr, QueryError> {
        if self.depth > MAX_DEPTH {
            let at = self.peek().map_or((self.end, 1), |l| l.span);
            let message = format!("brackets and NOT nest deeper than {MAX_DEPTH}");
            return Err(fault(at, message, "split the query into several watches"));
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
        match lexeme.sort {
            LexemeKind::Not => Ok(QueryExpr::Not(Box::new(self.unary()?))),
            LexemeKind::Open => self.brackets(lexeme.span),
            LexemeKind::In(field) => Ok(QueryExpr::In(field, Box::new(self.unary()?), lexeme.span)),
            LexemeKind::Words(text) => Ok(self.phrase(text, lexeme.span)),
            LexemeKind::Quoted(text) => Ok(QueryExpr::Term { text, mode: TermMode::Words, span: lexeme.span }),
            LexemeKind::Exact(text) => Ok(QueryExpr::Term { text, mode: TermMode::Exact, span: lexeme.span }),
            LexemeKind::Beginning(text) => Ok(QueryExpr::Term { text, mode: TermMode::Prefix, span: lexeme.span }),
            LexemeKind::Regex(text) => Ok(QueryExpr::Regex(text, lexeme.span)),
            LexemeKind::Concept(name) => Ok(QueryExpr::Concept(name, lexeme.span)),
            LexemeKind::Lang(value) => Ok(QueryExpr::Lang(value, lexeme.span)),
            LexemeKind::Source(value) => Ok(QueryExpr::Source(value, lexeme.span)),
            LexemeKind::Tag(value) => Ok(QueryExpr::Tag(value, lexeme.span)),
            LexemeKind::And | LexemeKind::Or | LexemeKind::Near(_) | LexemeKind::Close => Err(self.misplaced(&lexeme)),
        }
    }

    /// What stands behind an opening bracket.
    fn brackets(&mut self, open: QuerySpan) -> Result<QueryExpr, QueryError> {
        if self.take(&LexemeKind::Close) {
            return Err(fault((open.0, 2), "the brackets are empty", "put something between them, or remove them"));
        }
        let inner = self.or()?;
        if self.take(&LexemeKind::Close) {
            return Ok(inner);
        }
        Err(match self.peek() {
            Some(other) => fault(
                other.span,
                "an operator is missing between these parts",
                "write AND, OR, NOT or NEAR/5 between them",
            ),
            None => fault(open, "this bracket is never closed", "add the closing )"),
        })
    }

    /// Words side by side are a phrase; a beginning may end it.
    fn phrase(&mut self, first: String, span: QuerySpan) -> QueryExpr {
        let (mut text, mut end, mut mode) = (first, span.0 + span.1, TermMode::Words);
        while let Some(Lexeme { sort: LexemeKind::Words(next) | LexemeKind::Beginning(next), span }) = self.peek() {
            text.push(' ');
            text.push_str(next);
            end = span.0 + span.1;
            if matches!(self.lexemes[self.at].sort, LexemeKind::Beginning(_)) {
                mode = TermMode::Prefix;
            }
            self.at += 1;
            if mode == TermMode::Prefix {
                break;
            }
        }
        QueryExpr::Term { text, mode, span: (span.0, end - span.0) }
    }

    fn nothing_follows(&self) -> QueryError {
        let last = self.lexemes.last().map_or((0, 1), |l| l.span);
        fault(last, "nothing follows this", "add a word, phrase or bracket after it, or remove it")
    }

    fn misplaced(&self, lexeme: &Lexeme) -> QueryError {
        match lexeme.sort {
            LexemeKind::Close if self.at >= 2 => fault(
                lexeme.span,
                "something is missing before this bracket",
                "add a word before it, or remove the operator",
            ),
            LexemeKind::Close => {
                fault(lexeme.span, "this bracket has no opening bracket", "remove it, or add the opening (")
            }
            _ => {
                let remedy = "add a word before it; to match the operator itself as a word, quote it";
                fault(lexeme.span, "expected a word, found an operator", remedy)
            }
        }
    }
}

fn one_or(mut parts: Vec<QueryExpr>, many: impl FnOnce(Vec<QueryExpr>) -> QueryExpr) -> QueryExpr {
    if parts.len() == 1 { parts.swap_remove(0) } else { many(parts) }
}

/// Something that stands at places of a text: what NEAR can join.
fn is_place(expr: &QueryExpr) -> bool {
    match expr {
        QueryExpr::Term { .. } | QueryExpr::Concept(..) => true,
        QueryExpr::Or(parts) => parts.iter().all(is_place),
        QueryExpr::In(_, inner, _) => is_place(inner),
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
