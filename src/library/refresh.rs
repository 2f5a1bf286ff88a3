//! Brings the library up to date with folders: only new and changed files are decoded, on all
//! cores; each is kept as soon as it is done, so that a stop loses at most the files in hand.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;

use super::duplicates::Pair;
use super::enrol::{EnrolError, Work, content_hash, enrolment};
use super::error::LibraryError;
use super::plan::{Job, is_complete, is_gone, plan};
use super::recordings::compare;
use super::scan::scan;
use crate::dsp::SAMPLE_RATE;
use crate::embed::Network;
use crate::store::records::{Failure, Track, TrackId, shown};
use crate::store::{Store, StoreError};

/// What to refresh, and who watches.
pub struct RefreshOptions<'a> {
    /// Folders or files.
    pub roots: &'a [PathBuf],
    /// Files that failed before are tried again even if they did not change.
    pub retry_failed: bool,
    /// Set it to stop: files in hand are given up, what is done is kept.
    pub stop: &'a AtomicBool,
    /// Is told how it goes, from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// How it goes.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    /// The folders are known: so much is to be done.
    Planned {
        /// Files to decode.
        files: u64,
        /// Their size together.
        bytes: u64,
    },
    /// One more file is done, well or not.
    Done {
        /// Files done so far.
        files: u64,
        /// Size of this one.
        bytes: u64,
        /// Seconds of sound embedded so far, all files together.
        audio_s: f64,
    },
    /// Tracks are compared with all others: which are the same recording?
    Comparing {
        /// Tracks compared so far.
        done: usize,
        /// Tracks to compare.
        of: usize,
    },
}

/// A file that could not be enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedFile {
    /// Which file.
    pub path: String,
    /// What is wrong with it.
    pub error: String,
}

/// A file that is the same recording as another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DuplicateFile {
    /// The new file.
    pub path: String,
    /// The file of the track that it is a copy of.
    pub of: String,
}

/// What a refresh did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// New tracks.
    pub added: usize,
    /// Tracks whose file (or the network) had changed, or of which something was not measured yet.
    pub updated: usize,
    /// Tracks whose file had not changed.
    pub unchanged: usize,
    /// Tracks whose file was renamed or moved; their history is kept.
    pub moved: usize,
    /// Tracks whose file is gone.
    pub removed: usize,
    /// Files that could not be enrolled, now or before.
    pub failed: Vec<FailedFile>,
    /// New files that are the same recording as a track that was there, or as one another.
    pub duplicates: Vec<DuplicateFile>,
    /// Files left out because they are copies of tracks, as the user asked before.
    pub left_out: usize,
    /// Folders that are empty now but were not, whose tracks were kept: is a disk missing?
    pub emptied: Vec<String>,
    /// Seconds of sound decoded.
    pub audio_s: f64,
    /// Seconds it took.
    pub elapsed_s: f64,
    /// It was stopped before everything was done.
    pub stopped: bool,
}

enum Outcome {
    Added(TrackId),
    Updated,
    Moved,
    Failed(FailedFile),
    Stopped,
}

