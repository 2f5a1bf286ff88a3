//! What the store is asked about tracks, their fingerprints, and files that failed.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::error::{Result, StoreError};
use super::place::Place;
use super::records::{Enrolment, Failure, FileStamp, Track, TrackId};
use super::wire::{Bytewise, Lead, Progress, Reply, Request};
use super::{PAGE, Store, blobs};

impl Store {
    /// A number that grows with every change of tracks.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn generation(&self) -> Result<u64> {
        match self.ask(Request::Generation)? {
            Reply::Generation(generation) => Ok(generation),
            other => Err(self.nonsense(&other)),
        }
    }

    /// All tracks, in order of their numbers.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn tracks(&self) -> Result<Vec<Track>> {
        let mut all: Vec<Track> = Vec::new();
        loop {
            let after = all.last().map_or(TrackId(0), |track| track.id);
            let page = self.many_tracks(Request::Tracks { after, limit: PAGE })?;
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// The tracks after this number, in order of their numbers, at most `limit`.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn tracks_after(&self, after: TrackId, limit: usize) -> Result<Vec<Track>> {
        self.many_tracks(Request::Tracks { after, limit })
    }

    /// One track.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn track(&self, id: TrackId) -> Result<Option<Track>> {
        self.one_track(Request::Track(id))
    }

    /// The track of the file at `path`.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn track_at(&self, path: &Path) -> Result<Option<Track>> {
        self.one_track(Request::TrackAt(Bytewise(path.to_owned())))
    }

    /// The tracks whose files have these bytes, by their BLAKE3.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn track_with_content(&self, content: &[u8; 32]) -> Result<Vec<Track>> {
        self.many_tracks(Request::TracksWithContent(*content))
    }

    /// Keeps a track and its fingerprints, and forgets a failure of that path. A path that is known
    /// keeps its number and `added_at`; otherwise a known `track.id` does (the file was moved and
    /// changed); otherwise the track gets a new number. Gives the track as it was kept; it
    /// is on the disk then.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn enrol(&self, enrolment: Enrolment) -> Result<Track> {
        let kept = self.one_track(Request::Enrol(Box::new(enrolment)))?;
        kept.ok_or_else(|| self.nonsense(&Reply::Track(None)))
    }

    /// The file of a track was renamed or moved: its history is kept. Another track that had that path
    /// is removed, since its file was overwritten.
    ///
    /// # Errors
    /// There is no such track; see [`Store`].
    pub fn moved(&self, id: TrackId, path: &Path, stamp: FileStamp) -> Result<()> {
        self.done(Request::Moved { id, path: Bytewise(path.to_owned()), stamp })
    }

    /// Removes a track; its events stay. False where there was none.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn remove(&self, id: TrackId) -> Result<bool> {
        match self.ask(Request::Remove(id))? {
            Reply::Removed(removed) => Ok(removed),
            other => Err(self.nonsense(&other)),
        }
    }

    /// The fingerprints of a track; [`None`] where there is no such track.
    ///
    /// # Errors
    /// The fingerprints are damaged: the track is then marked, so that the next scan enrols it
    /// anew. See [`Store`].
    pub fn fingerprints(&self, id: TrackId) -> Result<Option<Vec<u8>>> {
        if self.is_in_database() {
            let whole = self.fingerprint_parts(&[(id, 0..u64::MAX)])?.pop().unwrap_or_default();
            return Ok((!whole.is_empty()).then_some(whole));
        }
        // A new owner may have rewritten the file since it was asked for the place: ask once more.
        for _ in 0..2 {
            let Some(place) = self.place(id)? else { return Ok(None) };
            let read = self.open_log().and_then(|log| blobs::read(&log, id, &place));
            if let Some(bytes) = read.map_err(|e| self.unreadable(e))? {
                return Ok(Some(bytes));
            }
        }
        self.done(Request::Distrust(id))?;
        Err(StoreError::Damaged(id))
    }

    /// Parts of the packed fingerprints of tracks, by their bytes, each as far as there is one; nothing of a track
    /// that is not there. They are asked for together.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn fingerprint_parts(&self, wanted: &[(TrackId, Range<u64>)]) -> Result<Vec<Vec<u8>>> {
        if self.is_in_database() {
            return match self.ask(Request::Parts(wanted.to_vec()))? {
                Reply::Parts(parts) if parts.len() == wanted.len() => Ok(parts),
                other => Err(self.nonsense(&other)),
            };
        }
        let log = self.fingerprint_log()?;
        wanted.iter().map(|(id, part)| self.part(&log, *id, part)).collect()
    }

    fn part(&self, log: &File, id: TrackId, part: &Range<u64>) -> Result<Vec<u8>> {
        let place = match self.place(id) {
            Ok(Some(place)) => place,
            Ok(None) | Err(StoreError::Damaged(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if !place.is_in(log, id).map_err(|e| self.unreadable(e))? {
            return Ok(Vec::new());
        }
        let (from, to) = (part.start.min(place.len), part.end.min(place.len));
        let mut bytes = vec![0; to.saturating_sub(from) as usize];
        let read = log.read_exact_at(&mut bytes, place.start() + from);
        read.map_err(|e| self.unreadable(e))?;
        Ok(bytes)
    }

    /// Where the fingerprints of all tracks are, in order of their numbers, in the file that
    /// [`Self::fingerprint_log`] opens; those of tracks whose fingerprints are lost, too.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn fingerprint_places(&self) -> Result<Vec<(TrackId, Place)>> {
        self.fingerprint_places_since(0)
    }

    /// The same, of tracks that changed after this generation at least; maybe of all.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn fingerprint_places_since(&self, since: u64) -> Result<Vec<(TrackId, Place)>> {
        let mut all: Vec<(TrackId, Place)> = Vec::new();
        loop {
            let after = all.last().map_or(TrackId(0), |(id, _)| *id);
            let page = self.places(since, after)?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Numbers of tracks that were removed after this generation at least, maybe of all that ever were, and
    /// have not come back.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn gone_since(&self, since: u64) -> Result<Vec<TrackId>> {
        match self.ask(Request::Gone { since })? {
            Reply::Gone(gone) => Ok(gone),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Who keeps an index up to date that several processes share: this one, if it is the first to ask.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn lead(&self) -> Result<Lead> {
        match self.ask(Request::Lead)? {
            Reply::Lead(lead) => Ok(lead),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Tells the others how far the index is.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn led(&self, progress: Progress) -> Result<()> {
        self.done(Request::Led(progress))
    }

    /// Whether all who share the store hash tokens with the same pepper, by the BLAKE3 of it. The first who
    /// asks says which it is.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn has_pepper(&self, mark: [u8; 32]) -> Result<bool> {
        match self.ask(Request::Pepper(mark))? {
            Reply::Same(same) => Ok(same),
            other => Err(self.nonsense(&other)),
        }
    }

    /// The file of all fingerprints, to be mapped.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn fingerprint_log(&self) -> Result<File> {
        self.open_log().map_err(|e| self.unreadable(e))
    }

    /// Marks a track, so that the next scan makes its fingerprints anew.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn distrust(&self, id: TrackId) -> Result<()> {
        self.done(Request::Distrust(id))
    }

    /// Notes which recording each of these tracks is.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn set_recordings(&self, of: &[(TrackId, TrackId)]) -> Result<()> {
        /// Records written at once.
        const TOGETHER: usize = 1000;
        of.chunks(TOGETHER).try_for_each(|some| self.done(Request::SetRecordings(some.to_vec())))
    }

    /// Keeps a failure, in the place of an earlier one of that path.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn put_failure(&self, failure: Failure) -> Result<()> {
        self.done(Request::PutFailure(failure))
    }

    /// All failures, by path.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn failures(&self) -> Result<Vec<Failure>> {
        match self.ask(Request::Failures)? {
            Reply::Failures(failures) => Ok(failures),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Forgets a failure, where there is one.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn clear_failure(&self, path: &Path) -> Result<()> {
        self.done(Request::ClearFailure(Bytewise(path.to_owned())))
    }

    fn one_track(&self, request: Request) -> Result<Option<Track>> {
        match self.ask(request)? {
            Reply::Track(track) => Ok(track.map(|track| *track)),
            other => Err(self.nonsense(&other)),
        }
    }

    fn many_tracks(&self, request: Request) -> Result<Vec<Track>> {
        match self.ask(request)? {
            Reply::Tracks(tracks) => Ok(tracks),
            other => Err(self.nonsense(&other)),
        }
    }

    fn place(&self, id: TrackId) -> Result<Option<Place>> {
        match self.ask(Request::Place(id))? {
            Reply::Place(place) => Ok(place),
            other => Err(self.nonsense(&other)),
        }
    }

    fn places(&self, since: u64, after: TrackId) -> Result<Vec<(TrackId, Place)>> {
        match self.ask(Request::Places { since, after, limit: PAGE })? {
            Reply::Places(places) => Ok(places),
            other => Err(self.nonsense(&other)),
        }
    }
}
