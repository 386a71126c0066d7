//! Reads everything that the store knows about an item or an address, for an explanation.

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::source::instant;
use super::{Database, delivery};
use crate::alert::digest::DigestReason;
use crate::alert::{Alert, HealthEvent, WatchId};
use crate::channel::ChannelId;
use crate::dedupe::Key;
use crate::item::{Item, ItemId, hex};
use crate::source::SourceId;
use crate::store::{
    AlertRecord, Delivery, GatheredAlert, ItemHistory, ItemPlacement, RelatedAlert, SightingRecord, StoreError,
    StoredItem,
};

pub(super) const ITEM: &str = "
    select i.number, i.source_id, cast(i.content as blob) as content, i.first_seen_at, i.revision, i.revised_at,
           (select count(*) from sighting s where s.item = i.number) as sightings
    from item i where i.id = ?1";

pub(super) const LISTED: &str = "
    select s.source_id, s.address, s.first_at, s.last_at, s.count, s.baseline,
           coalesce(s.last_at >= c.read_at, 0) as is_listed
    from sighting s left join source c on c.id = s.source_id
    where s.item = ?1 order by s.first_at, s.source_id, s.address";

pub(super) const KEY_KINDS: &str = "select distinct kind from item_key where item = ?1 order by kind";

pub(super) const PLACEMENT: &str = "
    select first.id as story, root.id as root, case when json_valid(root.content) then root.title end as title, p.share
    from item_story p left join item first on first.number = p.story left join item root on root.number = p.copy_of
    where p.item = ?1";

pub(super) const PAGE_TRIES: &str = "select tries, next_try_at from follow where item = ?1";

pub(super) const HELD_BY: &str = "select source_id from held_item where item = ?1 order by source_id";

pub(super) const ALERTS_OF: &str =
    "select number, made_at, cast(content as blob) as content from alert where item = ?1 order by number limit +?2";

/// The deliveries of an alert, and those of the digests in which it left.
pub(super) const DELIVERIES_OF: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert
    where d.number in (select o.number from delivery o where o.alert = ?1
                       union select e.delivery from digest_entry e where e.alert = ?1 and e.delivery is not null)
    order by d.number limit +?2";

/// The digests for which an alert waits.
pub(super) const WAITS_FOR: &str = "
    select channel_id, reason, closes_at from digest_entry
    where alert = ?1 and delivery is null order by closes_at, channel_id, recipient limit +?2";

/// The alerts of the other items of a story.
pub(super) const RELATED: &str = "
    select i.id, root.id as root, a.made_at, cast(a.content as blob) as content
    from item_story o cross join item_story m on m.story = o.story cross join alert a on a.item = m.item
    cross join item i on i.number = m.item left join item root on root.number = m.copy_of
    where o.item = ?1 and m.item <> ?1 order by a.number limit +?2";

/// The items that have one of these keys.
pub(super) const WITH_KEYS: &str = "
    select distinct i.id from json_each(?1) j cross join item_key k on k.key = unhex(j.value)
    cross join item i on i.number = k.item order by i.number desc limit +?2";

/// The last addresses that a source listed and that contain a text.
pub(super) const ADDRESSES: &str = "
    select s.address, i.id from (
        select r.item, r.address, r.first_at from sighting r
        where r.source_id = ?1 order by r.first_at desc limit +?3) s
    cross join item i on i.number = s.item where instr(s.address, ?2) > 0";

/// The last events about sources.
pub(super) const SOURCE_EVENTS: &str = "
    select cast(a.content as blob) as content from alert a
    where a.kind in ('source.failing', 'source.blocked', 'source.recovered', 'source.gap', 'source.silent',
                     'source.changed', 'source.flood')
    order by a.number desc limit +?1";

pub(super) const ADDED: &str = "select id, added_at from configured where kind = 'watch' and added_at is not null";

/// How many alerts, deliveries of an alert and events are read. Chosen by hand.
const MOST: i64 = 500;

/// How many of the last addresses of a source are compared. Chosen by hand: a few thousand take a few milliseconds.
const ADDRESSES_READ: i64 = 5_000;

