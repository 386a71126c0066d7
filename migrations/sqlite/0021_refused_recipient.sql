-- A recipient that the relay refuses for good gets no mail for a while; what is due to it waits.
create table refused_recipient (
    channel_id text not null,
    recipient  text not null,                     -- as in `delivery`
    since      integer not null,                  -- the first refusal since the last mail that was accepted
    until      integer not null,                  -- when a mail is tried again
    reason     text not null,                     -- the last refusal as JSON
    reported   integer not null default 0,        -- 1: the operator knows of the last refusal
    primary key (channel_id, recipient)
) strict, without rowid;
