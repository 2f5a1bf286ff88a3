//! The owner's side: pages of the tables, and a journal of what changes while they are copied.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::super::db::Db;
use super::super::error::{Result, StoreError};

/// Bytes of rows in a page, about.
const PAGE_BYTES: usize = 1 << 20;
/// Changes kept for one backup; one that is slower than so much change is given up.
const MOST_CHANGES: usize = 256 << 20;
/// A backup that asks nothing for so long is taken for dead.
const SILENCE: Duration = Duration::from_secs(600);

/// Bytes as one string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raw(#[serde(with = "super::super::binary::bytes")] pub Vec<u8>);

/// A change of one row: the new value, or none where it was removed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    pub table: String,
    pub key: Raw,
    pub value: Option<Raw>,
}

/// What a backup asks the owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Ask {
    /// Note what changes from now on.
    Begin,
    /// The rows of a table after a key.
    Rows { backup: u64, table: String, after: Option<Raw> },
    /// What has changed since the beginning, up to now.
    End { backup: u64 },
}

/// What the owner answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    Begun { backup: u64, tables: Vec<String>, bytes: u64 },
    Rows(Vec<(Raw, Raw)>),
    Ended { changes: Vec<Change>, log_end: u64 },
}

/// The journals of the backups under way.
#[derive(Debug, Default)]
pub struct Journals(Mutex<HashMap<u64, Journal>>);

#[derive(Debug)]
struct Journal {
    changes: Vec<Change>,
    bytes: usize,
    asked_at: Instant,
}

impl Journals {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Journal>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes changes and notes them in the same order. `list` is asked only where somebody wants to know.
    pub fn noting<T, E>(
        &self,
        make: impl FnOnce() -> std::result::Result<T, E>,
        list: impl FnOnce() -> Vec<Change>,
    ) -> std::result::Result<T, E> {
        let mut journals = self.lock();
        let made = make()?;
        if !journals.is_empty() {
            let changes = list();
            let bytes: usize = changes.iter().map(Change::bytes).sum();
            journals.retain(|_, journal| {
                journal.bytes += bytes;
                journal.changes.extend_from_slice(&changes);
                journal.bytes <= MOST_CHANGES && journal.asked_at.elapsed() < SILENCE
            });
        }
        Ok(made)
    }

    fn begin(&self) -> u64 {
        let backup = fastrand::u64(..);
        let journal = Journal { changes: Vec::new(), bytes: 0, asked_at: Instant::now() };
        self.lock().insert(backup, journal);
        backup
    }

    fn touch(&self, backup: u64) -> Result<()> {
        match self.lock().get_mut(&backup) {
            Some(journal) => {
                journal.asked_at = Instant::now();
                Ok(())
            }
            None => Err(given_up()),
        }
    }

    fn end(&self, backup: u64) -> Result<Vec<Change>> {
        self.lock().remove(&backup).map(|journal| journal.changes).ok_or_else(given_up)
    }
}

impl Change {
    fn bytes(&self) -> usize {
        let value = self.value.as_ref().map_or(0, |value| value.0.len());
        size_of::<Self>() + self.table.len() + self.key.0.len() + value
    }
}

fn given_up() -> StoreError {
    StoreError::Owner(
        "the backup was given up: the program that holds the data folder has changed, or more was \
         changed than the backup could follow; try again"
            .to_owned(),
    )
}

impl Db {
    /// Answers a backup.
    pub fn back_up(&self, ask: Ask) -> Result<Answer> {
        match ask {
            Ask::Begin => {
                let backup = self.journals().begin();
                let tables: std::result::Result<Vec<String>, _> = self
                    .sled()
                    .tree_names()
                    .into_iter()
                    .map(|name| String::from_utf8(name.to_vec()))
                    .collect();
                let tables = tables.map_err(|e| StoreError::Record {
                    what: "name of a table".to_owned(),
                    detail: e.to_string(),
                })?;
                let log = self.writer().log.end();
                let bytes = log + self.sled().size_on_disk().unwrap_or(0);
                Ok(Answer::Begun { backup, tables, bytes })
            }
            Ask::Rows { backup, table, after } => {
                self.journals().touch(backup)?;
                self.rows_after(&table, after).map(Answer::Rows)
            }
            Ask::End { backup } => {
                // Nobody writes meanwhile, so that both are of one moment.
                let writer = self.writer();
                let changes = self.journals().end(backup)?;
                Ok(Answer::Ended { changes, log_end: writer.log.end() })
            }
        }
    }

    fn rows_after(&self, table: &str, after: Option<Raw>) -> Result<Vec<(Raw, Raw)>> {
        let failed = |source| StoreError::Database { dir: self.dir().to_owned(), source };
        let tree = self.sled().open_tree(table).map_err(failed)?;
        let from = after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.0));
        let (mut rows, mut bytes) = (Vec::new(), 0);
        for row in tree.range((from, Bound::Unbounded)) {
            let (key, value) = row.map_err(failed)?;
            bytes += key.len() + value.len();
            rows.push((Raw(key.to_vec()), Raw(value.to_vec())));
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok(rows)
    }
}
