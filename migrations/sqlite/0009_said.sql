-- The old name of an item's content, for scripts that read the database.
alter table item add column said text generated always as (content) virtual;
