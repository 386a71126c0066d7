//! Links reports of one event in two languages, without translation.
//!
//! 1. [`event_words`] splits a report; [`event_language`] says which languages the tables know.
//! 2. [`lexicon`] finds topics and places by the words of six languages; [`consonant_key`] makes the spellings of a
//!    name in two scripts equal; [`event_features`] holds both.
//! 3. [`shared_names`] and [`agreement`] compare two reports; [`cross_language`] adds up.
//! 4. [`cross_keys`] finds candidates; [`link_choice`] decides which of them are linked.
//!
//! A near miss is the difficulty: the same body, persons and city, but another event. So topics and places of headline
//! and first sentence that the other report lacks count against a link.
//!
//! A link over languages never suppresses an alert.

mod agreement;
mod consonant_key;
mod cross_keys;
mod event_features;
mod event_language;
mod event_words;
mod lexicon;
pub(crate) mod link_choice;
mod shared_names;

pub use cross_keys::cross_keys;
pub use event_features::EventFeatures;

/// The likeness from which two reports are linked. Of the 128 rows of `quality cross`, no other event reaches it.
pub const LINK: f64 = 0.5;

/// The score of a likeness of [`LINK`]. Measured with `quality cross` on 128 rows: the highest score of another event is
/// 4.5, and the next of the same one 4.9.
const LINK_SCORE: f64 = 4.7;

/// The difference of scores that makes a likeness of 0.5 one of 0.73. Chosen by hand.
const SCORE_SCALE: f64 = 1.5;

/// The weights of a score. Measured with `quality cross` on 128 rows: half or twice a weight changes recall at a
/// precision of .97 by less than .05.
const TOPICS: f64 = 1.2;
const MENTIONED_TOPICS: f64 = 0.4;
const FURTHER_TOPIC: f64 = 0.1;
const PLACES: f64 = 0.4;
const DATELINE: f64 = 0.8;
const NUMBERS: f64 = 0.5;
const CONTRADICTING_PLACES: f64 = 2.5;
const CONTRADICTING_TOPICS: f64 = 2.0;
const UNMATCHED_TOPICS: f64 = 0.4;

/// The further cost of a contradiction by at least one place on both sides.
const OTHER_PLACE: f64 = 1.5;

/// The evidence of names that counts in full, what counts beyond it, and its share: names alone hardly tell two meetings
/// of the same persons apart.
const FULL_NAMES: f64 = 4.0;
const MAX_FURTHER_NAMES: f64 = 12.0;
const FURTHER_NAMES: f64 = 0.4;

/// The most that topics in both leads, topics mentioned later, places and numbers count.
const MAX_TOPICS: f64 = 3.0;
const MAX_MENTIONED_TOPICS: f64 = 2.0;
const MAX_PLACES: f64 = 2.0;
const MAX_NUMBERS: f64 = 3.0;

/// The weight of a place in common outside a lead.
const FURTHER_PLACE: f64 = 0.15;

/// The words that may be names from which two reports have some in common by chance, and the weight of that chance.
const FEW_NAMES: usize = 8;
const CHANCE: f64 = 0.25;

/// How likely two reports in two languages tell of one event, from 0 to 1; 0 in the same language, and in a language
/// without tables.
///
/// ```
/// use marsad::story::cross_language::{EventFeatures, LINK, cross_language};
/// use marsad::text::lang::Lang;
///
/// let (fr, tr) = (Lang::parse("fr").ok(), Lang::parse("tr").ok());
/// let french = EventFeatures::of_parts(
///     "Séisme à Erzincan : 214 blessés",
///     "Ankara – Le séisme a détruit deux écoles, a dit le gouverneur Hamza Aydoğdu.",
///     fr.as_ref(),
/// );
/// let turkish = EventFeatures::of_parts(
///     "Erzincan'da deprem: 214 yaralı",
///     "ANKARA – Vali Hamza Aydoğdu, depremde iki okulun yıkıldığını söyledi.",
///     tr.as_ref(),
/// );
/// assert!(cross_language(&french, &turkish) >= LINK);
/// ```
#[must_use]
pub fn cross_language(a: &EventFeatures, b: &EventFeatures) -> f64 {
    let (Some(language_a), Some(language_b)) = (a.language, b.language) else { return 0.0 };
    if language_a == language_b {
        return 0.0;
    }
    1.0 / (1.0 + ((LINK_SCORE - score(a, b)) / SCORE_SCALE).exp())
}

fn score(a: &EventFeatures, b: &EventFeatures) -> f64 {
    let found = agreement::agreement(a, b);
    let mut score = names(a, b);
    score += TOPICS * found.topics.min(MAX_TOPICS);
    score += MENTIONED_TOPICS * found.mentioned_topics.min(MAX_MENTIONED_TOPICS);
    score += FURTHER_TOPIC * found.further_topics;
    score += PLACES * (found.places + FURTHER_PLACE * found.further_places).min(MAX_PLACES);
    score += DATELINE * found.dateline;
    score += NUMBERS * found.numbers.min(MAX_NUMBERS);
    score -= CONTRADICTING_PLACES * found.contradicting_places;
    score -= if found.contradicting_places >= 1.0 { OTHER_PLACE } else { 0.0 };
    score -= CONTRADICTING_TOPICS * found.contradicting_topics;
    score - UNMATCHED_TOPICS * found.unmatched_topics
}

/// The evidence of names in common, less what long lists of words share by chance.
#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn names(a: &EventFeatures, b: &EventFeatures) -> f64 {
    let evidence = shared_names::evidence(a, b);
    let further = (evidence - FULL_NAMES).clamp(0.0, MAX_FURTHER_NAMES);
    let excess = |features: &EventFeatures| features.names.len().max(FEW_NAMES) as f64 / FEW_NAMES as f64;
    evidence.min(FULL_NAMES) + FURTHER_NAMES * further - CHANCE * (excess(a) * excess(b)).ln()
}

#[cfg(test)]
mod tests;
