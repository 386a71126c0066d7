//! Looks up the stored items that share a key with items of a visit.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;

use super::Database;
use super::json_column::json;
use super::source::instant;
use crate::clock::later;
use crate::dedupe::keys::{BODY_WORDS, is_stripped};
use crate::dedupe::{Change, Dates, KeyKind, Remembered, Seen, SourceRecord};
use crate::item::{Item, hex};
use crate::source::SourceId;
use crate::store::{ItemProbe, StoreError};
use crate::story::containment::containment;
use crate::text::fold;
use crate::text::lang::is_function_word;

/// How long an equal text at another source is the same item; later it is news again, such as a yearly greeting. Chosen
/// by hand.
const TEXT_MEMORY: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) const BY_KEYS: &str = "
    select j.key, k.kind, i.number, i.source_id = ?2, i.content_hash, s.content_hash,
           s.count > 1 or (select max(l.last_at) from sighting l where l.item = i.number and l.source_id = ?2)
               < (select last_success_at from source where id = ?2),
           i.first_seen_at
    from json_each(?1) j
    join item_key k on k.key = unhex(j.value)
    join item i on i.number = k.item
    left join sighting s on s.item = i.number and s.source_id = ?2
    where k.kind not in ('text', 'body') or i.first_seen_at >= ?3";

pub(super) const CONTENT: &str = "select cast(content as blob) from item where number = ?1";

type SeenRow = (i64, String, i64, bool, Vec<u8>, Option<Vec<u8>>, Option<bool>, i64);

impl Database {
    /// The stored items that share a key with each of `probes`, which `source` publishes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn seen(
        &self,
        source: &SourceId,
        probes: &[ItemProbe],
        at: Timestamp,
    ) -> Result<Vec<Vec<Seen>>, StoreError> {
        let mut texts = Texts::default();
        let mut connection = self.reads.acquire().await?;
        let seen = seen(&mut connection, source, probes.iter().collect(), at, &mut texts).await?;
        drop(connection);
        for (item, error) in &texts.unreadable {
            self.pass_over("item", item, error).await;
        }
        Ok(seen)
    }
}

/// The stored items that were read for comparison, and the rows that could not be read.
#[derive(Debug, Default)]
pub(super) struct Texts {
    known: HashMap<i64, Option<Item>>,
    unreadable: Vec<(i64, StoreError)>,
}

/// As [`Database::seen`], within a transaction.
pub(super) async fn seen(
    connection: &mut SqliteConnection,
    source: &SourceId,
    probes: Vec<&ItemProbe>,
    at: Timestamp,
    texts: &mut Texts,
) -> Result<Vec<Vec<Seen>>, StoreError> {
    let keys = probes.iter().enumerate().flat_map(|(n, probe)| probe.keys.iter().map(move |key| (n, hex(&key.digest))));
    let (owners, keys): (Vec<usize>, Vec<String>) = keys.unzip();
    let oldest = later(at, -TEXT_MEMORY).as_microsecond();
    let rows: Vec<SeenRow> = sqlx::query_as(BY_KEYS)
        .bind(json(&keys)?)
        .bind(source.as_str())
        .bind(oldest)
        .fetch_all(&mut *connection)
        .await?;
    let mut found = vec![Vec::new(); probes.len()];
    for row in rows {
        let owner = usize::try_from(row.0).ok().and_then(|at| owners.get(at));
        if let Some((n, probe)) = owner.and_then(|n| Some((*n, probes.get(*n)?))) {
            let seen = read(connection, probe, &row, at, texts).await?;
            seen.into_iter().for_each(|seen| merge(&mut found[n], seen));
        }
    }
    for (seen, probe) in found.iter_mut().zip(&probes) {
        ignore_notices(seen, texts, &probe.item);
        remember(connection, seen, texts).await?;
    }
    Ok(found)
}

/// How many matching stored items are examined to learn volatile address parts, newest first. Chosen by hand.
const LEARN_FROM: usize = 8;

