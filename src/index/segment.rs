//! `cells.idx`: the searched codes of many tracks in cells, one mapped file, made whole and put in
//! place by a rename. It holds nothing that the fingerprints do not: it can be made again at any time.
//!
//! | bytes | what, numbers little-endian |
//! | --- | --- |
//! | 0..4 | `EVC3` |
//! | 4..8 | CRC-32 of bytes 8..24 and the description |
//! | 8..16 | length of the description |
//! | 16..24 | fingerprints |
//! | 24.. | description (`MessagePack`), then zeros up to a multiple of four |
//! | | for each fingerprint, cell by cell, its number (u32): tracks one after another |
//! | | for each, in the same order, its code (12 bytes); of a cell 32 at a time, byte by byte |

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::TrackKey;
use super::coarse::Coarse;
use super::codes::Code;
use super::kmeans::Partition;
use super::map::map_file;
use super::residual::{BYTES, Residual, Spread};

const MAGIC: [u8; 4] = *b"EVC3";
/// Those of earlier versions, which coded fingerprints otherwise.
const EARLIER: [[u8; 4]; 2] = [*b"EVC1", *b"EVC2"];
const HEADER: usize = 24;
/// Numbers whose track is found together: a few tracks have so many.
const NUMBERS: usize = 1 << 10;
/// Fingerprints to a checksum.
const BLOCK: usize = 1 << 16;

/// A file of cells that cannot be used; it can be made again.
#[derive(Debug, Error)]
pub enum SegmentError {
    /// The disk says no.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what was written.
    #[error(
        "{path} is damaged: {what}; echovibe doctor --repair throws it away, and it is made again"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

/// A track whose fingerprints are in the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Which track.
    pub key: TrackKey,
    /// Which version of its fingerprints.
    pub version: u64,
    /// How many fingerprints.
    pub windows: u32,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Description {
    /// Which network made the fingerprints.
    pub model: String,
    pub tracks: Vec<Covered>,
    pub spread: Spread,
    pub coarse: Coarse,
    pub groups: Vec<Vec<i8>>,
    pub members: Vec<usize>,
    /// Where each cell starts, and the end.
    pub starts: Vec<u32>,
    /// Fingerprints in the library when the cells were trained.
    pub trained_on: u64,
    /// CRC-32 of each block of numbers and codes.
    pub checksums: Vec<u32>,
}

/// An opened file of cells.
pub struct Segment {
    path: PathBuf,
    bytes: Bytes,
    numbers_at: usize,
    codes_at: usize,
    pub(super) description: Description,
    pub(super) partition: Partition,
    /// Number of the first fingerprint of each track, and the end.
    firsts: Vec<u32>,
    /// For each [`NUMBERS`] numbers the place of the track that the first of them is of.
    near: Vec<u32>,
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (tracks, cells) = (self.description.tracks.len(), self.cells());
        write!(f, "Segment({}, {tracks} tracks in {cells} cells)", self.path.display())
    }
}

