//! Links reports of one event in two languages. The rules are in [`crate::story::cross_language`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use sqlx::SqliteConnection;

use super::Database;
use super::text_index::signed;
use crate::clock::later;
use crate::item::Item;
use crate::store::StoreError;
use crate::story::cross_language::link_choice::{self, ComparedReport, LINK_WINDOW};
use crate::story::cross_language::{EventFeatures, cross_keys, cross_language};
use crate::story::placement;
use crate::text::lang::Lang;

/// The reports in other languages that share most keys with a report and were placed about when it was; those that are
/// linked to it come first, and the earlier ones first among equals. The cost does not grow with the index.
pub(super) const REPORTS: &str = "
    with recursive weeks (week) as (
        select min(t.week) from text_index t where t.week >= ?2
        union all
        select (select min(t.week) from text_index t where t.week > w.week) from weeks w where w.week is not null
        limit +?3),
    found (item, is_linked) as (
        select j.value, 0
        from json_each(?1) k cross join weeks w cross join json_each((
            select json_group_array(n.item) from (
                select t.item from text_index t
                where t.week = w.week and t.key = k.value order by t.item desc limit +?4) n)) j
        where w.week is not null
        union all
        select l.other, 1 from story_link l where l.item = ?5)
    select r.item, r.story, r.lang, r.linked, cast(i.content as blob)
    from (
        select p.item, p.story, p.lang, (
            select max(l.likeness) from story_link l join item_story o on o.item = l.other
            where l.item = p.item and l.other <> ?5 and o.lang = ?7) linked
        from found f cross join item_story p on p.item = f.item
        where p.story <> ?6 and p.lang <> ?7 and p.placed_at between ?8 and ?9 and p.indexed_at is not null
        group by p.item order by max(f.is_linked) desc, count(*) desc, p.item limit +?10) r
    cross join item i on i.number = r.item";

/// A null language means all.
pub(super) const UNLINK: &str = "
    delete from story_link where item = ?1
        and (?2 is null or (select p.lang from item_story p where p.item = story_link.other) = ?2)";

/// The same links in the other direction.
pub(super) const UNLINK_BACK: &str = "
    delete from story_link where other = ?1
        and (?2 is null or (select p.lang from item_story p where p.item = story_link.item) = ?2)";

pub(super) const LINK: &str = "insert into story_link (item, other, likeness) values (?1, ?2, ?3), (?2, ?1, ?3)";

/// The most features that are kept in memory, each with at most a few hundred names. Chosen by hand.
const MAX_EVENTS: usize = 256;

/// A stored report, in the order of the columns of [`REPORTS`].
type ReportRow = (i64, i64, String, Option<f64>, Vec<u8>);

/// The stored reports that were compared last: the reports of a day are compared with each other.
#[derive(Debug, Default)]
pub(super) struct StoredEvents(HashMap<i64, ComparableReport>);

/// The [`StoredEvents`] between two admissions.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptEvents(Arc<Mutex<StoredEvents>>);

impl KeptEvents {
    /// Takes them out; whoever takes them next, before they are kept again, begins anew.
    pub(super) fn take(&self) -> StoredEvents {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps them for the next admission.
    pub(super) fn keep(&self, events: StoredEvents) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = events;
    }
}

/// The features of a stored report.
#[derive(Debug)]
struct ComparableReport {
    /// The hash of the content that they were read from: a number may be given again after a rollback.
    content: blake3::Hash,
    /// None if the content cannot be read.
    features: Option<EventFeatures>,
}

impl StoredEvents {
    /// The features of an item with this content; none if it cannot be read.
    fn read(&mut self, item: i64, content: &[u8]) -> Option<&EventFeatures> {
        let Self(known) = self;
        let hash = blake3::hash(content);
        if known.get(&item).is_none_or(|stored| stored.content != hash) {
            if known.len() >= MAX_EVENTS {
                known.clear();
            }
            let read = serde_json::from_slice::<Item>(content).ok();
            known.insert(item, ComparableReport { content: hash, features: read.map(|item| EventFeatures::of(&item)) });
        }
        known.get(&item)?.features.as_ref()
    }
}

/// The place of an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoryPlace {
    pub(super) item: i64,
    pub(super) story: i64,
    /// In microseconds since 1970.
    pub(super) placed_at: i64,
    /// True if the item may have links already.
    pub(super) has_links: bool,
}

