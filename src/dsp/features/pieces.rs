//! Music made by rule, whose tempo and key are known: for the tests.

use std::f32::consts::TAU;

use crate::dsp::SAMPLE_RATE;

const RATE: f32 = SAMPLE_RATE as f32;
pub(super) const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
/// With the raised seventh: a piece in minor leads back with it.
pub(super) const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 11];

/// What a piece is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Kick, snare and hats in eighths; chords and bass.
    Rock,
    /// A kick on each beat, hats between them; bass in eighths.
    Club,
    /// Three beats: bass, chord, chord; no drums.
    Waltz,
    /// Broken chords in eighths and a tune; no drums.
    Ballad,
    /// Ride and walking bass, with swing.
    Swing,
    /// Syncopated drums in sixteenths.
    Break,
}

pub(super) const STYLES: [Style; 6] =
    [Style::Rock, Style::Club, Style::Waltz, Style::Ballad, Style::Swing, Style::Break];

/// What is written down about a piece.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub style: Style,
    pub bpm: f32,
    /// Pitch class of the tonic.
    pub tonic: i32,
    pub minor: bool,
    /// Distance from 440 Hz, semitones.
    pub tuning: f32,
    pub seconds: f32,
    pub seed: u64,
}

struct Player {
    out: Vec<f32>,
    rng: fastrand::Rng,
    beat_s: f32,
    tuning: f32,
}

impl Piece {
    pub(super) fn render(&self) -> Vec<f32> {
        let mut player = Player {
            out: vec![0.0; (self.seconds * RATE) as usize],
            rng: fastrand::Rng::with_seed(self.seed),
            beat_s: 60.0 / self.bpm,
            tuning: self.tuning,
        };
        let beats = if self.style == Style::Waltz { 3 } else { 4 };
        let bars = (self.seconds / (player.beat_s * beats as f32)).ceil() as usize;
        let mut degree = 0;
        let mut tune = 4;
        for bar in 0..bars {
            degree = match bar % 8 {
                0 | 7 => 0,
                6 => 4,
                _ => *player.rng.choice([0, 1, 3, 4, 5, 5, 3, 4].iter()).unwrap_or(&degree),
            };
            self.bar(&mut player, (bar * beats) as f32, degree, &mut tune);
        }
        for sample in &mut player.out {
            *sample = (*sample * 0.25 + 0.0005 * (player.rng.f32() - 0.5)).tanh();
        }
        player.out
    }

    /// MIDI pitch of a degree of the scale.
    fn pitch(&self, degree: i32, octave: i32) -> f32 {
        let scale = if self.minor { MINOR } else { MAJOR };
        // over the tonic a minor piece has its plain seventh, in the chord of the fifth the raised one
        (self.tonic + 12 * (octave + degree.div_euclid(7)) + scale[degree.rem_euclid(7) as usize])
            as f32
    }

    fn bar(&self, player: &mut Player, beat: f32, degree: i32, tune: &mut i32) {
        let chord = [degree, degree + 2, degree + 4];
        let chord_at = |player: &mut Player, at: f32, long: f32, level: f32| {
            for tone in chord {
                player.tone(beat + at, self.pitch(tone, 5), long, level);
            }
        };
        let bass = self.pitch(degree, 3);
        match self.style {
            Style::Rock => {
                chord_at(player, 0.0, 1.9, 0.35);
                chord_at(player, 2.0, 1.9, 0.3);
                for half in 0..8 {
                    player.hat(beat + half as f32 * 0.5, 0.25);
                }
                for (at, kick) in
                    [(0.0, true), (1.0, false), (2.0, true), (2.5, true), (3.0, false)]
                {
                    if kick { player.kick(beat + at, 1.0) } else { player.snare(beat + at, 0.8) }
                }
                for at in [0.0, 1.0, 2.0, 3.0] {
                    player.tone(beat + at, bass, 0.9, 0.7);
                }
                self.melody(player, beat, tune, &[1.0, 0.5, 0.5, 1.0, 1.0]);
            }
            Style::Club => {
                for at in 0..4 {
                    player.kick(beat + at as f32, 1.0);
                    player.hat(beat + at as f32 + 0.5, 0.4);
                    player.tone(beat + at as f32 + 0.5, bass, 0.4, 0.6);
                }
                player.snare(beat + 1.0, 0.5);
                player.snare(beat + 3.0, 0.5);
                chord_at(player, 0.0, 3.8, 0.25);
            }
            Style::Waltz => {
                player.tone(beat, bass, 0.9, 0.9);
                chord_at(player, 1.0, 0.5, 0.35);
                chord_at(player, 2.0, 0.5, 0.35);
                self.melody(player, beat, tune, &[2.0, 1.0]);
            }
            Style::Ballad => {
                for (half, tone) in [0, 1, 2, 1, 0, 1, 2, 1].into_iter().enumerate() {
                    let level = if half % 2 == 0 { 0.45 } else { 0.35 };
                    player.tone(beat + half as f32 * 0.5, self.pitch(chord[tone], 4), 0.9, level);
                }
                player.tone(beat, bass, 2.0, 0.6);
                player.tone(beat + 2.0, bass, 2.0, 0.5);
                self.melody(player, beat, tune, &[1.0, 1.0, 1.0, 1.0]);
            }
            Style::Swing => {
                for at in 0..4 {
                    player.hat(beat + at as f32, 0.4);
                    let walk = self.pitch(degree + [0, 2, 4, 2][at], 3);
                    player.tone(beat + at as f32, walk, 0.9, 0.8);
                }
                player.hat(beat + 1.667, 0.3);
                player.hat(beat + 3.667, 0.3);
                chord_at(player, 0.667, 0.4, 0.25);
                chord_at(player, 2.667, 0.4, 0.25);
                self.melody(player, beat, tune, &[0.667, 0.333, 1.0, 0.667, 0.333, 1.0]);
            }
            Style::Break => {
                for quarter in 0..16 {
                    player.hat(
                        beat + quarter as f32 * 0.25,
                        if quarter % 4 == 0 { 0.3 } else { 0.15 },
                    );
                }
                for at in [0.0, 0.5, 2.5] {
                    player.kick(beat + at, 1.0);
                }
                for (at, level) in [(1.0, 0.9), (1.75, 0.3), (2.25, 0.3), (3.0, 0.9)] {
                    player.snare(beat + at, level);
                }
                player.tone(beat, bass, 1.4, 0.7);
                player.tone(beat + 2.5, bass, 1.4, 0.7);
                chord_at(player, 0.0, 3.8, 0.25);
            }
        }
    }

