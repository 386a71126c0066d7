-- A record that a watch has alerted is kept as long as the item for which it did.
alter table alerted add column item integer;    -- null: recorded by an earlier version; else the item's number

-- The records that may have expired. Without this index, retention reads all of them in every step.
create index alerted_by_time on alerted (at);
