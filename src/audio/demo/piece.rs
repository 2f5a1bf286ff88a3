//! A piece: what is written down about it, and how that becomes sound.

use super::compose::{self, Note, Part};
use super::effects::{self, Reverb, active_rms, factor};
use super::instrument::Voice;
use super::theory::{Scale, frequency};

/// Length of every piece in seconds.
pub const PIECE_S: u32 = 30;

/// Level of every piece, dBFS.
const LEVEL_DB: f32 = -16.5;

/// A short piece of demo music: its names, and the rules it is composed by.
#[derive(Debug)]
pub struct DemoPiece {
    /// Its title.
    pub title: &'static str,
    /// Who plays it: invented, with a few pieces each.
    pub artist: &'static str,
    /// Its style in a word or two.
    pub genre: &'static str,
    pub(super) seed: u64,
    pub(super) tempo: Tempo,
    /// MIDI pitch of degree 0.
    pub(super) tonic: i32,
    pub(super) scale: Scale,
    /// Root of the chord of each bar as a degree of the scale; begun again when they run out.
    pub(super) chords: &'static [i32],
    pub(super) room: Room,
    pub(super) parts: &'static [Part],
}

/// How time runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tempo {
    /// Beats a minute.
    pub(super) bpm: f32,
    /// Beats in a bar.
    pub(super) beats: u32,
    /// How late the second half of each beat comes, in beats; a sixth makes triplets.
    pub(super) swing: f32,
}

/// Where it is played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Seconds in which sound falls by 60 dB.
    pub(super) decay_s: f32,
    /// Level of the reverberation against the parts sent to it.
    pub(super) wet: f32,
    /// Beats between echoes; 0 for none.
    pub(super) echo_beats: f32,
}

impl DemoPiece {
    /// "Artist - Title.wav".
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{} - {}.wav", self.artist, self.title)
    }

    /// The whole piece: [`PIECE_S`] seconds, mono, at `rate` samples a second (8 000 or more),
    /// about -16.5 dBFS, within -1 to 1.
    #[must_use]
    pub fn render(&self, rate: u32) -> Vec<f32> {
        let len = (PIECE_S * rate) as usize;
        let mut mix = vec![0.0; len];
        let mut hall = vec![0.0; len];
        let mut repeats = vec![0.0; len];
        for (number, part) in self.parts.iter().enumerate() {
            let sound = self.play(part, number as u64, rate, len);
            let level = factor(part.level_db) / active_rms(&sound, rate).max(1e-9);
            for (n, x) in sound.into_iter().enumerate() {
                mix[n] += level * x;
                hall[n] += level * part.reverb * x;
                repeats[n] += level * part.echo * x;
            }
        }
        if self.room.echo_beats > 0.0 {
            let delay_s = self.room.echo_beats * 60.0 / self.tempo.bpm;
            effects::echo(&repeats, delay_s, 0.55, rate, &mut mix);
        }
        let mut reverb = Reverb::new(self.room.decay_s, 1.0, 0.3, rate);
        for (mix, send) in mix.iter_mut().zip(hall) {
            *mix += self.room.wet * reverb.next(send);
        }
        effects::fade(&mut mix, 0.005, 1.2, rate);
        effects::master(&mut mix, LEVEL_DB, rate);
        mix
    }

    fn play(&self, part: &Part, number: u64, rate: u32, len: usize) -> Vec<f32> {
        let mut sound = vec![0.0; len];
        let mut rng = fastrand::Rng::with_seed(self.seed ^ (number + 1).wrapping_mul(0x9E37_79B9));
        let beat_s = 60.0 / self.tempo.bpm;
        let bars = (PIECE_S as f32 / (beat_s * self.tempo.beats as f32)).ceil() as u32;
        for note in compose::notes(self, part, bars, &mut rng) {
            // people are a few milliseconds early or late
            let late_s = 0.004 * (rng.f32() + rng.f32());
            let start = ((self.swung(note.at) * beat_s + late_s) * rate as f32) as usize;
            if start < len {
                let voice = voice(&note, beat_s);
                part.instrument.play(voice, rate as f32, &mut rng, &mut sound[start..]);
            }
        }
        sound
    }

    /// Beats with swing: the halves of each beat are stretched and squeezed.
    fn swung(&self, at: f32) -> f32 {
        let (beat, part) = (at.floor(), at.fract());
        let middle = 0.5 + self.tempo.swing;
        let part = if part < 0.5 {
            part / 0.5 * middle
        } else {
            middle + (part - 0.5) / 0.5 * (1.0 - middle)
        };
        beat + part
    }
}

