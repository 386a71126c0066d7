-- What visits have taught about a source's pages.
create table learnt (
    source_id text primary key,
    places    text,                               -- null: not a page that is read by where its items stand; else as JSON
    blocks    text                                -- null: no article page was read yet; else what they have in common, as JSON
) strict, without rowid;
