//! Tests what a search for candidates costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::Connection;

use super::*;

/// A database in memory in which this many items of one week share these keys.
async fn shared_keys(items: i64, keys: &[i32]) -> SqliteConnection {
    const FILL: &str = "
        with recursive n (item) as (select 1 union all select item + 1 from n where item < ?2)
        insert into text_index (week, key, item) select ?3, j.value, n.item from n, json_each(?1) j";
    const ITEMS: &str = "
        insert into item (number, id, source_id, content_hash, hash_version, first_seen_at, content)
        select distinct item, 'item' || item, 'wire', x'00', 1, 0, '{}' from text_index";
    const STORIES: &str = "
        insert into item_story (item, story, relation, placed_at, indexed_at)
        select distinct item, item, 'first', 0, 0 from text_index";
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    sqlx::query("pragma foreign_keys = off").execute(&mut connection).await.unwrap();
    let fill = sqlx::query(FILL).bind(Value::from(keys.to_vec()).to_string()).bind(items);
    fill.bind(placement::week(Timestamp::UNIX_EPOCH)).execute(&mut connection).await.unwrap();
    sqlx::query(ITEMS).execute(&mut connection).await.unwrap();
    sqlx::query(STORIES).execute(&mut connection).await.unwrap();
    connection
}

/// How many hundreds of steps of SQLite's virtual machine one search takes, and how many items it finds.
async fn cost_among(items: i64) -> (u64, usize) {
    let keys: Vec<u32> = (0..12).collect();
    let mut connection = shared_keys(items, &(0..12).collect::<Vec<i32>>()).await;
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    let count = move || counter.fetch_add(1, Ordering::Relaxed) < u64::MAX;
    connection.lock_handle().await.unwrap().set_progress_handler(100, count);
    let found = candidates(&mut connection, &keys, Timestamp::UNIX_EPOCH, None, &[]).await.unwrap();
    (steps.load(Ordering::Relaxed), found.len())
}

#[tokio::test]
async fn a_search_costs_the_same_whether_a_hundred_or_ten_thousand_texts_share_every_key() {
    let (few, many) = (cost_among(100).await, cost_among(10_000).await);
    assert_eq!((few.1, many.1), (4, 4));
    assert!(many.0 < few.0 * 2, "{} hundred steps among 10,000 items, {} among 100", many.0, few.0);
}
