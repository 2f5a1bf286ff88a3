//! Who asks through a proxy: what it says of them counts only where it is one that is trusted, since anybody
//! can write such a header.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::settings::{self, ProxyHeader};

/// The proxies that are believed, and the one header that they are believed in: the others pass through most
/// proxies as the client wrote them.
#[derive(Debug, Clone)]
pub struct Proxies {
    trusted: Arc<[IpNet]>,
    header: ProxyHeader,
}

impl Proxies {
    pub fn new(server: &settings::Server) -> Self {
        Self {
            trusted: server.trusted_proxies.iter().copied().collect(),
            header: server.proxy_header,
        }
    }

    /// Whether connections from there are a proxy's.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from: the last address before the proxies that are trusted. Each of them adds
    /// on the right whom it was asked by; what stands left of the first stranger is the stranger's own word.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let name = match self.header {
            ProxyHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            ProxyHeader::Forwarded => HeaderName::from_static("forwarded"),
        };
        for value in headers.get_all(name).iter().rev() {
            let hops = value.to_str().unwrap_or_default();
            for hop in elements(hops).into_iter().rev() {
                let address = match self.header {
                    ProxyHeader::XForwardedFor => address(hop),
                    ProxyHeader::Forwarded => forwarded_for(hop),
                };
                let Some(address) = address else { return client };
                client = address;
                if !self.trusts(client) {
                    return client;
                }
            }
        }
        client
    }
}

/// The elements of a list, at the commas that are not in quotes.
fn elements(list: &str) -> Vec<&str> {
    let mut quoted = false;
    list.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .map(str::trim)
    .collect()
}

/// `for=` of an element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case("for").then(|| address(value.trim().trim_matches('"')))?
    })
}

/// An address, with or without a port: `192.0.2.1:80`, `[2001:db8::1]:80`, `2001:db8::1`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ProxyHeader, peer: &str, lines: &[&str]) -> String {
        let trusted = ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"];
        let trusted = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let proxies = Proxies { trusted, header };
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        let spoofed = ["x-forwarded-for: 192.0.2.9", "forwarded: for=192.0.2.9"];
        for header in [ProxyHeader::XForwardedFor, ProxyHeader::Forwarded] {
            assert_eq!(client(header, "198.51.100.7", &spoofed), "198.51.100.7");
        }
    }

    #[test]
    fn of_a_chain_only_what_trusted_proxies_added_counts() {
        let x = |peer: &str, lines: &[&str]| client(ProxyHeader::XForwardedFor, peer, lines);
        assert_eq!(x("127.0.0.1", &["x-forwarded-for: 198.51.100.7"]), "198.51.100.7");
        // What a client wrote itself stands left of what the proxy saw.
        assert_eq!(x("127.0.0.1", &["x-forwarded-for: 192.0.2.9, 198.51.100.7"]), "198.51.100.7");
        let two = ["x-forwarded-for: 192.0.2.9", "x-forwarded-for: 198.51.100.7, 10.1.2.3"];
        assert_eq!(x("::ffff:127.0.0.1", &two), "198.51.100.7");
        assert_eq!(x("127.0.0.1", &["x-forwarded-for: 10.1.2.3"]), "10.1.2.3");
        for nonsense in ["", "unknown", "192.0.2.9, x", "192.0.2.9,"] {
            let line = format!("x-forwarded-for: {nonsense}");
            assert_eq!(x("127.0.0.1", &[&line]), "127.0.0.1", "{nonsense}");
        }
        assert_eq!(x("127.0.0.1", &["forwarded: for=192.0.2.9"]), "127.0.0.1", "the other header");
    }

    #[test]
    fn the_standard_header_is_understood() {
        let f = |line: &str| client(ProxyHeader::Forwarded, "127.0.0.1", &[line]);
        assert_eq!(
            f("forwarded: for=192.0.2.9;proto=http, For=\"198.51.100.7:4711\""),
            "198.51.100.7"
        );
        assert_eq!(f("forwarded: proto=https;for=\"[2001:db8::1]:4711\""), "2001:db8::1");
        assert_eq!(f("forwarded: for=192.0.2.9, for=_hidden"), "127.0.0.1");
        assert_eq!(f("forwarded: for=\"a, for=192.0.2.9\""), "127.0.0.1");
        assert_eq!(f("forwarded: by=192.0.2.9"), "127.0.0.1");
    }
}
