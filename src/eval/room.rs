//! Rooms: made and recorded impulse responses, and what a small microphone hears in them.

use std::f64::consts::TAU;
use std::path::Path;

use fastrand::Rng;

use super::convolve::convolve;
use super::error::EvalError;
use super::filter::{Pass, butterworth};
use super::folder::{read_sound, sound_files};
use super::noise::Recordings;
use crate::dsp::SAMPLE_RATE;

/// Seconds of a recorded response that are used, from its loudest sample on.
const LONGEST_S: f64 = 1.0;
/// Seconds of a file in which the loudest sample is looked for.
const LOOKED_S: f64 = 30.0;

/// The recorded impulse responses of a folder, direct sound first, unit energy, and the files that
/// cannot be used.
///
/// # Errors
/// The folder is not there, or none of its files can be used.
pub(super) fn recorded(folder: &Path) -> Result<Recordings, EvalError> {
    let mut found = Recordings::default();
    for file in sound_files(folder)? {
        match read_sound(&file, LOOKED_S).map(|sound| response(&sound)) {
            Ok(Some(room)) => found.sounds.push(room),
            Ok(None) => found.failed.push((file, "it is silent".to_owned())),
            Err(error) => found.failed.push((file, error.reason())),
        }
    }
    found.or_none(folder)
}

/// From the loudest sample on, unit energy; silence is no response.
fn response(sound: &[f32]) -> Option<Vec<f32>> {
    let (loudest, peak) =
        sound.iter().enumerate().max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))?;
    if *peak == 0.0 {
        return None;
    }
    let length = (LONGEST_S * f64::from(SAMPLE_RATE)) as usize;
    let kept = &sound[loudest..sound.len().min(loudest + length)];
    let scale = 1.0 / kept.iter().map(|x| x * x).sum::<f32>().sqrt();
    Some(kept.iter().map(|x| x * scale).collect())
}

/// A synthetic impulse response: direct path, early echoes, a tail that decays within 0.2 to 0.7 s.
pub(super) fn synthetic(rng: &mut Rng) -> Vec<f32> {
    let rate = f64::from(SAMPLE_RATE);
    let decay_s = between(rng, 0.2, 0.7);
    let length = (decay_s * rate) as usize;
    let mut tail: Vec<f64> =
        (0..length).map(|i| normal(rng) * (-6.9 * i as f64 / rate / decay_s).exp()).collect();
    let energy = tail.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut early = vec![0.0; length];
    early[0] = 1.0;
    for _ in 0..rng.usize(4..10) {
        let at = rng.usize((0.002 * rate) as usize..(0.04 * rate) as usize);
        early[at] += between(rng, -0.5, 0.5);
    }
    // direct sound 0 to 10 dB above the tail
    let wet = 10_f64.powf(-between(rng, 0.0, 10.0) / 20.0) / energy;
    for (tail, early) in tail.iter_mut().zip(early) {
        *tail = *tail * wet + early;
    }
    tail.into_iter().map(|x| x as f32).collect()
}

/// Sound in a room with this impulse response; as long as the sound.
pub(super) fn in_room(sound: &[f32], response: &[f32]) -> Vec<f32> {
    let mut heard = convolve(sound, response);
    heard.truncate(sound.len());
    heard
}

/// Band limits and spectral tilt of a small microphone.
pub(super) fn microphone(rng: &mut Rng, sound: &mut [f32]) {
    butterworth(sound, Pass::High, between(rng, 80.0, 250.0), 2);
    butterworth(sound, Pass::Low, between(rng, 5_000.0, 7_500.0), 2);
    let tilt = between(rng, -0.3, 0.3) as f32;
    let mut before = 0.0;
    for x in sound {
        let now = *x;
        *x += tilt * before;
        before = now;
    }
}

pub(super) fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.f64()
}

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (TAU * rng.f64()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_the_sum_of_its_echoes() {
        let mut rng = Rng::with_seed(3);
        let sound: Vec<f32> = (0..5_000).map(|_| normal(&mut rng) as f32).collect();
        let mut response = vec![0.0; 300];
        response[0] = 1.0;
        response[200] = -0.5;
        let heard = in_room(&sound, &response);
        assert_eq!(heard.len(), sound.len());
        let echoes = std::iter::repeat_n(0.0, 200).chain(sound.iter().map(|x| -0.5 * x));
        for (i, ((heard, direct), echo)) in heard.iter().zip(&sound).zip(echoes).enumerate() {
            assert!((heard - direct - echo).abs() < 1e-3, "{i}");
        }
    }

    #[test]
    fn a_synthetic_room_begins_with_the_direct_sound_and_decays() {
        for seed in 0..20 {
            let room = synthetic(&mut Rng::with_seed(seed));
            let power = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>();
            let (early, late) = room.split_at(room.len() / 2);
            assert!(room[0] > 0.7, "{seed}");
            assert!(power(late) < 0.1 * power(early), "{seed}");
            assert!((3_200..=11_200).contains(&room.len()), "{seed}");
        }
    }

    #[test]
    fn a_recorded_response_begins_at_its_loudest_and_has_unit_energy() {
        let mut sound = vec![0.0; 900];
        sound[500] = -0.8;
        sound[700] = 0.6;
        let room = response(&sound).unwrap();
        assert!((room[0] + 0.8).abs() < 1e-6 && (room[200] - 0.6).abs() < 1e-6);
        assert!(response(&[0.0; 50]).is_none() && response(&[]).is_none());
    }
}
