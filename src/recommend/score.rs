//! How good an offer a track is: a sum of parts, each of which can be told as a reason.

use jiff::Timestamp;
use serde::Serialize;

use super::Request;
use crate::store::records::Track;
use crate::taste::vector::cosine;

/// What a score is made of. [`Parts::score`] is exactly their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Parts {
    /// Sounds like the seeds: weight times mean cosine.
    pub seed: f64,
    /// Sounds like what is enjoyed: weight times certainty times cosine.
    pub taste: f64,
    /// What was said and done about this very track: weight times -1 to 1.
    pub feedback: f64,
    /// Heard or played lately: minus the weight, halved with each half-life.
    pub fatigue: f64,
    /// How far from what was offered before it, 0 to 1; only where nothing else can be gone by.
    pub spread: f64,
}

impl Parts {
    /// Their sum.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.seed + self.taste + self.feedback + self.fatigue + self.spread
    }
}

/// The parts of one track, but for the spread.
#[must_use]
pub fn parts(request: &Request<'_>, track: &Track) -> Parts {
    let (taste, settings) = (request.taste, request.settings);
    let toward_taste = taste.vector.as_ref().map_or(0.0, |vector| cosine(vector, &track.style));
    let fatigue = taste
        .last_heard_or_played(track.id)
        .map_or(0.0, |at| freshness(at, request.now, settings.fatigue_half_life_h));
    Parts {
        seed: settings.seed * seed_cosine(request, track),
        taste: settings.taste * taste.certainty * toward_taste,
        feedback: settings.feedback * taste.feedback(track.id),
        // Without the sum with 0, nothing heard would be minus zero.
        fatigue: 0.0 - settings.fatigue * fatigue,
        spread: 0.0,
    }
}

/// Mean of the cosines with all seeds, 0 without seeds.
#[must_use]
pub fn seed_cosine(request: &Request<'_>, track: &Track) -> f64 {
    if request.seeds.is_empty() {
        return 0.0;
    }
    let sum: f64 = request.seeds.iter().map(|seed| cosine(seed, &track.style)).sum();
    sum / request.seeds.len() as f64
}

/// 1 for now, a half after each half-life.
fn freshness(at: Timestamp, now: Timestamp, half_life_h: f64) -> f64 {
    let hours = now.duration_since(at).as_secs_f64() / 3600.0;
    (-hours.max(0.0) / half_life_h).exp2()
}
