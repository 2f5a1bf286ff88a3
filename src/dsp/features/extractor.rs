//! One pass over a sound.

use super::beats::beats;
use super::centroid::Centroid;
use super::cepstrum::{COEFFICIENTS, Cepstrum};
use super::chroma::{CHROMA_HOP, ChromaFilters, FRAME, shares};
use super::contrast::{BANDS, Contrast};
use super::highlight::{HIGHLIGHT_S, highlight};
use super::key::{Key, key};
use super::loudness::{Loudness, SILENCE_LUFS, is_sound};
use super::onset::{OnsetStrength, RATE, onset_rate};
use super::pitch::PitchProfile;
use super::segments::Segments;
use super::sums::{CepstrumSums, Shape};
use super::tempo::tempo;
use super::tonnetz::tonnetz;
use super::zero_crossing::ZeroCrossings;
use crate::dsp::stft::Stft;
use crate::dsp::{FFT_SIZE, MelColumn, MelSpectrogram, SAMPLE_RATE};

/// Of so many frames one is looked at for the shape of its spectrum: with every fourth, each sample is still
/// in one.
const SPARSE: usize = 4;
/// Twice the power of all bins of a long frame (Hann), as a mean square.
const POWER_TO_SQUARE: f64 = 2.0 / (FRAME as f64 * FRAME as f64 * 3.0 / 8.0);
/// A highlight begins on a beat if there is one so near, seconds.
const NEAR_S: f64 = 0.5;
/// An onset shows most when it has just entered a frame's window: so many frames before its own.
const ATTACK_FRAMES: f64 = 3.0;

/// What was measured; what has several values is the mean over the frames that are not silent.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundFeatures {
    /// Beats a minute; none where no steady beat was found.
    pub tempo_bpm: Option<f32>,
    /// None where no key stands out.
    pub key: Option<Key>,
    /// Integrated loudness (EBU R 128) of the sound from two speakers, LUFS, at least
    /// [`SILENCE_LUFS`](super::SILENCE_LUFS).
    pub loudness_lufs: f32,
    /// Spectral centroid, Hz.
    pub centroid_hz: f32,
    /// Share of neighbouring samples between which the sign changes.
    pub zero_crossing_rate: f32,
    /// Onsets a second.
    pub onset_rate: f32,
    /// Mel-frequency cepstral coefficients: mean, then standard deviation.
    pub mfcc: [[f32; COEFFICIENTS]; 2],
    /// Shares of the pitch classes, from C, at the sound's own tuning.
    pub chroma: [f32; 12],
    /// Spectral contrast, dB: below 200 Hz, then six octaves.
    pub contrast: [f32; BANDS],
    /// Tonal centroid.
    pub tonnetz: [f32; 6],
    /// Where the most engaging [`HIGHLIGHT_S`] start, seconds.
    pub highlight_s: f32,
}

/// Takes a sound piece by piece: of each piece first the samples, then the frames of the network's
/// spectrogram that it completes.
pub struct FeatureExtractor {
    stft: Stft,
    filters: ChromaFilters,
    pitches: PitchProfile,
    /// Mean of the spectra of long frames, each brought to the same level.
    spectrum: Vec<f32>,
    zero_crossings: ZeroCrossings,
    cepstrum: Cepstrum,
    contrast: Contrast,
    centroid: Centroid,
    loudness: Loudness,
    onsets: OnsetStrength,
    segments: Segments,
    timbre: CepstrumSums,
    shape: Shape,
    frames: usize,
    samples: u64,
}

impl Default for FeatureExtractor {
    fn default() -> Self {
        Self::new()
    }
}

