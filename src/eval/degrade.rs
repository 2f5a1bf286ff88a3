//! A piece of a track as a bad recording of it.

use std::path::{Path, PathBuf};

use fastrand::Rng;

use super::condition::{Condition, Step};
use super::error::EvalError;
use super::folder::samples_in;
use super::{filter, mp3, noise, room};
use crate::audio::Resampler;
use crate::dsp::SAMPLE_RATE;

/// Seconds of sound before a clip, so that a room is already ringing when it begins.
pub(super) const LEAD_S: f64 = 1.0;
/// Loudest sample of a finished clip.
const PEAK: f32 = 0.5;
/// A clip is kept in 16 bits, as recorders do.
const STEPS: f32 = 32_768.0;
/// Chance that a room is a recorded one, where there are some.
const RECORDED: f64 = 0.5;

/// What clips are mixed with.
#[derive(Debug, Default)]
pub struct Surroundings {
    noises: Vec<Vec<f32>>,
    rooms: Vec<Vec<f32>>,
    failed: Vec<(PathBuf, String)>,
}

impl Surroundings {
    /// Reads what these conditions need: background noise, recorded rooms where there are some.
    ///
    /// # Errors
    /// Noise is needed but not given, ffmpeg is needed but not there, a folder is not there or has
    /// no file that can be used.
    pub fn read(
        conditions: &[Condition],
        noise: Option<&Path>,
        rooms: Option<&Path>,
        seed: u64,
    ) -> Result<Self, EvalError> {
        if let (Some(condition), None) = (conditions.iter().find(|c| c.needs_noise()), noise) {
            return Err(EvalError::NeedsNoise(condition.to_string()));
        }
        if conditions.iter().any(Condition::needs_mp3) {
            mp3::check()?;
        }
        let noises = noise.map(|folder| noise::recordings(folder, seed)).transpose()?;
        let rooms = rooms.map(room::recorded).transpose()?;
        let (noises, rooms) = (noises.unwrap_or_default(), rooms.unwrap_or_default());
        let failed = [noises.failed, rooms.failed].concat();
        Ok(Self { noises: noises.sounds, rooms: rooms.sounds, failed })
    }

    /// These recordings.
    #[must_use]
    pub fn of(noises: Vec<Vec<f32>>, rooms: Vec<Vec<f32>>) -> Self {
        Self { noises, rooms, failed: Vec::new() }
    }

    /// Files that cannot be used, and why.
    #[must_use]
    pub fn failed(&self) -> &[(PathBuf, String)] {
        &self.failed
    }

    fn a_room(&self, rng: &mut Rng) -> Vec<f32> {
        if !self.rooms.is_empty() && rng.f64() < RECORDED {
            self.rooms[rng.usize(..self.rooms.len())].clone()
        } else {
            room::synthetic(rng)
        }
    }
}

/// A piece of a track, with some sound before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Excerpt {
    /// Mono, [`SAMPLE_RATE`].
    pub samples: Vec<f32>,
    /// Samples before the clip begins.
    pub lead: usize,
}

/// What is recorded of an excerpt under a condition: `length_s` seconds, within -0.5 to 0.5, in 16
/// bits. The excerpt must be [`Condition::speed`] times as long.
///
/// # Errors
/// ffmpeg fails.
pub fn degrade(
    rng: &mut Rng,
    excerpt: Excerpt,
    length_s: f64,
    condition: &Condition,
    surroundings: &Surroundings,
) -> Result<Vec<f32>, EvalError> {
    let Excerpt { mut samples, mut lead } = excerpt;
    for step in condition.steps() {
        match step {
            Step::Room => {
                samples = room::in_room(&samples, &surroundings.a_room(rng));
                room::microphone(rng, &mut samples);
            }
            Step::Noise { snr_db } => {
                noise::add(rng, &mut samples, lead, *snr_db, &surroundings.noises);
            }
            Step::Speed { rate } => {
                samples = at_speed(&samples, *rate)?;
                lead = (lead as f64 * f64::from(SAMPLE_RATE) / f64::from(*rate)).round() as usize;
            }
            Step::Mp3 => samples = mp3::there_and_back(&samples)?,
            Step::Telephone => filter::telephone(&mut samples),
        }
    }
    samples.drain(..lead.min(samples.len()));
    samples.resize(samples_in(length_s), 0.0);
    let peak = samples.iter().fold(1e-9_f32, |peak, x| peak.max(x.abs()));
    for x in &mut samples {
        *x = (*x * PEAK / peak * STEPS).round() / STEPS;
    }
    Ok(samples)
}

