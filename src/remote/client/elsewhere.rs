//! The library of a server, in the place of a store.

use std::path::PathBuf;

use reqwest::Method;
use serde::Serialize;

use super::{Client, ClientError};
use crate::remote::api::{
    Blob, EnrolRequest, EventBody, FeedbackRequest, FileRequest, HistoryResponse, RemotePath,
    TrackBody, TracksResponse,
};
use crate::store::records::{Enrolment, FileStamp, Track, TrackId};
use crate::store::{Bytewise, Elsewhere, NewEvent, Reply, Request, StoreError};

/// Most that a page may hold.
const PAGE: usize = 1000;

impl From<ClientError> for StoreError {
    fn from(error: ClientError) -> Self {
        Self::Elsewhere(error.to_string())
    }
}

impl Elsewhere for Client {
    fn answer(&self, request: Request) -> Result<Reply, StoreError> {
        Ok(match request {
            Request::Generation => Reply::Generation(self.stats()?.generation),
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
            Request::Events { after, limit } => self.events(after, limit)?,
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
}

impl Client {
    fn page(&self, after: TrackId, limit: usize) -> Result<Vec<Track>, StoreError> {
        let limit = limit.min(PAGE).to_string();
        self.some(&[("after", &after.to_string()), ("limit", &limit), ("style", "true")])
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
        self.sent(method, path, query, body).map(|_| ())
    }

    fn record(&self, new: NewEvent) -> Result<crate::store::records::Event, StoreError> {
        let request = FeedbackRequest {
            nonce: Some(format!("{:032x}", new.nonce)),
            at: Some(new.at),
            track_id: new.track_id,
            what: new.what,
        };
        match self.send::<EventBody>(Method::POST, "feedback", &[], &request) {
            Ok(event) => {
                let strange = || self.nonsense("an event without a nonce".to_owned());
                Ok(event.into_event().ok_or_else(strange)?)
            }
            Err(error) if error.is_not_found() => Err(StoreError::UnknownTrack(new.track_id)),
            Err(error) => Err(error.into()),
        }
    }

    fn events(&self, after: u64, limit: usize) -> Result<Reply, StoreError> {
        let (after, limit) = (after.to_string(), limit.min(PAGE).to_string());
        let page: HistoryResponse = self.get("history", &[("after", &after), ("limit", &limit)])?;
        Ok(Reply::Events(page.events.into_iter().filter_map(EventBody::into_event).collect()))
    }
}
