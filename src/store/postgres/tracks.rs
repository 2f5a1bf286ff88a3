//! Tracks, their fingerprints, and failures.

use std::ops::Range;
use std::path::Path;

use sqlx::PgConnection;

use super::error::{Answer, Trouble};
use super::{Postgres, pack, path_hash, rows, unpack, unpack_all};
use crate::store::error::StoreError;
use crate::store::place::{Place, network_mark};
use crate::store::records::{Enrolment, Failure, FileStamp, Track, TrackId};
use crate::store::tracks::NEVER;

impl Postgres {
    pub(super) async fn generation(&self) -> Answer<u64> {
        let asked = "SELECT generation FROM state";
        Ok(sqlx::query_scalar::<_, i64>(asked).fetch_one(&self.pool).await? as u64)
    }

    pub(super) async fn tracks(&self, after: TrackId, limit: usize) -> Answer<Vec<Track>> {
        let asked = "SELECT record FROM tracks WHERE id > $1 ORDER BY id LIMIT $2";
        let found = sqlx::query_scalar(asked)
            .bind(i64::from(after.0))
            .bind(rows(limit))
            .fetch_all(&self.pool);
        unpack_all(&found.await?)
    }

    pub(super) async fn track(&self, id: TrackId) -> Answer<Option<Track>> {
        find(&mut *self.pool.acquire().await?, id).await
    }

    pub(super) async fn track_at(&self, path: &Path) -> Answer<Option<Track>> {
        find_at(&mut *self.pool.acquire().await?, &path_hash(path)).await
    }

    pub(super) async fn tracks_with_content(&self, content: &[u8; 32]) -> Answer<Vec<Track>> {
        let asked = "SELECT record FROM tracks WHERE content = $1 ORDER BY id";
        let found = sqlx::query_scalar(asked).bind(content.as_slice()).fetch_all(&self.pool);
        unpack_all(&found.await?)
    }

