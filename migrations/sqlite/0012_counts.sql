-- Counts that `marsad status`, /healthz and /metrics ask for. Without these indexes they read every body.

-- The number of alerts of each type.
create index alert_by_kind on alert (kind);

-- The number of deliveries in each state, and the newest of one state.
create index delivery_by_state on delivery (state);

-- The deliveries that failed permanently since an instant.
create index delivery_dead on delivery (settled_at, channel_id) where state = 'dead';

-- Whether a channel has delivered anything since an instant.
create index delivery_delivered on delivery (channel_id, settled_at) where state = 'delivered';

-- The deliveries of each channel that failed and are retried.
create index delivery_failing on delivery (channel_id, first_attempt_at, attempts)
    where state in ('pending', 'inflight', 'held') and attempts > 0 and last_reason is not null;
