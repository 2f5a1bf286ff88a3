//! What `identify` says of clips.

use std::time::Instant;

use super::degrade::Surroundings;
use super::error::EvalError;
use super::references::References;
use super::repeat::{REPEAT_LIKENESS, likeness};
use super::score::NEAR_S;
use super::watch::Watch;
use crate::embed::Network;
use crate::index::{Decision, TrackKey};
use crate::listen::{ClipListener, ListenError, rule};
use crate::settings::Recognition;

/// What a measurement of recognition works with.
pub struct Hearing<'a> {
    /// How clips are named.
    pub ear: Ear<'a>,
    /// What is enrolled.
    pub references: &'a References,
    /// What clips are mixed with.
    pub surroundings: &'a Surroundings,
    /// Who watches.
    pub watch: &'a Watch<'a>,
}

/// How clips are named: as `identify` does it.
#[derive(Clone, Copy)]
pub struct Ear<'a> {
    /// The network.
    pub network: &'a Network,
    /// From scores to confidence.
    pub decision: &'a Decision,
    /// The user's settings.
    pub recognition: &'a Recognition,
}

/// A cell of the tables.
#[derive(Debug, Clone, PartialEq)]
pub struct CellName {
    /// Length of its clips, seconds.
    pub length_s: f64,
    /// What was done to them.
    pub condition: String,
}

/// Where a clip is from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    /// The track.
    pub key: TrackKey,
    /// Place in the track where the clip starts, seconds, whatever the speed.
    pub start_s: f64,
}

/// The best candidate, however certain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The track.
    pub key: TrackKey,
    /// Place in the track where the clip is said to start, seconds.
    pub offset_s: f64,
    /// Share of the clips of unknown music, of this length, that are said to reach less: it is named where
    /// that is at least one less the share of false names one allows. 0 where the settings ask for more
    /// confidence.
    pub certainty: f64,
}

/// A clip and its answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// Which cell it belongs to.
    pub cell: usize,
    /// Which clip of the cell.
    pub number: usize,
    /// Where it is from; `None` for a track that is not enrolled.
    pub truth: Option<Truth>,
    /// `None` where nothing at all was found, such as in silence.
    pub answer: Option<Answer>,
    /// Whether the track sounds the same at the place answered as at the true one.
    pub repeats: bool,
    /// Time it took to name, milliseconds, while other clips were worked on too.
    pub elapsed_ms: f64,
}

/// Which clip is heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClipId {
    pub cell: usize,
    pub number: usize,
    pub length_s: f64,
}

impl Hearing<'_> {
    /// Names one clip; `track` is the sound of the track it is from.
    pub(super) fn hear(
        &self,
        clip: ClipId,
        samples: &[f32],
        truth: Option<Truth>,
        track: &[f32],
    ) -> Result<Heard, EvalError> {
        self.watch.go_on()?;
        let started = Instant::now();
        let answer = self.answer(samples)?;
        let elapsed_ms = started.elapsed().as_secs_f64() * 1000.0;
        let repeats = match (truth, answer) {
            (Some(truth), Some(answer)) if truth.key == answer.key => {
                (truth.start_s - answer.offset_s).abs() > NEAR_S
                    && likeness(track, truth.start_s, answer.offset_s, clip.length_s)
                        >= REPEAT_LIKENESS
            }
            _ => false,
        };
        let ClipId { cell, number, .. } = clip;
        Ok(Heard { cell, number, truth, answer, repeats, elapsed_ms })
    }

    fn answer(&self, samples: &[f32]) -> Result<Option<Answer>, ListenError> {
        let Ear { network, decision, recognition } = self.ear;
        let mut listener =
            ClipListener::over(network, &self.references.index, decision, recognition);
        for stretch in samples.chunks(listener.stretch_samples()) {
            if listener.hear(stretch)? {
                break;
            }
        }
        let rule = rule(recognition);
        Ok(listener.answer().candidates.first().map(|best| Answer {
            key: best.key,
            offset_s: best.offset_s,
            certainty: if best.verdict.confidence < rule.least_confidence {
                0.0
            } else {
                best.verdict.certainty
            },
        }))
    }
}