    /// See [`crate::store::Store::enrol`].
    pub(super) async fn enrol(&self, enrolment: Enrolment) -> Answer<Track> {
        let Enrolment { mut track, fingerprints } = enrolment;
        let mut transaction = self.pool.begin().await?;
        let generation = next_generation(&mut transaction).await?;
        let hash = path_hash(&track.path);
        let known = match find_at(&mut transaction, &hash).await? {
            None if track.id != TrackId(0) => find(&mut transaction, track.id).await?,
            known => known,
        };
        if let Some(known) = known {
            track.id = known.id;
            track.added_at = known.added_at;
        } else {
            track.id = number(&mut transaction, &track.content).await?;
        }
        put(&mut transaction, &track, generation).await?;
        let id = i64::from(track.id.0);
        sqlx::query("UPDATE tracks SET serial = $2 WHERE id = $1")
            .bind(id)
            .bind(generation)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO fingerprints (track, packed) VALUES ($1, $2)
             ON CONFLICT (track) DO UPDATE SET packed = excluded.packed",
        )
        .bind(id)
        .bind(fingerprints)
        .execute(&mut *transaction)
        .await?;
        clear_failure(&mut transaction, &hash).await?;
        transaction.commit().await?;
        Ok(track)
    }

    /// See [`crate::store::Store::moved`].
    pub(super) async fn moved(&self, id: TrackId, path: &Path, stamp: &FileStamp) -> Answer<()> {
        let mut transaction = self.pool.begin().await?;
        let generation = next_generation(&mut transaction).await?;
        let mut track = find(&mut transaction, id).await?.ok_or(StoreError::UnknownTrack(id))?;
        let hash = path_hash(path);
        let replaced: Option<i64> =
            sqlx::query_scalar("SELECT id FROM tracks WHERE path_hash = $1 AND id <> $2")
                .bind(&hash)
                .bind(i64::from(id.0))
                .fetch_optional(&mut *transaction)
                .await?;
        if let Some(replaced) = replaced {
            forget(&mut transaction, TrackId(replaced as u32), generation).await?;
        }
        track.path = path.to_owned();
        track.stamp = stamp.clone();
        put(&mut transaction, &track, generation).await?;
        clear_failure(&mut transaction, &hash).await?;
        transaction.commit().await?;
        Ok(())
    }

    pub(super) async fn remove(&self, id: TrackId) -> Answer<bool> {
        let mut transaction = self.pool.begin().await?;
        let generation = next_generation(&mut transaction).await?;
        let removed = forget(&mut transaction, id, generation).await?;
        transaction.commit().await?;
        Ok(removed)
    }

    pub(super) async fn place(&self, id: TrackId) -> Answer<Option<Place>> {
        let asked = "SELECT id, serial, network, octet_length(packed)
            FROM tracks LEFT JOIN fingerprints ON track = id WHERE id = $1";
        let row = sqlx::query_as(asked).bind(i64::from(id.0)).fetch_optional(&self.pool).await?;
        Ok(row.map(|row| place(row).1))
    }

    pub(super) async fn places(
        &self,
        since: u64,
        after: TrackId,
        limit: usize,
    ) -> Answer<Vec<(TrackId, Place)>> {
        let asked = "SELECT id, serial, network, octet_length(packed)
            FROM tracks LEFT JOIN fingerprints ON track = id
            WHERE changed > $1 AND id > $2 ORDER BY id LIMIT $3";
        let found = sqlx::query_as(asked)
            .bind(since as i64)
            .bind(i64::from(after.0))
            .bind(rows(limit))
            .fetch_all(&self.pool)
            .await?;
        Ok(found.into_iter().map(place).collect())
    }

    pub(super) async fn gone(&self, since: u64) -> Answer<Vec<TrackId>> {
        let asked = "SELECT track FROM gone WHERE changed > $1 ORDER BY track";
        let gone: Vec<i64> =
            sqlx::query_scalar(asked).bind(since as i64).fetch_all(&self.pool).await?;
        Ok(gone.into_iter().map(|id| TrackId(id as u32)).collect())
    }

    /// Parts of the fingerprints of tracks, each as far as there is one.
    pub(super) async fn parts(&self, wanted: &[(TrackId, Range<u64>)]) -> Answer<Vec<Vec<u8>>> {
        let ids: Vec<i64> = wanted.iter().map(|(id, _)| i64::from(id.0)).collect();
        let at = |place: u64| place.min(i32::MAX as u64) as i32;
        let starts: Vec<i32> = wanted.iter().map(|(_, part)| at(part.start) + 1).collect();
        let lengths: Vec<i32> =
            wanted.iter().map(|(_, part)| at(part.end.saturating_sub(part.start))).collect();
        let asked = "SELECT wanted.place, substring(packed FROM wanted.start FOR wanted.length)
            FROM unnest($1::bigint[], $2::integer[], $3::integer[]) WITH ORDINALITY
                AS wanted (track, start, length, place)
            JOIN fingerprints USING (track)";
        let found: Vec<(i64, Vec<u8>)> = sqlx::query_as(asked)
            .bind(ids)
            .bind(starts)
            .bind(lengths)
            .fetch_all(&self.pool)
            .await?;
        let mut parts = vec![Vec::new(); wanted.len()];
        for (place, part) in found {
            if let Some(kept) = parts.get_mut((place - 1) as usize) {
                *kept = part;
            }
        }
        Ok(parts)
    }

    /// See [`crate::store::Store::distrust`].
    pub(super) async fn distrust(&self, id: TrackId) -> Answer<()> {
        let mut transaction = self.pool.begin().await?;
        let generation = next_generation(&mut transaction).await?;
        let Some(mut track) = find(&mut transaction, id).await? else { return Ok(()) };
        track.stamp = NEVER;
        put(&mut transaction, &track, generation).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// See [`crate::store::Store::set_recordings`].
    pub(super) async fn set_recordings(&self, of: &[(TrackId, TrackId)]) -> Answer<()> {
        let mut transaction = self.pool.begin().await?;
        let generation = next_generation(&mut transaction).await?;
        for (id, recording) in of {
            if let Some(mut track) = find(&mut transaction, *id).await? {
                track.recording = Some(*recording);
                put(&mut transaction, &track, generation).await?;
            }
        }
        transaction.commit().await?;
        Ok(())
    }

    pub(super) async fn put_failure(&self, failure: &Failure) -> Answer<()> {
        let put = "INSERT INTO failures (path_hash, record) VALUES ($1, $2)
            ON CONFLICT (path_hash) DO UPDATE SET record = excluded.record";
        sqlx::query(put)
            .bind(path_hash(&failure.path))
            .bind(pack(failure)?)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(super) async fn failures(&self) -> Answer<Vec<Failure>> {
        let found = sqlx::query_scalar("SELECT record FROM failures").fetch_all(&self.pool).await?;
        let mut failures: Vec<Failure> = unpack_all(&found)?;
        failures.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(failures)
    }

    pub(super) async fn clear_failure(&self, path: &Path) -> Answer<()> {
        clear_failure(&mut *self.pool.acquire().await?, &path_hash(path)).await
    }
}

/// The same fields as in a data folder; where in a file is nowhere.
fn place((id, serial, network, len): (i64, i64, i64, Option<i32>)) -> (TrackId, Place) {
    let serial = serial as u64;
    let place = match len {
        Some(len) => Place { serial, offset: 0, len: len as u64, network: network as u64 },
        None => Place::lost(serial),
    };
    (TrackId(id as u32), place)
}

/// Takes the turn of changing tracks, up to the end of the transaction.
async fn next_generation(connection: &mut PgConnection) -> Answer<i64> {
    let next = "UPDATE state SET generation = generation + 1 RETURNING generation";
    Ok(sqlx::query_scalar(next).fetch_one(connection).await?)
}

/// The number of a new track: that which the file had before it was removed, or one never given.
async fn number(connection: &mut PgConnection, content: &[u8; 32]) -> Answer<TrackId> {
    let before = "DELETE FROM gone WHERE track = (SELECT max(track) FROM gone WHERE content = $1)
        RETURNING track";
    let new = "UPDATE state SET next_track = next_track + 1 RETURNING next_track - 1";
    let before: Option<i64> = sqlx::query_scalar(before)
        .bind(content.as_slice())
        .fetch_optional(&mut *connection)
        .await?;
    let id = match before {
        Some(id) => id,
        None => sqlx::query_scalar(new).fetch_one(connection).await?,
    };
    u32::try_from(id).map(TrackId).map_err(|_| Trouble::Record("no more track numbers".to_owned()))
}

/// Keeps a track's record.
async fn put(connection: &mut PgConnection, track: &Track, generation: i64) -> Answer<()> {
    sqlx::query(
        "INSERT INTO tracks (id, path_hash, content, windows, network, serial, changed, record)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
         ON CONFLICT (id) DO UPDATE SET path_hash = excluded.path_hash, content = excluded.content,
             windows = excluded.windows, network = excluded.network, changed = excluded.changed,
             record = excluded.record",
    )
    .bind(i64::from(track.id.0))
    .bind(path_hash(&track.path))
    .bind(track.content.as_slice())
    .bind(i64::from(track.windows))
    .bind(network_mark(&track.model) as i64)
    .bind(generation)
    .bind(pack(track)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a track and its fingerprints and holders; tells whether there was one.
async fn forget(connection: &mut PgConnection, id: TrackId, generation: i64) -> Answer<bool> {
    let id = i64::from(id.0);
    let mark = "UPDATE users SET files = files + 1
        WHERE id IN (SELECT user_id FROM holdings WHERE track = $1)";
    sqlx::query(mark).bind(id).execute(&mut *connection).await?;
    let gone = "WITH removed AS (DELETE FROM tracks WHERE id = $1 RETURNING id, content)
        INSERT INTO gone (track, content, changed) SELECT id, content, $2 FROM removed";
    let done = sqlx::query(gone).bind(id).bind(generation).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn find(connection: &mut PgConnection, id: TrackId) -> Answer<Option<Track>> {
    let asked = "SELECT record FROM tracks WHERE id = $1";
    let found: Option<Vec<u8>> =
        sqlx::query_scalar(asked).bind(i64::from(id.0)).fetch_optional(connection).await?;
    found.map(|record| unpack(&record)).transpose()
}

async fn find_at(connection: &mut PgConnection, path_hash: &[u8]) -> Answer<Option<Track>> {
    let asked = "SELECT record FROM tracks WHERE path_hash = $1";
    let found: Option<Vec<u8>> =
        sqlx::query_scalar(asked).bind(path_hash).fetch_optional(connection).await?;
    found.map(|record| unpack(&record)).transpose()
}

async fn clear_failure(connection: &mut PgConnection, path_hash: &[u8]) -> Answer<()> {
    sqlx::query("DELETE FROM failures WHERE path_hash = $1")
        .bind(path_hash)
        .execute(connection)
        .await?;
    Ok(())
}
