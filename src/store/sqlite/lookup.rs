//! What the store remembers of items at hand.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::SqliteConnection;

use super::Db;
use crate::clock::later;
use crate::date::Moment;
use crate::dedupe::{Here, KeyKind, Seen};
use crate::item::Item;
use crate::source::SourceId;
use crate::store::{Probe, StoreError};
use crate::story::containment::containment;

/// How long an equal text elsewhere is the same text: a yearly greeting is news again.
const TEXT_MEMORY: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) const BY_KEYS: &str = "
    select j.value ->> 'probe', k.kind, i.number, i.source_id = ?2, i.content_hash, s.content_hash
    from json_each(?1) j
    join item_key k on k.key = unhex(j.value ->> 'key')
    join item i on i.number = k.item
    left join sighting s on s.item = i.number and s.source_id = ?2
    where k.kind <> 'text' or i.first_seen_at >= ?3";

pub(super) const SAID: &str = "select said from item where number = ?1";

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
            merge(&mut found[n], seen);
        }
    }
    Ok(found)
}

async fn read(
    connection: &mut SqliteConnection,
    probe: &Probe,
    (_, kind, item, own, hash, said_here): &Row,
    texts: &mut HashMap<i64, Item>,
) -> Result<Seen, StoreError> {
    let ours = probe.hash.digest().as_slice();
    let same_hash = hash == ours;
    let here = match said_here {
        None => Here::Never,
        Some(said) if said == probe.said.digest().as_slice() => Here::Same,
        Some(_) => Here::Other,
    };
    let kind = KeyKind::from_word(kind).ok_or_else(|| StoreError::unreadable("a key", kind))?;
    let mut seen = Seen { item: *item, by: kind, own: *own, here, same_hash, containment: 1.0, other_day: false };
    // The stored text is read only where it decides: most of what a visit brings is known word for word.
    if kind == KeyKind::Title || !(same_hash || here == Here::Same) {
        if !texts.contains_key(item) {
            texts.insert(*item, said(connection, *item).await?);
        }
        if let Some(stored) = texts.get(item) {
            seen.containment = if same_hash { 1.0 } else { likeness(stored, &probe.item) };
            seen.other_day = other_day(stored, &probe.item);
        }
    }
    Ok(seen)
}

/// What the stored item of this row says.
pub(super) async fn said(connection: &mut SqliteConnection, item: i64) -> Result<Item, StoreError> {
    let said: String = sqlx::query_scalar(SAID).bind(item).fetch_one(connection).await?;
    serde_json::from_str(&said).map_err(|error| StoreError::unreadable("an item", error))
}

/// The containment of the bodies, of the titles where there is no body, whichever says more for the same item.
fn likeness(stored: &Item, item: &Item) -> f64 {
    let titles = containment(&stored.title, &item.title);
    if stored.body().is_empty() || item.body().is_empty() {
        return titles;
    }
    containment(stored.body(), item.body())
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
