-- What cannot be stored or read for its own content. It is passed over, so that everything else goes on.
create table set_aside (
    what      text not null,                      -- item, page, event or the table of an unreadable row
    name      text not null,                      -- an item's address or title, an event's type, a row's key
    source_id text,                               -- null: it belongs to no source
    why       text not null,
    first_at  integer not null,
    last_at   integer not null,
    count     integer not null default 1,         -- how often it was met
    primary key (what, name)
) strict, without rowid;
