//! Sums of sines: piano, music box, marimba, bells, organ, flute.

use super::instrument::{Instrument, Voice};
use super::oscillator::{Envelope, Filter, Phase, shrink, sine, white};

/// Partials, each with its own decay, and a breath or a hammer of noise.
#[derive(Debug)]
pub(super) struct Additive {
    /// (ratio to the fundamental, level, seconds to a thousandth at middle C; 0: does not decay).
    partials: &'static [(f32, f32, f32)],
    /// How much sharper than harmonic the upper partials of a stiff string are.
    stiffness: f32,
    envelope: Envelope,
    vibrato_hz: f32,
    vibrato_cents: f32,
    noise: f32,
    /// Seconds to a thousandth; 0: lasts as long as the note.
    noise_decay_s: f32,
}

/// Pitch is bent by the vibrato in steps of so many samples.
const VIBRATO_STEP: usize = 32;

impl Additive {
    pub(super) fn play(&self, voice: Voice, rate: f32, rng: &mut fastrand::Rng, out: &mut [f32]) {
        let envelope = self.envelope.curve(voice.hold_s, rate);
        for &(ratio, level, decay_s) in self.partials {
            let bent = ratio * (1.0 + self.stiffness * ratio * ratio).sqrt();
            let frequency = voice.frequency * bent;
            if frequency > 0.45 * rate {
                continue;
            }
            let softer = voice.velocity.powf(1.0 + 0.15 * (ratio - 1.0).max(0.0));
            let fall = match decay_s {
                0.0 => 1.0,
                decay_s => shrink(decay_s * (261.6 / voice.frequency).sqrt().clamp(0.3, 2.0), rate),
            };
            self.partial(frequency, level * softer, fall, (rate, rng.f32()), &envelope, out);
        }
        if self.noise > 0.0 {
            self.breath(voice, rate, rng, &envelope, out);
        }
    }

    fn partial(
        &self,
        frequency: f32,
        level: f32,
        fall: f32,
        (rate, start): (f32, f32),
        envelope: &[f32],
        out: &mut [f32],
    ) {
        // a struck partial starts at a zero crossing, a sustained one anywhere
        let start = if fall < 1.0 { 0.0 } else { start };
        let mut phase = Phase::new(frequency, rate, start);
        let mut wobble = Phase::new(self.vibrato_hz * VIBRATO_STEP as f32, rate, 0.0);
        let mut gain = level;
        for (n, (out, envelope)) in out.iter_mut().zip(envelope).enumerate() {
            if self.vibrato_cents > 0.0 && n % VIBRATO_STEP == 0 {
                let grown = (n as f32 / (0.4 * rate)).min(1.0);
                let cents = self.vibrato_cents * grown * sine(wobble.advance());
                phase.set_frequency(frequency * (cents / 1200.0).exp2(), rate);
            }
            *out += gain * envelope * sine(phase.advance());
            gain *= fall;
            if gain < 1e-4 {
                break;
            }
        }
    }

    fn breath(
        &self,
        voice: Voice,
        rate: f32,
        rng: &mut fastrand::Rng,
        envelope: &[f32],
        out: &mut [f32],
    ) {
        let mut filter = Filter::new(voice.frequency * 2.0, 0.8, rate);
        let fall = if self.noise_decay_s > 0.0 { shrink(self.noise_decay_s, rate) } else { 1.0 };
        let mut gain = self.noise * voice.velocity;
        for (out, envelope) in out.iter_mut().zip(envelope) {
            *out += gain * envelope * filter.band(white(rng));
            gain *= fall;
            if gain < 1e-4 {
                break;
            }
        }
    }
}

const fn struck(release_s: f32) -> Envelope {
    Envelope { attack_s: 0.002, decay_s: 0.0, sustain: 1.0, release_s }
}

pub(super) const PIANO: Instrument = Instrument::Additive(Additive {
    partials: &[
        (1.0, 1.0, 6.0),
        (2.0, 0.55, 4.5),
        (3.0, 0.35, 3.4),
        (4.0, 0.22, 2.6),
        (5.0, 0.13, 2.0),
        (6.0, 0.09, 1.6),
        (7.0, 0.05, 1.2),
        (8.0, 0.05, 1.0),
        (9.0, 0.03, 0.8),
    ],
    stiffness: 0.0004,
    envelope: struck(0.25),
    vibrato_hz: 0.0,
    vibrato_cents: 0.0,
    noise: 0.25,
    noise_decay_s: 0.05,
});

