//! What the owner does with people.
//!
//! | tree | key | value |
//! | --- | --- | --- |
//! | `users` | user | [`Account`] |
//! | `user_events` | user, seq | [`Event`] |
//! | `user_nonces` | user, nonce | seq |
//! | `holdings` | user, path | [`Holding`] |
//! | `held` | track, user, path | nothing |

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use jiff::Timestamp;

use super::{Account, Holding, People, Role, UserId};
use crate::store::changes::Changes;
use crate::store::db::Db;
use crate::store::error::{Result, StoreError};
use crate::store::events::NewEvent;
use crate::store::records::{Event, TrackId};
use crate::store::snapshot::Part;
use crate::store::tables::{PEOPLE, Table, number, pack};

impl Db {
    /// Makes an account.
    pub fn add_user(&self, name: String, role: Role, token: [u8; 32]) -> Result<Account> {
        let _writer = self.writer();
        let users = self.users()?;
        if users.iter().any(|user| user.name == name && user.revoked_at.is_none()) {
            return Err(StoreError::UserExists(name));
        }
        let id = UserId(users.last().map_or(1, |last| last.id.0 + 1));
        let account =
            Account { id, name, role, token, created_at: Timestamp::now(), revoked_at: None };
        self.put_account(&account)?;
        Ok(account)
    }

    /// All accounts, in order of their numbers.
    pub fn users(&self) -> Result<Vec<Account>> {
        self.page(Table::Users, &[], usize::MAX)
    }

    /// One account.
    pub fn user(&self, id: UserId) -> Result<Option<Account>> {
        self.get(Table::Users, &id.0.to_be_bytes())
    }

    /// Gives an account another token; [`None`] where there is no such account.
    pub fn renew_user(&self, name: &str, token: [u8; 32]) -> Result<Option<Account>> {
        self.change_user(name, |account| account.token = token)
    }

    /// Closes an account; [`None`] where there is no such account.
    pub fn revoke_user(&self, name: &str) -> Result<Option<Account>> {
        self.change_user(name, |account| account.revoked_at = Some(Timestamp::now()))
    }

    fn change_user(
        &self,
        name: &str,
        change: impl FnOnce(&mut Account),
    ) -> Result<Option<Account>> {
        let _writer = self.writer();
        let open = |user: &Account| user.name == name && user.revoked_at.is_none();
        let Some(mut account) = self.users()?.into_iter().find(open) else { return Ok(None) };
        change(&mut account);
        self.put_account(&account)?;
        Ok(Some(account))
    }

    fn put_account(&self, account: &Account) -> Result<()> {
        let mut changes = Changes::default();
        changes.put(Table::Users, &account.id.0.to_be_bytes(), pack(Table::Users, account)?);
        self.commit_people(changes)
    }

    /// Appends an event to somebody's log; it is on the disk when this returns. The same nonce of the
    /// same user is kept once.
    pub fn record_of(&self, user: UserId, new: NewEvent) -> Result<Event> {
        let _writer = self.writer();
        let nonce_key = [user.0.to_be_bytes().as_slice(), &new.nonce.to_be_bytes()].concat();
        if let Some(seq) = self.raw(Table::UserNonces, &nonce_key)?
            && let Some(event) = self.get(Table::UserEvents, &event_key(user, number(&seq)?))?
        {
            return Ok(event);
        }
        let track = self.track(new.track_id)?.ok_or(StoreError::UnknownTrack(new.track_id))?;
        let event = new.kept(self.last_event_of(user)? + 1, track);
        let mut changes = Changes::default();
        put_event(&mut changes, user, &event)?;
        self.commit_people(changes)?;
        Ok(event)
    }

    fn last_event_of(&self, user: UserId) -> Result<u64> {
        match self.last_key(Table::UserEvents, &user.0.to_be_bytes())? {
            Some(key) => number(&key[4..]),
            None => Ok(0),
        }
    }

    /// Somebody's events after `after`, oldest first, at most `limit`.
    pub fn events_of(&self, user: UserId, after: u64, limit: usize) -> Result<Vec<Event>> {
        let Some(from) = after.checked_add(1) else { return Ok(Vec::new()) };
        self.page_within(Table::UserEvents, &user.0.to_be_bytes(), &event_key(user, from), limit)
    }

    /// Notes that a file of somebody's is this track, in the place of what it was before. Gives the track
    /// that it was, if nobody has that any more.
    pub fn hold(&self, holding: &Holding) -> Result<Option<TrackId>> {
        let _writer = self.writer();
        if self.track(holding.track_id)?.is_none() {
            return Err(StoreError::UnknownTrack(holding.track_id));
        }
        let key = holding_key(holding.user, &holding.path);
        let before: Option<Holding> = self.get(Table::Holdings, &key)?;
        let mut changes = Changes::default();
        if let Some(before) = &before {
            changes.drop(Table::Held, &held_key(before));
        }
        put_holding(&mut changes, holding)?;
        self.commit_people(changes)?;
        match before.filter(|before| before.track_id != holding.track_id) {
            Some(before) => self.unless_held(before.track_id),
            None => Ok(None),
        }
    }

