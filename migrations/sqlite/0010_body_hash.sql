-- A server that answers 200 with the same bytes is treated like one that answers 304.
alter table source add column body_hash blob;   -- null: the same bytes are read again
alter table source add column reading text;     -- how the last document was read; null: unknown, so it is read again
