//! How long it takes to find the text that an item copies and the reports in other languages, and how large the index is,
//! at 10,000 and more stored texts.
//!
//! `cargo bench --bench story`. `MARSAD_STORY_TEXTS=1000000` sets the number of stored texts, and
//! `MARSAD_STORY_FOLDER=/tmp/stories` names a folder that keeps them for the next run. Texts are made here from
//! a fixed seed: words that are as unequally frequent as those of news, names, topics and places in three languages, and
//! every fifth text by one of 50 templates. Half of the judged items are edited copies of stored ones.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use marsad::address::Address;
use marsad::clock::{Clock, later};
use marsad::item::{Item, hex};
use marsad::store::Store;
use marsad::story::cross_language::{EventFeatures, cross_keys};
use marsad::story::relation::Relation;
use marsad::story::text_profile::TextProfile;
use marsad::text::lang::Lang;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How many items are judged at each size.
const JUDGED: usize = 400;

/// How many texts one statement stores.
const BATCH: usize = 500;

/// The stored texts came within this time before the judged ones.
const SPAN: SignedDuration = SignedDuration::from_hours(29 * 24);

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sizes = match std::env::var("MARSAD_STORY_TEXTS") {
        Ok(size) => vec![size.parse()?],
        Err(_) => vec![10_000, 100_000],
    };
    sizes.into_iter().try_for_each(|size| runtime.block_on(measure(size)))
}

async fn measure(size: usize) -> Outcome<()> {
    let temporary = tempfile::tempdir()?;
    let kept = std::env::var_os("MARSAD_STORY_FOLDER").map(|folder| Path::new(&folder).join(size.to_string()));
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let now = Timestamp::from_second(1_800_000_000)?;
    let path = folder.join("marsad.db");
    if !path.exists() {
        std::fs::create_dir_all(folder)?;
        Store::open(folder).await?;
        fill(&path, size, now).await?;
    }
    let index = index_size(&path, size).await?;
    let store = Store::open_shared(folder).await?;
    let clock = Clock::system();
    let (mut times, mut elsewhere, mut found, mut linked) = (Vec::new(), Vec::new(), 0, 0);
    for n in 0..JUDGED {
        // Every second one is an edited copy of a stored text.
        let item = if n.is_multiple_of(2) { copy(&text(n * size / JUDGED), n) } else { text(size + n) };
        let watch = clock.stopwatch();
        let related = store.related(&item, now).await?;
        times.push(watch.elapsed());
        found += usize::from(related.is_some_and(|text| text.comparison.relation == Relation::SameText));
        let watch = clock.stopwatch();
        linked += store.links(&item, now).await?;
        elsewhere.push(watch.elapsed());
    }
    println!("{size:>9} texts: {index:.0} bytes of index an item, {found} of {} copies found", JUDGED / 2);
    println!("{:>16} copies and stories: {}", "", quantiles(times));
    println!("{:>16} other languages: {}, {linked} links", "", quantiles(elsewhere));
    Ok(())
}

fn quantiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or(Duration::MAX);
    format!("median {:.2?}, 99 % within {:.2?}", at(50), at(99))
}

/// The bytes of the text index for each stored text.
async fn index_size(path: &Path, size: usize) -> Outcome<f64> {
    const BYTES: &str = "select sum(pgsize) from dbstat where name = 'text_index'";
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await?;
    let bytes: i64 = sqlx::query_scalar(BYTES).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(bytes as f64 / size as f64)
}

/// Stores so many texts as a visit would.
async fn fill(path: &Path, size: usize, now: Timestamp) -> Outcome<()> {
    const ITEMS: &str = "
        insert into item (number, id, source_id, content_hash, hash_version, first_seen_at, content)
        select j.value ->> 'number', 'item-' || (j.value ->> 'number'), 'wire', unhex(j.value ->> 'hash'), 1,
               j.value ->> 'at', j.value -> 'content' from json_each(?1) j";
    const STORIES: &str = "
        insert into item_story (item, story, relation, placed_at, indexed_at, lang)
        select j.value ->> 'number', j.value ->> 'number', 'first', j.value ->> 'at', j.value ->> 'at',
               j.value -> 'content' ->> 'lang'
        from json_each(?1) j";
    const INDEX: &str = "
        insert or ignore into text_index (week, key, item)
        select j.value ->> 'week', k.value, j.value ->> 'number' from json_each(?1) j, json_each(j.value -> 'keys') k";
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await?;
    sqlx::query("pragma synchronous = off").execute(&mut connection).await?;
    for first in (0..size).step_by(BATCH) {
        let rows: Vec<_> = (first..size.min(first + BATCH)).map(|n| row(n, size, now)).collect();
        let rows = serde_json::to_string(&rows)?;
        for statement in [ITEMS, STORIES, INDEX] {
            sqlx::query(statement).bind(&rows).execute(&mut connection).await?;
        }
    }
    connection.close().await?;
    Ok(())
}

