//! Backups: everything the store holds in one checksummed file, made while the store is in use, and put
//! back all or nothing.
//!
//! A backup is a tar archive behind gzip, so that other programs can look into it:
//!
//! | member | what |
//! | --- | --- |
//! | `echovibe-backup.json` | [`About`]: which format, when, by which program |
//! | `tables/NAME/N` | rows of a table: `MessagePack` of keys and values, a megabyte a member |
//! | `changes` | what changed while the tables were copied, in order |
//! | `fingerprints.log` | all fingerprints, up to the same moment |
//! | `files/NAME` | other files of the data folder that cannot be made anew |
//! | `members.json` | [`Member`]: name, size and BLAKE3 of all of them, last |
//!
//! Whoever makes a backup asks the owner for the tables in small pages, so that the owner goes on answering
//! others; what changes meanwhile is noted there ([`follow`]) and put on top, so that the backup is the
//! store of one moment: when the last page was copied. It copies every table there is, by name.

mod follow;
mod make;
mod restore;
mod swap;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::error::StoreError;
pub(super) use follow::{Answer, Ask, Change, Journals, Raw};
pub use make::{Saved, backup};
pub use restore::{Restored, restore};
pub(super) use swap::finish as finish_restore;

/// The only format so far. An older program refuses a later one.
const FORMAT: u32 = 1;
/// The first member.
const ABOUT: &str = "echovibe-backup.json";
/// The last member.
const MEMBERS: &str = "members.json";
const CHANGES: &str = "changes";
const LOG: &str = "fingerprints.log";
const TABLES: &str = "tables/";
const FILES: &str = "files/";

/// What a backup says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct About {
    format: u32,
    created: Timestamp,
    program: String,
}

/// What must be found again when a backup is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Member {
    name: String,
    size: u64,
    blake3: String,
}

/// How far it is, and whether to go on.
pub struct Watch<'a> {
    /// Called with the bytes done, and about how many there are.
    pub progress: &'a dyn Fn(u64, u64),
    /// Raised to stop.
    pub stop: &'a AtomicBool,
}

impl Watch<'_> {
    fn check(&self) -> Result<(), BackupError> {
        if self.stop.load(Ordering::Relaxed) { Err(BackupError::Stopped) } else { Ok(()) }
    }
}

/// Why there is no backup, or nothing was put back.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backup cannot be written.
    #[error("the backup cannot be written: {0}")]
    Write(#[source] std::io::Error),
    /// Something of the data folder cannot be read or written.
    #[error("cannot {doing} {path}: {source}")]
    Folder {
        /// "read", "write", ...
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("this is no backup of EchoVibe: {0}")]
    Foreign(String),
    /// A later program made it.
    #[error(
        "the backup has format {found}, but this EchoVibe knows formats up to {FORMAT}: update EchoVibe"
    )]
    Newer {
        /// Its format.
        found: u32,
    },
    /// It is not as it was written.
    #[error("the backup is damaged ({0}); nothing was changed")]
    Damaged(String),
    /// The folder is not empty.
    #[error(
        "the data folder {0} holds a library already; give --force to set that aside, or choose another \
         folder with --data-dir"
    )]
    NotEmpty(PathBuf),
    /// Another process uses the folder.
    #[error(
        "another EchoVibe ({who}) uses {dir}; end it and try again: to put a backup back needs the folder \
         for itself",
        who = pid.map_or_else(|| "starting or ending".to_owned(), |pid| format!("pid {pid}"))
    )]
    Held {
        /// The data folder.
        dir: PathBuf,
        /// The process that holds it, where known.
        pid: Option<u32>,
    },
    /// The user did not want to go on.
    #[error("stopped; nothing was changed")]
    Stopped,
}

/// Whether a file of the data folder belongs into a backup as it is. Those of the owner, the log of the
/// program, and what is made anew from the rest do not.
fn is_other_file(name: &str) -> bool {
    const MADE_ANEW: [&str; 4] = [".", "owner.", "cells.", "echovibe.log"];
    const PASSING: [&str; 2] = [".snapshot", ".new"];
    name != LOG
        && !MADE_ANEW.iter().any(|start| name.starts_with(start))
        && !PASSING.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests;
