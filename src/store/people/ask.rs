//! What the store is asked about people.

use std::path::Path;

use super::{Account, Holding, Role, UserId};
use crate::store::error::Result;
use crate::store::events::NewEvent;
use crate::store::records::{Event, TrackId};
use crate::store::wire::{Bytewise, Reply, Request};
use crate::store::{PAGE, Store};

impl Store {
    /// Makes an account; `token` is the keyed hash of its token.
    ///
    /// # Errors
    /// There is one of that name; see [`Store`].
    pub fn add_user(&self, name: &str, role: Role, token: [u8; 32]) -> Result<Account> {
        let made = self.account(Request::AddUser { name: name.to_owned(), role, token })?;
        made.ok_or_else(|| self.nonsense(&Reply::Account(None)))
    }

    /// All accounts, closed ones too, in order of their numbers.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn users(&self) -> Result<Vec<Account>> {
        match self.ask(Request::Users)? {
            Reply::Accounts(accounts) => Ok(accounts),
            other => Err(self.nonsense(&other)),
        }
    }

    /// One account.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn user(&self, id: UserId) -> Result<Option<Account>> {
        self.account(Request::User(id))
    }

    /// Gives an account another token; [`None`] where there is no such account.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn renew_user(&self, name: &str, token: [u8; 32]) -> Result<Option<Account>> {
        self.account(Request::RenewUser { name: name.to_owned(), token })
    }

    /// Closes an account; [`None`] where there is no such account.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn revoke_user(&self, name: &str) -> Result<Option<Account>> {
        self.account(Request::RevokeUser(name.to_owned()))
    }

    /// Appends an event to somebody's log. It is on the disk when this returns; the same nonce of the same
    /// user is kept once.
    ///
    /// # Errors
    /// There is no such track; see [`Store`].
    pub fn record_of(&self, user: UserId, new: NewEvent) -> Result<Event> {
        match self.ask(Request::RecordOf { user, new })? {
            Reply::Event(event) => Ok(*event),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Somebody's events after `after` (0 for all), oldest first, at most `limit`.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn events_of(&self, user: UserId, after: u64, limit: usize) -> Result<Vec<Event>> {
        match self.ask(Request::EventsOf { user, after, limit })? {
            Reply::Events(page) => Ok(page),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Notes that a file of somebody's is this track. A track that nobody has any more because of that is
    /// given back.
    ///
    /// # Errors
    /// There is no such track; see [`Store`].
    pub fn hold(&self, holding: Holding) -> Result<Option<TrackId>> {
        self.orphan(Request::Hold(holding))
    }

    /// Forgets a file of somebody's. A track that nobody has any more because of that is given back.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn unhold(&self, user: UserId, path: &Path) -> Result<Option<TrackId>> {
        self.orphan(Request::Unhold { user, path: Bytewise(path.to_owned()) })
    }

    /// Somebody's file at this path.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn holding(&self, user: UserId, path: &Path) -> Result<Option<Holding>> {
        let path = Bytewise(path.to_owned());
        Ok(self.some_holdings(Request::Holding { user, path })?.pop())
    }

    /// The files that a track is, whoever has them.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn holders(&self, track: TrackId) -> Result<Vec<Holding>> {
        self.some_holdings(Request::Holders(track))
    }

    /// All of somebody's files, by path.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn holdings_of(&self, user: UserId) -> Result<Vec<Holding>> {
        let mut all: Vec<Holding> = Vec::new();
        loop {
            let after = Bytewise(all.last().map_or_else(Default::default, |h| h.path.clone()));
            let page = self.some_holdings(Request::HoldingsOf { user, after, limit: PAGE })?;
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                all.sort_by(|a, b| a.path.cmp(&b.path));
                return Ok(all);
            }
        }
    }

    /// A number that changes when another process that shares the store changed somebody's files.
    ///
    /// # Errors
    /// See [`Store`].
    pub fn files_mark(&self, user: UserId) -> Result<u64> {
        match self.ask(Request::FilesMark(user))? {
            Reply::Generation(mark) => Ok(mark),
            other => Err(self.nonsense(&other)),
        }
    }

    fn account(&self, request: Request) -> Result<Option<Account>> {
        match self.ask(request)? {
            Reply::Account(account) => Ok(account),
            other => Err(self.nonsense(&other)),
        }
    }

    fn orphan(&self, request: Request) -> Result<Option<TrackId>> {
        match self.ask(request)? {
            Reply::Orphan(orphan) => Ok(orphan),
            other => Err(self.nonsense(&other)),
        }
    }

    fn some_holdings(&self, request: Request) -> Result<Vec<Holding>> {
        match self.ask(request)? {
            Reply::Holdings(holdings) => Ok(holdings),
            other => Err(self.nonsense(&other)),
        }
    }
}
