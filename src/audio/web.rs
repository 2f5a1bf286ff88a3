//! Sound from a web address: a file, a radio station's stream, or a playlist that says where that is.

use std::io::{self, Read};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::runtime::Runtime;

use super::backoff::Backoff;
use super::decode::Decoder;
use super::error::{AudioError, Fault};
use super::playlist::{self, Playlist};
use super::stdin::{Message, Outlet};
use crate::tls::{self, TlsFault};

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A stream that brings nothing for so long is gone.
const SILENT_FOR: Duration = Duration::from_secs(20);
/// Redirects that are followed.
const REDIRECTS: usize = 10;
/// Playlists that name playlists.
const LISTS: usize = 3;
/// Bytes of a body that are looked at to see what it is.
const HEAD: usize = 16;
/// Pauses before the next attempt: as devices have them.
const RETRY: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(8);
/// A file comes faster than it sounds: it may be so much ahead.
const AHEAD: Duration = Duration::from_millis(250);

/// Sound behind a web address, opened.
pub(super) struct WebSound {
    /// Its bytes.
    pub source: Box<dyn Read + Send + Sync>,
    /// It has a length, and ends; a stream has none.
    pub ends: bool,
}

/// Whether it is worth to try again what did not work, without anybody's doing.
fn may_pass(fault: &Fault) -> bool {
    match fault {
        Fault::Unreached(_) | Fault::Read(_) => true,
        Fault::Status(status) => {
            *status >= 500
                || matches!(
                    StatusCode::from_u16(*status),
                    Ok(StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
                )
        }
        _ => false,
    }
}

/// A web address as it may be shown: without its password.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    if shown.password().is_some() {
        let _ = shown.set_password(Some("***"));
    }
    shown.into()
}

/// Opens a web address to be heard once, without waiting for better times; tells whether it ends.
///
/// # Errors
/// It cannot be reached, or is no sound.
pub fn open_web(url: &Url) -> Result<(Decoder, bool), AudioError> {
    let name = shown(url);
    let sound = open(url, 0).map_err(|fault| fault.of(&name))?;
    Ok((Decoder::from_read(sound.source, &name)?, sound.ends))
}

/// Opens what is behind an address; of several mirrors that a playlist names, the `attempt`th.
pub(super) fn open(url: &Url, attempt: usize) -> Result<WebSound, Fault> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Fault::Open)?;
    let (response, head) = runtime.block_on(ask(url, attempt))?;
    let ends = response.content_length().is_some();
    let body = Body { runtime, response, ready: head.into(), at: 0 };
    // Decoders want to be shared between threads, which a body cannot be.
    Ok(WebSound { source: Box::new(Locked(Mutex::new(body))), ends })
}

