//! Counts and times, in the text format of Prometheus. No label holds a name, an id or an address.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// What [`Metrics::text`] is: OpenMetrics, which Prometheus reads.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The code of an answer that is given because nothing can be told.
pub(super) const UNAVAILABLE: &str = "unavailable";

/// The numbers of one server.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    durations: Histogram,
    store_errors: Counter,
    throttled: Counter,
    connections: Gauge,
    clock_behind: Gauge,
}

/// Both are words of closed lists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    endpoint: &'static str,
    code: &'static str,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("tokenctl"),
            requests: Family::default(),
            // From 10 microseconds to 2.6 seconds.
            durations: Histogram::new(exponential_buckets(0.000_01, 4.0, 10)),
            store_errors: Counter::default(),
            throttled: Counter::default(),
            connections: Gauge::default(),
            clock_behind: Gauge::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "requests",
            "Answers by endpoint and outcome code",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "Time from the head of a request to its answer",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "store_errors",
            "Answers that could not be told because of the store",
            self.store_errors.clone(),
        );
        registry.register(
            "throttled",
            "Requests refused after too many failures of their address",
            self.throttled.clone(),
        );
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register_with_unit(
            "clock_behind",
            "How far the clock is behind the newest event of the store",
            Unit::Seconds,
            self.clock_behind.clone(),
        );
        self
    }

    /// Counts one answer.
    pub(super) fn record(&self, endpoint: &'static str, code: &'static str, took: Duration) {
        self.requests
            .get_or_create(&Labels { endpoint, code })
            .inc();
        self.durations.observe(took.as_secs_f64());
        match code {
            UNAVAILABLE => self.store_errors.inc(),
            "throttled" => self.throttled.inc(),
            _ => 0,
        };
    }

    /// Returns the gauge of open connections.
    pub(super) fn connections(&self) -> &Gauge {
        &self.connections
    }

    /// Says how many seconds the clock is behind; 0 when it is not.
    pub(super) fn set_clock_behind(&self, seconds: i64) {
        self.clock_behind.set(seconds);
    }

    /// Returns all numbers.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a `String` does not fail; a text that broke off would be noticed by its missing end.
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
        }
        text
    }
}
