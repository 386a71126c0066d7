//! Counts and renders the metrics of `/metrics`.
//!
//! A label value is never an address, a keyword or a title: it comes from the configuration or from a closed list.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::alert::WatchId;
use crate::channel::ChannelId;
use crate::source::SourceId;
use crate::telemetry::process::ProcessMetrics;

/// All counters, gauges and histograms. Cheap to clone: clones share their values.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<MetricFamilies>);

/// The gauges that are read from the store for each scrape.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Gauges {
    /// Deliveries that wait to be sent.
    pub(crate) outbox_pending: u64,
    /// How long the oldest of them has waited.
    pub(crate) outbox_oldest: Duration,
    /// Items that wait for their own page.
    pub(crate) items_waiting: u64,
    /// Each channel, whether it delivers, and how many deliveries it holds.
    pub(crate) channels: Vec<(ChannelId, bool, u64)>,
    /// Sources by state: `healthy`, `failing`, `silent`, …
    pub sources: BTreeMap<String, u64>,
    /// When each source was last read successfully.
    pub(crate) last_success: Vec<(SourceId, Timestamp)>,
}

/// The most sources with their own time series. Chosen by hand.
pub(crate) const MAX_SOURCES: usize = 1_000;

/// The buckets of `marsad_fetch_duration_seconds`, in seconds. Chosen by hand: a fetch times out after 30 s.
const FETCH_SECONDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// The values of the label `result` of `marsad_fetches_total`.
const FETCH_RESULTS: [&str; 16] = [
    "ok",
    "not_modified",
    "unchanged",
    "blocked",
    "gone",
    "busy",
    "status",
    "robots",
    "size",
    "refused",
    "timeout",
    "connect",
    "dns",
    "tls",
    "protocol",
    "setup",
];

/// The values of the label `outcome` of `marsad_items_total`.
const ITEM_OUTCOMES: [&str; 4] = ["new", "revised", "known", "rejected"];

/// The values of the label `result` of `marsad_deliveries_total`.
const DELIVERY_RESULTS: [&str; 3] = ["delivered", "failed", "dead"];

/// The content type of [`Metrics::encode`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type MetricLabel = [(&'static str, String); 1];
type MetricLabels = [(&'static str, String); 2];

#[derive(Debug)]
struct MetricFamilies {
    registry: Registry,
    fetches: Family<MetricLabel, Counter>,
    fetch_duration: Histogram,
    fetch_bytes: Counter,
    items: Family<MetricLabel, Counter>,
    alerts: Family<MetricLabel, Counter>,
    deliveries: Family<MetricLabels, Counter>,
    reload_successful: Gauge,
    reload_at: Gauge<f64, AtomicU64>,
    lag: Gauge<f64, AtomicU64>,
    shown: Arc<ShownMetric>,
}

#[derive(Debug, Default)]
struct ShownMetric {
    gauges: Mutex<Gauges>,
    log_dropped: Mutex<Arc<AtomicU64>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// New metrics, all zero.
    ///
    /// ```
    /// use marsad::telemetry::Metrics;
    ///
    /// let metrics = Metrics::new();
    /// metrics.item("new");
    /// assert!(metrics.encode().contains("marsad_items_total{outcome=\"new\"} 1"));
    /// ```
    #[must_use]
    pub fn new() -> Self {
        let mut inner = MetricFamilies {
            registry: Registry::default(),
            fetches: Family::default(),
            fetch_duration: Histogram::new(FETCH_SECONDS),
            fetch_bytes: Counter::default(),
            items: Family::default(),
            alerts: Family::default(),
            deliveries: Family::default(),
            reload_successful: Gauge::default(),
            reload_at: Gauge::default(),
            lag: Gauge::default(),
            shown: Arc::default(),
        };
        inner.register();
        Self(Arc::new(inner))
    }

    /// Counts a fetch: its result (`ok`, `not_modified`, `unchanged` or the class of its error), duration and decoded bytes.
    pub(crate) fn fetched(&self, result: &str, took: Duration, bytes: u64) {
        debug_assert!(FETCH_RESULTS.contains(&result), "{result} is not in docs/metrics.md");
        self.0.fetches.get_or_create(&[("result", result.to_owned())]).inc();
        self.0.fetch_duration.observe(took.as_secs_f64());
        self.0.fetch_bytes.inc_by(bytes);
    }

    /// Counts an item: `new`, `revised`, `known`, or `rejected` if it cannot be stored.
    pub fn item(&self, outcome: &str) {
        debug_assert!(ITEM_OUTCOMES.contains(&outcome), "{outcome} is not in docs/metrics.md");
        self.0.items.get_or_create(&[("outcome", outcome.to_owned())]).inc();
    }

    /// Counts an alert of this watch.
    pub fn alert(&self, watch: &WatchId) {
        self.0.alerts.get_or_create(&[("watch", watch.as_str().to_owned())]).inc();
    }

    /// Counts an attempt: `delivered`, `failed` (it will be retried) or `dead` (the last one).
    pub(crate) fn delivered(&self, channel: &ChannelId, result: &str) {
        debug_assert!(DELIVERY_RESULTS.contains(&result), "{result} is not in docs/metrics.md");
        let labels = [("channel", channel.as_str().to_owned()), ("result", result.to_owned())];
        self.0.deliveries.get_or_create(&labels).inc();
    }

    /// Records a reload: applied if `ok`, otherwise rejected.
    pub(crate) fn reload(&self, ok: bool, at: Timestamp) {
        self.0.reload_successful.set(i64::from(ok));
        if ok {
            self.0.reload_at.set(seconds(at));
        }
    }

    /// Sets how late the most overdue source is.
    pub(crate) fn schedule_lag(&self, lag: Duration) {
        self.0.lag.set(lag.as_secs_f64());
    }

    /// Exposes this count of dropped log lines.
    pub(crate) fn watch_log(&self, dropped: Arc<AtomicU64>) {
        *self.0.shown.log_dropped.lock().unwrap_or_else(PoisonError::into_inner) = dropped;
    }

    /// Replaces the gauges that come from the store.
    pub(crate) fn refresh(&self, gauges: Gauges) {
        *self.0.shown.gauges.lock().unwrap_or_else(PoisonError::into_inner) = gauges;
    }

    /// All metrics in the OpenMetrics text format ([`CONTENT_TYPE`]).
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.0.registry);
        text
    }
}

