//! The mood of a track: what the network hears, held against what plain measurements say.
//!
//! Energy goes with loudness, tempo, onsets and brightness, valence with mode and, less, with tempo and
//! brightness: the cues on which studies of perceived emotion agree (Gabrielsson and Lindström 2010; Eerola,
//! Friberg and Bresin 2013). Each cue is held against a fixed middle and spread of recorded music, so that a
//! track's mood does not depend on what else is in the library, and passes through tanh, so that no one
//! cue, however odd, decides alone.

use super::on_the_plane;
use crate::store::records::{Features, Mood, Track};

/// Share of the network where measurements are at hand. It was trained on few and coarse labels of mood, so
/// that it is not worth more than they are.
const NETWORK: f64 = 0.5;

/// Middle and spread (about a standard deviation) of recorded music.
struct Usual {
    middle: f64,
    spread: f64,
}

/// Beats a minute: most music has 90 to 140.
const TEMPO: Usual = Usual { middle: 115.0, spread: 30.0 };
/// LUFS: streaming services aim at -14, classical and old recordings lie about -23.
const LOUDNESS: Usual = Usual { middle: -16.0, spread: 6.0 };
/// Onsets a second: two beats a second, of which many are subdivided.
const ONSETS: Usual = Usual { middle: 3.0, spread: 1.5 };
/// Octaves above 1 Hz: a spectral centroid of 1 600 Hz, three fifths of an octave about it.
const BRIGHTNESS: Usual = Usual { middle: 10.64, spread: 0.6 };

impl Usual {
    /// How far above the usual, -1 to 1; 0 where nothing is known.
    fn above(&self, value: Option<f64>) -> f64 {
        let value = value.filter(|value| value.is_finite());
        value.map_or(0.0, |value| ((value - self.middle) / self.spread).tanh())
    }
}

/// Mood of a track, each axis -1 to 1; [`None`] where neither network nor measurements know it.
#[must_use]
pub fn of_track(track: &Track) -> Option<Mood> {
    let heard = track.mood.filter(|mood| mood.valence.is_finite() && mood.energy.is_finite());
    let measured = track.features.as_ref().map(measured);
    match (heard, measured) {
        (Some(heard), Some([valence, energy])) => Some(on_the_plane(
            NETWORK * f64::from(heard.valence) + (1.0 - NETWORK) * valence,
            NETWORK * f64::from(heard.energy) + (1.0 - NETWORK) * energy,
        )),
        (Some(heard), None) => Some(heard),
        (None, Some([valence, energy])) => Some(on_the_plane(valence, energy)),
        (None, None) => None,
    }
}

/// Valence and energy by the measurements alone. The weights of each axis have the sum one.
fn measured(features: &Features) -> [f64; 2] {
    let tempo = TEMPO.above(features.tempo_bpm.map(f64::from));
    let loudness = LOUDNESS.above(Some(f64::from(features.loudness_lufs)));
    let onsets = ONSETS.above(Some(f64::from(features.onset_rate)));
    let brightness = BRIGHTNESS.above(Some(f64::from(features.centroid_hz).max(1.0).log2()));
    let mode = features.key.map_or(0.0, |key| if key.minor { -1.0 } else { 1.0 });
    let valence = 0.6 * mode + 0.2 * tempo + 0.2 * brightness;
    let energy = 0.35 * loudness + 0.25 * onsets + 0.2 * tempo + 0.2 * brightness;
    [valence, energy]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::Key;

    fn features(tempo: f32, loudness: f32, onsets: f32, centroid: f32, minor: bool) -> Features {
        Features {
            tempo_bpm: Some(tempo),
            key: Some(Key { tonic: 0, minor }),
            loudness_lufs: loudness,
            centroid_hz: centroid,
            onset_rate: onsets,
            ..Features::plain()
        }
    }

    #[test]
    fn loud_fast_and_bright_is_energy_and_major_is_valence() {
        let lively = measured(&features(150.0, -9.0, 5.0, 2800.0, false));
        let gloomy = measured(&features(70.0, -24.0, 1.0, 800.0, true));
        assert!(lively[0] > 0.5 && lively[1] > 0.6, "{lively:?}");
        assert!(gloomy[0] < -0.5 && gloomy[1] < -0.6, "{gloomy:?}");
        let middle = measured(&features(115.0, -16.0, 3.0, 1600.0, false));
        assert!(middle[1].abs() < 0.02, "{middle:?}");
    }

    #[test]
    fn odd_measurements_stay_on_the_plane() {
        let mut odd = features(f32::NAN, f32::NEG_INFINITY, 1e9, f32::NAN, true);
        odd.key = None;
        let [valence, energy] = measured(&odd);
        assert!(valence.abs() <= 1.0 && energy.abs() <= 1.0, "{valence} {energy}");
    }
}
