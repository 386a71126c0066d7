//! (being written)

/// The version of the folding table.
pub const VERSION: u8 = 1;

/// Folded words joined by one space.
#[must_use]
pub fn key(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.join(" ")
}
