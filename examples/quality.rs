//! Prints what marsad reads in labelled cases, one JSON object a line: `quality SET CASES`.
//!
//! The cases are JSON lines; files that a case names are looked for beside CASES. Nothing here judges: a scorer
//! compares what is printed with the labels.

use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

#[path = "quality/articles.rs"]
mod articles;
#[path = "quality/cross.rs"]
mod cross;
#[path = "quality/dates.rs"]
mod dates;
#[path = "quality/digests.rs"]
mod digests;
#[path = "quality/duplicates.rs"]
mod duplicates;
#[path = "quality/feeds.rs"]
mod feeds;
#[path = "quality/keywords.rs"]
mod keywords;
#[path = "quality/listings.rs"]
mod listings;
#[path = "quality/page.rs"]
mod page;

/// Reads one case; the path is the folder of the cases.
type Read = fn(&Value, &Path) -> Value;

/// The sets, by name.
const SETS: &[(&str, Read)] = &[
    ("match", keywords::read),
    ("feeds", feeds::read),
    ("readers", feeds::readers),
    ("dates", |row, _| dates::read(row)),
    ("articles", articles::read),
    ("listings", listings::read),
    ("digests", digests::read),
    ("cross", |row, _| cross::read(row)),
    ("duplicates", |row, _| duplicates::read(row)),
    ("duplicates_real", |row, _| duplicates::read(row)),
];

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
