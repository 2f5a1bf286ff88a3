//! Music or not: what the network's music output says of a stretch of sound.

use serde::Deserialize;

use super::network::NetworkError;
use super::stream::QUERY_STRIDE;
use crate::dsp::column_time_s;

/// Fitted together with the output itself by `models/train/fit_gate.py`.
const BUILT_IN: &str = include_str!("../../models/gate.json");

/// When sound counts as music: where some stretch of it, the most musical one, reaches a threshold on
/// average. So two seconds of music in ten of talk are music.
///
/// There are two thresholds. Below the lower one nothing could be named, and nothing is searched: music
/// deep in noise is above it, and so is a part of all speech. Sound between them that the search did not
/// name is more likely no music than music that is not in the library.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Gate {
    /// Length of the stretch, from the start of its first window to that of the one after its last, seconds.
    stretch_s: f64,
    /// Sound of so many seconds of windows, or less, needs [`Threshold::short`].
    short_s: f64,
    /// Sound of so many seconds of windows, or more, needs [`Threshold::long`].
    long_s: f64,
    /// To be searched.
    searched: Threshold,
    /// To be taken for music although it was not named.
    unnamed: Threshold,
}

/// Mean logit from which a stretch is music. The best of many stretches is higher than the only one: it
/// rises with the logarithm of the length of the sound.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Threshold {
    short: f64,
    long: f64,
}

impl Gate {
    /// The rule that belongs to the built-in network.
    ///
    /// # Errors
    /// The built-in file cannot be read: the program's own fault.
    pub(super) fn built_in() -> Result<Self, NetworkError> {
        serde_json::from_str(BUILT_IN)
            .map_err(|e| NetworkError::new(format!("its rule for music cannot be read: {e}")))
    }

    /// Whether there may be music in windows that follow each other every [`QUERY_STRIDE`] columns, given
    /// the music logit of each: otherwise there is nothing to search for. Nothing is no music.
    #[must_use]
    pub fn may_be_music(&self, logits: &[f32]) -> bool {
        self.reaches(logits, self.searched)
    }

    /// Whether windows that were searched and not named are music all the same.
    #[must_use]
    pub fn is_music(&self, logits: &[f32]) -> bool {
        self.reaches(logits, self.unnamed)
    }

    fn reaches(&self, logits: &[f32], threshold: Threshold) -> bool {
        let window_s = column_time_s(QUERY_STRIDE);
        let count = ((self.stretch_s / window_s).round() as usize).min(logits.len()).max(1);
        let seconds = logits.len() as f64 * window_s;
        let rise = (seconds / self.short_s).ln() / (self.long_s / self.short_s).ln();
        let least = threshold.short + (threshold.long - threshold.short) * rise.clamp(0.0, 1.0);
        let mean = |windows: &[f32]| f64::from(windows.iter().sum::<f32>()) / count as f64;
        logits.windows(count).any(|windows| mean(windows) >= least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        let searched = Threshold { short: -0.5, long: 0.5 };
        let unnamed = Threshold { short: 1.5, long: 2.5 };
        Gate { stretch_s: 1.0, short_s: 2.5, long_s: 10.0, searched, unnamed }
    }

    #[test]
    fn a_second_of_music_in_ten_of_talk_is_music_wherever_it_is() {
        let talk = [-4.0_f32; 160];
        assert!(!gate().may_be_music(&talk));
        for start in [0, 72, 144] {
            let mut heard = talk;
            heard[start..start + 16].fill(1.0);
            assert!(gate().may_be_music(&heard), "from window {start}");
        }
    }

    #[test]
    fn a_few_windows_are_outvoted_but_count_where_there_are_no_others() {
        let mut heard = [-4.0_f32; 64];
        heard[20..23].fill(3.0);
        assert!(!gate().may_be_music(&heard));
        assert!(gate().may_be_music(&[3.0; 3]));
        assert!(!gate().may_be_music(&[-0.6; 3]));
        assert!(!gate().may_be_music(&[]));
    }

    #[test]
    fn longer_sound_needs_more() {
        let needs = |windows: usize, logit: f32| {
            gate().may_be_music(&vec![logit + 0.01; windows])
                && !gate().may_be_music(&vec![logit - 0.01; windows])
        };
        assert!(needs(1, -0.5) && needs(40, -0.5));
        assert!(needs(80, 0.0));
        assert!(needs(160, 0.5) && needs(1600, 0.5));
    }

    #[test]
    fn what_is_not_named_needs_more_to_be_music() {
        let between = [1.0; 40];
        assert!(gate().may_be_music(&between) && !gate().is_music(&between));
        assert!(gate().is_music(&[1.6; 40]));
    }

    #[test]
    fn the_built_in_rule_can_be_read() {
        let gate = Gate::built_in().unwrap();
        assert!(gate.searched.short <= gate.unnamed.short);
        assert!(gate.searched.long <= gate.unnamed.long);
        assert!(
            gate.stretch_s > 0.0 && gate.short_s > 0.0 && gate.long_s > gate.short_s,
            "{gate:?}"
        );
    }
}
