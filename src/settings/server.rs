//! `[server]`: what the index server allows.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// `[server]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Requests a second of one user, on average.
    pub user_requests_per_second: u32,
    /// Requests a second from one address, on average.
    pub address_requests_per_second: u32,
    /// Connections at most.
    pub connections: usize,
    /// Requests that may wait for a processor or the disk.
    pub waiting: usize,
    /// Seconds that a request may take.
    pub request_timeout_s: f64,
    /// Answers to clips that are kept.
    pub answers_kept: u64,
    /// Connections from one address at most.
    pub connections_per_address: usize,
    /// Proxies that are believed when they say for whom they ask: addresses, or networks as `10.0.0.0/8`.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Where they say it.
    pub proxy_header: ProxyHeader,
}

/// The header in which a proxy says for whom it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Networks, a single address being the smallest.
fn networks<'de, D: Deserializer<'de>>(text: D) -> Result<Vec<IpNet>, D::Error> {
    let written = Vec::<String>::deserialize(text)?;
    let network = |one: &String| {
        let address = || one.parse::<IpAddr>().ok().map(IpNet::from);
        one.parse::<IpNet>().ok().or_else(address).ok_or_else(|| {
            Error::custom(format!(
                "trusted_proxies has \"{one}\", but must be addresses such as 127.0.0.1 or networks \
                 such as 10.0.0.0/8"
            ))
        })
    };
    written.iter().map(network).collect()
}

impl Server {
    /// What is out of range.
    pub(super) fn check(&self) -> Result<(), String> {
        if !(1.0..=3600.0).contains(&self.request_timeout_s) {
            let timeout = self.request_timeout_s;
            return Err(format!("server.request_timeout_s is {timeout}, but must be 1 to 3600"));
        }
        let least_one = [
            ("user_requests_per_second", self.user_requests_per_second as usize),
            ("address_requests_per_second", self.address_requests_per_second as usize),
            ("connections", self.connections),
            ("connections_per_address", self.connections_per_address),
            ("waiting", self.waiting),
        ];
        match least_one.iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => Err(format!("server.{key} is 0, but must be at least 1")),
            None => Ok(()),
        }
    }
}
