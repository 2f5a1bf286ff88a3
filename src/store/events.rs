//! The event log: append only, numbered without gaps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::changes::Changes;
use super::db::Db;
use super::error::{Result, StoreError};
use super::records::{Event, EventKind, Track, TrackId};
use super::snapshot::Part;
use super::tables::{Table, number, pack};

/// An event before it has its place in the log. Whoever makes it makes the nonce too, so that
/// sending it twice keeps it once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewEvent {
    /// Random.
    pub nonce: u128,
    /// When it happened.
    pub at: Timestamp,
    /// To which track.
    pub track_id: TrackId,
    /// What.
    pub what: EventKind,
}

impl NewEvent {
    /// With its place in a log, and what its track is called now.
    pub(in crate::store) fn kept(self, seq: u64, track: Track) -> Event {
        let Self { nonce, at, track_id, what } = self;
        Event { seq, nonce, at, track_id, title: track.title, artist: track.artist, what }
    }
}

impl Db {
    /// Appends an event; it is on the disk when this returns.
    pub fn record(&self, new: NewEvent) -> Result<Event> {
        let nonce_key = new.nonce.to_be_bytes();
        let mut writer = self.writer();
        if let Some(seq) = self.raw(Table::Nonces, &nonce_key)?
            && let Some(event) = self.get(Table::Events, &number(&seq)?.to_be_bytes())?
        {
            return Ok(event);
        }
        let track = self.track(new.track_id)?.ok_or(StoreError::UnknownTrack(new.track_id))?;
        let event = new.kept(writer.next_seq, track);
        let seq_key = event.seq.to_be_bytes();
        let mut changes = Changes::default();
        changes.put(Table::Events, &seq_key, pack(Table::Events, &event)?);
        changes.put(Table::Nonces, &nonce_key, seq_key);
        let outcome = self.commit(&changes);
        // When only the flush failed, the event is in the log though nobody is told so.
        if outcome.is_ok() || self.raw(Table::Events, &seq_key)?.is_some() {
            writer.next_seq += 1;
            self.unsaved().note(Part::Events);
        }
        outcome.map(|()| event)
    }

    /// Events after `after`, oldest first, at most `limit`.
    pub fn events(&self, after: u64, limit: usize) -> Result<Vec<Event>> {
        let Some(from) = after.checked_add(1) else { return Ok(Vec::new()) };
        self.page(Table::Events, &from.to_be_bytes(), limit)
    }
}
