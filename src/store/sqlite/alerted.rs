//! What each watch has been told of: it makes one alert of copies, and outlives what it speaks of.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::alert::Hit;
use crate::item::{ContentHash, ItemId, derived};
use crate::source::SourceId;
use crate::store::StoreError;
use crate::watch::{OncePer, Revisions, Watch};

pub(super) const REMEMBER_ALERTED: &str =
    "insert into alerted (watch_id, about, at) values (?1, ?2, ?3) on conflict (watch_id, about) do nothing";

pub(super) const HAS_ALERTED: &str = "select count(*) from alerted where watch_id = ?1 and about = ?2";

/// An item revision that a watch may have to be told of.
pub(super) struct RevisionAlert<'a> {
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
    news: &RevisionAlert<'_>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let before = news.before.and_then(|hits| hits.iter().find(|before| before.watch == hit.watch));
    // A watch whose words went and come back has been told before, though the revision before did not hit it.
    let again = before.is_some() || news.before.is_some() && has_alerted(connection, watch, news).await?;
    if again && !wants_revision(watch.revisions, before, hit, news.new_title) {
        return Ok(false);
    }
    let mut fresh = true;
    for about in about(watch.once_per, again, news) {
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

fn wants_revision(revisions: Revisions, before: Option<&Hit>, now: &Hit, new_title: bool) -> bool {
    match revisions {
        Revisions::Never => false,
        Revisions::Title => new_title,
        Revisions::Terms => before.map(terms).unwrap_or_default() != terms(now),
        Revisions::Any => true,
    }
}

fn terms(hit: &Hit) -> std::collections::BTreeSet<&str> {
    hit.matches.iter().map(|found| found.term.as_str()).collect()
}

/// What makes two alerts of a watch the same, any of it by itself.
fn about(once_per: OncePer, again: bool, news: &RevisionAlert<'_>) -> Vec<String> {
    if again {
        return vec![format!("revision {} {}", news.id, news.revision)];
    }
    match once_per {
        OncePer::Text | OncePer::Story => text_and_item(news),
        OncePer::Item => vec![format!("item {} {}", news.id, news.source)],
    }
}

/// A text that is too short to be told by its hash is told by its item alone. The item is always named: its excerpt
/// and its full text are two texts and one piece of news.
fn text_and_item(news: &RevisionAlert<'_>) -> Vec<String> {
    let mut about = vec![item(news)];
    if news.hash.identifies() {
        about.push(format!("text {}", super::lookup::hex(news.hash.digest())));
    }
    about
}

fn item(news: &RevisionAlert<'_>) -> String {
    format!("item {}", news.id)
}

async fn has_alerted(
    connection: &mut SqliteConnection,
    watch: &Watch,
    news: &RevisionAlert<'_>,
) -> Result<bool, StoreError> {
    let about = derived(&[&item(news)], 16).into_bytes();
    let alerted: i64 =
        sqlx::query_scalar(HAS_ALERTED).bind(watch.id.as_str()).bind(about).fetch_one(connection).await?;
    Ok(alerted > 0)
}

async fn write(
    connection: &mut SqliteConnection,
    watch: &Watch,
    about: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(REMEMBER_ALERTED)
        .bind(watch.id.as_str())
        .bind(derived(&[about], 16).into_bytes())
        .bind(at.as_microsecond())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
