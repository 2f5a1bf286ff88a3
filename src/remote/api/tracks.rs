//! Tracks of the shared library, and the files of a user that they are.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::blob::Blob;
use super::path::RemotePath;
use crate::store::records::{Features, FileStamp, GenreShare, Mood, Track, TrackId};

/// A track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrackBody {
    /// Its number; ignored where one is enrolled.
    pub track_id: TrackId,
    /// The asking user's own file; empty where there is none.
    pub path: RemotePath,
    /// Size and time of that file when it was enrolled.
    #[serde(default)]
    pub stamp: Option<FileStamp>,
    /// BLAKE3 of the file's bytes, 64 hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub content: String,
    /// From the tags; the file's name where there is none.
    pub title: String,
    /// From the tags, empty where there is none.
    pub artist: String,
    /// From the tags, empty where there is none.
    pub album: String,
    /// From the tags, empty where there is none.
    pub genre: String,
    /// Decoded length in seconds.
    #[schema(minimum = 0)]
    pub duration_s: f64,
    /// Number of fingerprints kept.
    pub windows: u32,
    /// Mean style vector, 128 values; left out unless asked for with `style=true`.
    #[serde(default)]
    #[schema(min_items = 128, max_items = 128)]
    pub style: Option<Vec<f32>>,
    /// What the network takes its genre for, likeliest first.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub sounds_like: Vec<GenreShare>,
    /// What mood the network hears in it.
    #[serde(default)]
    pub mood: Option<Mood>,
    /// What plain measurements say of it.
    #[serde(default)]
    pub features: Option<Features>,
    /// Where its most engaging 20 seconds start.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub highlight_s: Option<f32>,
    /// Which network made fingerprints and style.
    pub model: String,
    /// What was wrong with the file, where it decoded only in part.
    #[serde(default)]
    pub damage: Option<String>,
    /// Which recording it is: a number that tracks share which are the same one. The server finds that out; null
    /// until it has.
    #[serde(default)]
    pub recording: Option<TrackId>,
    /// When it was first enrolled.
    #[schema(value_type = String, format = DateTime)]
    pub added_at: Timestamp,
}

impl TrackBody {
    /// As somebody sees it whose file it is at `path`, if it is one of theirs.
    #[must_use]
    pub fn seen(track: &Track, file: Option<(&Path, &FileStamp)>, style: bool) -> Self {
        Self {
            track_id: track.id,
            path: file.map(|(path, _)| RemotePath::from(path)).unwrap_or_default(),
            stamp: file.map(|(_, stamp)| stamp.clone()),
            content: blake3::Hash::from_bytes(track.content).to_hex().to_string(),
            title: track.title.clone(),
            artist: track.artist.clone(),
            album: track.album.clone(),
            genre: track.genre.clone(),
            duration_s: track.duration_s,
            windows: track.windows,
            style: style.then(|| track.style.clone()),
            sounds_like: track.sounds_like.clone(),
            mood: track.mood,
            features: track.features.clone(),
            highlight_s: track.highlight_s,
            model: track.model.clone(),
            damage: track.damage.clone(),
            recording: track.recording,
            added_at: track.added_at,
        }
    }

    /// As the store knows it; [`None`] where `content` is no hash.
    #[must_use]
    pub fn into_track(self) -> Option<Track> {
        Some(Track {
            id: self.track_id,
            path: PathBuf::from(&self.path),
            stamp: self.stamp.unwrap_or(FileStamp { size: 0, modified_ns: 0 }),
            content: *blake3::Hash::from_hex(&self.content).ok()?.as_bytes(),
            title: self.title,
            artist: self.artist,
            album: self.album,
            genre: self.genre,
            duration_s: self.duration_s,
            windows: self.windows,
            style: self.style.unwrap_or_default(),
            sounds_like: self.sounds_like,
            mood: self.mood,
            features: self.features,
            highlight_s: self.highlight_s,
            model: self.model,
            damage: self.damage,
            recording: self.recording,
            added_at: self.added_at,
        })
    }
}

/// A page of tracks, in order of their numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TracksResponse {
    /// The tracks.
    pub tracks: Vec<TrackBody>,
    /// What to ask for as `after` to get the next page; null at the end.
    pub next: Option<TrackId>,
}

/// A track of the user's own to be added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnrolRequest {
    /// Its record, with `style` and the user's own `path` and `stamp`.
    pub track: TrackBody,
    /// Its fingerprints, as `echovibe index` packs them.
    pub fingerprints: Blob,
}

/// A file of the user's own that is a track already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileRequest {
    /// Where it is on their machine, absolute.
    #[schema(value_type = String, pattern = r"^(/|bytes:2f)")]
    pub path: RemotePath,
    /// Which track it is.
    pub track_id: TrackId,
    /// BLAKE3 of the file's bytes, 64 hexadecimal digits: shows that they have it.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub content: String,
    /// Size and time of the file.
    pub stamp: FileStamp,
}

/// The library in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StatsResponse {
    /// Version of the program.
    pub version: String,
    /// Which network fingerprints must be made with.
    pub model: String,
    /// Tracks.
    pub tracks: usize,
    /// Fingerprints.
    pub fingerprints: usize,
    /// Grows with every change of tracks.
    pub generation: u64,
}
