-- When the items of a source arrived: its own rhythm decides when it is silent.
create index sighting_arrival on sighting (source_id, first_at);

-- The last notice about a source: it is repeated once a day, also after a restart.
alter table source add column noticed_state text;     -- the state that was reported; null: nothing is left to report
alter table source add column noticed_at integer;     -- null: likewise; else when it was reported last
alter table source add column noticed_since integer;  -- null: likewise; else when it was reported first
update source set noticed_state = state, noticed_at = coalesce(last_visit_at, 0), noticed_since = coalesce(last_visit_at, 0)
where state in ('failing', 'blocked', 'changed');

-- How many items the last documents had, by commas: an empty document is suspicious only if that is unusual.
alter table source add column document_sizes text not null default '';

-- A visit in which almost all entries were new, although they look old: their alerts wait for an operator.
create table flood (
    source_id  text primary key,
    at         integer not null,
    noticed_at integer                            -- null: it is not reported yet
) strict, without rowid;

-- An item whose alerts wait because of a flood.
create table held_item (
    source_id text not null,
    item      integer not null references item (number) on delete cascade,
    primary key (source_id, item)
) strict, without rowid;

-- An item that waits, when it is removed or explained.
create index held_item_by_item on held_item (item);

-- A test of every channel, once a day. No item, story or watch refers to it.
create table canary (
    id         text primary key,                  -- of its alert
    made_at    integer not null,
    checked_at integer                            -- null: its deliveries are not checked yet
) strict, without rowid;

-- Since when a watch or channel is configured.
alter table configured add column added_at integer;   -- null: since before this column existed
