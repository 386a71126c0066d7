//! Bounds on what is kept of one item. All were chosen by hand.

/// The longest headline that is kept, in characters.
pub const MAX_TITLE: usize = 1_000;
/// The longest excerpt that is kept, in characters.
pub const MAX_SUMMARY: usize = 10_000;
/// The longest text that is kept, in characters.
pub const MAX_TEXT: usize = 200_000;
/// The longest identifier that is kept as written, in bytes; of a longer one the hash is kept.
pub(crate) const MAX_GUID: usize = 2_048;
/// The most categories of one item.
pub const MAX_TAGS: usize = 64;
/// The longest category, name or agency, in characters.
pub const MAX_WORD: usize = 200;
