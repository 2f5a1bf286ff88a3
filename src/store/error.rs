//! What can go wrong in the store, told to the person who reads it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::records::TrackId;

/// Why the store could not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The data folder, its lock or its socket cannot be made or opened.
    #[error("cannot use the data folder {dir}: {source}; choose another with --data-dir")]
    Folder {
        /// The data folder.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder can be read but not written.
    #[error(
        "the data folder {dir} can be read but not written ({why}), and this would change it; \
         let its owner do it, or choose another folder with --data-dir"
    )]
    ReadOnly {
        /// The data folder.
        dir: PathBuf,
        /// Why.
        why: String,
    },
    /// The folder cannot be written and holds nothing for readers.
    #[error(
        "the data folder {dir} cannot be written ({why}) and has no snapshot to read; let its owner \
         run `echovibe library list` there once, or choose another folder with --data-dir"
    )]
    NoSnapshot {
        /// The data folder.
        dir: PathBuf,
        /// Why.
        why: String,
    },
    /// The snapshot for readers is damaged.
    #[error(
        "the snapshot {path} is damaged ({detail}); let its owner run `echovibe doctor --repair`"
    )]
    BadSnapshot {
        /// The snapshot.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The snapshot for readers cannot be written.
    #[error("cannot write {path}: {source}; is the disk full?")]
    Snapshot {
        /// The snapshot.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A repair needs the folder for itself.
    #[error(
        "another EchoVibe ({who}) uses {dir}; end it and try again: a repair needs the folder for \
         itself",
        who = holder(*pid)
    )]
    Held {
        /// The data folder.
        dir: PathBuf,
        /// The process that holds it, where known.
        pid: Option<u32>,
    },
    /// There is an account of that name.
    #[error(
        "there is a user {0} already; choose another name, or give {0} a new token with `echovibe user token {0}`"
    )]
    UserExists(String),
    /// The server or the database that has the library.
    #[error("{0}")]
    Elsewhere(String),
    /// The server or the database that has the library cannot be reached, or has too much to do.
    #[error("{0}")]
    Away(String),
    /// The process that holds the folder does not answer.
    #[error(
        "another EchoVibe ({who}) holds {dir} and does not answer; \
         continue or end it, or choose another folder with --data-dir",
        who = holder(*pid)
    )]
    Silent {
        /// The data folder.
        dir: PathBuf,
        /// The process that holds it, where known.
        pid: Option<u32>,
    },
    /// The process that holds the folder speaks another protocol.
    #[error(
        "another EchoVibe (pid {pid}) holds {dir} and speaks version {theirs} of the store's \
         protocol, this one version {ours}; end it and try again"
    )]
    OtherProtocol {
        /// The data folder.
        dir: PathBuf,
        /// The process that holds it.
        pid: u32,
        /// Its protocol.
        theirs: u32,
        /// Ours.
        ours: u32,
    },
    /// A later program made this store.
    #[error(
        "the store in {dir} has version {found}, but this EchoVibe knows versions up to {known}; \
         update EchoVibe, or choose another folder with --data-dir"
    )]
    Newer {
        /// The data folder.
        dir: PathBuf,
        /// Version of the store.
        found: u32,
        /// Latest version this program knows.
        known: u32,
    },
    /// The store is older than the oldest version that can be brought up, or has no version.
    #[error(
        "the store in {dir} cannot be recognised ({detail}); it was left as it is: \
         restore it from a backup, or choose another folder with --data-dir"
    )]
    Unrecognised {
        /// The data folder.
        dir: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The database failed.
    #[error(
        "the database in {dir} failed: {source}; is the disk full or damaged? \
         `echovibe doctor --repair` brings back what can be"
    )]
    Database {
        /// The data folder.
        dir: PathBuf,
        /// Why.
        source: sled::Error,
    },
    /// The file of fingerprints failed.
    #[error("cannot {doing} {path}: {source}; is the disk full or damaged?")]
    Fingerprints {
        /// "read", "write", "shorten"...
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The fingerprints of a track are gone or damaged.
    #[error(
        "the fingerprints of track {0} are damaged; run `echovibe doctor --repair` to make them anew"
    )]
    Damaged(TrackId),
    /// A record cannot be written or read.
    #[error("a record of the store ({what}) cannot be read or written: {detail}")]
    Record {
        /// Which record.
        what: String,
        /// Why.
        detail: String,
    },
    /// No track has this number.
    #[error("there is no track {0} in the library; `echovibe library list` shows those there are")]
    UnknownTrack(TrackId),
    /// The process that holds the folder could not do it; its own words.
    #[error("{0}")]
    Owner(String),
    /// The process that holds the folder sent something else than what was asked.
    #[error("another EchoVibe (pid {pid}) holds {dir} and answered with nonsense ({detail})")]
    Nonsense {
        /// The data folder.
        dir: PathBuf,
        /// The process that holds it.
        pid: u32,
        /// What was wrong.
        detail: String,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "starting or ending".to_owned(), |pid| format!("pid {pid}"))
}

/// An error of another crate with its causes, each told once.
pub(crate) fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}

/// Shorthand of this room.
pub(super) type Result<T> = std::result::Result<T, StoreError>;
