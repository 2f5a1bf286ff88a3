//! The map by nearness: tracks that sound alike lie together, also where two directions cannot show it. Takes
//! some seconds for ten thousand tracks, so that places are kept from run to run.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::chart::{Chart, Kind, Point};
use super::umap::Graph;
use crate::store::records::{Track, TrackId};

/// So many tracks are laid out: fewer are shown as well by two directions; of more, the exact neighbours take
/// too long.
pub const BY_NEARNESS: [usize; 2] = [60, 20_000];
/// The file in the data folder that keeps places.
pub const PLACES: &str = "map.places";
/// Rounds from two directions, and from places that were kept.
const ROUNDS: usize = 300;
const MORE_ROUNDS: usize = 60;
/// How far the first of these goes.
const PACE: f32 = 1.0;
const SLOWER: f32 = 0.25;
/// Share of the tracks that must have kept places to begin from these.
const KNOWN_SHARE: f64 = 0.5;
/// First bytes of the file: format and version.
const MAGIC: &[u8; 8] = b"EVMAP\0\0\x01";

/// A place, and the checksum of the style that it was found for.
type Kept = HashMap<TrackId, (u32, [f32; 2])>;

/// Lays a library out by nearness, beginning with `chart`, whose tracks it has. Places are kept in the file
/// `kept`, and taken from there as far as they are known.
#[must_use]
pub fn near(tracks: &[Track], chart: &Chart, kept: Option<&Path>) -> Chart {
    let count = chart.points.len();
    let style_of: HashMap<TrackId, &[f32]> =
        tracks.iter().map(|track| (track.id, track.style.as_slice())).collect();
    let styles: Option<Vec<&[f32]>> =
        chart.points.iter().map(|point| style_of.get(&point.id).copied()).collect();
    let Some(styles) = styles.filter(|_| (BY_NEARNESS[0]..=BY_NEARNESS[1]).contains(&count)) else {
        return chart.clone();
    };
    let sums: Vec<u32> = styles.iter().map(|style| checksum(style)).collect();
    let known = kept.and_then(read).unwrap_or_default();
    let place = |(point, sum): (&Point, &u32)| {
        known.get(&point.id).filter(|(of, _)| of == sum).map(|(_, place)| *place)
    };
    let places: Vec<Option<[f32; 2]>> = chart.points.iter().zip(&sums).map(place).collect();
    let found = places.iter().flatten().count();
    let places = if found == count {
        places.into_iter().flatten().collect()
    } else {
        let graph = Graph::of(&styles);
        let fresh = || chart.points.iter().map(|point| [point.x, point.y]).collect::<Vec<_>>();
        let places = if (found as f64) < KNOWN_SHARE * count as f64 {
            graph.settle(&fresh(), ROUNDS, PACE)
        } else {
            graph.settle(&begun(&graph, &places), MORE_ROUNDS, SLOWER)
        };
        if let Some(Err(error)) = kept.map(|path| write(path, &chart.points, &sums, &places)) {
            tracing::warn!("the map is not kept: {error}");
        }
        places
    };
    let point = |(point, [x, y]): (&Point, [f32; 2])| Point { x, y, ..*point };
    Chart {
        points: chart.points.iter().zip(places).map(point).collect(),
        kind: Kind::Near,
        ..chart.clone()
    }
}

/// Places for all: where one is not known, the middle of those of its neighbours.
fn begun(graph: &Graph, places: &[Option<[f32; 2]>]) -> Vec<[f32; 2]> {
    let middle = |point: usize| {
        let known: Vec<[f32; 2]> =
            graph.neighbours(point).filter_map(|neighbour| places[neighbour]).collect();
        let share = 1.0 / known.len().max(1) as f32;
        known.iter().fold([0.0; 2], |[x, y], p| [x + p[0] * share, y + p[1] * share])
    };
    (0..places.len()).map(|point| places[point].unwrap_or_else(|| middle(point))).collect()
}

fn checksum(style: &[f32]) -> u32 {
    crc32fast::hash(bytemuck::cast_slice(style))
}

/// What was kept; nothing where it cannot be read or is damaged.
fn read(path: &Path) -> Option<Kept> {
    let bytes = std::fs::read(path).ok()?;
    let (body, sum) = bytes.split_last_chunk::<4>()?;
    let rows = body.strip_prefix(MAGIC)?;
    if crc32fast::hash(body) != u32::from_le_bytes(*sum) || rows.len() % 16 != 0 {
        return None;
    }
    let row = |row: &[u8]| {
        let word = |i: usize| row[4 * i..][..4].try_into().map(u32::from_le_bytes).unwrap_or(0);
        (TrackId(word(0)), (word(1), [word(2), word(3)].map(f32::from_bits)))
    };
    Some(rows.chunks_exact(16).map(row).collect())
}

/// Replaces what was kept.
fn write(path: &Path, points: &[Point], sums: &[u32], places: &[[f32; 2]]) -> io::Result<()> {
    let mut bytes = MAGIC.to_vec();
    for ((point, sum), [x, y]) in points.iter().zip(sums).zip(places) {
        for word in [point.id.0, *sum, x.to_bits(), y.to_bits()] {
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::super::tests::track;
    use super::super::umap::tests::{groups, kept};
    use super::*;

    fn tracks(count: usize) -> Vec<Track> {
        groups(count).into_iter().zip(1..).map(|(style, id)| track(id, style)).collect()
    }

    fn places(chart: &Chart) -> Vec<[f32; 2]> {
        chart.points.iter().map(|p| [p.x, p.y]).collect()
    }

    #[test]
    fn places_are_kept_and_what_is_new_finds_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(PLACES);
        let lay = |tracks: Vec<Track>| near(&tracks, &Chart::of(&tracks), Some(&file));
        let first = lay(tracks(200));
        assert_eq!((first.kind, first.points.len()), (Kind::Near, 200));
        assert!(kept(&places(&first)) > 0.95);
        let written = std::fs::metadata(&file).unwrap().modified().unwrap();
        assert_eq!(lay(tracks(200)), first);
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), written, "nothing to do");

        let grown = places(&lay(tracks(220)));
        assert!(kept(&grown) > 0.95);
        let moved = places(&first)
            .iter()
            .zip(&grown)
            .map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]))
            .sum::<f32>();
        assert!(moved / 200.0 < 0.3, "tracks stay about where they were: {}", moved / 200.0);

        // Damaged, it is made again.
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[40] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        assert!(kept(&places(&lay(tracks(220)))) > 0.95);
        assert!(read(&file).is_some());
    }

    #[test]
    fn few_tracks_stay_where_two_directions_put_them() {
        let tracks = tracks(20);
        let chart = Chart::of(&tracks);
        assert_eq!(near(&tracks, &chart, None), chart);
    }
}
