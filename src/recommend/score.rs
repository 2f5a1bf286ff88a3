//! How good an offer a track is: a sum of parts, each of which can be told as a reason.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Request;
use super::ears::Compared;
use super::leaning::{Fit, Leaning};
use super::likeness::alike;
use super::reason::ReasonKind;
use super::traits;
use crate::dot::dot;
use crate::store::records::{Mood, TrackId};
use crate::taste::vector::unit_or_zero;

/// Tracks that are looked at closely, by each track that is known of the taste: of a larger library those that
/// are the best by a glance.
pub const CLOSE: usize = 1024;

/// What a score is made of. [`Parts::score`] is exactly their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Parts {
    /// Sounds like the seeds: weight times likeness (see [`likeness`](super::likeness())), of several seeds half
    /// the mean and half the best.
    pub seed: f64,
    /// Like what is enjoyed: weight times what the tracks that were enjoyed say of it (see `leaning`).
    pub taste: f64,
    /// Like what was skipped: weight times what the tracks that were skipped say of it, below 0 for most.
    pub skipped: f64,
    /// By an artist of whom other tracks were enjoyed or skipped: weight times what these say of it.
    pub artist: f64,
    /// What was said and done about this very track: weight times -1 to 1.
    pub feedback: f64,
    /// Heard or played lately: minus the weight, halved with each half-life.
    pub fatigue: f64,
    /// Fits the mood asked for: weight times -1 to 1.
    pub mood: f64,
    /// Newer than the library on the whole, and not heard yet: weight times how much more of a freshness, one
    /// at first and halved with each half-life, is left than on average.
    pub fresh: f64,
    /// Popular, where that is known: weight times 0 to 1.
    pub popularity: f64,
    /// Played by people who play what is enjoyed: weight times 0 to 1.
    pub people: f64,
    /// Unlike what is known of the taste; only at the places kept for exploring.
    pub explore: f64,
    /// How far from what was offered before it, 0 to 1; only where nothing else can be gone by.
    pub spread: f64,
    /// Beside its place on the way from one track to another: not above 0.
    pub path: f64,
}

impl Parts {
    /// Their sum.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.all().iter().map(|(_, weight)| weight).sum()
    }

    /// All of them, with what each is about.
    #[must_use]
    pub fn all(&self) -> [(ReasonKind, f64); 13] {
        [
            (ReasonKind::Seed, self.seed),
            (ReasonKind::Taste, self.taste),
            (ReasonKind::Skipped, self.skipped),
            (ReasonKind::Artist, self.artist),
            (ReasonKind::Feedback, self.feedback),
            (ReasonKind::Fatigue, self.fatigue),
            (ReasonKind::Mood, self.mood),
            (ReasonKind::Fresh, self.fresh),
            (ReasonKind::Popularity, self.popularity),
            (ReasonKind::People, self.people),
            (ReasonKind::Explore, self.explore),
            (ReasonKind::Spread, self.spread),
            (ReasonKind::Path, self.path),
        ]
    }
}

/// A request made ready for looking at many tracks.
pub struct Scorer<'a> {
    pub request: &'a Request<'a>,
    seeds: Vec<Vec<f32>>,
    /// What was measured of each seed.
    of_seeds: Vec<Option<[f32; traits::WIDTH]>>,
    /// Centres of what is enjoyed, unit length.
    centres: Vec<Vec<f32>>,
    leaning: Leaning,
    /// Too many tracks to look closely at each.
    glances: bool,
    asks_mood: bool,
    /// Freshness of the library on the whole.
    usual_freshness: f64,
}

impl<'a> Scorer<'a> {
    pub fn new(request: &'a Request<'a>) -> Self {
        let dim = request.library.dim();
        let centres = request.taste.centres().iter();
        Self {
            request,
            seeds: request.seeds.iter().map(|seed| unit_or_zero(&seed.style, dim)).collect(),
            of_seeds: request
                .seeds
                .iter()
                .map(|seed| seed.features.as_ref().map(|features| traits::of(Some(features))))
                .collect(),
            centres: centres.map(|centre| unit_or_zero(&centre.direction, dim)).collect(),
            leaning: Leaning::of(request.library, request.taste),
            glances: request.library.len() > CLOSE,
            asks_mood: !request.mood.is_neutral(),
            usual_freshness: usual_freshness(request),
        }
    }

    /// Directions that good offers lie near.
    pub fn directions(&self) -> impl Iterator<Item = &[f32]> {
        self.seeds.iter().chain(&self.centres).map(Vec::as_slice)
    }

    /// The parts of the track in a row that can be told from itself: all but explore, spread and path.
    pub fn parts(&self, row: usize) -> Parts {
        self.parts_with(row, self.seed_fit(row), self.fit(row))
    }

    /// The score of a track, of a large library by a glance at its style and without what its artist says.
    pub fn rough(&self, row: usize) -> f32 {
        let fit = Fit { enjoyed: self.lean(row), ..Fit::default() };
        self.parts_with(row, self.seed_glance(row), fit).score() as f32
    }

    fn parts_with(&self, row: usize, seed_fit: f64, fit: Fit) -> Parts {
        let (request, settings) = (self.request, self.request.settings);
        let id = request.library.id(row);
        let feedback = settings.feedback * request.taste.feedback(id);
        let fatigue = request.taste.fatigue(id, request.now, settings.fatigue_half_life_h);
        let told = |of: Option<&BTreeMap<TrackId, f64>>| {
            of.and_then(|of| of.get(&id)).copied().map_or(0.0, share)
        };
        Parts {
            seed: settings.seed * seed_fit,
            taste: settings.taste * fit.enjoyed,
            skipped: settings.taste * fit.skipped,
            artist: settings.taste * fit.artist,
            feedback,
            // Without the sum with 0, nothing would be minus zero.
            fatigue: 0.0 - settings.fatigue * fatigue,
            mood: settings.mood * self.mood_fit(row),
            fresh: if self.is_new(id) { settings.fresh * self.freshness(row) } else { 0.0 },
            popularity: settings.popularity * told(request.popularity),
            people: settings.people * told(request.people),
            ..Parts::default()
        }
    }

