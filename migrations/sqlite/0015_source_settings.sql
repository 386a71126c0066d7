-- A source whose settings have changed is visited again soon.
alter table source add column settings text;  -- how it was configured; null: written by an earlier version
