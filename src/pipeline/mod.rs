//! The order in which a visit happens: fetch, parse, judge, match, admit.

pub mod admit;
