//! Lists stories, and who carried them.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::Database;
use super::source::instant;
use crate::address::Address;
use crate::alert::{OtherReport, StoryLink};
use crate::item::ItemId;
use crate::source::SourceId;
use crate::store::{StoreError, StoryMember, StorySummary};
use crate::text::lang::Lang;

/// The reports of a story, then those in other languages that are linked to one of them, and copies of these.
pub(super) const MEMBERS: &str = "
    with own (item) as (
        select p.item from item_story p
        where p.story = (select o.story from item_story o join item n on n.number = o.item where n.id = ?1)),
    linked (item, likeness) as (
        select l.other, max(l.likeness) from own cross join story_link l on l.item = own.item group by l.other),
    report (item, likeness) as (
        select item, null from own
        union all select item, likeness from linked
        union all select c.item, l.likeness from linked l cross join item_story c on c.copy_of = l.item)
    select i.id, s.source_id, s.address,
           case when json_valid(i.content) then i.title end,
           case when json_valid(i.content) then i.content ->> '$.lang' end,
           case when json_valid(i.content) then i.content ->> '$.agency' end,
           s.first_at, s.last_at, root.id, p.share, r.likeness
    from report r cross join item i on i.number = r.item cross join item_story p on p.item = r.item
    cross join sighting s on s.item = r.item
    left join item root on root.number = p.copy_of
    order by r.likeness is not null, s.first_at, p.item, s.source_id, s.address limit +?2";

/// How many sightings of a story are listed. Chosen by hand.
const MAX_MEMBERS: i64 = 1_000;

/// The stories of more than one report, newest first. Sources of linked reports in other languages count.
pub(super) const STORIES: &str = "
    select p.story, i.id, case when json_valid(i.content) then i.title end, count(distinct p.item),
           (select count(*) from (
                select a.source_id from item_story o join sighting a on a.item = o.item where o.story = p.story
                union
                select a.source_id
                from item_story o join story_link l on l.item = o.item
                join item_story r on r.item = l.other or r.copy_of = l.other join sighting a on a.item = r.item
                where o.story = p.story)),
           min(s.first_at), max(s.first_at)
    from item_story p
    join item i on i.number = (select min(o.item) from item_story o where o.story = p.story)
    join sighting s on s.item = p.item
    where p.story in (
        select o.story from item_story o where o.story < ?1 group by o.story
        having count(*) > 1 or (select count(distinct c.source_id) from sighting c where c.item = o.story) > 1
            or exists (select 1 from item_story m join story_link l on l.item = m.item where m.story = o.story)
        order by o.story desc limit +?2)
    group by p.story order by p.story desc";

/// The items whose id begins with the typed text.
pub(super) const ITEMS_NAMED: &str = "
    select id from item where id >= ?1 and id < ?1 || char(1114111) order by id limit +?2";

impl Database {
    /// The items whose id begins with this text.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn items_named(&self, typed: &str, limit: u32) -> Result<Vec<ItemId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(ITEMS_NAMED).bind(typed).bind(limit).fetch_all(&self.reads).await?;
        Ok(ids.into_iter().map(ItemId::from_stored).collect())
    }

    /// The stories of more than one report or language, newest first, before this cursor.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn stories(&self, before: Option<i64>, limit: usize) -> Result<Vec<StorySummary>, StoreError> {
        type Summary = (i64, String, Option<String>, u32, u32, i64, i64);
        let rows: Vec<Summary> = sqlx::query_as(STORIES)
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.reads)
            .await?;
        let summary = |(number, id, title, items, sources, first, last): Summary| StorySummary {
            number,
            id: ItemId::from_stored(id),
            title: title.unwrap_or_default(),
            items: items.into(),
            sources: sources.into(),
            first_seen: instant(first),
            last_joined: instant(last),
        };
        Ok(rows.into_iter().map(summary).collect())
    }

    /// The sightings of the items in the story of `item`, in order of time, then those of reports in other languages; at
    /// most 1,000. Empty if it has no story.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn story(&self, item: &ItemId) -> Result<Vec<StoryMember>, StoreError> {
        members(&mut *self.reads.acquire().await?, item).await
    }
}

/// As [`Database::story`], within a transaction.
pub(super) async fn members(connection: &mut SqliteConnection, item: &ItemId) -> Result<Vec<StoryMember>, StoreError> {
    let rows = sqlx::query(MEMBERS).bind(item.as_str()).bind(MAX_MEMBERS).fetch_all(connection).await?;
    let member = |row: &SqliteRow| {
        Ok(StoryMember {
            item: ItemId::from_stored(row.try_get(0)?),
            source: SourceId::new(row.try_get::<String, _>(1)?),
            address: row.try_get(2)?,
            title: row.try_get::<Option<String>, _>(3)?.unwrap_or_default(),
            lang: row.try_get(4)?,
            agency: row.try_get(5)?,
            first_seen: instant(row.try_get(6)?),
            last_seen: instant(row.try_get(7)?),
            copy_of: row.try_get::<Option<String>, _>(8)?.map(ItemId::from_stored),
            share: row.try_get(9)?,
            likeness: row.try_get(10)?,
        })
    };
    rows.iter().map(member).collect()
}

/// The story of an item as its alert names it; `own` is the story's id.
pub(super) async fn link(
    connection: &mut SqliteConnection,
    item: &ItemId,
    story: &ItemId,
) -> Result<StoryLink, StoreError> {
    let members = members(connection, item).await?;
    let (mut items, mut sources): (Vec<&ItemId>, Vec<SourceId>) = (Vec::new(), Vec::new());
    for member in members.iter().filter(|member| member.likeness.is_none()) {
        if !items.contains(&&member.item) {
            items.push(&member.item);
        }
        if !sources.contains(&member.source) {
            sources.push(member.source.clone());
        }
    }
    let other = |member: &StoryMember| OtherReport {
        source: member.source.clone(),
        lang: member.lang.as_deref().and_then(|lang| Lang::parse(lang).ok()),
        url: Address::parse(&member.address).ok(),
    };
    let also = others(&members, item).take(MAX_REPORTS).map(other).collect();
    Ok(StoryLink { id: story.clone(), items: items.len().max(1), sources, also })
}

/// The reports of a story besides `item`: every copy of its text, and of each other text the first report.
fn others<'m>(members: &'m [StoryMember], item: &'m ItemId) -> impl Iterator<Item = &'m StoryMember> {
    let text = |member: &'m StoryMember| member.copy_of.as_ref().unwrap_or(&member.item);
    let own = members.iter().find(|member| member.item == *item).map(text);
    members.iter().enumerate().filter_map(move |(n, member)| {
        let is_first = !members[..n].iter().any(|earlier| text(earlier) == text(member));
        (member.item != *item && (Some(text(member)) == own || is_first)).then_some(member)
    })
}

/// The most other reports in an alert. Chosen by hand: `marsad stories show` lists all.
const MAX_REPORTS: usize = 10;
