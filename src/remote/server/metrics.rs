//! Numbers for Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper edges of the times that are told apart, seconds.
const EDGES_S: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Path {
    route: String,
}

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Route, Counter<u64, AtomicU64>>,
    seconds: Family<Path, Histogram>,
    wrong_tokens: Counter,
    cached: Counter,
    pub connections: Gauge<i64, AtomicI64>,
    pub listening: Gauge<i64, AtomicI64>,
    waiting: Gauge<i64, AtomicI64>,
    tracks: Gauge<i64, AtomicI64>,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("echovibe");
        let metrics = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(EDGES_S)),
            wrong_tokens: Counter::default(),
            cached: Counter::default(),
            connections: Gauge::default(),
            listening: Gauge::default(),
            waiting: Gauge::default(),
            tracks: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("requests", "Requests answered", metrics.requests.clone());
        registry.register("request_seconds", "Time to answer", metrics.seconds.clone());
        registry.register(
            "wrong_tokens",
            "Tokens that are not known",
            metrics.wrong_tokens.clone(),
        );
        registry.register("answers_cached", "Clips answered again", metrics.cached.clone());
        registry.register("connections", "Open connections", metrics.connections.clone());
        registry.register("listening", "Clients that listen live", metrics.listening.clone());
        registry.register("searches_waiting", "Searches that wait", metrics.waiting.clone());
        registry.register("tracks", "Tracks in the library", metrics.tracks.clone());
        Self { registry, ..metrics }
    }

    /// A request was answered. `route` is its pattern, not its path, so that there are few.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        self.seconds.get_or_create(&Path { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Route { method, route, status }).inc();
    }

    pub fn wrong_token(&self) {
        self.wrong_tokens.inc();
    }

    pub fn cached(&self) {
        self.cached.inc();
    }

    /// As Prometheus reads it.
    pub fn text(&self, waiting: usize, tracks: usize) -> String {
        self.waiting.set(waiting as i64);
        self.tracks.set(tracks as i64);
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            let _ = write!(text, "# EOF");
        }
        text
    }
}
