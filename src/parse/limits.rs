//! How much of one item is kept, whatever kind of document it came in. All were chosen by hand.

/// The longest headline that is kept, in characters.
pub const MAX_TITLE: usize = 1_000;
/// The longest excerpt that is kept, in characters.
pub const MAX_SUMMARY: usize = 10_000;
/// The longest text that is kept, in characters.
pub const MAX_TEXT: usize = 200_000;
/// The longest identifier that is kept as it came, in bytes; a longer one is kept as a hash.
pub const MAX_GUID: usize = 2_048;
/// The most categories that one item keeps, and the longest of them, in characters.
pub const MAX_TAGS: usize = 64;
/// The longest category, name or agency, in characters.
pub const MAX_WORD: usize = 200;
