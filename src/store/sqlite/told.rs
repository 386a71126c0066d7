//! What each watch has been told of: it makes one alert of copies, and outlives what it speaks of.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::alert::Hit;
use crate::item::{ContentHash, ItemId, derived};
use crate::source::SourceId;
use crate::store::StoreError;
use crate::watch::{OncePer, Revisions, Watch};

pub(super) const TELL: &str =
    "insert into told (watch_id, about, at) values (?1, ?2, ?3) on conflict (watch_id, about) do nothing";

/// An item revision that a watch may have to be told of.
pub(super) struct News<'a> {
    pub id: &'a ItemId,
    pub hash: &'a ContentHash,
    pub revision: u32,
    /// The source that brings it now.
    pub source: &'a SourceId,
    /// The watches that the revision before it hit; none for a first revision.
    pub before: Option<&'a [Hit]>,
    /// True when the headline differs from the revision before it.
    pub new_title: bool,
}

/// Writes down that `watch` is told of this news; false when it has been told already, or wants no word of it.
pub(super) async fn tell(
    connection: &mut SqliteConnection,
    watch: &Watch,
    hit: &Hit,
    news: &News<'_>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let before = news.before.and_then(|hits| hits.iter().find(|before| before.watch == hit.watch));
    if before.is_some_and(|before| !wants_revision(watch.revisions, before, hit, news.new_title)) {
        return Ok(false);
    }
    let mut fresh = true;
    for about in about(watch.once_per, before.is_some(), news) {
        fresh &= write(connection, watch, &about, at).await?;
    }
    if fresh {
        // Whatever the watch counts by today, it has been told of this text and item too.
        for about in text_and_item(news) {
            write(connection, watch, &about, at).await?;
        }
    }
    Ok(fresh)
}

fn wants_revision(revisions: Revisions, before: &Hit, now: &Hit, new_title: bool) -> bool {
    match revisions {
        Revisions::Never => false,
        Revisions::Title => new_title,
        Revisions::Terms => terms(before) != terms(now),
        Revisions::Any => true,
    }
}

fn terms(hit: &Hit) -> std::collections::BTreeSet<&str> {
    hit.matches.iter().map(|found| found.term.as_str()).collect()
}

/// What makes two alerts of a watch the same, any of it by itself.
fn about(once_per: OncePer, was_hit: bool, news: &News<'_>) -> Vec<String> {
    if was_hit {
        return vec![format!("revision {} {}", news.id, news.revision)];
    }
    match once_per {
        OncePer::Text | OncePer::Story => text_and_item(news),
        OncePer::Item => vec![format!("item {} {}", news.id, news.source)],
    }
}

/// A text that is too short to be told by its hash is told by its item alone. The item is always named: its excerpt
/// and its full text are two texts and one piece of news.
fn text_and_item(news: &News<'_>) -> Vec<String> {
    let mut about = vec![format!("item {}", news.id)];
    if news.hash.identifies() {
        about.push(format!("text {}", super::lookup::hex(news.hash.digest())));
    }
    about
}

async fn write(
    connection: &mut SqliteConnection,
    watch: &Watch,
    about: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(TELL)
        .bind(watch.id.as_str())
        .bind(derived(&[about], 16).into_bytes())
        .bind(at.as_microsecond())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
