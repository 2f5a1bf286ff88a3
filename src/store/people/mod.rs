//! The people of a shared library: accounts, what each of them did, and which files of theirs the tracks
//! are. Whoever uses the folder directly has no account: the log of `super::events` is theirs.

mod ask;
mod db;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

pub(super) use db::put_people;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::records::{Event, FileStamp, TrackId};

/// Number of an account; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub u32);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an account may do; each may what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Ask what it hears, and keep a profile and a history of its own.
    Reader,
    /// Add its own music.
    Contributor,
    /// Remove anything, and look after the accounts.
    Admin,
}

impl Role {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Contributor, Self::Admin];

    /// Its name on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Contributor => "contributor",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.name() == text);
        found.ok_or_else(|| format!("{text}: a role is reader, contributor or admin"))
    }
}

/// Somebody who may ask the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its number.
    pub id: UserId,
    /// What the person is called; unique among those not revoked.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Keyed hash of its token; the token itself is not kept.
    pub token: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was closed, if it was.
    #[serde(default)]
    pub revoked_at: Option<Timestamp>,
}

/// A file of somebody's that is a track of the shared library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Whose.
    pub user: UserId,
    /// Where it is on their machine.
    #[serde(with = "super::binary::path")]
    pub path: PathBuf,
    /// Which track it is.
    pub track_id: TrackId,
    /// Size and time of the file when it was enrolled.
    pub stamp: FileStamp,
}

/// All of it, as snapshots and repairs keep it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// Number of changes so far.
    pub changes: u64,
    /// All accounts, closed ones too.
    pub accounts: Vec<Account>,
    /// All files.
    pub holdings: Vec<Holding>,
    /// What everybody did, each oldest first.
    pub events: Vec<(UserId, Event)>,
}

impl People {
    /// Adds what only `other` has; gives how many records that were.
    pub fn add_lost(&mut self, other: &Self) -> usize {
        let before = self.accounts.len() + self.holdings.len() + self.events.len();
        for account in &other.accounts {
            if self.accounts.iter().all(|held| held.id != account.id) {
                self.accounts.push(account.clone());
            }
        }
        let held: std::collections::BTreeSet<_> =
            self.holdings.iter().map(|h| (h.user, h.path.clone())).collect();
        let lost = other.holdings.iter().filter(|h| !held.contains(&(h.user, h.path.clone())));
        self.holdings.extend(lost.cloned());
        let nonces: std::collections::BTreeSet<_> =
            self.events.iter().map(|(user, event)| (*user, event.nonce)).collect();
        let lost = other.events.iter().filter(|(user, e)| !nonces.contains(&(*user, e.nonce)));
        self.events.extend(lost.cloned());
        self.events.sort_by_key(|(user, event)| (*user, event.at, event.seq));
        self.number();
        self.changes = self.changes.max(other.changes);
        self.accounts.len() + self.holdings.len() + self.events.len() - before
    }

    /// Numbers the events of each anew, from 1.
    fn number(&mut self) {
        let mut last = None;
        for (user, event) in &mut self.events {
            let seq = match last {
                Some((before, seq)) if before == *user => seq + 1,
                _ => 1,
            };
            event.seq = seq;
            last = Some((*user, seq));
        }
    }
}
