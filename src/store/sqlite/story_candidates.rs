//! Finds the stored texts that a new one is compared with.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::SqliteConnection;

use super::text_index::signed;
use crate::store::StoreError;
use crate::story::placement;

/// The items that share keys with a text, those with most keys first and the earlier ones first among equals. Each key is
/// looked up in each week of the index and leads to a bounded number of items, so that the cost does not grow with the
/// index. They come as one JSON list, because a row costs more than its lookup.
pub(super) const SHARING: &str = "
    with recursive weeks (week) as (
        select min(t.week) from text_index t where t.week >= ?2
        union all
        select (select min(t.week) from text_index t where t.week > w.week) from weeks w where w.week is not null
        limit ?3),
    found (item) as (
        select j.value
        from json_each(?1) k cross join weeks w cross join json_each((
            select json_group_array(n.item) from (
                select t.item from text_index t
                where t.week = w.week and t.key = k.value order by t.item desc limit ?4) n)) j
        where w.week is not null)
    select json_group_array(r.item order by r.keys desc, r.item) from (
        select f.item, count(*) keys from found f group by f.item order by 2 desc, f.item limit ?5) r";

/// The first of these items that are compared with new texts, when their stories began, and their texts.
pub(super) const CANDIDATES: &str = "
    select f.item, f.story, f.began, cast(coalesce(f.first_text, i.content) as blob) content
    from (
        select p.item, p.story, p.first_text, first.placed_at began, j.key place
        from json_each(?1) j cross join item_story p on p.item = j.value
        left join item_story first on first.item = p.story
        where p.indexed_at >= ?2 and (?3 is null or first.placed_at >= ?3)
        order by j.key limit ?4) f
    cross join item i on i.number = f.item
    order by f.place";

/// How many items that share keys are looked at, those with most keys first. Chosen by hand: far more than are compared,
/// as some of them cannot be.
const MAX_SHARING: i64 = 512;

/// How many of the items that share keys are looked up at once. Chosen by hand: most of them can be compared with, so
/// that the first ones usually suffice.
const LOOKED_UP: usize = 4 * placement::CANDIDATES;

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
    let sharing: String = sqlx::query_scalar(SHARING)
        .bind(Value::from(keys).to_string())
        .bind(placement::week(indexed_since))
        .bind(placement::MAX_WEEKS)
        .bind(placement::ITEMS_PER_KEY)
        .bind(MAX_SHARING)
        .fetch_one(&mut *connection)
        .await?;
    let mut sharing: Vec<i64> =
        serde_json::from_str(&sharing).map_err(|error| StoreError::unreadable("the index of texts", error))?;
    sharing.retain(|item| !excluded.contains(item));
    let mut candidates: Vec<CandidateText> = Vec::with_capacity(placement::CANDIDATES);
    for items in sharing.chunks(LOOKED_UP) {
        let found: Vec<(i64, i64, Option<i64>, Vec<u8>)> = sqlx::query_as(CANDIDATES)
            .bind(Value::from(items).to_string())
            .bind(indexed_since.as_microsecond())
            .bind(open_since.map(Timestamp::as_microsecond))
            .bind(i64::try_from(placement::CANDIDATES - candidates.len()).unwrap_or(0))
            .fetch_all(&mut *connection)
            .await?;
        let text = |(item, story, began, content)| CandidateText { item, story, began, content };
        candidates.extend(found.into_iter().map(text));
        if candidates.len() >= placement::CANDIDATES {
            break;
        }
    }
    Ok(candidates)
}

#[cfg(test)]
mod tests;