    /// A tune that wanders over the scale.
    fn melody(&self, player: &mut Player, beat: f32, tune: &mut i32, rhythm: &[f32]) {
        let mut at = beat;
        for length in rhythm {
            *tune = (*tune + player.rng.i32(-2..=2)).clamp(-1, 9);
            player.tone(at, self.pitch(*tune, 5), length * 0.9, 0.4);
            at += length;
        }
    }
}

impl Player {
    fn start(&self, beat: f32) -> usize {
        ((beat * self.beat_s + 0.05) * RATE) as usize
    }

    fn tone(&mut self, beat: f32, pitch: f32, beats: f32, level: f32) {
        let hz = 440.0 * ((pitch - 69.0 + self.tuning) / 12.0).exp2();
        let (start, len) = (self.start(beat), (beats * self.beat_s * RATE) as usize);
        for (i, out) in self.out.iter_mut().skip(start).take(len + 800).enumerate() {
            let t = i as f32 / RATE;
            let attack = (t / 0.008).min(1.0);
            let release = if i > len { 1.0 - (i - len) as f32 / 800.0 } else { 1.0 };
            let sound: f32 = (1..=6)
                .map(|h| h as f32)
                .filter(|h| h * hz < 7000.0)
                .map(|h| (TAU * h * hz * t).sin() * 0.6_f32.powf(h) * (-t * h * 1.2).exp())
                .sum();
            *out += level * attack * release * sound;
        }
    }

    fn kick(&mut self, beat: f32, level: f32) {
        let start = self.start(beat);
        for (i, out) in self.out.iter_mut().skip(start).take(4000).enumerate() {
            let t = i as f32 / RATE;
            let phase = 50.0 * t + 4.0 * (1.0 - (-t * 40.0).exp());
            *out += 1.5 * level * (TAU * phase).sin() * (-t * 18.0).exp();
        }
    }

    fn snare(&mut self, beat: f32, level: f32) {
        self.noise(beat, level, 20.0, 0.3);
    }

    fn hat(&mut self, beat: f32, level: f32) {
        self.noise(beat, level, 60.0, 0.95);
    }

    /// A burst; the nearer `high` to 1, the fewer low frequencies.
    fn noise(&mut self, beat: f32, level: f32, decay: f32, high: f32) {
        let start = self.start(beat);
        let mut last = 0.0;
        for i in 0..(RATE * 4.0 / decay) as usize {
            let noise = self.rng.f32() * 2.0 - 1.0;
            let Some(out) = self.out.get_mut(start + i) else { return };
            *out += level * (noise - high * last) * (-(i as f32) / RATE * decay).exp();
            last = noise;
        }
    }
}

/// Slow chords that fade in and out at no regular time: no beat.
pub(super) fn ambient(seconds: f32, seed: u64) -> Vec<f32> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut out = vec![0.0; (seconds * RATE) as usize];
    let mut at = 0.0;
    while at < seconds {
        let (rise, fall) = (1.0 + 3.0 * rng.f32(), 2.0 + 4.0 * rng.f32());
        let hz = 110.0 * (rng.i32(0..24) as f32 / 12.0).exp2();
        let start = (at * RATE) as usize;
        for (i, out) in out.iter_mut().skip(start).take(((rise + fall) * RATE) as usize).enumerate()
        {
            let t = i as f32 / RATE;
            let level = if t < rise { t / rise } else { 1.0 - (t - rise) / fall };
            let sound: f32 =
                (1..=4).map(|h| (TAU * hz * h as f32 * t).sin() * 0.5_f32.powi(h)).sum();
            *out += 0.1 * level * level * sound;
        }
        at += 0.4 + 2.5 * rng.f32();
    }
    for sample in &mut out {
        *sample += 0.002 * (rng.f32() - 0.5);
    }
    out
}
