//! Connections: so many at once, none that only holds a place, and an end in good order.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::caller::Peer;
use super::shared::Shared;

/// A client has so long to say hello and to send the head of its next request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Bytes of a request's head at most.
const HEAD_BYTES: usize = 16 << 10;
/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 64;
/// Connections that are held, to be told that there is no place; more are closed without a word.
const TURNED_AWAY: usize = 1000;
/// Pause when the system gives no more connections.
const BREATH: Duration = Duration::from_millis(100);
/// Bytes of the request of such a one that are read.
const MOST_UNREAD: u64 = 64 << 10;
/// What who comes when all places are taken is told before the connection is closed.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\n\
content-type: application/json\r\nContent-Length: 62\r\n\r\n\
{\"kind\":\"busy\",\"error\":\"too many connections: try again later\"}";

/// Accepts connections until `stop` says so; then gives those there are `grace` to finish what is in hand.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    app: Router,
    shared: &Arc<Shared>,
    mut stop: watch::Receiver<bool>,
    grace: Duration,
) {
    let places = Arc::new(Semaphore::new(shared.settings.server.connections.max(1)));
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY));
    let graceful = GracefulShutdown::new();
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(HEAD_WITHIN))
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD_BYTES as u32);
    let builder = Arc::new(builder);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let place = Arc::clone(&places).try_acquire_owned().ok();
        // A proxy's connections are many people's.
        let limited = !shared.proxies.trusts(peer.ip());
        let of_address = if limited { shared.limits.connection(peer.ip()) } else { None };
        let (Some(place), false) = (place, limited && of_address.is_none()) else {
            turn_away(stream, tls.is_some(), &turned_away, Arc::clone(shared));
            continue;
        };
        let place = (place, of_address);
        let _ = stream.set_nodelay(true);
        let proxies = shared.proxies.clone();
        let app = app.clone().map_request(move |mut request: axum::http::Request<_>| {
            let client = proxies.client(peer.ip(), request.headers());
            request.extensions_mut().insert(Peer(client));
            request
        });
        let (builder, tls, watcher) = (Arc::clone(&builder), tls.clone(), graceful.watcher());
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            shared.metrics.connections.inc();
            match tls {
                None => converse(&builder, stream, app, watcher).await,
                Some(tls) => match tokio::time::timeout(HEAD_WITHIN, tls.accept(stream)).await {
                    Ok(Ok(stream)) => converse(&builder, stream, app, watcher).await,
                    Ok(Err(error)) => tracing::debug!("{peer}: no TLS: {error}"),
                    Err(_) => tracing::debug!("{peer}: no TLS in time"),
                },
            }
            shared.metrics.connections.dec();
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still in hand after {} s", grace.as_secs());
    }
}

async fn converse<S>(
    builder: &Builder<TokioExecutor>,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    app: S,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: tower::Service<
            axum::http::Request<hyper::body::Incoming>,
            Response = axum::response::Response,
            Error = std::convert::Infallible,
        > + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let service = TowerToHyperService::new(app);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!("a connection ended: {error}");
    }
}

/// Says that there is no place, not faster than refusals are told. Within TLS that cannot be said, but it is waited all the same.
fn turn_away(mut stream: TcpStream, tls: bool, held: &Arc<Semaphore>, shared: Arc<Shared>) {
    let Ok(place) = Arc::clone(held).try_acquire_owned() else { return };
    tokio::spawn(async move {
        let _place = place;
        shared.refusals.wait().await;
        if tls {
            return;
        }
        let told = async {
            stream.write_all(FULL).await?;
            stream.shutdown().await?;
            // What is closed with something unread in it takes back what was told.
            tokio::io::copy(&mut (&mut stream).take(MOST_UNREAD), &mut tokio::io::sink()).await
        };
        let _ = tokio::time::timeout(BREATH, told).await;
    });
}
