//! Every statement, held against the schema.

use sqlx::{Connection, Executor, SqliteConnection};

use super::{admit, ahead, doctor, event, follow, item, learnt, lookup, outbox, retention, source, told};

const ALL: &[&str] = &[
    admit::BROUGHT_BEFORE,
    ahead::VISITS,
    ahead::PAGES,
    ahead::DELIVERIES,
    ahead::BRING_DELIVERIES,
    ahead::LAST_VISIT,
    doctor::ITEMS,
    doctor::DELIVERIES,
    doctor::OLDEST,
    doctor::INTEGRITY,
    doctor::FOREIGN_KEYS,
    doctor::WITHOUT_TIME,
    doctor::GAPS,
    event::INSERT,
    event::NEXT_SEQ,
    event::EPOCH,
    event::DELIVER,
    event::AFTER,
    event::BOUNDS,
    follow::QUEUE,
    follow::DUE,
    follow::ONE,
    follow::WAITING,
    follow::BEGIN,
    follow::PUT_OFF,
    follow::FORGET_VALIDATORS,
    follow::DROP,
    follow::STANDS,
    follow::AGAIN,
    follow::ATTACH,
    item::INSERT,
    item::REVISE,
    item::FORGET_KEYS,
    item::KEYS,
    item::SIGHTINGS,
    item::NAMED,
    item::LIST,
    learnt::UNLEARN,
    learnt::LEARN,
    learnt::BLOCKS,
    learnt::LEARN_BLOCKS,
    lookup::BY_KEYS,
    lookup::SAID,
    outbox::RECOVER,
    outbox::DUE,
    outbox::NEXT_DUE,
    outbox::BEGIN,
    outbox::BEGIN_ATTEMPT,
    outbox::SETTLE,
    outbox::SETTLE_ATTEMPT,
    outbox::LIST,
    outbox::ONE,
    outbox::ATTEMPTS,
    outbox::RETRY,
    retention::DELIVERIES,
    retention::ALERTS,
    retention::TEXTS,
    retention::ITEMS,
    retention::TOLD,
    source::KEEP,
    source::DROP,
    source::STATES,
    source::END,
    source::DUE_NOW,
    source::SCHEDULE,
    told::TELL,
    told::WAS_TOLD,
];

#[tokio::test]
async fn every_statement_prepares() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    for statement in ALL {
        let statement: &'static str = statement;
        if let Err(error) = connection.prepare(sqlx::SqlSafeStr::into_sql_str(statement)).await {
            panic!("{statement}: {error}");
        }
    }
}

#[test]
fn every_statement_of_the_folder_is_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/sqlite");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let named: usize = files.map(|text| text.matches("\npub(super) const ").count()).sum();
    assert_eq!(named, ALL.len());
}