/// The same, taken for sound of `rate` samples a second.
fn at_speed(samples: &[f32], rate: u32) -> Result<Vec<f32>, EvalError> {
    let mut resampler = Resampler::new(rate, SAMPLE_RATE)?;
    let mut out = Vec::with_capacity(samples.len() * 2);
    resampler.push(samples, &mut out)?;
    resampler.finish(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::eval::noise::rms;

    const SECOND: usize = SAMPLE_RATE as usize;

    fn tone(hz: f64, seconds: f64) -> Vec<f32> {
        (0..samples_in(seconds))
            .map(|i| (TAU * hz * i as f64 / f64::from(SAMPLE_RATE)).sin() as f32 * 0.4)
            .collect()
    }

    fn white(seconds: usize, seed: u64) -> Vec<f32> {
        let mut rng = Rng::with_seed(seed);
        (0..seconds * SECOND).map(|_| rng.f32() - 0.5).collect()
    }

    fn recorded(samples: &[f32], condition: &str, seed: u64) -> Vec<f32> {
        let condition: Condition = condition.parse().unwrap();
        let lead = samples_in(condition.speed());
        let length_s = (samples.len() - lead) as f64 / condition.speed() / SECOND as f64;
        let excerpt = Excerpt { samples: samples.to_vec(), lead };
        let surroundings = Surroundings::of(vec![white(1, 5), white(3, 6)], vec![]);
        degrade(&mut Rng::with_seed(seed), excerpt, length_s, &condition, &surroundings).unwrap()
    }

    /// Crossings of zero upwards in a second.
    fn pitch(sound: &[f32]) -> usize {
        sound[..SECOND].windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count()
    }

    #[test]
    fn the_noise_is_as_loud_as_asked_for() {
        for snr_db in [-5.0_f32, 0.0, 10.0] {
            let music = tone(500.0, 4.0);
            let heard = recorded(&music, &format!("noise+{snr_db}"), 1);
            let clean = &music[SECOND..];
            // the share of the tone in what is heard, and the rest
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            let share = dot(&heard, clean) / dot(clean, clean);
            let rest: Vec<f32> = heard.iter().zip(clean).map(|(x, c)| x - share * c).collect();
            let measured = 20.0 * (share * rms(clean) / rms(&rest)).log10();
            assert!((measured - snr_db).abs() < 0.3, "{measured} dB for {snr_db}");
        }
    }

    #[test]
    fn speed_changes_pitch_and_takes_more_of_the_track() {
        for (condition, speed) in [("speed+3", 1.03), ("speed-3", 0.97), ("speed+10/clean", 1.1)] {
            let heard = recorded(&tone(1_000.0, 3.0 * speed), condition, 1);
            assert!(heard.len().abs_diff(2 * SECOND) <= 2, "{condition}: {}", heard.len());
            let expected = 1_000.0 * speed;
            assert!(
                (pitch(&heard) as f64 - expected).abs() < 3.0,
                "{condition}: {}",
                pitch(&heard)
            );
        }
    }

    #[test]
    fn a_clip_begins_where_its_lead_ends_whatever_the_speed() {
        for condition in ["clean", "speed+3", "speed-3"] {
            let speed = condition.parse::<Condition>().unwrap().speed();
            let mut music = vec![0.0; samples_in(3.0 * speed)];
            let lead = samples_in(speed);
            music[lead + 800..lead + 820].fill(0.9);
            let heard = recorded(&music, condition, 1);
            let peak = (0..heard.len()).max_by(|a, b| heard[*a].total_cmp(&heard[*b])).unwrap();
            let expected = (810.0 / speed) as usize;
            assert!(peak.abs_diff(expected) < 15, "{condition}: {peak}");
        }
    }

    #[test]
    fn a_telephone_band_is_left_of_white_noise() {
        let clean = recorded(&white(3, 1), "clean", 1);
        let heard = recorded(&white(3, 1), "telephone", 1);
        let treble = |sound: &[f32]| {
            // the difference of neighbours weighs treble
            rms(&sound.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>()) / rms(sound)
        };
        assert!(treble(&heard) < 0.65 * treble(&clean));
    }

    #[test]
    fn the_same_seed_gives_the_same_clip_and_another_another() {
        let music = tone(330.0, 3.0);
        let clip = recorded(&music, "room+5", 7);
        assert_eq!(clip, recorded(&music, "room+5", 7));
        assert_ne!(clip, recorded(&music, "room+5", 8));
        assert!(clip.iter().all(|x| x.abs() <= 0.5));
        assert!((clip.iter().fold(0.0_f32, |peak, x| peak.max(x.abs())) - 0.5).abs() < 1e-3);
    }

    #[test]
    fn noise_that_is_missing_is_asked_for() {
        let conditions = ["clean".parse().unwrap(), "room+5".parse().unwrap()];
        let error = Surroundings::read(&conditions, None, None, 1).unwrap_err().to_string();
        assert!(error.contains("room+5") && error.contains("--noise"), "{error}");
        assert!(Surroundings::read(&conditions[..1], None, None, 1).is_ok());
    }
}
