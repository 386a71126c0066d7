//! Scripts and languages: folding, tokens, clitics, direction.

pub mod bidi;
pub mod clitic;
pub mod fold;
pub mod glyph;
mod initials;
pub mod lang;
pub mod token;
