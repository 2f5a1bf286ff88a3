//! The parts all instruments are made of: phase, sine, saw, envelope, filter.

use std::f32::consts::PI;

/// A phase that counts turns in 2^32 steps and so wraps by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phase {
    turn: u32,
    step: u32,
}

impl Phase {
    /// `start` in turns, 0 to 1.
    pub(super) fn new(frequency: f32, rate: f32, start: f32) -> Self {
        Self { turn: turns(start), step: turns(frequency / rate) }
    }

    pub(super) fn set_frequency(&mut self, frequency: f32, rate: f32) {
        self.step = turns(frequency / rate);
    }

    pub(super) fn advance(&mut self) -> u32 {
        let turn = self.turn;
        self.turn = turn.wrapping_add(self.step);
        turn
    }

    /// Share of a turn made in one sample.
    pub(super) fn step_turns(self) -> f32 {
        self.step as f32 / TURN
    }
}

const TURN: f32 = 4_294_967_296.0;

/// Turns (any sign, any size) in 2^32 steps.
pub(super) fn turns(turns: f32) -> u32 {
    (f64::from(turns) * f64::from(TURN)) as i64 as u32
}

/// Sine of a phase, by a parabola corrected once: within 0.1 %.
pub(super) fn sine(turn: u32) -> f32 {
    let x = turn as i32 as f32 / (TURN / 2.0);
    let y = 4.0 * x * (1.0 - x.abs());
    y + 0.225 * (y * y.abs() - y)
}

/// Sawtooth from -1 to 1, its edge rounded (`PolyBLEP`) so that it does not alias audibly.
pub(super) fn saw(turn: u32, step: f32) -> f32 {
    let t = turn as f32 / TURN;
    2.0 * t - 1.0 - edge(t, step)
}

/// Pulse that is high for `duty` of a turn, without offset.
pub(super) fn pulse(turn: u32, step: f32, duty: f32) -> f32 {
    // the difference of two saws, shifted against one another
    saw(turn.wrapping_add(turns(1.0 - duty)), step) - saw(turn, step)
}

/// Triangle from -1 to 1; its harmonics fall fast enough to need no rounding.
pub(super) fn triangle(turn: u32) -> f32 {
    let x = turn as i32 as f32 / (TURN / 2.0);
    2.0 * x.abs() - 1.0
}

fn edge(t: f32, step: f32) -> f32 {
    if t < step {
        let x = t / step;
        x + x - x * x - 1.0
    } else if t > 1.0 - step {
        let x = (t - 1.0) / step;
        x * x + x + x + 1.0
    } else {
        0.0
    }
}

/// Loudness over the life of a note.
#[derive(Debug, Clone, Copy)]
pub(super) struct Envelope {
    pub(super) attack_s: f32,
    /// Time in which the way down to `sustain` shrinks to a thousandth; 0 for none.
    pub(super) decay_s: f32,
    pub(super) sustain: f32,
    pub(super) release_s: f32,
}

impl Envelope {
    /// One value a sample, from the start of the note until its release has died away.
    pub(super) fn curve(&self, hold_s: f32, rate: f32) -> Vec<f32> {
        let attack = (self.attack_s * rate).max(1.0);
        let hold = (hold_s * rate) as usize;
        let release = (self.release_s * rate).max(1.0) as usize;
        let fall = if self.decay_s > 0.0 { shrink(self.decay_s, rate) } else { 1.0 };
        let mut curve = Vec::with_capacity(hold + release);
        let mut above = 1.0 - self.sustain;
        for n in 0..hold.max(attack as usize) {
            let rise = n as f32 / attack;
            if rise < 1.0 {
                curve.push(rise);
            } else {
                curve.push(self.sustain + above);
                above *= fall;
            }
        }
        let last = curve.last().copied().unwrap_or(0.0);
        for n in 0..release {
            let left = 1.0 - n as f32 / release as f32;
            curve.push(last * left * left);
        }
        curve
    }
}

/// Factor a sample that shrinks a value to a thousandth in `seconds`.
pub(super) fn shrink(seconds: f32, rate: f32) -> f32 {
    (-6.907_755 / (seconds * rate)).exp()
}

/// State variable filter (trapezoidal), low, band or high.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Filter {
    g: f32,
    k: f32,
    band: f32,
    low: f32,
}

impl Filter {
    pub(super) fn new(cutoff_hz: f32, resonance: f32, rate: f32) -> Self {
        let mut filter = Self::default();
        filter.tune(cutoff_hz, resonance, rate);
        filter
    }

    /// `resonance` is Q: 0.7 is flat, 8 whistles.
    pub(super) fn tune(&mut self, cutoff_hz: f32, resonance: f32, rate: f32) {
        self.g = (PI * cutoff_hz.clamp(20.0, 0.45 * rate) / rate).tan();
        self.k = 1.0 / resonance;
    }

    /// (low, band, high) for one sample.
    pub(super) fn split(&mut self, x: f32) -> (f32, f32, f32) {
        let high =
            (x - (self.g + self.k) * self.band - self.low) / (1.0 + self.g * (self.g + self.k));
        let band = self.g * high + self.band;
        let low = self.g * band + self.low;
        self.band = self.g * high + band;
        self.low = self.g * band + low;
        (low, band, high)
    }

    pub(super) fn low(&mut self, x: f32) -> f32 {
        self.split(x).0
    }

    pub(super) fn band(&mut self, x: f32) -> f32 {
        self.split(x).1
    }

    pub(super) fn high(&mut self, x: f32) -> f32 {
        self.split(x).2
    }
}

/// White noise from -1 to 1.
pub(super) fn white(rng: &mut fastrand::Rng) -> f32 {
    2.0 * rng.f32() - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_is_close_to_the_real_one() {
        for n in 0..1000 {
            let t = n as f32 / 1000.0;
            assert!((sine(turns(t)) - (2.0 * PI * t).sin()).abs() < 2e-3, "at {t}");
        }
    }

    #[test]
    fn waves_have_no_offset() {
        let mut phase = Phase::new(220.5, 22_050.0, 0.0);
        let (mut saws, mut pulses, mut triangles) = (0.0, 0.0, 0.0);
        for _ in 0..22_000 {
            let step = phase.step_turns();
            let turn = phase.advance();
            saws += saw(turn, step);
            pulses += pulse(turn, step, 0.25);
            triangles += triangle(turn);
        }
        for sum in [saws, pulses, triangles] {
            assert!((sum / 22_000.0).abs() < 0.02, "{sum}");
        }
    }

    #[test]
    fn envelope_starts_and_ends_in_silence() {
        let envelope = Envelope { attack_s: 0.01, decay_s: 0.5, sustain: 0.3, release_s: 0.1 };
        let curve = envelope.curve(0.4, 8_000.0);
        assert_eq!(curve.len(), 4_000);
        assert!(curve[0] < 0.01 && curve[3_999] < 0.01);
        assert!(curve.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.02));
    }

    #[test]
    fn a_low_pass_takes_the_highs() {
        let mut filter = Filter::new(200.0, 0.7, 16_000.0);
        let mut phase = Phase::new(4_000.0, 16_000.0, 0.0);
        let power: f32 = (0..8_000).map(|_| filter.low(sine(phase.advance())).powi(2)).sum();
        assert!(power / 8_000.0 < 1e-4, "{power}");
    }
}
