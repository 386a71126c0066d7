//! Whether marsad links two reports in two languages.

use marsad::story::cross_language::{EventFeatures, LINK, cross_keys, cross_language};
use marsad::text::lang::Lang;
use serde_json::{Value, json};

use crate::duplicates;

/// Reads `a` and `b` in their languages.
pub fn read(row: &Value) -> Value {
    let features = |text: &str, lang: &str| {
        let (headline, body) = duplicates::parts(row[text].as_str().unwrap_or_default());
        let lang = Lang::parse(row[lang].as_str().unwrap_or_default()).ok();
        EventFeatures::of_parts(headline, body, lang.as_ref())
    };
    let (a, b) = (features("a", "lang_a"), features("b", "lang_b"));
    let likeness = cross_language(&a, &b);
    let keys = cross_keys(&a);
    let is_candidate = cross_keys(&b).iter().any(|key| keys.contains(key));
    let verdict = if likeness >= LINK { "same_story" } else { "different" };
    json!({ "id": row["id"], "verdict": verdict, "likeness": likeness, "is_candidate": is_candidate })
}
