-- The first attempts that a channel owes, in the order of their numbers. A channel with a long backlog takes its next
-- delivery from the front of this index and sorts nothing.
create index delivery_first on delivery (channel_id, seq, next_attempt_at) where state = 'pending' and attempts = 0;

-- The repeats that a channel owes, the longest due first.
create index delivery_repeat on delivery (channel_id, next_attempt_at, seq) where state = 'pending' and attempts > 0;

-- What is in flight: a handful of rows, looked at every few seconds for those without a live attempt.
create index delivery_in_flight on delivery (id) where state = 'inflight';
