//! Tracks, their fingerprints' places, and failures: what the owner does with them.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::changes::Changes;
use super::db::Db;
use super::error::{Result, StoreError};
use super::place::{Place, Row, network_mark};
use super::records::{Enrolment, Failure, FileStamp, Track, TrackId};
use super::snapshot::Part;
use super::tables::{Table, pack, track_id};

/// A stamp that no file has: the track is decoded anew at the next scan.
pub(super) const NEVER: FileStamp = FileStamp { size: 0, modified_ns: 0 };

impl Db {
    /// Tracks after `after`, in order of their numbers, at most `limit`.
    pub fn tracks(&self, after: TrackId, limit: usize) -> Result<Vec<Track>> {
        let Some(from) = after.0.checked_add(1) else { return Ok(Vec::new()) };
        self.page(Table::Tracks, &from.to_be_bytes(), limit)
    }

    pub fn track(&self, id: TrackId) -> Result<Option<Track>> {
        self.get(Table::Tracks, &key(id))
    }

    pub fn track_at(&self, path: &Path) -> Result<Option<Track>> {
        match self.raw(Table::Paths, path_key(path))? {
            Some(id) => self.track(track_id(&id)?),
            None => Ok(None),
        }
    }

    pub fn tracks_with_content(&self, content: &[u8; 32]) -> Result<Vec<Track>> {
        let mut tracks = Vec::new();
        for found in self.keys(Table::Contents, content)? {
            tracks.extend(self.track(track_id(&found[content.len()..])?)?);
        }
        Ok(tracks)
    }

    pub fn enrol(&self, enrolment: Enrolment) -> Result<Track> {
        let Enrolment { mut track, fingerprints } = enrolment;
        let mut writer = self.writer();
        let mut changes = Changes::default();
        let known = match self.track_at(&track.path)? {
            Some(known) => Some(known),
            None if track.id != TrackId(0) => self.track(track.id)?,
            None => None,
        };
        if let Some(known) = known {
            track.id = known.id;
            track.added_at = known.added_at;
            unlink(&mut changes, &known);
        } else if let Some(id) = self.raw(Table::Gone, &track.content)? {
            // The file was away and comes back, here or elsewhere: so does its history.
            track.id = track_id(&id)?;
            changes.drop(Table::Gone, &track.content);
        } else {
            track.id = TrackId(writer.next_track);
            changes.next_track(writer.next_track + 1);
        }
        let place = writer.log.append(track.id, network_mark(&track.model), &fingerprints)?;
        link(&mut changes, &track)?;
        changes.put(Table::Blobs, &key(track.id), Row::Placed(place).pack());
        changes.drop(Table::Failures, path_key(&track.path));
        self.commit_tracks(changes)?;
        writer.next_track = writer.next_track.max(track.id.0 + 1);
        self.set_place(track.id, Some(place));
        Ok(track)
    }

    pub fn moved(&self, id: TrackId, path: &Path, stamp: FileStamp) -> Result<()> {
        let _writer = self.writer();
        let mut track = self.track(id)?.ok_or(StoreError::UnknownTrack(id))?;
        let mut changes = Changes::default();
        let replaced = self.track_at(path)?.filter(|other| other.id != id);
        if let Some(replaced) = &replaced {
            forget(&mut changes, replaced);
        }
        unlink(&mut changes, &track);
        track.path = path.to_owned();
        track.stamp = stamp;
        link(&mut changes, &track)?;
        changes.drop(Table::Failures, path_key(path));
        self.commit_tracks(changes)?;
        if let Some(replaced) = replaced {
            self.set_place(replaced.id, None);
        }
        Ok(())
    }

    pub fn remove(&self, id: TrackId) -> Result<bool> {
        let _writer = self.writer();
        let Some(track) = self.track(id)? else { return Ok(false) };
        let mut changes = Changes::default();
        forget(&mut changes, &track);
        self.forget_holders(&mut changes, id)?;
        self.commit_tracks(changes)?;
        self.set_place(id, None);
        Ok(true)
    }

