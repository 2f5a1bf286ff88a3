//! How far someone leans towards a track or away from it, foreseen from each track that they said or did
//! something about.
//!
//! The mean of a Gaussian process (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006,
//! eq. 2.38; kernel ridge regression): what was enjoyed stands at 1, what was skipped below 0, each the surer
//! the more it pulls, and everything else a little below 0 until something near it is known. Unlike nearness
//! to the mean of what was enjoyed this does not count twice what is alike: a skip beside a like moves the
//! line between the two, and ten skips in one place say little more than three, but hold for the place.
//!
//! Nobody says what their taste goes by, so there are several ways of hearing ([`Ear`]), and each counts by how
//! well it would have foretold what was said and done (see `ears`).
//!
//! Styles are compared after the mean style of the library was taken off: what all of its music has in common
//! tells nothing about what someone likes of it.
//!
//! Tried on simulated listeners over the training music and not kept, since they found no more: an upper
//! confidence bound, draws from the process (Thompson sampling) and looking some offers ahead (active search;
//! Jiang et al., "Efficient Nonmyopic Active Search", 2017) for choosing what is offered next, also early or
//! after some skips alone; whitened styles; what lies in the thick of the library first; likeness over longer
//! or shorter distances, over all of them (rational quadratic kernels: a single skip moves less), by local
//! scaling (Zelnik-Manor and Perona 2004), or along a graph of neighbours; contrast, single measurements or the
//! mood as ears of their own; the marginal likelihood in the place of the error (it chooses timbre for
//! everybody who has said much).

use std::collections::BTreeMap;

use super::artists::Artist;
use super::ears::{Apart, Compared, Ear, Known, shares};
use super::{Collection, traits};
use crate::dot::dot;
use crate::store::records::TrackId;
use crate::taste::{Evidence, Taste};

/// Tracks that are gone by: those that pull most. Each costs time for each track looked at.
const MOST: usize = 64;
/// Tracks of the library that its mean is taken of, evenly spread: more would not move it.
const MEAN_OF: usize = 1024;
/// Variance of a pull of 1, that of tastes being 1: how far one play to the end, or one skip, may mislead. That
/// of a like is a third of it. Between 0.2 and 1.5 it matters little.
const NOISE: f64 = 1.0;
/// Where a track stands of which nothing near is known: most of a library is not to one's taste, so that a skip
/// surprises less than a like. Simulated listeners over the training music find the more the further below it
/// lies, down to -0.3; but there a skip says too little to be seen in the next list.
const UNKNOWN: f64 = -0.2;
/// Shorter than this, the way from the mean to a style is rounding error, not a direction.
const SHORTEST: f32 = 1e-3;

/// What is known of someone, ready for looking at many tracks.
#[derive(Debug, Default)]
pub struct Leaning {
    mean: Vec<f32>,
    /// Squared length of the mean.
    mean_squared: f32,
    /// Directions from the mean, unit length, one after another; first of what was enjoyed.
    points: Vec<f32>,
    /// How far each lies along the mean.
    along_mean: Vec<f32>,
    /// What measurements say of each.
    measured: Vec<[f32; traits::WIDTH]>,
    ids: Vec<TrackId>,
    /// Who each is by, where that is known.
    artists: Vec<Option<Artist>>,
    /// The ears that count, with the weights of all points, times how much the ear counts.
    ears: Vec<(Ear, Vec<f64>)>,
    enjoyed: usize,
    glance: Glance,
}

/// All points by their weights.
#[derive(Debug, Default)]
struct Glance {
    style: Vec<f32>,
    style_along_mean: f32,
    /// Of the ears that do not hear styles.
    timbre: [f32; traits::TIMBRE_WIDTH],
    /// Sum of their weights; 0 where no ear hears timbre alone.
    timbre_weight: f32,
    /// What counts for and against each artist.
    artists: BTreeMap<Artist, f64>,
}

