//! Finds the text that an item copies and the story it belongs to, and keeps the index for it. The rules are in
//! [`crate::story::placement`].

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::Database;
use super::item::StoredCandidate;
use super::story_candidates::candidates;
use super::story_link::{self, CrossReport, StoredEvents, StoryPlace};
use super::text_index::index;
use crate::clock::later;
use crate::dedupe::Verdict;
use crate::item::{Item, ItemId};
use crate::store::{Candidate, RelatedText, StoreError};
use crate::story::placement::{self, ComparedText, Placement};
use crate::story::relation::{Comparison, Relation, compare};
use crate::story::text_profile::TextProfile;

/// A story keeps its number. Returns the id of the story, and that of the text that is copied.
pub(super) const PLACE: &str = "
    insert into item_story (item, story, copy_of, share, relation, placed_at, indexed_at, lang)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    on conflict (item) do update
    set copy_of = excluded.copy_of, share = excluded.share, relation = excluded.relation,
        indexed_at = excluded.indexed_at, first_text = case when excluded.copy_of is null then first_text end,
        lang = iif(excluded.copy_of is null, excluded.lang, lang)
    returning
        (select coalesce(first.id, i.id) from item i left join item first on first.number = item_story.story
            where i.number = item_story.item),
        (select root.id from item root where root.number = item_story.copy_of)";

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
    /// True for a new item that begins a story without reports in other languages.
    pub(super) is_alone: bool,
}

/// The stored texts that an admission has compared with, so that none is read for every item.
#[derive(Default)]
pub(super) struct StoredProfiles {
    texts: HashMap<i64, Option<TextProfile>>,
    pub(super) events: StoredEvents,
}

impl StoredProfiles {
    /// None so far, but these reports in other languages.
    pub(super) fn with(events: StoredEvents) -> Self {
        Self { events, ..Self::default() }
    }

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
    // An item that was stored a moment ago has no place.
    if candidate.verdict != Verdict::New
        && let Some(row) = placed(connection, stored.item).await?
    {
        return Ok(row.into());
    }
    let profile = TextProfile::of(&candidate.probe.item);
    let placement = match candidate.is_notice {
        true => Placement::Notice,
        false => find(connection, profiles, &profile, excluded(candidate, stored.item), at).await?,
    };
    let texts = (&candidate.probe.item, &profile);
    let story = put_first(connection, profiles, stored.item, texts, &placement, at).await?;
    // Others may have brought a known item.
    Ok(ItemStory { is_alone: story.is_alone && candidate.verdict == Verdict::New, ..story })
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
    put_first(connection, profiles, item, (text, &profile), &placement, at).await?;
    Ok(())
}

/// Stores the place of an item that had none.
async fn put_first(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    item: i64,
    texts: (&Item, &TextProfile),
    placement: &Placement,
    at: Timestamp,
) -> Result<ItemStory, StoreError> {
    let story = match placement {
        Placement::First | Placement::Notice => item,
        Placement::Copy(text) | Placement::Further(text) => text.story,
    };
    let place = StoryPlace { item, story, placed_at: at.as_microsecond(), has_links: false };
    put(connection, profiles, texts, place, placement, at).await
}

/// Stores the place of an item. One that later texts are compared with is indexed, and linked to reports in other
/// languages; any other loses its links.
async fn put(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    (text, profile): (&Item, &TextProfile),
    place: StoryPlace,
    placement: &Placement,
    at: Timestamp,
) -> Result<ItemStory, StoreError> {
    let report = placement.is_indexed().then(|| CrossReport::of(text));
    let links = match &report {
        Some(report) => report.links(connection, &mut profiles.events, place, at).await?,
        None => Vec::new(),
    };
    let mut stored = write(connection, place, placement, report.as_ref().and_then(CrossReport::lang), at).await?;
    if let Some(report) = &report {
        index(connection, place.item, text_keys(profile).into_iter().chain(report.keys()).collect(), at).await?;
    }
    story_link::replace(connection, place, report.as_ref().and_then(CrossReport::lang), &links).await?;
    stored.is_alone = !place.has_links && links.is_empty() && place.story == place.item;
    Ok(stored)
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
    let place = StoryPlace { item: stored.item, story: before.story, placed_at: before.placed_at, has_links: true };
    let now = put(connection, profiles, (&candidate.probe.item, &profile), place, &placement, at).await?;
    let copy_of = if let Placement::Copy(text) = placement { Some(text.item) } else { None };
    let left_copy = before.copy_of.is_some() && copy_of != before.copy_of;
    Ok(ItemStory { left_copy, ..now })
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
    place: StoryPlace,
    placement: &Placement,
    lang: Option<&str>,
    at: Timestamp,
) -> Result<ItemStory, StoreError> {
    let at = at.as_microsecond();
    let (copy_of, share, relation) = match placement {
        Placement::First | Placement::Notice if place.story == place.item => (None, None, "first"),
        Placement::First | Placement::Notice => (None, None, "story"),
        Placement::Copy(text) => (Some(text.item), Some(text.comparison.share), "text"),
        Placement::Further(text) => (None, Some(text.comparison.share), "story"),
    };
    let (story, root): (String, Option<String>) = sqlx::query_as(PLACE)
        .bind(place.item)
        .bind(place.story)
        .bind(copy_of)
        .bind(share)
        .bind(relation)
        .bind(at)
        .bind(placement.is_indexed().then_some(at))
        .bind(lang)
        .fetch_one(connection)
        .await?;
    Ok(ItemStory::new(story, root))
}

/// The keys for texts in the same language.
fn text_keys(profile: &TextProfile) -> Vec<u32> {
    profile.copy_keys().into_iter().chain(profile.story_keys()).collect()
}

impl ItemStory {
    fn new(id: String, copy_of: Option<String>) -> Self {
        let copy_of = copy_of.map(ItemId::from_stored);
        Self { id: ItemId::from_stored(id), copy_of, left_copy: false, is_alone: false }
    }
}

impl From<PlacedRow> for ItemStory {
    fn from(row: PlacedRow) -> Self {
        Self::new(row.story_id, row.root_id)
    }
}
