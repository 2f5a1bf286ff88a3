//! The client of an index server: asks, tries again, and says what is wrong.

mod address;
mod connect;
mod elsewhere;
mod error;
mod index;
mod late;
mod live;
mod missed;
mod outbox;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use rustls::ClientConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Token;
use super::api::{ErrorBody, ErrorKind, MSGPACK, OffersResponse, RecommendRequest, StatsResponse};
use crate::store::records::Track;
use crate::tls;
pub use crate::tls::TlsError;
pub use address::{AddressError, ServerAddress};
pub use error::ClientError;
use error::unreachable_at;
use outbox::Outbox;
use tokio_rustls::rustls;

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long an answer may take; a long recording takes longest.
const ANSWER_WITHIN: Duration = Duration::from_secs(600);
/// The same where something else answers meanwhile.
const ANSWER_BESIDE_WITHIN: Duration = Duration::from_secs(10);
/// What takes long.
const LONG: &str = "identify/timeline";
/// The first answer, to a question that takes no time, may take so long.
const FIRST_ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// For so long a server that went away, or is busy, is asked again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Where something else answers meanwhile, a server that was away just now is not asked again for so long.
const AWAY_FOR: Duration = Duration::from_secs(3);
/// Feedback is kept here after so long, and sent later.
const PATIENCE_WITH_FEEDBACK: Duration = Duration::from_secs(2);
/// First pause before that; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A server and who asks it. Clones share the connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    /// Something else answers meanwhile: a server that is away is not waited for.
    beside: bool,
}

struct Inner {
    address: ServerAddress,
    token: Option<String>,
    http: reqwest::blocking::Client,
    tls: Arc<ClientConfig>,
    /// The network that makes this program's fingerprints.
    model: String,
    /// What waits for it to be back.
    outbox: Outbox,
    /// When it was found to be away last, and why.
    away: Mutex<Option<(Instant, String)>>,
    /// It has answered this process.
    reached: AtomicBool,
    /// Its tracks as far as they were listed, to be remembered.
    listed: Mutex<Vec<Track>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("server", &self.inner.address).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of this server with this user's token; nothing is asked yet. What has to wait for the server is
    /// kept in `data_dir`.
    ///
    /// # Errors
    /// The certificates cannot be read.
    pub fn new(
        address: ServerAddress,
        token: Option<Token>,
        ca: Option<&Path>,
        model: &str,
        data_dir: &Path,
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
        let inner = Inner {
            outbox: Outbox::of(data_dir, &address, token.as_ref().map(|token| token.user.0)),
            token: token.map(|token| token.reveal()),
            model: model.to_owned(),
            away: Mutex::default(),
            reached: AtomicBool::new(false),
            listed: Mutex::default(),
            address,
            http,
            tls,
        };
        Ok(Self { inner: Arc::new(inner), beside: false })
    }

    /// The same, beside something else that answers while the server is away, which is then not waited for.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), beside: true }
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
        let response = self.asked(PATIENCE, || self.request(Method::GET, path, query))?;
        self.read(response)
    }

    fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let response = self.sent(PATIENCE, method, path, query, body)?;
        self.read(response)
    }

    fn sent(
        &self,
        patience: Duration,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<Response, ClientError> {
        let packed = rmp_serde::to_vec_named(body).map_err(|e| self.nonsense(e.to_string()))?;
        let packed = bytes::Bytes::from(packed);
        self.asked(patience, || {
            let request = self.request(method.clone(), path, query);
            request.header(CONTENT_TYPE, MSGPACK).body(packed.clone())
        })
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let url = self.inner.address.url(path, query);
        let mut request = self.inner.http.request(method, url).header(ACCEPT, MSGPACK);
        if self.beside && path != LONG {
            request = request.timeout(ANSWER_BESIDE_WITHIN);
        }
        match &self.inner.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Asks until there is an answer that is no "later", or patience ends. All requests may be sent twice.
    fn asked(
        &self,
        patience: Duration,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Response, ClientError> {
        if let Some(reason) = self.known_away() {
            return Err(ClientError::Unreachable { server: self.address().to_string(), reason });
        }
        if !self.beside {
            self.reach()?;
        }
        let deadline = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = request().send();
            self.inner.reached.fetch_or(answer.is_ok(), Ordering::Relaxed);
            let (wait, error) = match answer {
                Ok(response) if is_later(response.status()) => {
                    let after = response.headers().get(RETRY_AFTER);
                    let seconds = after.and_then(|value| value.to_str().ok()?.parse().ok());
                    (Duration::from_secs(seconds.unwrap_or(1)), self.refused(response))
                }
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => return Err(self.refused(response)),
                Err(error) => (pause, unreachable_at(&self.inner.address, &error)),
            };
            let given_up = match &error {
                ClientError::Untrusted { .. } => true,
                ClientError::Unreachable { reason, .. } => {
                    let mut away = self.inner.away.lock().unwrap_or_else(PoisonError::into_inner);
                    *away = Some((Instant::now(), reason.clone()));
                    self.beside
                }
                _ => false,
            };
            if given_up || Instant::now() + wait > deadline {
                return Err(error);
            }
            std::thread::sleep(wait);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether the server is there at all. One that never answered is more likely not there, or its address
    /// wrong, than about to be back: it is not waited for.
    fn reach(&self) -> Result<(), ClientError> {
        if self.inner.reached.load(Ordering::Relaxed) {
            return Ok(());
        }
        // The server has this at hand, whatever its databases do.
        let quick = self.inner.http.head(self.inner.address.url("openapi.json", &[]));
        let answer = quick.timeout(FIRST_ANSWER_WITHIN).send();
        answer.map_err(|e| unreachable_at(&self.inner.address, &e))?;
        self.inner.reached.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Why the server is away, where it was so just now and is not waited for.
    fn known_away(&self) -> Option<String> {
        let away = self.inner.away.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, reason) = away.as_ref().filter(|_| self.beside)?;
        (at.elapsed() < AWAY_FOR).then(|| reason.clone())
    }

    fn refused(&self, response: Response) -> ClientError {
        let status = response.status();
        let body = response.bytes().ok();
        match body.and_then(|body| serde_json::from_slice::<ErrorBody>(&body).ok()) {
            Some(body) if body.kind == ErrorKind::Unauthorized && self.inner.token.is_none() => {
                ClientError::NoToken(self.inner.address.to_string())
            }
            Some(body) => ClientError::Refused { server: self.inner.address.to_string(), body },
            None => ClientError::Nonsense {
                server: self.inner.address.to_string(),
                detail: format!("status {status}"),
                away: status.is_server_error(),
            },
        }
    }

    fn read<T: DeserializeOwned>(&self, response: Response) -> Result<T, ClientError> {
        let body = response.bytes().map_err(|e| unreachable_at(&self.inner.address, &e))?;
        rmp_serde::from_slice(&body).map_err(|e| self.nonsense(e.to_string()))
    }

    fn nonsense(&self, detail: String) -> ClientError {
        let server = self.inner.address.to_string();
        ClientError::Nonsense { server, detail, away: false }
    }
}

fn is_later(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}
