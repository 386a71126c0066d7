//! What the store remembers of items at hand.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::SqliteConnection;

use super::Db;
use crate::clock::later;
use crate::date::Moment;
use crate::dedupe::volatile::differences;
use crate::dedupe::{Here, KeyKind, Remembered, Seen};
use crate::item::Item;
use crate::source::SourceId;
use crate::store::{Probe, StoreError};
use crate::story::containment::containment;
use crate::text::fold;
use crate::text::lang::is_function_word;

/// How long an equal text elsewhere is the same text: a yearly greeting is news again.
const TEXT_MEMORY: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) const BY_KEYS: &str = "
    select j.value ->> 'probe', k.kind, i.number, i.source_id = ?2, i.content_hash, s.content_hash
    from json_each(?1) j
    join item_key k on k.key = unhex(j.value ->> 'key')
    join item i on i.number = k.item
    left join sighting s on s.item = i.number and s.source_id = ?2
    where k.kind not in ('text', 'body') or i.first_seen_at >= ?3";

pub(super) const SAID: &str = "select cast(said as blob) from item where number = ?1";

type Row = (i64, String, i64, bool, Vec<u8>, Option<Vec<u8>>);

impl Db {
    /// What shares a key with each of `probes`, which `source` brings.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn seen(&self, source: &SourceId, probes: &[Probe], at: Timestamp) -> Result<Vec<Vec<Seen>>, StoreError> {
        let mut connection = self.reads.acquire().await?;
        seen(&mut connection, source, probes.iter().collect(), at).await
    }
}

/// As [`Db::seen`], within a transaction.
pub(super) async fn seen(
    connection: &mut SqliteConnection,
    source: &SourceId,
    probes: Vec<&Probe>,
    at: Timestamp,
) -> Result<Vec<Vec<Seen>>, StoreError> {
    let keys: Vec<_> = probes
        .iter()
        .enumerate()
        .flat_map(|(n, probe)| probe.keys.iter().map(move |key| json!({ "probe": n, "key": hex(&key.digest) })))
        .collect();
    let oldest = later(at, -TEXT_MEMORY).as_microsecond();
    let rows: Vec<Row> = sqlx::query_as(BY_KEYS)
        .bind(serde_json::Value::from(keys).to_string())
        .bind(source.as_str())
        .bind(oldest)
        .fetch_all(&mut *connection)
        .await?;
    let mut found = vec![Vec::new(); probes.len()];
    let mut texts = HashMap::new();
    for row in rows {
        let n = usize::try_from(row.0).unwrap_or_default();
        if let Some(probe) = probes.get(n) {
            let seen = read(connection, probe, &row, &mut texts).await?;
            seen.into_iter().for_each(|seen| merge(&mut found[n], seen));
        }
    }
    for (seen, probe) in found.iter_mut().zip(&probes) {
        forget_notices(seen, &texts, &probe.item);
        remember(connection, seen, &mut texts).await?;
    }
    Ok(found)
}

/// Where the store has the newest of the items that are met again without their address.
async fn remember(
    connection: &mut SqliteConnection,
    seen: &mut [Seen],
    texts: &mut HashMap<i64, Option<Item>>,
) -> Result<(), StoreError> {
    if seen.iter().any(|seen| seen.by == KeyKind::Address) {
        return Ok(());
    }
    let again = |seen: &&mut Seen| seen.here != Here::Never && !seen.other_day;
    let Some(newest) = seen.iter_mut().filter(again).max_by_key(|seen| seen.item) else { return Ok(()) };
    newest.remembered = stored(connection, newest.item, texts).await?.map(remembered);
    Ok(())
}

async fn stored<'t>(
    connection: &mut SqliteConnection,
    item: i64,
    texts: &'t mut HashMap<i64, Option<Item>>,
) -> Result<Option<&'t Item>, StoreError> {
    let text = match texts.entry(item) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unread) => unread.insert(said(connection, item).await?),
    };
    Ok(text.as_ref())
}

fn remembered(stored: &Item) -> Remembered {
    Remembered { address: stored.address.clone(), guid: stored.guid.clone() }
}

/// None where the row cannot be read: it is passed over, and the item at hand counts as new where nothing else knows it.
async fn read(
    connection: &mut SqliteConnection,
    probe: &Probe,
    (_, kind, item, own, hash, said_here): &Row,
    texts: &mut HashMap<i64, Option<Item>>,
) -> Result<Option<Seen>, StoreError> {
    let ours = probe.hash.digest().as_slice();
    let same_hash = hash == ours;
    let here = match said_here {
        None => Here::Never,
        Some(said) if said == probe.said.digest().as_slice() => Here::Same,
        Some(_) => Here::Other,
    };
    let Some(kind) = KeyKind::from_word(kind) else { return Ok(None) };
    let mut seen = Seen {
        item: *item,
        by: kind,
        own: *own,
        here,
        same_hash,
        containment: 1.0,
        other_day: false,
        differs: Vec::new(),
        remembered: None,
    };
    // The stored text is read only where it decides: most of what a visit brings is known word for word.
    let by_title = matches!(kind, KeyKind::Title | KeyKind::Place);
    let decides = !(same_hash || here == Here::Same);
    if by_title || decides {
        let Some(stored) = stored(connection, *item, texts).await? else { return Ok((!decides).then_some(seen)) };
        seen.containment = match kind {
            _ if same_hash => 1.0,
            KeyKind::Body => f64::from(u8::from(belongs(stored, &probe.item))),
            _ => likeness(stored, &probe.item),
        };
        seen.other_day = other_day(stored, &probe.item);
        if kind == KeyKind::Place {
            seen.differs = differences(&remembered(stored), &probe.item).unwrap_or_else(|| vec![String::new()]);
        }
    }
    Ok(Some(seen))
}

