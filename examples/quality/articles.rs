//! Pages of one article each.

use std::path::Path;
use std::time::Instant;

use marsad::parse::page::{Page, article};
use marsad::source::SourceKind;
use serde_json::{Value, json};

use crate::page;

/// What is read on the page of one row.
#[expect(clippy::disallowed_methods, reason = "measures real time")]
pub fn read(row: &Value, folder: &Path) -> Value {
    let document = match page::document(row, folder) {
        Ok(document) => document,
        Err(error) => return json!({ "file": row["file"], "error": error, "ms": 0 }),
    };
    let source = page::source(row, document.address.clone(), SourceKind::Article);
    let start = Instant::now();
    let article = Page::open(&document).and_then(|page| article::read(&page, &source, page::now()));
    let ms = start.elapsed().as_secs_f64() * 1000.0;
    match article {
        Ok(article) => json!({
            "file": row["file"],
            "title": article.title,
            "text": article.text,
            "date": article.day.map(|day| day.to_string()),
            "author": article.author,
            "agency": article.agency,
            "lang": article.lang.as_ref().map(|lang| lang.as_str()),
            "canonical": article.canonical.as_ref().map(|address| address.as_str()),
            "ms": ms,
        }),
        Err(error) => json!({ "file": row["file"], "error": error.to_string(), "ms": ms }),
    }
}
