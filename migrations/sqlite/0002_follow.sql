-- An item whose own page is to be read for its full text. It waits here before it is admitted; once it has been
-- admitted as it came, the row stays for a few later tries.
create table follow (
    number       integer primary key,
    source_id    text not null,
    host         text not null,                   -- of its page: one host is asked at a time
    key          text not null,                   -- its address, in the form that is compared
    content_hash blob not null,                   -- what the source said of it
    said         text not null,                   -- the item as JSON, as the source gave it
    seen_at      integer not null,                -- first sight: its wait counts from here
    tries        integer not null default 0,
    next_try_at  integer not null,
    item         integer references item (number) on delete cascade -- null: it waits and is not admitted yet
) strict;

-- A visit that meets an item while it waits does not queue it again.
create unique index follow_waiting on follow (source_id, key, content_hash) where item is null;

-- What is to be read next.
create index follow_due on follow (next_try_at);

-- The rows of an item that is removed.
create index follow_by_item on follow (item);