/// An item as reports in other languages are compared with it.
pub(super) struct CrossReport<'a> {
    features: EventFeatures,
    keys: Vec<u32>,
    /// None if there is nothing to compare.
    lang: Option<&'a str>,
}

impl Database {
    /// How many stored reports in other languages are links of `item`, if it came at this instant.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn links(&self, item: &Item, at: Timestamp) -> Result<usize, StoreError> {
        let mut connection = self.reads.acquire().await?;
        let Some(lang) = &item.lang else { return Ok(0) };
        let place = StoryPlace { item: 0, story: 0, placed_at: at.as_microsecond(), has_links: false };
        let (features, stored) = (EventFeatures::of(item), &mut StoredEvents::default());
        let compared = compare(&mut connection, stored, &features, (place, lang.as_str()), at).await?;
        Ok(link_choice::choose(&compared).len())
    }
}

impl<'a> CrossReport<'a> {
    pub(super) fn of(item: &'a Item) -> Self {
        let features = EventFeatures::of(item);
        let keys = cross_keys(&features);
        let lang = item.lang.as_ref().filter(|_| !keys.is_empty()).map(Lang::as_str);
        Self { features, keys, lang }
    }

    /// Its language; none if reports in other languages are not compared with it.
    pub(super) fn lang(&self) -> Option<&'a str> {
        self.lang
    }

    /// The keys by which reports in other languages find it.
    pub(super) fn keys(&self) -> impl Iterator<Item = u32> {
        self.keys.iter().copied().filter(|_| self.lang.is_some())
    }

    /// The reports in other languages that it is to be linked to.
    pub(super) async fn links(
        &self,
        connection: &mut SqliteConnection,
        stored: &mut StoredEvents,
        place: StoryPlace,
        at: Timestamp,
    ) -> Result<Vec<ComparedReport>, StoreError> {
        let Some(lang) = self.lang else { return Ok(Vec::new()) };
        let compared = compare(connection, stored, &self.features, (place, lang), at).await?;
        Ok(link_choice::choose(&compared).into_iter().cloned().collect())
    }
}

