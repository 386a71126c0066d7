//! The tables, columns, indexes and triggers of a database, compared with those that the migrations make.

use std::collections::BTreeSet;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::store::{StoreError, migrate};

/// Every object by its kind and name; a column's name follows that of its table.
pub(super) const OBJECTS: &str = "
    select type, name from sqlite_schema
    union all select 'column', m.name || '.' || c.name from sqlite_schema m join pragma_table_xinfo(m.name) c
    where m.type = 'table'";

/// What a database consists of.
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

    /// The shape that the migrations give to a database.
    ///
    /// # Errors
    /// When the machine has no memory for an empty database.
    pub async fn expected() -> Result<Self, StoreError> {
        let mut connection = SqliteConnectOptions::new().in_memory(true).disable_statement_logging().connect().await?;
        migrate::sqlite().run(&mut connection).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
        let shape = Self::of(&mut connection).await?;
        connection.close().await.ok();
        Ok(shape)
    }

    /// What `found` lacks of this shape, named; none where it lacks nothing. What it has beyond it does no harm.
    #[must_use]
    pub fn missing_in(&self, found: &Self) -> Option<String> {
        let missing: Vec<&(String, String)> = self.0.difference(&found.0).collect();
        let is_table = |(kind, _): &&&(String, String)| kind == "table";
        // The columns and indexes of a table that is missing are missing with it.
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
    fn the_table_is_named_rather_than_what_belongs_to_it() {
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
