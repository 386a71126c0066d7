//! The query language: words and phrases joined by AND, OR, NOT and NEAR, narrowed by fields.
//!
//! ```text
//! or    = and { "OR" and }
//! and   = near { "AND" near | "NOT" near }
//! near  = unary { "NEAR/n" unary }
//! unary = "NOT" unary | field ":" unary | "(" or ")" | atom
//! atom  = words | "phrase" | ="exact" | beginning* | /regular expression/ | @concept
//! ```

use super::term::Mode;
use crate::alert::Field;

mod lexer;

use lexer::{Lexeme, Sort};

/// What a query says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A word or phrase.
    Term {
        /// Its words.
        text: String,
        /// How it is to be found.
        mode: Mode,
        /// Where it stands in the query.
        span: Span,
    },
    /// A concept, without its `@`.
    Concept(String, Span),
    /// A regular expression.
    Regex(String, Span),
    /// The item's language.
    Lang(String, Span),
    /// The source's name.
    Source(String, Span),
    /// A tag of the source or the item.
    Tag(String, Span),
    /// Only in this field.
    In(Field, Box<Expr>, Span),
    /// Each of these.
    And(Vec<Expr>),
    /// One of these.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// Each within this many words of the one before it.
    Near(u32, Vec<Expr>, Span),
}

/// Where something stands in a query: the first character from 0, and how many.
pub type Span = (usize, usize);

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub span: Span,
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
pub fn parse(query: &str) -> Result<Expr, Fault> {
    let chars = query.chars().count();
    if chars > MAX_QUERY {
        let message = format!("the query has {chars} characters; the limit is {MAX_QUERY}");
        return Err(fault((MAX_QUERY, chars - MAX_QUERY), message, "split it into several watches"));
    }
    let lexemes = lexer::read(query)?;
    if lexemes.is_empty() {
        return Err(fault((0, chars.max(1)), "the query is empty", "write a word, or remove the key"));
    }
    let mut parser = Parser { lexemes, at: 0, depth: 0, end: chars };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(Lexeme { sort: Sort::Close, span }) => {
            Err(fault(*span, "this bracket has no opening bracket", "remove it, or add the opening ("))
        }
        Some(lexeme) => Err(fault(
            lexeme.span,
            "an operator is missing between these parts",
            "write AND, OR, NOT or NEAR/5 between them",
        )),
    }
}

fn fault(span: Span, message: impl Into<String>, remedy: impl Into<String>) -> Fault {
    Fault { span, message: message.into(), remedy: remedy.into() }
}

struct Parser {
    lexemes: Vec<Lexeme>,
    at: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Lexeme> {
        self.lexemes.get(self.at)
    }

    fn next_is(&self, sort: &Sort) -> bool {
        self.peek().is_some_and(|l| l.sort == *sort)
    }

    fn take(&mut self, sort: &Sort) -> bool {
        let there = self.next_is(sort);
        self.at += usize::from(there);
        there
    }

