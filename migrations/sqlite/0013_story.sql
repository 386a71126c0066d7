-- A key of a text that may alert: a sampled hash of its words, or of a name or number in it. It leads to the items with
-- which a new text is compared. Only the keys of the latest weeks are kept.
create table text_index (
    week integer not null,                        -- of its indexing, since 1970: a lookup names the weeks, and whole weeks expire
    key  integer not null,                        -- 32 bits, signed
    item integer not null,
    primary key (week, key, item)
) strict, without rowid;

-- What an item that may alert is to the items before it: the first of a story, a further text of one, or a copy.
create table item_story (
    item       integer primary key references item (number) on delete cascade,
    story      integer not null,                  -- the number of the story's first item; the story outlives it
    copy_of    integer references item (number) on delete set null, -- null: no copy, or its first text is gone
    share      real,                              -- of its words that the other text contains, 0 to 1; null: first of its story
    relation   text not null check (relation in ('first', 'text', 'story')),
    placed_at  integer not null,
    lang       text,                              -- null: not compared with reports in other languages
    first_text text,                              -- null: the item has its first text; else that text, as item.content
    indexed_at integer                            -- null: new texts are not compared with it: a copy, or a notice of its site
) strict;

-- The items of a story.
create index item_story_by_story on item_story (story);

-- The texts of revised items, until no text can be their copy any more.
create index item_story_with_text on item_story (placed_at) where first_text is not null;

-- The copies of a text, when it is removed, and whether it has any.
create index item_story_by_text on item_story (copy_of) where copy_of is not null;

-- A report of the same event in another language. A link has two rows, one for each direction.
create table story_link (
    item     integer not null references item (number) on delete cascade,
    other    integer not null references item (number) on delete cascade,
    likeness real not null,                       -- 0 to 1
    primary key (item, other)
) strict, without rowid;

-- The links of an item, when it is removed.
create index story_link_by_other on story_link (other);
