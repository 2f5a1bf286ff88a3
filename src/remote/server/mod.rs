//! The index server: one library and its index for many listeners, over HTTP.
//!
//! ```text
//! connection (limits, TLS) -> route -> caller (token, rate) -> work (bounded queue) -> store, index
//! ```

mod answers;
mod body;
mod caller;
mod connections;
mod error;
mod files;
mod limits;
mod metrics;
mod openapi;
mod overload;
mod people;
mod proxies;
mod routes;
mod shared;
mod tls;
mod work;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::token::{Pepper, TokenError};
use crate::library::{Catalogue, LibraryError, compare_some, maintain_cells_beside};
use crate::listen::Engine;
use crate::settings::Settings;
use crate::store::Store;
pub use openapi::document;
use shared::Shared;
pub use tls::TlsFiles;

/// How often the library is looked at for new tracks.
const LOOK: Duration = Duration::from_millis(500);
/// How long requests in hand may take when the server is to end.
const GRACE: Duration = Duration::from_secs(20);

/// Why the server cannot start or go on.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address is in use or not ours.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Tokens would travel readable.
    #[error(
        "{0} can be reached from other machines, and without TLS tokens could be read on the way: give \
         --tls-cert and --tls-key, listen on 127.0.0.1 behind a proxy that has TLS, or say \
         --plain-http if the network is trusted"
    )]
    Plain(SocketAddr),
    /// The certificate or its key.
    #[error("{path}: {reason}")]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The secret of tokens.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The runtime cannot start.
    #[error("the server cannot start: {0}")]
    Runtime(io::Error),
}

/// Where and how to listen.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The address; port 0 takes any that is free.
    pub address: SocketAddr,
    /// Certificate and key, for TLS.
    pub tls: Option<TlsFiles>,
    /// Plain HTTP where other machines can reach it.
    pub plain_http: bool,
}

/// A server that is ready to answer.
pub struct Server {
    runtime: tokio::runtime::Runtime,
    listener: TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
}

/// Ends a server from any thread.
#[derive(Clone)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// No more requests are taken; those in hand are finished.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Takes the address and makes ready.
    ///
    /// # Errors
    /// See [`ServeError`].
    pub fn bind(
        store: &Store,
        engine: Engine,
        settings: &Settings,
        options: &ServeOptions,
    ) -> Result<Self, ServeError> {
        let address = options.address;
        if options.tls.is_none() && !options.plain_http && !address.ip().is_loopback() {
            return Err(ServeError::Plain(address));
        }
        let tls = options.tls.as_ref().map(tls::acceptor).transpose()?;
        let pepper = Pepper::of_store(store)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("server")
            .build()
            .map_err(ServeError::Runtime)?;
        let listener = runtime
            .block_on(TcpListener::bind(address))
            .map_err(|source| ServeError::Listen { address, source })?;
        let shared = Shared::new(store.clone(), engine, settings.clone(), pepper);
        Ok(Self {
            runtime,
            listener,
            tls,
            shared: Arc::new(shared),
            stop: watch::Sender::new(false),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// What ends it.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// Answers until it is stopped, and then what is in hand, for up to twenty seconds.
    pub fn run(self) {
        let Self { runtime, listener, tls, shared, stop } = self;
        runtime.spawn(look_after(Arc::clone(&shared), stop.subscribe()));
        runtime.block_on(async {
            let app = routes::router(Arc::clone(&shared), stop.subscribe());
            connections::serve(listener, tls, app, &shared, stop.subscribe(), GRACE).await;
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

/// Has the index searched in cells where that is worth it, and takes over tracks that were enrolled here or
/// by another process. When no more come, they are compared: several people may have one recording.
async fn look_after(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let engine = &shared.engine;
    maintain_cells_beside(&engine.catalogue, shared.store.dir(), engine.network.id());
    let mut seen = Seen::default();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.changed() => return,
        }
        let shared = Arc::clone(&shared);
        let looked = tokio::task::spawn_blocking(move || look(&shared, seen)).await;
        seen = match looked {
            Ok(Ok(now)) => now,
            Ok(Err(error)) => {
                tracing::warn!("the library cannot be refreshed: {error}");
                seen
            }
            Err(_) => seen,
        };
    }
}

/// Generations of the store, see [`Store::generation`].
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// That of the last look.
    at_last: Option<u64>,
    /// That up to which all tracks are compared.
    compared: Option<u64>,
}

fn look(shared: &Shared, seen: Seen) -> Result<Seen, LibraryError> {
    let (store, engine) = (&shared.store, &shared.engine);
    let model = engine.network.id();
    if let Some(index) = &engine.index
        && let Err(error) = index.keep_up()
    {
        tracing::warn!("the index is not up to date: {error}");
    }
    let now = Some(store.generation()?);
    if Catalogue::refresh(&engine.catalogue, store, model)? {
        maintain_cells_beside(&engine.catalogue, store.dir(), model);
    }
    // An index in databases has nothing here that could be laid along each other.
    let idle = || shared.search.is_idle();
    let compares = now == seen.at_last && now != seen.compared && engine.index.is_none() && idle();
    let compared = match compares && compare_some(&engine.catalogue, store, model, &idle)? {
        true => now,
        false => seen.compared,
    };
    Ok(Seen { at_last: now, compared })
}
