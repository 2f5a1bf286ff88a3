//! Strings by Karplus and Strong: a burst of noise going round in a loop that dulls it.

use super::instrument::{Instrument, Voice};
use super::oscillator::{Filter, white};

/// A string.
#[derive(Debug)]
pub(super) struct Plucked {
    /// 0 a thumb, 1 a plectrum: cutoff of the burst.
    brightness: f32,
    /// Seconds to a thousandth at middle C.
    ring_s: f32,
    /// How much the loop dulls, 0 to 0.5.
    damping: f32,
    /// Seconds to a thousandth after the release.
    release_s: f32,
}

impl Plucked {
    pub(super) fn play(&self, voice: Voice, rate: f32, rng: &mut fastrand::Rng, out: &mut [f32]) {
        let period = rate / voice.frequency - self.damping;
        let whole = (period as usize).max(2);
        // an all-pass makes up for the rest of the period, so that the string is in tune
        let rest = period - whole as f32;
        let tune = (1.0 - rest) / (1.0 + rest);
        let mut line = self.burst(whole, voice, rate, rng);
        let ringing = self.loop_gain(self.ring_s * (261.6 / voice.frequency).sqrt(), voice);
        let released = self.loop_gain(self.release_s, voice);
        let hold = (voice.hold_s * rate) as usize;
        let end = hold + (self.release_s * 1.2 * rate) as usize;
        let (mut before, mut tuned_in, mut tuned_out) = (0.0, 0.0, 0.0);
        for (n, out) in out.iter_mut().take(end).enumerate() {
            let at = n % whole;
            let now = line[at];
            let gain = if n < hold { ringing } else { released };
            let dulled = gain * ((1.0 - self.damping) * now + self.damping * before);
            before = now;
            let tuned = tune * (dulled - tuned_out) + tuned_in;
            tuned_in = dulled;
            tuned_out = tuned;
            line[at] = tuned;
            *out += voice.velocity * now;
        }
    }

    /// One period of noise without offset, duller when struck softly.
    fn burst(&self, len: usize, voice: Voice, rate: f32, rng: &mut fastrand::Rng) -> Vec<f32> {
        let cutoff = 400.0 + 7_000.0 * self.brightness * voice.velocity;
        let mut filter = Filter::new(cutoff, 0.7, rate);
        for _ in 0..len {
            filter.low(white(rng));
        }
        let mut burst: Vec<f32> = (0..len).map(|_| filter.low(white(rng))).collect();
        let mean = burst.iter().sum::<f32>() / len as f32;
        let power = burst.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / len as f32;
        let scale = 0.5 / power.sqrt().max(1e-6);
        for x in &mut burst {
            *x = (*x - mean) * scale;
        }
        // the first sample must not be a step
        for (n, x) in burst.iter_mut().take(8).enumerate() {
            *x *= n as f32 / 8.0;
        }
        burst
    }

    fn loop_gain(&self, seconds: f32, voice: Voice) -> f32 {
        (-6.907_755 / (seconds * voice.frequency)).exp()
    }
}

pub(super) const GUITAR: Instrument =
    Instrument::Plucked(Plucked { brightness: 0.6, ring_s: 4.0, damping: 0.35, release_s: 0.25 });

pub(super) const NYLON: Instrument =
    Instrument::Plucked(Plucked { brightness: 0.25, ring_s: 2.8, damping: 0.5, release_s: 0.15 });

pub(super) const BANJO: Instrument =
    Instrument::Plucked(Plucked { brightness: 1.0, ring_s: 1.2, damping: 0.25, release_s: 0.12 });

pub(super) const HARP: Instrument =
    Instrument::Plucked(Plucked { brightness: 0.35, ring_s: 3.5, damping: 0.45, release_s: 1.2 });

pub(super) const DOUBLE_BASS: Instrument =
    Instrument::Plucked(Plucked { brightness: 0.1, ring_s: 1.6, damping: 0.5, release_s: 0.12 });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_in_tune() {
        let rate = 22_050.0;
        let mut out = vec![0.0; 22_050];
        let voice = Voice { frequency: 330.0, hold_s: 1.0, velocity: 0.8 };
        GUITAR.play(voice, rate, &mut fastrand::Rng::with_seed(3), &mut out);
        // the lag with the highest autocorrelation is the period
        let sound = &out[4_000..12_000];
        let at = |lag: usize| -> f32 { sound.iter().zip(&sound[lag..]).map(|(a, b)| a * b).sum() };
        // ten periods, for resolution
        let best = (650..690).max_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap();
        let cents = 1200.0 * (rate * 10.0 / best as f32 / 330.0).log2();
        assert!(cents.abs() < 10.0, "{cents} cents off");
    }
}
