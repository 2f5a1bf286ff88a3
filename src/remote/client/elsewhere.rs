//! The library of a server, in the place of a store.

use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::Method;
use serde::Serialize;

use super::{Client, ClientError, PATIENCE, PATIENCE_WITH_FEEDBACK};
use crate::remote::api::{
    Blob, EnrolRequest, ErrorKind, EventBody, FeedbackRequest, FileRequest, HistoryResponse,
    RemotePath, TrackBody, TracksResponse,
};
use crate::store::records::{Enrolment, Event, FileStamp, Track, TrackId};
use crate::store::{Bytewise, Elsewhere, NewEvent, Reply, Request, StoreError};

/// Most that a page may hold.
const PAGE: usize = 1000;

/// Events that waited are sent, at most so many at once.
const AT_ONCE: usize = 200;

impl From<ClientError> for StoreError {
    fn from(error: ClientError) -> Self {
        let told = error.to_string();
        if error.is_away() { Self::Away(told) } else { Self::Elsewhere(told) }
    }
}

impl Elsewhere for Client {
    fn answer(&self, request: Request) -> Result<Reply, StoreError> {
        Ok(match request {
            Request::Generation => {
                let generation = self.stats()?.generation;
                self.send_waiting().unwrap_or_else(|error| tracing::warn!("{error}"));
                Reply::Generation(generation)
            }
            Request::Tracks { after, limit } => Reply::Tracks(self.page(after, limit)?),
            Request::Track(id) => Reply::Track(self.one(id)?.map(Box::new)),
            Request::TrackAt(Bytewise(path)) => {
                let path = RemotePath::from(path.as_path()).0;
                let mut found = self.some(&[("path", &path), ("style", "true")])?;
                Reply::Track(found.pop().map(Box::new))
            }
            Request::TracksWithContent(content) => {
                let content = blake3::Hash::from_bytes(content).to_hex().to_string();
                Reply::Tracks(self.some(&[("content", &content), ("style", "true")])?)
            }
            Request::Enrol(enrolment) => {
                Reply::Track(Some(Box::new(self.enrol_track(*enrolment)?)))
            }
            Request::Moved { id, path, stamp } => {
                self.moved(id, path.0, stamp)?;
                Reply::Done
            }
            Request::Remove(id) => Reply::Removed(self.removed(id)?),
            Request::Record(new) => Reply::Event(Box::new(self.record(new)?)),
            Request::Events { after, limit } => {
                if after == 0 {
                    self.send_waiting().unwrap_or_else(|error| tracing::warn!("{error}"));
                }
                self.events(after, limit)?
            }
            // It searches its fingerprints itself, and keeps no list of files that failed here.
            Request::Place(_) => Reply::Place(None),
            Request::Places { .. } => Reply::Places(Vec::new()),
            Request::Failures => Reply::Failures(Vec::new()),
            Request::Distrust(_)
            | Request::PutFailure(_)
            | Request::ClearFailure(_)
            | Request::Snapshot => Reply::Done,
            other => {
                let what = format!("{other:?}");
                let what = what.split([' ', '(', '{']).next().unwrap_or_default();
                return Err(StoreError::Elsewhere(format!(
                    "the server {} does not do that from here ({what}): run it where the server runs",
                    self.address()
                )));
            }
        })
    }

    fn waiting(&self) -> usize {
        self.inner.outbox.waiting()
    }

    fn remembered(&self) -> Vec<Track> {
        self.inner.outbox.remembered()
    }
}

impl Client {
    fn page(&self, after: TrackId, limit: usize) -> Result<Vec<Track>, StoreError> {
        let most = limit.min(PAGE).to_string();
        let page =
            self.some(&[("after", &after.to_string()), ("limit", &most), ("style", "true")])?;
        self.remember(after, &page, page.len() < limit.min(PAGE));
        Ok(page)
    }

    /// Keeps what was listed, once all of it was, for while the server is away.
    fn remember(&self, after: TrackId, page: &[Track], last: bool) {
        let mut listed = self.inner.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if after == TrackId(0) {
            listed.clear();
        }
        if listed.last().map_or(TrackId(0), |track| track.id) != after {
            return;
        }
        let bare = |track: &Track| Track { style: Vec::new(), features: None, ..track.clone() };
        listed.extend(page.iter().map(bare));
        if last {
            let all = std::mem::take(&mut *listed);
            if let Err(error) = self.inner.outbox.remember(&all) {
                tracing::warn!("the server's tracks cannot be kept for when it is away: {error}");
            }
        }
    }

