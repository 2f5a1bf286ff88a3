//! Work that may take longer than a frame: done on a thread of its own, told when done.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::search::{self, Kinds, Order};
use super::shelf::{Log, Shelf};
use super::summary::Summary;
use crate::map::{self, Chart, neighbours};
use crate::store::records::TrackId;

/// Neighbours of a track that are worth showing.
const NEIGHBOURS: usize = 60;

/// Something to work out.
#[derive(Debug)]
pub enum Job {
    /// Which tracks the library shows, in what order.
    Tracks {
        /// The library.
        shelf: Arc<Shelf>,
        /// For how often they were played.
        log: Arc<Log>,
        /// What was typed.
        query: String,
        /// By what.
        order: Order,
        /// The other way round.
        reversed: bool,
    },
    /// Which events the history shows.
    Events {
        /// The log.
        log: Arc<Log>,
        /// What was typed.
        query: String,
        /// Which kinds.
        kinds: Kinds,
    },
    /// What the map finds.
    Find {
        /// The library.
        shelf: Arc<Shelf>,
        /// What was typed.
        query: String,
    },
    /// What sounds like a track.
    Near {
        /// The library.
        shelf: Arc<Shelf>,
        /// Which track.
        of: TrackId,
    },
    /// The library as points.
    Chart(Arc<Shelf>),
    /// The same by nearness, which takes longer.
    Layout {
        /// The library.
        shelf: Arc<Shelf>,
        /// Its points, to begin with.
        chart: Arc<Chart>,
        /// Where places are kept.
        kept: Option<PathBuf>,
    },
    /// The folders.
    Folders(Arc<Shelf>),
    /// What the log says of its user.
    Summary(Arc<Log>, Arc<Shelf>, Timestamp),
}

/// What came of it.
#[derive(Debug)]
pub enum Thought {
    /// Places in the shelf that they are of.
    Tracks(Arc<Shelf>, Vec<u32>),
    /// Places in the log that they are of.
    Events(Arc<Log>, Vec<u32>),
    /// The tracks found, the best first.
    Found(Vec<TrackId>),
    /// What sounds like a track, the nearest first, with the cosine.
    Near(TrackId, Vec<(TrackId, f32)>),
    /// The library as points.
    Chart(Arc<Chart>),
    /// The same by nearness.
    Layout(Arc<Chart>),
    /// The folders, by path.
    Folders(Vec<Folder>),
    /// What the log says of its user.
    Summary(Box<Summary>),
}

/// A folder with tracks in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Folder {
    /// Where.
    pub path: PathBuf,
    /// Tracks in it, not counting folders inside.
    pub tracks: usize,
    /// Their length together, seconds.
    pub duration_s: f64,
}

impl Job {
    /// Does `self` answer to the same question as `other`, only later?
    #[must_use]
    pub fn replaces(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Does the work.
    #[must_use]
    pub fn run(self) -> Thought {
        match self {
            Self::Tracks { shelf, log, query, order, reversed } => {
                let rows = search::tracks(&shelf, &log, &query, order, reversed);
                Thought::Tracks(shelf, rows)
            }
            Self::Events { log, query, kinds } => {
                let rows = search::events(&log, &query, kinds);
                Thought::Events(log, rows)
            }
            Self::Find { shelf, query } => {
                let rows = search::tracks(&shelf, &Log::default(), &query, Order::Artist, false);
                let rows = rows.iter().map(|row| shelf.tracks()[*row as usize].id);
                Thought::Found(rows.collect())
            }
            Self::Near { shelf, of } => {
                Thought::Near(of, neighbours(shelf.tracks(), of, NEIGHBOURS))
            }
            Self::Chart(shelf) => Thought::Chart(Arc::new(Chart::of(shelf.tracks()))),
            Self::Layout { shelf, chart, kept } => {
                Thought::Layout(Arc::new(map::near(shelf.tracks(), &chart, kept.as_deref())))
            }
            Self::Folders(shelf) => Thought::Folders(folders(&shelf)),
            Self::Summary(log, shelf, now) => {
                Thought::Summary(Box::new(Summary::of(&log, &shelf, now)))
            }
        }
    }
}

fn folders(shelf: &Shelf) -> Vec<Folder> {
    let mut found: HashMap<PathBuf, (usize, f64)> = HashMap::new();
    for track in shelf.tracks() {
        let Some(folder) = track.path.parent() else { continue };
        match found.get_mut(folder) {
            Some((tracks, length)) => {
                (*tracks, *length) = (*tracks + 1, *length + track.duration_s)
            }
            None => drop(found.insert(folder.to_owned(), (1, track.duration_s))),
        }
    }
    let mut folders: Vec<Folder> = found
        .into_iter()
        .map(|(path, (tracks, duration_s))| Folder { path, tracks, duration_s })
        .collect();
    folders.sort_by(|a, b| a.path.cmp(&b.path));
    folders
}
