//! The words for what is done to a clip.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::dsp::SAMPLE_RATE;

/// Speeds further from the original than this are another piece of music.
const MOST_SPEED_PERCENT: f64 = 50.0;
/// Noise further from the music than this is no noise, or no music.
const MOST_SNR_DB: f64 = 100.0;

/// What is done to a clip, step by step: words joined with `/`, done from left to right.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    text: String,
    steps: Vec<Step>,
}

/// One word of a condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// A room and a small microphone.
    Room,
    /// Background noise, so many decibels below the clip.
    Noise { snr_db: f64 },
    /// Played so many times as fast: tempo and pitch.
    Speed { rate: u32 },
    /// To 64 kbit/s MP3 and back.
    Mp3,
    /// Only what a telephone lets through.
    Telephone,
}

/// A text that is no condition.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "'{word}' is no condition{why}. Possible are clean, room, room+SNR, noise+SNR (dB, such as \
     room+5 or room+-5), speed+PERCENT, speed-PERCENT, mp3, telephone, and several joined with /"
)]
pub struct ConditionError {
    word: String,
    why: &'static str,
}

impl Condition {
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether background noise is needed.
    #[must_use]
    pub fn needs_noise(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Noise { .. }))
    }

    /// Whether recorded rooms would be used.
    #[must_use]
    pub fn needs_room(&self) -> bool {
        self.steps.contains(&Step::Room)
    }

    /// Whether it needs a program that encodes MP3.
    #[must_use]
    pub fn needs_mp3(&self) -> bool {
        self.steps.contains(&Step::Mp3)
    }

    /// Seconds of the track that one second of the clip takes.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Speed { rate } => f64::from(*rate) / f64::from(SAMPLE_RATE),
                _ => 1.0,
            })
            .product()
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let mut steps = Vec::new();
        for word in text.split('/') {
            steps.extend(steps_of(word)?);
        }
        Ok(Self { text: text.to_owned(), steps })
    }
}

fn steps_of(word: &str) -> Result<Vec<Step>, ConditionError> {
    let wrong = |why| ConditionError { word: word.to_owned(), why };
    let snr =
        |text: &str| number(text, MOST_SNR_DB).ok_or(wrong(": the SNR must be -100 to 100 dB"));
    Ok(match word {
        "clean" => vec![],
        "room" => vec![Step::Room],
        "mp3" => vec![Step::Mp3],
        "telephone" => vec![Step::Telephone],
        _ => {
            if let Some(text) = word.strip_prefix("room+") {
                vec![Step::Room, Step::Noise { snr_db: snr(text)? }]
            } else if let Some(text) = word.strip_prefix("noise+") {
                vec![Step::Noise { snr_db: snr(text)? }]
            } else if let Some(text) = word.strip_prefix("speed") {
                let signed = text.starts_with(['+', '-']);
                let percent = number(text, MOST_SPEED_PERCENT)
                    .filter(|_| signed)
                    .ok_or(wrong(": the speed must be +1 to +50 or -1 to -50 percent"))?;
                let rate = f64::from(SAMPLE_RATE) * (1.0 + percent / 100.0);
                vec![Step::Speed { rate: rate.round() as u32 }]
            } else {
                return Err(wrong(""));
            }
        }
    })
}

fn number(text: &str, most: f64) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.abs() <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<Step> {
        text.parse::<Condition>().unwrap().steps
    }

    #[test]
    fn words_become_steps_in_their_order() {
        assert_eq!(steps("clean"), []);
        assert_eq!(steps("room+-5"), [Step::Room, Step::Noise { snr_db: -5.0 }]);
        assert_eq!(
            steps("noise+2.5/mp3/telephone"),
            [Step::Noise { snr_db: 2.5 }, Step::Mp3, Step::Telephone]
        );
        assert_eq!(steps("speed-3"), [Step::Speed { rate: 15_520 }]);
        let condition: Condition = "speed+3/room".parse().unwrap();
        assert!((condition.speed() - 1.03).abs() < 1e-9);
        assert!(condition.needs_room() && !condition.needs_noise() && !condition.needs_mp3());
        assert_eq!(condition.to_string(), "speed+3/room");
    }

    #[test]
    fn what_is_none_is_named() {
        for (text, named) in [
            ("rome", "'rome'"),
            ("", "''"),
            ("room+loud", "'room+loud'"),
            ("room-5", "'room-5'"),
            ("room+5/ogg", "'ogg'"),
            ("room+nan", "SNR"),
            ("speed3", "speed"),
            ("speed+80", "percent"),
            ("clean/", "''"),
        ] {
            let error = text.parse::<Condition>().unwrap_err().to_string();
            assert!(error.contains(named) && error.contains("telephone"), "{text}: {error}");
        }
    }
}
