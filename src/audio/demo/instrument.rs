//! What plays a note, whichever way it makes its sound.

use super::additive::Additive;
use super::drums::Drum;
use super::fm::Fm;
use super::plucked::Plucked;
use super::subtractive::Subtractive;

/// A note as an instrument sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice {
    /// Hz.
    pub(super) frequency: f32,
    /// Seconds until the release.
    pub(super) hold_s: f32,
    /// How hard it is struck, 0 to 1: louder and brighter.
    pub(super) velocity: f32,
}

/// Five ways of making sound.
#[derive(Debug)]
pub(super) enum Instrument {
    /// A sum of sines.
    Additive(Additive),
    /// One sine bending another.
    Fm(Fm),
    /// Rich waves through a filter.
    Subtractive(Subtractive),
    /// A string: noise in a loop.
    Plucked(Plucked),
    /// Falling tones and bursts of noise.
    Drum(Drum),
}

impl Instrument {
    /// Adds the note to `out`, from its first sample on; what does not fit is left out.
    pub(super) fn play(&self, voice: Voice, rate: f32, rng: &mut fastrand::Rng, out: &mut [f32]) {
        match self {
            Self::Additive(engine) => engine.play(voice, rate, rng, out),
            Self::Fm(engine) => engine.play(voice, rate, out),
            Self::Subtractive(engine) => engine.play(voice, rate, rng, out),
            Self::Plucked(engine) => engine.play(voice, rate, rng, out),
            Self::Drum(engine) => engine.play(voice, rate, rng, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pieces;
    use super::*;

    #[test]
    fn notes_start_and_end_without_a_click() {
        let rate = 22_050.0;
        for piece in pieces() {
            for (n, part) in piece.parts.iter().enumerate() {
                let mut sound = vec![0.0f32; 8 * 22_050];
                let voice = Voice { frequency: 220.0, hold_s: 0.3, velocity: 0.8 };
                part.instrument.play(voice, rate, &mut fastrand::Rng::with_seed(5), &mut sound);
                let peak = sound.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
                let last = sound.iter().rposition(|x| *x != 0.0).unwrap();
                assert!(peak > 0.05, "{} part {n} is silent", piece.title);
                assert!(sound[0].abs() < 0.1 * peak, "{} part {n} starts with a step", piece.title);
                assert!(last < sound.len() - 1, "{} part {n} never ends", piece.title);
                let end = sound[last - 20..=last].iter().fold(0.0f32, |end, x| end.max(x.abs()));
                assert!(end < 0.01 * peak, "{} part {n} is cut off at {end}", piece.title);
            }
        }
    }
}
