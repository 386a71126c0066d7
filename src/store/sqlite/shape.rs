//! Compares the tables, columns, indexes and triggers of a database with those of the migrations.

use std::collections::BTreeSet;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::store::{StoreError, migrate};

/// Every object by its kind and name; a column is named `table.column`.
pub(super) const OBJECTS: &str = "
    select type, name from sqlite_schema
    union all select 'column', m.name || '.' || c.name from sqlite_schema m join pragma_table_xinfo(m.name) c
    where m.type = 'table'";

/// The objects of a database schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape(BTreeSet<(String, String)>);

impl Shape {
    /// The shape of this database.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn of(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        let objects: Vec<(String, String)> = sqlx::query_as(OBJECTS).fetch_all(connection).await?;
        Ok(Self(objects.into_iter().collect()))
    }

    /// The shape of a database after all migrations.
    ///
    /// # Errors
    /// If an empty database in memory cannot be created.
    pub(crate) async fn expected() -> Result<Self, StoreError> {
        let mut connection = SqliteConnectOptions::new().in_memory(true).disable_statement_logging().connect().await?;
        migrate::sqlite().run(&mut connection).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
        let shape = Self::of(&mut connection).await?;
        connection.close().await.ok();
        Ok(shape)
    }

    /// Names what `found` lacks of this shape; none if nothing is missing. Additional objects do no harm.
    #[must_use]
    pub(crate) fn missing_in(&self, found: &Self) -> Option<String> {
        let missing: Vec<&(String, String)> = self.0.difference(&found.0).collect();
        let is_table = |(kind, _): &&&(String, String)| kind == "table";
        // If a table is missing, its columns and indexes are missing too.
        let (kind, name) = missing.iter().find(is_table).or(missing.first())?;
        let tables = missing.iter().filter(is_table).count();
        let more = if tables > 1 { format!(", and {} more", tables - 1) } else { String::new() };
        Some(format!("the {kind} `{name}` is missing{more}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(objects: &[(&str, &str)]) -> Shape {
        Shape(objects.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect())
    }

    #[test]
    fn a_missing_table_is_named_rather_than_its_columns() {
        let expected =
            shape(&[("column", "item.content"), ("index", "by_time"), ("table", "item"), ("table", "alert")]);
        let found = shape(&[("table", "alert"), ("table", "notes of the operator")]);
        assert_eq!(expected.missing_in(&found).unwrap(), "the table `item` is missing");
        let found = shape(&[("table", "item"), ("table", "alert"), ("index", "by_time")]);
        assert_eq!(expected.missing_in(&found).unwrap(), "the column `item.content` is missing");
        assert_eq!(expected.missing_in(&Shape::default()).unwrap(), "the table `alert` is missing, and 1 more");
        assert_eq!(expected.missing_in(&expected), None);
    }
}
