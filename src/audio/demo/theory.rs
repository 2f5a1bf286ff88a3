//! Scales and pitches.

/// Semitones above the tonic of each step of a scale.
pub(super) type Scale = &'static [i32];

pub(super) const MAJOR: Scale = &[0, 2, 4, 5, 7, 9, 11];
pub(super) const MINOR: Scale = &[0, 2, 3, 5, 7, 8, 10];
pub(super) const HARMONIC_MINOR: Scale = &[0, 2, 3, 5, 7, 8, 11];
pub(super) const DORIAN: Scale = &[0, 2, 3, 5, 7, 9, 10];
pub(super) const PHRYGIAN: Scale = &[0, 1, 3, 5, 7, 8, 10];
pub(super) const LYDIAN: Scale = &[0, 2, 4, 6, 7, 9, 11];
pub(super) const MIXOLYDIAN: Scale = &[0, 2, 4, 5, 7, 9, 10];
pub(super) const PENTATONIC: Scale = &[0, 2, 4, 7, 9];

/// MIDI pitch of `degree` (0 is the tonic, 1 the next step; below 0 and above the octave too).
pub(super) fn pitch(tonic: i32, scale: Scale, degree: i32) -> f32 {
    let steps = scale.len() as i32;
    let octave = degree.div_euclid(steps);
    (tonic + 12 * octave + scale[degree.rem_euclid(steps) as usize]) as f32
}

/// Hz of a MIDI pitch; 69 is 440 Hz.
pub(super) fn frequency(pitch: f32) -> f32 {
    440.0 * ((pitch - 69.0) / 12.0).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_wrap_by_octaves() {
        assert_eq!(pitch(60, MAJOR, 0), 60.0);
        assert_eq!(pitch(60, MAJOR, 9), 76.0);
        assert_eq!(pitch(60, MAJOR, -1), 59.0);
        assert_eq!(pitch(60, PENTATONIC, -5), 48.0);
    }

    #[test]
    fn concert_pitch() {
        assert_eq!(frequency(69.0), 440.0);
        assert!((frequency(60.0) - 261.63).abs() < 0.01);
    }
}