    fn or(&mut self) -> Result<Expr, Fault> {
        let mut parts = vec![self.and()?];
        while self.take(&Sort::Or) {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Expr::Or))
    }

    fn and(&mut self) -> Result<Expr, Fault> {
        let mut parts = vec![self.near()?];
        while self.next_is(&Sort::Not) || self.take(&Sort::And) {
            parts.push(self.near()?);
        }
        Ok(one_or(parts, Expr::And))
    }

    fn near(&mut self) -> Result<Expr, Fault> {
        let start = self.at;
        let mut parts = vec![self.unary()?];
        let mut reach = None;
        while let Some(Lexeme { sort: Sort::Near(n), span }) = self.peek().cloned() {
            if reach.is_some_and(|r| r != n) {
                let remedy = "use the same number throughout, or join two chains with AND";
                return Err(fault(span, "a chain of NEAR has different numbers", remedy));
            }
            reach = Some(n);
            self.at += 1;
            parts.push(self.unary()?);
        }
        let Some(reach) = reach else { return Ok(one_or(parts, Expr::And)) };
        let from = self.lexemes[start].span.0;
        let to = self.lexemes[self.at - 1].span;
        let span = (from, to.0 + to.1 - from);
        if let Some(bad) = parts.iter().find(|p| !is_place(p)) {
            let message = "NEAR joins words, not conditions";
            let remedy = "write a word, phrase, concept or (a OR b) on each side of NEAR";
            return Err(fault(first_span(bad).unwrap_or(span), message, remedy));
        }
        Ok(Expr::Near(reach, parts, span))
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
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

    fn operand(&mut self) -> Result<Expr, Fault> {
        let Some(lexeme) = self.peek().cloned() else {
            return Err(self.nothing_follows());
        };
        self.at += 1;
        match lexeme.sort {
            Sort::Not => Ok(Expr::Not(Box::new(self.unary()?))),
            Sort::Open => self.brackets(lexeme.span),
            Sort::In(field) => Ok(Expr::In(field, Box::new(self.unary()?), lexeme.span)),
            Sort::Words(text) => Ok(self.phrase(text, lexeme.span)),
            Sort::Quoted(text) => Ok(Expr::Term { text, mode: Mode::Words, span: lexeme.span }),
            Sort::Exact(text) => Ok(Expr::Term { text, mode: Mode::Exact, span: lexeme.span }),
            Sort::Beginning(text) => Ok(Expr::Term { text, mode: Mode::Prefix, span: lexeme.span }),
            Sort::Regex(text) => Ok(Expr::Regex(text, lexeme.span)),
            Sort::Concept(name) => Ok(Expr::Concept(name, lexeme.span)),
            Sort::Lang(value) => Ok(Expr::Lang(value, lexeme.span)),
            Sort::Source(value) => Ok(Expr::Source(value, lexeme.span)),
            Sort::Tag(value) => Ok(Expr::Tag(value, lexeme.span)),
            Sort::And | Sort::Or | Sort::Near(_) | Sort::Close => Err(self.misplaced(&lexeme)),
        }
    }

    /// What stands behind an opening bracket.
    fn brackets(&mut self, open: Span) -> Result<Expr, Fault> {
        if self.take(&Sort::Close) {
            return Err(fault((open.0, 2), "the brackets are empty", "put something between them, or remove them"));
        }
        let inner = self.or()?;
        if self.take(&Sort::Close) {
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
    fn phrase(&mut self, first: String, span: Span) -> Expr {
        let (mut text, mut end, mut mode) = (first, span.0 + span.1, Mode::Words);
        while let Some(Lexeme { sort: Sort::Words(next) | Sort::Beginning(next), span }) = self.peek() {
            text.push(' ');
            text.push_str(next);
            end = span.0 + span.1;
            if matches!(self.lexemes[self.at].sort, Sort::Beginning(_)) {
                mode = Mode::Prefix;
            }
            self.at += 1;
            if mode == Mode::Prefix {
                break;
            }
        }
        Expr::Term { text, mode, span: (span.0, end - span.0) }
    }

    fn nothing_follows(&self) -> Fault {
        let last = self.lexemes.last().map_or((0, 1), |l| l.span);
        fault(last, "nothing follows this", "add a word, phrase or bracket after it, or remove it")
    }

    fn misplaced(&self, lexeme: &Lexeme) -> Fault {
        match lexeme.sort {
            Sort::Close if self.at >= 2 => fault(
                lexeme.span,
                "something is missing before this bracket",
                "add a word before it, or remove the operator",
            ),
            Sort::Close => fault(lexeme.span, "this bracket has no opening bracket", "remove it, or add the opening ("),
            _ => {
                let remedy = "add a word before it; to match the operator itself as a word, quote it";
                fault(lexeme.span, "expected a word, found an operator", remedy)
            }
        }
    }
}

fn one_or(mut parts: Vec<Expr>, many: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    if parts.len() == 1 { parts.swap_remove(0) } else { many(parts) }
}

/// Something that stands at places of a text: what NEAR can join.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Term { .. } | Expr::Concept(..) => true,
        Expr::Or(parts) => parts.iter().all(is_place),
        Expr::In(_, inner, _) => is_place(inner),
        _ => false,
    }
}

fn first_span(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Term { span, .. } | Expr::Near(_, _, span) | Expr::In(_, _, span) => Some(*span),
        Expr::Concept(_, span)
        | Expr::Regex(_, span)
        | Expr::Lang(_, span)
        | Expr::Source(_, span)
        | Expr::Tag(_, span) => Some(*span),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().find_map(first_span),
        Expr::Not(inner) => first_span(inner),
    }
}

#[cfg(test)]
mod tests;
