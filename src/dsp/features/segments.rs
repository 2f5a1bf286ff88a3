//! The course of a track, half a second at a time: what its highlight is found from.

use std::collections::VecDeque;

use super::cepstrum::COEFFICIENTS;
use super::chroma::CHROMA_HOP;
use crate::dsp::{HOP, SAMPLE_RATE};

/// Frames of the network's in a segment: as long as the hop of the chroma.
const FRAMES: usize = CHROMA_HOP / HOP;
const _: () = assert!(CHROMA_HOP.is_multiple_of(HOP));
/// Seconds in a segment, before any are joined.
const SEGMENT_S: f64 = CHROMA_HOP as f64 / SAMPLE_RATE as f64;
/// When there are more, each two become one: longer sounds are kept more coarsely.
const MOST: usize = 4096;
/// Cepstral coefficients that tell timbre: without the first, which is level.
pub(super) const TIMBRE: usize = COEFFICIENTS - 1;

/// Means over a stretch of sound.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Segment {
    pub chroma: [f32; 12],
    pub timbre: [f32; TIMBRE],
    /// Weighted mean square, as for loudness.
    pub square: f32,
}

impl Segment {
    fn add(&mut self, other: &Self, share: f32) {
        let sums = self.chroma.iter_mut().chain(&mut self.timbre);
        for (sum, value) in sums.zip(other.chroma.iter().chain(&other.timbre)) {
            *sum += share * value;
        }
        self.square += share * other.square;
    }
}

/// Takes chroma and the network's frames; the chroma of a stretch must come before its last frame.
#[derive(Default)]
pub(super) struct Segments {
    chroma: VecDeque<[f32; 12]>,
    /// The segment in the making, its frames, and how many of half a second it has.
    open: Segment,
    frames: usize,
    halves: usize,
    /// Halves that make a segment.
    joined: usize,
    done: Vec<Segment>,
}

impl Segments {
    pub(super) fn push_chroma(&mut self, chroma: [f32; 12]) {
        self.chroma.push_back(chroma);
    }

    pub(super) fn push_frame(&mut self, cepstrum: &[f32; COEFFICIENTS], square: f32) {
        let joined = self.joined.max(1);
        let mut frame = Segment { square, ..Segment::default() };
        frame.timbre.copy_from_slice(&cepstrum[1..]);
        self.open.add(&frame, 1.0 / (FRAMES * joined) as f32);
        self.frames += 1;
        if self.frames < FRAMES {
            return;
        }
        let chroma = self.chroma.pop_front().unwrap_or_default();
        self.open.add(&Segment { chroma, ..Segment::default() }, 1.0 / joined as f32);
        self.frames = 0;
        self.halves += 1;
        if self.halves == joined {
            self.done.push(std::mem::take(&mut self.open));
            self.halves = 0;
            if self.done.len() == MOST {
                self.join();
            }
        }
    }

    fn join(&mut self) {
        for i in 0..MOST / 2 {
            let mut both = Segment::default();
            both.add(&self.done[2 * i], 0.5);
            both.add(&self.done[2 * i + 1], 0.5);
            self.done[i] = both;
        }
        self.done.truncate(MOST / 2);
        self.joined = 2 * self.joined.max(1);
    }

    /// The segments and how many seconds each has.
    pub(super) fn finish(self) -> (Vec<Segment>, f64) {
        (self.done, SEGMENT_S * self.joined.max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_sound_stays_small() {
        let mut segments = Segments::default();
        let halves = 24 * 7200;
        for half in 0..halves {
            segments.push_chroma([half as f32; 12]);
            for _ in 0..FRAMES {
                segments.push_frame(&[1.0; COEFFICIENTS], half as f32);
            }
        }
        let (segments, seconds) = segments.finish();
        assert_eq!(seconds, 32.0);
        assert_eq!(segments.len(), halves / 64);
        for (i, segment) in segments.iter().enumerate() {
            let middle = i as f32 * 64.0 + 31.5;
            assert!((segment.square - middle).abs() < 1.0, "{segment:?}");
            assert!((segment.chroma[0] - middle).abs() < 1.0, "{segment:?}");
            assert!((segment.timbre[0] - 1.0).abs() < 1e-3, "{segment:?}");
        }
    }
}
