//! From scores to a probability: is this it, or none of mine?

use serde::Deserialize;
use thiserror::Error;

use super::align::Alignment;

/// Fitted on validation tracks by `models/train/calibrate.py`, together with the network.
const BUILT_IN: &str = include_str!("../../models/decision.json");

/// The tracks in these places of the list tell, by their mean score, what a clip reaches with music it is
/// not; copies of the first are left out.
const BACKGROUND_PLACES: std::ops::Range<usize> = 2..8;

/// What is more likely speech or noise than music is named so many times more seldom. The stated share is one of
/// music; of noise nine tenths lie below the threshold of the gate, of music one part in forty (`models/README.md`),
/// so that below it noise is far more likely, and the hiss of wind is much like that of a track.
const IN_DOUBT: f64 = 10.0;

/// Less sound than this was never measured: it counts as this much.
const SHORTEST_S: f64 = 0.5;

/// Logistic regression from the evidence, and its products with the length of the clip and the size of the
/// library, to the probability that the best candidate is right; and how many clips of unknown music reach as much.
///
/// The size matters: of few tracks the best stands further above the next ones by chance than of many.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Decision {
    intercept: f64,
    weights: Weights,
    false_names: FalseNames,
    /// Fewest and most tracks in the libraries that this was fitted on; smaller and larger ones count as these.
    tracks: [usize; 2],
    /// Background assumed in a library too small to have one: the mean over the validation clips.
    default_background: f64,
    /// Mean cosine at which a track named before still goes on: 95 % of the alignments with the
    /// fifth-best track stay below it (5 s clips).
    following_score: f64,
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
    log_tracks: f64,
    score_log_tracks: f64,
    background_log_tracks: f64,
}

/// The logit that a share of the clips of unknown music reaches, by the length of the clip:
/// `intercept + log_share ln(share) + log_s ln(s) + both ln(share) ln(s)`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FalseNames {
    intercept: f64,
    log_share: f64,
    log_s: f64,
    both: f64,
}

impl FalseNames {
    /// Share of the clips of unknown music, of this length, that reach this logit.
    fn share(&self, logit: f64, log_s: f64) -> f64 {
        let rest = logit - self.intercept - self.log_s * log_s;
        (rest / (self.log_share + self.both * log_s)).min(0.0).exp()
    }
}

/// What the decision makes of the evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Calibrated probability that the candidate is right, 0 to 1.
    pub confidence: f64,
    /// Share of the clips of unknown music, of the same length, that reach less, 0 to 1.
    pub certainty: f64,
}

impl Verdict {
    /// The same, knowing whether the gate takes the sound for music, or rather for speech or noise.
    #[must_use]
    pub fn given(self, is_music: bool) -> Self {
        if is_music {
            return self;
        }
        Self { certainty: (1.0 - IN_DOUBT * (1.0 - self.certainty)).max(0.0), ..self }
    }
}

/// When a track is named.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Share of the clips of unknown music that may be named.
    pub false_names: f64,
    /// Confidence needed besides.
    pub least_confidence: f64,
}

impl Rule {
    /// Whether this is certain enough to be said.
    #[must_use]
    pub fn names(&self, verdict: Verdict) -> bool {
        verdict.certainty >= 1.0 - self.false_names && verdict.confidence >= self.least_confidence
    }
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
    /// Tracks in the library.
    pub tracks: usize,
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

    /// How sure the candidate is.
    #[must_use]
    pub fn verdict(&self, evidence: Evidence) -> Verdict {
        let Evidence { score, beside, .. } = evidence;
        let background = evidence.background.unwrap_or(self.default_background);
        let log_s = evidence.heard_s.max(SHORTEST_S).ln();
        let [fewest, most] = self.tracks;
        let log_tracks = (evidence.tracks.min(most).max(fewest) as f64).ln();
        let w = &self.weights;
        let of_score = w.score + w.score_log_s * log_s + w.score_log_tracks * log_tracks;
        let of_background =
            w.background + w.background_log_s * log_s + w.background_log_tracks * log_tracks;
        let of_beside = w.beside + w.beside_log_s * log_s;
        let logit = self.intercept
            + score * of_score
            + background * of_background
            + beside * of_beside
            + w.log_s * log_s
            + w.log_tracks * log_tracks;
        Verdict {
            confidence: 1.0 / (1.0 + (-logit).exp()),
            certainty: 1.0 - self.false_names.share(logit, log_s),
        }
    }
}