impl FeatureExtractor {
    /// A sound of which nothing was heard yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            stft: Stft::new(FRAME, CHROMA_HOP),
            filters: ChromaFilters::new(0.0),
            pitches: PitchProfile::new(),
            spectrum: vec![0.0; FRAME / 2 + 1],
            zero_crossings: ZeroCrossings::default(),
            cepstrum: Cepstrum::new(),
            contrast: Contrast::new(),
            centroid: Centroid::new(),
            loudness: Loudness::new(),
            onsets: OnsetStrength::new(),
            segments: Segments::default(),
            timbre: CepstrumSums::new(),
            shape: Shape::default(),
            frames: 0,
            samples: 0,
        }
    }

    /// Takes the next samples (mono, [`SAMPLE_RATE`], full scale 1).
    pub fn push_samples(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        self.zero_crossings.push(samples);
        self.push_long(samples);
    }

    /// Takes the next frame: the power of its bins and its column.
    pub fn push_frame(&mut self, power: &[f32], column: &MelColumn) {
        let square = self.loudness.push(power);
        let cepstrum = self.cepstrum.of(column);
        self.onsets.push(column);
        self.segments.push_frame(&cepstrum, square);
        self.frames += 1;
        if is_sound(square) {
            self.timbre.add(&cepstrum);
            if self.frames.is_multiple_of(SPARSE) {
                self.shape.add(self.centroid.of(power), &self.contrast.of(power));
            }
        }
    }

    /// The sound has ended.
    #[must_use]
    pub fn finish(mut self) -> SoundFeatures {
        self.complete();
        let envelope = self.onsets.finish();
        let tempo = tempo(&envelope);
        let tuning = self.pitches.tuning();
        let chroma = shares(ChromaFilters::new(tuning).of(&self.spectrum)).unwrap_or_default();
        let (segments, segment_s) = self.segments.finish();
        let start = highlight(&segments, segment_s);
        let highlight_s = match tempo {
            Some(tempo) => on_a_beat(start, &beats(&envelope, tempo.bpm)),
            None => start,
        };
        let last_start = self.samples as f64 / f64::from(SAMPLE_RATE) - HIGHLIGHT_S;
        SoundFeatures {
            tempo_bpm: tempo.map(|tempo| tempo.bpm as f32),
            key: self.pitches.classes(tuning).and_then(|classes| key(&classes)),
            loudness_lufs: self.loudness.integrated(),
            centroid_hz: self.shape.centroid(),
            zero_crossing_rate: self.zero_crossings.rate(),
            onset_rate: onset_rate(&envelope),
            mfcc: self.timbre.mean_and_deviation(),
            chroma,
            contrast: self.shape.contrast(),
            tonnetz: tonnetz(&chroma),
            highlight_s: highlight_s.min(last_start).max(0.0) as f32,
        }
    }

    /// A sound shorter than a frame is brought to the length of one.
    fn complete(&mut self) {
        let heard = self.samples as usize;
        let mut sound = self.stft.pending().to_vec();
        if heard < FRAME {
            self.push_long(&vec![0.0; FRAME - sound.len()]);
        }
        if heard < FFT_SIZE {
            sound.resize(FFT_SIZE, 0.0);
            MelSpectrogram::new().push_frames(&sound, |power, column| {
                self.push_frame(power, &column);
            });
        }
    }

    fn push_long(&mut self, samples: &[f32]) {
        let Self { stft, filters, pitches, spectrum, segments, .. } = self;
        stft.push(samples, |power| {
            let chroma = filters.of(power);
            let level: f32 = chroma.iter().sum();
            if has_sound(power) && level > 0.0 {
                pitches.push(power);
                for (sum, power) in spectrum.iter_mut().zip(power) {
                    *sum += power / level;
                }
            }
            segments.push_chroma(shares(chroma).unwrap_or_default());
        });
    }
}

impl SoundFeatures {
    /// Of one stretch of sound (mono, [`SAMPLE_RATE`], full scale 1).
    #[must_use]
    pub fn of(samples: &[f32]) -> Self {
        let mut extractor = FeatureExtractor::new();
        let mut spectrogram = MelSpectrogram::new();
        for piece in samples.chunks(SAMPLE_RATE as usize) {
            extractor.push_samples(piece);
            spectrogram.push_frames(piece, |power, column| extractor.push_frame(power, &column));
        }
        extractor.finish()
    }
}

/// Whether a long frame is louder than silence, dBFS as LUFS.
fn has_sound(power: &[f32]) -> bool {
    let square = power.iter().map(|p| f64::from(*p)).sum::<f64>() * POWER_TO_SQUARE;
    10.0 * square.max(f64::MIN_POSITIVE).log10() >= f64::from(SILENCE_LUFS)
}

/// The nearest beat, if one is near.
fn on_a_beat(time_s: f64, beats: &[usize]) -> f64 {
    let times = beats.iter().map(|frame| (*frame as f64 + ATTACK_FRAMES) / RATE);
    let nearest = times.min_by(|a, b| (a - time_s).abs().total_cmp(&(b - time_s).abs()));
    nearest.filter(|beat| (beat - time_s).abs() < NEAR_S).unwrap_or(time_s)
}