fn voice(note: &Note, beat_s: f32) -> Voice {
    Voice {
        frequency: frequency(note.pitch),
        hold_s: (note.beats * beat_s).max(0.02),
        velocity: note.velocity.clamp(0.05, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use realfft::RealFftPlanner;

    use super::super::pieces;
    use super::*;

    const RATE: u32 = 22_050;

    fn db(x: f32) -> f32 {
        20.0 * x.max(1e-9).log10()
    }

    /// Log power in 24 bands and 0.5 s steps: enough to tell pieces and places apart.
    fn picture(sound: &[f32]) -> Vec<[f32; 24]> {
        let size = 2048;
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(size);
        let mut spectrum = fft.make_output_vec();
        sound
            .chunks_exact(RATE as usize / 2)
            .map(|step| {
                let mut bands = [1e-6f32; 24];
                for frame in step.chunks_exact(size) {
                    fft.process(&mut frame.to_vec(), &mut spectrum).unwrap();
                    for (bin, value) in spectrum.iter().enumerate().skip(4).take(700) {
                        let band = ((bin as f32 / 4.0).log2() / 7.5 * 24.0) as usize;
                        bands[band.min(23)] += value.norm_sqr();
                    }
                }
                bands.map(f32::ln)
            })
            .collect()
    }

    fn distance(a: &[[f32; 24]], b: &[[f32; 24]]) -> f32 {
        let count = a.len().min(b.len()) * 24;
        let pairs = a.iter().flatten().zip(b.iter().flatten());
        pairs.map(|(a, b)| (a - b).abs()).sum::<f32>() / count as f32
    }

    #[test]
    fn every_piece_is_whole_level_and_clean() {
        for piece in pieces() {
            let sound = piece.render(RATE);
            assert_eq!(sound.len(), (PIECE_S * RATE) as usize, "{}", piece.title);
            assert!(
                sound.iter().all(|x| x.is_finite() && x.abs() <= 0.95),
                "{} clips",
                piece.title
            );
            let level = db(effects::rms(&sound));
            assert!((-18.0..=-14.0).contains(&level), "{} is at {level} dBFS", piece.title);
            let mean = sound.iter().sum::<f32>() / sound.len() as f32;
            assert!(mean.abs() < 1e-3, "{} has an offset of {mean}", piece.title);
            for (n, stretch) in sound.chunks_exact(5 * RATE as usize).enumerate() {
                let level = db(effects::rms(stretch));
                assert!(level > -27.0, "{} is at {level} dBFS in stretch {n}", piece.title);
            }
        }
    }

    #[test]
    fn the_same_every_time_and_at_every_rate() {
        let piece = &pieces()[0];
        assert_eq!(piece.render(16_000), piece.render(16_000));
        assert_eq!(piece.render(44_100).len(), 30 * 44_100);
    }

    #[test]
    fn names_are_distinct_and_artists_have_several_pieces() {
        assert_eq!(pieces().len(), 24);
        let titles: HashSet<_> = pieces().iter().map(|p| p.title).collect();
        let files: HashSet<_> = pieces().iter().map(DemoPiece::file_name).collect();
        let seeds: HashSet<_> = pieces().iter().map(|p| p.seed).collect();
        assert_eq!((titles.len(), files.len(), seeds.len()), (24, 24, 24));
        for piece in pieces() {
            let of_artist = pieces().iter().filter(|p| p.artist == piece.artist).count();
            assert!((2..=4).contains(&of_artist), "{} has {of_artist}", piece.artist);
        }
    }

    #[test]
    fn pieces_and_the_stretches_of_a_piece_differ() {
        let pictures: Vec<_> = pieces().iter().map(|p| picture(&p.render(RATE))).collect();
        for (n, a) in pictures.iter().enumerate() {
            for (m, b) in pictures.iter().enumerate().skip(n + 1) {
                let apart = distance(a, b);
                assert!(apart > 0.8, "{} and {}: {apart}", pieces()[n].title, pieces()[m].title);
            }
            for from in 0..6 {
                for other in from + 1..6 {
                    let apart = distance(&a[from * 10..][..10], &a[other * 10..][..10]);
                    assert!(apart > 0.25, "{}: {from} and {other}: {apart}", pieces()[n].title);
                }
            }
        }
    }
}