fn row(n: usize, size: usize, now: Timestamp) -> serde_json::Value {
    let item = text(n);
    let profile = TextProfile::of(&item);
    let age = SPAN * i32::try_from((size - n) * 1_000 / size).unwrap_or(0) / 1_000;
    let at = later(now, -age);
    let signed = |key: u32| i32::from_ne_bytes(key.to_ne_bytes());
    let keys = profile.copy_keys().into_iter().chain(profile.story_keys());
    let keys: Vec<i32> = keys.chain(cross_keys(&EventFeatures::of(&item))).map(signed).collect();
    let hash = hex(&blake3::hash(n.to_string().as_bytes()).as_bytes()[..16]);
    let week = at.as_second().div_euclid(7 * 24 * 3600);
    json!({ "number": n + 1, "hash": hash, "at": at.as_microsecond(), "week": week, "keys": keys, "content": item })
}

/// Numbers that are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }

    /// One of `sides`, the first ones far more often.
    fn rank(&mut self, sides: usize) -> usize {
        let (a, b) = (self.roll(sides), self.roll(sides) + 1);
        a * b / sides * (self.roll(sides) + 1) / sides
    }
}

/// The word of this rank, always the same letters.
fn word(rank: usize, capital: bool) -> String {
    let mut dice = Dice(rank as u64 * 2 + u64::from(capital) + 99);
    dice.roll(7);
    let mut word: String =
        (0..3 + dice.roll(2)).map(|_| ["ba", "ri", "to", "men", "da", "su", "ke"][dice.roll(7)]).collect();
    if capital {
        word = word[..1].to_uppercase() + &word[1..];
    }
    word
}

/// Topics and places in a language.
type Event = (&'static str, [&'static str; 4], [&'static str; 4]);

/// The same ones in three languages.
const EVENTS: [Event; 3] = [
    ("en", ["missile", "sanctions", "embassy", "contract"], ["Egypt", "Kuwait", "Lebanon", "Libya"]),
    ("fr", ["missile", "sanctions", "ambassade", "contrat"], ["Egypte", "Koweit", "Liban", "Libye"]),
    ("tr", ["füze", "yaptırım", "konsolosluk", "sözleşme"], ["Mısır", "Kuveyt", "Lübnan", "Libya"]),
];

/// The text of this number: 120 to 320 words, names among them.
fn text(n: usize) -> Item {
    let mut dice = Dice(n as u64 + 1);
    dice.roll(3);
    // A template gives the frame and leaves every fourth word to the text.
    let mut template = n.is_multiple_of(5).then(|| Dice((n / 5 % 50) as u64 + 1_000_000_007));
    let words = 120 + dice.roll(200);
    let mut all = Vec::with_capacity(words);
    for at in 0..words {
        let dice = if at % 4 == 0 { &mut dice } else { template.as_mut().unwrap_or(&mut dice) };
        let is_name = dice.roll(9) == 0;
        all.push(if is_name { word(dice.rank(40_000), true) } else { word(dice.rank(20_000), false) });
        if at % 17 == 16 {
            all.push(format!("{}.", 2 + dice.roll(900)));
        }
    }
    let address = Address::parse(&format!("https://wire.example.org/{n}")).ok();
    let (lang, topics, places) = EVENTS[n % EVENTS.len()];
    let event = format!("{} {} {}", topics[dice.roll(4)], topics[dice.roll(4)], places[dice.roll(4)]);
    let title = format!("{} {event}", all[..8].join(" "));
    Item { address, title, text: all.join(" "), lang: Lang::parse(lang).ok(), ..Item::default() }
}

/// An edited copy: another headline, a dateline, a note at the end, and for every second one only the beginning.
fn copy(item: &Item, n: usize) -> Item {
    let words: Vec<&str> = item.text.split(' ').collect();
    let kept = if n.is_multiple_of(4) { words.len() } else { words.len() / 2 };
    let text = format!("JEDDAH (Wire) - {} Read also other news.", words[..kept].join(" "));
    Item {
        title: words[4..10].join(" "),
        text,
        address: Address::parse(&format!("https://copy.example.org/{n}")).ok(),
        ..item.clone()
    }
}
