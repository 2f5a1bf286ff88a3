//! From scores to a probability: is this it, or none of mine?

use serde::Deserialize;
use thiserror::Error;

use super::align::Alignment;

/// Fitted on validation tracks by `models/train/calibrate.py`, together with the network.
const BUILT_IN: &str = include_str!("../../models/decision.json");

/// The score of the track in this place of the list is what a clip reaches with music it is not;
/// the first few may be other files of the same recording.
const BACKGROUND_PLACE: usize = 4;

/// Less sound than this was never measured: it counts as this much.
const SHORTEST_S: f64 = 0.5;

/// Logistic regression from the evidence, its squares and products to the probability that the best
/// candidate is right.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Decision {
    intercept: f64,
    weights: Weights,
    /// Background assumed in a library too small to have one: the mean over the validation clips.
    default_background: f64,
    /// Mean cosine at which a track named before still goes on: 95 % of the alignments with the
    /// fifth-best track stay below it (5 s clips).
    following_score: f64,
    /// Shares of the clips of unknown music, and the confidence above which so many are named; the
    /// greatest share first.
    thresholds: Vec<(f64, f64)>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Weights {
    score: f64,
    background: f64,
    beside: f64,
    log_s: f64,
    score_log_s: f64,
    background_log_s: f64,
    beside_log_s: f64,
    score_score: f64,
    score_background: f64,
    background_background: f64,
    log_s_log_s: f64,
}

/// What speaks for a candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Mean cosine along its alignment.
    pub score: f64,
    /// The same a little before and after in the track, on average.
    pub beside: f64,
    /// What unrelated tracks reach with this clip, where the library is large enough to tell.
    pub background: Option<f64>,
    /// Seconds of sound heard.
    pub heard_s: f64,
}

/// The built-in decision file is broken: the program's own fault.
#[derive(Debug, Error)]
#[error("the built-in decision file cannot be read: {0}")]
pub struct DecisionError(#[from] serde_json::Error);

impl Decision {
    /// The decision that belongs to the built-in network.
    ///
    /// # Errors
    /// The file built in is broken.
    pub fn built_in() -> Result<Self, DecisionError> {
        Ok(serde_json::from_str(BUILT_IN)?)
    }

    /// Whether sound that scores so along the alignment of a track named before is still that track.
    #[must_use]
    pub fn follows(&self, score: f64) -> bool {
        score >= self.following_score
    }

    /// The confidence at which `share` of the clips of unknown music are named, on validation tracks:
    /// between the shares that were measured by a line through logarithm and logit, beyond them by the
    /// last such line.
    #[must_use]
    pub fn threshold_for(&self, share: f64) -> f64 {
        let points: Vec<(f64, f64)> = self
            .thresholds
            .iter()
            .map(|(share, confidence)| (share.ln(), (confidence / (1.0 - confidence)).ln()))
            .collect();
        let at = share.clamp(1e-9, 1.0).ln();
        let after = points.iter().skip(1).position(|(share, _)| *share <= at);
        let last = points.len().saturating_sub(2);
        let [low, high] = match points.get(after.unwrap_or(last)..) {
            Some([low, high, ..]) => [*low, *high],
            _ => return 0.9,
        };
        let logit = low.1 + (high.1 - low.1) * (at - low.0) / (high.0 - low.0);
        1.0 / (1.0 + (-logit).exp())
    }

    /// Probability that the candidate is right.
    #[must_use]
    pub fn confidence(&self, evidence: Evidence) -> f64 {
        let Evidence { score, beside, .. } = evidence;
        let background = evidence.background.unwrap_or(self.default_background);
        let log_s = evidence.heard_s.max(SHORTEST_S).ln();
        let w = &self.weights;
        let logit = self.intercept
            + score * (w.score + w.score_log_s * log_s + w.score_score * score)
            + background * (w.background + w.background_log_s * log_s)
            + background * (w.score_background * score + w.background_background * background)
            + beside * (w.beside + w.beside_log_s * log_s)
            + log_s * (w.log_s + w.log_s_log_s * log_s);
        1.0 / (1.0 + (-logit).exp())
    }
}

pub(super) fn background(alignments: &[Alignment]) -> Option<f64> {
    alignments.get(BACKGROUND_PLACE).map(|alignment| alignment.score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_evidence_is_more_certain() {
        let decision = Decision::built_in().unwrap();
        let confidence = |score, heard_s| {
            decision.confidence(Evidence { score, beside: 0.4, background: None, heard_s })
        };
        assert!(confidence(0.9, 5.0) > 0.95);
        assert!(confidence(0.9, 5.0) > confidence(0.6, 5.0));
        assert!(confidence(0.35, 5.0) < 0.5);
        assert!((0.0..=1.0).contains(&confidence(-1.0, 0.0)));
        for heard_s in [1.0, 2.0, 3.0, 5.0, 10.0] {
            let rising: Vec<f64> =
                (7..20).map(|i| confidence(f64::from(i) * 0.05, heard_s)).collect();
            assert!(rising.is_sorted(), "{heard_s} s: {rising:?}");
        }
    }

    #[test]
    fn fewer_false_names_ask_for_more_confidence() {
        let decision = Decision::built_in().unwrap();
        let thresholds: Vec<f64> = [1.0, 0.05, 0.02, 0.01, 0.004, 0.001, 1e-4, 1e-6, 0.0]
            .map(|share| decision.threshold_for(share))
            .to_vec();
        assert!(thresholds.is_sorted(), "{thresholds:?}");
        assert!(thresholds[0] > 0.0 && thresholds[8] < 1.0);
        let (share, confidence) = decision.thresholds[1];
        assert!((decision.threshold_for(share) - confidence).abs() < 1e-9);
    }
}
