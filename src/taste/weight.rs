//! What the user said and did about one track, and how far it pulls.
//!
//! Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (ICDM 2008), take
//! apart what an observation says (preference: yes or no) and how sure it is
//! (confidence, `c = 1 + a r`, where `r` counts what was observed). Here `r` is the pull: the sum of the
//! weights of a track's events, each halved with every half-life; its sign is the preference.

use jiff::{SignedDuration, Timestamp};

use crate::settings;
use crate::store::records::{Event, EventKind};

/// `a` of `c = 1 + a r`, as in the paper.
const CONFIDENCE: f64 = 40.0;
/// A play of at least this share is a play to the end: fade-outs are often cut.
pub const FINISHED: f64 = 0.8;
/// A play that begins so soon after another of the same track is a repeat: nothing else was in between, or
/// little.
const REPEAT_WITHIN: SignedDuration = SignedDuration::from_mins(30);
/// A play of less is no repeat, and none can follow it: somebody was looking for a place in it.
const REPEATABLE: f64 = 0.5;
/// Pulls weaker than this say nothing.
const WEAKEST: f64 = 1e-9;
/// Times heard that tire: with a half-life of hours earlier ones count for nothing.
const TIRING: usize = 8;

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
    /// When it was saved, where that still holds.
    pub saved: Option<Timestamp>,
    /// When it was banned, where that still holds.
    pub banned: Option<Timestamp>,
    /// The last rating.
    pub stars: Option<(u8, Timestamp)>,
    /// Plays of any length.
    pub plays: u32,
    /// Plays to the end.
    pub finishes: u32,
    /// Plays soon after another.
    pub repeats: u32,
    /// Times heard in the room or played here, the last few, in the order of time: the log also holds what was
    /// taken over from elsewhere.
    heard: Vec<Timestamp>,
    /// When it was last skipped.
    pub last_skip: Option<Timestamp>,
    /// The last play, where it can be repeated.
    last_play: Option<Timestamp>,
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
            EventKind::Heard { .. } => self.hear(at),
            EventKind::Like => self.liked = Some(at),
            EventKind::Unlike => self.liked = None,
            EventKind::Save => self.saved = Some(at),
            EventKind::Unsave => self.saved = None,
            EventKind::Ban => self.banned = Some(at),
            EventKind::Unban => self.banned = None,
            EventKind::Rate { stars } => self.stars = Some((stars.clamp(1, 5), at)),
            EventKind::Play { share } => self.play(at, known_share(share), settings, clock),
            EventKind::Skip { share } => {
                let heard = share.map_or(0.0, known_share);
                let weight =
                    settings.skip_early + (settings.skip_late - settings.skip_early) * heard;
                self.passing += clock.decay(at) * weight;
                self.last_skip = self.last_skip.max(Some(at));
                self.last_play = None;
                if heard > 0.0 {
                    self.hear(at);
                }
            }
        }
    }

    fn play(&mut self, at: Timestamp, share: f64, settings: &settings::Taste, clock: Clock) {
        let again = share >= REPEATABLE
            && self.last_play.is_some_and(|last| {
                (SignedDuration::ZERO..=REPEAT_WITHIN).contains(&at.duration_since(last))
            });
        let weight = share * settings.play_finished + f64::from(again) * settings.repeat;
        self.plays += 1;
        self.finishes += u32::from(share >= FINISHED);
        self.repeats += u32::from(again);
        self.passing += clock.decay(at) * weight;
        self.last_play = (share >= REPEATABLE).then_some(at);
        self.hear(at);
    }

    fn hear(&mut self, at: Timestamp) {
        let place = self.heard.partition_point(|heard| *heard <= at);
        self.heard.insert(place, at);
        if self.heard.len() > TIRING {
            self.heard.remove(0);
        }
    }

    /// When it was last heard in the room or played here.
    pub fn last_heard(&self) -> Option<Timestamp> {
        self.heard.iter().copied().max()
    }

    /// How tired one is of it, 0 to 1: each time heard leaves half as much after each half-life, of what
    /// the others leave to tire.
    pub fn fatigue(&self, now: Timestamp, half_life_h: f64) -> f64 {
        let fresh = |at: &Timestamp| {
            let hours = now.duration_since(*at).as_secs_f64() / 3600.0;
            1.0 - (-hours.max(0.0) / half_life_h).exp2()
        };
        1.0 - self.heard.iter().map(fresh).product::<f64>()
    }

    /// Sum of all weights, decayed: above 0 enjoyed, below 0 not wanted.
    pub fn pull(&self, settings: &settings::Taste, clock: Clock) -> f64 {
        let said =
            |at: Option<Timestamp>, weight: f64| at.map_or(0.0, |at| clock.decay(at) * weight);
        let rated = self
            .stars
            .map_or(0.0, |(stars, at)| clock.decay(at) * (f64::from(stars) - 3.0) * settings.star);
        said(self.liked, settings.like)
            + said(self.saved, settings.save)
            + said(self.banned, settings.ban)
            + rated
            + self.passing
    }
}

/// Confidence of a pull; [`None`] where it says nothing.
pub fn confidence(pull: f64) -> Option<f64> {
    (pull.abs() > WEAKEST).then(|| 1.0 + CONFIDENCE * pull.abs())
}

fn known_share(share: f64) -> f64 {
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}
