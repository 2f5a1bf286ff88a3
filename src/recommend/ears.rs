//! Ways of hearing whether two tracks are alike, and how much each counts for someone.
//!
//! Some like a style, some a timbre, some an artist; nobody says which. Each way is the kernel of a Gaussian
//! process of its own; the mean of all is taken, each weighed by how well it foretells each thing that was said
//! and done from the others (leaving one out: Rasmussen and Williams 2006, eq. 5.12), as in the pseudo-Bayesian
//! mean of models (Geisser and Eddy 1979; Yao et al. 2018). What was enjoyed and what was skipped count the same
//! in the error, however many of each there are.

use super::artists::Artist;
use super::traits::{self, TIMBRE_WIDTH};
use crate::store::records::TrackId;

/// Distance over which likeness falls to 1/e. Between 0.2 and 0.8 it matters little.
const REACH: f64 = 0.4;
/// An ear that counts for less is not asked: it costs time and moves nothing.
const LEAST: f64 = 0.005;

/// How far two tracks lie apart.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Apart {
    /// 1 - cosine of the directions from the mean style.
    style: f64,
    /// By the measurements of timbre.
    timbre: f64,
    /// By all other measurements.
    rest: f64,
    /// Another track by another artist, or by one that is not known.
    another_artist: bool,
}

/// What is compared of a track, besides its style.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    pub id: TrackId,
    pub measured: &'a [f32; traits::WIDTH],
    pub artist: Option<Artist>,
}

impl Apart {
    /// Of two tracks the cosine of whose styles is this.
    pub fn of(cosine: f32, a: Compared<'_>, b: Compared<'_>) -> Self {
        let (timbre_a, rest_a) = a.measured.split_at(TIMBRE_WIDTH);
        let (timbre_b, rest_b) = b.measured.split_at(TIMBRE_WIDTH);
        Self {
            style: f64::from(1.0 - cosine),
            timbre: f64::from(traits::apart(timbre_a, timbre_b)),
            rest: f64::from(traits::apart(rest_a, rest_b)),
            another_artist: a.id != b.id && (a.artist.is_none() || a.artist != b.artist),
        }
    }
}

/// What counts in a distance, and how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ear {
    style: f64,
    pub timbre: f64,
    rest: f64,
    /// Share of the likeness that being by the same artist makes, 0 to 1; what sounds makes the others.
    pub artist: f64,
    /// Logarithm of how much it counts for someone of whom nothing is known.
    prior: f64,
}

/// Style with all measurements and the artist, style alone, timbre alone, wide and narrow. Nobody is taken to go by
/// timbre alone until that shows. Simulated listeners over the training music with all of them find nearly as much as
/// with the one that is best for their kind of taste; with 0.4 or 0.6 of the artist as much as with 0.5, and less where
/// the second hears artists too. With the same prior for all, tastes of timbre are found better by two points in a
/// hundred, and those of sources worse by as much.
const EARS: [Ear; 4] = [
    Ear { style: 1.0, timbre: 1.0, rest: 1.0, artist: 0.5, prior: 1.0 },
    Ear { style: 1.0, timbre: 0.0, rest: 0.0, artist: 0.0, prior: 1.0 },
    // Measurements are three groups: alone it counts as much as all together.
    Ear { style: 0.0, timbre: 3.0, rest: 0.0, artist: 0.0, prior: 0.0 },
    Ear { style: 0.0, timbre: 9.0, rest: 0.0, artist: 0.0, prior: 0.0 },
];

impl Ear {
    /// The kernel: 1 for what is not apart.
    pub fn likeness(&self, apart: Apart) -> f64 {
        self.of_sound(apart) + self.of_artist(apart)
    }

    /// What the artist makes of it.
    pub fn of_artist(&self, apart: Apart) -> f64 {
        if apart.another_artist { 0.0 } else { self.artist }
    }

    /// What the sound makes of it.
    pub fn of_sound(&self, apart: Apart) -> f64 {
        let far = self.style * apart.style + self.timbre * apart.timbre + self.rest * apart.rest;
        self.sound_share() * (-far / REACH).exp()
    }

    pub fn hears_style(&self) -> bool {
        self.style > 0.0
    }

    pub fn sound_share(&self) -> f64 {
        1.0 - self.artist
    }
}

