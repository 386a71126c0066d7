//! Checks every statement against the schema.

use sqlx::{Connection, Executor, SqliteConnection};

use super::{
    admit, alerted, backup, baseline, canary, check, circuit, configured, copy, delivery, digest, digest_closing,
    doctor, epoch, event, flood, follow, held, history, item, key_migration, lookup, notice, outbox, page_memory,
    planned, refused, restore, retention, set_aside, shape, source, storage, story, story_candidates, story_link,
    story_list, story_migration, sudden_visit, swap, text_index, visit_end,
};

const ALL: &[&str] = &[
    backup::MADE_AT,
    backup::HOLDS,
    backup::GATHERED,
    backup::HAS_DIGESTS,
    copy::AUTO_VACUUM,
    copy::INCREMENTAL,
    copy::INTO,
    copy::READABLE,
    restore::OURS,
    restore::REQUEUE_ALL,
    restore::PAUSE,
    restore::MADE,
    swap::CHECKPOINT,
    storage::SPACE,
    storage::BACKUP_AT,
    storage::RETURN_PAGES,
    storage::LOCK,
    storage::KEEP_LOCK,
    admit::BROUGHT_BEFORE,
    planned::VISITS,
    planned::PAGES,
    planned::DELIVERIES,
    planned::BRING_DELIVERIES,
    planned::LAST_VISIT,
    baseline::NOTE,
    baseline::NOTED,
    baseline::BROUGHT,
    delivery::LIST,
    delivery::OF_STATE,
    delivery::CHANNELS,
    delivery::OF_CHANNEL,
    delivery::ONE,
    delivery::ATTEMPTS,
    delivery::STATUS,
    delivery::RETRY,
    delivery::CANCEL,
    delivery::NAMED,
    delivery::SELECTED,
    digest::GATHER,
    digest::MAILS_SINCE,
    digest::OPEN_LIMIT,
    digest::LAST_DIGEST,
    digest::PLANS,
    digest::WAITING,
    digest::SAVE_PLAN,
    digest::REPLAN,
    digest_closing::DUE,
    digest_closing::GATHERED,
    digest_closing::ENCLOSE,
    sudden_visit::COUNTS,
    sudden_visit::COUNT,
    sudden_visit::MARK,
    sudden_visit::IS_FLOOD,
    sudden_visit::STILL_WAITS,
    sudden_visit::SUBSIDE,
    sudden_visit::EXPIRE,
    configured::RETURN,
    configured::ADD,
    configured::REMOVE,
    configured::RETURNED,
    configured::HOLD_REMOVED,
    configured::RELEASE_RETURNING,
    circuit::GATE,
    circuit::SAVE,
    circuit::CANDIDATE,
    circuit::PROBE,
    circuit::APPOINT,
    circuit::HOLD,
    circuit::RELEASE,
    held::CONDITIONS,
    held::HELD,
    held::EXPIRE,
    held::GATHERED,
    held::DROP_GATHERED,
    held::RESUME,
    configured::MISSED_ITEMS,
    configured::MISSED_ALERTS,
    configured::SETTLED,
    set_aside::ASIDE,
    set_aside::ASIDE_LIST,
    set_aside::ASIDE_RIGHT,
    set_aside::ASIDE_OLD,
    doctor::ITEMS,
    doctor::ALERTS,
    doctor::DEAD_SINCE,
    doctor::DELIVERIES,
    doctor::FAILING,
    doctor::OLDEST,
    doctor::GATHERED,
    shape::OBJECTS,
    check::INTEGRITY,
    check::FOREIGN_KEYS,
    check::ORPHANS,
    check::MISSING,
    check::WITHOUT_TIME,
    check::GAPS,
    check::STATES,
    check::QUICK,
    check::UNREADABLE,
    event::INSERT,
    event::NEXT_SEQ,
    event::EPOCH,
    epoch::EPOCH_RISES,
    event::DELIVER,
    event::THREAD,
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
    follow::QUEUE_LATE,
    item::TAKEN_IDS,
    item::INSERT,
    item::REVISE,
    item::FORGET_KEYS,
    item::KEYS,
    item::SIGHTINGS,
    item::NAMED,
    item::LIST,
    page_memory::UNLEARN,
    page_memory::LEARN,
    page_memory::BLOCKS,
    page_memory::LEARN_BLOCKS,
    page_memory::LEARN_VOLATILE,
    canary::CANARY,
    canary::UNCHECKED,
    canary::LAST_CANARY,
    canary::OUTCOMES,
    canary::CANCEL_TEST,
    canary::CHECKED,
    flood::HOLD,
    flood::FLOOD_BEGINS,
    flood::FLOODS,
    flood::FLOOD,
    flood::HELD,
    flood::RELEASE,
    flood::ACCEPT,
    flood::DISCARD,
    flood::HOLDS_MORE,
    flood::FLOOD_ENDS,
    history::ITEM,
    history::LISTED,
    history::KEY_KINDS,
    history::PLACEMENT,
    history::PAGE_TRIES,
    history::HELD_BY,
    history::ALERTS_OF,
    history::DELIVERIES_OF,
    history::WAITS_FOR,
    history::RELATED,
    history::WITH_KEYS,
    history::ADDRESSES,
    history::SOURCE_EVENTS,
    history::ADDED,
    notice::NOTICE,
    notice::FLOOD_NOTICED,
    notice::OUTAGE_BEGINS,
    notice::OUTAGE_REPEATS,
    notice::OUTAGE_ENDS,
    notice::OUTAGE,
    notice::FAILING_SINCE,
    notice::LAST_ARRIVAL,
    notice::RHYTHM,
    lookup::BY_KEYS,
    lookup::CONTENT,
    outbox::FIRST_DUE,
    outbox::REPEAT_DUE,
    outbox::NEXT_DUE,
    outbox::PENDING,
    outbox::BEGIN,
    outbox::BEGIN_ATTEMPT,
    outbox::SETTLE,
    outbox::SETTLED,
    outbox::SETTLE_ATTEMPT,
    outbox::IN_FLIGHT,
    outbox::REQUEUE,
    outbox::GIVE_UP,
    refused::REFUSED,
    refused::REFUSED_UNTIL,
    refused::REFUSE,
    refused::POSTPONE,
    refused::RELEASE_REFUSED,
    refused::ACCEPT_RECIPIENT,
    refused::RECIPIENT,
    refused::REPORTED,
    key_migration::KEYED_AS,
    key_migration::KEYED,
    key_migration::OLD,
    retention::PRUNED_BEFORE,
    retention::DELIVERIES,
    retention::ALERTS,
    retention::TEXTS,
    retention::ITEMS,
    retention::ALERTED,
    retention::INDEX,
    retention::FIRST_TEXTS,
    source::KEEP,
    source::DROP,
    source::STATES,
    source::DUE_NOW,
    source::SCHEDULE,
    source::REMOVED_AT,
    alerted::REMEMBER,
    alerted::REMEMBERED,
    story_candidates::CANDIDATES,
    text_index::INDEX,
    story::PLACE,
    story::PLACED,
    story::TEXT,
    story::KEEP_TEXT,
    story_link::REPORTS,
    story_link::UNLINK,
    story_link::UNLINK_BACK,
    story_link::LINK,
    story_migration::INDEXED_AS,
    story_migration::INDEXED,
    story_migration::NEWEST,
    story_migration::ALERTED,
    story_list::MEMBERS,
    story_list::ITEMS_NAMED,
    story_list::STORIES,
    visit_end::END,
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
    let paths = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let texts = paths.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap());
    let named: usize = texts.map(|text| text.matches("\npub(super) const ").count()).sum();
    assert_eq!(named, ALL.len());
}

