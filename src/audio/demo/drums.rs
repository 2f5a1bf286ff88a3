//! Percussion: falling tones and bursts of filtered noise.

use super::instrument::{Instrument, Voice};
use super::oscillator::{Filter, Phase, shrink, sine, white};

/// A drum or cymbal. Pitched by the voice: middle C leaves it as it is.
#[derive(Debug)]
pub(super) struct Drum {
    /// (Hz at the stroke, Hz after it, level).
    tones: &'static [(f32, f32, f32)],
    /// Seconds in which the tone has fallen.
    fall_s: f32,
    tone_decay_s: f32,
    noise: f32,
    /// Band of the noise, Hz.
    low_hz: f32,
    high_hz: f32,
    noise_decay_s: f32,
    /// Strokes of noise in quick succession (a clap has several).
    strokes: usize,
}

/// Seconds between the strokes of a clap.
const STROKE_S: f32 = 0.011;

impl Drum {
    pub(super) fn play(&self, voice: Voice, rate: f32, rng: &mut fastrand::Rng, out: &mut [f32]) {
        let bend = voice.frequency / 261.63;
        for &(from, to, level) in self.tones {
            self.tone(from * bend, to * bend, level * voice.velocity, rate, out);
        }
        for stroke in 0..self.strokes {
            let start = (stroke as f32 * STROKE_S * rate) as usize;
            if self.noise > 0.0 && start < out.len() {
                self.burst(voice.velocity, rate, rng, &mut out[start..]);
            }
        }
    }

    fn tone(&self, from: f32, to: f32, level: f32, rate: f32, out: &mut [f32]) {
        let fall = shrink(self.fall_s.max(0.001), rate);
        let fade = shrink(self.tone_decay_s, rate);
        let rise = 0.001 * rate;
        let (mut above, mut gain) = (from - to, level);
        let mut phase = Phase::new(from, rate, 0.0);
        for (n, out) in out.iter_mut().enumerate() {
            phase.set_frequency(to + above, rate);
            *out += gain * (n as f32 / rise).min(1.0) * sine(phase.advance());
            above *= fall;
            gain *= fade;
            if gain < 1e-4 {
                break;
            }
        }
    }

    fn burst(&self, velocity: f32, rate: f32, rng: &mut fastrand::Rng, out: &mut [f32]) {
        let mut below = Filter::new(self.low_hz, 0.8, rate);
        let mut above = Filter::new(self.high_hz, 0.8, rate);
        let fade = shrink(self.noise_decay_s, rate);
        let rise = 0.001 * rate;
        let mut gain = self.noise * velocity;
        for (n, out) in out.iter_mut().enumerate() {
            let sound = above.low(below.high(white(rng)));
            *out += gain * (n as f32 / rise).min(1.0) * sound;
            gain *= fade;
            if gain < 1e-4 {
                break;
            }
        }
    }
}

const SILENT: Drum = Drum {
    tones: &[],
    fall_s: 0.01,
    tone_decay_s: 0.1,
    noise: 0.0,
    low_hz: 200.0,
    high_hz: 9_000.0,
    noise_decay_s: 0.1,
    strokes: 1,
};

pub(super) const KICK: Instrument = Instrument::Drum(Drum {
    tones: &[(180.0, 52.0, 1.0)],
    fall_s: 0.14,
    tone_decay_s: 0.45,
    noise: 0.1,
    noise_decay_s: 0.02,
    ..SILENT
});

pub(super) const SOFT_KICK: Instrument = Instrument::Drum(Drum {
    tones: &[(95.0, 58.0, 1.0)],
    fall_s: 0.1,
    tone_decay_s: 0.3,
    ..SILENT
});

pub(super) const SNARE: Instrument = Instrument::Drum(Drum {
    tones: &[(240.0, 185.0, 0.6), (390.0, 330.0, 0.3)],
    fall_s: 0.06,
    tone_decay_s: 0.18,
    noise: 0.7,
    low_hz: 900.0,
    noise_decay_s: 0.26,
    ..SILENT
});

pub(super) const MARCH_SNARE: Instrument = Instrument::Drum(Drum {
    tones: &[(300.0, 270.0, 0.4)],
    tone_decay_s: 0.08,
    noise: 0.8,
    low_hz: 1_800.0,
    noise_decay_s: 0.16,
    ..SILENT
});

pub(super) const BRUSH: Instrument = Instrument::Drum(Drum {
    noise: 0.6,
    low_hz: 1_500.0,
    high_hz: 6_000.0,
    noise_decay_s: 0.35,
    ..SILENT
});

pub(super) const CLAP: Instrument = Instrument::Drum(Drum {
    noise: 0.6,
    low_hz: 900.0,
    high_hz: 4_500.0,
    noise_decay_s: 0.2,
    strokes: 4,
    ..SILENT
});

pub(super) const HAT: Instrument = Instrument::Drum(Drum {
    noise: 0.6,
    low_hz: 6_000.0,
    high_hz: 10_000.0,
    noise_decay_s: 0.07,
    ..SILENT
});

pub(super) const OPEN_HAT: Instrument = Instrument::Drum(Drum {
    noise: 0.6,
    low_hz: 5_500.0,
    high_hz: 10_000.0,
    noise_decay_s: 0.4,
    ..SILENT
});

pub(super) const CRASH: Instrument = Instrument::Drum(Drum {
    tones: &[(3_113.0, 3_110.0, 0.05), (4_217.0, 4_213.0, 0.05)],
    tone_decay_s: 1.2,
    noise: 0.6,
    low_hz: 2_500.0,
    high_hz: 10_000.0,
    noise_decay_s: 1.8,
    ..SILENT
});

pub(super) const SHAKER: Instrument = Instrument::Drum(Drum {
    noise: 0.5,
    low_hz: 3_500.0,
    high_hz: 7_000.0,
    noise_decay_s: 0.09,
    strokes: 2,
    ..SILENT
});

pub(super) const RIM: Instrument = Instrument::Drum(Drum {
    tones: &[(1_750.0, 1_650.0, 0.6), (820.0, 800.0, 0.5)],
    tone_decay_s: 0.06,
    noise: 0.2,
    noise_decay_s: 0.02,
    ..SILENT
});

pub(super) const TOM: Instrument = Instrument::Drum(Drum {
    tones: &[(190.0, 120.0, 1.0), (300.0, 210.0, 0.25)],
    fall_s: 0.18,
    tone_decay_s: 0.5,
    noise: 0.1,
    noise_decay_s: 0.05,
    ..SILENT
});

pub(super) const CONGA: Instrument = Instrument::Drum(Drum {
    tones: &[(290.0, 255.0, 1.0), (640.0, 600.0, 0.3)],
    fall_s: 0.05,
    tone_decay_s: 0.28,
    noise: 0.25,
    noise_decay_s: 0.02,
    ..SILENT
});

pub(super) const WOODBLOCK: Instrument = Instrument::Drum(Drum {
    tones: &[(1_020.0, 980.0, 1.0), (2_310.0, 2_280.0, 0.4)],
    tone_decay_s: 0.11,
    noise: 0.15,
    noise_decay_s: 0.01,
    ..SILENT
});

pub(super) const COWBELL: Instrument = Instrument::Drum(Drum {
    tones: &[(562.0, 560.0, 0.8), (846.0, 843.0, 1.0), (1_690.0, 1_686.0, 0.3)],
    tone_decay_s: 0.35,
    ..SILENT
});
