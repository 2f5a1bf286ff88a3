//! Calls to Milvus over gRPC. A connection that broke is made again with the next call.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use thiserror::Error;
use tokio::runtime::Runtime;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

use super::messages::Answer;
use crate::index::SearchError;
use crate::store::words;

const PORT: u16 = 19_530;
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// A Milvus that vanished without a word is noticed after this.
const SILENT_FOR: Duration = Duration::from_secs(10);
/// Bytes of an answer at most: some thousand hits or numbers of tracks.
const LONGEST: usize = 64 << 20;
/// `Status.code` of a collection that is not there, or not loaded.
const UNKNOWN_OR_UNLOADED: [i32; 3] = [100, 101, 103];

/// Why there can be no index in Milvus.
#[derive(Debug, Error)]
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
    /// The runtime of the calls.
    #[error("the client of Milvus cannot start: {0}")]
    Runtime(std::io::Error),
}

/// A Milvus.
pub struct Client {
    channel: Channel,
    authorization: Option<MetadataValue<Ascii>>,
    /// Which of its databases; its default one where empty.
    pub database: String,
    name: String,
    timeout: Duration,
    /// Gone only while it is dropped.
    runtime: Option<Runtime>,
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
        let tls = match scheme {
            "milvus" => false,
            "milvus+tls" => true,
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
        let http = if tls { "https" } else { "http" };
        let mut endpoint = Endpoint::from_shared(format!("{http}://{place}"))
            .map_err(|e| wrong(&e.to_string()))?
            .connect_timeout(CONNECT_WITHIN)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(SILENT_FOR)
            .keep_alive_timeout(SILENT_FOR);
        if tls {
            let config = ClientTlsConfig::new().with_native_roots();
            endpoint = endpoint.tls_config(config).map_err(|e| wrong(&e.to_string()))?;
        }
        let authorization = token
            .map(|token| STANDARD.encode(token).parse())
            .transpose()
            .map_err(|_| wrong("ECHOVIBE_MILVUS_TOKEN cannot be sent"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("milvus")
            .enable_all()
            .build()
            .map_err(MilvusError::Runtime)?;
        let channel = {
            let _within = runtime.enter();
            endpoint.connect_lazy()
        };
        Ok(Self {
            channel,
            authorization,
            database: database.trim_end_matches('/').to_owned(),
            name: format!("Milvus at {place}"),
            timeout: Duration::from_secs_f64(timeout_s),
            runtime: Some(runtime),
        })
    }

    /// Calls a method of `MilvusService`. Must not be called from within another runtime's tasks.
    pub fn call<A: Answer>(
        &self,
        method: &'static str,
        message: impl Message + 'static,
    ) -> Result<A, SearchError> {
        let away = |reason: String| {
            SearchError::Away(format!(
                "{} is away ({reason}); it is used again as soon as it is back",
                self.name
            ))
        };
        let Some(runtime) = &self.runtime else { return Err(away("it is given up".to_owned())) };
        let mut request = Request::new(message);
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        let mut grpc = Grpc::new(self.channel.clone()).max_decoding_message_size(LONGEST);
        let answered = runtime.block_on(async {
            let called = async {
                grpc.ready().await.map_err(|e| tonic::Status::unavailable(words(&e)))?;
                let codec = ProstCodec::default();
                grpc.unary(request, PathAndQuery::from_static(method), codec).await
            };
            tokio::time::timeout(self.timeout, called).await
        });
        let answer: A = match answered {
            Err(_) => return Err(away(format!("no answer in {} s", self.timeout.as_secs_f64()))),
            Ok(Err(status)) => {
                let gone =
                    [Code::Unavailable, Code::DeadlineExceeded, Code::Cancelled, Code::Unknown];
                if gone.contains(&status.code()) {
                    return Err(away(words(&status)));
                }
                return Err(SearchError::Refused(format!("{}: {}", self.name, words(&status))));
            }
            Ok(Ok(answer)) => answer.into_inner(),
        };
        match answer.status() {
            Some(status) if status.code != 0 || status.error_code != 0 => {
                let reason = status.reason.clone();
                if status.retriable || UNKNOWN_OR_UNLOADED.contains(&status.code) {
                    return Err(away(reason));
                }
                Err(SearchError::Refused(format!("{} refused: {reason}", self.name)))
            }
            _ => Ok(answer),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_secrets_refused() {
        let named = |address: &str| {
            Client::new(address, None, 1.0)
                .map(|client| (client.name.clone(), client.database.clone()))
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
        use crate::milvus::messages::{BoolResponse, HasCollectionRequest};
        let client = Client::new("milvus://127.0.0.1:1", None, 2.0).unwrap();
        let asked = HasCollectionRequest::default();
        let answer =
            client.call::<BoolResponse>("/milvus.proto.milvus.MilvusService/HasCollection", asked);
        assert!(matches!(answer, Err(SearchError::Away(_))), "{answer:?}");
    }
}
