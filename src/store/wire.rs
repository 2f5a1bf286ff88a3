//! What owner and clients say to each other: frames of `MessagePack` behind a length of four bytes,
//! little-endian.

use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::backup::{Answer, Ask};
use super::db::Db;
use super::error::{Result, StoreError};
use super::events::NewEvent;
use super::people::{Account, Holding, Role, UserId};
use super::place::Place;
use super::records::{Enrolment, Event, Failure, FileStamp, Track, TrackId};

/// Grows whenever a message changes so that an older program would misread it.
pub const PROTOCOL: u32 = 6;
/// No message may be longer: what claims to be is not one of ours.
const LONGEST: u32 = 1 << 30;

/// The first message of each side. Its form never changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`] of the one who sends it.
    pub protocol: u32,
    /// Process of the one who sends it.
    pub pid: u32,
}

impl Hello {
    /// This process.
    pub fn ours() -> Self {
        Self { protocol: PROTOCOL, pid: std::process::id() }
    }
}

/// What the store can be asked. The methods of [`super::Store`] say what each means.
#[allow(missing_docs)]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Request {
    Generation,
    Backup(Ask),
    Tracks { after: TrackId, limit: usize },
    Track(TrackId),
    TrackAt(Bytewise),
    TracksWithContent([u8; 32]),
    Enrol(Box<Enrolment>),
    Moved { id: TrackId, path: Bytewise, stamp: FileStamp },
    Remove(TrackId),
    Place(TrackId),
    Places { since: u64, after: TrackId, limit: usize },
    Gone { since: u64 },
    Parts(Vec<(TrackId, Range<u64>)>),
    Distrust(TrackId),
    SetRecordings(Vec<(TrackId, TrackId)>),
    PutFailure(Failure),
    Failures,
    ClearFailure(Bytewise),
    Record(NewEvent),
    Events { after: u64, limit: usize },
    Snapshot,
    AddUser { name: String, role: Role, token: [u8; 32] },
    Users,
    User(UserId),
    RenewUser { name: String, token: [u8; 32] },
    RevokeUser(String),
    RecordOf { user: UserId, new: NewEvent },
    EventsOf { user: UserId, after: u64, limit: usize },
    Hold(Holding),
    Unhold { user: UserId, path: Bytewise },
    Holding { user: UserId, path: Bytewise },
    Holders(TrackId),
    HoldingsOf { user: UserId, after: Bytewise, limit: usize },
    Lead,
    Led(Progress),
    Pepper([u8; 32]),
    FilesMark(UserId),
}

/// Who keeps an index up to date that several processes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lead {
    /// This process, until it ends or the database goes away.
    Ours,
    /// Another, which is so far.
    Theirs(Progress),
}

/// How far an index has followed the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Up to which [`Request::Generation`].
    pub generation: u64,
    /// Tracks that can be found.
    pub tracks: u64,
    /// Their fingerprints.
    pub windows: u64,
}

/// A path that need not be UTF-8.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytewise(#[serde(with = "super::binary::path")] pub PathBuf);

/// What it answers.
#[allow(missing_docs)]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    Done,
    Backup(Answer),
    Generation(u64),
    Tracks(Vec<Track>),
    Track(Option<Box<Track>>),
    Removed(bool),
    Place(Option<Place>),
    Places(Vec<(TrackId, Place)>),
    Gone(Vec<TrackId>),
    Parts(Vec<Vec<u8>>),
    Failures(Vec<Failure>),
    Event(Box<Event>),
    Events(Vec<Event>),
    Account(Option<Account>),
    Accounts(Vec<Account>),
    Holdings(Vec<Holding>),
    Orphan(Option<TrackId>),
    Lead(Lead),
    Same(bool),
}

/// An error of the owner on its way to a client: what a program may act upon, or words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Refusal {
    UnknownTrack(TrackId),
    Damaged(TrackId),
    Other(String),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownTrack(id) => Self::UnknownTrack(id),
            StoreError::Damaged(id) => Self::Damaged(id),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownTrack(id) => Self::UnknownTrack(id),
            Refusal::Damaged(id) => Self::Damaged(id),
            Refusal::Other(words) => Self::Owner(words),
        }
    }
}