/// What speaks for and what against a track. With [`UNKNOWN`] added, their sum is about 1 for what is just
/// like what is enjoyed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Fit {
    /// Of what was enjoyed.
    pub enjoyed: f64,
    /// Of what was skipped: below 0 for what is like it.
    pub skipped: f64,
    /// Of what else of its artist was enjoyed or skipped.
    pub artist: f64,
}

impl Fit {
    pub fn sum(&self) -> f64 {
        self.enjoyed + self.skipped + self.artist
    }
}

impl Leaning {
    pub fn of(library: &Collection, taste: &Taste) -> Self {
        let dim = library.dim();
        let mut evidence = taste.strongest(MOST);
        evidence.retain(|told| told.style.len() == dim);
        if evidence.is_empty() {
            return Self::default();
        }
        // Stable: on both sides the strongest stay first.
        evidence.sort_by_key(|told| told.pull <= 0.0);
        let mean = mean(library);
        let points: Vec<f32> =
            evidence.iter().flat_map(|told| direction_from(&mean, told.style)).collect();
        let rows: Vec<Option<usize>> =
            evidence.iter().map(|told| library.row(told.track_id)).collect();
        let known = Known {
            measured: rows.iter().all(|row| row.is_some_and(|row| library.is_measured(row))),
            artists: rows.iter().flatten().any(|row| library.has_others_of_artist(*row)),
        };
        let measured: Vec<[f32; traits::WIDTH]> =
            rows.iter().map(|row| row.map_or([0.0; _], |row| *library.traits(row))).collect();
        let mut leaning = Self {
            mean_squared: dot(&mean, &mean),
            along_mean: points.chunks_exact(dim).map(|point| dot(point, &mean)).collect(),
            enjoyed: evidence.iter().filter(|told| told.pull > 0.0).count(),
            mean,
            points,
            measured,
            ids: evidence.iter().map(|told| told.track_id).collect(),
            artists: rows.iter().map(|row| library.artist((*row)?)).collect(),
            ears: Vec::new(),
            glance: Glance::default(),
        };
        leaning.listen(&evidence, known);
        leaning.glance = leaning.all_points();
        leaning
    }

    /// Weighs the points, for each ear.
    fn listen(&mut self, evidence: &[Evidence<'_>], known: Known) {
        let count = evidence.len();
        let dim = self.mean.len();
        let point = |place: usize| &self.points[place * dim..][..dim];
        let mut apart = vec![Apart::default(); count * count];
        for i in 0..count {
            for j in 0..i {
                let cosine = dot(point(i), point(j));
                apart[i * count + j] = Apart::of(cosine, self.compared(i), self.compared(j));
            }
        }
        let noise: Vec<f64> = evidence.iter().map(|told| NOISE / told.pull.abs()).collect();
        let wanted: Vec<f64> = evidence.iter().map(|told| told.stands_at - UNKNOWN).collect();
        let enjoyed = self.enjoyed;
        self.ears = shares(&apart, &noise, &wanted, enjoyed, known);
    }

    /// What is compared of a point, besides its style.
    fn compared(&self, place: usize) -> Compared<'_> {
        let (id, artist) = (self.ids[place], self.artists[place]);
        Compared { id, measured: &self.measured[place], artist }
    }

    fn all_points(&self) -> Glance {
        let mut glance = Glance { style: vec![0.0; self.mean.len()], ..Glance::default() };
        for (ear, weights) in &self.ears {
            for (place, weight) in weights.iter().enumerate() {
                if let Some(artist) = self.artists[place].filter(|_| ear.artist > 0.0) {
                    *glance.artists.entry(artist).or_default() += weight * ear.artist;
                }
                let weight = *weight as f32;
                if ear.hears_style() {
                    let weight = weight * ear.sound_share() as f32;
                    let point = &self.points[place * self.mean.len()..][..self.mean.len()];
                    add(&mut glance.style, weight, point);
                } else {
                    let weight = weight * ear.timbre as f32;
                    add(&mut glance.timbre, weight, &self.measured[place][..traits::TIMBRE_WIDTH]);
                    glance.timbre_weight += weight;
                }
            }
        }
        glance.style_along_mean = dot(&glance.style, &self.mean);
        glance
    }

