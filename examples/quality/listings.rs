//! Pages that list items, read without selectors.

use std::path::Path;

use marsad::address::Address;
use marsad::parse;
use marsad::source::SourceKind;
use serde_json::{Value, json};

use crate::page;

/// What is read on the page of one row.
pub fn read(row: &Value, folder: &Path) -> Value {
    let parsed = page::document(row, folder).and_then(|document| {
        let source = page::source(row, document.address.clone(), SourceKind::Page(None));
        parse::read(&document, &source, page::now()).map_err(|error| error.to_string())
    });
    match parsed {
        Ok(parsed) => {
            let items = parsed.items.iter().map(|item| {
                json!({
                    "title": item.title,
                    "link": item.address.as_ref().map(Address::as_str),
                    "summary": item.summary,
                    "date": page::day(item.published.as_ref()),
                })
            });
            json!({ "file": row["file"], "items": items.collect::<Vec<_>>(), "shape": parsed.layout.and_then(|layout| layout.stored()) })
        }
        Err(error) => json!({ "file": row["file"], "error": error }),
    }
}
