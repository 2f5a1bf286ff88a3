//! Where the fingerprints of a track are in `fingerprints.log`, and how the database keeps that: with
//! it at hand, nothing of the log need be read to open a library.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::blobs::{HEADER, header_at};
use super::records::TrackId;

/// Where the fingerprints of a track are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The record's serial.
    pub serial: u64,
    /// Of its header, from the start of the file.
    pub offset: u64,
    /// Of the fingerprints, bytes.
    pub len: u64,
    /// Which network made them: see [`network_mark`].
    pub network: u64,
}

/// What tells networks apart in a [`Place`]: the first eight bytes of the BLAKE3 of the network's id.
#[must_use]
pub fn network_mark(model: &str) -> u64 {
    let hash = blake3::hash(model.as_bytes());
    u64::from_be_bytes(std::array::from_fn(|i| hash.as_bytes()[i]))
}

impl Place {
    /// Of fingerprints that the log has no more.
    pub(super) fn lost(serial: u64) -> Self {
        Self { serial, offset: u64::MAX, len: 0, network: 0 }
    }

    /// Whether the log has the fingerprints no more: the track is to be enrolled anew.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.offset == u64::MAX
    }

    /// Whether a log has the record of this track and serial here. Its checksum is not looked at.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn is_in(&self, log: &File, track: TrackId) -> io::Result<bool> {
        let header = match header_at(log, self.offset, self.end()) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            header => header?,
        };
        Ok(header.is_some_and(|header| {
            (header.track, header.serial, header.len) == (track, self.serial, self.len)
        }))
    }

    /// Where the fingerprints begin.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.offset.saturating_add(HEADER)
    }

    /// Where the record ends.
    pub(super) fn end(&self) -> u64 {
        self.start().saturating_add(self.len)
    }

    /// Bytes of the whole record.
    pub(super) fn size(&self) -> u64 {
        HEADER + self.len
    }

    /// The fingerprints in a log that was mapped; [`None`] where it is shorter.
    #[must_use]
    pub fn slice(&self, log: &Bytes) -> Option<Bytes> {
        let (from, to) = (usize::try_from(self.start()).ok()?, usize::try_from(self.end()).ok()?);
        (to <= log.len()).then(|| log.slice(from..to))
    }
}

/// What the database keeps of a track's fingerprints: four numbers of eight bytes, big-endian. A repair
/// writes the serial alone; the log is then searched for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    Serial(u64),
    Placed(Place),
}

impl Row {
    pub fn pack(self) -> Vec<u8> {
        match self {
            Self::Serial(serial) => serial.to_be_bytes().to_vec(),
            Self::Placed(Place { serial, offset, len, network }) => {
                [serial, offset, len, network].map(u64::to_be_bytes).concat()
            }
        }
    }

    pub fn unpack(packed: &[u8]) -> Option<Self> {
        let (numbers, rest) = packed.as_chunks::<8>();
        match (numbers, rest) {
            ([serial], []) => Some(Self::Serial(u64::from_be_bytes(*serial))),
            ([serial, offset, len, network], []) => {
                let [serial, offset, len, network] =
                    [serial, offset, len, network].map(|bytes| u64::from_be_bytes(*bytes));
                Some(Self::Placed(Place { serial, offset, len, network }))
            }
            _ => None,
        }
    }

    pub fn serial(self) -> u64 {
        match self {
            Self::Serial(serial) | Self::Placed(Place { serial, .. }) => serial,
        }
    }

    /// Which network made the fingerprints, where it is known here.
    pub fn network(self) -> u64 {
        match self {
            Self::Serial(_) => 0,
            Self::Placed(place) => place.network,
        }
    }
}

/// The places that the rows give, if they give all, and the log still has the last of them where it was:
/// a log that was rewritten is shorter, and one that was cut ends before.
pub(super) fn trusted(
    rows: &BTreeMap<TrackId, Row>,
    log: &File,
) -> io::Result<Option<BTreeMap<TrackId, Place>>> {
    let mut places = BTreeMap::new();
    for (track, row) in rows {
        match row {
            Row::Placed(place) if !place.is_lost() => places.insert(*track, *place),
            _ => return Ok(None),
        };
    }
    let last = places.iter().max_by_key(|(_, place)| place.offset);
    let there = match last {
        Some((track, place)) => place.end() <= log.metadata()?.len() && place.is_in(log, *track)?,
        None => true,
    };
    Ok(there.then_some(places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_as_they_went_in() {
        let place = Place { serial: 7, offset: 1 << 40, len: 12, network: network_mark("a") };
        for row in [Row::Serial(9), Row::Placed(place), Row::Placed(Place::lost(3))] {
            assert_eq!(Row::unpack(&row.pack()), Some(row));
        }
        assert_eq!(Row::unpack(&[0; 9]), None);
        assert_eq!(Row::unpack(&[]), None);
        assert_ne!(network_mark("a"), network_mark("b"));
    }
}
