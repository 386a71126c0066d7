//! Finds the text that an item copies and the story it belongs to, and keeps the index for it. The rules are in
//! [`crate::story::placement`].

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::Database;
use super::item::StoredCandidate;
use super::story_candidates::candidates;
use super::story_link::{self, StoredEvents, StoryPlace};
use super::text_index::index;
use crate::clock::later;
use crate::item::{Item, ItemId};
use crate::store::{Candidate, RelatedText, StoreError};
use crate::story::placement::{self, ComparedText, Placement};
use crate::story::relation::{Comparison, Relation, compare};
use crate::story::text_profile::TextProfile;

/// A story keeps its number.
pub(super) const PLACE: &str = "
    insert into item_story (item, story, copy_of, share, relation, placed_at, indexed_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    on conflict (item) do update
    set copy_of = excluded.copy_of, share = excluded.share, relation = excluded.relation,
        indexed_at = excluded.indexed_at, first_text = case when excluded.copy_of is null then first_text end";

/// A story whose first item is gone is named by the item itself.
pub(super) const PLACED: &str = "
    select p.story, coalesce(first.id, i.id), p.placed_at, p.copy_of, root.id,
           exists (select 1 from item_story c where c.copy_of = p.item)
    from item_story p join item i on i.number = p.item
    left join item first on first.number = p.story
    left join item root on root.number = p.copy_of
    where p.item = ?1";

/// The text that may have alerted: a revision of it need not have.
pub(super) const TEXT: &str = "
    select cast(coalesce(p.first_text, i.content) as blob)
    from item i left join item_story p on p.item = i.number where i.number = ?1";

pub(super) const KEEP_TEXT: &str =
    "update item_story set first_text = ?2 where item = ?1 and first_text is null and indexed_at is not null";

/// An item's story, and the text that it copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ItemStory {
    /// The story's id: that of its first item.
    pub(super) id: ItemId,
    /// The text that it copies; none if it is no copy.
    pub(super) copy_of: Option<ItemId>,
    /// True if its previous revision was a copy of another text.
    pub(super) left_copy: bool,
}

/// The stored texts that an admission has compared with, so that none is read for every item.
#[derive(Default)]
pub(super) struct StoredProfiles {
    texts: HashMap<i64, Option<TextProfile>>,
    events: StoredEvents,
}

impl StoredProfiles {
    /// The profile of an item with this content; none if it is gone or cannot be read.
    fn read(&mut self, item: i64, content: Option<Vec<u8>>) -> Option<&TextProfile> {
        if self.texts.len() >= MAX_PROFILES {
            self.texts.clear();
        }
        let read = || content.and_then(|content| serde_json::from_slice::<Item>(&content).ok());
        self.texts.entry(item).or_insert_with(|| read().map(|item| TextProfile::of(&item))).as_ref()
    }
}

/// The most profiles that are kept in memory, each below 200 KB. Chosen by hand.
const MAX_PROFILES: usize = 64;

/// A stored place.
struct PlacedRow {
    story: i64,
    story_id: String,
    placed_at: i64,
    copy_of: Option<i64>,
    root_id: Option<String>,
    has_copies: bool,
}

impl Database {
    /// The stored text that `item` copies or whose story it belongs to; none if it is a new story.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn related(&self, item: &Item, at: Timestamp) -> Result<Option<RelatedText>, StoreError> {
        let mut connection = self.reads.acquire().await?;
        let found =
            find(&mut connection, &mut StoredProfiles::default(), &TextProfile::of(item), Vec::new(), at).await?;
        let (Placement::Copy(text) | Placement::Further(text)) = found else { return Ok(None) };
        let item = super::item::known(&mut connection, text.item).await?.id;
        Ok(Some(RelatedText { item, comparison: text.comparison }))
    }
}

