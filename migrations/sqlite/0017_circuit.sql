-- A channel whose deliveries fail is not asked again for each of them: they are held until one attempt succeeds.

-- Whether a channel delivers, and how its attempts failed. A channel without a row delivers.
create table circuit (
    channel_id    text primary key,
    state         text not null check (state in ('closed', 'open', 'disabled')),
    failures      integer not null default 0,     -- attempts that failed in a row
    first_failed  integer,                        -- the delivery of the first of them; null: none failed
    several       integer not null default 0,     -- 1: another delivery failed as well
    failing_since integer,                        -- null: none failed; else when the first of them did
    since         integer,                        -- when it stopped delivering; null: it delivers, and no recovery is to be reported
    reason        text,                           -- null: as for since; else the last failure as JSON
    probe         integer,                        -- the delivery that is attempted while the others are held; null: none
    probes        integer not null default 0,     -- attempts at probes that failed
    address       text not null default '',       -- a short hash of the address that failed: another address is tried at once
    reported_at   integer,                        -- null: not reported; else when the operator was last told
    closed_at     integer                         -- null: it does not deliver, or its recovery is reported
) strict, without rowid;

-- When a delivery became held; the time of its next attempt stays what it was.
alter table delivery add column held_at integer;  -- null: it is not held

-- What waits on a channel, in the channel's order: who is attempted next while it fails, what is held, and for how long.
create index delivery_waiting on delivery (channel_id, seq, state, attempts, next_attempt_at, held_at)
    where state in ('pending', 'held');

-- The deliveries of a removed channel are held until it returns.
update delivery set state = 'held',
    held_at = (select c.removed_at from configured c where c.kind = 'channel' and c.id = delivery.channel_id)
where state = 'pending' and channel_id in
    (select c.id from configured c where c.kind = 'channel' and c.removed_at is not null);

-- What was held before is due when it is released.
update delivery set held_at = coalesce(held_at, made_at), next_attempt_at = coalesce(next_attempt_at, made_at)
where state = 'held';
