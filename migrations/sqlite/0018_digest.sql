-- An alert that waits for a digest, or has left in one. The row commits with the alert, and its delivery with the row.
create table digest_entry (
    number     integer primary key autoincrement,
    alert      integer not null references alert (number) on delete cascade,
    channel_id text not null,
    recipient  text not null,                     -- as in `delivery`
    reason     text not null check (reason in ('schedule', 'quiet', 'flood', 'limit')),
    watches    text not null,                     -- the watches that name the channel, as a JSON list
    urgent     integer not null default 0,
    made_at    integer not null,
    closes_at  integer not null,                  -- when the digest is made
    delivery   integer references delivery (number) on delete cascade, -- null: it waits
    unique (alert, channel_id, recipient)
) strict;

-- The alerts that wait, by channel.
create index digest_entry_waiting on digest_entry (channel_id, closes_at, reason, delivery) where delivery is null;

-- The entries of a digest, when it is removed.
create index digest_entry_by_delivery on digest_entry (delivery) where delivery is not null;

-- When a channel's next slot closes. It outlives a stop, so that a missed slot is made up for.
create table digest_slot (
    channel_id text primary key,
    schedule   text not null,                     -- `send`, `quiet` and the timezone: a change plans anew
    closes_at  integer                            -- null: the channel sends at once
) strict, without rowid;

-- The mails to a recipient since an instant.
create index delivery_to_recipient on delivery (recipient, made_at) where recipient <> '';

-- How many new items the latest visits of a source found.
create table visit_count (
    source_id text primary key,
    new_items text not null                       -- a JSON list, newest last
) strict, without rowid;

-- A visit that brought far more new items than usual. Those that wait for their page belong to it, too.
create table sudden_visit (
    source_id text not null,
    seen_at   integer not null,                   -- the time of the visit: `follow.seen_at` of its items
    primary key (source_id, seen_at)
) strict, without rowid;
