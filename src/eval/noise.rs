//! Background noise at a signal-to-noise ratio.

use std::path::{Path, PathBuf};

use fastrand::Rng;
use rayon::prelude::*;

use super::error::EvalError;
use super::folder::{read_sound, samples_in, sound_files};

/// Seconds of one recording that are used, so that a long one does not fill the memory.
const MOST_ONE_S: f64 = 60.0;
/// Seconds of all recordings together, about: 230 MB. What comes first in the seed's order is used.
const MOST_ALL_S: f64 = 3_600.0;
/// Recordings read at the same time.
const AT_ONCE: usize = 16;
/// Recordings in one clip's background, one after another, of which a piece is cut.
const JOINED: usize = 4;
/// Pieces cut until one is not silent.
const TRIES: usize = 20;
/// Quieter than this (RMS) is silence.
const SILENT: f32 = 1e-4;

/// The noise recordings of a folder, and the files that cannot be used.
///
/// # Errors
/// The folder is not there, or none of its files can be used.
pub(super) fn recordings(folder: &Path, seed: u64) -> Result<Recordings, EvalError> {
    let mut files = sound_files(folder)?;
    Rng::with_seed(seed).shuffle(&mut files);
    let mut found = Recordings::default();
    for files in files.chunks(AT_ONCE) {
        let sounds: Vec<_> = files.par_iter().map(|file| read_sound(file, MOST_ONE_S)).collect();
        for (file, sound) in files.iter().zip(sounds) {
            match sound {
                Ok(sound) if rms(&sound) > SILENT => found.sounds.push(sound),
                Ok(_) => found.failed.push((file.clone(), "it is silent".to_owned())),
                Err(error) => found.failed.push((file.clone(), error.reason())),
            }
        }
        if found.sounds.iter().map(Vec::len).sum::<usize>() >= samples_in(MOST_ALL_S) {
            break;
        }
    }
    found.or_none(folder)
}

/// Recordings of a folder, and the files that cannot be used, with the reason.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    pub sounds: Vec<Vec<f32>>,
    pub failed: Vec<(PathBuf, String)>,
}

impl Recordings {
    /// Itself, unless no file can be used.
    pub fn or_none(self, folder: &Path) -> Result<Self, EvalError> {
        match self.failed.first() {
            Some((_, reason)) if self.sounds.is_empty() => Err(EvalError::NoneReadable {
                folder: folder.display().to_string(),
                count: self.failed.len(),
                reason: reason.clone(),
            }),
            _ => Ok(self),
        }
    }
}

/// Adds noise to `sound`, `snr_db` decibels below what it is from `lead` on.
pub(super) fn add(rng: &mut Rng, sound: &mut [f32], lead: usize, snr_db: f64, noises: &[Vec<f32>]) {
    let mut noise = background(rng, sound.len(), noises);
    for _ in 1..TRIES {
        if rms(&noise[lead..]) > SILENT {
            break;
        }
        noise = background(rng, sound.len(), noises);
    }
    let gain = rms(&sound[lead..]) / rms(&noise[lead..]) * 10_f32.powf(-snr_db as f32 / 20.0);
    for (sound, noise) in sound.iter_mut().zip(noise) {
        *sound += gain * noise;
    }
}

fn background(rng: &mut Rng, length: usize, noises: &[Vec<f32>]) -> Vec<f32> {
    let joined: Vec<f32> =
        (0..JOINED).flat_map(|_| &noises[rng.usize(..noises.len())]).copied().collect();
    let at = rng.usize(..=joined.len().saturating_sub(length));
    joined.iter().cycle().skip(at).take(length).copied().collect()
}

/// Root of the mean square; a little above zero for silence.
pub(super) fn rms(sound: &[f32]) -> f32 {
    let power = sound.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    (power / sound.len().max(1) as f64 + 1e-12).sqrt() as f32
}
