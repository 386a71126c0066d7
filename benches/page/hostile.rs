//! Pages that are made to cost much, and what they cost.

use std::process::Command;

use marsad::source::SourceKind;

use crate::{cpu, memory, parsed};

/// A page by its name.
type Row = (&'static str, fn() -> String);

const ROWS: &[Row] = &[
    ("84 kB of unclosed formatting", || (0..5_000).map(|n| format!("<font a{n}=1><p>")).collect()),
    ("depth 100,000", || "<div>".repeat(100_000)),
    ("depth 500, often", || format!("{}{}", "<div>".repeat(500), "<p>x<span>y</span>".repeat(300_000))),
    ("unclosed bold", || "<b><p>".repeat(100_000)),
    ("100,000 attributes", || format!("<p{}>", attributes(100_000))),
    ("900 attributes, often", || format!("<p{}>", attributes(900)).repeat(1_700)),
    ("390,000 attributes", || format!("<p{}>", attributes(300)).repeat(1_300)),
    ("tables", || "<table>x".repeat(10_000)),
    ("text beside a table", || format!("<table>{}", "x<tr>".repeat(100_000))),
    ("108,000 nodes", || "<p>x".repeat(54_000)),
    ("8 MB of text", || "كلمة في نص طويل ".repeat(290_000)),
    ("links", || "<a href='/news/1234'>A headline that is long enough to be one</a> ".repeat(36_000)),
    ("links past the bound", || "<a href='/news/1234'>A headline that is long enough to be one</a> ".repeat(110_000)),
    ("cards", || {
        let card = |n| format!("<div class=c{n}><a href='/news/{n}'>Headline {n} of the many there are</a></div>");
        (0..36_000).map(card).collect()
    }),
    ("headings", || {
        let card =
            |n| format!("<h2 class='x{n} y'><a href='/news/{n}00'>Headline number {n} of too many</a></h2><p>{n}");
        (0..21_500).map(card).collect()
    }),
    ("JSON depth", || format!("<script type='application/ld+json'>{}</script>", "[".repeat(4 << 20))),
    ("separators", || "***<br>".repeat(54_000)),
    ("dates", || "<p>21 نوفمبر 2025 </p>".repeat(54_000)),
    ("dates past the bound", || "<p>21 نوفمبر 2025 </p>".repeat(130_000)),
];

const KINDS: [(&str, SourceKind); 3] = [
    ("article", SourceKind::Article),
    ("listing", SourceKind::Page(None)),
    ("bulletin", SourceKind::Bulletin { split: None }),
];

fn attributes(count: usize) -> String {
    (0..count).map(|n| format!(" a{n}=1")).collect()
}

/// Prints what each page costs, read in each way by a process of its own: no reading finds the memory of another.
pub fn all() {
    let Ok(this) = std::env::current_exe() else { return };
    for (name, _) in ROWS {
        for (kind, _) in KINDS {
            if let Err(error) = Command::new(&this).env("MARSAD_HOSTILE", format!("{name}/{kind}")).status() {
                println!("{name}, {kind}: {error}");
            }
        }
    }
}

/// Reads the page of one row, `name/kind`, and prints what that costs over what the page itself takes.
pub fn one(row: &str) {
    let chosen = row.split_once('/').and_then(|(name, kind)| {
        Some((ROWS.iter().find(|row| row.0 == name)?, KINDS.iter().find(|known| known.0 == kind)?))
    });
    let Some(((name, page), (word, kind))) = chosen else { return println!("no row {row:?}") };
    let page = page();
    memory::forget_peak();
    let (before, mut ended) = (memory::peak_kib(), String::new());
    let took = cpu::best(1, || {
        ended = parsed(&page, kind.clone())
            .map_or_else(|error| error.to_string(), |parsed| format!("{} items", parsed.items.len()));
    });
    let grown = memory::peak_kib().saturating_sub(before) >> 10;
    println!("{name:>30}, {word:>8}: {:>8} bytes, {took:>9.1?}, {grown:>4} MiB: {ended}", page.len());
}
