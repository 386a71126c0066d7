//! Prints what marsad reads in labelled cases, one JSON object a line: `quality SET CASES`.
//!
//! The cases are JSON lines; files that a case names are looked for beside CASES. Nothing here judges: a scorer
//! compares what is printed with the labels.

use std::path::Path;
use std::process::ExitCode;

use marsad::alert::WatchId;
use marsad::source::SourceId;
use marsad::text::lang::{Lang, detect};
use marsad::watch::{OncePer, Reading, Revisions, Watch, Watches};
use serde_json::{Value, json};

/// Reads one case; the path is the folder of the cases.
type Read = fn(&Value, &Path) -> Value;

/// The sets, by name.
const SETS: &[(&str, Read)] = &[("match", matches)];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [set, cases] = arguments.as_slice() else {
        eprintln!("usage: quality SET CASES");
        return ExitCode::from(2);
    };
    let Some((_, read)) = SETS.iter().find(|(name, _)| name == set) else {
        eprintln!("unknown set {set}; the sets are {}", SETS.iter().map(|s| s.0).collect::<Vec<_>>().join(", "));
        return ExitCode::from(2);
    };
    let text = match std::fs::read_to_string(cases) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{cases}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let folder = Path::new(cases).parent().unwrap_or(Path::new("."));
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(row) => println!("{}", read(&row, folder)),
            Err(error) => eprintln!("a case that is no JSON: {error}"),
        }
    }
    ExitCode::SUCCESS
}

/// The words of a row's key; empty where it has none.
fn string<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// Whether a watch for `keyword` finds itself in `text`, and where.
fn matches(row: &Value, _: &Path) -> Value {
    let watch = Watch {
        id: WatchId::new("case"),
        any: vec![string(row, "keyword").to_owned()],
        all: Vec::new(),
        none: Vec::new(),
        query: None,
        lang: Vec::new(),
        sources: Vec::new(),
        fields: Vec::new(),
        once_per: OncePer::Text,
        revisions: Revisions::Never,
        urgent: false,
        alert: Vec::new(),
    };
    let text = string(row, "text");
    let declared = Lang::parse(string(row, "lang")).ok();
    let lang = detect(text, declared.as_ref());
    let source = SourceId::new("case");
    let reading = Reading { title: "", summary: "", text, lang: lang.as_ref(), source: &source, tags: &[] };
    let hits = Watches::compile(&[watch], &[]).map(|(watches, _)| watches.evaluate(&reading)).unwrap_or_default();
    let spans: Vec<Value> = hits
        .iter()
        .flat_map(|hit| &hit.matches)
        .map(|m| json!({ "start": m.start, "end": m.end, "text": m.text, "how": m.how }))
        .collect();
    json!({ "id": row["id"], "matched": !hits.is_empty(), "spans": spans })
}
