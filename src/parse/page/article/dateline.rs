//! Finds the date that the first lines of a text state: in a dateline, or with "today".

use super::{byline, other_dates};
use crate::date::text_date::FoundDate;
use crate::date::{DateContext, text_date};
use crate::parse::plain_text::cut;

/// How much of a paragraph can be its dateline, in characters. Chosen by hand.
const MAX_DATELINE: usize = 90;
/// How many lines at the start of a text are searched for a date. Chosen by hand.
const OPENING_LINES: usize = 3;
/// How much of a sentence is searched for "today", and how much follows that word, in characters. Chosen by hand.
const MAX_SENTENCE: usize = 400;
const AFTER_TODAY: usize = 48;

/// The dateline at the start of the text, or the day that an opening sentence states with "today". A date that a
/// sentence only mentions is no evidence, nor is "today" alone: the page may be read years later.
#[must_use]
pub(super) fn find(text: &str, setting: &DateContext<'_>) -> Option<FoundDate> {
    let opening = || text.lines().take(OPENING_LINES);
    let from_dateline = opening().find_map(|line| {
        let head = cut(line, MAX_DATELINE);
        let end = [" - ", " – ", " — ", ": ", ") "].iter().filter_map(|mark| head.find(mark)).max();
        let whole = line.len() == head.len();
        let head = if whole && !byline::is_sentence(line) { head } else { &head[..end?] };
        other_dates::has_year(head).then(|| text_date::find(head, setting)).flatten()
    });
    from_dateline.or_else(|| opening().find_map(|line| today(line, setting)))
}

/// The day that a sentence states with "today": `اليوم الأربعاء 22 سبتمبر 2021`. Other dates in a sentence are events.
#[must_use]
pub fn today(text: &str, setting: &DateContext<'_>) -> Option<FoundDate> {
    const WORDS: &[&str] = &["اليوم", "امروز", "bugün", "today", "aujourd'hui", "aujourd’hui", "آج"];
    let head = cut(text, MAX_SENTENCE);
    let lower = head.to_lowercase();
    let text = if lower.len() == head.len() { lower.as_str() } else { head };
    let at = WORDS.iter().filter_map(|word| text.find(word).map(|at| at + word.len())).min()?;
    let after: String = text[at..].chars().take(AFTER_TODAY).collect();
    other_dates::has_year(&after).then(|| text_date::find(&after, setting)).flatten()
}
