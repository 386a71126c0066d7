-- A source is visited when it is likely to publish.
alter table source add column rhythm text;       -- null: nothing is known yet; else what was learnt, as JSON
alter table source add column next_reason text;  -- null: not known; else why the next visit is when it is
