//! What is kept: tracks, failures, events. Every record is `MessagePack` with named fields, so that a
//! later version may add fields (with `#[serde(default)]`) without a migration.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, Type};

/// A track's number in this data folder; given once, never used again.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
pub struct TrackId(pub u32);

impl TrackId {
    /// Set in the numbers of this machine's tracks where they stand beside those of a library elsewhere.
    const BESIDE: u32 = 1 << 31;

    /// The number of a track of this machine beside those of a library elsewhere.
    #[must_use]
    pub fn beside(self) -> Self {
        Self(self.0 | Self::BESIDE)
    }

    /// Whether it is one.
    #[must_use]
    pub fn is_beside(self) -> bool {
        self.0 & Self::BESIDE != 0
    }

    /// Its number in this machine's own library.
    #[must_use]
    pub fn own(self) -> Self {
        Self(self.0 & !Self::BESIDE)
    }
}

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What identifies the bytes of a file without decoding it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileStamp {
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub modified_ns: i128,
}

/// An enrolled track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Its number.
    pub id: TrackId,
    /// Where the file is (absolute).
    #[serde(with = "super::binary::path")]
    pub path: PathBuf,
    /// Size and time of the file when it was enrolled: unchanged means nothing to do.
    pub stamp: FileStamp,
    /// BLAKE3 of the file's bytes: a moved or renamed file is known again by it.
    pub content: [u8; 32],
    /// From the tags; the file's name where there is none.
    pub title: String,
    /// From the tags, empty where there is none.
    pub artist: String,
    /// From the tags, empty where there is none.
    pub album: String,
    /// From the tags, empty where there is none.
    #[serde(default)]
    pub genre: String,
    /// Decoded length in seconds.
    pub duration_s: f64,
    /// Number of fingerprints kept.
    pub windows: u32,
    /// Mean of the style vectors of all windows, unit length, 128 values.
    pub style: Vec<f32>,
    /// What the network takes its genre for, likeliest first, those of a twentieth or more.
    #[serde(default)]
    pub sounds_like: Vec<GenreShare>,
    /// What mood the network hears in it.
    #[serde(default)]
    pub mood: Option<Mood>,
    /// What plain measurements say of it.
    #[serde(default)]
    pub features: Option<Features>,
    /// Where its most engaging 20 seconds start.
    #[serde(default)]
    pub highlight_s: Option<f32>,
    /// Which network made fingerprints and style (first 8 bytes of its BLAKE3, hex).
    pub model: String,
    /// What was wrong with the file, where it decoded only in part.
    #[serde(default)]
    pub damage: Option<String>,
    /// Which recording it is: a number that the tracks share which are the same one, as their fingerprints tell.
    /// [`None`] where it was not compared with the others yet.
    #[serde(default)]
    pub recording: Option<TrackId>,
    /// When it was first enrolled.
    pub added_at: Timestamp,
}

/// A genre and how likely it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GenreShare {
    /// Its name.
    pub genre: String,
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub probability: f32,
}

/// A place on the plane of moods (Russell 1980), each axis from -1 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Mood {
    /// Sad or dark to happy or bright.
    #[schema(minimum = -1, maximum = 1)]
    pub valence: f32,
    /// Calm to excited.
    #[schema(minimum = -1, maximum = 1)]
    pub energy: f32,
}

impl Mood {
    /// Both axes have a value that there is.
    #[must_use]
    pub fn is_on_the_plane(&self) -> bool {
        [self.valence, self.energy].iter().all(|place| (-1.0..=1.0).contains(place))
    }
}

/// What plain measurements say of a track (`dsp::features`); what has several values is the mean over it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Features {
    /// Beats a minute; none where no steady beat was found.
    pub tempo_bpm: Option<f32>,
    /// Tonic (0 is C, 11 is B) and mode; none where no key stands out.
    pub key: Option<Key>,
    /// Integrated loudness (EBU R 128) of the sound from two speakers, LUFS; -70 for silence.
    pub loudness_lufs: f32,
    /// Spectral centroid, Hz: the brighter the sound, the higher.
    pub centroid_hz: f32,
    /// Share of neighbouring samples between which the sign changes.
    pub zero_crossing_rate: f32,
    /// Onsets a second.
    pub onset_rate: f32,
    /// Mel-frequency cepstral coefficients, 13 values: mean, then standard deviation.
    #[schema(schema_with = mean_and_deviation)]
    pub mfcc: [Vec<f32>; 2],
    /// Shares of the twelve pitch classes, from C, together 1, at the track's own tuning.
    #[schema(min_items = 12, max_items = 12)]
    pub chroma: Vec<f32>,
    /// Spectral contrast of seven bands, dB: below 200 Hz, then octaves.
    #[schema(min_items = 7, max_items = 7)]
    pub contrast: Vec<f32>,
    /// Tonal centroid (Harte et al. 2006), 6 values.
    #[schema(min_items = 6, max_items = 6)]
    pub tonnetz: Vec<f32>,
}