impl MetricFamilies {
    fn register(&mut self) {
        self.registry.register_collector(Box::new(ProcessMetrics));
        self.registry.register_collector(Box::new(Arc::clone(&self.shown)));
        let to = self.registry.sub_registry_with_prefix("marsad");
        to.register("build", "Version of the running binary", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        to.register("fetches", "Fetches by result", self.fetches.clone());
        to.register("fetch_duration_seconds", "Duration of fetches", self.fetch_duration.clone());
        to.register("fetch_bytes", "Decoded bytes received", self.fetch_bytes.clone());
        to.register("items", "Items by outcome", self.items.clone());
        to.register("alerts_created", "Alerts by watch", self.alerts.clone());
        to.register("deliveries", "Delivery attempts by channel and result", self.deliveries.clone());
        to.register("schedule_lag_seconds", "How late the most overdue source is", self.lag.clone());
        let name = "config_last_reload_successful";
        to.register(name, "1 while the newest configuration is in use", self.reload_successful.clone());
        let name = "config_last_reload_success_timestamp_seconds";
        to.register(name, "Unix time at which a configuration was last applied", self.reload_at.clone());
    }
}

impl Collector for ShownMetric {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let gauges = self.gauges.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let pending = i64::try_from(gauges.outbox_pending).unwrap_or(i64::MAX);
        one(&mut encoder, "marsad_outbox_pending", "Deliveries waiting to be sent", &pending)?;
        let help = "Age of the oldest waiting delivery";
        one(&mut encoder, "marsad_outbox_oldest_pending_seconds", help, &gauges.outbox_oldest.as_secs_f64())?;
        let waiting = i64::try_from(gauges.items_waiting).unwrap_or(i64::MAX);
        one(&mut encoder, "marsad_items_waiting", "Items waiting for their own page", &waiting)?;
        let help = "1 while a channel delivers, 0 while its receiver fails or is gone";
        let mut family = encoder.encode_descriptor("marsad_channel_up", help, None, MetricType::Gauge)?;
        for (channel, delivers, _) in &gauges.channels {
            family.encode_family(&[("channel", channel.as_str())])?.encode_gauge(&i64::from(*delivers))?;
        }
        let help = "Deliveries held while their channel does not deliver";
        let mut family = encoder.encode_descriptor("marsad_deliveries_held", help, None, MetricType::Gauge)?;
        for (channel, _, held) in &gauges.channels {
            let held = i64::try_from(*held).unwrap_or(i64::MAX);
            family.encode_family(&[("channel", channel.as_str())])?.encode_gauge(&held)?;
        }
        let mut family = encoder.encode_descriptor("marsad_sources", "Sources by state", None, MetricType::Gauge)?;
        for (state, number) in &gauges.sources {
            let number = i64::try_from(*number).unwrap_or(i64::MAX);
            family.encode_family(&[("state", state.as_str())])?.encode_gauge(&number)?;
        }
        let name = "marsad_source_last_success_timestamp_seconds";
        let help = "Unix time at which a source last answered";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (source, at) in gauges.last_success.iter().take(MAX_SOURCES) {
            family.encode_family(&[("source", source.as_str())])?.encode_gauge(&seconds(*at))?;
        }
        let dropped = self.log_dropped.lock().unwrap_or_else(PoisonError::into_inner).load(Ordering::Relaxed);
        let dropped = ConstCounter::new(dropped);
        let help = "Log lines dropped because their reader was too slow";
        dropped.encode(encoder.encode_descriptor("marsad_log_lines_dropped", help, None, MetricType::Counter)?)
    }
}

