//! The connection that a listener's windows go through: a WebSocket, plain or over TLS.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, select};
use rustls::{ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;
use tokio_rustls::rustls;
use tungstenite::client::IntoClientRequest;
use tungstenite::error::ProtocolError;
use tungstenite::http::header::AUTHORIZATION;
use tungstenite::{Message, WebSocket};

use super::{CONNECT_WITHIN, Client};
use crate::listen::Heard;
use crate::remote::api::{ErrorBody, ListenHello};

/// What is sent may take so long.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// How long a message is waited for at each look.
pub const GLANCE: Duration = Duration::from_millis(1);

/// A connection, plain or TLS.
pub trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// What is listened through.
pub type Socket = WebSocket<Box<dyn Stream>>;

/// Connects while what is heard meanwhile is taken in: a server that has vanished without a word takes seconds to
/// be given up. None when the listener hangs up.
pub fn connect_beside(
    client: &Client,
    heard: &Receiver<Heard>,
) -> Option<(Result<Socket, String>, Vec<Heard>)> {
    let (tell, told) = bounded(1);
    let client = client.clone();
    std::thread::spawn(move || drop(tell.send(connect(&client))));
    let mut early = Vec::new();
    loop {
        select! {
            recv(told) -> connected => {
                let connected = connected.unwrap_or_else(|_| Err("no thread".to_owned()));
                return Some((connected, early));
            }
            recv(heard) -> heard => early.push(heard.ok()?),
        }
    }
}

fn connect(client: &Client) -> Result<Socket, String> {
    let address = client.address();
    let names = (address.host(), address.port()).to_socket_addrs().map_err(|e| e.to_string())?;
    let mut last = "it has no address".to_owned();
    let mut plain = None;
    for name in names {
        match TcpStream::connect_timeout(&name, CONNECT_WITHIN) {
            Ok(stream) => {
                plain = Some(stream);
                break;
            }
            Err(error) => last = error.to_string(),
        }
    }
    let plain = plain.ok_or(last)?;
    let glance = plain.try_clone().map_err(|e| e.to_string())?;
    let set = |read: Duration| {
        glance
            .set_read_timeout(Some(read))
            .and_then(|()| glance.set_write_timeout(Some(SEND_WITHIN)))
            .and_then(|()| glance.set_nodelay(true))
            .map_err(|e| e.to_string())
    };
    set(SEND_WITHIN)?;
    let stream: Box<dyn Stream> = if address.is_tls() {
        let name = ServerName::try_from(address.host().to_owned()).map_err(|e| e.to_string())?;
        let tls = ClientConnection::new(Arc::clone(&client.inner.tls), name);
        Box::new(StreamOwned::new(tls.map_err(|e| e.to_string())?, plain))
    } else {
        Box::new(plain)
    };
    let mut url = address.url("listen", &[]);
    let scheme = if address.is_tls() { "wss" } else { "ws" };
    url.set_scheme(scheme).map_err(|()| "it has no such address".to_owned())?;
    let mut request = url.as_str().into_client_request().map_err(|e| e.to_string())?;
    if let Some(token) = &client.inner.token {
        let bearer = format!("Bearer {token}").parse().map_err(|_| "the token is no token")?;
        request.headers_mut().insert(AUTHORIZATION, bearer);
    }
    let (mut socket, _) = tungstenite::client(request, stream).map_err(|e| match e {
        tungstenite::HandshakeError::Failure(error) => reason(error),
        tungstenite::HandshakeError::Interrupted(_) => "it does not answer".to_owned(),
    })?;
    let hello = ListenHello { model: client.inner.model.clone() };
    let hello = serde_json::to_string(&hello).map_err(|e| e.to_string())?;
    socket.send(Message::Text(hello.into())).map_err(reason)?;
    set(GLANCE)?;
    Ok(socket)
}

/// What the server said when it did not let us in, else what went wrong.
pub fn reason(error: tungstenite::Error) -> String {
    if let tungstenite::Error::Http(response) = &error
        && let Some(body) = response.body()
        && let Ok(body) = serde_json::from_slice::<ErrorBody>(body)
    {
        return body.error;
    }
    match error {
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | tungstenite::Error::ConnectionClosed => "the connection broke off".to_owned(),
        other => other.to_string(),
    }
}