/// Brings the library up to date with folders.
///
/// # Errors
/// A folder is not there, or the store fails. A bad file is no error: it is in the summary.
pub fn refresh(
    store: &Store,
    network: &Network,
    options: &RefreshOptions,
) -> Result<Summary, LibraryError> {
    let started = Instant::now();
    let scan = scan(options.roots)?;
    let plan = plan(store, &scan, network.id(), options.retry_failed)?;
    (options.progress)(Progress::Planned {
        files: plan.jobs.len() as u64,
        bytes: plan.jobs.iter().map(|job| job.stamp.size).sum(),
    });
    let samples = AtomicU64::new(0);
    let refresher = Refresher {
        store,
        work: Work { network, samples: &samples, stop: options.stop },
        claimed: Mutex::default(),
        done: AtomicU64::new(0),
        options,
    };
    let outcomes: Vec<Outcome> = plan
        .jobs
        .par_iter()
        .with_max_len(1)
        .map(|job| refresher.run(job))
        .collect::<Result<_, StoreError>>()?;
    let stopped = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Stopped));
    let moved = refresher.claimed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let new: Vec<TrackId> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Added(id) => Some(*id),
            _ => None,
        })
        .collect();
    let mut summary = summarise(outcomes);
    if !stopped {
        for id in plan.missing.iter().filter(|id| !moved.contains(id)) {
            summary.removed += usize::from(store.remove(*id)?);
        }
    }
    if !stopped {
        let pairs = compare(store, network.id(), options.progress)?;
        summary.duplicates = duplicates(store, &pairs, &new)?;
    }
    summary.left_out = plan.left_out;
    if let Err(e) = store.snapshot() {
        tracing::warn!("the snapshot for readers is out of date: {e}");
    }
    let before = plan.failed_before.into_iter().map(|f| failed(&f.path, f.error));
    let unreadable = scan.unreadable.into_iter().map(|(path, error)| failed(&path, error));
    summary.failed.extend(before.chain(unreadable));
    summary.failed.sort_by(|a, b| a.path.cmp(&b.path));
    summary.unchanged = plan.unchanged;
    summary.emptied = plan.emptied.iter().map(|root| shown(root)).collect();
    summary.audio_s = seconds(&samples);
    summary.elapsed_s = started.elapsed().as_secs_f64();
    summary.stopped = stopped;
    Ok(summary)
}

struct Refresher<'a> {
    store: &'a Store,
    work: Work<'a>,
    claimed: Mutex<HashSet<TrackId>>,
    done: AtomicU64,
    options: &'a RefreshOptions<'a>,
}

impl Refresher<'_> {
    fn run(&self, job: &Job) -> Result<Outcome, StoreError> {
        if self.options.stop.load(Ordering::Relaxed) {
            return Ok(Outcome::Stopped);
        }
        let outcome = match self.enrol(job) {
            Ok(outcome) => outcome?,
            Err(EnrolError::Stopped) => Outcome::Stopped,
            Err(error) => self.fail(job, error.to_string())?,
        };
        let audio_s = seconds(self.work.samples);
        let files = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        (self.options.progress)(Progress::Done { files, bytes: job.stamp.size, audio_s });
        Ok(outcome)
    }

    fn enrol(&self, job: &Job) -> Result<Result<Outcome, StoreError>, EnrolError> {
        let content = content_hash(&job.path)?;
        let moved = match job.known {
            Some(_) => None,
            None => match self.claim_moved(&content) {
                Ok(moved) => moved,
                Err(e) => return Ok(Err(e)),
            },
        };
        if let Some(track) = moved {
            if is_complete(&track, self.work.network.id()) {
                let moved = self.store.moved(track.id, &job.path, job.stamp.clone());
                return Ok(moved.map(|()| Outcome::Moved));
            }
            let mut enrolment = enrolment(&self.work, &job.path, job.stamp.clone(), content)?;
            enrolment.track.id = track.id;
            return Ok(self.store.enrol(enrolment).map(|_| Outcome::Moved));
        }
        let enrolment = enrolment(&self.work, &job.path, job.stamp.clone(), content)?;
        Ok(self.store.enrol(enrolment).map(|track| match job.known {
            Some(_) => Outcome::Updated,
            None => Outcome::Added(track.id),
        }))
    }

    /// A track whose file is gone, from these folders or any other, and had the same bytes: this is
    /// that file under a new name. Each is claimed once.
    fn claim_moved(&self, content: &[u8; 32]) -> Result<Option<Track>, StoreError> {
        let same = self.store.track_with_content(content)?;
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = same.into_iter().find(|track| is_gone(&track.path) && claimed.insert(track.id));
        Ok(moved)
    }

    fn fail(&self, job: &Job, error: String) -> Result<Outcome, StoreError> {
        let failure = Failure {
            path: job.path.clone(),
            stamp: job.stamp.clone(),
            error: error.clone(),
            at: Timestamp::now(),
            duplicate_of: None,
        };
        self.store.put_failure(failure)?;
        Ok(Outcome::Failed(failed(&job.path, error)))
    }
}

