//! What there is to do: files against what the store knows.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::error::LibraryError;
use super::scan::Scan;
use crate::store::Store;
use crate::store::records::{Failure, FileStamp, Track, TrackId};

/// A file to be looked into.
#[derive(Debug)]
pub(super) struct Job {
    pub path: PathBuf,
    pub stamp: FileStamp,
    /// The track that was enrolled from this path before.
    pub known: Option<TrackId>,
}

/// What a refresh has to do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub jobs: Vec<Job>,
    pub unchanged: usize,
    /// Files that failed before and have not changed since.
    pub failed_before: Vec<Failure>,
    /// Files that the user wants left out because they are copies of tracks still there.
    pub left_out: usize,
    /// Tracks whose file is gone: moved if it turns up elsewhere, else removed.
    pub missing: HashSet<TrackId>,
    /// Roots that are empty now but were not: an unmounted disk is no reason to forget music.
    pub emptied: Vec<PathBuf>,
}

pub(super) fn plan(
    store: &Store,
    scan: &Scan,
    model: &str,
    retry_failed: bool,
) -> Result<Plan, LibraryError> {
    let tracks: HashMap<PathBuf, Track> =
        store.tracks()?.into_iter().map(|track| (track.path.clone(), track)).collect();
    let failures: HashMap<PathBuf, Failure> =
        store.failures()?.into_iter().map(|failure| (failure.path.clone(), failure)).collect();
    let kept: HashMap<TrackId, &Path> =
        tracks.values().map(|track| (track.id, track.path.as_path())).collect();
    // A copy that was left out is wanted again when the track it is a copy of has gone.
    let holds = |failure: &Failure| {
        failure.duplicate_of.is_none_or(|of| kept.get(&of).is_some_and(|path| !is_gone(path)))
    };
    let mut plan = Plan::default();
    for (path, stamp) in &scan.files {
        let known = tracks.get(path);
        if known.is_some_and(|track| track.stamp == *stamp && is_complete(track, model)) {
            plan.unchanged += 1;
        } else if let Some(failure) =
            failures.get(path).filter(|f| f.stamp == *stamp && !retry_failed && holds(f))
        {
            match failure.duplicate_of {
                Some(_) => plan.left_out += 1,
                None => plan.failed_before.push(failure.clone()),
            }
        } else {
            let known = known.map(|track| track.id);
            plan.jobs.push(Job { path: path.clone(), stamp: stamp.clone(), known });
        }
    }
    for root in &scan.roots {
        let empty = !scan.files.keys().any(|path| path.starts_with(root));
        let mut gone = tracks.values().filter(|track| gone(track, root, scan)).peekable();
        if empty && root.is_dir() && gone.peek().is_some() {
            plan.emptied.push(root.clone());
        } else {
            plan.missing.extend(gone.map(|track| track.id));
        }
    }
    for failure in failures.values().filter(|f| is_gone(&f.path)) {
        store.clear_failure(&failure.path)?;
    }
    Ok(plan)
}

/// Enrolled with this network and measured: tracks of earlier versions have no features.
pub(super) fn is_complete(track: &Track, model: &str) -> bool {
    track.model == model && track.features.is_some()
}

fn gone(track: &Track, root: &Path, scan: &Scan) -> bool {
    track.path.starts_with(root) && !scan.files.contains_key(&track.path) && is_gone(&track.path)
}

/// Surely not there, as opposed to not readable just now.
pub(super) fn is_gone(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}
