//! From rules to notes: what each part of a piece plays, bar by bar.

use super::instrument::Instrument;
use super::piece::DemoPiece;
use super::theory;

/// One instrument and what it does.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) instrument: &'static Instrument,
    pub(super) role: Role,
    /// Loudness while it sounds, against the other parts.
    pub(super) level_db: f32,
    /// Share sent to the reverberation.
    pub(super) reverb: f32,
    /// Share sent to the echo.
    pub(super) echo: f32,
    /// One character a bar, begun again when they run out: `x` plays, `-` rests. Empty: always
    /// plays.
    pub(super) bars: &'static str,
}

/// What a part does. Octaves count from the tonic's.
#[derive(Debug)]
pub(super) enum Role {
    /// A tune of two-bar phrases, which come back changed.
    Melody {
        octave: i32,
        /// Bars as lengths of notes in beats; negative ones are rests.
        rhythms: &'static [&'static [f32]],
        /// Largest step in degrees.
        leap: i32,
        /// Share of each note that sounds.
        legato: f32,
    },
    /// Tones of the chord one after the other, endlessly.
    Arpeggio {
        octave: i32,
        /// Beats a note.
        step: f32,
        /// Which tone of the chord: 0 root, 1 third, 2 fifth, 3 root an octave up, ...
        order: &'static [i32],
        /// Chance that a note is another tone instead.
        change: f32,
        legato: f32,
    },
    /// Whole chords.
    Chords {
        octave: i32,
        /// Degrees above the root.
        tones: &'static [i32],
        /// One character a quarter of a beat: see [`stroke`].
        rhythm: &'static str,
        /// Beats each chord is held.
        hold: f32,
        /// Beats between its tones.
        strum: f32,
    },
    /// Single low notes: one character a quarter of a beat; a digit is a step of the chord's scale
    /// (1 the root, 8 the octave), `?` a chance tone of the chord, `.` nothing.
    Bass { octave: i32, rhythm: &'static str, hold: f32 },
    /// Strokes: one character a quarter of a beat.
    Beat {
        rhythm: &'static str,
        /// Chance that a silent place gets a ghost stroke.
        ghosts: f32,
        /// Semitones to choose from for each stroke.
        tuning: &'static [i32],
    },
}

/// A note, in beats from the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Note {
    pub(super) at: f32,
    pub(super) beats: f32,
    pub(super) pitch: f32,
    pub(super) velocity: f32,
}

/// All notes of a part over `bars` bars.
pub(super) fn notes(
    piece: &DemoPiece,
    part: &Part,
    bars: u32,
    rng: &mut fastrand::Rng,
) -> Vec<Note> {
    let score = Score { piece, bars };
    let mut notes = match part.role {
        Role::Melody { octave, rhythms, leap, legato } => {
            score.melody(octave, rhythms, leap, legato, rng)
        }
        Role::Arpeggio { octave, step, order, change, legato } => {
            score.arpeggio(octave, step, order, (change, legato), rng)
        }
        Role::Chords { octave, tones, rhythm, hold, strum } => {
            score.chords(octave, tones, rhythm, (hold, strum), rng)
        }
        Role::Bass { octave, rhythm, hold } => score.bass(octave, rhythm, hold, rng),
        Role::Beat { rhythm, ghosts, tuning } => score.beat(rhythm, ghosts, tuning, rng),
    };
    notes.retain(|note| plays(part.bars, (note.at / score.bar_beats()) as usize));
    notes
}

fn plays(bars: &str, bar: usize) -> bool {
    bars.is_empty() || bars.as_bytes()[bar % bars.len()] == b'x'
}

/// Velocity of a stroke: `X` an accent, `x` plain, `o` soft, `?` there half of the time.
fn stroke(mark: u8, rng: &mut fastrand::Rng) -> Option<f32> {
    let velocity = match mark {
        b'X' => 0.95,
        b'x' => 0.72,
        b'o' => 0.42,
        b'?' if rng.bool() => 0.55,
        _ => return None,
    };
    Some(velocity * (0.92 + 0.16 * rng.f32()))
}

struct Score<'a> {
    piece: &'a DemoPiece,
    bars: u32,
}

