//! Making cells, and searching in them.

use std::path::Path;

use instant_distance::Search;
use rayon::prelude::*;

use super::coarse::{Coarse, MOST_PROBES};
use super::codes::{Code, Packed, cosine};
use super::fastscan::{lay_out, scan};
use super::kmeans::Partition;
use super::nearest::Nearest;
use super::residual::{BYTES, Residual, Spread, Table};
use super::segment::{Covered, Description, Segment, SegmentError, write};
use super::{Hit, TrackKey};

/// Every second fingerprint is in the cells: neighbours are much alike.
pub const STEP: usize = 2;
/// Codes a cell is trained on, about.
const SAMPLE_PER_CELL: usize = 40;
/// Cells are trained anew when the library has grown so many times.
const RETRAIN_AT: u64 = 4;
const SEED: u64 = 1;

/// A track to put into cells.
#[derive(Debug, Clone)]
pub struct CellTrack {
    /// Which track.
    pub key: TrackKey,
    /// Which version of its fingerprints.
    pub version: u64,
    /// Its fingerprints.
    pub packed: Packed,
}

impl CellTrack {
    fn codes(&self) -> impl Iterator<Item = &Code> {
        self.packed.codes().iter().step_by(STEP)
    }
}

/// Puts the searched codes of tracks into cells and writes them to `path`. The cells of `before` are kept
/// unless the library has grown fourfold since they were trained.
///
/// # Errors
/// The file cannot be written.
pub fn build(
    path: &Path,
    model: &str,
    tracks: &[CellTrack],
    before: Option<&Segment>,
) -> Result<(), SegmentError> {
    let windows: usize = tracks.iter().map(|track| track.codes().count()).sum();
    let fits = |held: &&Segment| {
        held.model() == model && (windows as u64) < held.description.trained_on * RETRAIN_AT
    };
    let (partition, spread, trained_on) = match before.filter(fits) {
        Some(held) => {
            let Description { spread, trained_on, .. } = &held.description;
            (held.partition.clone(), spread.clone(), *trained_on)
        }
        None => {
            let (partition, spread) = train(tracks, windows);
            (partition, spread, windows as u64)
        }
    };
    let cells: Vec<Vec<u32>> = tracks
        .par_iter()
        .map(|track| track.codes().map(|code| partition.cell_of(code) as u32).collect())
        .collect();
    let starts = starts(&cells, partition.len());
    let (numbers, codes) = postings(tracks, &cells, &starts, &partition, &spread);
    let (groups, members) = partition.parts();
    let covered = tracks.iter().zip(&cells).map(|(track, cells)| Covered {
        key: track.key,
        version: track.version,
        windows: cells.len() as u32,
    });
    let description = Description {
        model: model.to_owned(),
        tracks: covered.collect(),
        spread,
        coarse: Coarse::build(&partition.centroids(), SEED),
        groups: groups.iter().map(|group| group.to_vec()).collect(),
        members,
        starts,
        trained_on,
        checksums: Vec::new(),
    };
    write(path, description, &numbers, &codes)
}

/// Somewhat faster than the square root, so that the codes of a cell grow slowly (1 200 in a library of a
/// thousand tracks of three minutes, 6 700 in one of a hundred thousand).
fn cell_count(windows: usize) -> usize {
    ((windows as f64).powf(0.627) * 0.1).ceil().max(1.0) as usize
}

fn train(tracks: &[CellTrack], windows: usize) -> (Partition, Spread) {
    let count = cell_count(windows);
    let every = (windows / (count * SAMPLE_PER_CELL)).max(1);
    let mut random = fastrand::Rng::with_seed(SEED);
    let sample: Vec<Code> = tracks
        .iter()
        .flat_map(CellTrack::codes)
        .filter(|_| every == 1 || random.usize(..every) == 0)
        .copied()
        .collect();
    let partition = Partition::train(&sample, count, SEED);
    let measured = &sample[..sample.len().min(1 << 17)];
    let cells: Vec<usize> = measured.par_iter().map(|code| partition.cell_of(code)).collect();
    let spread =
        Spread::of(measured.iter().zip(cells.iter().map(|cell| partition.centroid(*cell))));
    (partition, spread)
}

