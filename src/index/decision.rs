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

/// Logistic regression from the evidence to the probability that the best candidate is right.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Decision {
    intercept: f64,
    score: f64,
    background: f64,
    beside: f64,
    log_s: f64,
    score_log_s: f64,
    /// Background assumed in a library too small to have one: the mean over the validation clips.
    default_background: f64,
    /// Mean cosine at which a track named before still goes on: 95 % of the alignments with the
    /// fifth-best track stay below it (5 s clips).
    following_score: f64,
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

    /// Probability that the candidate is right.
    #[must_use]
    pub fn confidence(&self, evidence: Evidence) -> f64 {
        let log_s = evidence.heard_s.max(SHORTEST_S).ln();
        let logit = self.intercept
            + self.score * evidence.score
            + self.background * evidence.background.unwrap_or(self.default_background)
            + self.beside * evidence.beside
            + self.log_s * log_s
            + self.score_log_s * evidence.score * log_s;
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
    }
}