fn summarise(outcomes: Vec<Outcome>) -> Summary {
    let mut summary = Summary::default();
    for outcome in outcomes {
        match outcome {
            Outcome::Added(_) => summary.added += 1,
            Outcome::Updated => summary.updated += 1,
            Outcome::Moved => summary.moved += 1,
            Outcome::Failed(file) => summary.failed.push(file),
            Outcome::Stopped => {}
        }
    }
    summary
}

/// Which of the new tracks are recordings that were there already. Of several new copies of one
/// recording all but the first are told.
fn duplicates(
    store: &Store,
    pairs: &[Pair],
    new: &[TrackId],
) -> Result<Vec<DuplicateFile>, LibraryError> {
    let is_new: HashSet<TrackId> = new.iter().copied().collect();
    let mut of: BTreeMap<TrackId, TrackId> = BTreeMap::new();
    for pair in pairs {
        let both = [pair.a, pair.b];
        // The newer is the copy; of two new ones, which are worked on side by side, the later number.
        let copy = match both.map(|id| is_new.contains(&id)) {
            [true, false] => pair.a,
            [false, true] => pair.b,
            [true, true] => pair.a.max(pair.b),
            [false, false] => continue,
        };
        let other = if copy == pair.a { pair.b } else { pair.a };
        let held = of.entry(copy).or_insert(other);
        *held = (*held).min(other);
    }
    let mut told = Vec::new();
    for (copy, of) in of {
        if let (Some(copy), Some(of)) = (store.track(copy)?, store.track(of)?) {
            told.push(DuplicateFile { path: shown(&copy.path), of: shown(&of.path) });
        }
    }
    Ok(told)
}

fn failed(path: &Path, error: String) -> FailedFile {
    FailedFile { path: shown(path), error }
}

fn seconds(samples: &AtomicU64) -> f64 {
    samples.load(Ordering::Relaxed) as f64 / f64::from(SAMPLE_RATE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::Enrolment;

    #[test]
    fn a_track_of_an_earlier_version_is_measured_at_the_next_run() {
        let dir = tempfile::tempdir().unwrap();
        let music = dir.path().join("music");
        std::fs::create_dir(&music).unwrap();
        crate::audio::demo::pieces()[0].write_wav(&music.join("piece.wav")).unwrap();
        let store = Store::open(&dir.path().join("data")).unwrap();
        let network = Network::load().unwrap();
        let run = || {
            let options = RefreshOptions {
                roots: std::slice::from_ref(&music),
                retry_failed: false,
                stop: &AtomicBool::new(false),
                progress: &|_| {},
            };
            let done = refresh(&store, &network, &options).unwrap();
            (done.added, done.updated, done.unchanged)
        };
        assert_eq!(run(), (1, 0, 0));
        let track = store.tracks().unwrap().remove(0);
        let highlight_s = track.highlight_s.unwrap();
        assert!(track.features.is_some() && (0.0..=10.0).contains(&highlight_s), "{highlight_s}");

        let fingerprints = store.fingerprints(track.id).unwrap().unwrap();
        let earlier = Track { features: None, highlight_s: None, ..track.clone() };
        store.enrol(Enrolment { track: earlier, fingerprints }).unwrap();
        assert_eq!(run(), (0, 1, 0));
        let again = store.tracks().unwrap().remove(0);
        assert_eq!((again.id, &again.features), (track.id, &track.features));
        assert_eq!(again.highlight_s, track.highlight_s);
        assert_eq!(run(), (0, 0, 1));
    }
}