impl Database {
    /// Everything that is known about an item; none if it is not stored or cannot be read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn history(&self, id: &ItemId) -> Result<Option<ItemHistory>, StoreError> {
        let Some(row) = sqlx::query(ITEM).bind(id.as_str()).fetch_optional(&self.reads).await? else {
            return Ok(None);
        };
        let number: i64 = row.try_get("number")?;
        let stored = match stored(&row, id) {
            Ok(stored) => stored,
            Err(error) => {
                self.pass_over("item", number, &error).await;
                return Ok(None);
            }
        };
        let placement = sqlx::query(PLACEMENT).bind(number).fetch_optional(&self.reads).await?;
        let tries: Option<(u32, i64)> = sqlx::query_as(PAGE_TRIES).bind(number).fetch_optional(&self.reads).await?;
        let held: Vec<String> = sqlx::query_scalar(HELD_BY).bind(number).fetch_all(&self.reads).await?;
        let sightings = sqlx::query(LISTED).bind(number).fetch_all(&self.reads).await?;
        let related = sqlx::query(RELATED).bind(number).bind(MOST).fetch_all(&self.reads).await?;
        Ok(Some(ItemHistory {
            stored,
            revised_at: row.try_get::<Option<i64>, _>("revised_at")?.map(instant),
            sightings: sightings.iter().map(sighting).collect::<Result<_, _>>()?,
            keys: sqlx::query_scalar(KEY_KINDS).bind(number).fetch_all(&self.reads).await?,
            placement: placement.as_ref().map(placed).transpose()?,
            page_tries: tries.map(|(tries, next)| (tries, instant(next))),
            held_by: held.into_iter().map(SourceId::new).collect(),
            alerts: self.alerts_of(number).await?,
            related: related.iter().map(related_alert).collect::<Result<_, _>>()?,
        }))
    }

    async fn alerts_of(&self, item: i64) -> Result<Vec<AlertRecord>, StoreError> {
        let mut alerts = Vec::new();
        for row in sqlx::query(ALERTS_OF).bind(item).bind(MOST).fetch_all(&self.reads).await? {
            let number: i64 = row.try_get("number")?;
            let rows = sqlx::query(DELIVERIES_OF).bind(number).bind(MOST).fetch_all(&self.reads).await?;
            let deliveries: Vec<Delivery> = self.readable("delivery", &rows, delivery::read).await;
            let waits: Vec<(String, String, i64)> =
                sqlx::query_as(WAITS_FOR).bind(number).bind(MOST).fetch_all(&self.reads).await?;
            let (at, (revision, watches)) = (instant(row.try_get("made_at")?), alerted(&row)?);
            let gathered = waits.into_iter().map(gathered).collect();
            alerts.push(AlertRecord { at, revision, watches, deliveries, gathered });
        }
        Ok(alerts)
    }

    /// The items that have one of these keys, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn items_with_keys(&self, keys: &[Key], limit: u32) -> Result<Vec<ItemId>, StoreError> {
        let keys: Vec<Value> = keys.iter().map(|key| json!(hex(&key.digest))).collect();
        let ids: Vec<String> = sqlx::query_scalar(WITH_KEYS)
            .bind(Value::from(keys).to_string())
            .bind(limit)
            .fetch_all(&self.reads)
            .await?;
        Ok(ids.into_iter().map(ItemId::from_stored).collect())
    }

    /// The last addresses that a source listed and that contain `part`, each with its item.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn addresses_with(
        &self,
        source: &SourceId,
        part: &str,
    ) -> Result<Vec<(String, ItemId)>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(ADDRESSES)
            .bind(source.as_str())
            .bind(part)
            .bind(ADDRESSES_READ)
            .fetch_all(&self.reads)
            .await?;
        Ok(rows.into_iter().map(|(address, id)| (address, ItemId::from_stored(id))).collect())
    }

    /// The last events about sources, newest first. Those that cannot be read are left out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn source_events(&self) -> Result<Vec<HealthEvent>, StoreError> {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(SOURCE_EVENTS).bind(MOST).fetch_all(&self.reads).await?;
        let event = |content: Vec<u8>| match serde_json::from_slice(&content) {
            Ok(Alert::Event(event)) => Some(event),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(event).collect())
    }

    /// Since when watches are configured, as far as that is known.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn watches_added(&self) -> Result<Vec<(WatchId, Timestamp)>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(ADDED).fetch_all(&self.reads).await?;
        Ok(rows.into_iter().map(|(id, at)| (WatchId::new(id), instant(at))).collect())
    }
}

fn stored(row: &SqliteRow, id: &ItemId) -> Result<StoredItem, StoreError> {
    let content: Vec<u8> = row.try_get("content")?;
    let item: Item = serde_json::from_slice(&content).map_err(|error| StoreError::unreadable("an item", error))?;
    Ok(StoredItem {
        id: id.clone(),
        source: SourceId::new(row.try_get::<String, _>("source_id")?),
        item,
        first_seen: instant(row.try_get("first_seen_at")?),
        revision: row.try_get("revision")?,
        sightings: row.try_get("sightings")?,
    })
}

fn sighting(row: &SqliteRow) -> Result<SightingRecord, sqlx::Error> {
    Ok(SightingRecord {
        source: SourceId::new(row.try_get::<String, _>("source_id")?),
        address: row.try_get("address")?,
        first_at: instant(row.try_get("first_at")?),
        last_at: instant(row.try_get("last_at")?),
        count: row.try_get("count")?,
        baseline: row.try_get("baseline")?,
        is_listed: row.try_get("is_listed")?,
    })
}

fn placed(row: &SqliteRow) -> Result<ItemPlacement, sqlx::Error> {
    let id = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<String>, _>(column)?.map(ItemId::from_stored));
    let title: Option<String> = row.try_get("title")?;
    let copy_of = id("root")?.map(|root| (root, title.unwrap_or_default()));
    Ok(ItemPlacement { story: id("story")?, copy_of, share: row.try_get("share")? })
}

fn gathered((channel, reason, closes_at): (String, String, i64)) -> GatheredAlert {
    GatheredAlert {
        channel: ChannelId::new(channel),
        reason: DigestReason::from_word(&reason),
        closes_at: instant(closes_at),
    }
}

fn related_alert(row: &SqliteRow) -> Result<RelatedAlert, sqlx::Error> {
    Ok(RelatedAlert {
        item: ItemId::from_stored(row.try_get("id")?),
        copy_of: row.try_get::<Option<String>, _>("root")?.map(ItemId::from_stored),
        at: instant(row.try_get("made_at")?),
        watches: alerted(row)?.1,
    })
}

/// The revision that an alert is about, and its watches; nothing for one that cannot be read.
fn alerted(row: &SqliteRow) -> Result<(u32, Vec<WatchId>), sqlx::Error> {
    let content: Vec<u8> = row.try_get("content")?;
    Ok(match serde_json::from_slice(&content) {
        Ok(Alert::Item(alert)) => (alert.revision, alert.hits.into_iter().map(|hit| hit.watch).collect()),
        _ => (0, Vec::new()),
    })
}