    /// Forgets a file of somebody's; gives the track that it was, if nobody has that any more.
    pub fn unhold(&self, user: UserId, path: &Path) -> Result<Option<TrackId>> {
        let _writer = self.writer();
        let key = holding_key(user, path);
        let Some(holding) = self.get::<Holding>(Table::Holdings, &key)? else { return Ok(None) };
        let mut changes = Changes::default();
        changes.drop(Table::Holdings, &key);
        changes.drop(Table::Held, &held_key(&holding));
        self.commit_people(changes)?;
        self.unless_held(holding.track_id)
    }

    fn unless_held(&self, track: TrackId) -> Result<Option<TrackId>> {
        let held = self.last_key(Table::Held, &track.0.to_be_bytes())?;
        Ok(held.is_none().then_some(track))
    }

    /// Somebody's file at this path.
    pub fn holding(&self, user: UserId, path: &Path) -> Result<Option<Holding>> {
        self.get(Table::Holdings, &holding_key(user, path))
    }

    /// Files that a track is, whoever has them.
    pub fn holders(&self, track: TrackId) -> Result<Vec<Holding>> {
        let mut holdings = Vec::new();
        for key in self.keys(Table::Held, &track.0.to_be_bytes())? {
            holdings.extend(self.get::<Holding>(Table::Holdings, &key[4..])?);
        }
        Ok(holdings)
    }

    /// Somebody's files, by path, those after `after`, at most `limit`.
    pub fn holdings_of(&self, user: UserId, after: &Path, limit: usize) -> Result<Vec<Holding>> {
        let mut from = holding_key(user, after);
        from.push(0);
        self.page_within(Table::Holdings, &user.0.to_be_bytes(), &from, limit)
    }

    /// What a removed track's holders had.
    pub(in crate::store) fn forget_holders(
        &self,
        changes: &mut Changes,
        track: TrackId,
    ) -> Result<()> {
        for holding in self.holders(track)? {
            changes.drop(Table::Holdings, &holding_key(holding.user, &holding.path));
            changes.drop(Table::Held, &held_key(&holding));
        }
        Ok(())
    }

    /// All there is about people.
    pub(in crate::store) fn people(&self) -> Result<People> {
        let mut events = Vec::new();
        for (key, _) in self.rows(Table::Users)? {
            let user = UserId(number(&key)? as u32);
            events.extend(self.events_of(user, 0, usize::MAX)?.into_iter().map(|e| (user, e)));
        }
        let changes = self.raw(Table::Meta, PEOPLE)?.map_or(Ok(0), |packed| number(&packed))?;
        let holdings = self.page(Table::Holdings, &[], usize::MAX)?;
        Ok(People { changes, accounts: self.users()?, holdings, events })
    }

    /// [`Self::commit`] for changes of people. Needs the writer's lock held.
    fn commit_people(&self, mut changes: Changes) -> Result<()> {
        let before = self.raw(Table::Meta, PEOPLE)?.map_or(Ok(0), |packed| number(&packed))?;
        changes.put(Table::Meta, PEOPLE, (before + 1).to_be_bytes());
        self.commit(&changes)?;
        self.unsaved().note(Part::People);
        Ok(())
    }
}

/// All of it, into a new database.
pub(in crate::store) fn put_people(changes: &mut Changes, people: &People) -> Result<()> {
    for account in &people.accounts {
        changes.put(Table::Users, &account.id.0.to_be_bytes(), pack(Table::Users, account)?);
    }
    for holding in &people.holdings {
        put_holding(changes, holding)?;
    }
    for (user, event) in &people.events {
        put_event(changes, *user, event)?;
    }
    changes.put(Table::Meta, PEOPLE, people.changes.to_be_bytes());
    Ok(())
}

fn put_event(changes: &mut Changes, user: UserId, event: &Event) -> Result<()> {
    let nonce_key = [user.0.to_be_bytes().as_slice(), &event.nonce.to_be_bytes()].concat();
    let key = event_key(user, event.seq);
    changes.put(Table::UserEvents, &key, pack(Table::UserEvents, event)?);
    changes.put(Table::UserNonces, &nonce_key, event.seq.to_be_bytes());
    Ok(())
}

fn put_holding(changes: &mut Changes, holding: &Holding) -> Result<()> {
    let key = holding_key(holding.user, &holding.path);
    changes.put(Table::Holdings, &key, pack(Table::Holdings, holding)?);
    changes.put(Table::Held, &held_key(holding), Vec::new());
    Ok(())
}

fn event_key(user: UserId, seq: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&user.0.to_be_bytes());
    key[4..].copy_from_slice(&seq.to_be_bytes());
    key
}

fn holding_key(user: UserId, path: &Path) -> Vec<u8> {
    [user.0.to_be_bytes().as_slice(), path.as_os_str().as_bytes()].concat()
}

fn held_key(holding: &Holding) -> Vec<u8> {
    let key = holding_key(holding.user, &holding.path);
    [holding.track_id.0.to_be_bytes().as_slice(), &key].concat()
}
