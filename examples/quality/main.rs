//! Prints what marsad reads in labelled cases, one JSON object a line: `quality SET CASES`, where SET is one of the
//! sets below and CASES a file of one JSON object a line.

use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

mod dates;
mod feeds;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [set, cases] = arguments.as_slice() else {
        eprintln!("usage: quality dates|feeds CASES");
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
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let row: Value = match serde_json::from_str(line) {
            Ok(row) => row,
            Err(error) => {
                eprintln!("{cases}: {error}");
                return ExitCode::FAILURE;
            }
        };
        let read = match set.as_str() {
            "dates" => dates::read(&row),
            "feeds" => feeds::read(&row, folder),
            other => {
                eprintln!("unknown set {other:?}");
                return ExitCode::from(2);
            }
        };
        println!("{read}");
    }
    ExitCode::SUCCESS
}
