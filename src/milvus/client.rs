//! Calls to Milvus with its own client, connected when first needed and again whenever it was away.

use std::fmt;
use std::time::{Duration, Instant};

use axum::http::Uri;
use milvus_sdk::v2::ClientV2;
use milvus_sdk::v2::error::Error;
use milvus_sdk::v2::types::{ConnectConfig, RetryConfig, TelemetryConfig};
use tokio::sync::Mutex;

use crate::blocking::Blocking;
use crate::index::SearchError;
use crate::store::words;

const PORT: u16 = 19_530;
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// After a failure to connect everybody is told the same for this long: requests that wait for each other's
/// attempts would all be late.
const SAME_ANSWER_FOR: Duration = Duration::from_secs(1);
/// A Milvus that vanished without a word is noticed after this.
const SILENT_FOR: Duration = Duration::from_secs(10);
/// Codes of answers that pass: it is not ready (1, 2), has too much to do (4, 8), does not have the collection
/// (100) or has not loaded it (101, 103).
const PASSING: [i32; 7] = [1, 2, 4, 8, 100, 101, 103];

/// gRPC's codes of a server that is not there: cancelled, unknown, deadline exceeded, unavailable.
const GONE: [i32; 4] = [1, 2, 4, 14];

/// Why there can be no index in Milvus.
#[derive(Debug, thiserror::Error)]
pub enum MilvusError {
    /// The address.
    #[error(
        "--index {address}: {reason}; it looks like milvus://HOST:19530 or milvus+tls://HOST:19530/DATABASE"
    )]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The configuration.
    #[error("milvus.index_type is {given:?}, but must be one of {known}")]
    IndexType {
        /// What it says.
        given: String,
        /// What it can say.
        known: String,
    },
    /// The runtime of the calls.
    #[error("the client of Milvus cannot start: {0}")]
    Runtime(std::io::Error),
}

/// A Milvus.
pub struct Client {
    config: ConnectConfig,
    connection: Mutex<Connection>,
    name: String,
    blocking: Blocking,
}

/// Where connecting stands.
enum Connection {
    None,
    Failed { at: Instant, error: Error },
    Made(ClientV2),
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.name).finish()
    }
}

impl Client {
    /// For `milvus://HOST:PORT/DATABASE`; nothing is connected yet.
    pub fn new(address: &str, token: Option<&str>, timeout_s: f64) -> Result<Self, MilvusError> {
        let wrong = |reason: &str| MilvusError::Address {
            address: address.to_owned(),
            reason: reason.to_owned(),
        };
        let (scheme, rest) = address.split_once("://").ok_or_else(|| wrong("it has no ://"))?;
        let http = match scheme {
            "milvus" => "http",
            "milvus+tls" => "https",
            _ => return Err(wrong("it does not begin with milvus:// or milvus+tls://")),
        };
        if rest.contains('@') {
            return Err(wrong("user and password belong into ECHOVIBE_MILVUS_TOKEN"));
        }
        let (place, database) = rest.split_once('/').unwrap_or((rest, ""));
        if place.is_empty() || place.starts_with(':') {
            return Err(wrong("it names no host"));
        }
        let with_port = place.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
        let place = if with_port { place.to_owned() } else { format!("{place}:{PORT}") };
        let uri = format!("{http}://{place}");
        uri.parse::<Uri>().map_err(|e| wrong(&e.to_string()))?;
        let timeout = Duration::from_secs_f64(timeout_s);
        // Whoever asks tries again; the client reports nothing to anybody.
        let once = RetryConfig::new().max_attempts(1).max_retry_timeout(timeout);
        let config = ConnectConfig::new()
            .uri(uri)
            .database(database.trim_end_matches('/'))
            .connect_timeout(CONNECT_WITHIN)
            .keepalive_time(SILENT_FOR)
            .keepalive_timeout(SILENT_FOR)
            .retry(once)
            .telemetry(TelemetryConfig::new().enabled(false));
        let config = match token {
            Some(token) => config.token(token),
            None => config,
        };
        Ok(Self {
            config,
            connection: Mutex::new(Connection::None),
            name: format!("Milvus at {place}"),
            blocking: Blocking::new("milvus").map_err(MilvusError::Runtime)?,
        })
    }

    /// Asks something. Must not be called from within an asynchronous task.
    pub fn call<T, F>(&self, ask: impl FnOnce(ClientV2) -> F) -> Result<T, SearchError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let answer = self.blocking.run(async { ask(self.connected().await?).await });
        answer.map_err(|e| self.told(&e))
    }

    async fn connected(&self) -> Result<ClientV2, Error> {
        let mut connection = self.connection.lock().await;
        match &*connection {
            Connection::Made(client) => return Ok(client.clone()),
            Connection::Failed { at, error } if at.elapsed() < SAME_ANSWER_FOR => {
                return Err(error.clone());
            }
            Connection::Failed { .. } | Connection::None => {}
        }
        let made = ClientV2::new(&self.config).await;
        *connection = match &made {
            Ok(client) => Connection::Made(client.clone()),
            Err(error) => Connection::Failed { at: Instant::now(), error: error.clone() },
        };
        made
    }

    fn told(&self, error: &Error) -> SearchError {
        let away = is_away(error);
        let error = match error {
            Error::RetryExhausted { source, .. } => &**source,
            other => other,
        };
        let reason = match error {
            Error::Server(server) => server.reason().to_owned(),
            other => words(other),
        };
        if away {
            return SearchError::Away(format!(
                "{} is away ({reason}); it is used again as soon as it is back",
                self.name
            ));
        }
        SearchError::Refused(format!("{} refused: {reason}", self.name))
    }
}

/// Whether it is not there just now, as opposed to not willing.
fn is_away(error: &Error) -> bool {
    match error {
        Error::RetryExhausted { source, .. } => {
            // What the server calls worth another attempt passes.
            matches!(**source, Error::Server(_)) || is_away(source)
        }
        Error::Timeout(_) | Error::Cancelled(_) => true,
        Error::Grpc(status) => GONE.contains(&i32::from(status.code())),
        Error::Server(server) => PASSING.contains(&server.code()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use milvus_sdk::v2::request::collection::HasCollectionRequest;

    use super::*;

    #[test]
    fn addresses_are_read_and_secrets_refused() {
        let named = |address: &str| {
            Client::new(address, None, 1.0)
                .map(|client| (client.name.clone(), client.config.get_database().to_owned()))
        };
        assert_eq!(named("milvus://a").unwrap(), ("Milvus at a:19530".to_owned(), String::new()));
        let with_all = named("milvus+tls://a.example:1234/music").unwrap();
        assert_eq!(with_all, ("Milvus at a.example:1234".to_owned(), "music".to_owned()));
        for wrong in ["a:19530", "http://a:19530", "milvus://root:Milvus@a:19530", "milvus://"] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_milvus_that_is_not_there_is_away() {
        let client = Client::new("milvus://127.0.0.1:1", None, 2.0).unwrap();
        let answer = client.call(|milvus| async move {
            let asked = HasCollectionRequest::builder().collection_name("any").build()?;
            milvus.has_collection(asked).await
        });
        assert!(matches!(answer, Err(SearchError::Away(_))), "{answer:?}");
    }
}
