//! Tracks, their fingerprints, and failures.

use std::ops::Range;
use std::path::Path;

use postgres::{Row, Transaction};

use super::error::Trouble;
use super::{Postgres, pack, path_hash, unpack};
use crate::store::error::{Result, StoreError};
use crate::store::place::{Place, network_mark};
use crate::store::records::{Enrolment, Failure, FileStamp, Track, TrackId};
use crate::store::tracks::NEVER;

impl Postgres {
    pub(super) fn generation(&self) -> Result<u64> {
        self.with(|connection| {
            let row = connection.query_one("SELECT generation FROM state", &[])?;
            Ok(row.get::<_, i64>(0) as u64)
        })
    }

    pub(super) fn tracks(&self, after: TrackId, limit: usize) -> Result<Vec<Track>> {
        let (after, limit) = (i64::from(after.0), limit.min(i64::MAX as usize) as i64);
        self.with(|connection| {
            let asked = "SELECT record FROM tracks WHERE id > $1 ORDER BY id LIMIT $2";
            records(&connection.query(asked, &[&after, &limit])?)
        })
    }

    pub(super) fn track(&self, id: TrackId) -> Result<Option<Track>> {
        let asked = "SELECT record FROM tracks WHERE id = $1";
        self.with(|connection| record(connection.query_opt(asked, &[&i64::from(id.0)])?.as_ref()))
    }

    pub(super) fn track_at(&self, path: &Path) -> Result<Option<Track>> {
        let asked = "SELECT record FROM tracks WHERE path_hash = $1";
        self.with(|connection| record(connection.query_opt(asked, &[&path_hash(path)])?.as_ref()))
    }

    pub(super) fn tracks_with_content(&self, content: &[u8; 32]) -> Result<Vec<Track>> {
        let asked = "SELECT record FROM tracks WHERE content = $1 ORDER BY id";
        self.with(|connection| records(&connection.query(asked, &[&content.as_slice()])?))
    }

    /// See [`crate::store::Store::enrol`].
    pub(super) fn enrol(&self, enrolment: Enrolment) -> Result<Track> {
        let Enrolment { mut track, fingerprints } = enrolment;
        self.transaction(|transaction| {
            let generation = next_generation(transaction)?;
            let hash = path_hash(&track.path);
            let at = "SELECT record FROM tracks WHERE path_hash = $1";
            let known: Option<Track> = record(transaction.query_opt(at, &[&hash])?.as_ref())?;
            let known = match known {
                None if track.id != TrackId(0) => find(transaction, track.id)?,
                known => known,
            };
            if let Some(known) = known {
                track.id = known.id;
                track.added_at = known.added_at;
            } else {
                track.id = number(transaction, &track.content)?;
            }
            put(transaction, &track, generation)?;
            let id = i64::from(track.id.0);
            transaction
                .execute("UPDATE tracks SET serial = $2 WHERE id = $1", &[&id, &generation])?;
            transaction.execute(
                "INSERT INTO fingerprints (track, packed) VALUES ($1, $2)
                 ON CONFLICT (track) DO UPDATE SET packed = excluded.packed",
                &[&id, &fingerprints],
            )?;
            transaction.execute("DELETE FROM failures WHERE path_hash = $1", &[&hash])?;
            Ok(())
        })?;
        Ok(track)
    }

    /// See [`crate::store::Store::moved`].
    pub(super) fn moved(&self, id: TrackId, path: &Path, stamp: &FileStamp) -> Result<()> {
        self.transaction(|transaction| {
            let generation = next_generation(transaction)?;
            let mut track = find(transaction, id)?.ok_or(StoreError::UnknownTrack(id))?;
            let hash = path_hash(path);
            let at = "SELECT id FROM tracks WHERE path_hash = $1 AND id <> $2";
            let replaced = transaction.query_opt(at, &[&hash, &i64::from(id.0)])?;
            if let Some(replaced) = replaced {
                forget(transaction, TrackId(replaced.get::<_, i64>(0) as u32), generation)?;
            }
            track.path = path.to_owned();
            track.stamp = stamp.clone();
            put(transaction, &track, generation)?;
            transaction.execute("DELETE FROM failures WHERE path_hash = $1", &[&hash])?;
            Ok(())
        })
    }