/// What there is to hear of the tracks that are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// All were measured; else styles alone are heard.
    pub measured: bool,
    /// At least one is by an artist of whom there are others; else artists say nothing.
    pub artists: bool,
}

/// The ears that count for someone of whom some tracks are known, each with the weights of these tracks, times
/// how much the ear counts. Given are how far the tracks lie `apart` (a square matrix of which the lower half
/// is looked at), the variance of what each says, and where each stands; the first `enjoyed` were enjoyed.
pub fn shares(
    apart: &[Apart],
    noise: &[f64],
    stand_at: &[f64],
    enjoyed: usize,
    known: Known,
) -> Vec<(Ear, Vec<f64>)> {
    let heard: Vec<(Ear, Solved, f64)> = EARS
        .into_iter()
        .filter(|ear| known.measured || ear.hears_style())
        .map(|ear| if known.artists { ear } else { Ear { artist: 0.0, ..ear } })
        .map(|ear| {
            let solved = solved(&likenesses(ear, apart, noise), stand_at);
            let evidence = ear.prior + foretells(&solved, enjoyed);
            (ear, solved, evidence)
        })
        .collect();
    let best = heard.iter().map(|(.., evidence)| *evidence).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = heard.iter().map(|(.., evidence)| (evidence - best).exp()).sum();
    let shares = heard.into_iter().filter_map(|(ear, solved, evidence)| {
        let share = (evidence - best).exp() / sum;
        let weights = solved.weights.iter().map(|weight| share * weight).collect();
        (share >= LEAST).then_some((ear, weights))
    });
    shares.collect()
}

/// The lower half of the covariance of what is told.
fn likenesses(ear: Ear, apart: &[Apart], noise: &[f64]) -> Vec<f64> {
    let count = noise.len();
    let mut likenesses = vec![0.0; count * count];
    for i in 0..count {
        for j in 0..i {
            likenesses[i * count + j] = ear.likeness(apart[i * count + j]);
        }
        likenesses[i * count + i] = 1.0 + noise[i];
    }
    likenesses
}

/// Logarithm of how likely each is by all others, with the error's scale unknown; 0 where only one side is known.
fn foretells(solved: &Solved, enjoyed: usize) -> f64 {
    let count = solved.weights.len();
    if enjoyed == 0 || enjoyed == count {
        return 0.0;
    }
    let errors = solved.weights.iter().zip(&solved.inverse_diagonal);
    let squares: Vec<f64> = errors.map(|(weight, inverse)| (weight / inverse).powi(2)).collect();
    let mean = |squares: &[f64]| squares.iter().sum::<f64>() / squares.len() as f64;
    let (of_enjoyed, of_skipped) = squares.split_at(enjoyed);
    let error = (mean(of_enjoyed) + mean(of_skipped)) / 2.0;
    -(count as f64) / 2.0 * error.max(f64::EPSILON).ln()
}

/// A solved system of equations, and the diagonal of the inverse of its matrix.
struct Solved {
    weights: Vec<f64>,
    inverse_diagonal: Vec<f64>,
}

/// Solves a symmetric positive definite system of equations, of whose matrix the lower half is given, by
/// Cholesky's decomposition.
fn solved(matrix: &[f64], values: &[f64]) -> Solved {
    let count = values.len();
    let lower = cholesky(matrix.to_vec(), count);
    let mut weights = values.to_vec();
    forward(&lower, &mut weights, 0);
    for i in (0..count).rev() {
        let inner: f64 = (i + 1..count).map(|k| lower[k * count + i] * weights[k]).sum();
        weights[i] = (weights[i] - inner) / lower[i * count + i];
    }
    let inverse_diagonal = (0..count)
        .map(|i| {
            let mut column = vec![0.0; count];
            column[i] = 1.0;
            forward(&lower, &mut column, i);
            column.iter().map(|x| x * x).sum()
        })
        .collect();
    Solved { weights, inverse_diagonal }
}

fn cholesky(mut matrix: Vec<f64>, count: usize) -> Vec<f64> {
    for i in 0..count {
        for j in 0..=i {
            let (above, row) = matrix.split_at(i * count);
            let other = if j < i { &above[j * count..] } else { row };
            let inner: f64 = row[..j].iter().zip(other).map(|(a, b)| a * b).sum();
            let rest = row[j] - inner;
            let value = if i == j { rest.max(f64::EPSILON).sqrt() } else { rest / other[j] };
            matrix[i * count + j] = value;
        }
    }
    matrix
}

