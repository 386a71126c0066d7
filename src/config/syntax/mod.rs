//! Explains a syntax error of TOML: what is not closed, not quoted or missing, where it begins, and what to type.
//!
//! 1. `statement` reads the text line by line, leniently like TOML, with `value` for what follows a key, and stops at the
//!    first construct that cannot continue.
//! 2. `fault` says what is wrong with it. It never shows a value, which may be a secret.
//!
//! The parser itself reports the place at which it gives up, often a line after the mistake.

use std::ops::Range;

use super::report::InvalidValue;

mod duplicate;
mod fault;
mod statement;
mod value;

pub(super) use duplicate::duplicate;
pub(super) use statement::is_invisible;

/// What is wrong with a text that is not TOML, and the bytes at which the construct begins; `None` if this scan finds no
/// fault. The text must not nest deep: lists and tables are read by recursion.
pub(super) fn explain(text: &str) -> Option<(Range<usize>, InvalidValue)> {
    let fault = statement::first_fault(text)?;
    Some((fault.span, fault.kind.explained(&fault.key)))
}