    /// Where the fingerprints of a track are; [`None`] where there is no such track.
    pub fn place(&self, id: TrackId) -> Result<Option<Place>> {
        match self.places().get(&id).copied() {
            Some(place) if place.is_lost() => Err(StoreError::Damaged(id)),
            place => Ok(place),
        }
    }

    /// Places of the tracks after `after`, in order of their numbers, at most `limit`.
    pub fn places_after(&self, after: TrackId, limit: usize) -> Vec<(TrackId, Place)> {
        let Some(from) = after.0.checked_add(1) else { return Vec::new() };
        self.places().range(TrackId(from)..).take(limit).map(|(id, place)| (*id, *place)).collect()
    }

    /// Numbers of tracks that were removed and have not come back.
    pub fn gone(&self) -> Result<Vec<TrackId>> {
        let mut gone: Vec<TrackId> =
            self.rows(Table::Gone)?.iter().map(|(_, id)| track_id(id)).collect::<Result<_>>()?;
        gone.sort_unstable();
        Ok(gone)
    }

    /// The fingerprints of a track turned out damaged: the next scan makes them anew.
    pub fn distrust(&self, id: TrackId) -> Result<()> {
        let _writer = self.writer();
        let Some(mut track) = self.track(id)? else { return Ok(()) };
        if track.stamp == NEVER {
            return Ok(());
        }
        track.stamp = NEVER;
        let mut changes = Changes::default();
        link(&mut changes, &track)?;
        self.commit_tracks(changes)
    }

    /// See [`super::Store::set_recordings`].
    pub fn set_recordings(&self, of: &[(TrackId, TrackId)]) -> Result<()> {
        let _writer = self.writer();
        let mut changes = Changes::default();
        for (id, recording) in of {
            if let Some(mut track) = self.track(*id)? {
                track.recording = Some(*recording);
                changes.put(Table::Tracks, &key(*id), pack(Table::Tracks, &track)?);
            }
        }
        self.commit_tracks(changes)
    }

    pub fn put_failure(&self, failure: &Failure) -> Result<()> {
        self.unsaved().note(Part::Library);
        let mut changes = Changes::default();
        changes.put(Table::Failures, path_key(&failure.path), pack(Table::Failures, failure)?);
        self.commit(&changes)
    }

    pub fn failures(&self) -> Result<Vec<Failure>> {
        self.page(Table::Failures, &[], usize::MAX)
    }

    pub fn clear_failure(&self, path: &Path) -> Result<()> {
        self.unsaved().note(Part::Library);
        let mut changes = Changes::default();
        changes.drop(Table::Failures, path_key(path));
        self.commit(&changes)
    }
}

pub(super) fn link(changes: &mut Changes, track: &Track) -> Result<()> {
    changes.put(Table::Tracks, &key(track.id), pack(Table::Tracks, track)?);
    changes.put(Table::Paths, path_key(&track.path), key(track.id));
    changes.put(Table::Contents, &content_key(track), Vec::new());
    Ok(())
}

/// Takes away what [`link`] put, but for the record itself.
fn unlink(changes: &mut Changes, track: &Track) {
    changes.drop(Table::Paths, path_key(&track.path));
    changes.drop(Table::Contents, &content_key(track));
}

fn forget(changes: &mut Changes, track: &Track) {
    unlink(changes, track);
    changes.drop(Table::Tracks, &key(track.id));
    changes.drop(Table::Blobs, &key(track.id));
    changes.put(Table::Gone, &track.content, key(track.id));
}

fn key(id: TrackId) -> [u8; 4] {
    id.0.to_be_bytes()
}

fn path_key(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

fn content_key(track: &Track) -> Vec<u8> {
    [track.content.as_slice(), &key(track.id)].concat()
}