/// SQLite prepares a statement anew at each execution if its plan depends on a parameter, as with `limit +?1`.
#[test]
fn no_limit_is_a_bare_parameter() {
    let bare: Vec<&&str> = ALL.iter().filter(|statement| statement.contains("limit ?")).collect();
    assert!(bare.is_empty(), "write `limit +?1` instead: {bare:?}");
}

#[tokio::test]
async fn a_backlog_is_walked_by_an_index_and_never_sorted() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    for (statement, index) in [
        (outbox::FIRST_DUE, "COVERING INDEX delivery_first"),
        (outbox::REPEAT_DUE, "INDEX delivery_repeat"),
        (outbox::NEXT_DUE, "INDEX delivery_due"),
        (outbox::PENDING, "INTEGER PRIMARY KEY"),
        (outbox::IN_FLIGHT, "COVERING INDEX delivery_in_flight"),
    ] {
        let plan = plan(&mut connection, statement).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{statement}: {plan}");
    }
}

#[tokio::test]
async fn expired_alert_records_are_found_by_their_time() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    let plan = plan(&mut connection, retention::ALERTED).await;
    assert!(plan.contains("INDEX alerted_by_time (at<?)"), "{plan}");
}

#[tokio::test]
async fn links_are_found_by_their_item_however_many_there_are() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    for (statement, index) in [
        (story_list::MEMBERS, "SEARCH l USING PRIMARY KEY (item=?)"),
        (story_list::STORIES, "SEARCH l USING PRIMARY KEY (item=?)"),
        (story_link::REPORTS, "SEARCH l USING PRIMARY KEY (item=?)"),
        (story_link::UNLINK, "SEARCH story_link USING PRIMARY KEY (item=?)"),
        (story_link::UNLINK_BACK, "INDEX story_link_by_other (other=?)"),
    ] {
        let plan = plan(&mut connection, statement).await;
        assert!(plan.contains(index), "{statement}: {plan}");
    }
}