/// What unrelated tracks reach; of a handful of tracks, the last.
pub(super) fn background(alignments: &[Alignment]) -> Option<f64> {
    let scores: Vec<f64> =
        alignments.iter().filter(|alignment| !alignment.copy).map(|a| a.score).collect();
    let (_, others) = scores.split_first()?;
    let last = others.last()?;
    let places = BACKGROUND_PLACES.start.min(scores.len())..BACKGROUND_PLACES.end.min(scores.len());
    let unrelated = &scores[places];
    if unrelated.is_empty() {
        return Some(*last);
    }
    Some(unrelated.iter().sum::<f64>() / unrelated.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(score: f64, heard_s: f64) -> Verdict {
        verdict_among(1000, score, heard_s)
    }

    fn verdict_among(tracks: usize, score: f64, heard_s: f64) -> Verdict {
        let evidence = Evidence { score, beside: 0.2, background: Some(0.3), heard_s, tracks };
        Decision::built_in().unwrap().verdict(evidence)
    }

    #[test]
    fn a_lead_over_many_tracks_says_more_than_one_over_few() {
        let few = verdict_among(20, 0.5, 5.0);
        let many = verdict_among(1000, 0.5, 5.0);
        assert!(few.confidence < many.confidence && few.certainty < many.certainty);
        assert_eq!(verdict_among(0, 0.5, 5.0), verdict_among(10, 0.5, 5.0));
        assert_eq!(verdict_among(1_000_000, 0.5, 5.0), verdict_among(100_000, 0.5, 5.0));
    }

    #[test]
    fn more_evidence_is_more_certain() {
        assert!(verdict(0.9, 5.0).confidence > 0.95);
        assert!(verdict(0.9, 5.0).confidence > verdict(0.5, 5.0).confidence);
        assert!(verdict(0.35, 5.0).confidence < 0.5);
        for heard_s in [0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 60.0] {
            let all: Vec<Verdict> =
                (-20..20).map(|i| verdict(f64::from(i) * 0.05, heard_s)).collect();
            assert!(all.is_sorted_by(|a, b| a.confidence <= b.confidence), "{heard_s} s: {all:?}");
            assert!(all.is_sorted_by(|a, b| a.certainty <= b.certainty), "{heard_s} s: {all:?}");
            for value in all.iter().flat_map(|v| [v.confidence, v.certainty]) {
                assert!((0.0..=1.0).contains(&value));
            }
        }
    }

    #[test]
    fn certainty_is_what_the_shares_say() {
        let decision = Decision::built_in().unwrap();
        for (share, log_s) in [(0.1, 0.0), (0.01, 1.1), (0.001, 2.3)] {
            let f = &decision.false_names;
            let ln = f64::ln(share);
            let logit = f.intercept + f.log_share * ln + f.log_s * log_s + f.both * ln * log_s;
            assert!((f.share(logit, log_s) - share).abs() < 1e-9);
        }
    }

    #[test]
    fn both_conditions_must_hold() {
        let rule = Rule { false_names: 0.01, least_confidence: 0.9 };
        let says = |confidence, certainty| rule.names(Verdict { confidence, certainty });
        assert!(says(0.95, 0.995));
        assert!(!says(0.95, 0.98) && !says(0.8, 0.995));
        let sure = |certainty| Verdict { confidence: 0.95, certainty };
        let doubtful = |certainty| rule.names(sure(certainty).given(false));
        assert!(!doubtful(0.995) && doubtful(0.9995) && !doubtful(0.0));
        assert_eq!(sure(0.995).given(true), sure(0.995));
    }

    #[test]
    fn the_background_of_few_tracks_is_what_there_is() {
        let place = crate::index::Place::at(0.0);
        let of = |scores: &[f64]| {
            let alignment = |score| Alignment { key: 1, place, score, beside: 0.0, copy: false };
            background(&scores.iter().copied().map(alignment).collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[0.9]), None);
        assert_eq!(of(&[0.9, 0.2]), Some(0.2));
        assert_eq!(of(&[0.9, 0.8, 0.2, 0.1]), Some(0.15000000000000002));
        let many: Vec<f64> = (0..12).map(|i| 0.9 - 0.05 * f64::from(i)).collect();
        assert!((of(&many).unwrap() - 0.675).abs() < 1e-9);
    }
}
