//! Where a server is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

use crate::remote::VERSION;

/// Not the address of a server.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "{text:?} is not the address of a server: {reason}; one looks like https://music.example:7878"
)]
pub struct AddressError {
    text: String,
    reason: String,
}

/// A server's address: `https://HOST[:PORT][/PATH]`, or `http://` where the network is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress(Url);

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong =
            |reason: &str| AddressError { text: text.to_owned(), reason: reason.to_owned() };
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let mut url = Url::parse(&full).map_err(|e| wrong(&e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it must begin with https:// or http://"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it has no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "a token goes to --token-file or ECHOVIBE_TOKEN, not into the address",
            ));
        }
        url.set_query(None);
        url.set_fragment(None);
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl ServerAddress {
    /// Whether what is sent there, a token too, could be read on the way.
    #[must_use]
    pub fn is_readable_on_the_way(&self) -> bool {
        let local = self.host() == "localhost"
            || self.host().parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        self.0.scheme() == "http" && !local
    }

    /// The URL of a path of the interface.
    pub(super) fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{VERSION}/{path}", self.0.path()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    pub(super) fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Without the brackets of IPv6.
    pub(super) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default().trim_matches(['[', ']'])
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_what_people_write() {
        let of = |text: &str| text.parse::<ServerAddress>();
        assert_eq!(of("music.example:7878").unwrap().to_string(), "https://music.example:7878");
        let below = of("http://[::1]:80/team").unwrap();
        assert_eq!((below.host(), below.port(), below.is_tls()), ("::1", 80, false));
        let url = below.url("tracks", &[("path", "/a b&c")]);
        assert_eq!(url.as_str(), "http://[::1]/team/v1/tracks?path=%2Fa+b%26c");
        for (text, why) in [
            ("ftp://x", "https://"),
            ("https://user:evt_1@x", "--token-file"),
            ("https://", ""),
            ("", ""),
            ("http://x:99999", ""),
        ] {
            let error = of(text).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("one looks like"), "{error}");
        }
        let readable = |text: &str| of(text).unwrap().is_readable_on_the_way();
        assert!(readable("http://music.example") && !readable("https://music.example"));
        assert!(!readable("http://127.0.0.1:1") && !readable("http://localhost:1"));
    }
}
