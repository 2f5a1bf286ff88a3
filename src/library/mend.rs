//! Fingerprints that are damaged, and making them anew from the files still there.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use serde::Serialize;

use super::error::LibraryError;
use super::plan::is_gone;
use super::refresh::{Progress, RefreshOptions, refresh};
use crate::embed::Network;
use crate::index::Packed;
use crate::store::records::{Track, TrackId, shown};
use crate::store::{Store, StoreError};

/// A track that could not be made whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmended {
    /// Its number.
    pub track_id: TrackId,
    /// Its file.
    pub path: String,
    /// Why.
    pub why: String,
}

/// What mending did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mended {
    /// Tracks that have good fingerprints again.
    pub mended: usize,
    /// The others.
    pub left: Vec<Unmended>,
    /// It was stopped before everything was done.
    pub stopped: bool,
}

/// Reads the fingerprints of all tracks and gives those tracks whose are damaged or not there. They
/// are marked, so that the next index run makes them anew. `step` is told after each track.
///
/// # Errors
/// The store fails.
pub fn damaged(store: &Store, step: &dyn Fn()) -> Result<Vec<Track>, LibraryError> {
    let mut damaged = Vec::new();
    for track in store.tracks()? {
        if !is_whole(store, &track)? {
            damaged.push(track);
        }
        step();
    }
    Ok(damaged)
}

fn is_whole(store: &Store, track: &Track) -> Result<bool, LibraryError> {
    match store.fingerprints(track.id) {
        // Those of another network may have another form.
        Ok(Some(_)) if track.model != Network::built_in_id() => Ok(true),
        Ok(Some(packed)) => {
            let whole = Packed::new(packed.into()).is_ok_and(|packed| packed.is_whole());
            if !whole {
                store.distrust(track.id)?;
            }
            Ok(whole)
        }
        Ok(None) | Err(StoreError::Damaged(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Enrols these tracks anew from their files; numbers and history stay.
///
/// # Errors
/// The store fails. A file that cannot be enrolled is no error: it is in the answer.
pub fn mend(
    store: &Store,
    network: &Network,
    tracks: Vec<Track>,
    stop: &AtomicBool,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Mended, LibraryError> {
    let unmended = |track: &Track, why: &str| Unmended {
        track_id: track.id,
        path: shown(&track.path),
        why: why.to_owned(),
    };
    let (gone, there): (Vec<Track>, Vec<Track>) =
        tracks.into_iter().partition(|track| is_gone(&track.path));
    let mut done = Mended {
        left: gone.iter().map(|track| unmended(track, "its file is gone")).collect(),
        ..Mended::default()
    };
    for track in &there {
        store.distrust(track.id)?;
    }
    let (readable, unreadable): (Vec<&Track>, Vec<&Track>) =
        there.iter().partition(|track| track.path.canonicalize().is_ok());
    done.left.extend(unreadable.iter().map(|track| unmended(track, "its file cannot be read")));
    if readable.is_empty() {
        return Ok(done);
    }
    let roots: Vec<PathBuf> = readable.iter().map(|track| track.path.clone()).collect();
    let options = RefreshOptions { roots: &roots, retry_failed: true, stop, progress };
    let summary = refresh(store, network, &options)?;
    let failed: HashMap<&str, &str> =
        summary.failed.iter().map(|file| (file.path.as_str(), file.error.as_str())).collect();
    done.stopped = summary.stopped;
    for track in readable {
        if is_whole(store, track)? {
            done.mended += 1;
            continue;
        }
        let why = failed.get(shown(&track.path).as_str()).copied();
        done.left.push(unmended(track, why.unwrap_or("there was no time for it: stopped")));
    }
    Ok(done)
}
