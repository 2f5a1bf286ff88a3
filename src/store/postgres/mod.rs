//! A store in PostgreSQL, which several servers share: the same requests as the database of a data folder
//! answers. What is answered as done is committed.
//!
//! Changes of tracks take the one row of `state` first, so that generations are in the order of commits;
//! events of a user take a lock of that user's. An event sent twice is one: `UNIQUE (user_id, nonce)`.

mod connect;
mod error;
mod people;
mod schema;
#[cfg(test)]
mod tests;
mod tracks;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use connect::{Connection, Pool};
use error::{Trouble, away};
use postgres::Transaction;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Result, StoreError};
use super::wire::{Lead, Progress, Reply, Request};

/// Lock of the server that keeps the index up to date: one of all at a time.
const LEAD: i64 = 0x6563_686f_0001;
/// Locks of users have their number in the second half.
const USER: i32 = 0x6563_686f;

/// A store in a PostgreSQL database.
pub struct Postgres {
    pool: Pool,
    /// What it is called when something is said of it.
    name: String,
    /// The connection that holds [`LEAD`], where this process does.
    lead: Mutex<Option<Connection>>,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Postgres").field(&self.name).finish()
    }
}

impl Postgres {
    /// Connects to `postgres://...` and brings the tables up to this program's version.
    pub fn open(url: &str) -> Result<Self> {
        let (pool, name) = connect::pool(url)?;
        let store = Self { pool, name, lead: Mutex::default() };
        store.transaction(schema::bring_up)?;
        Ok(store)
    }

    /// What it is called when something is said of it: host and database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Does what is asked.
    pub fn answer(&self, request: Request) -> Result<Reply> {
        Ok(match request {
            Request::Generation => Reply::Generation(self.generation()?),
            Request::Tracks { after, limit } => Reply::Tracks(self.tracks(after, limit)?),
            Request::Track(id) => Reply::Track(self.track(id)?.map(Box::new)),
            Request::TrackAt(path) => Reply::Track(self.track_at(&path.0)?.map(Box::new)),
            Request::TracksWithContent(content) => {
                Reply::Tracks(self.tracks_with_content(&content)?)
            }
            Request::Enrol(enrolment) => Reply::Track(Some(Box::new(self.enrol(*enrolment)?))),
            Request::Moved { id, path, stamp } => done(self.moved(id, &path.0, &stamp)?),
            Request::Remove(id) => Reply::Removed(self.remove(id)?),
            Request::Place(id) => Reply::Place(self.place(id)?),
            Request::Places { since, after, limit } => {
                Reply::Places(self.places(since, after, limit)?)
            }
            Request::Gone { since } => Reply::Gone(self.gone(since)?),
            Request::Parts(wanted) => Reply::Parts(self.parts(&wanted)?),
            Request::Distrust(id) => done(self.distrust(id)?),
            Request::PutFailure(failure) => done(self.put_failure(&failure)?),
            Request::Failures => Reply::Failures(self.failures()?),
            Request::ClearFailure(path) => done(self.clear_failure(&path.0)?),
            Request::Record(new) => Reply::Event(Box::new(self.record(people::NOBODY, new)?)),
            Request::Events { after, limit } => {
                Reply::Events(self.events(people::NOBODY, after, limit)?)
            }
            Request::AddUser { name, role, token } => {
                Reply::Account(Some(self.add_user(name, role, token)?))
            }
            Request::Users => Reply::Accounts(self.users()?),
            Request::User(id) => Reply::Account(self.user(id)?),
            Request::RenewUser { name, token } => Reply::Account(self.renew_user(&name, token)?),
            Request::RevokeUser(name) => Reply::Account(self.revoke_user(&name)?),
            Request::RecordOf { user, new } => Reply::Event(Box::new(self.record(user, new)?)),
            Request::EventsOf { user, after, limit } => {
                Reply::Events(self.events(user, after, limit)?)
            }
            Request::Hold(holding) => Reply::Orphan(self.hold(&holding)?),
            Request::Unhold { user, path } => Reply::Orphan(self.unhold(user, &path.0)?),
            Request::Holding { user, path } => {
                Reply::Holdings(self.holding(user, &path.0)?.into_iter().collect())
            }
            Request::Holders(track) => Reply::Holdings(self.holders(track)?),
            Request::HoldingsOf { user, after, limit } => {
                Reply::Holdings(self.holdings_of(user, &after.0, limit)?)
            }
            Request::Lead => Reply::Lead(self.lead()?),
            Request::Led(progress) => done(self.led(progress)?),
            Request::Pepper(mark) => Reply::Same(self.same_pepper(&mark)?),
            Request::FilesMark(user) => Reply::Generation(self.files_mark(user)?),
            // What is committed is on the disk, and its copies are the database's own affair.
            Request::Snapshot => Reply::Done,
            Request::Backup(_) => {
                return Err(StoreError::Elsewhere(format!(
                    "{} is backed up with PostgreSQL's own tools: pg_dump --format=custom, and pg_restore to \
                     put it back. Keep server.pepper of a server's data folder with it: without it every user needs a \
                     new token",
                    self.name
                )));
            }
        })
    }