    pub(super) fn remove(&self, id: TrackId) -> Result<bool> {
        self.transaction(|transaction| {
            let generation = next_generation(transaction)?;
            forget(transaction, id, generation)
        })
    }

    pub(super) fn place(&self, id: TrackId) -> Result<Option<Place>> {
        let asked = format!("{PLACES} WHERE id = $1");
        self.with(|connection| {
            let row = connection.query_opt(&asked, &[&i64::from(id.0)])?;
            Ok(row.as_ref().map(|row| place(row).1))
        })
    }

    pub(super) fn places(
        &self,
        since: u64,
        after: TrackId,
        limit: usize,
    ) -> Result<Vec<(TrackId, Place)>> {
        let asked = format!("{PLACES} WHERE changed > $1 AND id > $2 ORDER BY id LIMIT $3");
        let limit = limit.min(i64::MAX as usize) as i64;
        self.with(|connection| {
            let rows = connection.query(&asked, &[&(since as i64), &i64::from(after.0), &limit])?;
            Ok(rows.iter().map(place).collect())
        })
    }

    pub(super) fn gone(&self, since: u64) -> Result<Vec<TrackId>> {
        let asked = "SELECT track FROM gone WHERE changed > $1 ORDER BY track";
        self.with(|connection| {
            let rows = connection.query(asked, &[&(since as i64)])?;
            Ok(rows.iter().map(|row| TrackId(row.get::<_, i64>(0) as u32)).collect())
        })
    }

    /// Parts of the fingerprints of tracks, each as far as there is one.
    pub(super) fn parts(&self, wanted: &[(TrackId, Range<u64>)]) -> Result<Vec<Vec<u8>>> {
        let ids: Vec<i64> = wanted.iter().map(|(id, _)| i64::from(id.0)).collect();
        let at = |place: u64| place.min(i32::MAX as u64) as i32;
        let starts: Vec<i32> = wanted.iter().map(|(_, part)| at(part.start) + 1).collect();
        let lengths: Vec<i32> =
            wanted.iter().map(|(_, part)| at(part.end.saturating_sub(part.start))).collect();
        let asked = "SELECT wanted.place, substring(packed FROM wanted.start FOR wanted.length)
            FROM unnest($1::bigint[], $2::integer[], $3::integer[]) WITH ORDINALITY
                AS wanted (track, start, length, place)
            JOIN fingerprints USING (track)";
        self.with(|connection| {
            let mut parts = vec![Vec::new(); wanted.len()];
            for row in connection.query(asked, &[&ids, &starts, &lengths])? {
                if let Some(part) = parts.get_mut((row.get::<_, i64>(0) - 1) as usize) {
                    *part = row.get(1);
                }
            }
            Ok(parts)
        })
    }

    /// See [`crate::store::Store::distrust`].
    pub(super) fn distrust(&self, id: TrackId) -> Result<()> {
        self.transaction(|transaction| {
            let generation = next_generation(transaction)?;
            let Some(mut track) = find(transaction, id)? else { return Ok(()) };
            track.stamp = NEVER;
            put(transaction, &track, generation)
        })
    }

    pub(super) fn put_failure(&self, failure: &Failure) -> Result<()> {
        let put = "INSERT INTO failures (path_hash, record) VALUES ($1, $2)
            ON CONFLICT (path_hash) DO UPDATE SET record = excluded.record";
        self.with(|connection| {
            connection.execute(put, &[&path_hash(&failure.path), &pack(failure)?])?;
            Ok(())
        })
    }

    pub(super) fn failures(&self) -> Result<Vec<Failure>> {
        let mut failures: Vec<Failure> = self.with(|connection| {
            let rows = connection.query("SELECT record FROM failures", &[])?;
            rows.iter().map(|row| unpack(row.get(0))).collect()
        })?;
        failures.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(failures)
    }