fn starts(cells: &[Vec<u32>], count: usize) -> Vec<u32> {
    let mut starts = vec![0_u32; count + 1];
    for cell in cells.iter().flatten() {
        starts[*cell as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    starts
}

fn postings(
    tracks: &[CellTrack],
    cells: &[Vec<u32>],
    starts: &[u32],
    partition: &Partition,
    spread: &Spread,
) -> (Vec<u32>, Vec<Residual>) {
    let total = starts.last().map_or(0, |n| *n as usize);
    let (mut numbers, mut codes) = (vec![0_u32; total], vec![[0_u8; BYTES]; total]);
    let mut next = starts.to_vec();
    let mut number = 0;
    // A few thousand tracks at a time are coded by all cores, then sorted into their cells.
    for (tracks, cells) in tracks.chunks(4096).zip(cells.chunks(4096)) {
        let encoded: Vec<Vec<Residual>> = tracks
            .par_iter()
            .zip(cells)
            .map(|(track, cells)| {
                let pairs = track.codes().zip(cells);
                pairs
                    .map(|(code, cell)| spread.encode(code, partition.centroid(*cell as usize)))
                    .collect()
            })
            .collect();
        for (cell, code) in cells.iter().flatten().zip(encoded.into_iter().flatten()) {
            let place = &mut next[*cell as usize];
            numbers[*place as usize] = number;
            codes[*place as usize] = code;
            *place += 1;
            number += 1;
        }
    }
    let mut rest = &mut codes[..];
    let mut of_cells: Vec<&mut [Residual]> = Vec::with_capacity(starts.len());
    for cell in starts.windows(2) {
        let (codes, after) = rest.split_at_mut((cell[1] - cell[0]) as usize);
        of_cells.push(codes);
        rest = after;
    }
    of_cells.into_par_iter().for_each(|codes| {
        let plain = codes.to_vec();
        lay_out(&plain, codes.as_flattened_mut());
    });
    (numbers, codes)
}

/// Cells of a file, and which of its tracks are still in the library as they were.
#[derive(Debug)]
pub(super) struct Cells {
    pub segment: std::sync::Arc<Segment>,
    alive: Vec<bool>,
    all_alive: bool,
}

impl Cells {
    pub fn new(segment: std::sync::Arc<Segment>, alive: Vec<bool>) -> Self {
        let all_alive = alive.iter().all(|alive| *alive);
        Self { segment, alive, all_alive }
    }

    /// The track in this place of the file is searched elsewhere, or no more.
    pub fn bury(&mut self, slot: usize) {
        self.alive[slot] = false;
        self.all_alive = false;
    }

    /// The `count` codes nearest to each query among those of its `probes` nearest cells: the first `sorted` of
    /// them nearest first, then the others in no order.
    ///
    /// The windows of a clip are near the same cells: each cell is read once for all of them, those first that
    /// are nearest to a query, so that later ones have little to offer.
    pub fn search(
        &self,
        queries: &[Code],
        probes: usize,
        count: usize,
        sorted: usize,
    ) -> Vec<Vec<Hit>> {
        let segment = &*self.segment;
        let tables: Vec<Table> =
            queries.iter().map(|query| segment.description.spread.table(query)).collect();
        let mut nearest = vec![Nearest::new(count); queries.len()];
        let visits = self.visits(queries, probes);
        let mut cells: Vec<&[Visit]> = visits.chunk_by(|a, b| a.cell == b.cell).collect();
        cells.sort_by_key(|visits| visits[0].rank);
        for visits in cells {
            let cell = visits[0].cell as usize;
            let centroid = segment.partition.centroid(cell);
            let (numbers, codes) = segment.postings(cell);
            for Visit { query, .. } in visits {
                let (table, nearest) = (&tables[*query], &mut nearest[*query]);
                let base = cosine(&queries[*query], centroid);
                let Some(least) = table.reaching(nearest.worst - base) else { continue };
                scan(&table.halves, codes, least, |place, sum| {
                    let number = numbers[place];
                    if self.all_alive || self.hit(number, 0.0).is_some() {
                        nearest.offer(base + table.cosine(sum), number);
                    }
                    table.reaching(nearest.worst - base)
                });
            }
        }
        let hits = |nearest: Nearest<u32>| {
            let best = nearest.best(sorted).into_iter();
            best.filter_map(|(cosine, number)| self.hit(number, cosine)).collect()
        };
        nearest.into_iter().map(hits).collect()
    }

    /// Which queries look into which cells: cell by cell, the query that is nearest first.
    fn visits(&self, queries: &[Code], probes: usize) -> Vec<Visit> {
        let coarse = &self.segment.description.coarse;
        let mut search = Search::default();
        let mut visits = Vec::with_capacity(queries.len() * probes);
        for (query, code) in queries.iter().enumerate() {
            let mut rank = 0;
            coarse.probe(code, probes.min(MOST_PROBES), &mut search, |cell| {
                visits.push(Visit { cell: cell as u32, rank, query });
                rank += 1;
            });
        }
        visits.sort_unstable();
        visits
    }

    fn hit(&self, number: u32, cosine: f32) -> Option<Hit> {
        let (slot, place) = self.segment.place_of(number)?;
        let track = self.segment.description.tracks.get(slot).filter(|_| self.alive[slot])?;
        Some(Hit { key: track.key, window: place * STEP as u32, cosine })
    }
}

/// A query looks into a cell, which is its `rank`th nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Visit {
    cell: u32,
    rank: u32,
    query: usize,
}
