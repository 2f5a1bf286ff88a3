//! Accounts, what each of them did, and their files.

use std::path::Path;

use jiff::Timestamp;
use postgres::{Row, Transaction};

use super::error::Trouble;
use super::tracks::find;
use super::{Postgres, USER, pack, path_hash, unpack};
use crate::store::error::{Result, StoreError};
use crate::store::events::NewEvent;
use crate::store::people::{Account, Holding, Role, UserId};
use crate::store::records::{Event, TrackId};

/// Whose log that of the data folder's own user is: no account has this number.
pub(super) const NOBODY: UserId = UserId(0);

const ACCOUNTS: &str = "SELECT id, name, role, token, created_at, revoked_at FROM users";

impl Postgres {
    pub(super) fn add_user(&self, name: String, role: Role, token: [u8; 32]) -> Result<Account> {
        self.transaction(|transaction| {
            // One after the other, so that numbers are in order and names unique.
            transaction.execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE", &[])?;
            let taken = "SELECT 1 FROM users WHERE name = $1 AND revoked_at IS NULL";
            if transaction.query_opt(taken, &[&name])?.is_some() {
                return Err(StoreError::UserExists(name).into());
            }
            let put = "INSERT INTO users (id, name, role, token, created_at)
                SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4 FROM users
                RETURNING id, name, role, token, created_at, revoked_at";
            let values = (role.name(), token.as_slice(), Timestamp::now());
            account(&transaction.query_one(put, &[&name, &values.0, &values.1, &values.2])?)
        })
    }

    pub(super) fn users(&self) -> Result<Vec<Account>> {
        let asked = format!("{ACCOUNTS} ORDER BY id");
        self.with(|connection| connection.query(&asked, &[])?.iter().map(account).collect())
    }

    pub(super) fn user(&self, id: UserId) -> Result<Option<Account>> {
        let Ok(id) = i32::try_from(id.0) else { return Ok(None) };
        let asked = format!("{ACCOUNTS} WHERE id = $1");
        self.with(|connection| {
            connection.query_opt(&asked, &[&id])?.as_ref().map(account).transpose()
        })
    }

    pub(super) fn renew_user(&self, name: &str, token: [u8; 32]) -> Result<Option<Account>> {
        self.with(|connection| {
            let put = "UPDATE users SET token = $2 WHERE name = $1 AND revoked_at IS NULL
                RETURNING id, name, role, token, created_at, revoked_at";
            let row = connection.query_opt(put, &[&name, &token.as_slice()])?;
            row.as_ref().map(account).transpose()
        })
    }

    pub(super) fn revoke_user(&self, name: &str) -> Result<Option<Account>> {
        self.with(|connection| {
            let put = "UPDATE users SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL
                RETURNING id, name, role, token, created_at, revoked_at";
            let row = connection.query_opt(put, &[&name, &Timestamp::now()])?;
            row.as_ref().map(account).transpose()
        })
    }

    /// See [`crate::store::Store::record_of`].
    pub(super) fn record(&self, user: UserId, new: NewEvent) -> Result<Event> {
        self.transaction(|transaction| {
            let user = of(user)?;
            transaction.execute("SELECT pg_advisory_xact_lock($1, $2)", &[&USER, &user])?;
            let nonce = new.nonce.to_be_bytes();
            let same = "SELECT record FROM events WHERE user_id = $1 AND nonce = $2";
            if let Some(row) = transaction.query_opt(same, &[&user, &nonce.as_slice()])? {
                return unpack(row.get(0));
            }
            let track =
                find(transaction, new.track_id)?.ok_or(StoreError::UnknownTrack(new.track_id))?;
            let last = "SELECT coalesce(max(seq), 0) FROM events WHERE user_id = $1";
            let last: i64 = transaction.query_one(last, &[&user])?.get(0);
            let event = new.kept(last as u64 + 1, track);
            put_event(transaction, user, &event)?;
            Ok(event)
        })
    }

    pub(super) fn events(&self, user: UserId, after: u64, limit: usize) -> Result<Vec<Event>> {
        let asked =
            "SELECT record FROM events WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let limit = limit.min(i64::MAX as usize) as i64;
        self.with(|connection| {
            let rows = connection.query(asked, &[&of(user)?, &after, &limit])?;
            rows.iter().map(|row| unpack(row.get(0))).collect()
        })
    }

