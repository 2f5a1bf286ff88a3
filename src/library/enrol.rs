//! One file: decoded, embedded, packed.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jiff::Timestamp;
use thiserror::Error;

use super::hear::{HearError, Heard, hear};
use super::tags;
use crate::audio::AudioError;
use crate::embed::{Network, NetworkError};
use crate::index::{Packed, quantise};
use crate::store::records::{Enrolment, FileStamp, GenreShare, Mood, Track, TrackId};

/// Genres less likely than this are not kept.
const LEAST_GENRE: f32 = 0.05;

/// Why one file could not be enrolled.
#[derive(Debug, Error)]
pub(super) enum EnrolError {
    #[error("{}", .0.reason())]
    Audio(#[from] AudioError),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("stopped")]
    Stopped,
}

impl From<HearError> for EnrolError {
    fn from(error: HearError) -> Self {
        match error {
            HearError::Audio(error) => Self::Audio(error),
            HearError::Network(error) => Self::Network(error),
            HearError::Stopped => Self::Stopped,
        }
    }
}

/// What a worker shares with those who watch and stop it.
pub(super) struct Work<'a> {
    pub network: &'a Network,
    /// Samples embedded so far, at [`SAMPLE_RATE`].
    pub samples: &'a AtomicU64,
    pub stop: &'a AtomicBool,
}

/// Everything that is kept of a file.
pub(super) fn enrolment(
    work: &Work,
    path: &Path,
    stamp: FileStamp,
    content: [u8; 32],
) -> Result<Enrolment, EnrolError> {
    let Heard { embedding, features, highlight_s, damage } =
        hear(work.network, path, &mut |samples| {
            work.samples.fetch_add(samples.len() as u64, Ordering::Relaxed);
            !work.stop.load(Ordering::Relaxed)
        })?;
    let codes: Vec<_> = embedding.fingerprints.iter().map(quantise).collect();
    let tags = tags::read(path);
    let track = Track {
        id: TrackId(0),
        path: path.to_owned(),
        stamp,
        content,
        title: tags.title,
        artist: tags.artist,
        album: tags.album,
        genre: tags.genre,
        duration_s: embedding.duration_s,
        windows: codes.len() as u32,
        sounds_like: sounds_like(&embedding.genre, work.network.genres()),
        mood: Some(Mood { valence: embedding.mood[0], energy: embedding.mood[1] }),
        highlight_s: Some(highlight_s),
        features: Some(features),
        style: embedding.style,
        model: work.network.id().to_owned(),
        damage,
        recording: None,
        added_at: Timestamp::now(),
    };
    Ok(Enrolment { track, fingerprints: Packed::of(&codes).bytes().to_vec() })
}

/// The likeliest genres first, down to [`LEAST_GENRE`].
fn sounds_like(probabilities: &[f32], genres: &[String]) -> Vec<GenreShare> {
    let mut shares: Vec<GenreShare> = genres
        .iter()
        .zip(probabilities)
        .filter(|(_, probability)| **probability >= LEAST_GENRE)
        .map(|(genre, probability)| GenreShare { genre: genre.clone(), probability: *probability })
        .collect();
    shares.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    shares
}

/// BLAKE3 of a file's bytes.
pub(super) fn content_hash(path: &Path) -> Result<[u8; 32], std::io::Error> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(*hasher.finalize().as_bytes())
}
