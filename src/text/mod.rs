//! Scripts and languages: folding, tokens, clitics, direction.

pub mod bidi;
pub mod fold;
mod initials;
pub mod lang;
pub mod letters;
pub mod morphology;
pub mod words;