    /// See [`crate::store::Store::hold`].
    pub(super) fn hold(&self, holding: &Holding) -> Result<Option<TrackId>> {
        let (user, hash) =
            (of(holding.user).map_err(|e| e.told(self.name()))?, path_hash(&holding.path));
        self.transaction(|transaction| {
            // The track stays until this is committed.
            let there = "SELECT 1 FROM tracks WHERE id = $1 FOR KEY SHARE";
            let track = i64::from(holding.track_id.0);
            if transaction.query_opt(there, &[&track])?.is_none() {
                return Err(StoreError::UnknownTrack(holding.track_id).into());
            }
            let before =
                "SELECT track FROM holdings WHERE user_id = $1 AND path_hash = $2 FOR UPDATE";
            let before = transaction.query_opt(before, &[&user, &hash])?;
            transaction.execute(
                "INSERT INTO holdings (user_id, path_hash, track, record) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (user_id, path_hash)
                 DO UPDATE SET track = excluded.track, record = excluded.record",
                &[&user, &hash, &track, &pack(holding)?],
            )?;
            files_changed(transaction, user)?;
            match before.map(|row| row.get::<_, i64>(0)).filter(|before| *before != track) {
                Some(before) => unless_held(transaction, before),
                None => Ok(None),
            }
        })
    }

    /// See [`crate::store::Store::unhold`].
    pub(super) fn unhold(&self, user: UserId, path: &Path) -> Result<Option<TrackId>> {
        self.transaction(|transaction| {
            let drop = "DELETE FROM holdings WHERE user_id = $1 AND path_hash = $2 RETURNING track";
            match transaction.query_opt(drop, &[&of(user)?, &path_hash(path)])? {
                Some(row) => {
                    files_changed(transaction, of(user)?)?;
                    unless_held(transaction, row.get(0))
                }
                None => Ok(None),
            }
        })
    }

    pub(super) fn files_mark(&self, user: UserId) -> Result<u64> {
        let asked = "SELECT files FROM users WHERE id = $1";
        self.with(|connection| {
            let row = connection.query_opt(asked, &[&of(user)?])?;
            Ok(row.map_or(0, |row| row.get::<_, i64>(0) as u64))
        })
    }

    pub(super) fn holding(&self, user: UserId, path: &Path) -> Result<Option<Holding>> {
        let asked = "SELECT record FROM holdings WHERE user_id = $1 AND path_hash = $2";
        self.with(|connection| {
            let row = connection.query_opt(asked, &[&of(user)?, &path_hash(path)])?;
            row.map(|row| unpack(row.get(0))).transpose()
        })
    }

    pub(super) fn holders(&self, track: TrackId) -> Result<Vec<Holding>> {
        let asked = "SELECT record FROM holdings WHERE track = $1 ORDER BY user_id, path_hash";
        self.with(|connection| {
            let rows = connection.query(asked, &[&i64::from(track.0)])?;
            rows.iter().map(|row| unpack(row.get(0))).collect()
        })
    }

    /// Somebody's files after `after`, in the order of what paths are looked up by.
    pub(super) fn holdings_of(
        &self,
        user: UserId,
        after: &Path,
        limit: usize,
    ) -> Result<Vec<Holding>> {
        let asked = "SELECT record FROM holdings WHERE user_id = $1 AND path_hash > $2
            ORDER BY path_hash LIMIT $3";
        let after = if after.as_os_str().is_empty() { Vec::new() } else { path_hash(after) };
        let limit = limit.min(i64::MAX as usize) as i64;
        self.with(|connection| {
            let rows = connection.query(asked, &[&of(user)?, &after, &limit])?;
            rows.iter().map(|row| unpack(row.get(0))).collect()
        })
    }
}

fn files_changed(transaction: &mut Transaction<'_>, user: i32) -> std::result::Result<(), Trouble> {
    transaction.execute("UPDATE users SET files = files + 1 WHERE id = $1", &[&user])?;
    Ok(())
}

fn put_event(
    transaction: &mut Transaction<'_>,
    user: i32,
    event: &Event,
) -> std::result::Result<(), Trouble> {
    transaction.execute(
        "INSERT INTO events (user_id, seq, nonce, at, track, record) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &user,
            &(event.seq as i64),
            &event.nonce.to_be_bytes().as_slice(),
            &event.at,
            &i64::from(event.track_id.0),
            &pack(event)?,
        ],
    )?;
    Ok(())
}

fn unless_held(
    transaction: &mut Transaction<'_>,
    track: i64,
) -> std::result::Result<Option<TrackId>, Trouble> {
    let held = "SELECT 1 FROM holdings WHERE track = $1 LIMIT 1";
    let held = transaction.query_opt(held, &[&track])?.is_some();
    Ok((!held).then_some(TrackId(track as u32)))
}

fn of(user: UserId) -> std::result::Result<i32, Trouble> {
    i32::try_from(user.0).map_err(|_| Trouble::Record(format!("a user {user}")))
}

fn account(row: &Row) -> std::result::Result<Account, Trouble> {
    let strange = |what: &str| Trouble::Record(format!("an account with a strange {what}"));
    let token: &[u8] = row.get(3);
    Ok(Account {
        id: UserId(row.get::<_, i32>(0) as u32),
        name: row.get(1),
        role: row.get::<_, &str>(2).parse().map_err(|_| strange("role"))?,
        token: token.try_into().map_err(|_| strange("token"))?,
        created_at: row.get(4),
        revoked_at: row.get(5),
    })
}
