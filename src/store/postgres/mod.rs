//! A store in PostgreSQL, which several servers share: the same requests as the database of a data folder
//! answers. What is answered as done is committed.
//!
//! Changes of tracks take the one row of `state` first, so that generations are in the order of commits;
//! events of a user take a lock of that user's. An event sent twice is one: `UNIQUE (user_id, nonce)`.

mod connect;
mod error;
mod people;
#[cfg(test)]
mod tests;
mod tracks;

use std::fmt;
use std::time::Duration;

use error::{Answer, Trouble, away};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use tokio::sync::Mutex;

use super::error::{Result, StoreError};
use super::wire::{Lead, Progress, Reply, Request};
use crate::blocking::Blocking;

/// The tables, and the steps from each version of them to the next.
static MIGRATIONS: Migrator = sqlx::migrate!("src/store/postgres/migrations");

/// A database that vanished without a word is noticed after this: longer than a statement may take.
const SILENT_FOR: Duration = Duration::from_secs(25);
/// Lock of the server that keeps the index up to date: one of all at a time.
const LEAD: i64 = 0x6563_686f_0001;
/// Locks of users have their number in the second half.
const USER: i32 = 0x6563_686f;

/// A store in a PostgreSQL database.
pub struct Postgres {
    pool: PgPool,
    /// What it is called when something is said of it.
    name: String,
    /// The connection that holds [`LEAD`], where this process does.
    lead: Mutex<Option<PoolConnection<sqlx::Postgres>>>,
    blocking: Blocking,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Postgres").field(&self.name).finish()
    }
}

impl Postgres {
    /// Connects to `postgres://...` and brings the tables up to this program's version.
    pub fn open(url: &str) -> Result<Self> {
        let options = connect::options(url)?;
        let name = connect::name(&options);
        let blocking = Blocking::new("postgres").map_err(|e| {
            StoreError::Elsewhere(format!("the client of PostgreSQL cannot start: {e}"))
        })?;
        let pool = blocking.run(async {
            let pool = connect::pool(options).await?;
            MIGRATIONS.run(&pool).await?;
            Ok(pool)
        });
        let pool = pool.map_err(|e: Trouble| e.told(&name))?;
        Ok(Self { pool, name, lead: Mutex::default(), blocking })
    }

    /// Does what is asked. Must not be called from within an asynchronous task.
    pub fn answer(&self, request: Request) -> Result<Reply> {
        let asked = async { tokio::time::timeout(SILENT_FOR, self.ask(request)).await };
        match self.blocking.run(asked) {
            Ok(answer) => answer.map_err(|e| e.told(&self.name)),
            Err(_) => Err(away(&self.name, &format!("no answer in {} s", SILENT_FOR.as_secs()))),
        }
    }

    async fn ask(&self, request: Request) -> Answer<Reply> {
        Ok(match request {
            Request::Generation => Reply::Generation(self.generation().await?),
            Request::Tracks { after, limit } => Reply::Tracks(self.tracks(after, limit).await?),
            Request::Track(id) => Reply::Track(self.track(id).await?.map(Box::new)),
            Request::TrackAt(path) => Reply::Track(self.track_at(&path.0).await?.map(Box::new)),
            Request::TracksWithContent(content) => {
                Reply::Tracks(self.tracks_with_content(&content).await?)
            }
            Request::Enrol(enrolment) => {
                Reply::Track(Some(Box::new(self.enrol(*enrolment).await?)))
            }
            Request::Moved { id, path, stamp } => done(self.moved(id, &path.0, &stamp).await?),
            Request::Remove(id) => Reply::Removed(self.remove(id).await?),
            Request::Place(id) => Reply::Place(self.place(id).await?),
            Request::Places { since, after, limit } => {
                Reply::Places(self.places(since, after, limit).await?)
            }
            Request::Gone { since } => Reply::Gone(self.gone(since).await?),
            Request::Parts(wanted) => Reply::Parts(self.parts(&wanted).await?),
            Request::Distrust(id) => done(self.distrust(id).await?),
            Request::SetRecordings(of) => done(self.set_recordings(&of).await?),
            Request::PutFailure(failure) => done(self.put_failure(&failure).await?),
            Request::Failures => Reply::Failures(self.failures().await?),
            Request::ClearFailure(path) => done(self.clear_failure(&path.0).await?),
            Request::Record(new) => Reply::Event(Box::new(self.record(people::NOBODY, new).await?)),
            Request::Events { after, limit } => {
                Reply::Events(self.events(people::NOBODY, after, limit).await?)
            }
            Request::AddUser { name, role, token } => {
                Reply::Account(Some(self.add_user(name, role, token).await?))
            }
            Request::Users => Reply::Accounts(self.users().await?),
            Request::User(id) => Reply::Account(self.user(id).await?),
            Request::RenewUser { name, token } => {
                Reply::Account(self.renew_user(&name, token).await?)
            }
            Request::RevokeUser(name) => Reply::Account(self.revoke_user(&name).await?),
            Request::RecordOf { user, new } => {
                Reply::Event(Box::new(self.record(user, new).await?))
            }
            Request::EventsOf { user, after, limit } => {
                Reply::Events(self.events(user, after, limit).await?)
            }
            Request::Hold(holding) => Reply::Orphan(self.hold(&holding).await?),
            Request::Unhold { user, path } => Reply::Orphan(self.unhold(user, &path.0).await?),
            Request::Holding { user, path } => {
                Reply::Holdings(self.holding(user, &path.0).await?.into_iter().collect())
            }
            Request::Holders(track) => Reply::Holdings(self.holders(track).await?),
            Request::HoldingsOf { user, after, limit } => {
                Reply::Holdings(self.holdings_of(user, &after.0, limit).await?)
            }
            Request::Lead => Reply::Lead(self.lead().await?),
            Request::Led(progress) => done(self.led(progress).await?),
            Request::Pepper(mark) => Reply::Same(self.same_pepper(&mark).await?),
            Request::FilesMark(user) => Reply::Generation(self.files_mark(user).await?),
            // What is committed is on the disk, and its copies are the database's own affair.
            Request::Snapshot => Reply::Done,
            Request::Backup(_) => {
                return Err(StoreError::Elsewhere(format!(
                    "{} is backed up with PostgreSQL's own tools: pg_dump --format=custom, and pg_restore to \
                     put it back. Keep server.pepper of a server's data folder with it: without it every user needs a \
                     new token",
                    self.name
                ))
                .into());
            }
        })
    }

