//! A client: asks the owner over its socket.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use super::error::{Result, StoreError};
use super::lock::Announcement;
use super::wire::{Hello, PROTOCOL, Refusal, Reply, Request, read_frame, write_frame};

/// Connections kept for the next request; a thread that finds none makes its own.
const IDLE_KEPT: usize = 8;

/// Asks the owner. Many threads may at once, each over its own connection.
#[derive(Debug)]
pub struct Client {
    dir: PathBuf,
    owner: Announcement,
    patience: Duration,
    idle: Mutex<Vec<UnixStream>>,
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum Trouble {
    /// The owner is gone: another may take its place.
    Gone,
    /// The owner is there but does not answer.
    Silent,
    /// It makes no sense to ask again.
    Final(StoreError),
}

impl Client {
    /// Connects to the owner and checks that both speak the same protocol.
    pub fn connect(
        dir: &Path,
        owner: Announcement,
        patience: Duration,
    ) -> std::result::Result<Self, Trouble> {
        let client = Self { dir: dir.to_owned(), owner, patience, idle: Mutex::new(Vec::new()) };
        let stream = client.greet()?;
        client.keep(stream);
        Ok(client)
    }

    /// The owner's process.
    pub fn owner_pid(&self) -> u32 {
        self.owner.pid
    }

    /// Asks and waits for the answer.
    pub fn ask(&self, request: &Request) -> std::result::Result<Result<Reply>, Trouble> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut stream = match idle {
            Some(stream) => stream,
            None => self.greet()?,
        };
        let mut exchange = || -> io::Result<std::result::Result<Reply, Refusal>> {
            write_frame(&mut stream, request)?;
            read_frame(&mut stream)
        };
        // A connection that failed in the middle is dropped: what comes next over it is anybody's guess.
        let answer = exchange().map_err(|error| self.trouble(error))?;
        self.keep(stream);
        Ok(answer.map_err(StoreError::from))
    }

    fn greet(&self) -> std::result::Result<UnixStream, Trouble> {
        let hello = || -> io::Result<(UnixStream, Hello)> {
            let mut stream = connect_within(self.patience, &self.owner.socket)?;
            stream.set_read_timeout(Some(self.patience))?;
            stream.set_write_timeout(Some(self.patience))?;
            write_frame(&mut stream, &Hello::ours())?;
            let theirs = read_frame(&mut stream)?;
            Ok((stream, theirs))
        };
        let (stream, theirs) = hello().map_err(|error| self.trouble(error))?;
        if theirs.protocol != PROTOCOL {
            return Err(Trouble::Final(StoreError::OtherProtocol {
                dir: self.dir.clone(),
                pid: theirs.pid,
                theirs: theirs.protocol,
                ours: PROTOCOL,
            }));
        }
        Ok(stream)
    }

    fn keep(&self, stream: UnixStream) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_KEPT {
            idle.push(stream);
        }
    }

    fn trouble(&self, error: io::Error) -> Trouble {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Trouble::Silent,
            ErrorKind::InvalidData | ErrorKind::Other => Trouble::Final(StoreError::Nonsense {
                dir: self.dir.clone(),
                pid: self.owner.pid,
                detail: error.to_string(),
            }),
            ErrorKind::PermissionDenied => {
                Trouble::Final(StoreError::Folder { dir: self.dir.clone(), source: error })
            }
            _ => Trouble::Gone,
        }
    }
}

/// Connects, but does not wait for ever at a stopped owner whose queue is full.
fn connect_within(patience: Duration, socket: &Path) -> io::Result<UnixStream> {
    let (tell, told) = mpsc::channel();
    let socket = socket.to_owned();
    thread::Builder::new().name("store-connect".to_owned()).spawn(move || {
        let _ = tell.send(UnixStream::connect(socket));
    })?;
    told.recv_timeout(patience).map_err(|_| io::Error::from(ErrorKind::TimedOut))?
}
