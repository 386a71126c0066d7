-- Plain names: a watch alerts, an item has content, a key can be ambiguous, and pages are remembered.
alter table told rename to alerted;
alter table learnt rename to page_memory;
alter table source rename column void_keys to ambiguous_keys;
alter table item rename column said to content;
alter table alert rename column said to content;
alter table follow rename column said to content;
