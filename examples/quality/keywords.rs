//! Whether and where a watch finds its keyword.

use std::path::Path;

use marsad::alert::WatchId;
use marsad::source::SourceId;
use marsad::text::lang::{self, Lang};
use marsad::watch::{Watch, WatchInput, Watches};
use serde_json::{Value, json};

/// The words of a row's key; empty where it has none.
fn string<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// Whether a watch for `keyword` finds itself in `text`, and where.
pub fn read(row: &Value, _: &Path) -> Value {
    let watch = Watch { any: vec![string(row, "keyword").to_owned()], ..Watch::named(WatchId::new("case")) };
    let text = string(row, "text");
    let declared = Lang::parse(string(row, "lang")).ok();
    let lang = lang::of_item("", text, declared.as_ref(), None);
    let source = SourceId::new("case");
    let reading = WatchInput { title: "", summary: "", text, lang: lang.as_ref(), source: &source, tags: &[] };
    let hits = Watches::compile(&[watch], &[]).map(|(watches, _)| watches.evaluate(&reading)).unwrap_or_default();
    let spans: Vec<Value> = hits
        .iter()
        .flat_map(|hit| &hit.matches)
        .map(|m| json!({ "start": m.start, "end": m.end, "text": m.text, "how": m.how }))
        .collect();
    json!({ "id": row["id"], "matched": !hits.is_empty(), "spans": spans })
}
