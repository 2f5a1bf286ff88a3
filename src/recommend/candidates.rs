//! Which tracks are worth a close look: the best by what can be told at a glance, and all that something
//! happened to.

use std::collections::BTreeSet;

use super::graph::{Graph, NEIGHBOURS};
use super::score::{CLOSE, Parts, Scorer};
use crate::store::records::TrackId;

/// Rows that a list of `count` is first looked for among. Artists and versions seldom cost so many.
pub fn first_look(count: usize) -> usize {
    128 + 12 * count
}

/// The best rows.
pub struct Best {
    /// Rows with their parts, best first.
    pub list: Vec<(usize, Parts)>,
    /// There are no others.
    pub all: bool,
}

/// The best `most` rows. All rows are looked at, or, of a collection with a graph, the neighbours of the
/// seeds and of the centres of the taste. A mood is not in the graph: with one all are looked at.
pub fn best(scorer: &Scorer<'_>, most: usize) -> Best {
    let graph = scorer.request.library.graph();
    let usable = most <= NEIGHBOURS && scorer.request.mood.is_neutral();
    let (mut glanced, exact) = match graph.filter(|_| usable) {
        Some(graph) => (near(scorer, graph), false),
        None => (everywhere(scorer), true),
    };
    let all = exact && glanced.len() <= most;
    if exact && scorer.glances() && CLOSE.max(most) < glanced.len() {
        keep(&mut glanced, CLOSE.max(most));
        for (score, row) in &mut glanced {
            *score = scorer.parts(*row).score() as f32;
        }
    }
    keep(&mut glanced, most);
    let mut list: Vec<(usize, Parts)> =
        glanced.into_iter().map(|(_, row)| (row, scorer.parts(row))).collect();
    sort(&mut list);
    Best { list, all }
}

/// Keeps the best.
fn keep(glanced: &mut Vec<(f32, usize)>, most: usize) {
    if most < glanced.len() {
        let better = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        glanced.select_nth_unstable_by(most, better);
        glanced.truncate(most);
    }
}

/// Every row that may be offered, with its score as far as a glance tells.
fn everywhere(scorer: &Scorer<'_>) -> Vec<(f32, usize)> {
    let mut scores: Vec<f32> =
        (0..scorer.request.library.len()).map(|row| scorer.quick(row)).collect();
    for row in known(scorer) {
        scores[row] = scorer.rough(row);
    }
    if scorer.glances() {
        scorer.of_known_artists().for_each(|(row, part)| scores[row] += part);
    }
    let free = free(scorer);
    scores.into_iter().enumerate().filter(|(row, _)| free[*row]).map(|(row, s)| (s, row)).collect()
}

/// The same for the rows near the seeds and the centres, those outside of the graph, and those that something is
/// known of, of themselves or of their artists.
fn near(scorer: &Scorer<'_>, graph: &Graph) -> Vec<(f32, usize)> {
    let library = scorer.request.library;
    let mut ids: BTreeSet<TrackId> = graph.outside().clone();
    ids.extend(scorer.directions().flat_map(|direction| graph.nearest(direction)));
    let mut rows: BTreeSet<usize> = ids.into_iter().filter_map(|id| library.row(id)).collect();
    rows.extend(known(scorer));
    let mut of_artists: Vec<(f32, usize)> =
        scorer.of_known_artists().map(|(row, part)| (scorer.quick(row) + part, row)).collect();
    keep(&mut of_artists, CLOSE);
    rows.extend(of_artists.into_iter().map(|(_, row)| row));
    let free = free(scorer);
    let scored = rows.into_iter().filter(|row| free[*row]);
    scored.map(|row| (scorer.parts(row).score() as f32, row)).collect()
}

/// The best first; of equals that with the lower number.
pub fn sort(list: &mut [(usize, Parts)]) {
    list.sort_by(|a, b| b.1.score().total_cmp(&a.1.score()).then(a.0.cmp(&b.0)));
}

/// Rows of the tracks that something happened to, or of which others tell something.
pub fn known<'s>(scorer: &'s Scorer<'_>) -> impl Iterator<Item = usize> + 's {
    let request = scorer.request;
    let told = [request.popularity, request.people].into_iter().flatten();
    let told = told.flat_map(|of| of.keys().copied());
    request.taste.known().chain(told).filter_map(|id| request.library.row(id))
}

/// Which rows may be offered.
pub fn free(scorer: &Scorer<'_>) -> Vec<bool> {
    let request = scorer.request;
    let mut free = vec![true; request.library.len()];
    for id in request.excluded().chain(request.before.iter().copied()) {
        if let Some(row) = request.library.row(id) {
            free[row] = false;
        }
    }
    free
}