impl Segment {
    /// Opens the file of cells at `path`; [`None`] where there is none, or one of an earlier version. The
    /// codes are not read, so that it takes no longer with more of them: [`Self::verify`] does.
    ///
    /// # Errors
    /// The file cannot be read, or its description is damaged.
    pub fn open(path: &Path) -> Result<Option<Self>, SegmentError> {
        let bytes = match File::open(path).and_then(|file| map_file(&file)) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SegmentError::Io { path: path.to_owned(), source }),
        };
        if EARLIER.iter().any(|magic| bytes.starts_with(magic)) {
            return Ok(None);
        }
        Self::read(path, bytes).map(Some)
    }

    fn read(path: &Path, bytes: Bytes) -> Result<Self, SegmentError> {
        let damaged = |what| SegmentError::Damaged { path: path.to_owned(), what };
        let header = bytes.get(..HEADER).ok_or(damaged("too short"))?;
        if header[..4] != MAGIC {
            return Err(damaged("not this program's format"));
        }
        let length = u64_at(header, 8);
        let count = u64_at(header, 16);
        let expected = |length: u64, count: u64| {
            let numbers_at = (HEADER as u64).checked_add(length)?.checked_next_multiple_of(4)?;
            let end = numbers_at.checked_add(count.checked_mul(4 + BYTES as u64)?)?;
            (end == bytes.len() as u64).then_some(numbers_at as usize)
        };
        let numbers_at = expected(length, count).ok_or(damaged("cut short"))?;
        let description = &bytes[HEADER..HEADER + length as usize];
        if crc(&[&header[8..], description]).to_le_bytes() != header[4..8] {
            return Err(damaged("the description's checksum"));
        }
        let description: Description =
            rmp_serde::from_slice(description).map_err(|_| damaged("the description"))?;
        let centroids = description.coarse.centroids().ok_or(damaged("the centroids"))?;
        let groups: Option<Vec<Code>> =
            description.groups.iter().map(|g| g.as_slice().try_into().ok()).collect();
        let partition = groups
            .and_then(|g| Partition::from_parts(&g, description.members.clone(), &centroids))
            .ok_or(damaged("the cells"))?;
        let firsts: Vec<u32> = std::iter::once(0)
            .chain(description.tracks.iter().scan(0_u32, |sum, track| {
                *sum = sum.wrapping_add(track.windows);
                Some(*sum)
            }))
            .collect();
        let sound = description.starts.len() == centroids.len() + 1
            && description.starts.is_sorted()
            && description.starts.last().map(|n| u64::from(*n)) == Some(count)
            && firsts.last().map(|n| u64::from(*n)) == Some(count)
            && description.spread.is_sound();
        if !sound {
            return Err(damaged("the parts do not fit together"));
        }
        let near = (0..count as u32)
            .step_by(NUMBERS)
            .map(|number| firsts.partition_point(|first| *first <= number).saturating_sub(1) as u32)
            .collect();
        let codes_at = numbers_at + count as usize * 4;
        let path = path.to_owned();
        Ok(Self { path, bytes, numbers_at, codes_at, description, partition, firsts, near })
    }

    /// The place of the track that a number is of, and which of its fingerprints in the cells it is; [`None`]
    /// for a number of no track.
    pub(super) fn place_of(&self, number: u32) -> Option<(usize, u32)> {
        let from = *self.near.get(number as usize / NUMBERS)? as usize;
        let after = self.firsts[from..].iter().position(|first| *first > number)?;
        let slot = (from + after).checked_sub(1)?;
        Some((slot, number - self.firsts[slot]))
    }

    /// Which network made the fingerprints.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.description.model
    }

    /// Number of fingerprints.
    #[must_use]
    pub fn windows(&self) -> usize {
        self.firsts.last().map_or(0, |n| *n as usize)
    }

    /// Number of cells.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.partition.len()
    }

    /// Numbers of a cell, and its codes as they are laid out.
    pub(super) fn postings(&self, cell: usize) -> (&[u32], &[u8]) {
        let starts = &self.description.starts;
        let (from, to) = (starts[cell] as usize, starts[cell + 1] as usize);
        (&self.numbers()[from..to], self.codes()[from..to].as_flattened())
    }

    fn numbers(&self) -> &[u32] {
        bytemuck::try_cast_slice(&self.bytes[self.numbers_at..self.codes_at]).unwrap_or_default()
    }

    fn codes(&self) -> &[Residual] {
        self.bytes[self.codes_at..].as_chunks::<BYTES>().0
    }

    /// Reads all of it and compares the checksums.
    ///
    /// # Errors
    /// It is damaged.
    pub fn verify(&self) -> Result<(), SegmentError> {
        if checksums(self.numbers(), self.codes()) == self.description.checksums {
            return Ok(());
        }
        Err(SegmentError::Damaged { path: self.path.clone(), what: "the codes' checksums" })
    }
}

/// Writes a file of cells beside `path` and puts it in its place.
pub(super) fn write(
    path: &Path,
    mut description: Description,
    numbers: &[u32],
    codes: &[Residual],
) -> Result<(), SegmentError> {
    description.checksums = checksums(numbers, codes);
    let io = |source| SegmentError::Io { path: path.to_owned(), source };
    let description = rmp_serde::to_vec(&description).map_err(|e| io(io::Error::other(e)))?;
    let sizes: Vec<u8> = [description.len() as u64, numbers.len() as u64]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    let padding = (HEADER + description.len()).next_multiple_of(4) - HEADER - description.len();
    let put = || -> io::Result<()> {
        let fresh = path.with_extension(format!("new-{}", std::process::id()));
        let mut file = io::BufWriter::new(File::create(&fresh)?);
        file.write_all(&MAGIC)?;
        file.write_all(&crc(&[&sizes, &description]).to_le_bytes())?;
        file.write_all(&sizes)?;
        file.write_all(&description)?;
        file.write_all(&[0; 3][..padding])?;
        file.write_all(bytemuck::cast_slice(numbers))?;
        file.write_all(codes.as_flattened())?;
        file.into_inner()?.sync_all()?;
        std::fs::rename(&fresh, path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    put().map_err(io)
}

fn checksums(numbers: &[u32], codes: &[Residual]) -> Vec<u32> {
    numbers
        .chunks(BLOCK)
        .zip(codes.chunks(BLOCK))
        .map(|(numbers, codes)| crc(&[bytemuck::cast_slice(numbers), codes.as_flattened()]))
        .collect()
}

fn crc(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes)
}
