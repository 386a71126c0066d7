//! Finds the stored texts that a new one is compared with.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::SqliteConnection;

use super::text_index::signed;
use crate::store::StoreError;
use crate::story::placement;

/// The items that share most keys with a text, the earlier ones first among equals, with their texts and when their
/// stories began. Each key is looked up in each week of the index and leads to a bounded number of items, so that the
/// cost does not grow with the index. It is one statement, because a round trip costs more than its lookups.
pub(super) const CANDIDATES: &str = "
    with recursive weeks (week) as (
        select min(t.week) from text_index t where t.week >= ?2
        union all
        select (select min(t.week) from text_index t where t.week > w.week) from weeks w where w.week is not null
        limit +?3),
    found (item) as (
        select j.value
        from json_each(?1) k cross join weeks w cross join json_each((
            select json_group_array(n.item) from (
                select t.item from text_index t
                where t.week = w.week and t.key = k.value order by t.item desc limit +?4) n)) j
        where w.week is not null),
    sharing (item, keys) as materialized (
        select f.item, count(*) from found f
        where f.item not in (select e.value from json_each(?6) e)
        group by f.item order by count(*) desc, f.item limit +?8)
    select r.item, r.story, r.began, cast(coalesce(r.first_text, i.content) as blob)
    from (
        select p.item, p.story, p.first_text, first.placed_at began, l.keys
        from sharing l cross join item_story p on p.item = l.item
        left join item_story first on first.item = p.story
        where p.indexed_at >= ?5 and (?7 is null or first.placed_at >= ?7)
        order by l.keys desc, l.item limit +?9) r
    cross join item i on i.number = r.item
    order by r.keys desc, r.item";

/// How many of the items that share keys are looked up, those with most keys first. Chosen by hand: more than are
/// compared, as some of them cannot be.
const MAX_SHARING: i64 = 32;

/// A stored text to compare with.
pub(super) struct CandidateText {
    /// Its item.
    pub(super) item: i64,
    /// The first item of its story.
    pub(super) story: i64,
    /// When that was placed, in microseconds since 1970; none if it is gone.
    pub(super) began: Option<i64>,
    /// The item as JSON.
    pub(super) content: Vec<u8>,
}

/// The stored texts to compare with, those that share most keys first.
pub(super) async fn candidates(
    connection: &mut SqliteConnection,
    keys: &[u32],
    indexed_since: Timestamp,
    open_since: Option<Timestamp>,
    excluded: &[i64],
) -> Result<Vec<CandidateText>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<i32> = keys.iter().copied().map(signed).collect();
    let found: Vec<(i64, i64, Option<i64>, Vec<u8>)> = sqlx::query_as(CANDIDATES)
        .bind(Value::from(keys).to_string())
        .bind(placement::week(indexed_since))
        .bind(placement::MAX_WEEKS)
        .bind(placement::ITEMS_PER_KEY)
        .bind(indexed_since.as_microsecond())
        .bind(Value::from(excluded).to_string())
        .bind(open_since.map(Timestamp::as_microsecond))
        .bind(MAX_SHARING)
        .bind(placement::CANDIDATES)
        .fetch_all(connection)
        .await?;
    let text = |(item, story, began, content)| CandidateText { item, story, began, content };
    Ok(found.into_iter().map(text).collect())
}

#[cfg(test)]
mod tests;
