//! Rich waves through a filter: strings, brass, pads, basses, the sounds of old game machines.

use super::instrument::{Instrument, Voice};
use super::oscillator::{Envelope, Filter, Phase, pulse, saw, shrink, sine, triangle};

/// The wave before the filter.
#[derive(Debug, Clone, Copy)]
enum Wave {
    Saw,
    /// High for this share of a turn.
    Pulse(f32),
    Triangle,
    Sine,
}

/// Oscillators, one filter, one envelope.
#[derive(Debug)]
pub(super) struct Subtractive {
    wave: Wave,
    /// One oscillator each, so many cents off.
    detune: &'static [f32],
    envelope: Envelope,
    /// Cutoff at middle C; follows the pitch half way.
    cutoff_hz: f32,
    resonance: f32,
    /// Octaves the filter opens at the start of a note, by velocity.
    sweep_octaves: f32,
    sweep_s: f32,
    wobble_hz: f32,
    wobble_octaves: f32,
    vibrato_hz: f32,
    vibrato_cents: f32,
    /// Saturation, 1 for none.
    drive: f32,
}

/// Filter and vibrato move in steps of so many samples.
const CONTROL_STEP: usize = 32;

impl Subtractive {
    pub(super) fn play(&self, voice: Voice, rate: f32, rng: &mut fastrand::Rng, out: &mut [f32]) {
        let mut phases: Vec<Phase> = self
            .detune
            .iter()
            .map(|cents| Phase::new(voice.frequency * (cents / 1200.0).exp2(), rate, rng.f32()))
            .collect();
        let control_rate = rate / CONTROL_STEP as f32;
        let mut wobble = Phase::new(self.wobble_hz, control_rate, rng.f32());
        let mut vibrato = Phase::new(self.vibrato_hz, control_rate, 0.0);
        let follow = (voice.frequency / 261.6).sqrt();
        let fall = shrink(self.sweep_s.max(0.01), control_rate);
        let mut sweep = self.sweep_octaves * voice.velocity;
        let mut filter = Filter::new(self.cutoff_hz, self.resonance, rate);
        let envelope = self.envelope.curve(voice.hold_s, rate);
        for (n, (out, envelope)) in out.iter_mut().zip(envelope).enumerate() {
            if n % CONTROL_STEP == 0 {
                let octaves = sweep + self.wobble_octaves * sine(wobble.advance());
                filter.tune(self.cutoff_hz * follow * octaves.exp2(), self.resonance, rate);
                sweep *= fall;
                if self.vibrato_cents > 0.0 {
                    let grown = (n as f32 / (0.5 * rate)).min(1.0);
                    let bend = self.vibrato_cents * grown * sine(vibrato.advance());
                    for (phase, cents) in phases.iter_mut().zip(self.detune) {
                        let bent = ((cents + bend) / 1200.0).exp2();
                        phase.set_frequency(voice.frequency * bent, rate);
                    }
                }
            }
            let raw: f32 = phases.iter_mut().map(|phase| self.wave.next(phase)).sum();
            let sound = filter.low(raw);
            let sound = if self.drive > 1.0 { soft(sound * self.drive) } else { sound };
            *out += voice.velocity * envelope * sound;
        }
    }
}

impl Wave {
    fn next(self, phase: &mut Phase) -> f32 {
        let step = phase.step_turns();
        let turn = phase.advance();
        match self {
            Self::Saw => saw(turn, step),
            Self::Pulse(duty) => pulse(turn, step, duty),
            Self::Triangle => triangle(turn),
            Self::Sine => sine(turn),
        }
    }
}