impl Score<'_> {
    fn bar_beats(&self) -> f32 {
        self.piece.tempo.beats as f32
    }

    fn beats(&self) -> f32 {
        self.bars as f32 * self.bar_beats()
    }

    fn chord(&self, at: f32) -> i32 {
        let bar = (at / self.bar_beats()) as usize;
        self.piece.chords[bar % self.piece.chords.len()]
    }

    fn pitch(&self, octave: i32, degree: i32) -> f32 {
        theory::pitch(self.piece.tonic + 12 * octave, self.piece.scale, degree)
    }

    /// Degree of a tone of the chord at `at`, counted up through the octaves.
    fn chord_tone(&self, at: f32, tone: i32) -> i32 {
        let octave = self.piece.scale.len() as i32;
        self.chord(at) + [0, 2, 4][tone.rem_euclid(3) as usize] + octave * tone.div_euclid(3)
    }

    fn melody(
        &self,
        octave: i32,
        rhythms: &[&[f32]],
        leap: i32,
        legato: f32,
        rng: &mut fastrand::Rng,
    ) -> Vec<Note> {
        let phrases: Vec<Vec<(f32, f32, i32)>> =
            (0..3).map(|_| phrase(rhythms, self.bar_beats(), leap, rng)).collect();
        // statement, answer, statement, turn, then on to the other ideas
        let form = [0, 1, 0, 2, 1, 2, 0, 1, 2, 2, 1, 0];
        let mut notes = Vec::new();
        for pair in 0..self.bars.div_ceil(2) as usize {
            let start = pair as f32 * 2.0 * self.bar_beats();
            let lift = if pair >= form.len() / 2 { rng.i32(0..3) } else { 0 };
            for &(at, beats, contour) in &phrases[form[pair % form.len()]] {
                let varied = if rng.f32() < 0.3 { rng.i32(-2..=2) } else { 0 };
                let mut degree = self.chord(start + at).rem_euclid(7) + contour + varied + lift;
                if at % self.bar_beats() == 0.0 {
                    degree = self.near_chord_tone(start + at, degree);
                }
                notes.push(Note {
                    at: start + at,
                    beats: beats * legato,
                    pitch: self.pitch(octave, degree),
                    velocity: 0.6 + 0.2 * rng.f32() + if at.fract() == 0.0 { 0.12 } else { 0.0 },
                });
            }
        }
        notes
    }

    fn near_chord_tone(&self, at: f32, degree: i32) -> i32 {
        (-6..12)
            .map(|tone| self.chord_tone(at, tone))
            .min_by_key(|tone| (tone - degree).abs())
            .unwrap_or(degree)
    }

    fn arpeggio(
        &self,
        octave: i32,
        step: f32,
        order: &[i32],
        (change, legato): (f32, f32),
        rng: &mut fastrand::Rng,
    ) -> Vec<Note> {
        let highest = order.iter().copied().max().unwrap_or(0);
        let lowest = order.iter().copied().min().unwrap_or(0);
        (0..(self.beats() / step) as usize)
            .map(|n| {
                let at = n as f32 * step;
                let mut tone = order[n % order.len()];
                if rng.f32() < change {
                    tone = rng.i32(lowest..=highest);
                }
                let accent = if n % order.len() == 0 { 0.15 } else { 0.0 };
                Note {
                    at,
                    beats: step * legato,
                    pitch: self.pitch(octave, self.chord_tone(at, tone)),
                    velocity: 0.55 + accent + 0.15 * rng.f32(),
                }
            })
            .collect()
    }

    fn chords(
        &self,
        octave: i32,
        tones: &[i32],
        rhythm: &str,
        (hold, strum): (f32, f32),
        rng: &mut fastrand::Rng,
    ) -> Vec<Note> {
        let mut notes = Vec::new();
        for (at, mark) in self.quarters(rhythm) {
            let Some(velocity) = stroke(mark, rng) else {
                continue;
            };
            // now and then the chord is turned over
            let turned = rng.f32() < 0.35;
            for (n, tone) in tones.iter().enumerate() {
                let up = if turned && n == 0 { self.piece.scale.len() as i32 } else { 0 };
                notes.push(Note {
                    at: at + n as f32 * strum,
                    beats: hold,
                    pitch: self.pitch(octave, self.chord(at) + tone + up),
                    velocity,
                });
            }
        }
        notes
    }

    fn bass(&self, octave: i32, rhythm: &str, hold: f32, rng: &mut fastrand::Rng) -> Vec<Note> {
        let mut notes = Vec::new();
        for (at, mark) in self.quarters(rhythm) {
            let degree = match mark {
                b'1'..=b'9' => self.chord(at) + i32::from(mark - b'1'),
                b'?' => self.chord_tone(at, rng.i32(-1..4)),
                _ => continue,
            };
            notes.push(Note {
                at,
                beats: hold,
                pitch: self.pitch(octave, degree),
                velocity: 0.7 + 0.2 * rng.f32(),
            });
        }
        notes
    }

    fn beat(
        &self,
        rhythm: &str,
        ghosts: f32,
        tuning: &[i32],
        rng: &mut fastrand::Rng,
    ) -> Vec<Note> {
        let mut notes = Vec::new();
        for (at, mark) in self.quarters(rhythm) {
            let ghost = rng.f32() < ghosts;
            let velocity = match stroke(mark, rng) {
                Some(velocity) => velocity,
                None if ghost => 0.3 + 0.2 * rng.f32(),
                None => continue,
            };
            let bend = if tuning.is_empty() { 0 } else { tuning[rng.usize(0..tuning.len())] };
            notes.push(Note { at, beats: 0.25, pitch: (60 + bend) as f32, velocity });
        }
        notes
    }

    /// Every quarter of a beat with its mark.
    fn quarters<'r>(&self, rhythm: &'r str) -> impl Iterator<Item = (f32, u8)> + use<'r> {
        let marks = rhythm.bytes().filter(|mark| *mark != b' ').cycle();
        (0..(self.beats() * 4.0) as usize).map(|n| n as f32 / 4.0).zip(marks)
    }
}

/// Two bars as (beat, length, degree against the chord's root).
fn phrase(
    rhythms: &[&[f32]],
    bar_beats: f32,
    leap: i32,
    rng: &mut fastrand::Rng,
) -> Vec<(f32, f32, i32)> {
    let mut notes = Vec::new();
    let mut degree: i32 = [0, 2, 4][rng.usize(0..3)];
    for bar in 0..2 {
        let mut at = bar as f32 * bar_beats;
        for &beats in rhythms[rng.usize(0..rhythms.len())] {
            if beats > 0.0 {
                notes.push((at, beats, degree));
                let step = rng.i32(1..=leap.max(1));
                // the further out, the likelier the way back
                let up = rng.i32(-5..=9) >= degree;
                degree += if up { step } else { -step };
            }
            at += beats.abs();
        }
    }
    notes
}

#[cfg(test)]
mod tests;