/// Adds the stored address and guid to items that are seen again under another address.
async fn remember(connection: &mut SqliteConnection, seen: &mut [Seen], texts: &mut Texts) -> Result<(), StoreError> {
    if seen.iter().any(|seen| seen.by == KeyKind::Address && !seen.is_weak()) {
        return Ok(());
    }
    let same = |seen: &Seen| seen.same_hash || seen.here == SourceRecord::Same;
    let again = |seen: &&mut Seen| {
        let undated = matches!(seen.dates, Dates::Unclear | Dates::Equal);
        seen.here != SourceRecord::Never && undated && (same(seen) || !seen.is_weak())
    };
    let mut again: Vec<&mut Seen> = seen.iter_mut().filter(again).collect();
    again.sort_by_key(|seen| std::cmp::Reverse(seen.item));
    for seen in again.into_iter().take(LEARN_FROM) {
        let (settled, same_date) = (seen.settled, seen.dates == Dates::Equal);
        let place = stored(connection, seen.item, texts).await?.map(remembered);
        seen.remembered = place.map(|place| Remembered { settled, same_date, ..place });
    }
    Ok(())
}

async fn stored<'t>(
    connection: &mut SqliteConnection,
    item: i64,
    texts: &'t mut Texts,
) -> Result<Option<&'t Item>, StoreError> {
    let text = match texts.known.entry(item) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unread) => unread.insert(match content(connection, item).await? {
            Ok(content) => content,
            Err(error) => {
                texts.unreadable.push((item, error));
                None
            }
        }),
    };
    Ok(text.as_ref())
}

fn remembered(stored: &Item) -> Remembered {
    Remembered { address: stored.address.clone(), guid: stored.guid.clone(), ..Remembered::default() }
}

/// None if the row cannot be read: it is skipped, and the probe counts as new unless another row matches it.
async fn read(
    connection: &mut SqliteConnection,
    probe: &ItemProbe,
    (_, kind, item, own, hash, content_here, settled, first_seen): &SeenRow,
    at: Timestamp,
    texts: &mut Texts,
) -> Result<Option<Seen>, StoreError> {
    let here = match content_here {
        None => SourceRecord::Never,
        Some(content) if content == probe.content.digest().as_slice() => SourceRecord::Same,
        Some(_) => SourceRecord::Other,
    };
    let Some(kind) = KeyKind::from_word(kind) else { return Ok(None) };
    let mut seen = Seen {
        item: *item,
        by: kind,
        own: *own,
        here,
        same_hash: hash == probe.hash.digest().as_slice(),
        containment: 1.0,
        dates: Dates::Unclear,
        change: Change::Nothing,
        settled: settled.unwrap_or_default(),
        words: probe.item.body().split_whitespace().count(),
        remembered: None,
    };
    // The stored text is read only if it decides: most items of a visit are known word for word.
    let decides = !(seen.same_hash || here == SourceRecord::Same);
    if !decides && !place_decides(&seen, probe) {
        return Ok(Some(seen));
    }
    let Some(stored) = stored(connection, *item, texts).await? else { return Ok((!decides).then_some(seen)) };
    seen.containment = match kind {
        _ if seen.same_hash => 1.0,
        KeyKind::Body => f64::from(u8::from(belongs(stored, &probe.item))),
        _ => likeness(stored, &probe.item),
    };
    let fetched = [(stored, instant(*first_seen)), (&probe.item, at)];
    seen.dates = Dates::between(stored, &probe.item).unless_of_fetches(fetched);
    if place_decides(&seen, probe) {
        seen.change = match kind {
            KeyKind::Address => Change::under_one_key(stored.address.as_ref(), probe.item.address.as_ref()),
            _ => Change::since(&remembered(stored), &probe.item),
        };
    }
    Ok(Some(seen))
}

