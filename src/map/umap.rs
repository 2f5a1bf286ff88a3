//! Laying points out so that near ones stay near: UMAP (McInnes, Healy and Melville 2018,
//! <https://arxiv.org/abs/1802.03426>), with exact neighbours.

/// Neighbours that each point keeps to: umap-learn's default.
const NEIGHBOURS: usize = 15;
/// Of the curve 1 / (1 + a d^2b) that fits a least distance of 0.1: umap-learn's defaults.
const A: f32 = 1.577;
const B: f32 = 0.895;
/// Points that one is kept away from each time it is drawn to another.
const NEGATIVES: usize = 5;
/// No step is longer than that.
const LONGEST: f32 = 4.0;
/// Half the width of the plane that points are laid out on.
const REACH: f32 = 10.0;
/// Rows compared together, which stay in cache.
const BLOCK: usize = 128;
/// Values compared together.
const LANES: usize = 8;

/// Vectors as rows of one matrix, each of unit length, filled up with zeros.
struct Rows {
    values: Vec<f32>,
    width: usize,
}

impl Rows {
    fn of(vectors: &[&[f32]]) -> Self {
        let width = vectors.first().map_or(0, |v| v.len()).next_multiple_of(LANES);
        let mut values = vec![0.0; width * vectors.len()];
        for (row, vector) in values.chunks_exact_mut(width.max(1)).zip(vectors) {
            let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            row.iter_mut().zip(*vector).for_each(|(to, from)| *to = from / length);
        }
        Self { values, width }
    }

    fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.width..][..self.width]
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// The nearest of a point so far, nearest first: distance and which.
type Nearest = Vec<(f32, u32)>;

fn offer(nearest: &mut Nearest, most: usize, distance: f32, which: usize) {
    if nearest.len() == most && nearest.last().is_some_and(|(worst, _)| distance >= *worst) {
        return;
    }
    let place = nearest.partition_point(|(held, _)| *held <= distance);
    nearest.insert(place, (distance, which as u32));
    nearest.truncate(most);
}

/// Which points are drawn to each other.
pub struct Graph {
    nearest: Vec<Nearest>,
    /// Both ends and the weight, at most 1.
    edges: Vec<(u32, u32, f32)>,
}

impl Graph {
    /// Of vectors of the same length, by the angle between them.
    #[must_use]
    pub fn of(vectors: &[&[f32]]) -> Self {
        let nearest = nearest(&Rows::of(vectors));
        let weights: Vec<Vec<f32>> = nearest.iter().map(weights).collect();
        let weight_of = |from: usize, to: u32| {
            let place = nearest[from].iter().position(|(_, which)| *which == to);
            place.map(|place| weights[from][place])
        };
        let mut edges = Vec::new();
        for (i, near) in nearest.iter().enumerate() {
            for ((_, j), own) in near.iter().zip(&weights[i]) {
                let back = weight_of(*j as usize, i as u32);
                // Each pair once, from its lower end where both know each other.
                if back.is_none() || i < *j as usize {
                    let back = back.unwrap_or(0.0);
                    edges.push((i as u32, *j, own + back - own * back));
                }
            }
        }
        Self { nearest, edges }
    }

    /// The neighbours of a point, nearest first.
    pub fn neighbours(&self, point: usize) -> impl Iterator<Item = usize> + '_ {
        self.nearest[point].iter().map(|(_, which)| *which as usize)
    }

    /// Moves places (from -1 to 1 on both axes) so that neighbours come together and others keep apart, in
    /// so many rounds. `pace` is how far the first round goes, 1 where the start says little.
    #[must_use]
    pub fn settle(&self, start: &[[f32; 2]], rounds: usize, pace: f32) -> Vec<[f32; 2]> {
        let mut places: Vec<[f32; 2]> = start.iter().map(|p| p.map(|v| v * REACH)).collect();
        let mut random = fastrand::Rng::with_seed(1);
        // Points on the same spot would never part.
        places.iter_mut().flatten().for_each(|v| *v += (random.f32() - 0.5) * 1e-3);
        let heaviest = self.edges.iter().map(|(.., w)| *w).fold(f32::MIN_POSITIVE, f32::max);
        let mut due: Vec<f32> = self.edges.iter().map(|(.., w)| heaviest / w.max(1e-6)).collect();
        for round in 0..rounds {
            let step = pace * (1.0 - round as f32 / rounds as f32);
            for ((i, j, weight), due) in self.edges.iter().zip(&mut due) {
                if *due > round as f32 + 1.0 {
                    continue;
                }
                *due += heaviest / weight.max(1e-6);
                let (i, j) = (*i as usize, *j as usize);
                draw_together(&mut places, i, j, step);
                for _ in 0..NEGATIVES {
                    keep_apart(&mut places, i, random.usize(..start.len()), step);
                    keep_apart(&mut places, j, random.usize(..start.len()), step);
                }
            }
        }
        spread(places)
    }
}

/// The nearest of each row.
fn nearest(rows: &Rows) -> Vec<Nearest> {
    let count = rows.values.len().checked_div(rows.width).unwrap_or(0);
    let most = NEIGHBOURS.min(count.saturating_sub(1));
    let mut nearest: Vec<Nearest> = vec![Vec::with_capacity(most + 1); count];
    if most == 0 {
        return nearest;
    }
    for from in (0..count).step_by(BLOCK) {
        for to in (from..count).step_by(BLOCK) {
            for i in from..(from + BLOCK).min(count) {
                for j in to.max(i + 1)..(to + BLOCK).min(count) {
                    let distance = 1.0 - dot(rows.row(i), rows.row(j));
                    offer(&mut nearest[i], most, distance, j);
                    offer(&mut nearest[j], most, distance, i);
                }
            }
        }
    }
    nearest
}

