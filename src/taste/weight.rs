//! What the user said and did about one track, and how far it pulls.
//!
//! Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (ICDM 2008), take
//! apart what an observation says (preference: yes or no) and how sure it is
//! (confidence, `c = 1 + a r`, where `r` counts what was observed). Here `r` is the pull: the sum of the
//! weights of a track's events, each halved with every half-life; its sign is the preference.

use jiff::Timestamp;

use crate::settings;
use crate::store::records::{Event, EventKind};

/// `a` of `c = 1 + a r`, as in the paper.
const CONFIDENCE: f64 = 40.0;
/// A play of at least this share is a play to the end: fade-outs are often cut.
const FINISHED: f64 = 0.8;
/// Pulls weaker than this say nothing.
const WEAKEST: f64 = 1e-9;

/// How old things are, and what that makes of their weight.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    now: Timestamp,
    half_life_days: f64,
}

impl Clock {
    /// The clock of [`settings::Taste::half_life_days`].
    pub fn new(now: Timestamp, settings: &settings::Taste) -> Self {
        Self { now, half_life_days: settings.half_life_days }
    }

    /// 1 for what is now or later, a half after each half-life.
    fn decay(&self, at: Timestamp) -> f64 {
        let days = self.now.duration_since(at).as_secs_f64() / 86_400.0;
        (-days.max(0.0) / self.half_life_days).exp2()
    }
}

/// The log of one track, summed up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// Title at the last event.
    pub title: String,
    /// Artist at the last event.
    pub artist: String,
    /// When it was liked, where that still holds.
    pub liked: Option<Timestamp>,
    /// When it was saved.
    pub saved: Option<Timestamp>,
    /// The last rating.
    pub stars: Option<(u8, Timestamp)>,
    /// Plays of any length.
    pub plays: u32,
    /// Plays to the end.
    pub finishes: u32,
    /// When it was last heard in the room or played here.
    pub last_heard: Option<Timestamp>,
    /// When it was last skipped.
    pub last_skip: Option<Timestamp>,
    /// Decayed weights of all plays and skips.
    passing: f64,
}

impl History {
    /// Takes the next event of this track.
    pub fn take(&mut self, event: &Event, settings: &settings::Taste, clock: Clock) {
        self.title.clone_from(&event.title);
        self.artist.clone_from(&event.artist);
        let at = event.at;
        match event.what {
            EventKind::Heard { .. } => self.heard(at),
            EventKind::Like => self.liked = Some(at),
            EventKind::Unlike => self.liked = None,
            EventKind::Save => self.saved = Some(at),
            EventKind::Rate { stars } => self.stars = Some((stars.clamp(1, 5), at)),
            EventKind::Play { share } => {
                let share = known_share(share);
                self.plays += 1;
                self.finishes += u32::from(share >= FINISHED);
                self.passing += clock.decay(at) * share * settings.play_finished;
                self.heard(at);
            }
            EventKind::Skip { share } => {
                let heard = share.map_or(0.0, known_share);
                let weight =
                    settings.skip_early + (settings.skip_late - settings.skip_early) * heard;
                self.passing += clock.decay(at) * weight;
                self.last_skip = self.last_skip.max(Some(at));
                if heard > 0.0 {
                    self.heard(at);
                }
            }
        }
    }

    fn heard(&mut self, at: Timestamp) {
        self.last_heard = self.last_heard.max(Some(at));
    }

    /// Sum of all weights, decayed: above 0 enjoyed, below 0 not wanted.
    pub fn pull(&self, settings: &settings::Taste, clock: Clock) -> f64 {
        let said =
            |at: Option<Timestamp>, weight: f64| at.map_or(0.0, |at| clock.decay(at) * weight);
        let rated = self
            .stars
            .map_or(0.0, |(stars, at)| clock.decay(at) * (f64::from(stars) - 3.0) * settings.star);
        said(self.liked, settings.like) + said(self.saved, settings.save) + rated + self.passing
    }
}

/// Confidence of a pull; [`None`] where it says nothing.
pub fn confidence(pull: f64) -> Option<f64> {
    (pull.abs() > WEAKEST).then(|| 1.0 + CONFIDENCE * pull.abs())
}

fn known_share(share: f64) -> f64 {
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}
