//! Demo sound without end, for hearing the program work without a microphone.

use super::degrade::pink;
use super::effects::{factor, fade};
use super::pieces;
use crate::audio::Generator;

/// Level of the room's hiss against the synthesiser's pink noise (about 0.1 RMS).
const HISS_DB: f32 = -34.0;

/// Silence between two pieces, seconds.
const PAUSE_S: f32 = 1.0;

/// An endless source: each call puts about 0.1 s of mono sound at `rate` samples a second at the
/// end of the buffer and answers `true` (there is always more). Every piece in turn, shuffled, 15
/// to 25 s of it from varying places, with light room noise and a short pause between two.
#[must_use]
pub fn generator(rate: u32) -> Generator {
    let mut programme = Programme::new(rate);
    Box::new(move |out| {
        programme.next(out);
        true
    })
}

struct Programme {
    rng: fastrand::Rng,
    rate: u32,
    order: Vec<usize>,
    /// What is played now, with the pause after it, and how far.
    sound: Vec<f32>,
    at: usize,
}

impl Programme {
    fn new(rate: u32) -> Self {
        let rng = fastrand::Rng::with_seed(24);
        Self { rng, rate, order: Vec::new(), sound: Vec::new(), at: 0 }
    }

    fn next(&mut self, out: &mut Vec<f32>) {
        if self.at >= self.sound.len() {
            self.choose();
        }
        let until = (self.at + self.rate as usize / 10).min(self.sound.len());
        out.extend_from_slice(&self.sound[self.at..until]);
        self.at = until;
    }

    fn choose(&mut self) {
        if self.order.is_empty() {
            self.order = (0..pieces().len()).collect();
            self.rng.shuffle(&mut self.order);
        }
        let Some(piece) = self.order.pop() else {
            return;
        };
        let whole = pieces()[piece].render(self.rate);
        let len = ((15.0 + 10.0 * self.rng.f32()) * self.rate as f32) as usize;
        let start = self.rng.usize(0..=whole.len().saturating_sub(len));
        let mut sound = whole[start..(start + len).min(whole.len())].to_vec();
        fade(&mut sound, 0.02, 0.3, self.rate);
        sound.resize(sound.len() + (PAUSE_S * self.rate as f32) as usize, 0.0);
        let mut hiss = vec![0.0; sound.len()];
        pink(&mut hiss, &mut self.rng);
        for (x, hiss) in sound.iter_mut().zip(hiss) {
            *x += factor(HISS_DB) * hiss;
        }
        self.sound = sound;
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::effects::rms;
    use super::*;

    #[test]
    fn sound_goes_on_with_pauses_in_between() {
        let mut more = generator(8_000);
        let mut sound = Vec::new();
        while sound.len() < 8_000 * 80 {
            let before = sound.len();
            assert!(more(&mut sound));
            assert!((1..=800).contains(&(sound.len() - before)));
        }
        assert!(sound.iter().all(|x| x.is_finite() && x.abs() <= 1.0));
        let levels: Vec<f32> = sound.chunks(1_600).map(rms).collect();
        let faint = levels.iter().filter(|level| **level < 0.005).count();
        assert!((6..=25).contains(&faint), "{faint} of {} stretches are faint", levels.len());
        assert!(levels.iter().all(|level| *level > 0.0), "digital silence");
    }
}
