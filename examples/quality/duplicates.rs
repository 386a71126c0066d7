//! What marsad says of two texts: whether the second is a copy of the first, tells the same story, or is another text.

use marsad::story::relation::{Relation, compare};
use marsad::story::text_profile::TextProfile;
use serde_json::{Value, json};

/// The longest first line that is a headline, in words.
const HEADLINE: usize = 30;

/// Reads `a`, which came first, and `b`.
pub fn read(row: &Value) -> Value {
    let text = |key: &str| profile(row[key].as_str().unwrap_or_default());
    let verdict = match compare(&text("a"), &text("b")).relation {
        Relation::SameText => "same_text",
        Relation::SameStory => "same_story",
        Relation::Different => "different",
    };
    json!({ "id": row["id"], "verdict": verdict })
}

pub fn profile(text: &str) -> TextProfile {
    let (headline, body) = parts(text);
    TextProfile::of_parts(headline, body)
}

/// The headline and the body: the first line is the headline if it is short and a text follows.
pub fn parts(text: &str) -> (&str, &str) {
    match text.split_once('\n') {
        Some((headline, body)) if words(headline) <= HEADLINE && words(body) >= 8 => (headline, body),
        _ => ("", text),
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
