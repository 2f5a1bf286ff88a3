//! One sine bending another: electric piano, glass, bass.

use super::instrument::{Instrument, Voice};
use super::oscillator::{Envelope, Phase, shrink, sine, turns};

/// A carrier and a modulator.
#[derive(Debug)]
pub(super) struct Fm {
    /// Modulator frequency over carrier frequency.
    ratio: f32,
    /// Depth of the modulation at full velocity.
    index: f32,
    /// Seconds in which the depth shrinks to a thousandth.
    index_decay_s: f32,
    /// Share of the depth that stays.
    index_floor: f32,
    envelope: Envelope,
}

impl Fm {
    pub(super) fn play(&self, voice: Voice, rate: f32, out: &mut [f32]) {
        let mut carrier = Phase::new(voice.frequency, rate, 0.0);
        let mut modulator = Phase::new(voice.frequency * self.ratio, rate, 0.0);
        // the widest sideband that matters must stay below half the rate
        let room = (0.45 * rate / voice.frequency - 1.0).max(0.0) / self.ratio;
        let deepest = (self.index * voice.velocity).min(room) / std::f32::consts::TAU;
        let fall = shrink(self.index_decay_s, rate);
        let mut depth = 1.0;
        let envelope = self.envelope.curve(voice.hold_s, rate);
        for (out, envelope) in out.iter_mut().zip(envelope) {
            let bend = deepest * (self.index_floor + (1.0 - self.index_floor) * depth);
            depth *= fall;
            let turn = carrier.advance().wrapping_add(turns(bend * sine(modulator.advance())));
            *out += voice.velocity * envelope * sine(turn);
        }
    }
}

pub(super) const ELECTRIC_PIANO: Instrument = Instrument::Fm(Fm {
    ratio: 1.0,
    index: 2.2,
    index_decay_s: 1.6,
    index_floor: 0.15,
    envelope: Envelope { attack_s: 0.003, decay_s: 4.0, sustain: 0.0, release_s: 0.2 },
});

pub(super) const GLASS: Instrument = Instrument::Fm(Fm {
    ratio: 3.5,
    index: 1.6,
    index_decay_s: 0.9,
    index_floor: 0.05,
    envelope: Envelope { attack_s: 0.004, decay_s: 2.2, sustain: 0.0, release_s: 0.9 },
});

pub(super) const SLAP_BASS: Instrument = Instrument::Fm(Fm {
    ratio: 2.0,
    index: 5.0,
    index_decay_s: 0.25,
    index_floor: 0.12,
    envelope: Envelope { attack_s: 0.003, decay_s: 1.8, sustain: 0.1, release_s: 0.04 },
});

pub(super) const REESE_BASS: Instrument = Instrument::Fm(Fm {
    ratio: 1.007,
    index: 3.2,
    index_decay_s: 6.0,
    index_floor: 0.7,
    envelope: Envelope { attack_s: 0.012, decay_s: 0.0, sustain: 1.0, release_s: 0.06 },
});
