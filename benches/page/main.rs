//! From a page to its items: how long an article and a listing take, and what the worst pages cost.
//!
//! `cargo bench --bench page`. Before the measured pages stand the hostile ones, each with its time and its memory in a
//! process of its own.

use divan::Bencher;
use divan::counter::BytesCount;
use jiff::Timestamp;
use marsad::address::Address;
use marsad::parse::{Document, ParseError, Parsed, read};
use marsad::source::{Source, SourceKind};

use themes::THEMES;

#[path = "../feed/cpu.rs"]
mod cpu;
mod hostile;
mod memory;
mod themes;

fn main() {
    match std::env::var("MARSAD_HOSTILE") {
        Ok(row) => hostile::one(&row),
        Err(_) => {
            hostile::all();
            divan::main();
        }
    }
}

/// The shapes that are measured: each theme in each language.
const SHAPES: [(usize, bool); 6] = [(0, true), (0, false), (1, true), (1, false), (2, true), (2, false)];

#[divan::bench(args = SHAPES.map(|(theme, arabic)| format!("{} {}", THEMES[theme].name, if arabic { "ar" } else { "en" })))]
fn article(bencher: Bencher<'_, '_>, shape: &str) {
    let page = shaped(shape, |theme, arabic| THEMES[theme].article(arabic));
    bencher.counter(BytesCount::of_str(&page)).bench_local(|| parsed(&page, SourceKind::Article));
}

#[divan::bench(args = SHAPES.map(|(theme, arabic)| format!("{} {}", THEMES[theme].name, if arabic { "ar" } else { "en" })))]
fn listing(bencher: Bencher<'_, '_>, shape: &str) {
    let page = shaped(shape, |theme, arabic| THEMES[theme].listing(30, arabic));
    bencher.counter(BytesCount::of_str(&page)).bench_local(|| parsed(&page, SourceKind::Page(None)));
}

fn shaped(shape: &str, make: impl Fn(usize, bool) -> String) -> String {
    let theme = THEMES.iter().position(|theme| shape.starts_with(theme.name)).unwrap_or_default();
    make(theme, shape.ends_with("ar"))
}

fn parsed(page: &str, kind: SourceKind) -> Result<Parsed, ParseError> {
    let unread = || ParseError::NotAFeed { found: "no address" };
    let address = Address::parse("https://news.example.org/ar/").map_err(|_| unread())?;
    let document = Document {
        address: address.clone(),
        media_type: "text/html".to_owned(),
        text: page.to_owned(),
        encoding: "UTF-8",
        replaced: 0,
    };
    let now = Timestamp::from_second(1_770_000_000).map_err(|_| unread())?;
    read(&document, &Source::at(kind, address), now)
}