    pub(super) fn clear_failure(&self, path: &Path) -> Result<()> {
        self.with(|connection| {
            connection.execute("DELETE FROM failures WHERE path_hash = $1", &[&path_hash(path)])?;
            Ok(())
        })
    }
}

const PLACES: &str = "SELECT id, serial, network, octet_length(packed)
    FROM tracks LEFT JOIN fingerprints ON track = id";

/// The same fields as in a data folder; where in a file is nowhere.
fn place(row: &Row) -> (TrackId, Place) {
    let id = TrackId(row.get::<_, i64>(0) as u32);
    let serial = row.get::<_, i64>(1) as u64;
    let place = match row.get::<_, Option<i32>>(3) {
        Some(len) => {
            Place { serial, offset: 0, len: len as u64, network: row.get::<_, i64>(2) as u64 }
        }
        None => Place::lost(serial),
    };
    (id, place)
}

/// Takes the turn of changing tracks, up to the end of the transaction.
fn next_generation(transaction: &mut Transaction<'_>) -> std::result::Result<i64, Trouble> {
    let next = "UPDATE state SET generation = generation + 1 RETURNING generation";
    Ok(transaction.query_one(next, &[])?.get(0))
}

/// The number of a new track: that which the file had before it was removed, or one never given.
fn number(
    transaction: &mut Transaction<'_>,
    content: &[u8; 32],
) -> std::result::Result<TrackId, Trouble> {
    let before = "DELETE FROM gone WHERE track = (SELECT max(track) FROM gone WHERE content = $1)
        RETURNING track";
    let new = "UPDATE state SET next_track = next_track + 1 RETURNING next_track - 1";
    let row = match transaction.query_opt(before, &[&content.as_slice()])? {
        Some(row) => row,
        None => transaction.query_one(new, &[])?,
    };
    let id: i64 = row.get(0);
    u32::try_from(id).map(TrackId).map_err(|_| Trouble::Record("no more track numbers".to_owned()))
}

/// Keeps a track's record.
fn put(
    transaction: &mut Transaction<'_>,
    track: &Track,
    generation: i64,
) -> std::result::Result<(), Trouble> {
    transaction.execute(
        "INSERT INTO tracks (id, path_hash, content, windows, network, serial, changed, record)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
         ON CONFLICT (id) DO UPDATE SET path_hash = excluded.path_hash, content = excluded.content,
             windows = excluded.windows, network = excluded.network, changed = excluded.changed,
             record = excluded.record",
        &[
            &i64::from(track.id.0),
            &path_hash(&track.path),
            &track.content.as_slice(),
            &i64::from(track.windows),
            &(network_mark(&track.model) as i64),
            &generation,
            &pack(track)?,
        ],
    )?;
    Ok(())
}

/// Removes a track and its fingerprints and holders; tells whether there was one.
fn forget(
    transaction: &mut Transaction<'_>,
    id: TrackId,
    generation: i64,
) -> std::result::Result<bool, Trouble> {
    let mark = "UPDATE users SET files = files + 1
        WHERE id IN (SELECT user_id FROM holdings WHERE track = $1)";
    transaction.execute(mark, &[&i64::from(id.0)])?;
    let gone = "WITH removed AS (DELETE FROM tracks WHERE id = $1 RETURNING id, content)
        INSERT INTO gone (track, content, changed) SELECT id, content, $2 FROM removed";
    Ok(transaction.execute(gone, &[&i64::from(id.0), &generation])? > 0)
}

pub(super) fn find(
    transaction: &mut Transaction<'_>,
    id: TrackId,
) -> std::result::Result<Option<Track>, Trouble> {
    let asked = "SELECT record FROM tracks WHERE id = $1";
    record(transaction.query_opt(asked, &[&i64::from(id.0)])?.as_ref())
}

fn record(row: Option<&Row>) -> std::result::Result<Option<Track>, Trouble> {
    row.map(|row| unpack(row.get(0))).transpose()
}

fn records(rows: &[Row]) -> std::result::Result<Vec<Track>, Trouble> {
    rows.iter().map(|row| unpack(row.get(0))).collect()
}
