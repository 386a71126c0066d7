-- The rows of the press desk; 1800014400 is noon.
insert into source (id, address, state, next_visit_at, last_visit_at, last_success_at, activated_at, failures, failing_since, last_error, degraded)
values
  ('una-ar', 'https://una-oic.org/feed/', 'healthy', 1800014700000000, 1800014100000000, 1800014100000000, 1799928000000000, 0, null, null, null),
  ('oic-news', 'https://www.oic-oci.org/news/', 'healthy', 1800016200000000, 1800014400000000, 1800014400000000, 1799928000000000, 0, null, null,
   'the answer broke off; the document is complete by its own syntax'),
  ('spa', 'https://www.spa.gov.sa/rss.xml', 'failing', 1800012600000000, 1800010800000000, 1799928000000000, 1799928000000000, 3, 1800003600000000,
   'the host answers 503', null);

insert into alert (number, id, kind, item, made_at, content) values
  (1, 'alert1', 'item.matched', null, 1800007200000000, '{}'),
  (2, 'alert2', 'item.matched', null, 1800010800000000, '{}'),
  (3, 'alert3', 'source.failing', null, 1800012600000000, '{}');

insert into delivery (number, id, alert, channel_id, recipient, seq, state, attempts, made_at, next_attempt_at, first_attempt_at, settled_at, last_reason, body)
values
  (1, 'msg_delivered', 1, 'desk', '', 1, 'delivered', 1, 1800007200000000, null, 1800007201000000, 1800007201200000, null, cast('{"type":"item.matched"}' as blob)),
  (2, 'msg_dead', 2, 'archive', '', 1, 'dead', 2, 1800010800000000, null, 1800010801000000, 1800012600000000,
   '{"class":"io","status":null,"message":"the file cannot be written: no space left","answer":""}', cast('{"type":"item.matched"}' as blob)),
  (3, 'msg_pending', 2, 'desk', '', 2, 'pending', 1, 1800010800000000, 1800014460000000, 1800010801000000, null,
   '{"class":"status","status":503,"message":"desk.example.org answers 503","answer":"over quota\ntry again"}', cast('{"type":"item.matched"}' as blob)),
  (4, 'msg_in_flight', 3, 'desk', '', 3, 'inflight', 1, 1800012600000000, 1800014400000000, 1800014399000000, null, null, cast('{"type":"source.failing"}' as blob)),
  (5, 'msg_held', 3, 'archive', '', 2, 'held', 0, 1800012600000000, null, null, null, null, cast('{"type":"source.failing"}' as blob));

insert into attempt (delivery, number, started_at, took_us, outcome) values
  (1, 1, 1800007201000000, 200000, '{"delivered":{"status":200}}'),
  (2, 1, 1800010801000000, 1000, '{"failed":{"reason":{"class":"io","status":null,"message":"the file cannot be written: no space left","answer":""},"after":null}}'),
  (2, 2, 1800012600000000, 1000, '{"rejected":{"reason":{"class":"io","status":null,"message":"the file cannot be written: no space left","answer":""}}}'),
  (3, 1, 1800010801000000, 1500000, '{"failed":{"reason":{"class":"status","status":503,"message":"desk.example.org answers 503","answer":"over quota\ntry again"},"after":null}}'),
  (4, 1, 1800014399000000, null, null);

insert into set_aside (what, name, source_id, why, first_at, last_at) values
  ('item', 'https://www.spa.gov.sa/1', 'spa', 'the text contains a NUL character', 1800000000000000, 1800000000000000);

update delivery set held_at = 1800012600000000 where state = 'held';
insert into circuit (channel_id, state, since, reason, address, reported_at) values
  ('archive', 'disabled', 1800012600000000,
   '{"class":"status","status":410,"message":"archive.example.org answers 410: this receiver is gone permanently","answer":"","scope":"receiver"}',
   '', 1800012600000000);
