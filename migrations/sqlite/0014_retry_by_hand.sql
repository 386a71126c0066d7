-- A retry by hand counts as no automatic attempt and does not delay the next one.
alter table delivery add column by_hand integer not null default 0;  -- how many of the attempts were made by hand
alter table delivery add column scheduled_at integer;  -- when the next automatic attempt is due; null: next_attempt_at