fn client() -> Result<Client, Fault> {
    let config = tls::config(None).map_err(|e| Fault::Unreached(e.to_string()))?;
    Client::builder()
        .tls_backend_preconfigured(config)
        .connect_timeout(CONNECT_WITHIN)
        .read_timeout(SILENT_FOR)
        .redirect(reqwest::redirect::Policy::limited(REDIRECTS))
        .user_agent(concat!("echovibe/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|e| unreached(&e))
}

/// The response that has the sound, and what was read of it.
async fn ask(url: &Url, attempt: usize) -> Result<(Response, Vec<u8>), Fault> {
    let client = client()?;
    let mut url = url.clone();
    for _ in 0..=LISTS {
        // Without the header Icy-MetaData stations send no titles among the sound.
        let response =
            client.get(url.clone()).header(ACCEPT, "audio/*, application/ogg, */*;q=0.5");
        let mut response = response.send().await.map_err(|e| unreached(&e))?;
        if !response.status().is_success() {
            return Err(Fault::Status(response.status().as_u16()));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let mut head = Vec::new();
        fill(&mut response, &mut head, HEAD).await?;
        if playlist::may_be(&kind, &head) {
            fill(&mut response, &mut head, playlist::LONGEST).await?;
            let text = String::from_utf8_lossy(&head);
            url = match playlist::read(&text, response.url()) {
                Playlist::Streams(streams) => streams[attempt % streams.len()].clone(),
                Playlist::Pieces => return Err(Fault::Pieces),
                Playlist::Other => return Err(Fault::NoStream),
            };
            continue;
        }
        let is_page =
            kind.starts_with("text/html") || head.trim_ascii_start().first() == Some(&b'<');
        return if is_page { Err(Fault::WebPage) } else { Ok((response, head)) };
    }
    Err(Fault::NoStream)
}

/// Reads on until there are `enough` bytes, or all.
async fn fill(response: &mut Response, bytes: &mut Vec<u8>, enough: usize) -> Result<(), Fault> {
    while bytes.len() < enough
        && let Some(more) = response.chunk().await.map_err(|e| Fault::Read(io::Error::other(e)))?
    {
        bytes.extend_from_slice(&more);
    }
    Ok(())
}

fn unreached(error: &reqwest::Error) -> Fault {
    match TlsFault::of(error) {
        Some(TlsFault::Untrusted(reason)) => Fault::Untrusted(reason),
        Some(TlsFault::NoTls(reason)) => Fault::Unreached(reason),
        None => Fault::Unreached(last_cause(error)),
    }
}

/// The last cause says what happened; those before it repeat the address.
fn last_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// The rest of a response.
struct Body {
    runtime: Runtime,
    response: Response,
    ready: bytes::Bytes,
    at: usize,
}

impl Read for Body {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() {
            let more = self.runtime.block_on(self.response.chunk());
            let more = more.map_err(|e| io::Error::other(last_cause(&e)))?;
            let Some(more) = more else { return Ok(0) };
            (self.ready, self.at) = (more, 0);
        }
        let count = buf.len().min(self.ready.len() - self.at);
        buf[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

struct Locked(Mutex<Body>);

impl Read for Locked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.get_mut().map_err(|_| io::Error::other("the reader has panicked"))?.read(buf)
    }
}

/// Why listening to a stream came to an end.
enum End {
    /// Nobody listens any more, or a file was heard to its end.
    Over,
    /// The stream broke off, after so much of it was heard.
    BrokeOff { reason: String, heard: bool },
}

/// Listens to an address for as long as anybody does: what breaks off is opened again. What cannot be right
/// the first time (no such page, no sound) ends it.
pub(super) fn pump(url: &Url, rate: u32, sender: &Sender<Message>) -> Result<(), AudioError> {
    let name = shown(url);
    let (mut backoff, mut ever) = (Backoff::new(RETRY, SELDOM), false);
    for attempt in 0.. {
        let opened = open(url, attempt).and_then(|sound| {
            let decoder = Decoder::from_read(sound.source, &name).map_err(|error| match error {
                AudioError::File { fault, .. } => fault,
                other => Fault::Unreadable(other.to_string()),
            });
            decoder.map(|decoder| (decoder, sound.ends))
        });
        let reason = match opened {
            Ok((decoder, ends)) => match hear(decoder, ends, &name, rate, sender)? {
                End::Over => return Ok(()),
                End::BrokeOff { reason, heard } => {
                    if heard {
                        (ever, backoff) = (true, Backoff::new(RETRY, SELDOM));
                    }
                    format!("{name}: {reason}; trying again")
                }
            },
            Err(fault) if ever || may_pass(&fault) => {
                format!("{}; trying again", fault.of(&name))
            }
            Err(fault) => return Err(fault.of(&name)),
        };
        if sender.send(Message::Waiting(reason)).is_err() {
            return Ok(());
        }
        std::thread::sleep(backoff.pause());
    }
    Ok(())
}

fn hear(
    mut decoder: Decoder,
    ends: bool,
    name: &str,
    rate: u32,
    sender: &Sender<Message>,
) -> Result<End, AudioError> {
    let kind = (decoder.rate(), decoder.channels());
    let mut outlet = Outlet::new(sender, name.to_owned(), kind, rate)?;
    let (started, mut frames, mut mono) = (Instant::now(), 0_usize, Vec::new());
    loop {
        mono.clear();
        match decoder.next_mono(&mut mono) {
            Ok(true) => {}
            Ok(false) if ends => {
                outlet.finish()?;
                return Ok(End::Over);
            }
            Ok(false) => {
                let reason = "the stream has ended".to_owned();
                return Ok(End::BrokeOff { reason, heard: frames > 0 });
            }
            Err(error) if ends => return Err(error),
            Err(error) => {
                return Ok(End::BrokeOff { reason: error.reason(), heard: frames > 0 });
            }
        }
        frames += mono.len();
        if !outlet.push(&mono)? {
            return Ok(End::Over);
        }
        let sounded = Duration::from_secs_f64(frames as f64 / f64::from(kind.0));
        if ends && let Some(early) = sounded.checked_sub(started.elapsed() + AHEAD) {
            std::thread::sleep(early);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let url = Url::parse("http://me:secret@radio.example/x?y").unwrap();
        assert_eq!(shown(&url), "http://me:***@radio.example/x?y");
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        assert!(may_pass(&Fault::Status(503)) && may_pass(&Fault::Unreached(String::new())));
        assert!(may_pass(&Fault::Status(429)) && !may_pass(&Fault::Status(404)));
        assert!(!may_pass(&Fault::WebPage) && !may_pass(&Fault::Untrusted(String::new())));
    }
}
