//! A piece as a microphone in a lively room would hear it.

use super::effects::{Reverb, factor, rms};
use super::oscillator::{Filter, Phase, saw, white};
use super::piece::DemoPiece;

/// `length_s` seconds of `piece` from `start_s` on, at `rate` samples a second, as heard in a small
/// room by a cheap microphone, with talk and hiss `snr_db` decibels below the music. Past the end
/// of the piece there is only noise. The same arguments give the same sound.
#[must_use]
pub fn noisy_clip(
    piece: &DemoPiece,
    start_s: f64,
    length_s: f64,
    snr_db: f32,
    seed: u64,
    rate: u32,
) -> Vec<f32> {
    let mut rng = fastrand::Rng::with_seed(seed ^ 0xEC40);
    let start = (start_s.max(0.0) * f64::from(rate)).round() as usize;
    let len = (length_s.max(0.0) * f64::from(rate)).round() as usize;
    let mut clip = heard_in_room(&piece.render(rate), start, len, &mut rng, rate);
    let mut noise: Vec<f32> = vec![0.0; len];
    pink(&mut noise, &mut rng);
    babble(&mut noise, &mut rng, rate);
    let level = rms(&clip).max(1e-4) / rms(&noise).max(1e-9) * factor(-snr_db);
    for (x, noise) in clip.iter_mut().zip(noise) {
        *x += level * noise;
    }
    let peak = clip.iter().fold(1e-9f32, |peak, x| peak.max(x.abs()));
    let gain = (0.08 / rms(&clip).max(1e-9)).min(0.9 / peak);
    for x in &mut clip {
        *x *= gain;
    }
    clip
}

/// The room rings from what came before the clip, too.
fn heard_in_room(
    piece: &[f32],
    start: usize,
    len: usize,
    rng: &mut fastrand::Rng,
    rate: u32,
) -> Vec<f32> {
    let before = start.min(rate as usize);
    let mut room = Reverb::new(0.25 + 0.2 * rng.f32(), 0.4, 0.45, rate);
    let mut low = Filter::new(5_500.0 + 1_500.0 * rng.f32(), 0.7, rate as f32);
    let mut high = Filter::new(120.0 + 80.0 * rng.f32(), 0.7, rate as f32);
    let wet = 0.6 + 0.4 * rng.f32();
    (start - before..start + len)
        .map(|n| {
            let x = piece.get(n).copied().unwrap_or(0.0);
            high.high(low.low(x + wet * room.next(x)))
        })
        .skip(before)
        .collect()
}

/// Adds noise with equal power in every octave (Kellet's filter), about 0.1 RMS.
pub(super) fn pink(out: &mut [f32], rng: &mut fastrand::Rng) {
    let mut state = [0.0f32; 3];
    for out in out {
        let x = white(rng);
        state[0] = 0.997_65 * state[0] + 0.099_046 * x;
        state[1] = 0.963 * state[1] + 0.296_516_4 * x;
        state[2] = 0.57 * state[2] + 1.052_691_3 * x;
        *out += 0.09 * (state[0] + state[1] + state[2] + 0.184_8 * x);
    }
}

/// Adds several voices at once: buzzes through two formants that change with every syllable.
fn babble(out: &mut [f32], rng: &mut fastrand::Rng, rate: u32) {
    for _ in 0..5 {
        let pitch = 90.0 + 140.0 * rng.f32();
        let mut phase = Phase::new(pitch, rate as f32, rng.f32());
        let mut formants = [Filter::default(); 2];
        let mut from = 0;
        while from < out.len() {
            let len = ((0.1 + 0.2 * rng.f32()) * rate as f32) as usize;
            let until = (from + len.max(1)).min(out.len());
            let level = if rng.f32() < 0.25 { 0.0 } else { 0.1 + 0.2 * rng.f32() };
            phase.set_frequency(pitch * (0.85 + 0.3 * rng.f32()), rate as f32);
            formants[0].tune(300.0 + 600.0 * rng.f32(), 5.0, rate as f32);
            formants[1].tune(900.0 + 1_600.0 * rng.f32(), 6.0, rate as f32);
            for (n, sample) in out[from..until].iter_mut().enumerate() {
                let through = n as f32 / len as f32;
                let syllable = level * 4.0 * through * (1.0 - through);
                let step = phase.step_turns();
                let buzz = saw(phase.advance(), step);
                *sample += syllable * (formants[0].band(buzz) + 0.6 * formants[1].band(buzz));
            }
            from = until;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pieces;
    use super::*;

    #[test]
    fn a_clip_has_its_length_and_is_the_same_again() {
        let clip = noisy_clip(&pieces()[2], 10.0, 5.0, 5.0, 7, 16_000);
        assert_eq!(clip.len(), 80_000);
        assert_eq!(clip, noisy_clip(&pieces()[2], 10.0, 5.0, 5.0, 7, 16_000));
        assert_ne!(clip, noisy_clip(&pieces()[2], 10.0, 5.0, 5.0, 8, 16_000));
        assert!(clip.iter().all(|x| x.is_finite() && x.abs() <= 0.95));
        assert!(rms(&clip) > 0.01);
    }

    #[test]
    fn less_signal_means_less_likeness() {
        let likeness = |snr_db: f32| {
            let quiet = noisy_clip(&pieces()[0], 5.0, 4.0, 60.0, 3, 16_000);
            let noisy = noisy_clip(&pieces()[0], 5.0, 4.0, snr_db, 3, 16_000);
            let dot: f32 = quiet.iter().zip(&noisy).map(|(a, b)| a * b).sum();
            dot / (rms(&quiet) * rms(&noisy) * quiet.len() as f32)
        };
        let (good, bad) = (likeness(20.0), likeness(0.0));
        assert!(good > 0.95, "{good}");
        assert!((0.5..0.85).contains(&bad), "{bad}");
    }

    #[test]
    fn past_the_end_there_is_only_noise() {
        let clip = noisy_clip(&pieces()[1], 29.0, 5.0, 10.0, 1, 16_000);
        assert_eq!(clip.len(), 80_000);
        assert!(clip.iter().all(|x| x.is_finite()));
    }
}
