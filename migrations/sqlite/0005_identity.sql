-- What changes in a source's addresses and identifiers from visit to visit.
alter table learnt add column volatile text;      -- null: nothing is known to change; else as JSON

-- Whether a document of the source was ever compared with the store down to its last entry.
alter table source add column whole_at integer;   -- null: never; what stands beyond max_items is still to be noted

-- A key of an entry that stood beyond a source's max_items at its first visit: it belongs to the baseline and does not
-- alert when it comes within reach.
create table baseline_key (
    source_id text not null,
    key       blob not null,                      -- 16 bytes
    primary key (source_id, key)
) strict, without rowid;
