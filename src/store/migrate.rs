//! The migrations that bring a database to the current schema.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Every migration of the SQLite store, in order: number, name, statements. Append only.
pub(crate) const SQLITE: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("../../migrations/sqlite/0001_first.sql")),
    (2, "follow", include_str!("../../migrations/sqlite/0002_follow.sql")),
    (3, "learnt", include_str!("../../migrations/sqlite/0003_learnt.sql")),
    (4, "due", include_str!("../../migrations/sqlite/0004_due.sql")),
    (5, "identity", include_str!("../../migrations/sqlite/0005_identity.sql")),
    (6, "configured", include_str!("../../migrations/sqlite/0006_configured.sql")),
    (7, "set_aside", include_str!("../../migrations/sqlite/0007_set_aside.sql")),
    (8, "plain_names", include_str!("../../migrations/sqlite/0008_plain_names.sql")),
    (9, "said", include_str!("../../migrations/sqlite/0009_said.sql")),
    (10, "body_hash", include_str!("../../migrations/sqlite/0010_body_hash.sql")),
    (11, "read_at", include_str!("../../migrations/sqlite/0011_read_at.sql")),
    (12, "counts", include_str!("../../migrations/sqlite/0012_counts.sql")),
    (13, "story", include_str!("../../migrations/sqlite/0013_story.sql")),
    (14, "retry_by_hand", include_str!("../../migrations/sqlite/0014_retry_by_hand.sql")),
    (15, "source_settings", include_str!("../../migrations/sqlite/0015_source_settings.sql")),
    (16, "edits", include_str!("../../migrations/sqlite/0016_edits.sql")),
    (17, "circuit", include_str!("../../migrations/sqlite/0017_circuit.sql")),
    (18, "digest", include_str!("../../migrations/sqlite/0018_digest.sql")),
    (19, "health", include_str!("../../migrations/sqlite/0019_health.sql")),
    (20, "alerted_item", include_str!("../../migrations/sqlite/0020_alerted_item.sql")),
    (21, "refused_recipient", include_str!("../../migrations/sqlite/0021_refused_recipient.sql")),
    (22, "rhythm", include_str!("../../migrations/sqlite/0022_rhythm.sql")),
];

/// The migrator, which applies the migrations that a database lacks, each in a transaction.
#[must_use]
pub(crate) fn sqlite() -> Migrator {
    let migrations = SQLITE.iter().map(|(number, name, statements)| {
        let statements: &'static str = statements;
        Migration::new(*number, Cow::Borrowed(name), MigrationType::Simple, statements.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_a_migration() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
        let mut files: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let known: Vec<String> = SQLITE.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(files, known);
    }
}
