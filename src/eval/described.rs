//! Tracks as recommending is measured on: with a source, and with a description of the sound that
//! is not the network's.

use jiff::Timestamp;

use super::references::Reference;
use crate::store::records::{FileStamp, Track, TrackId};

/// A track to be recommended, and what is known of it that recommending does not look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// The track.
    pub track: Track,
    /// What it belongs to: the folder of an enrolled track; of the library's tracks the artist, else
    /// the album, else the folder. Empty where nothing is known.
    pub source: String,
    /// MFCC, means and deviations, where they were measured.
    pub timbre: Option<Vec<f32>>,
}

impl Described {
    /// A track of the library.
    #[must_use]
    pub fn of_library(track: Track) -> Self {
        let folder = track.path.parent().and_then(|folder| folder.file_name());
        let named = [&track.artist, &track.album].into_iter().find(|name| !name.is_empty());
        let source = named.map_or_else(
            || folder.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            Clone::clone,
        );
        let timbre = track.features.as_ref().map(|features| features.mfcc.concat());
        Self { source, timbre, track }
    }

    /// A track enrolled in memory; its number is its place.
    #[must_use]
    pub fn of_reference(place: usize, reference: &Reference) -> Self {
        let track = Track {
            id: TrackId(place as u32),
            path: reference.path.clone(),
            stamp: FileStamp { size: 0, modified_ns: 0 },
            content: *blake3::hash(reference.path.as_os_str().as_encoded_bytes()).as_bytes(),
            title: reference.name.clone(),
            artist: reference.artist.clone(),
            album: String::new(),
            genre: String::new(),
            duration_s: reference.duration_s,
            windows: 0,
            style: reference.style.clone(),
            sounds_like: Vec::new(),
            mood: Some(reference.mood),
            features: Some(reference.features.clone()),
            highlight_s: None,
            model: String::new(),
            damage: None,
            recording: None,
            added_at: Timestamp::UNIX_EPOCH,
        };
        Self { track, source: reference.source.clone(), timbre: reference.timbre.clone() }
    }
}

/// The timbre of all, if all have one of the same length.
#[must_use]
pub fn timbres(tracks: &[Described]) -> Option<Vec<Vec<f32>>> {
    let timbres: Vec<Vec<f32>> =
        tracks.iter().map(|track| track.timbre.clone()).collect::<Option<_>>()?;
    timbres.windows(2).all(|pair| pair[0].len() == pair[1].len()).then_some(timbres)
}