/// A cheap tanh.
fn soft(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

const PLAIN: Subtractive = Subtractive {
    wave: Wave::Saw,
    detune: &[0.0],
    envelope: Envelope { attack_s: 0.005, decay_s: 0.0, sustain: 1.0, release_s: 0.05 },
    cutoff_hz: 4_000.0,
    resonance: 0.7,
    sweep_octaves: 0.0,
    sweep_s: 0.3,
    wobble_hz: 0.0,
    wobble_octaves: 0.0,
    vibrato_hz: 5.3,
    vibrato_cents: 0.0,
    drive: 1.0,
};

pub(super) const STRINGS: Instrument = Instrument::Subtractive(Subtractive {
    detune: &[-9.0, 0.0, 8.0],
    envelope: Envelope { attack_s: 0.16, decay_s: 0.0, sustain: 1.0, release_s: 0.35 },
    cutoff_hz: 2_200.0,
    vibrato_cents: 9.0,
    ..PLAIN
});

pub(super) const SPICCATO: Instrument = Instrument::Subtractive(Subtractive {
    detune: &[-7.0, 6.0],
    envelope: Envelope { attack_s: 0.012, decay_s: 0.5, sustain: 0.1, release_s: 0.12 },
    cutoff_hz: 1_800.0,
    sweep_octaves: 1.2,
    sweep_s: 0.2,
    ..PLAIN
});

pub(super) const BRASS: Instrument = Instrument::Subtractive(Subtractive {
    detune: &[-4.0, 5.0],
    envelope: Envelope { attack_s: 0.045, decay_s: 1.2, sustain: 0.7, release_s: 0.12 },
    cutoff_hz: 750.0,
    sweep_octaves: 2.4,
    sweep_s: 0.9,
    vibrato_cents: 6.0,
    ..PLAIN
});

pub(super) const TUBA: Instrument = Instrument::Subtractive(Subtractive {
    detune: &[0.0],
    envelope: Envelope { attack_s: 0.03, decay_s: 0.8, sustain: 0.6, release_s: 0.08 },
    cutoff_hz: 700.0,
    sweep_octaves: 1.0,
    ..PLAIN
});

pub(super) const PAD: Instrument = Instrument::Subtractive(Subtractive {
    detune: &[-14.0, -3.0, 4.0, 13.0],
    envelope: Envelope { attack_s: 1.1, decay_s: 0.0, sustain: 1.0, release_s: 2.0 },
    cutoff_hz: 900.0,
    resonance: 1.4,
    wobble_hz: 0.13,
    wobble_octaves: 1.0,
    ..PLAIN
});

pub(super) const DRONE: Instrument = Instrument::Subtractive(Subtractive {
    wave: Wave::Pulse(0.3),
    detune: &[-6.0, 0.0, 7.0],
    envelope: Envelope { attack_s: 2.5, decay_s: 0.0, sustain: 1.0, release_s: 3.0 },
    cutoff_hz: 500.0,
    resonance: 4.0,
    wobble_hz: 0.21,
    wobble_octaves: 1.6,
    ..PLAIN
});

pub(super) const ACID: Instrument = Instrument::Subtractive(Subtractive {
    envelope: Envelope { attack_s: 0.004, decay_s: 0.6, sustain: 0.3, release_s: 0.04 },
    cutoff_hz: 420.0,
    resonance: 5.0,
    sweep_octaves: 3.0,
    sweep_s: 0.35,
    wobble_hz: 0.07,
    wobble_octaves: 0.8,
    drive: 1.6,
    ..PLAIN
});

pub(super) const STAB: Instrument = Instrument::Subtractive(Subtractive {
    detune: &[-10.0, 10.0],
    envelope: Envelope { attack_s: 0.004, decay_s: 0.5, sustain: 0.0, release_s: 0.08 },
    cutoff_hz: 900.0,
    resonance: 1.8,
    sweep_octaves: 1.6,
    sweep_s: 0.25,
    ..PLAIN
});

pub(super) const SUB_BASS: Instrument = Instrument::Subtractive(Subtractive {
    wave: Wave::Sine,
    envelope: Envelope { attack_s: 0.01, decay_s: 0.0, sustain: 1.0, release_s: 0.07 },
    drive: 2.0,
    ..PLAIN
});

pub(super) const LEAD_SQUARE: Instrument = Instrument::Subtractive(Subtractive {
    wave: Wave::Pulse(0.5),
    envelope: Envelope { attack_s: 0.003, decay_s: 0.8, sustain: 0.6, release_s: 0.03 },
    cutoff_hz: 9_000.0,
    vibrato_cents: 12.0,
    ..PLAIN
});

pub(super) const THIN_PULSE: Instrument = Instrument::Subtractive(Subtractive {
    wave: Wave::Pulse(0.125),
    envelope: Envelope { attack_s: 0.003, decay_s: 0.25, sustain: 0.3, release_s: 0.03 },
    cutoff_hz: 9_000.0,
    ..PLAIN
});

pub(super) const CHIP_BASS: Instrument = Instrument::Subtractive(Subtractive {
    wave: Wave::Triangle,
    envelope: Envelope { attack_s: 0.003, decay_s: 0.0, sustain: 1.0, release_s: 0.03 },
    cutoff_hz: 8_000.0,
    ..PLAIN
});

pub(super) const SPACE_LEAD: Instrument = Instrument::Subtractive(Subtractive {
    detune: &[-12.0, 0.0, 12.0],
    envelope: Envelope { attack_s: 0.006, decay_s: 0.7, sustain: 0.15, release_s: 0.3 },
    cutoff_hz: 1_300.0,
    resonance: 2.2,
    sweep_octaves: 1.6,
    sweep_s: 0.5,
    wobble_hz: 0.05,
    wobble_octaves: 1.0,
    ..PLAIN
});