/// Solves for a lower triangle, `values` being 0 before `from`.
fn forward(lower: &[f64], values: &mut [f64], from: usize) {
    let count = values.len();
    for i in from..count {
        let row = &lower[i * count..][..i];
        let inner: f64 = row[from..].iter().zip(&values[from..]).map(|(a, b)| a * b).sum();
        values[i] = (values[i] - inner) / lower[i * count + i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        let (matrix, right) = ([4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0], [1.0, 2.0, 3.0]);
        let solved = solved(&matrix, &right);
        let rows = [[4.0, 2.0, 1.0], [2.0, 5.0, 3.0], [1.0, 3.0, 6.0]];
        for (row, right) in rows.iter().zip(right) {
            let left: f64 = row.iter().zip(&solved.weights).map(|(a, b)| a * b).sum();
            assert!((left - right).abs() < 1e-12);
        }
        // Cofactors over the determinant, 67.
        let inverse = [21.0, 23.0, 16.0].map(|cofactor| cofactor / 67.0);
        for (found, expected) in solved.inverse_diagonal.iter().zip(inverse) {
            assert!((found - expected).abs() < 1e-12, "{:?}", solved.inverse_diagonal);
        }
    }

    /// Four liked and four skipped tracks, either apart by style or by timbre, and by the other not.
    fn ears(by_style: bool, measured: bool) -> Vec<(Ear, f64)> {
        let mut apart = vec![Apart::default(); 64];
        for (place, apart) in apart.iter_mut().enumerate() {
            let (i, j) = (place / 8, place % 8);
            let same = (i < 4) == (j < 4);
            // By the other all are as far apart.
            let (told, blind) = (if same { 0.1 } else { 1.2 }, 0.6);
            let (style, timbre) = if by_style { (told, blind) } else { (blind, told) };
            *apart = Apart { style, timbre: timbre / 3.0, rest: 0.2, another_artist: true };
        }
        let stand_at = [1.2, 1.2, 1.2, 1.2, -0.3, -0.3, -0.3, -0.3];
        let shares = shares(&apart, &[0.5; 8], &stand_at, 4, Known { measured, artists: false });
        let share = |ear: Ear, weights: &[f64]| {
            let alone = solved(&likenesses(ear, &apart, &[0.5; 8]), &stand_at).weights;
            weights[0] / alone[0]
        };
        shares.into_iter().map(|(ear, weights)| (ear, share(ear, &weights))).collect()
    }

    #[test]
    fn what_foretells_counts() {
        let share_of_timbre = |ears: &[(Ear, f64)]| -> f64 {
            ears.iter().filter(|(ear, _)| !ear.hears_style()).map(|(_, share)| share).sum()
        };
        let (style, timbre) = (ears(true, true), ears(false, true));
        assert!(share_of_timbre(&timbre) > 0.8, "{timbre:?}");
        assert!(share_of_timbre(&style) < 0.05, "{style:?}");
        for ears in [&style, &timbre] {
            let sum: f64 = ears.iter().map(|(_, share)| share).sum();
            assert!((sum - 1.0).abs() < 0.02, "{ears:?}");
        }
        assert_eq!(share_of_timbre(&ears(false, false)), 0.0, "not measured, not heard");
    }

    #[test]
    fn what_is_by_the_same_artist_is_alike() {
        let ear = EARS[0];
        let [same, other] = [false, true].map(|another_artist| Apart {
            style: 1.2,
            timbre: 0.5,
            rest: 0.5,
            another_artist,
        });
        assert!(ear.likeness(other) < 0.05 && ear.likeness(same) > 0.5);
        assert_eq!(ear.likeness(same) - ear.of_sound(same), ear.artist);
        assert_eq!(ear.likeness(other), ear.of_sound(same));
        assert!((ear.likeness(Apart::default()) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn where_one_side_is_known_the_prior_holds() {
        let known = Known { measured: true, artists: true };
        let shares = shares(&[Apart::default(); 1], &[1.0], &[1.2], 1, known);
        assert_eq!(shares.iter().map(|(ear, _)| *ear).collect::<Vec<_>>(), EARS);
        let weight = |place: usize| shares[place].1[0];
        assert!((weight(0) - weight(1)).abs() < 1e-12);
        assert!((weight(1) / weight(2) - 1.0_f64.exp()).abs() < 1e-9);
    }
}