/// Whether the two may be different items although they share a key, so that address and date decide.
fn place_decides(seen: &Seen, probe: &ItemProbe) -> bool {
    match seen.by {
        KeyKind::Title | KeyKind::Place | KeyKind::Look => true,
        KeyKind::Text => seen.here != SourceRecord::Never && seen.words < BODY_WORDS,
        KeyKind::Address => {
            let fragment = probe.item.address.as_ref().is_some_and(|address| address.url().fragment().is_some());
            fragment || is_stripped(&probe.item, &probe.keys)
        }
        KeyKind::Guid | KeyKind::Body => false,
    }
}

/// The content of the item in this row; none if it is gone. The inner error concerns only this row.
pub(super) async fn content(
    connection: &mut SqliteConnection,
    item: i64,
) -> Result<Result<Option<Item>, StoreError>, StoreError> {
    // Read as bytes, so that invalid UTF-8 is an error of this row and not of the statement.
    let content: Option<Vec<u8>> = sqlx::query_scalar(CONTENT).bind(item).fetch_optional(connection).await?;
    let read = |content: Vec<u8>| serde_json::from_slice(&content);
    Ok(content.map(read).transpose().map_err(|error| StoreError::unreadable("an item", error)))
}

/// The containment of the bodies, or of the titles if there is no body.
fn likeness(stored: &Item, item: &Item) -> f64 {
    let titles = containment(&stored.title, &item.title);
    if stored.body().is_empty() || item.body().is_empty() {
        return titles;
    }
    containment(stored.body(), item.body())
}

/// The fewest words of a text that cannot be a site-wide notice. Chosen by hand: notices about subscriptions and
/// cookies have at most about forty words.
const ARTICLE_WORDS: usize = 50;

/// Whether a text that two headlines share belongs to them and is not a site-wide notice: it is as long as an article,
/// it contains a word of the new headline, or the headlines share half of their words and at least two.
fn belongs(stored: &Item, item: &Item) -> bool {
    /// The fewest letters of a distinctive word. Chosen by hand: shorter words occur everywhere.
    const MIN_LETTERS: usize = 4;
    let (before, now) = (fold::key(&stored.title), fold::key(&item.title));
    let text = fold::key(item.body());
    let bare = |word| str::strip_prefix(word, "ال").unwrap_or(word);
    let words: Vec<&str> = now.split(' ').map(bare).filter(|word| word.chars().count() >= MIN_LETTERS).collect();
    let kept = words.iter().filter(|word| before.contains(**word)).count();
    let occurs = |word: &String| text.split(' ').any(|of_text| bare(of_text) == word);
    words.iter().any(|word| text.contains(word))
        || kept > 1 && kept * 2 >= words.len()
        || short_names(item).iter().any(occurs)
        || text.split(' ').count() >= ARTICLE_WORDS
}

/// The three-letter names in a headline: abbreviations in capitals, and words of other scripts (غزة) that are not
/// function words.
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

/// Ignores a text that several stored items share: it is a site-wide notice and does not identify an item.
fn ignore_notices(seen: &mut [Seen], texts: &Texts, item: &Item) {
    let bodies: Vec<i64> = seen.iter().filter(|seen| seen.by == KeyKind::Body).map(|seen| seen.item).collect();
    let title = |number: &i64| Some(fold::key(&texts.known.get(number)?.as_ref()?.title));
    let titles: HashSet<String> = bodies.iter().filter_map(title).filter(|of| *of != fold::key(&item.title)).collect();
    if titles.len() > 1 {
        seen.iter_mut()
            .filter(|seen| seen.by == KeyKind::Body && !seen.same_hash)
            .for_each(|seen| seen.containment = 0.0);
    }
}

/// One `Seen` per item and key: a source may have several sightings of one item.
fn merge(found: &mut Vec<Seen>, seen: Seen) {
    match found.iter_mut().find(|known| known.item == seen.item && known.by == seen.by) {
        Some(known) => {
            let settled = known.settled || seen.settled;
            if seen.here == SourceRecord::Same {
                *known = seen;
            }
            known.settled = settled;
        }
        None => found.push(seen),
    }
}
