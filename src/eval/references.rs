//! Tracks enrolled in memory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::EvalError;
use super::folder::sound_files;
use super::timbre::Timbre;
use super::watch::{Progress, Watch};
use crate::audio::AudioError;
use crate::embed::Network;
use crate::index::{Code, Index, Packed, TrackKey, quantise};
use crate::library::{Heard, hear, tags};
use crate::store::records::{Features, Mood};

/// A track that is enrolled.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The file.
    pub path: PathBuf,
    /// Path below the folder it was found in, with `/`.
    pub name: String,
    /// First folder on that path; empty where the file lies in the folder itself.
    pub source: String,
    /// Who it is by, from the tags; empty where they do not tell.
    pub artist: String,
    /// Length, seconds.
    pub duration_s: f64,
    /// What it sounds like: unit length.
    pub style: Vec<f32>,
    /// What mood the network hears in it.
    pub mood: Mood,
    /// What was measured.
    pub features: Features,
    /// Mel-frequency cepstral coefficients, means and standard deviations; none of a very short track.
    pub timbre: Option<Vec<f32>>,
}

/// Tracks enrolled in memory, as `index` enrols them in a library.
#[derive(Debug, Default)]
pub struct References {
    /// Their fingerprints; a track's key is its place in `tracks`.
    pub index: Index,
    /// The tracks, in the order of their folders and paths.
    pub tracks: Vec<Reference>,
    /// Files that cannot be read, and why.
    pub failed: Vec<(PathBuf, String)>,
}

impl References {
    /// The track with this key.
    #[must_use]
    pub fn track(&self, key: TrackKey) -> Option<&Reference> {
        self.tracks.get(key as usize)
    }

    /// Length of all tracks, hours.
    #[must_use]
    pub fn hours(&self) -> f64 {
        self.tracks.iter().map(|track| track.duration_s).sum::<f64>() / 3600.0
    }
}

/// Enrols all sound files of these folders. A file that cannot be read is left out and listed; one
/// that is in several folders counts once.
///
/// # Errors
/// A folder is not there or holds no sound file, no file can be read, the network does not run, or
/// it was stopped.
pub fn enrol(
    network: &Network,
    folders: &[PathBuf],
    watch: &Watch,
) -> Result<References, EvalError> {
    let mut seen = BTreeSet::new();
    let mut files: Vec<(&Path, PathBuf)> = Vec::new();
    for folder in folders {
        for file in sound_files(folder)? {
            if seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())) {
                files.push((folder, file));
            }
        }
    }
    (watch.progress)(Progress::Stage("tracks enrolled", files.len()));
    let enrolled: Vec<Result<Enrolled, AudioError>> = files
        .par_iter()
        .map(|(_, file)| {
            let embedded = embed(network, file, watch);
            (watch.progress)(Progress::Step);
            match embedded {
                Ok(embedding) => Ok(Ok(embedding)),
                Err(EvalError::Audio(error)) => Ok(Err(error)),
                Err(error) => Err(error),
            }
        })
        .collect::<Result<_, EvalError>>()?;
    let mut references = References::default();
    for ((folder, path), embedding) in files.into_iter().zip(enrolled) {
        match embedding {
            Ok(enrolled) => references.take(folder, path, enrolled),
            Err(error) => references.failed.push((path, error.reason())),
        }
    }
    match references.failed.first() {
        Some((_, reason)) if references.tracks.is_empty() => Err(EvalError::NoneReadable {
            folder: listed(folders),
            count: references.failed.len(),
            reason: reason.clone(),
        }),
        _ => Ok(references),
    }
}

impl References {
    fn take(&mut self, folder: &Path, path: PathBuf, (heard, timbre, artist): Enrolled) {
        let Heard { embedding, features, .. } = heard;
        let [valence, energy] = embedding.mood;
        let codes: Vec<Code> = embedding.fingerprints.iter().map(quantise).collect();
        self.index.insert(self.tracks.len() as TrackKey, 0, Packed::of(&codes));
        let name = below(folder, &path);
        self.tracks.push(Reference {
            source: name.split_once('/').map_or("", |(source, _)| source).to_owned(),
            name,
            artist,
            path,
            duration_s: embedding.duration_s,
            style: embedding.style,
            mood: Mood { valence, energy },
            features,
            timbre,
        });
    }
}

/// What a file was heard to be, its timbre, and who it is by.
type Enrolled = (Heard, Option<Vec<f32>>, String);

fn embed(network: &Network, file: &Path, watch: &Watch) -> Result<Enrolled, EvalError> {
    watch.go_on()?;
    let mut timbre = Timbre::new();
    let heard = hear(network, file, &mut |samples| {
        timbre.push(samples);
        watch.go_on().is_ok()
    })?;
    Ok((heard, timbre.finish(), tags(file).artist))
}

/// A path below a folder, with `/`.
fn below(folder: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(folder).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Folders as they are named in a message.
pub(super) fn listed(folders: &[PathBuf]) -> String {
    folders.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ")
}
