//! The owner: has the database and answers the other processes of this folder.

use std::collections::HashMap;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::db::Db;
use super::error::{Result, StoreError};
use super::lock::OwnerLock;
use super::wire::{Hello, PROTOCOL, Refusal, Reply, Request, read_frame, write_frame};

/// More connections at once than any set of programs needs; the next one waits.
const MOST_CONNECTIONS: usize = 256;
/// Pause when no connection can be taken.
const BREATH: Duration = Duration::from_millis(50);

/// The database with its lock and its server. Dropping it ends the server, flushes, and lets go.
#[derive(Debug)]
pub struct Owner {
    dir: PathBuf,
    socket: PathBuf,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    /// Taken out when dropped, so that the database is closed before the lock goes.
    db: Option<Arc<Db>>,
    lock: OwnerLock,
}

#[derive(Debug, Default)]
struct Shared {
    ending: AtomicBool,
    open: Mutex<HashMap<u64, Connection>>,
}

#[derive(Debug)]
struct Connection {
    stream: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }
}

impl Owner {
    /// Opens the database under the lock and starts to answer.
    pub fn start(dir: &Path, mut lock: OwnerLock) -> Result<Self> {
        let db = Arc::new(Db::open(dir)?);
        let folder = |source| StoreError::Folder { dir: dir.to_owned(), source };
        let (listener, socket) = lock.announce(dir).map_err(folder)?;
        let shared = Arc::new(Shared::default());
        let accepting = {
            let (db, shared) = (Arc::downgrade(&db), Arc::clone(&shared));
            thread::Builder::new()
                .name("store-accept".to_owned())
                .spawn(move || accept(&listener, &db, &shared))
                .map_err(folder)?
        };
        let (dir, db) = (dir.to_owned(), Some(db));
        Ok(Self { dir, socket, shared, accepting: Some(accepting), db, lock })
    }

    /// Does what is asked.
    pub fn answer(&self, request: Request) -> Result<Reply> {
        match &self.db {
            Some(db) => db.answer(request),
            None => Err(StoreError::Silent { dir: self.dir.clone(), pid: None }),
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Release);
        // Wakes the accepting thread; without that it would wait for the next client.
        let woken = UnixStream::connect(&self.socket).is_ok();
        if let Some(accepting) = self.accepting.take()
            && woken
        {
            let _ = accepting.join();
        }
        let open: Vec<Connection> = self.shared.open().drain().map(|(_, open)| open).collect();
        for connection in &open {
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        for thread in open.into_iter().filter_map(|connection| connection.thread) {
            let _ = thread.join();
        }
        if let Some(db) = self.db.take() {
            if let Err(error) = db.flush() {
                tracing::error!("{error}");
            }
            db.save_snapshots();
        }
        self.lock.retract(&self.dir, &self.socket);
    }
}

fn accept(listener: &UnixListener, db: &Weak<Db>, shared: &Arc<Shared>) {
    let mut number = 0;
    loop {
        let accepted = listener.accept();
        if shared.is_ending() {
            return;
        }
        while shared.open().len() >= MOST_CONNECTIONS && !shared.is_ending() {
            thread::sleep(BREATH);
        }
        let Some(db) = db.upgrade() else { return };
        number += 1;
        let started = accepted.and_then(|(stream, _)| connect(stream, number, db, shared));
        if let Err(error) = started {
            tracing::warn!("a client of the store could not be served: {error}");
            thread::sleep(BREATH);
        }
    }
}

fn connect(stream: UnixStream, number: u64, db: Arc<Db>, shared: &Arc<Shared>) -> io::Result<()> {
    let kept = stream.try_clone()?;
    let leaving = Leaving { shared: Arc::clone(shared), number };
    // Held until the entry is made, so that the thread cannot take it out before.
    let mut open = shared.open();
    let thread = thread::Builder::new().name("store-client".to_owned()).spawn(move || {
        let _leaving = leaving;
        let (mut stream, db) = (stream, db);
        if let Err(error) = converse(&mut stream, &db) {
            tracing::debug!("a client of the store left: {error}");
        }
    })?;
    open.insert(number, Connection { stream: kept, thread: Some(thread) });
    Ok(())
}

/// Takes the entry out when the thread ends, however it ends; declared first, dropped last.
struct Leaving {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.shared.open().remove(&self.number);
    }
}

/// Answers one client until it leaves.
fn converse(stream: &mut UnixStream, db: &Db) -> io::Result<()> {
    let theirs: Hello = read_frame(stream)?;
    write_frame(stream, &Hello::ours())?;
    if theirs.protocol != PROTOCOL {
        return Ok(());
    }
    loop {
        let request: Request = read_frame(stream)?;
        let answer: std::result::Result<Reply, Refusal> = db.answer(request).map_err(Refusal::from);
        write_frame(stream, &answer)?;
    }
}