    /// Asks something that one statement answers.
    fn with<T>(
        &self,
        ask: impl FnOnce(&mut Connection) -> std::result::Result<T, Trouble>,
    ) -> Result<T> {
        let mut connection = self.connection()?;
        ask(&mut connection).map_err(|e| e.told(&self.name))
    }

    /// Does several things together or not at all; they are committed when this returns.
    fn transaction<T>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> std::result::Result<T, Trouble>,
    ) -> Result<T> {
        self.with(|connection| {
            let mut transaction = connection.transaction()?;
            let done = work(&mut transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }

    fn connection(&self) -> Result<Connection> {
        self.pool.get().map_err(|e| away(&self.name, &e.to_string()))
    }

    /// Whether this process is the one that keeps the index up to date, and if not how far that one is.
    fn lead(&self) -> Result<Lead> {
        let mut lead = self.lead.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = lead.as_mut() {
            if connection.execute("SELECT 1", &[]).is_ok() {
                return Ok(Lead::Ours);
            }
            *lead = None;
        }
        let mut connection = self.connection()?;
        let taken = connection
            .query_one("SELECT pg_try_advisory_lock($1)", &[&LEAD])
            .map_err(|e| Trouble::from(e).told(&self.name))?;
        if taken.get(0) {
            *lead = Some(connection);
            return Ok(Lead::Ours);
        }
        drop(lead);
        let asked = "SELECT indexed_generation, indexed_tracks, indexed_windows FROM state";
        let row =
            connection.query_one(asked, &[]).map_err(|e| Trouble::from(e).told(&self.name))?;
        let [generation, tracks, windows] = [0, 1, 2].map(|i| row.get::<_, i64>(i) as u64);
        Ok(Lead::Theirs(Progress { generation, tracks, windows }))
    }

    fn led(&self, progress: Progress) -> Result<()> {
        let Progress { generation, tracks, windows } = progress;
        let [generation, tracks, windows] = [generation, tracks, windows].map(|n| n as i64);
        self.with(|connection| {
            let put = "UPDATE state SET indexed_generation = $1, indexed_tracks = $2, indexed_windows = $3";
            connection.execute(put, &[&generation, &tracks, &windows])?;
            Ok(())
        })
    }

    /// Whether all servers have this pepper, by its hash; the first to ask says which it is.
    fn same_pepper(&self, mark: &[u8; 32]) -> Result<bool> {
        self.with(|connection| {
            let put = "UPDATE state SET pepper = coalesce(pepper, $1) RETURNING pepper";
            let row = connection.query_one(put, &[&mark.as_slice()])?;
            Ok(row.get::<_, &[u8]>(0) == mark)
        })
    }
}

fn done((): ()) -> Reply {
    Reply::Done
}

fn pack<T: Serialize>(record: &T) -> std::result::Result<Vec<u8>, Trouble> {
    rmp_serde::to_vec_named(record).map_err(|e| Trouble::Record(e.to_string()))
}

fn unpack<T: DeserializeOwned>(packed: &[u8]) -> std::result::Result<T, Trouble> {
    rmp_serde::from_slice(packed).map_err(|e| Trouble::Record(e.to_string()))
}

/// What a path is looked up by.
fn path_hash(path: &std::path::Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    blake3::hash(path.as_os_str().as_bytes()).as_bytes().to_vec()
}