impl Db {
    /// Does what is asked, for this process and for clients alike.
    pub fn answer(&self, request: Request) -> Result<Reply> {
        Ok(match request {
            Request::Generation => Reply::Generation(self.generation()),
            Request::Backup(ask) => Reply::Backup(self.back_up(ask)?),
            Request::Tracks { after, limit } => Reply::Tracks(self.tracks(after, limit)?),
            Request::Track(id) => Reply::Track(self.track(id)?.map(Box::new)),
            Request::TrackAt(path) => Reply::Track(self.track_at(&path.0)?.map(Box::new)),
            Request::TracksWithContent(content) => {
                Reply::Tracks(self.tracks_with_content(&content)?)
            }
            Request::Enrol(enrolment) => Reply::Track(Some(Box::new(self.enrol(*enrolment)?))),
            Request::Moved { id, path, stamp } => done(self.moved(id, &path.0, stamp)?),
            Request::Remove(id) => Reply::Removed(self.remove(id)?),
            Request::Place(id) => Reply::Place(self.place(id)?),
            // There is one owner, who has all of them at hand.
            Request::Places { since: _, after, limit } => {
                Reply::Places(self.places_after(after, limit))
            }
            Request::Gone { since: _ } => Reply::Gone(self.gone()?),
            Request::Parts(_) => Reply::Parts(Vec::new()),
            Request::Lead => Reply::Lead(Lead::Ours),
            Request::Led(_) => Reply::Done,
            Request::Pepper(_) => Reply::Same(true),
            Request::FilesMark(_) => Reply::Generation(0),
            Request::Distrust(id) => done(self.distrust(id)?),
            Request::SetRecordings(of) => done(self.set_recordings(&of)?),
            Request::PutFailure(failure) => done(self.put_failure(&failure)?),
            Request::Failures => Reply::Failures(self.failures()?),
            Request::ClearFailure(path) => done(self.clear_failure(&path.0)?),
            Request::Record(new) => Reply::Event(Box::new(self.record(new)?)),
            Request::Events { after, limit } => Reply::Events(self.events(after, limit)?),
            Request::AddUser { name, role, token } => {
                Reply::Account(Some(self.add_user(name, role, token)?))
            }
            Request::Users => Reply::Accounts(self.users()?),
            Request::User(id) => Reply::Account(self.user(id)?),
            Request::RenewUser { name, token } => Reply::Account(self.renew_user(&name, token)?),
            Request::RevokeUser(name) => Reply::Account(self.revoke_user(&name)?),
            Request::RecordOf { user, new } => Reply::Event(Box::new(self.record_of(user, new)?)),
            Request::EventsOf { user, after, limit } => {
                Reply::Events(self.events_of(user, after, limit)?)
            }
            Request::Hold(holding) => Reply::Orphan(self.hold(&holding)?),
            Request::Unhold { user, path } => Reply::Orphan(self.unhold(user, &path.0)?),
            Request::Holding { user, path } => {
                Reply::Holdings(self.holding(user, &path.0)?.into_iter().collect())
            }
            Request::Holders(track) => Reply::Holdings(self.holders(track)?),
            Request::HoldingsOf { user, after, limit } => {
                Reply::Holdings(self.holdings_of(user, &after.0, limit)?)
            }
            Request::Snapshot => {
                self.save_snapshots();
                Reply::Done
            }
        })
    }
}

fn done((): ()) -> Reply {
    Reply::Done
}

/// Sends one message.
pub fn write_frame<T: Serialize>(to: &mut impl Write, message: &T) -> io::Result<()> {
    let mut frame = vec![0; 4];
    rmp_serde::encode::write_named(&mut frame, message).map_err(io::Error::other)?;
    let len = u32::try_from(frame.len() - 4).ok().filter(|len| *len <= LONGEST);
    let len = len.ok_or_else(|| io::Error::other("the message is too long"))?;
    frame[..4].copy_from_slice(&len.to_le_bytes());
    to.write_all(&frame)
}

/// Receives one message. The memory grows with what arrives, not with what is announced.
pub fn read_frame<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut len = [0; 4];
    from.read_exact(&mut len)?;
    let len = u32::from_le_bytes(len);
    if len > LONGEST {
        let nonsense = format!("a message of {len} bytes");
        return Err(io::Error::new(ErrorKind::InvalidData, nonsense));
    }
    let mut frame = Vec::new();
    from.take(u64::from(len)).read_to_end(&mut frame)?;
    if frame.len() < len as usize {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    rmp_serde::from_slice(&frame).map_err(|e| io::Error::new(ErrorKind::InvalidData, e))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::store::records::EventKind;

    #[test]
    fn messages_go_there_and_back() {
        let at = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        let what = EventKind::Skip { share: Some(0.25) };
        let new = NewEvent { nonce: u128::MAX - 5, at, track_id: TrackId(7), what: what.clone() };
        let mut sent = Vec::new();
        write_frame(&mut sent, &Request::Record(new)).unwrap();
        write_frame(&mut sent, &Ok::<Reply, Refusal>(Reply::Removed(true))).unwrap();
        let mut from = sent.as_slice();
        let Request::Record(got) = read_frame(&mut from).unwrap() else {
            panic!("another request")
        };
        assert_eq!((got.nonce, got.at, got.what), (u128::MAX - 5, at, what));
        let reply: std::result::Result<Reply, Refusal> = read_frame(&mut from).unwrap();
        assert!(matches!(reply, Ok(Reply::Removed(true))));
    }

    #[test]
    fn nonsense_is_an_error_and_takes_no_memory() {
        let kind = |bytes: &[u8]| read_frame::<Reply>(&mut &bytes[..]).unwrap_err().kind();
        assert_eq!(kind(b"lots of text"), ErrorKind::InvalidData);
        assert_eq!(kind(&[0, 0, 0, 0x30, 1, 2, 3]), ErrorKind::UnexpectedEof);
        assert_eq!(kind(&[1, 0, 0, 0, 0xc1]), ErrorKind::InvalidData);
        assert_eq!(kind(&[1, 0]), ErrorKind::UnexpectedEof);
    }
}
