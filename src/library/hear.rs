//! One file heard: decoded, embedded and measured in one pass, in memory that does not grow with its length.

use std::path::Path;

use thiserror::Error;

use crate::audio::{AudioError, MonoReader};
use crate::dsp::SAMPLE_RATE;
use crate::dsp::features::{FeatureExtractor, SoundFeatures};
use crate::embed::{Network, NetworkError, TrackEmbedder, TrackEmbedding};
use crate::store::records::{Features, Key};

/// Why a file could not be heard to its end.
#[derive(Debug, Error)]
pub enum HearError {
    /// It cannot be decoded.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The network does not run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Whoever followed it wanted no more.
    #[error("stopped")]
    Stopped,
}

/// What a file was heard to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// What the network makes of it.
    pub embedding: TrackEmbedding,
    /// What was measured.
    pub features: Features,
    /// Where its most engaging stretch starts, seconds.
    pub highlight_s: f32,
    /// What is wrong with the file, where it decoded only in part.
    pub damage: Option<String>,
}

/// Hears a file. `follow` is shown the samples (mono, [`SAMPLE_RATE`]) piece by piece and says whether to go on.
///
/// # Errors
/// It cannot be decoded, the network does not run, or `follow` said so.
pub fn hear(
    network: &Network,
    file: &Path,
    follow: &mut dyn FnMut(&[f32]) -> bool,
) -> Result<Heard, HearError> {
    let mut reader = MonoReader::open(file, SAMPLE_RATE)?;
    let mut embedder = TrackEmbedder::new(network);
    let mut features = FeatureExtractor::new();
    let mut samples = Vec::new();
    loop {
        let more = reader.read(&mut samples)?;
        if !follow(&samples) {
            return Err(HearError::Stopped);
        }
        features.push_samples(&samples);
        embedder.push_observed(&samples, |power, column| features.push_frame(power, column))?;
        samples.clear();
        if !more {
            break;
        }
    }
    let features = features.finish();
    Ok(Heard {
        embedding: embedder.finish()?,
        highlight_s: features.highlight_s,
        features: recorded(features),
        damage: reader.damage().map(str::to_owned),
    })
}

/// As it is recorded.
fn recorded(features: SoundFeatures) -> Features {
    Features {
        tempo_bpm: features.tempo_bpm,
        key: features.key.map(|key| Key { tonic: key.tonic, minor: key.minor }),
        loudness_lufs: features.loudness_lufs,
        centroid_hz: features.centroid_hz,
        zero_crossing_rate: features.zero_crossing_rate,
        onset_rate: features.onset_rate,
        mfcc: features.mfcc.map(|values| values.to_vec()),
        chroma: features.chroma.to_vec(),
        contrast: features.contrast.to_vec(),
        tonnetz: features.tonnetz.to_vec(),
    }
}
