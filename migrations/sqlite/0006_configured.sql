-- A watch or channel that is or was configured. One that comes back shortly after it was removed looks back over what
-- it missed: the first half of a configuration that is being written is often a valid one.
create table configured (
    kind        text not null check (kind in ('watch', 'channel')),
    id          text not null,
    removed_at  integer,                          -- null: it is configured
    missed_at   integer,                          -- null: it missed nothing; else since when it may have
    missed_from integer,                          -- null: likewise; else the first item (of a watch) or alert (of a channel)
    primary key (kind, id)
) strict, without rowid;