    /// The artists that something is known of, each with [`Fit::artist`] of what else is by them.
    pub fn artists(&self) -> impl Iterator<Item = (Artist, f64)> + '_ {
        self.glance.artists.iter().map(|(artist, fit)| (*artist, *fit))
    }

    /// Whether there is anything to go by.
    pub fn is_empty(&self) -> bool {
        self.ears.is_empty()
    }

    /// What speaks for and against a style (unit length, or zeros, for which nothing speaks) of a track of
    /// which this is known.
    pub fn fit(&self, style: &[f32], compared: Compared<'_>) -> Fit {
        let mut fit = Fit::default();
        let Some(length) = self.length(style) else { return fit };
        let points = self.points.chunks_exact(self.mean.len()).zip(&self.along_mean);
        for (place, (point, along_mean)) in points.enumerate() {
            let cosine = (dot(point, style) - along_mean) / length;
            let apart = Apart::of(cosine, self.compared(place), compared);
            let itself = self.ids[place] == compared.id;
            let side = if place < self.enjoyed { &mut fit.enjoyed } else { &mut fit.skipped };
            for (ear, weights) in &self.ears {
                *side += weights[place] * ear.of_sound(apart);
                // What is said of a track itself is not said of its artist's others.
                let by = if itself { &mut *side } else { &mut fit.artist };
                *by += weights[place] * ear.of_artist(apart);
            }
        }
        fit
    }

    /// About what [`Leaning::fit`] comes to but for the artist, in the time of one comparison: as if likeness fell
    /// evenly with the cosine, and with the distance. Good for finding the tracks that are worth a close look.
    pub fn glance(&self, style: &[f32], measured: &[f32; traits::WIDTH]) -> f64 {
        let Some(length) = self.length(style) else { return 0.0 };
        let glance = &self.glance;
        let mut sum = (dot(&glance.style, style) - glance.style_along_mean) / length;
        if glance.timbre_weight != 0.0 {
            // Squared distances, less what all tracks have in common.
            let timbre = &measured[..traits::TIMBRE_WIDTH];
            sum += 2.0 * dot(&glance.timbre, timbre) - glance.timbre_weight * dot(timbre, timbre);
        }
        f64::from(sum)
    }

    /// From the mean to a style.
    fn length(&self, style: &[f32]) -> Option<f32> {
        if self.is_empty() || style.iter().all(|x| *x == 0.0) {
            return None;
        }
        let squared = 1.0 - 2.0 * dot(&self.mean, style) + self.mean_squared;
        Some(squared.max(0.0).sqrt()).filter(|length| *length > SHORTEST)
    }
}

fn add(sum: &mut [f32], weight: f32, point: &[f32]) {
    for (sum, x) in sum.iter_mut().zip(point) {
        *sum += weight * x;
    }
}

/// The mean style of the library.
fn mean(library: &Collection) -> Vec<f32> {
    let mut sum = vec![0.0f64; library.dim()];
    let rows = (0..library.len()).step_by(library.len().div_ceil(MEAN_OF).max(1));
    let count = rows.len().max(1) as f64;
    for row in rows {
        for (sum, x) in sum.iter_mut().zip(library.style(row)) {
            *sum += f64::from(*x);
        }
    }
    sum.iter().map(|sum| (sum / count) as f32).collect()
}