fn one<V: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    value: &V,
) -> Result<(), std::fmt::Error> {
    encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(value)
}

/// Unix time in seconds; beyond 2^53 microseconds (the year 2255) the last digits are lost.
#[expect(clippy::cast_precision_loss, reason = "a metric is a floating-point number by its format")]
fn seconds(at: Timestamp) -> f64 {
    at.as_microsecond() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Metrics {
        let metrics = Metrics::new();
        metrics.fetched("ok", Duration::from_millis(120), 2_048);
        metrics.item("new");
        metrics.alert(&WatchId::new("gaza"));
        metrics.delivered(&ChannelId::new("desk"), "delivered");
        metrics.reload(true, Timestamp::from_second(1_700_000_000).unwrap());
        metrics.schedule_lag(Duration::from_secs(2));
        metrics.refresh(Gauges {
            outbox_pending: 3,
            outbox_oldest: Duration::from_secs(90),
            items_waiting: 5,
            channels: vec![(ChannelId::new("desk"), false, 41)],
            sources: BTreeMap::from([("healthy".to_owned(), 2)]),
            last_success: vec![(SourceId::new("una-ar"), Timestamp::from_second(1_700_000_100).unwrap())],
        });
        metrics
    }

    #[test]
    fn every_counted_event_is_exposed() {
        let text = full().encode();
        for line in [
            "marsad_fetches_total{result=\"ok\"} 1",
            "marsad_fetch_bytes_total 2048",
            "marsad_items_total{outcome=\"new\"} 1",
            "marsad_alerts_created_total{watch=\"gaza\"} 1",
            "marsad_deliveries_total{channel=\"desk\",result=\"delivered\"} 1",
            "marsad_outbox_pending 3",
            "marsad_outbox_oldest_pending_seconds 90.0",
            "marsad_items_waiting 5",
            "marsad_channel_up{channel=\"desk\"} 0",
            "marsad_deliveries_held{channel=\"desk\"} 41",
            "marsad_sources{state=\"healthy\"} 2",
            "marsad_source_last_success_timestamp_seconds{source=\"una-ar\"} 1700000100.0",
            "marsad_config_last_reload_successful 1",
            "marsad_log_lines_dropped_total 0",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn a_rejected_configuration_keeps_the_time_of_the_last_good_one() {
        let metrics = full();
        metrics.reload(false, Timestamp::from_second(1_800_000_000).unwrap());
        let text = metrics.encode();
        assert!(text.contains("marsad_config_last_reload_successful 0"));
        assert!(text.contains("marsad_config_last_reload_success_timestamp_seconds 1700000000.0"));
    }

    /// The rows of the table in the documentation: cells without the outer bars.
    fn documented() -> Vec<Vec<String>> {
        let page = include_str!("../../docs/metrics.md");
        let rows = page.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
    }

    #[test]
    fn the_documentation_lists_exactly_the_metrics_that_exist() {
        let text = full().encode();
        let mut emitted: Vec<String> =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).map(named).collect();
        let mut listed: Vec<String> = documented().iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
        emitted.sort();
        listed.sort();
        assert_eq!(listed, emitted);
    }

    fn named(line: &str) -> String {
        match line.split_once(' ').unwrap() {
            (name, "counter") => format!("{name}_total"),
            (name, "info") => format!("{name}_info"),
            (name, _) => name.to_owned(),
        }
    }

    #[test]
    fn the_documentation_lists_exactly_the_label_values_that_are_counted() {
        let rows = documented();
        for (name, values) in [
            ("marsad_fetches_total", &FETCH_RESULTS[..]),
            ("marsad_items_total", &ITEM_OUTCOMES),
            ("marsad_deliveries_total", &DELIVERY_RESULTS),
        ] {
            let row = rows.iter().find(|row| row[0].trim_matches('`') == name).unwrap();
            let listed: Vec<&str> = row[2].split('`').skip(1).step_by(2).collect();
            assert_eq!(listed, values, "{name}");
        }
    }
}