    fn some(&self, query: &[(&str, &str)]) -> Result<Vec<Track>, StoreError> {
        let page: TracksResponse = self.get("tracks", query)?;
        page.tracks.into_iter().map(|body| self.track_of(body)).collect()
    }

    fn track_of(&self, body: TrackBody) -> Result<Track, StoreError> {
        let strange = || self.nonsense("a track without a hash".to_owned());
        Ok(body.into_track().ok_or_else(strange)?)
    }

    fn one(&self, id: TrackId) -> Result<Option<Track>, StoreError> {
        match self.get::<TrackBody>(&format!("tracks/{id}"), &[]) {
            Ok(body) => self.track_of(body).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn enrol_track(&self, enrolment: Enrolment) -> Result<Track, StoreError> {
        let Enrolment { track, fingerprints } = enrolment;
        let file = Some((track.path.as_path(), &track.stamp));
        let request = EnrolRequest {
            track: TrackBody::seen(&track, file, true),
            fingerprints: Blob(fingerprints),
        };
        let kept: TrackBody = self.send(Method::POST, "tracks", &[], &request)?;
        self.track_of(kept)
    }

    fn moved(&self, id: TrackId, path: PathBuf, stamp: FileStamp) -> Result<(), StoreError> {
        let track = self.one(id)?.ok_or(StoreError::UnknownTrack(id))?;
        let content = blake3::Hash::from_bytes(track.content).to_hex().to_string();
        let to = RemotePath::from(path.as_path());
        let request = FileRequest { path: to, track_id: id, content, stamp };
        self.done(Method::PUT, "files", &[], &request)?;
        let from = RemotePath::from(track.path.as_path()).0;
        if !from.is_empty() && track.path != path {
            self.done(Method::DELETE, "files", &[("path", &from)], &())?;
        }
        Ok(())
    }

    fn removed(&self, id: TrackId) -> Result<bool, StoreError> {
        match self.done(Method::DELETE, &format!("tracks/{id}"), &[], &()) {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn done(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<(), ClientError> {
        self.sent(PATIENCE, method, path, query, body).map(|_| ())
    }

    /// Sends an event behind those that wait; while the server is away it waits with them.
    fn record(&self, new: NewEvent) -> Result<Event, StoreError> {
        let request = FeedbackRequest {
            nonce: Some(format!("{:032x}", new.nonce)),
            at: Some(new.at),
            track_id: new.track_id,
            what: new.what.clone(),
        };
        let sent = self.send_waiting().and_then(|()| self.tell(&request));
        match sent {
            Ok(event) => {
                let strange = || self.nonsense("an event without a nonce".to_owned());
                Ok(event.into_event().ok_or_else(strange)?)
            }
            Err(error) if error.is_not_found() => Err(StoreError::UnknownTrack(new.track_id)),
            Err(error) if error.is_away() => {
                let kept = self.inner.outbox.put(&request);
                kept.map_err(|e| StoreError::Away(format!("{error}; {e}")))?;
                Ok(waiting(new))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn tell(&self, request: &FeedbackRequest) -> Result<EventBody, ClientError> {
        let response = self.sent(PATIENCE_WITH_FEEDBACK, Method::POST, "feedback", &[], request)?;
        self.read(response)
    }

    /// Sends events that wait, oldest first. One that the server will never take is set aside.
    fn send_waiting(&self) -> Result<(), ClientError> {
        let outbox = &self.inner.outbox;
        for path in outbox.events().into_iter().take(AT_ONCE) {
            let Some(event) = outbox.read(&path) else { continue };
            match self.tell(&event) {
                Ok(_) => outbox.remove(&path),
                Err(ClientError::Refused { body, .. })
                    if matches!(body.kind, ErrorKind::NotFound | ErrorKind::BadRequest) =>
                {
                    let track = event.track_id;
                    tracing::warn!("what waited about track {track} is not wanted: {}", body.error);
                    outbox.refuse(&path);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn events(&self, after: u64, limit: usize) -> Result<Reply, StoreError> {
        let (after, limit) = (after.to_string(), limit.min(PAGE).to_string());
        let page: HistoryResponse = self.get("history", &[("after", &after), ("limit", &limit)])?;
        Ok(Reply::Events(page.events.into_iter().filter_map(EventBody::into_event).collect()))
    }
}

/// An event as it is told while it waits: its place in the log is not known yet, nor what the track is called.
fn waiting(new: NewEvent) -> Event {
    static WAITING: AtomicU64 = AtomicU64::new(Event::WAITING);
    Event {
        seq: WAITING.fetch_add(1, Ordering::Relaxed),
        nonce: new.nonce,
        at: new.at,
        track_id: new.track_id,
        title: String::new(),
        artist: String::new(),
        what: new.what,
    }
}
