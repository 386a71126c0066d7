//! Decides whether a newer text is a copy of an older one, a report of the same event, or another text.
//!
//! 1. [`alignment`](super::alignment) finds what the texts have in common.
//! 2. [`conflict`](super::conflict) looks at what was replaced: another place, number or name makes another event.
//! 3. [`compare`] decides. A wrong copy hides an alert, so every doubt makes a new text.

use super::alignment::{CommonRun, common_runs};
use super::conflict::{Conflict, conflicts};
use super::key_hash::KeySet;
use super::text_profile::{ProfileWord, TextProfile};

/// The fewest words of a body that can be recognised in other words. Source: as for a content hash,
/// [`IDENTIFYING_WORDS`](crate::item::IDENTIFYING_WORDS).
const MIN_WORDS: usize = 12;

/// The share of its words that a copy has from the older text. Measured on 255 labelled pairs: edited copies keep .85 and
/// more, later reports of the same event at most .78.
const COPY_SHARE: f64 = 0.84;

/// The mean length of the common runs of a copy, weighted by length. Measured on the same pairs: a short text finds its
/// words in runs of two and three anywhere in a long one.
const COPY_RUN: f64 = 8.0;

/// The share of the older text that a longer copy still holds, and the share of its own words that come from there.
/// Measured on the same pairs: versions that add more report more.
const EXTENDED_SHARES: (f64, f64) = (0.80, 0.65);

/// The share of a headline's words that the text below it repeats. Chosen by hand: under a headline that shares less
/// stands a notice, such as a wall for subscribers.
const OWN_HEADLINE: f64 = 0.35;

/// The share of a headline's words from which two headlines are one. Chosen by hand.
const SAME_HEADLINE: f64 = 0.5;

/// The sum of shared words in lead and headline, each 0–1, from which two texts report one event. Measured on the same
/// pairs with a precision of .91.
const SAME_STORY: f64 = 1.2;

/// What a conflict takes from that sum, at most for three of them. Chosen by hand.
const CONFLICT_COST: f64 = 0.6;

/// The share of common words from which two texts have the same sentences. Chosen by hand.
const ALIGNED: f64 = 0.5;

/// How a newer text relates to an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// A copy: one alert is enough.
    SameText,
    /// Another report of the same event.
    SameStory,
    /// Another event.
    Different,
}

/// The comparison of a newer text with an older one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// How they relate.
    pub relation: Relation,
    /// The share of the newer text's words that come from the older one, from 0 to 1.
    pub share: f64,
}

/// Compares a newer text with an older one in the same language.
///
/// ```
/// use marsad::story::relation::{Relation, compare};
/// use marsad::story::text_profile::TextProfile;
///
/// let text = |minister: &str| {
///     let body = format!("The secretary general received the foreign minister of {minister} at the headquarters on Monday.");
///     TextProfile::of_parts("A visit", &body)
/// };
/// assert_eq!(compare(&text("Mali"), &text("Mali")).relation, Relation::SameText);
/// assert_ne!(compare(&text("Mali"), &text("Chad")).relation, Relation::SameText);
/// ```
#[must_use]
pub fn compare(older: &TextProfile, newer: &TextProfile) -> Comparison {
    // A newer text may begin with the older headline, so that this belongs to the text.
    let runs = common_runs(older.words(), newer.body());
    let common: usize = runs.iter().map(|run| run.words).sum();
    let headline = older.headline().len();
    let of_body = |run: &CommonRun| (run.older + run.words).saturating_sub(run.older.max(headline));
    let (kept, share) = (ratio(runs.iter().map(of_body).sum(), older.body_words()), ratio(common, newer.body_words()));
    let conflicts = conflicts(older, newer, &runs);
    let is_notice = is_notice(older, newer, &runs);
    let is_long = older.body_words().min(newer.body_words()) >= MIN_WORDS;
    let is_copy =
        share >= COPY_SHARE && mean_run(&runs) >= COPY_RUN || kept >= EXTENDED_SHARES.0 && share >= EXTENDED_SHARES.1;
    let doubts = conflicts.len() + usize::from(is_notice);
    let relation = if is_long && is_copy && doubts == 0 && newer.rest_is_in(older) {
        Relation::SameText
    } else if likeness(older, newer) - CONFLICT_COST * count(weighed(&conflicts, share, is_notice)) >= SAME_STORY {
        Relation::SameStory
    } else {
        Relation::Different
    };
    Comparison { relation, share }
}

/// The conflicts that count against one event, at most three. In texts with little in common, other words are other words
/// for the same; other facts count always.
fn weighed(conflicts: &[Conflict], share: f64, is_notice: bool) -> usize {
    let counts = |conflict: &&Conflict| share >= ALIGNED || matches!(conflict, Conflict::Fact(_));
    (conflicts.iter().filter(counts).count() + usize::from(is_notice)).min(3)
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { count(part) / count(whole) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn count(words: usize) -> f64 {
    words as f64
}

/// The mean number of words of the run that a common word belongs to.
fn mean_run(runs: &[CommonRun]) -> f64 {
    ratio(runs.iter().map(|run| run.words * run.words).sum(), runs.iter().map(|run| run.words).sum())
}

/// True if the headlines have little in common and neither has to do with the common text below it.
fn is_notice(older: &TextProfile, newer: &TextProfile, runs: &[CommonRun]) -> bool {
    let first = |at: fn(&CommonRun) -> usize| runs.iter().map(at).min().unwrap_or_default();
    let (before, after) = (split(older, first(|run| run.older)), split(newer, first(|run| run.newer)));
    let stems = |words: &[ProfileWord]| words.iter().map(|word| word.stem).collect::<KeySet>();
    let (mut a, mut b) = (stems(before.0), stems(after.0));
    if a.len() > b.len() {
        std::mem::swap(&mut a, &mut b);
    }
    let is_own = |(headline, text): (&[ProfileWord], &[ProfileWord])| {
        let stems: KeySet = text.iter().map(|word| word.stem).collect();
        let said: Vec<bool> =
            headline.iter().filter(|word| word.is_content()).map(|word| stems.contains(&word.stem)).collect();
        said.len() < 2 || ratio(said.iter().filter(|said| **said).count(), said.len()) >= OWN_HEADLINE
    };
    shared(&a, &b) < SAME_HEADLINE && !is_own(before) && !is_own(after)
}

/// The headline and the text below it; without a headline, what stands before the common text.
fn split(profile: &TextProfile, common_from: usize) -> (&[ProfileWord], &[ProfileWord]) {
    match profile.headline() {
        [] => profile.body().split_at(common_from),
        headline => (headline, profile.body()),
    }
}

/// How much two texts have in common in their leads and headlines, from 0 to 2.
fn likeness(older: &TextProfile, newer: &TextProfile) -> f64 {
    let (a, b) = (older.content_stems(), newer.content_stems());
    let leads = f64::midpoint(shared(&a.lead, &b.all), shared(&b.lead, &a.all));
    let headlines = f64::midpoint(shared(&a.headline, &b.all), shared(&b.headline, &a.all));
    leads + headlines
}

fn shared(of: &KeySet, with: &KeySet) -> f64 {
    ratio(of.iter().filter(|stem| with.contains(stem)).count(), of.len())
}

#[cfg(test)]
mod tests;
