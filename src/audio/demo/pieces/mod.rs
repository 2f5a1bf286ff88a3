//! The pieces themselves, written down as rules, and the short words to write them with.

mod acoustic;
mod electronic;
mod ensemble;
mod keys;

use super::compose::{Part, Role};
use super::instrument::Instrument;
use super::piece::{DemoPiece, Room, Tempo};

pub(super) static ALL: [DemoPiece; 24] = [
    keys::LETTERS_UNSENT,
    electronic::LEVEL_NINE_FOREVER,
    acoustic::COPPER_KETTLE,
    ensemble::THE_LONG_GALLERY,
    electronic::FAST_FERRY,
    electronic::LOW_WATER,
    acoustic::BALCONY_IN_JUNE,
    keys::KEY_UNDER_GLASS,
    electronic::CONCRETE_WEATHER,
    keys::EVENING_STONE,
    acoustic::ELBOW_ROOM,
    acoustic::HERON_AT_THE_WEIR,
    ensemble::INTERLOCKING_GEARS,
    electronic::SLOW_LIGHTHOUSE,
    keys::RAIN_ON_THE_BALLROOM,
    ensemble::HARBOUR_OPENING,
    electronic::OUTER_RING_LINES,
    acoustic::MANGO_STREET,
    keys::TIDE_BELL,
    acoustic::ELEVEN_DOLLAR_SHOES,
    ensemble::NINE_HANDS,
    keys::SMALL_HOURS_BOAT,
    electronic::REED_CUTTER,
    ensemble::TIN_REGIMENT,
];

const fn tempo(bpm: f32, beats: u32, swing: f32) -> Tempo {
    Tempo { bpm, beats, swing }
}

const fn room(decay_s: f32, wet: f32, echo_beats: f32) -> Room {
    Room { decay_s, wet, echo_beats }
}

/// `level_db` against the other parts, `reverb` the share sent to it.
const fn part(instrument: &'static Instrument, level_db: f32, reverb: f32, role: Role) -> Part {
    Part { instrument, role, level_db, reverb, echo: 0.0, bars: "" }
}

impl Part {
    const fn echo(mut self, share: f32) -> Self {
        self.echo = share;
        self
    }

    const fn bars(mut self, bars: &'static str) -> Self {
        self.bars = bars;
        self
    }
}

const fn melody(octave: i32, leap: i32, legato: f32, rhythms: &'static [&'static [f32]]) -> Role {
    Role::Melody { octave, rhythms, leap, legato }
}

const fn arpeggio(octave: i32, step: f32, legato: f32, change: f32, order: &'static [i32]) -> Role {
    Role::Arpeggio { octave, step, order, change, legato }
}

const fn chords(octave: i32, hold: f32, tones: &'static [i32], rhythm: &'static str) -> Role {
    Role::Chords { octave, tones, rhythm, hold, strum: 0.0 }
}

const fn strummed(octave: i32, hold: f32, tones: &'static [i32], rhythm: &'static str) -> Role {
    Role::Chords { octave, tones, rhythm, hold, strum: 0.035 }
}

const fn bass(octave: i32, hold: f32, rhythm: &'static str) -> Role {
    Role::Bass { octave, rhythm, hold }
}

const fn beat(rhythm: &'static str) -> Role {
    Role::Beat { rhythm, ghosts: 0.0, tuning: &[] }
}

const fn loose(ghosts: f32, tuning: &'static [i32], rhythm: &'static str) -> Role {
    Role::Beat { rhythm, ghosts, tuning }
}