    /// Whether this process is the one that keeps the index up to date, and if not how far that one is.
    async fn lead(&self) -> Answer<Lead> {
        let mut lead = self.lead.lock().await;
        if let Some(connection) = lead.as_mut() {
            let alive = sqlx::query("SELECT 1").execute(&mut **connection);
            if tokio::time::timeout(connect::WAIT, alive).await.is_ok_and(|done| done.is_ok()) {
                return Ok(Lead::Ours);
            }
            *lead = None;
        }
        let mut connection = self.pool.acquire().await?;
        let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(LEAD)
            .fetch_one(&mut *connection)
            .await?;
        if taken {
            // Given back to the others it would keep the lock.
            connection.close_on_drop();
            *lead = Some(connection);
            return Ok(Lead::Ours);
        }
        drop(lead);
        let asked = "SELECT indexed_generation, indexed_tracks, indexed_windows FROM state";
        let (generation, tracks, windows): (i64, i64, i64) =
            sqlx::query_as(asked).fetch_one(&mut *connection).await?;
        let [generation, tracks, windows] = [generation, tracks, windows].map(|n| n as u64);
        Ok(Lead::Theirs(Progress { generation, tracks, windows }))
    }

    async fn led(&self, progress: Progress) -> Answer<()> {
        let put =
            "UPDATE state SET indexed_generation = $1, indexed_tracks = $2, indexed_windows = $3";
        sqlx::query(put)
            .bind(progress.generation as i64)
            .bind(progress.tracks as i64)
            .bind(progress.windows as i64)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whether all servers have this pepper, by its hash; the first to ask says which it is.
    async fn same_pepper(&self, mark: &[u8; 32]) -> Answer<bool> {
        let put = "UPDATE state SET pepper = coalesce(pepper, $1) RETURNING pepper";
        let pepper: Vec<u8> =
            sqlx::query_scalar(put).bind(mark.as_slice()).fetch_one(&self.pool).await?;
        Ok(pepper == mark)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _within = self.blocking.enter();
        *self.lead.get_mut() = None;
    }
}

fn done((): ()) -> Reply {
    Reply::Done
}

fn pack<T: Serialize>(record: &T) -> Answer<Vec<u8>> {
    rmp_serde::to_vec_named(record).map_err(|e| Trouble::Record(e.to_string()))
}

fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Answer<T> {
    rmp_serde::from_slice(packed).map_err(|e| Trouble::Record(e.to_string()))
}

/// Of each row the record.
fn unpack_all<T: DeserializeOwned>(packed: &[Vec<u8>]) -> Answer<Vec<T>> {
    packed.iter().map(|packed| unpack(packed)).collect()
}

/// `LIMIT` of so many rows.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// What a path is looked up by.
fn path_hash(path: &std::path::Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    blake3::hash(path.as_os_str().as_bytes()).as_bytes().to_vec()
}
