//! From a page to its items: how long an article and a listing take, and what the worst pages cost.
//!
//! `cargo bench --bench page`. Before the measured pages stand the hostile ones, each with its time and its memory.

use divan::Bencher;
use divan::counter::BytesCount;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use marsad::address::Address;
use marsad::parse::{Document, ParseError, Parsed, read};
use marsad::source::{Every, FirstVisit, Follow, Source, SourceId, SourceKind};

use themes::THEMES;

#[path = "../feed/cpu.rs"]
mod cpu;
mod memory;
mod themes;

fn main() {
    hostile();
    divan::main();
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

/// Prints what the pages cost that are made to cost much.
fn hostile() {
    let times = |text: &str, n: usize| text.repeat(n);
    let pages = [
        ("84 kB of unclosed formatting", (0..5_000).map(|n| format!("<font a{n}=1><p>")).collect()),
        ("depth 100,000", times("<div>", 100_000)),
        ("depth 500, often", format!("{}{}", times("<div>", 500), times("<p>x<span>y</span>", 300_000))),
        ("unclosed bold", times("<b><p>", 100_000)),
        ("100,000 attributes", format!("<p{}>", (0..100_000).map(|n| format!(" a{n}=1")).collect::<String>())),
        (
            "900 attributes, often",
            times(&format!("<p{}>", (0..900).map(|n| format!(" a{n}")).collect::<String>()), 1_700),
        ),
        ("tables", times("<table>x", 10_000)),
        ("text beside a table", format!("<table>{}", times("x<tr>", 100_000))),
        ("128,000 nodes", times("<p>x", 64_000)),
        ("8 MB of text", times("كلمة في نص طويل ", 290_000)),
        ("links", times("<a href='/news/1234'>A headline that is long enough to be one</a> ", 110_000)),
        (
            "cards",
            (0..40_000)
                .map(|n| format!("<div class=c{n}><a href='/news/{n}'>Headline {n} of the many there are</a></div>"))
                .collect(),
        ),
        (
            "headings",
            (0..40_000)
                .map(|n| {
                    format!("<h2 class='x{n} y'><a href='/news/{n}00'>Headline number {n} of too many</a></h2><p>{n}")
                })
                .collect(),
        ),
        ("JSON depth", format!("<script type='application/ld+json'>{}</script>", times("[", 4 << 20))),
        ("separators", times("***<br>", 63_000)),
        ("dates", times("<p>21 نوفمبر 2025 </p>", 130_000)),
    ];
    for (name, page) in &pages {
        for (kind, name_of_kind) in [
            (SourceKind::Article, "article"),
            (SourceKind::Page(None), "listing"),
            (SourceKind::Bulletin { split: None }, "bulletin"),
        ] {
            memory::forget_peak();
            let before = memory::peak_kib();
            let mut ended = String::new();
            let took = cpu::best(1, || {
                ended = parsed(page, kind.clone())
                    .map_or_else(|error| error.to_string(), |parsed| format!("{} items", parsed.items.len()))
            });
            let grown = memory::peak_kib().saturating_sub(before);
            println!(
                "{name:>30}, {name_of_kind:>8}: {:>8} bytes, {took:>9.1?}, {:>4} MiB: {ended}",
                page.len(),
                grown >> 10
            );
        }
    }
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
    read(&document, &source(address, kind), now)
}

fn source(address: Address, kind: SourceKind) -> Source {
    Source {
        id: SourceId::new("bench"),
        kind,
        address,
        every: Every::Pause(SignedDuration::from_mins(10)),
        min_every: SignedDuration::from_mins(1),
        max_every: SignedDuration::from_hours(6),
        lang: None,
        tags: Vec::new(),
        follow: Follow::Auto,
        first_visit: FirstVisit::Quiet,
        timezone: TimeZone::UTC,
        encoding: None,
        headers: Vec::new(),
        max_items: 500,
        enabled: true,
        allow_networks: Vec::new(),
    }
}
