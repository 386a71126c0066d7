-- How often an item changes: a page that changes more than 24 times a day is a ticker.
alter table item add column edits integer not null default 0;  -- revisions since edits_since
alter table item add column edits_since integer;               -- null: it has not changed since this column exists
