-- When the source was last visited and its document was read: an unchanged document still lists the same items.
alter table source add column read_at integer;  -- null: not since this column exists