    /// The score of a track nothing has happened to: what the history adds is left out. In a large library
    /// by a glance at its style and without what its artist says.
    pub fn quick(&self, row: usize) -> f32 {
        let settings = self.request.settings;
        let mut score = settings.seed * self.seed_glance(row) + settings.taste * self.lean(row);
        if self.asks_mood {
            score += settings.mood * self.mood_fit(row);
        }
        (score + settings.fresh * self.freshness(row)) as f32
    }

    /// How alike a track and the seeds are: half the mean, half the best; what lies between them is welcome,
    /// but not instead of what is like one of them. 0 without seeds.
    pub fn seed_fit(&self, row: usize) -> f64 {
        all_and_best(self.alike_to_seeds(row))
    }

    fn alike_to_seeds(&self, row: usize) -> impl ExactSizeIterator<Item = f32> {
        let library = self.request.library;
        let style = library.style(row);
        let measured = library.is_measured(row).then(|| library.traits(row));
        let seeds = self.seeds.iter().zip(&self.of_seeds);
        seeds.map(move |(seed, of_seed)| alike(dot(seed, style), of_seed.as_ref(), measured))
    }

    /// The same, in a large library by the style alone.
    fn seed_glance(&self, row: usize) -> f64 {
        if !self.glances {
            return self.seed_fit(row);
        }
        let style = self.request.library.style(row);
        all_and_best(self.seeds.iter().map(|seed| dot(seed, style)))
    }

    /// The seed that a track sounds most like, with how alike they are.
    pub fn nearest_seed(&self, row: usize) -> Option<(usize, f64)> {
        let alike = self.alike_to_seeds(row).map(f64::from).enumerate();
        alike.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }

    /// What is known of the taste says so much of a track.
    fn lean(&self, row: usize) -> f64 {
        if self.glances {
            let library = self.request.library;
            return self.leaning.glance(library.style(row), library.traits(row));
        }
        self.fit(row).sum()
    }

    fn fit(&self, row: usize) -> Fit {
        let library = self.request.library;
        let (id, artist) = (library.id(row), library.artist(row));
        let compared = Compared { id, measured: library.traits(row), artist };
        self.leaning.fit(library.style(row), compared)
    }

    /// Rows of the artists of whom something was enjoyed or skipped, each with the part of its score that is told
    /// from the artist.
    pub fn of_known_artists(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        let Request { library, settings, .. } = self.request;
        self.leaning.artists().flat_map(move |(artist, fit)| {
            let part = (settings.taste * fit) as f32;
            library.tracks_of(artist).filter_map(move |id| Some((library.row(id)?, part)))
        })
    }

    /// Whether [`Scorer::quick`] and [`Scorer::rough`] only glance at the seeds and at what is known of the taste.
    pub fn glances(&self) -> bool {
        self.glances && !(self.leaning.is_empty() && self.seeds.is_empty())
    }

    /// 0 to 1: how far from all centres of what is enjoyed.
    pub fn novelty(&self, row: usize) -> f64 {
        let style = self.request.library.style(row);
        let cosine = |centre: &Vec<f32>| f64::from(dot(centre, style));
        1.0 - self.centres.iter().map(cosine).fold(0.0, f64::max).min(1.0)
    }

    fn mood_fit(&self, row: usize) -> f64 {
        let mood: Option<Mood> = self.request.library.mood(row).filter(|_| self.asks_mood);
        mood.map_or(0.0, |mood| self.request.mood.fit(mood))
    }

    fn is_new(&self, id: TrackId) -> bool {
        let taste = self.request.taste;
        taste.last_heard_or_played(id).is_none() && taste.last_skipped(id).is_none()
    }

    fn freshness(&self, row: usize) -> f64 {
        (freshness(self.request, row) - self.usual_freshness).max(0.0)
    }
}

/// Half the mean, half the best; 0 of nothing.
fn all_and_best(alike: impl ExactSizeIterator<Item = f32>) -> f64 {
    let count = alike.len();
    if count == 0 {
        return 0.0;
    }
    let (mut sum, mut best) = (0.0, f64::NEG_INFINITY);
    for alike in alike.map(f64::from) {
        sum += alike;
        best = best.max(alike);
    }
    (sum / count as f64 + best) / 2.0
}

fn share(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}

/// 1 for what was enrolled now, a half after each half-life.
fn freshness(request: &Request<'_>, row: usize) -> f64 {
    let age_s = request.now.as_second() - request.library.added_s(row);
    halved(age_s as f64 / 86_400.0, request.settings.fresh_half_life_days)
}

fn usual_freshness(request: &Request<'_>) -> f64 {
    let rows = request.library.len();
    let sum: f64 = (0..rows).map(|row| freshness(request, row)).sum();
    if rows == 0 { 0.0 } else { sum / rows as f64 }
}

/// 1 for now or later, a half after each half-life; 0 once that is nothing.
fn halved(age_days: f64, half_life_days: f64) -> f64 {
    /// Half-lives after which nothing is left.
    const NOTHING: f64 = 12.0;
    let lives = age_days.max(0.0) / half_life_days;
    if lives > NOTHING { 0.0 } else { (-lives).exp2() }
}