/// How strongly each neighbour draws: 1 for the nearest, so that all together are as many as the logarithm of
/// their number.
fn weights(nearest: &Nearest) -> Vec<f32> {
    let first = nearest.first().map_or(0.0, |(d, _)| *d);
    let wanted = (nearest.len().max(2) as f32).log2();
    let weight = |d: f32, width: f32| (-(d - first).max(0.0) / width).exp();
    let (mut low, mut high) = (1e-6f32, 4.0f32);
    for _ in 0..40 {
        let width = f32::midpoint(low, high);
        let sum: f32 = nearest.iter().map(|(d, _)| weight(*d, width)).sum();
        if sum > wanted { high = width } else { low = width }
    }
    nearest.iter().map(|(d, _)| weight(*d, low)).collect()
}

fn draw_together(places: &mut [[f32; 2]], i: usize, j: usize, step: f32) {
    let apart: [f32; 2] = std::array::from_fn(|axis| places[i][axis] - places[j][axis]);
    let squared = apart[0] * apart[0] + apart[1] * apart[1];
    if squared <= 0.0 {
        return;
    }
    let power = squared.powf(B);
    let pull = -2.0 * A * B * power / squared / (1.0 + A * power);
    for axis in 0..2 {
        let by = (pull * apart[axis]).clamp(-LONGEST, LONGEST) * step;
        places[i][axis] += by;
        places[j][axis] -= by;
    }
}

fn keep_apart(places: &mut [[f32; 2]], i: usize, j: usize, step: f32) {
    let apart: [f32; 2] = std::array::from_fn(|axis| places[i][axis] - places[j][axis]);
    let squared = apart[0] * apart[0] + apart[1] * apart[1];
    if i == j || squared <= 0.0 {
        return;
    }
    let push = 2.0 * B / ((0.001 + squared) * (1.0 + A * squared.powf(B)));
    for axis in 0..2 {
        places[i][axis] += (push * apart[axis]).clamp(-LONGEST, LONGEST) * step;
    }
}

/// From -1 to 1 on both axes.
fn spread(mut places: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    for axis in 0..2 {
        let values = || places.iter().map(|p| p[axis]);
        let (low, high) = (values().fold(f32::MAX, f32::min), values().fold(f32::MIN, f32::max));
        let (middle, half) =
            (f32::midpoint(low, high), ((high - low) / 2.0).max(f32::MIN_POSITIVE));
        places.iter_mut().for_each(|p| p[axis] = (p[axis] - middle) / half);
    }
    places
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Points around four directions of a space of many, a quarter each in turn.
    pub fn groups(count: usize) -> Vec<Vec<f32>> {
        let mut random = fastrand::Rng::with_seed(9);
        (0..count)
            .map(|i| (0..20).map(|d| if d == i % 4 { 3.0 } else { random.f32() - 0.5 }).collect())
            .collect()
    }

    fn views(vectors: &[Vec<f32>]) -> Vec<&[f32]> {
        vectors.iter().map(Vec::as_slice).collect()
    }

    /// Share of points whose nearest five on the plane are of their own group.
    pub fn kept(places: &[[f32; 2]]) -> f64 {
        let same = (0..places.len()).filter(|i| {
            let distance =
                |j: &usize| (places[*i][0] - places[*j][0]).hypot(places[*i][1] - places[*j][1]);
            let mut others: Vec<usize> = (0..places.len()).filter(|j| j != i).collect();
            others.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
            others[..5].iter().all(|j| j % 4 == i % 4)
        });
        same.count() as f64 / places.len() as f64
    }

    #[test]
    fn the_nearest_are_the_nearest() {
        let vectors = groups(300);
        let rows = Rows::of(&views(&vectors));
        let graph = Graph::of(&views(&vectors));
        for i in [0, 127, 128, 299] {
            let mut others: Vec<usize> = (0..300).filter(|j| *j != i).collect();
            let cosine = |j: &usize| dot(rows.row(i), rows.row(*j));
            others.sort_by(|a, b| cosine(b).total_cmp(&cosine(a)));
            assert_eq!(graph.neighbours(i).collect::<Vec<_>>(), others[..NEIGHBOURS]);
        }
        assert!(graph.edges.iter().all(|(i, j, w)| i != j && *w > 0.0 && *w <= 1.0 + 1e-6));
    }

    #[test]
    fn groups_lie_together_wherever_they_started() {
        let vectors = groups(240);
        let mut random = fastrand::Rng::with_seed(3);
        let start: Vec<[f32; 2]> =
            (0..240).map(|_| [random.f32() - 0.5, random.f32() - 0.5]).collect();
        let graph = Graph::of(&views(&vectors));
        let places = graph.settle(&start, 300, 1.0);
        assert!(kept(&start) < 0.1 && kept(&places) > 0.95, "{}", kept(&places));
        assert!(places.iter().flatten().all(|v| v.abs() <= 1.0 + 1e-5));
        assert_eq!(graph.settle(&start, 300, 1.0), places, "the same each time");
    }

    #[test]
    fn few_and_equal_points_can_be_laid_out() {
        for count in [1, 2, 5] {
            let vectors = vec![vec![1.0f32; 4]; count];
            let places = Graph::of(&views(&vectors)).settle(&vec![[0.0; 2]; count], 20, 1.0);
            assert!(places.iter().flatten().all(|v| v.is_finite()));
        }
    }
}