/// Replaces the links of an item in the language `lang`.
pub(super) async fn replace(
    connection: &mut SqliteConnection,
    place: StoryPlace,
    lang: Option<&str>,
    links: &[ComparedReport],
) -> Result<(), StoreError> {
    if place.has_links {
        unlink(connection, place.item, None).await?;
    }
    for report in links {
        unlink(connection, report.item, lang).await?;
        let link = sqlx::query(LINK).bind(place.item).bind(report.item).bind(report.likeness);
        link.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Removes the links of an item to reports in this language, or in all.
async fn unlink(connection: &mut SqliteConnection, item: i64, lang: Option<&str>) -> Result<(), StoreError> {
    for direction in [UNLINK, UNLINK_BACK] {
        sqlx::query(direction).bind(item).bind(lang).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Compares a report with stored ones in other languages that share keys with it.
async fn compare(
    connection: &mut SqliteConnection,
    stored: &mut StoredEvents,
    features: &EventFeatures,
    (place, lang): (StoryPlace, &str),
    at: Timestamp,
) -> Result<Vec<ComparedReport>, StoreError> {
    let keys: Vec<i32> = cross_keys(features).into_iter().map(signed).collect();
    let window = i64::try_from(LINK_WINDOW.as_micros()).unwrap_or(i64::MAX);
    let rows: Vec<ReportRow> = sqlx::query_as(REPORTS)
        .bind(Value::from(keys).to_string())
        .bind(placement::week(later(at, -LINK_WINDOW)))
        .bind(placement::MAX_WEEKS)
        .bind(placement::ITEMS_PER_KEY)
        .bind(place.item)
        .bind(place.story)
        .bind(lang)
        .bind(place.placed_at.saturating_sub(window))
        .bind(place.placed_at.saturating_add(window))
        .bind(link_choice::CANDIDATES)
        .fetch_all(&mut *connection)
        .await?;
    let mut compared = Vec::with_capacity(rows.len());
    for (item, story, lang, linked, content) in rows {
        if let Some(stored) = stored.read(item, &content) {
            compared.push(ComparedReport { item, story, lang, likeness: cross_language(stored, features), linked });
        }
    }
    Ok(compared)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use sqlx::Connection;

    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    async fn database() -> SqliteConnection {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
        connection
    }

    fn features() -> EventFeatures {
        let body = "BAGHDAD – Floods killed 14 people in Mosul, spokesman Haytham Darraji said.";
        EventFeatures::of_parts("Floods in Mosul kill 14", body, Lang::parse("en").ok().as_ref())
    }

    /// How many hundreds of steps of SQLite's virtual machine one search takes among so many Arabic reports with its keys.
    async fn cost_among(reports: i64) -> u64 {
        const FILL: &str = "
            with recursive n (item) as (select 1 union all select item + 1 from n where item < ?2)
            insert into text_index (week, key, item) select 0, j.value, n.item from n, json_each(?1) j";
        const STORIES: &str = "
            insert into item_story (item, story, relation, placed_at, indexed_at, lang)
            select distinct item, item, 'first', 0, 0, 'ar' from text_index";
        const ITEMS: &str = "
            insert into item (number, id, source_id, content_hash, hash_version, first_seen_at, content)
            select distinct item, 'item' || item, 'wire', x'00', 1, 0, '{}' from text_index";
        let mut connection = database().await;
        sqlx::query("pragma foreign_keys = off").execute(&mut connection).await.unwrap();
        let features = features();
        let keys: Vec<i32> = cross_keys(&features).into_iter().map(signed).collect();
        let fill = sqlx::query(FILL).bind(Value::from(keys).to_string()).bind(reports);
        fill.execute(&mut connection).await.unwrap();
        sqlx::query(ITEMS).execute(&mut connection).await.unwrap();
        sqlx::query(STORIES).execute(&mut connection).await.unwrap();
        let steps = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&steps);
        let count = move || counter.fetch_add(1, Ordering::Relaxed) < u64::MAX;
        connection.lock_handle().await.unwrap().set_progress_handler(100, count);
        let (place, events) =
            (StoryPlace { item: 0, story: 0, placed_at: 0, has_links: false }, &mut StoredEvents::default());
        compare(&mut connection, events, &features, (place, "en"), AT).await.unwrap();
        assert_eq!(events.0.len(), 8, "as many stored reports are read");
        steps.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_search_costs_the_same_whether_a_hundred_or_ten_thousand_reports_share_every_key() {
        let (few, many) = (cost_among(100).await, cost_among(10_000).await);
        assert!(many < few * 2, "{many} hundred steps among 10,000 reports, {few} among 100");
    }

    #[tokio::test]
    async fn a_removed_item_takes_its_links_along_and_a_language_loses_only_its_own() {
        const ITEMS: &str = "
            insert into item (number, id, source_id, content_hash, hash_version, first_seen_at, content)
            select value, 'item' || value, 'wire', x'00', 1, 0, '{}' from json_each('[1, 2, 3, 4]');
            insert into item_story (item, story, relation, placed_at, indexed_at, lang) values
              (1, 1, 'first', 0, 0, 'en'), (2, 2, 'first', 0, 0, 'ar'), (3, 3, 'first', 0, 0, 'tr'),
              (4, 4, 'first', 0, 0, 'ar');";
        let mut connection = database().await;
        sqlx::raw_sql(ITEMS).execute(&mut connection).await.unwrap();
        for (item, other) in [(1, 2), (1, 3), (2, 3), (3, 4)] {
            sqlx::query(LINK).bind(item).bind(other).bind(0.9).execute(&mut connection).await.unwrap();
        }
        unlink(&mut connection, 1, Some("tr")).await.unwrap();
        assert_eq!(links(&mut connection).await, [(1, 2), (2, 1), (2, 3), (3, 2), (3, 4), (4, 3)]);
        sqlx::query("delete from item where number = 2").execute(&mut connection).await.unwrap();
        assert_eq!(links(&mut connection).await, [(3, 4), (4, 3)]);
    }

    async fn links(connection: &mut SqliteConnection) -> Vec<(i64, i64)> {
        sqlx::query_as("select item, other from story_link order by item, other").fetch_all(connection).await.unwrap()
    }

    #[test]
    fn a_text_has_at_most_twenty_keys() {
        let words: Vec<String> = (0..300).map(|n| format!("Word{n}x")).collect();
        let text = format!("BAGHDAD – Floods killed 14 people in Mosul, Haytham Darraji said. {}", words.join(" "));
        let lang = Lang::parse("en").ok();
        let item = Item { title: "Floods and loans in Mosul".to_owned(), text, lang, ..Item::default() };
        let profile = crate::story::text_profile::TextProfile::of(&item);
        let keys = profile.copy_keys().len() + profile.story_keys().len() + cross_keys(&EventFeatures::of(&item)).len();
        assert_eq!(keys, 20);
    }
}