#[tokio::test]
async fn a_story_is_read_without_a_scan_of_a_table() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    for statement in [
        story_candidates::CANDIDATES,
        story::PLACED,
        story::TEXT,
        story_link::REPORTS,
        story_list::MEMBERS,
        event::THREAD,
    ] {
        let plan = plan(&mut connection, statement).await;
        // These stand for tables; `k`, `w`, `j`, `f`, `l`, `n` and `r` are lists of this item.
        let scans = ["SCAN a", "SCAN c", "SCAN d", "SCAN i", "SCAN m", "SCAN o", "SCAN p", "SCAN s", "SCAN t"];
        let found = plan
            .split("; ")
            .find(|step| scans.iter().any(|scan| step == scan || step.starts_with(&format!("{scan} "))));
        assert_eq!(found, None, "{statement}: {plan}");
    }
}

#[tokio::test]
async fn the_rhythm_of_a_source_is_read_by_an_index() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    for statement in [notice::LAST_ARRIVAL, notice::RHYTHM] {
        let plan = plan(&mut connection, statement).await;
        assert!(plan.contains("SEARCH s USING COVERING INDEX sighting_arrival (source_id=?"), "{statement}: {plan}");
        assert!(
            plan.contains("SEARCH e USING INDEX sighting_by_source (source_id=? AND item=?)"),
            "{statement}: {plan}"
        );
    }
}

#[tokio::test]
async fn an_item_is_explained_without_a_scan_of_a_table() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    for statement in [
        history::ITEM,
        history::LISTED,
        history::KEY_KINDS,
        history::PLACEMENT,
        history::PAGE_TRIES,
        history::HELD_BY,
        history::ALERTS_OF,
        history::DELIVERIES_OF,
        history::WAITS_FOR,
        history::RELATED,
        history::WITH_KEYS,
        history::ADDRESSES,
    ] {
        let plan = plan(&mut connection, statement).await;
        let scan = plan
            .split("; ")
            .find(|step| step.starts_with("SCAN") && !["SCAN j VIRTUAL TABLE INDEX 1:", "SCAN s"].contains(step));
        assert_eq!(scan, None, "{statement}: {plan}");
    }
}

