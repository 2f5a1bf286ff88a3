//! Accounts, what each of them did, and their files.

use std::path::Path;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, PgConnection};

use super::error::{Answer, Trouble};
use super::tracks::find;
use super::{Postgres, USER, pack, path_hash, rows, unpack, unpack_all};
use crate::store::error::StoreError;
use crate::store::events::NewEvent;
use crate::store::people::{Account, Holding, Role, UserId};
use crate::store::records::{Event, TrackId};

/// Whose log that of the data folder's own user is: no account has this number.
pub(super) const NOBODY: UserId = UserId(0);

impl Postgres {
    pub(super) async fn add_user(
        &self,
        name: String,
        role: Role,
        token: [u8; 32],
    ) -> Answer<Account> {
        let mut transaction = self.pool.begin().await?;
        // One after the other, so that numbers are in order and names unique.
        sqlx::query("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *transaction)
            .await?;
        let taken = "SELECT 1 FROM users WHERE name = $1 AND revoked_at IS NULL";
        if sqlx::query(taken).bind(&name).fetch_optional(&mut *transaction).await?.is_some() {
            return Err(StoreError::UserExists(name).into());
        }
        let put = "INSERT INTO users (id, name, role, token, created_at)
            SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4 FROM users
            RETURNING id, name, role, token, created_at, revoked_at";
        let row: AccountRow = sqlx::query_as(put)
            .bind(&name)
            .bind(role.name())
            .bind(token.as_slice())
            .bind(Timestamp::now().to_sqlx())
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        row.account()
    }

    pub(super) async fn users(&self) -> Answer<Vec<Account>> {
        let asked = "SELECT id, name, role, token, created_at, revoked_at FROM users ORDER BY id";
        let rows: Vec<AccountRow> = sqlx::query_as(asked).fetch_all(&self.pool).await?;
        rows.into_iter().map(AccountRow::account).collect()
    }

    pub(super) async fn user(&self, id: UserId) -> Answer<Option<Account>> {
        let Ok(id) = i32::try_from(id.0) else { return Ok(None) };
        let asked = "SELECT id, name, role, token, created_at, revoked_at FROM users WHERE id = $1";
        let row: Option<AccountRow> =
            sqlx::query_as(asked).bind(id).fetch_optional(&self.pool).await?;
        row.map(AccountRow::account).transpose()
    }

    pub(super) async fn renew_user(&self, name: &str, token: [u8; 32]) -> Answer<Option<Account>> {
        let put = "UPDATE users SET token = $2 WHERE name = $1 AND revoked_at IS NULL
            RETURNING id, name, role, token, created_at, revoked_at";
        let row: Option<AccountRow> = sqlx::query_as(put)
            .bind(name)
            .bind(token.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        row.map(AccountRow::account).transpose()
    }

    pub(super) async fn revoke_user(&self, name: &str) -> Answer<Option<Account>> {
        let put = "UPDATE users SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL
            RETURNING id, name, role, token, created_at, revoked_at";
        let row: Option<AccountRow> = sqlx::query_as(put)
            .bind(name)
            .bind(Timestamp::now().to_sqlx())
            .fetch_optional(&self.pool)
            .await?;
        row.map(AccountRow::account).transpose()
    }

    /// See [`crate::store::Store::record_of`].
    pub(super) async fn record(&self, user: UserId, new: NewEvent) -> Answer<Event> {
        let user = of(user)?;
        let mut transaction = self.pool.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind(USER)
            .bind(user)
            .execute(&mut *transaction)
            .await?;
        let same = "SELECT record FROM events WHERE user_id = $1 AND nonce = $2";
        let nonce = new.nonce.to_be_bytes();
        let same: Option<Vec<u8>> = sqlx::query_scalar(same)
            .bind(user)
            .bind(nonce.as_slice())
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(record) = same {
            return unpack(&record);
        }
        let track = find(&mut transaction, new.track_id)
            .await?
            .ok_or(StoreError::UnknownTrack(new.track_id))?;
        let last = "SELECT coalesce(max(seq), 0) FROM events WHERE user_id = $1";
        let last: i64 = sqlx::query_scalar(last).bind(user).fetch_one(&mut *transaction).await?;
        let event = new.kept(last as u64 + 1, track);
        put_event(&mut transaction, user, &event).await?;
        transaction.commit().await?;
        Ok(event)
    }

    pub(super) async fn events(
        &self,
        user: UserId,
        after: u64,
        limit: usize,
    ) -> Answer<Vec<Event>> {
        let asked =
            "SELECT record FROM events WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let found = sqlx::query_scalar(asked)
            .bind(of(user)?)
            .bind(i64::try_from(after).unwrap_or(i64::MAX))
            .bind(rows(limit))
            .fetch_all(&self.pool)
            .await?;
        unpack_all(&found)
    }

    /// See [`crate::store::Store::hold`].
    pub(super) async fn hold(&self, holding: &Holding) -> Answer<Option<TrackId>> {
        let (user, hash) = (of(holding.user)?, path_hash(&holding.path));
        let track = i64::from(holding.track_id.0);
        let mut transaction = self.pool.begin().await?;
        // The track stays until this is committed.
        let there = "SELECT 1 FROM tracks WHERE id = $1 FOR KEY SHARE";
        if sqlx::query(there).bind(track).fetch_optional(&mut *transaction).await?.is_none() {
            return Err(StoreError::UnknownTrack(holding.track_id).into());
        }
        let before = "SELECT track FROM holdings WHERE user_id = $1 AND path_hash = $2 FOR UPDATE";
        let before: Option<i64> = sqlx::query_scalar(before)
            .bind(user)
            .bind(&hash)
            .fetch_optional(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO holdings (user_id, path_hash, track, record) VALUES ($1, $2, $3, $4)
             ON CONFLICT (user_id, path_hash)
             DO UPDATE SET track = excluded.track, record = excluded.record",
        )
        .bind(user)
        .bind(&hash)
        .bind(track)
        .bind(pack(holding)?)
        .execute(&mut *transaction)
        .await?;
        files_changed(&mut transaction, user).await?;
        let orphan = match before.filter(|before| *before != track) {
            Some(before) => unless_held(&mut transaction, before).await?,
            None => None,
        };
        transaction.commit().await?;
        Ok(orphan)
    }

    /// See [`crate::store::Store::unhold`].
    pub(super) async fn unhold(&self, user: UserId, path: &Path) -> Answer<Option<TrackId>> {
        let user = of(user)?;
        let mut transaction = self.pool.begin().await?;
        let drop = "DELETE FROM holdings WHERE user_id = $1 AND path_hash = $2 RETURNING track";
        let dropped: Option<i64> = sqlx::query_scalar(drop)
            .bind(user)
            .bind(path_hash(path))
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(track) = dropped else { return Ok(None) };
        files_changed(&mut transaction, user).await?;
        let orphan = unless_held(&mut transaction, track).await?;
        transaction.commit().await?;
        Ok(orphan)
    }

    pub(super) async fn files_mark(&self, user: UserId) -> Answer<u64> {
        let asked = "SELECT files FROM users WHERE id = $1";
        let mark: Option<i64> =
            sqlx::query_scalar(asked).bind(of(user)?).fetch_optional(&self.pool).await?;
        Ok(mark.unwrap_or_default() as u64)
    }

    pub(super) async fn holding(&self, user: UserId, path: &Path) -> Answer<Option<Holding>> {
        let asked = "SELECT record FROM holdings WHERE user_id = $1 AND path_hash = $2";
        let found: Option<Vec<u8>> = sqlx::query_scalar(asked)
            .bind(of(user)?)
            .bind(path_hash(path))
            .fetch_optional(&self.pool)
            .await?;
        found.map(|record| unpack(&record)).transpose()
    }

    pub(super) async fn holders(&self, track: TrackId) -> Answer<Vec<Holding>> {
        let asked = "SELECT record FROM holdings WHERE track = $1 ORDER BY user_id, path_hash";
        let found = sqlx::query_scalar(asked).bind(i64::from(track.0)).fetch_all(&self.pool);
        unpack_all(&found.await?)
    }

    /// Somebody's files after `after`, in the order of what paths are looked up by.
    pub(super) async fn holdings_of(
        &self,
        user: UserId,
        after: &Path,
        limit: usize,
    ) -> Answer<Vec<Holding>> {
        let asked = "SELECT record FROM holdings WHERE user_id = $1 AND path_hash > $2
            ORDER BY path_hash LIMIT $3";
        let after = if after.as_os_str().is_empty() { Vec::new() } else { path_hash(after) };
        let found = sqlx::query_scalar(asked)
            .bind(of(user)?)
            .bind(after)
            .bind(rows(limit))
            .fetch_all(&self.pool)
            .await?;
        unpack_all(&found)
    }
}

/// A row of `users`.
#[derive(FromRow)]
struct AccountRow {
    id: i32,
    name: String,
    role: String,
    token: Vec<u8>,
    created_at: jiff_sqlx::Timestamp,
    revoked_at: Option<jiff_sqlx::Timestamp>,
}

impl AccountRow {
    fn account(self) -> Answer<Account> {
        let strange = |what: &str| Trouble::Record(format!("an account with a strange {what}"));
        Ok(Account {
            id: UserId(self.id as u32),
            name: self.name,
            role: self.role.parse().map_err(|_| strange("role"))?,
            token: self.token.try_into().map_err(|_| strange("token"))?,
            created_at: self.created_at.to_jiff(),
            revoked_at: self.revoked_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

async fn files_changed(connection: &mut PgConnection, user: i32) -> Answer<()> {
    let mark = "UPDATE users SET files = files + 1 WHERE id = $1";
    sqlx::query(mark).bind(user).execute(connection).await?;
    Ok(())
}

async fn put_event(connection: &mut PgConnection, user: i32, event: &Event) -> Answer<()> {
    sqlx::query(
        "INSERT INTO events (user_id, seq, nonce, at, track, record) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(user)
    .bind(event.seq as i64)
    .bind(event.nonce.to_be_bytes().as_slice())
    .bind(event.at.to_sqlx())
    .bind(i64::from(event.track_id.0))
    .bind(pack(event)?)
    .execute(connection)
    .await?;
    Ok(())
}

async fn unless_held(connection: &mut PgConnection, track: i64) -> Answer<Option<TrackId>> {
    let held = "SELECT 1 FROM holdings WHERE track = $1 LIMIT 1";
    let held = sqlx::query(held).bind(track).fetch_optional(connection).await?.is_some();
    Ok((!held).then_some(TrackId(track as u32)))
}

fn of(user: UserId) -> Answer<i32> {
    i32::try_from(user.0).map_err(|_| Trouble::Record(format!("a user {user}")))
}
