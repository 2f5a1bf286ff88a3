//! The trees of the database, and how their rows are written.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Result, StoreError};
use super::records::TrackId;

pub(super) const GENERATION: &[u8] = b"generation";
pub(super) const NEXT_TRACK: &[u8] = b"next_track";
/// Number of changes of people so far.
pub(super) const PEOPLE: &[u8] = b"people";

/// A tree of the database.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    Meta,
    Tracks,
    Paths,
    Contents,
    Gone,
    Blobs,
    Failures,
    Events,
    Nonces,
    Users,
    UserEvents,
    UserNonces,
    Holdings,
    Held,
}

impl Table {
    pub(super) const ALL: [Self; 14] = [
        Self::Meta,
        Self::Tracks,
        Self::Paths,
        Self::Contents,
        Self::Gone,
        Self::Blobs,
        Self::Failures,
        Self::Events,
        Self::Nonces,
        Self::Users,
        Self::UserEvents,
        Self::UserNonces,
        Self::Holdings,
        Self::Held,
    ];
}

pub(super) const TABLES: [&str; 14] = [
    "meta",
    "tracks",
    "paths",
    "contents",
    "gone",
    "blobs",
    "failures",
    "events",
    "nonces",
    "users",
    "user_events",
    "user_nonces",
    "holdings",
    "held",
];

/// A record as the database keeps it.
pub(super) fn pack<T: Serialize>(table: Table, record: &T) -> Result<Vec<u8>> {
    rmp_serde::to_vec_named(record).map_err(|e| StoreError::Record {
        what: TABLES[table as usize].to_owned(),
        detail: e.to_string(),
    })
}

pub(super) fn unpack<T: DeserializeOwned>(table: Table, packed: &[u8]) -> Result<T> {
    rmp_serde::from_slice(packed).map_err(|e| StoreError::Record {
        what: TABLES[table as usize].to_owned(),
        detail: e.to_string(),
    })
}

/// A big-endian number of at most eight bytes.
pub(super) fn number(bytes: &[u8]) -> Result<u64> {
    if bytes.len() > 8 {
        let detail = format!("a number of {} bytes", bytes.len());
        return Err(StoreError::Record { what: "number".to_owned(), detail });
    }
    Ok(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

pub(super) fn track_id(bytes: &[u8]) -> Result<TrackId> {
    number(bytes).map(|id| TrackId(id as u32))
}
