//! A recording at hand, as `identify` names it.

use std::sync::PoisonError;

use serde::Serialize;

use super::{Engine, HeardWindow, ListenError, RemoteIndex};
use crate::dsp::SAMPLE_RATE;
use crate::embed::{Network, query_windows};
use crate::index::{Candidate, Decision, Fingerprints, Index, Query, quantise};
use crate::library::SharedCatalogue;
use crate::settings::Recognition;
use crate::store::records::TrackId;

/// Confidence beyond which the rest of a long recording cannot change the answer.
const CERTAIN: f64 = 0.999;

/// What kind of sound was heard: of several stretches, the one that comes last here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Sound {
    /// Nothing louder than the silence of the settings.
    #[default]
    #[serde(rename = "silence")]
    Silence,
    /// Speech or noise: not searched, or searched and not named, and more like noise than like music.
    #[serde(rename = "no music")]
    NoMusic,
    /// Music, as far as can be told.
    #[serde(rename = "music")]
    Music,
}

/// The answer to a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClipMatch {
    /// The track, where one is certain enough.
    pub found: Option<Candidate>,
    /// What it may be, best first, the track found included.
    pub candidates: Vec<Candidate>,
    /// What kind of sound it is.
    pub heard: Sound,
    /// Why the index elsewhere was not asked, where it is away and this machine's answered alone.
    pub away: Option<String>,
}

/// Hears a recording stretch by stretch, so that its length costs no memory; the stretch that is
/// most certain decides. Offsets are those of the recording's start.
pub struct ClipListener<'e> {
    network: &'e Network,
    searched: Searched<'e>,
    decision: &'e Decision,
    recognition: &'e Recognition,
    heard_samples: usize,
    heard: Sound,
    /// Music logits of the stretch heard last.
    music: Vec<f32>,
    best: Vec<Candidate>,
    away: Option<String>,
}

/// Where fingerprints are looked for.
enum Searched<'e> {
    Engine(&'e Engine),
    Remote(&'e dyn RemoteIndex),
    /// An index elsewhere, and this machine's beside it.
    Together(&'e dyn RemoteIndex, &'e SharedCatalogue),
    Index(&'e Index),
}

impl<'e> ClipListener<'e> {
    /// A recording of which nothing was heard yet.
    #[must_use]
    pub fn new(engine: &'e Engine) -> Self {
        Self {
            network: &engine.network,
            searched: match (&engine.remote, &engine.own) {
                (Some(remote), Some(own)) => Searched::Together(&**remote, own),
                (Some(remote), None) => Searched::Remote(&**remote),
                (None, _) => Searched::Engine(engine),
            },
            decision: &engine.decision,
            recognition: &engine.recognition,
            heard_samples: 0,
            heard: Sound::Silence,
            music: Vec::new(),
            best: Vec::new(),
            away: None,
        }
    }

    /// The same, searched in an index without a library: candidates are the index's keys.
    #[must_use]
    pub fn over(
        network: &'e Network,
        index: &'e Index,
        decision: &'e Decision,
        recognition: &'e Recognition,
    ) -> Self {
        let searched = Searched::Index(index);
        Self {
            network,
            searched,
            decision,
            recognition,
            heard_samples: 0,
            heard: Sound::Silence,
            music: Vec::new(),
            best: Vec::new(),
            away: None,
        }
    }

    /// Samples that are best heard together: the recognition window.
    #[must_use]
    pub fn stretch_samples(&self) -> usize {
        (self.recognition.window_s * f64::from(SAMPLE_RATE)) as usize
    }

    /// Hears the next stretch (mono, [`SAMPLE_RATE`]); tells whether the answer is certain, so that
    /// the rest need not be heard.
    ///
    /// # Errors
    /// See [`ListenError`].
    pub fn hear(&mut self, stretch: &[f32]) -> Result<bool, ListenError> {
        let start_s = self.heard_samples as f64 / f64::from(SAMPLE_RATE);
        self.heard_samples += stretch.len();
        if is_silent(stretch, self.recognition.silence_dbfs) {
            return Ok(confidence(&self.best) >= CERTAIN);
        }
        let windows: Vec<HeardWindow> = query_windows(self.network, stretch)?
            .into_iter()
            .map(|window| {
                let code = quantise(&window.embedding.fingerprint);
                let query = Query { time_s: window.time_s + start_s, code };
                HeardWindow { query, music: window.embedding.music }
            })
            .collect();
        // The end of a long recording is judged together with what came before it: the less is heard, the
        // less can be told.
        let earlier = self.music.len();
        self.music.extend(windows.iter().map(|window| window.music));
        let may_be_music = self.network.gate().may_be_music(&self.music);
        let music = self.network.gate().is_music(&self.music);
        self.music.drain(..earlier);
        self.heard = self.heard.max(if music { Sound::Music } else { Sound::NoMusic });
        if !may_be_music {
            return Ok(confidence(&self.best) >= CERTAIN);
        }
        let heard_s = stretch.len() as f64 / f64::from(SAMPLE_RATE);
        let mut found = self.candidates(&windows, heard_s)?;
        found.iter_mut().for_each(|found| found.verdict = found.verdict.given(music));
        if confidence(&found) > confidence(&self.best) {
            self.best = found;
        }
        Ok(confidence(&self.best) >= CERTAIN)
    }

    /// The answer to what was heard.
    #[must_use]
    pub fn answer(self) -> ClipMatch {
        let rule = super::rule(self.recognition);
        let found = self.best.first().filter(|best| rule.names(best.verdict)).copied();
        let heard = if found.is_some() { Sound::Music } else { self.heard };
        ClipMatch { found, candidates: self.best, heard, away: self.away }
    }

    fn candidates(
        &mut self,
        windows: &[HeardWindow],
        heard_s: f64,
    ) -> Result<Vec<Candidate>, ListenError> {
        let queries =
            || -> Vec<Query> { windows.iter().map(|window| window.query.clone()).collect() };
        Ok(match self.searched {
            Searched::Remote(remote) => remote.identify(windows, heard_s)?,
            Searched::Engine(engine) => {
                engine.ask(|index| index.identify(&queries(), heard_s, self.decision))?
            }
            Searched::Together(remote, own) => {
                let mut found = match remote.identify(windows, heard_s) {
                    Ok(found) => found,
                    Err(error) if error.away => {
                        self.away.get_or_insert(error.text);
                        Vec::new()
                    }
                    Err(error) => return Err(error.into()),
                };
                let own = own.read().unwrap_or_else(PoisonError::into_inner);
                let here = own.index().identify(&queries(), heard_s, self.decision)?;
                found.extend(here.into_iter().map(beside));
                // Of equals the index elsewhere stands first: there the listener's taste is kept.
                found.sort_by(|a, b| b.verdict.confidence.total_cmp(&a.verdict.confidence));
                found
            }
            Searched::Index(index) => index.identify(&queries(), heard_s, self.decision)?,
        })
    }
}

/// A candidate of this machine's, beside those of an index elsewhere.
fn beside(candidate: Candidate) -> Candidate {
    Candidate { key: TrackId(candidate.key).beside().0, ..candidate }
}

fn confidence(candidates: &[Candidate]) -> f64 {
    candidates.first().map_or(0.0, |best| best.verdict.confidence)
}

/// Whether a stretch is quieter than the level below which nothing is searched.
pub(super) fn is_silent(samples: &[f32], silence_dbfs: f32) -> bool {
    let power = samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32;
    10.0 * power.max(1e-12).log10() < silence_dbfs
}