pub(super) const MUSIC_BOX: Instrument = Instrument::Additive(Additive {
    partials: &[(1.0, 1.0, 2.5), (3.0, 0.2, 1.0), (6.27, 0.25, 0.5), (9.1, 0.1, 0.2)],
    stiffness: 0.0,
    envelope: struck(0.8),
    vibrato_hz: 0.0,
    vibrato_cents: 0.0,
    noise: 0.1,
    noise_decay_s: 0.03,
});

pub(super) const MARIMBA: Instrument = Instrument::Additive(Additive {
    partials: &[(1.0, 1.0, 1.1), (3.93, 0.35, 0.35), (9.2, 0.15, 0.12)],
    stiffness: 0.0,
    envelope: struck(0.4),
    vibrato_hz: 0.0,
    vibrato_cents: 0.0,
    noise: 0.3,
    noise_decay_s: 0.03,
});

pub(super) const BELL: Instrument = Instrument::Additive(Additive {
    partials: &[
        (0.5, 0.5, 9.0),
        (1.0, 0.8, 7.0),
        (1.19, 0.6, 5.0),
        (1.5, 0.35, 4.0),
        (2.0, 0.7, 4.5),
        (2.52, 0.3, 2.0),
        (3.01, 0.25, 1.8),
        (4.17, 0.2, 1.0),
        (5.43, 0.12, 0.7),
    ],
    stiffness: 0.0,
    envelope: struck(2.5),
    vibrato_hz: 0.0,
    vibrato_cents: 0.0,
    noise: 0.1,
    noise_decay_s: 0.04,
});

pub(super) const ORGAN: Instrument = Instrument::Additive(Additive {
    partials: &[
        (0.5, 0.5, 0.0),
        (1.0, 1.0, 0.0),
        (2.0, 0.7, 0.0),
        (3.0, 0.35, 0.0),
        (4.0, 0.4, 0.0),
        (6.0, 0.2, 0.0),
        (8.0, 0.15, 0.0),
    ],
    stiffness: 0.0,
    envelope: Envelope { attack_s: 0.04, decay_s: 0.0, sustain: 1.0, release_s: 0.15 },
    vibrato_hz: 0.0,
    vibrato_cents: 0.0,
    noise: 0.05,
    noise_decay_s: 0.15,
});

pub(super) const DRAWBARS: Instrument = Instrument::Additive(Additive {
    partials: &[(1.0, 1.0, 0.0), (1.5, 0.6, 0.0), (2.0, 0.8, 0.0), (4.0, 0.3, 0.4)],
    stiffness: 0.0,
    envelope: Envelope { attack_s: 0.006, decay_s: 0.0, sustain: 1.0, release_s: 0.05 },
    vibrato_hz: 6.2,
    vibrato_cents: 14.0,
    noise: 0.15,
    noise_decay_s: 0.02,
});

pub(super) const FLUTE: Instrument = Instrument::Additive(Additive {
    partials: &[(1.0, 1.0, 0.0), (2.0, 0.3, 0.0), (3.0, 0.12, 0.0), (4.0, 0.04, 0.0)],
    stiffness: 0.0,
    envelope: Envelope { attack_s: 0.07, decay_s: 0.0, sustain: 1.0, release_s: 0.12 },
    vibrato_hz: 5.1,
    vibrato_cents: 18.0,
    noise: 0.12,
    noise_decay_s: 0.0,
});

pub(super) const WHISTLE: Instrument = Instrument::Additive(Additive {
    partials: &[(1.0, 1.0, 0.0), (2.0, 0.08, 0.0)],
    stiffness: 0.0,
    envelope: Envelope { attack_s: 0.4, decay_s: 0.0, sustain: 1.0, release_s: 1.2 },
    vibrato_hz: 4.0,
    vibrato_cents: 10.0,
    noise: 0.06,
    noise_decay_s: 0.0,
});
