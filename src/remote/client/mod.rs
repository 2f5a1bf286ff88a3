//! The client of an index server: asks, tries again, and says what is wrong.

mod address;
mod elsewhere;
mod index;
mod live;
mod missed;

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use rustls::ClientConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::api::{ErrorBody, ErrorKind, MSGPACK, OffersResponse, RecommendRequest, StatsResponse};
use crate::tls;
pub use crate::tls::TlsError;
pub use address::{AddressError, ServerAddress};
use tokio_rustls::rustls;

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long an answer may take; a long recording takes longest.
const ANSWER_WITHIN: Duration = Duration::from_secs(600);
/// For so long a server that is away or busy is asked again.
const PATIENCE: Duration = Duration::from_secs(20);
/// First pause before that; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Why the server gave no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// It cannot be reached.
    #[error("the server {server} cannot be reached: {reason}")]
    Unreachable {
        /// Its address.
        server: String,
        /// Why.
        reason: String,
    },
    /// It says no.
    #[error("the server {server} says: {}", .body.error)]
    Refused {
        /// Its address.
        server: String,
        /// What it says.
        body: ErrorBody,
    },
    /// What answers there is no EchoVibe server, or one of another version.
    #[error("{server} answers, but not as an EchoVibe server of this version ({detail})")]
    Nonsense {
        /// Its address.
        server: String,
        /// What is strange.
        detail: String,
    },
    /// The certificates that a server is to be checked with.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl ClientError {
    /// Whether it was asked and said that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { body, .. } if body.kind == ErrorKind::NotFound)
    }
}

/// A server and who asks it. Clones share the connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    address: ServerAddress,
    token: Option<String>,
    http: reqwest::blocking::Client,
    tls: Arc<ClientConfig>,
    /// The network that makes this program's fingerprints.
    model: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("server", &self.inner.address).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of this server with this user's token; nothing is asked yet.
    ///
    /// # Errors
    /// The certificates cannot be read.
    pub fn new(
        address: ServerAddress,
        token: Option<String>,
        ca: Option<&std::path::Path>,
        model: &str,
    ) -> Result<Self, ClientError> {
        let tls = Arc::new(tls::config(ca)?);
        let http = reqwest::blocking::Client::builder()
            .tls_backend_preconfigured((*tls).clone())
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .user_agent(concat!("echovibe/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| unreachable_at(&address, &e))?;
        let model = model.to_owned();
        Ok(Self { inner: Arc::new(Inner { address, token, http, tls, model }) })
    }

    /// Where the server is.
    #[must_use]
    pub fn address(&self) -> &ServerAddress {
        &self.inner.address
    }

    /// The library in numbers.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn stats(&self) -> Result<StatsResponse, ClientError> {
        self.get("stats", &[])
    }

    /// What to play next.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn recommend(&self, wanted: &RecommendRequest) -> Result<OffersResponse, ClientError> {
        self.send(Method::POST, "recommend", &[], wanted)
    }

    fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, ClientError> {
        let response = self.asked(|| self.request(Method::GET, path, query))?;
        self.read(response)
    }

    fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let response = self.sent(method, path, query, body)?;
        self.read(response)
    }

    fn sent(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<Response, ClientError> {
        let packed = rmp_serde::to_vec_named(body).map_err(|e| self.nonsense(e.to_string()))?;
        let packed = bytes::Bytes::from(packed);
        self.asked(|| {
            let request = self.request(method.clone(), path, query);
            request.header(CONTENT_TYPE, MSGPACK).body(packed.clone())
        })
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let url = self.inner.address.url(path, query);
        let request = self.inner.http.request(method, url).header(ACCEPT, MSGPACK);
        match &self.inner.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Asks until there is an answer that is no "later", or patience ends. All requests may be sent twice.
    fn asked(&self, request: impl Fn() -> RequestBuilder) -> Result<Response, ClientError> {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = FIRST_PAUSE;
        loop {
            let (wait, error) = match request().send() {
                Ok(response) if is_later(response.status()) => {
                    let after = response.headers().get(RETRY_AFTER);
                    let seconds = after.and_then(|value| value.to_str().ok()?.parse().ok());
                    (Duration::from_secs(seconds.unwrap_or(1)), self.refused(response))
                }
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => return Err(self.refused(response)),
                Err(error) => (pause, unreachable_at(&self.inner.address, &error)),
            };
            if Instant::now() + wait > deadline {
                return Err(error);
            }
            std::thread::sleep(wait);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn refused(&self, response: Response) -> ClientError {
        let status = response.status();
        let body = response.bytes().ok();
        match body.and_then(|body| serde_json::from_slice::<ErrorBody>(&body).ok()) {
            Some(body) => ClientError::Refused { server: self.inner.address.to_string(), body },
            None => self.nonsense(format!("status {status}")),
        }
    }

    fn read<T: DeserializeOwned>(&self, response: Response) -> Result<T, ClientError> {
        let body = response.bytes().map_err(|e| unreachable_at(&self.inner.address, &e))?;
        rmp_serde::from_slice(&body).map_err(|e| self.nonsense(e.to_string()))
    }

    fn nonsense(&self, detail: String) -> ClientError {
        ClientError::Nonsense { server: self.inner.address.to_string(), detail }
    }
}

fn is_later(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}

fn unreachable_at(address: &ServerAddress, error: &dyn std::error::Error) -> ClientError {
    // The last cause says what happened; those before it repeat the address.
    let mut reason = error;
    while let Some(cause) = reason.source() {
        reason = cause;
    }
    ClientError::Unreachable { server: address.to_string(), reason: reason.to_string() }
}
