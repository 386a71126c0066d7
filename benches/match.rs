//! How fast a text is searched, and what it costs to get ready, at 10 to 100,000 watched terms.
//!
//! `cargo bench --bench match`. Texts and terms are made here from a fixed seed: words of Arabic and Latin letters in
//! the lengths of news, a tenth of them with a proclitic, one word in a thousand a watched term.

use divan::counter::BytesCount;
use marsad::alert::WatchId;
use marsad::source::SourceId;
use marsad::text::lang::Lang;
use marsad::watch::{Watch, WatchInput, Watches};

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

const COUNTS: &[usize] = &[10, 1_000, 10_000, 100_000];

fn main() {
    divan::main();
}

/// Numbers that are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}

fn word(dice: &mut Dice) -> String {
    let letters: Vec<char> =
        if dice.roll(5) == 0 { "abcdefghiklmnoprstu" } else { "ابتثجحدرسشصطعغفقكلمنهوي" }.chars().collect();
    (0..4 + dice.roll(4)).map(|_| letters[dice.roll(letters.len())]).collect()
}

/// One watch for each hundred terms, of one to three words.
fn watches(terms: usize) -> Vec<Watch> {
    let mut dice = Dice(7);
    let all: Vec<String> =
        (0..terms).map(|_| (0..=dice.roll(3)).map(|_| word(&mut dice)).collect::<Vec<_>>().join(" ")).collect();
    let watch =
        |(i, any): (usize, &[String])| Watch { any: any.to_vec(), ..Watch::named(WatchId::new(format!("w{i}"))) };
    all.chunks(100).enumerate().map(watch).collect()
}

/// A text of a megabyte in which some of the terms stand.
fn text(watches: &[Watch]) -> String {
    let mut dice = Dice(11);
    let mut text = String::new();
    while text.len() < 1 << 20 {
        if dice.roll(10) == 0 {
            text.push_str(["و", "ب", "ال", "وال", "لل"][dice.roll(5)]);
        }
        match dice.roll(1000) {
            0 => text.push_str(&watches[dice.roll(watches.len())].any[0]),
            _ => text.push_str(&word(&mut dice)),
        }
        text.push_str(if dice.roll(12) == 0 { "، " } else { " " });
    }
    text
}

fn compiled(watches: &[Watch]) -> Watches {
    Watches::compile(watches, &[]).map(|(compiled, _)| compiled).unwrap_or_default()
}

#[divan::bench(args = COUNTS, sample_count = 20)]
fn search(bencher: divan::Bencher<'_, '_>, terms: usize) {
    let watches = watches(terms);
    let (text, compiled) = (text(&watches), compiled(&watches));
    let (source, lang) = (SourceId::new("bench"), Lang::parse("ar").ok());
    let reading = WatchInput { title: "", summary: "", text: &text, lang: lang.as_ref(), source: &source, tags: &[] };
    bencher.counter(BytesCount::new(text.len())).bench_local(|| compiled.evaluate(&reading).len());
}

#[divan::bench(args = COUNTS, sample_count = 5)]
fn build(bencher: divan::Bencher<'_, '_>, terms: usize) {
    let watches = watches(terms);
    bencher.bench_local(|| compiled(&watches));
}
