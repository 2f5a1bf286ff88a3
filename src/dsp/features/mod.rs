//! What plain measurements say of a sound, in one pass over it: the set that people know from librosa.
//!
//! Almost everything is computed from the frames of the network's own spectrogram; only pitch needs a
//! longer frame, every half second. Kept are sums, four bytes a frame of onset strength, and a hundred bytes for
//! each half second (up to 4096 of them, then coarser).

mod beats;
mod centroid;
mod cepstrum;
mod chroma;
mod contrast;
mod extractor;
mod highlight;
mod key;
mod loudness;
mod octave;
mod onset;
mod pitch;
mod segments;
mod sums;
mod tempo;
mod tonnetz;
mod zero_crossing;

#[cfg(test)]
mod librosa_tests;
#[cfg(test)]
mod pieces;
#[cfg(test)]
mod tests;

pub(crate) use cepstrum::Cepstrum;
pub use extractor::{FeatureExtractor, SoundFeatures};
pub use highlight::HIGHLIGHT_S;
pub use key::Key;
pub use loudness::SILENCE_LUFS;
pub(crate) use sums::CepstrumSums;