/// What the stored item of this row says; none where it is gone or cannot be read.
pub(super) async fn said(connection: &mut SqliteConnection, item: i64) -> Result<Option<Item>, StoreError> {
    // As bytes: a text that is not UTF-8 is this row's trouble, and no error of the statement.
    let said: Option<Vec<u8>> = sqlx::query_scalar(SAID).bind(item).fetch_optional(connection).await?;
    let read = |said: Vec<u8>| serde_json::from_slice(&said);
    Ok(said.and_then(|said| match read(said) {
        Ok(item) => Some(item),
        Err(error) => {
            tracing::error!(%error, item.row = item, "a stored item cannot be read and is passed over");
            None
        }
    }))
}

/// The containment of the bodies, of the titles where there is no body, whichever says more for the same item.
fn likeness(stored: &Item, item: &Item) -> f64 {
    let titles = containment(&stored.title, &item.title);
    if stored.body().is_empty() || item.body().is_empty() {
        return titles;
    }
    containment(stored.body(), item.body())
}

/// The fewest words of a text that is no site's notice, whatever the headlines over it. Chosen by hand: notices about
/// subscriptions and cookies have some forty words at most.
const ARTICLE_WORDS: usize = 50;

/// Whether the text that two headlines share is theirs, and not what a site writes under every headline: it is as long
/// as an article, the new headline has a word of it, or half of its words, two at least, are the old one's.
fn belongs(stored: &Item, item: &Item) -> bool {
    /// Shorter words stand everywhere, in letters. Chosen by hand.
    const LONG: usize = 4;
    let (before, now) = (fold::key(&stored.title), fold::key(&item.title));
    let text = fold::key(item.body());
    let bare = |word| str::strip_prefix(word, "ال").unwrap_or(word);
    let words: Vec<&str> = now.split(' ').map(bare).filter(|word| word.chars().count() >= LONG).collect();
    let kept = words.iter().filter(|word| before.contains(**word)).count();
    let stands = |word: &String| text.split(' ').any(|of_text| bare(of_text) == word);
    words.iter().any(|word| text.contains(word))
        || kept > 1 && kept * 2 >= words.len()
        || short_names(item).iter().any(stands)
        || text.split(' ').count() >= ARTICLE_WORDS
}

/// The words of three letters in a headline that name something: abbreviations in capitals, and words of other scripts
/// (غزة) that are no function words.
fn short_names(item: &Item) -> Vec<String> {
    let is_name = |word: &&str| {
        let abbreviates = word.chars().all(|c| c.is_ascii_uppercase());
        let lang = item.lang.as_ref();
        let function = lang.is_some_and(|lang| is_function_word(&word.to_lowercase(), lang));
        word.chars().count() == 3 && (abbreviates || !word.is_ascii()) && !function
    };
    let words = item.title.split(|c: char| !c.is_alphanumeric());
    words.filter(is_name).map(fold::key).collect()
}

/// A text that several stored items have is no identity by its length: the site writes it under every headline.
fn forget_notices(seen: &mut [Seen], texts: &HashMap<i64, Option<Item>>, item: &Item) {
    let bodies: Vec<i64> = seen.iter().filter(|seen| seen.by == KeyKind::Body).map(|seen| seen.item).collect();
    let title = |number: &i64| Some(fold::key(&texts.get(number)?.as_ref()?.title));
    let titles: HashSet<String> = bodies.iter().filter_map(title).filter(|of| *of != fold::key(&item.title)).collect();
    if titles.len() > 1 {
        seen.iter_mut()
            .filter(|seen| seen.by == KeyKind::Body && !seen.same_hash)
            .for_each(|seen| seen.containment = 0.0);
    }
}

fn other_day(stored: &Item, item: &Item) -> bool {
    let day = |item: &Item| match item.published.as_ref()?.at {
        Moment::Day(day) => Some(day),
        Moment::Instant(at) => Some(at.to_zoned(jiff::tz::TimeZone::UTC).date()),
    };
    matches!((day(stored), day(item)), (Some(a), Some(b)) if a != b)
}

/// One `Seen` per item and key: a source may have several sightings of one item.
fn merge(found: &mut Vec<Seen>, seen: Seen) {
    match found.iter_mut().find(|known| known.item == seen.item && known.by == seen.by) {
        Some(known) if seen.here == Here::Same => *known = seen,
        Some(_) => {}
        None => found.push(seen),
    }
}

/// Bytes as SQLite's `unhex()` reads them.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}