#[tokio::test]
async fn what_waits_for_a_digest_is_found_by_an_index() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    for (statement, index) in [
        (digest::MAILS_SINCE, "delivery USING COVERING INDEX delivery_to_recipient (recipient=? AND made_at>?)"),
        (digest::LAST_DIGEST, "SEARCH d USING INDEX delivery_to_recipient (recipient=? AND made_at>?)"),
        (digest::OPEN_LIMIT, "SEARCH digest_entry USING INDEX digest_entry_waiting (channel_id=?)"),
        (digest::WAITING, "digest_entry USING COVERING INDEX digest_entry_waiting"),
        (digest::REPLAN, "digest_entry USING INDEX digest_entry_waiting (channel_id=?"),
        (digest_closing::DUE, "digest_entry USING INDEX digest_entry_waiting (channel_id=?"),
        (digest_closing::ENCLOSE, "digest_entry USING INTEGER PRIMARY KEY"),
        (sudden_visit::STILL_WAITS, "follow USING INDEX follow_waiting (source_id=?)"),
        (configured::MISSED_ALERTS, "SEARCH e USING COVERING INDEX sqlite_autoindex_digest_entry_1"),
        (retention::ALERTS, "SEARCH e USING COVERING INDEX sqlite_autoindex_digest_entry_1"),
    ] {
        let plan = plan(&mut connection, statement).await;
        assert!(plan.contains(index), "{statement}: {plan}");
    }
}

#[tokio::test]
async fn counts_and_lists_read_no_row_that_they_do_not_show() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::store::migrate::sqlite().run(&mut connection).await.unwrap();
    for (statement, indexes) in [
        (doctor::ITEMS, &["item USING COVERING INDEX", "follow USING COVERING INDEX"][..]),
        (doctor::ALERTS, &["alert USING COVERING INDEX alert_by_kind"]),
        (doctor::DELIVERIES, &["delivery USING COVERING INDEX delivery_by_state"]),
        (doctor::OLDEST, &["delivery USING COVERING INDEX delivery_open"]),
        (canary::OUTCOMES, &["SEARCH a USING COVERING INDEX", "SEARCH d USING INDEX delivery_by_alert (alert=?)"]),
        (doctor::GATHERED, &["digest_entry USING COVERING INDEX digest_entry_waiting"]),
        (doctor::DEAD_SINCE, &["delivery USING COVERING INDEX delivery_dead (settled_at>?)"]),
        (doctor::FAILING, &["INDEX delivery_failing", "delivery_delivered (channel_id=? AND settled_at>?)"]),
        (source::STATES, &["SEARCH s USING COVERING INDEX sighting_by_source", "SEARCH f USING INDEX follow_waiting"]),
        (delivery::LIST, &["SEARCH d USING INTEGER PRIMARY KEY (rowid<?)"]),
        (delivery::OF_STATE, &["SEARCH d USING INDEX delivery_by_state (state=? AND rowid<?)"]),
        (delivery::NAMED, &["delivery USING COVERING INDEX sqlite_autoindex_delivery_1 (id>? AND id<?)"]),
        (delivery::OF_CHANNEL, &["SEARCH d USING INDEX sqlite_autoindex_delivery_2 (channel_id=?)"]),
    ] {
        let plan = plan(&mut connection, statement).await;
        for index in indexes {
            assert!(plan.contains(index), "{statement}: {plan}");
        }
        assert!(!plan.contains("ORDER BY"), "{statement}: {plan}");
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own statement holds nothing from outside")]
async fn plan(connection: &mut SqliteConnection, statement: &str) -> String {
    let explain = sqlx::AssertSqlSafe(format!("explain query plan {statement}"));
    let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(connection).await.unwrap();
    steps.into_iter().map(|step| step.3).collect::<Vec<_>>().join("; ")
}