/// Places an item that may alert among the texts before it, unless it has a place.
pub(super) async fn place(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    candidate: &Candidate,
    stored: &StoredCandidate,
    at: Timestamp,
) -> Result<ItemStory, StoreError> {
    if let Some(row) = placed(connection, stored.item).await? {
        return Ok(row.into());
    }
    let profile = TextProfile::of(&candidate.probe.item);
    let placement = match candidate.is_notice {
        true => Placement::Notice,
        false => find(connection, profiles, &profile, excluded(candidate, stored.item), at).await?,
    };
    put(connection, profiles, stored.item, (&candidate.probe.item, &profile), &placement, at).await?;
    let row = placed(connection, stored.item).await?;
    row.map(ItemStory::from).ok_or_else(|| StoreError::unreadable("a story", "it was not stored"))
}

/// Places and indexes an item that alerted under an older version.
pub(super) async fn restore(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    item: i64,
    text: &Item,
    at: Timestamp,
) -> Result<(), StoreError> {
    let profile = TextProfile::of(text);
    let placement = match placed(connection, item).await? {
        Some(row) if row.copy_of.is_some() => return Ok(()),
        Some(_) => return index(connection, item, text_keys(&profile), at).await,
        None => find(connection, profiles, &profile, vec![item], at).await?,
    };
    put(connection, profiles, item, (text, &profile), &placement, at).await
}

/// Stores the place of an item that had none, indexes it, and links it to reports in other languages.
async fn put(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    item: i64,
    (text, profile): (&Item, &TextProfile),
    placement: &Placement,
    at: Timestamp,
) -> Result<(), StoreError> {
    let story = match placement {
        Placement::First | Placement::Notice => item,
        Placement::Copy(text) | Placement::Further(text) => text.story,
    };
    write(connection, item, story, placement, at).await?;
    if placement.is_indexed() {
        index(connection, item, text_keys(profile), at).await?;
        let place = StoryPlace { item, story, placed_at: at.as_microsecond() };
        story_link::link(connection, &mut profiles.events, text, place, at).await?;
    }
    Ok(())
}

/// Places an item whose text has changed. Its story stays. A text that has copies remains the one that they refer to;
/// any other becomes, or ends to be, a copy. Later texts are compared with the first text of a revised item.
pub(super) async fn place_again(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    candidate: &Candidate,
    stored: &StoredCandidate,
    at: Timestamp,
) -> Result<ItemStory, StoreError> {
    let Some(before) = placed(connection, stored.item).await? else {
        return place(connection, profiles, candidate, stored, at).await;
    };
    if candidate.is_notice {
        return Ok(before.into());
    }
    let profile = TextProfile::of(&candidate.probe.item);
    if let Some(root) = before.copy_of
        && let Some(result) = compare_with(connection, profiles, root, &profile).await?
        && result.relation == Relation::SameText
    {
        return Ok(before.into());
    }
    let found = match before.has_copies {
        true => Placement::First,
        false => find(connection, profiles, &profile, excluded(candidate, stored.item), at).await?,
    };
    // Its story is permanent, so that only a copy changes its place.
    let placement = if let Placement::Copy(_) = found { found } else { Placement::First };
    write(connection, stored.item, before.story, &placement, at).await?;
    if placement == Placement::First {
        index(connection, stored.item, text_keys(&profile), at).await?;
        let place = StoryPlace { item: stored.item, story: before.story, placed_at: before.placed_at };
        story_link::link(connection, &mut profiles.events, &candidate.probe.item, place, at).await?;
    } else {
        story_link::unlink(connection, stored.item, None).await?;
    }
    let now = placed(connection, stored.item).await?;
    let now = now.ok_or_else(|| StoreError::unreadable("a story", "it was not stored"))?;
    let left_copy = before.copy_of.is_some() && now.copy_of != before.copy_of;
    Ok(ItemStory { left_copy, ..now.into() })
}