/// The direction from the mean to a style, unit length; zeros where there is none.
fn direction_from(mean: &[f32], style: &[f32]) -> Vec<f32> {
    let away: Vec<f32> = style.iter().zip(mean).map(|(x, m)| x - m).collect();
    let length = dot(&away, &away).sqrt();
    let scale = if length > SHORTEST { 1.0 / length } else { 0.0 };
    away.into_iter().map(|x| x * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::tests::{library, style, taste};
    use crate::store::records::{EventKind, Features};

    const NOT_MEASURED: Compared<'static> =
        Compared { id: TrackId(0), measured: &[0.0; traits::WIDTH], artist: None };

    #[test]
    fn what_is_known_is_foreseen_and_holds_for_what_is_near() {
        let tracks = library();
        let collection = Collection::new(tracks.clone());
        let skip = EventKind::Skip { share: None };
        let rows =
            [(1, 5, EventKind::Like), (2, 5, EventKind::Like), (9, 5, skip.clone()), (10, 5, skip)];
        let leaning = Leaning::of(&collection, &taste(&tracks, &rows));
        let of = |style: &[f32]| leaning.fit(style, NOT_MEASURED).sum();
        let (liked, skipped, unknown) =
            (of(&style(0, 1234)), of(&style(1, 1234)), of(&style(3, 1234)));
        assert!(liked > 0.5 && liked > unknown + 0.4, "{liked} {unknown}");
        assert!(skipped < unknown, "{skipped} {unknown}");
        assert!(of(&tracks[0].style) > liked, "surest of the very track");
        assert!(leaning.fit(&style(1, 1234), NOT_MEASURED).skipped < 0.0);
        // The glance orders as the close look does.
        let glance = |number| leaning.glance(&style(number, 1234), NOT_MEASURED.measured);
        assert!(glance(0) > glance(3) && glance(3) > glance(1));
        let nothing = leaning.fit(&[0.0; crate::recommend::tests::DIM], NOT_MEASURED);
        assert_eq!(nothing, Fit::default());
    }

    #[test]
    fn what_measures_alike_is_liked_before_what_does_not() {
        let mut tracks = library();
        let mut bright = Features::plain();
        bright.centroid_hz = 5000.0;
        bright.zero_crossing_rate = 0.3;
        bright.loudness_lufs = -8.0;
        tracks[0].features = Some(bright.clone());
        let collection = Collection::new(tracks.clone());
        let leaning = Leaning::of(&collection, &taste(&tracks, &[(1, 5, EventKind::Like)]));
        let fit = |features: &Features| {
            let measured = &traits::of(Some(features));
            leaning.fit(&style(0, 1234), Compared { measured, ..NOT_MEASURED }).enjoyed
        };
        assert!(fit(&bright) > 1.2 * fit(&Features::plain()));
    }

    #[test]
    fn the_same_said_again_of_what_is_alike_adds_little() {
        let tracks = library();
        let collection = Collection::new(tracks.clone());
        let of_first = |likes: u32| {
            let rows: Vec<_> = (1..=likes).map(|id| (id, 5, EventKind::Like)).collect();
            let leaning = Leaning::of(&collection, &taste(&tracks, &rows));
            leaning.fit(&style(0, 1234), NOT_MEASURED).enjoyed
        };
        let (one, four, eight) = (of_first(1), of_first(4), of_first(8));
        assert!(one < four && four < eight && eight < 1.5, "{one} {four} {eight}");
        assert!(eight - four < four - one);
    }

    #[test]
    fn nothing_known_and_no_library_say_nothing() {
        let tracks = library();
        let nothing = Leaning::of(&Collection::new(tracks.clone()), &Taste::default());
        assert!(nothing.is_empty());
        assert_eq!(
            (
                nothing.fit(&tracks[0].style, NOT_MEASURED),
                nothing.glance(&tracks[0].style, NOT_MEASURED.measured)
            ),
            (Fit::default(), 0.0)
        );
        let known = taste(&tracks, &[(1, 5, EventKind::Like)]);
        assert!(Leaning::of(&Collection::default(), &known).is_empty());
        // One track alone is its own mean: there is no direction to lean in.
        let one = Collection::new([tracks[0].clone()]);
        let fit = Leaning::of(&one, &known).fit(&tracks[0].style, NOT_MEASURED);
        assert_eq!(fit, Fit::default());
    }
}
