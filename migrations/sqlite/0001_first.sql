-- Instants are microseconds since 1970 UTC. Texts are UTF-8. Names of sources, watches and channels are the
-- configuration's own: a row outlives what it names.

-- What holds for the whole store, one fact a row: `epoch` rises when a backup is restored.
create table meta (
    key   text primary key,
    value text not null
) strict, without rowid;

insert into meta (key, value) values ('epoch', '1');

-- A source that is or was configured, and how its visits went.
create table source (
    id              text primary key,
    address         text not null,
    state           text not null default 'new',  -- new, healthy, failing, blocked, …
    next_visit_at   integer,                      -- null: as soon as there is room
    last_visit_at   integer,                      -- null: never visited
    last_success_at integer,                      -- null: never read
    failures        integer not null default 0,   -- in a row
    failing_since   integer,                      -- null: the last visit went well
    last_error      text,                         -- null: the last visit went well
    degraded        text,                         -- null: the last document was whole
    void_keys       text not null default '',     -- kinds of key that do not tell its items apart, by commas
    etag            text,                         -- null: the server gave none
    last_modified   text,                         -- null: the server gave none
    activated_at    integer,                      -- null: no visit has found an item yet
    removed_at      integer                       -- null: it is configured
) strict;

-- One thing somebody published, as it was said last.
create table item (
    number        integer primary key,            -- in the order of admission: the cursor of listings
    id            text not null unique,
    source_id     text not null,                  -- the source that brought it first and revises it
    content_hash  blob not null,
    hash_version  integer not null,
    revision      integer not null default 1,
    first_seen_at integer not null,
    revised_at    integer,                        -- null: it is as it was first seen
    said          text not null,                  -- the item as JSON
    title         text generated always as (said ->> '$.title') virtual,
    address       text generated always as (said ->> '$.address') virtual
) strict;

-- The newest items of one source.
create index item_by_source on item (source_id, number);

-- A key under which an item is known again; one key may lead to several items (a bulletin's address).
create table item_key (
    key  blob not null,                           -- 16 bytes
    item integer not null references item (number) on delete cascade,
    kind text not null,                           -- address, guid, text, title
    primary key (key, item)
) strict, without rowid;

-- An item's keys, when it is revised or removed.
create index item_key_by_item on item_key (item);

-- An item seen at a source under an address.
create table sighting (
    item         integer not null references item (number) on delete cascade,
    source_id    text not null,
    address      text not null,                   -- empty: the item links to nothing
    content_hash blob not null,                   -- what this source said of it last
    first_at     integer not null,
    last_at      integer not null,
    count        integer not null default 1,
    baseline     integer not null default 0,      -- 1: first seen in the source's quiet first visit
    primary key (item, source_id, address)
) strict, without rowid;

-- How many items a source has brought.
create index sighting_by_source on sighting (source_id);

-- That a watch has been told of a text or an item: it outlives both.
create table told (
    watch_id text not null,
    about    blob not null,                       -- 16 bytes: of a text or of an item
    at       integer not null,
    primary key (watch_id, about)
) strict, without rowid;

-- What was said, frozen: an item revision with the watches it newly hit, or an event.
create table alert (
    number  integer primary key autoincrement,    -- in the order of admission: the stream's event id, never reused
    id      text not null unique,
    kind    text not null,                        -- the type that receivers get
    item    integer references item (number) on delete set null, -- null: an event, or the item is gone
    made_at integer not null,
    said    text not null                         -- the alert as JSON
) strict;

-- An item's alerts.
create index alert_by_item on alert (item);

-- A channel that is or was configured, with the number of its next delivery.
create table channel (
    id       text primary key,
    next_seq integer not null default 1
) strict, without rowid;

-- One alert owed to one recipient of one channel, for ever.
create table delivery (
    number           integer primary key autoincrement,
    id               text not null unique,        -- webhook-id, local part of the Message-ID
    alert            integer not null references alert (number),
    channel_id       text not null,
    recipient        text not null,               -- empty: the channel has but one
    seq              integer not null,            -- without gaps on its channel
    state            text not null check (state in ('pending', 'inflight', 'held', 'delivered', 'dead', 'cancelled')),
    urgent           integer not null default 0,
    attempts         integer not null default 0,
    made_at          integer not null,
    next_attempt_at  integer,                     -- null: there will be none
    first_attempt_at integer,                     -- null: none has been made
    settled_at       integer,                     -- null: not yet delivered, dead or cancelled
    replayed         integer not null default 0,
    last_reason      text,                        -- null: no attempt has failed; else the reason as JSON
    body             blob not null,               -- the bytes that every attempt sends
    unique (channel_id, seq)
) strict;

-- What a channel owes next.
create index delivery_due on delivery (channel_id, next_attempt_at) where state = 'pending';

-- What is under way or held, and the oldest of it.
create index delivery_open on delivery (state, made_at) where state in ('pending', 'inflight', 'held');

-- The deliveries of an alert, when it is to be removed.
create index delivery_by_alert on delivery (alert);

-- One try at a delivery.
create table attempt (
    delivery   integer not null references delivery (number) on delete cascade,
    number     integer not null,
    started_at integer not null,
    took_us    integer,                           -- null: it has not ended, or the process died in it
    outcome    text,                              -- null: likewise; else the outcome as JSON
    primary key (delivery, number)
) strict, without rowid;