async fn placed(connection: &mut SqliteConnection, item: i64) -> Result<Option<PlacedRow>, StoreError> {
    type Columns = (i64, String, i64, Option<i64>, Option<String>, bool);
    let row: Option<Columns> = sqlx::query_as(PLACED).bind(item).fetch_optional(connection).await?;
    Ok(row.map(|(story, story_id, placed_at, copy_of, root_id, has_copies)| PlacedRow {
        story,
        story_id,
        placed_at,
        copy_of,
        root_id,
        has_copies,
    }))
}

/// Keeps the first texts of revised items, before anything is compared with them.
pub(super) async fn keep_texts(
    connection: &mut SqliteConnection,
    stored: &[StoredCandidate],
) -> Result<(), StoreError> {
    for StoredCandidate { item, previous, .. } in stored {
        let Some(previous) = previous else { continue };
        let content = serde_json::to_string(previous).map_err(|error| StoreError::unreadable("an item", error))?;
        sqlx::query(KEEP_TEXT).bind(item).bind(content).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The item itself and the items that share a key with it but are different ones are not compared with it.
fn excluded(candidate: &Candidate, item: i64) -> Vec<i64> {
    candidate.ruled_out.iter().copied().chain([item]).collect()
}

/// Compares a text with stored ones that share keys with it: first as a copy, then as part of a story.
async fn find(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    profile: &TextProfile,
    mut excluded: Vec<i64>,
    at: Timestamp,
) -> Result<Placement, StoreError> {
    let open_since = later(at, -placement::STORY_WINDOW);
    let mut compared: Vec<ComparedText> = Vec::new();
    for (keys, window, only_open) in [
        (profile.copy_keys(), placement::COPY_WINDOW, None),
        (profile.story_keys(), placement::STORY_WINDOW, Some(open_since)),
    ] {
        for text in candidates(connection, &keys, later(at, -window), only_open, &excluded).await? {
            excluded.push(text.item);
            let Some(older) = profiles.read(text.item, Some(text.content)) else { continue };
            let (item, story, comparison) = (text.item, text.story, compare(older, profile));
            let is_open = text.began.is_some_and(|began| began >= open_since.as_microsecond());
            compared.push(ComparedText { item, story, is_open, comparison });
            if comparison.relation == Relation::SameText {
                return Ok(placement::place(&compared));
            }
        }
    }
    Ok(placement::place(&compared))
}

/// Compares a stored text with a new one; none if it is gone or cannot be read.
async fn compare_with(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    item: i64,
    newer: &TextProfile,
) -> Result<Option<Comparison>, StoreError> {
    let stored: Option<Vec<u8>> = sqlx::query_scalar(TEXT).bind(item).fetch_optional(connection).await?;
    Ok(profiles.read(item, stored).map(|stored| compare(stored, newer)))
}

async fn write(
    connection: &mut SqliteConnection,
    item: i64,
    story: i64,
    placement: &Placement,
    at: Timestamp,
) -> Result<(), StoreError> {
    let at = at.as_microsecond();
    let (copy_of, share, relation) = match placement {
        Placement::First | Placement::Notice if story == item => (None, None, "first"),
        Placement::First | Placement::Notice => (None, None, "story"),
        Placement::Copy(text) => (Some(text.item), Some(text.comparison.share), "text"),
        Placement::Further(text) => (None, Some(text.comparison.share), "story"),
    };
    sqlx::query(PLACE)
        .bind(item)
        .bind(story)
        .bind(copy_of)
        .bind(share)
        .bind(relation)
        .bind(at)
        .bind(placement.is_indexed().then_some(at))
        .execute(connection)
        .await?;
    Ok(())
}

/// The keys for texts in the same language.
fn text_keys(profile: &TextProfile) -> Vec<u32> {
    profile.copy_keys().into_iter().chain(profile.story_keys()).collect()
}

impl From<PlacedRow> for ItemStory {
    fn from(row: PlacedRow) -> Self {
        let copy_of = row.root_id.map(ItemId::from_stored);
        Self { id: ItemId::from_stored(row.story_id), copy_of, left_copy: false }
    }
}