/// Two rows of thirteen numbers: an array of a length cannot be told by attributes where its items have one, too.
fn mean_and_deviation() -> Array {
    let number = Object::with_type(Type::Number);
    let row = ArrayBuilder::new().items(number).min_items(Some(13)).max_items(Some(13));
    ArrayBuilder::new().items(row).min_items(Some(2)).max_items(Some(2)).build()
}

impl Features {
    /// Every value is a number, and there are as many as there must be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let lengths = [&self.mfcc[0], &self.mfcc[1], &self.chroma, &self.contrast, &self.tonnetz]
            .map(|values| values.len());
        let singles = [
            self.tempo_bpm.unwrap_or(0.0),
            self.loudness_lufs,
            self.centroid_hz,
            self.zero_crossing_rate,
            self.onset_rate,
        ];
        let several = self.mfcc.iter().chain([&self.chroma, &self.contrast, &self.tonnetz]);
        lengths == [13, 13, 12, 7, 6]
            && self.key.is_none_or(|key| key.tonic < 12)
            && singles.iter().chain(several.flatten()).all(|value| value.is_finite())
    }
}

#[cfg(test)]
impl Features {
    /// Of nothing in particular, for tests to change what they are about.
    pub fn plain() -> Self {
        Self {
            tempo_bpm: None,
            key: None,
            loudness_lufs: -16.0,
            centroid_hz: 1500.0,
            zero_crossing_rate: 0.1,
            onset_rate: 2.0,
            mfcc: [Vec::new(), Vec::new()],
            chroma: Vec::new(),
            contrast: Vec::new(),
            tonnetz: Vec::new(),
        }
    }
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Pitch class of the tonic: 0 is C, 11 is B.
    #[schema(maximum = 11)]
    pub tonic: u8,
    /// Minor rather than major.
    pub minor: bool,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
        let tonic = NAMES[usize::from(self.tonic) % 12];
        write!(f, "{tonic} {}", if self.minor { "minor" } else { "major" })
    }
}

impl Track {
    /// "artist - title", or the title alone.
    #[must_use]
    pub fn label(&self) -> String {
        label(&self.artist, &self.title)
    }
}

/// "artist - title", or the title alone where the artist is unknown.
#[must_use]
pub fn label(artist: &str, title: &str) -> String {
    if artist.is_empty() { title.to_owned() } else { format!("{artist} - {title}") }
}

/// A file that could not be enrolled, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where the file is (absolute).
    #[serde(with = "super::binary::path")]
    pub path: PathBuf,
    /// Size and time of the file: tried again only when they change.
    pub stamp: FileStamp,
    /// What is wrong, for the person who reads it.
    pub error: String,
    /// When it was tried.
    pub at: Timestamp,
    /// The file is as good as any, but the same recording as this track: it was left out because the
    /// user asked for that.
    #[serde(default)]
    pub duplicate_of: Option<TrackId>,
}

/// What happened to a track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// It was heard in the room and named.
    Heard {
        /// Place in the track at the moment it was named, seconds.
        position_s: f64,
        /// Calibrated confidence, 0 to 1.
        confidence: f64,
        /// Seconds of sound it took.
        heard_s: f64,
        /// The input, as written on the command line.
        input: String,
    },
    /// The user likes it.
    Like,
    /// The user takes a like back.
    Unlike,
    /// The user does not want it now.
    Skip {
        /// Share of the track heard before the skip, 0 to 1, where known.
        share: Option<f64>,
    },
    /// It was played here. A finish is a play to the end, a repeat one soon after another.
    Play {
        /// Share of the track heard, 0 to 1.
        share: f64,
    },
    /// Stars, 1 to 5.
    Rate {
        /// 1 to 5.
        stars: u8,
    },
    /// Kept for later.
    Save,
    /// No longer kept for later.
    Unsave,
    /// Never to be offered again.
    Ban,
    /// May be offered again.
    Unban,
}

/// A line of the event log. Append only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Place in the log, from 1, without gaps.
    pub seq: u64,
    /// Made by the writer: the same event sent twice is kept once.
    pub nonce: u128,
    /// When.
    pub at: Timestamp,
    /// Which track.
    pub track_id: TrackId,
    /// Title at that time, so that history can be read after the track has gone.
    pub title: String,
    /// Artist at that time.
    pub artist: String,
    /// What happened.
    pub what: EventKind,
}

impl Event {
    /// Places in the log from here on are of events that wait for their server to be back.
    pub const WAITING: u64 = 1 << 62;

    /// Whether it waits for its server to be back.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.seq >= Self::WAITING
    }
}

/// A track ready to be kept, with its fingerprints as `index` packs them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The record; its `id` is ignored for a path and content not seen before.
    pub track: Track,
    /// Packed fingerprints (see `index::codes`).
    #[serde(with = "super::binary::bytes")]
    pub fingerprints: Vec<u8>,
}

/// The path as people and JSON read it.
#[must_use]
pub fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
