//! What the user can set. The defaults are the commented file `config/echovibe.toml`, embedded, so
//! that there is one truth; the user's file overrides single keys.

mod check;
mod environment;
mod load;
mod server;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use thiserror::Error;

pub use server::{ProxyHeader, Server};

/// The commented default configuration.
pub const DEFAULT_TOML: &str = include_str!("../../config/echovibe.toml");

/// Everything the user can set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where sound comes from.
    pub input: Input,
    /// What `listen` does with what it hears.
    pub listen: Listen,
    /// How the screen looks.
    pub screen: Screen,
    /// When a track is named.
    pub recognition: Recognition,
    /// How the feed is ranked.
    pub recommend: Recommend,
    /// How feedback moves the taste.
    pub taste: Taste,
    /// The index server.
    pub server: Server,
    /// Its index in Milvus.
    pub milvus: Milvus,
    /// Names of moods, each a place: [valence, energy].
    pub moods: BTreeMap<String, [f64; 2]>,
    /// Words that stand for the names of moods.
    pub mood_words: BTreeMap<String, String>,
}

/// `[input]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// An input as on the command line, or "auto".
    pub default: String,
}

/// `[listen]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Files that hold what plays now.
    pub now_playing: Vec<PathBuf>,
    /// What stands in them, with fields in braces.
    pub now_playing_format: String,
    /// What stands in them while nothing plays.
    pub now_playing_idle: String,
    /// Seconds a track is still shown after it was lost.
    pub linger_s: f64,
    /// The command run at each new track; nothing where empty.
    pub on_track: String,
    /// The command run when the music stops; nothing where empty.
    pub on_stop: String,
    /// Seconds a command may take.
    pub command_timeout_s: f64,
}

/// `[screen]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    /// A theme's name, or "auto".
    pub theme: String,
    /// How the spectrogram is coloured: a colour map's name, or "theme".
    pub spectrum: String,
    /// How its rows are spaced: "log" or "mel".
    pub spectrogram_scale: String,
    /// How pictures go to the terminal: "auto", "off" or a protocol's name.
    pub images: String,
    /// Frames a second at most.
    pub frames_per_second: u32,
    /// The same over SSH.
    pub remote_frames_per_second: u32,
    /// Bytes a second to the terminal at most; 0 is as many as it takes.
    pub bytes_per_second: u32,
    /// The same over SSH.
    pub remote_bytes_per_second: u32,
    /// Is the mouse the screen's?
    pub mouse: bool,
    /// Decibels below the loudest that are still shown.
    pub spectrogram_range_db: f32,
}

/// `[recognition]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recognition {
    /// Share of the clips of unknown music that may be named, 0 to 1.
    pub false_names: f64,
    /// Confidence needed besides, 0 to 1.
    pub threshold: Option<f64>,
    /// Seconds of sound looked at together.
    pub window_s: f64,
    /// Below this level nothing is searched, dBFS.
    pub silence_dbfs: f32,
    /// With a server, this machine's own library is asked too.
    pub own_library: bool,
}

/// `[recommend]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommend {
    /// Offers in the feed.
    pub count: usize,
    /// Weight of the seed's style.
    pub seed: f64,
    /// Weight of the taste.
    pub taste: f64,
    /// Weight of feedback about the track itself.
    pub feedback: f64,
    /// Weight of having heard it lately.
    pub fatigue: f64,
    /// Hours until half of the fatigue is gone.
    pub fatigue_half_life_h: f64,
    /// Weight of the mood asked for.
    pub mood: f64,
    /// Weight of being new in the library.
    pub fresh: f64,
    /// Days until half of that is gone.
    pub fresh_half_life_days: f64,
    /// Weight of popularity.
    pub popularity: f64,
    /// Weight of what like-minded people play.
    pub people: f64,
    /// Share of the places for exploring while nothing is certain.
    pub explore: f64,
    /// Weight of being unlike what is known, at such a place.
    pub explore_reach: f64,
    /// Most offers of one artist in ten places in a row.
    pub per_artist_in_ten: usize,
    /// Most offers of one artist in twenty places in a row.
    pub per_artist: usize,
    /// Tracks until the radio may play one again.
    pub radio_window: usize,
}

/// `[taste]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taste {
    /// Days until an event counts half.
    pub half_life_days: f64,
    /// How far below 0 a skip stands, where what is enjoyed stands at 1.
    pub skipped_share: f64,
    /// Most centres of a taste.
    pub centres: usize,
    /// Weight of a like.
    pub like: f64,
    /// Weight of a save.
    pub save: f64,
    /// Weight of a play to the end.
    pub play_finished: f64,
    /// Weight of playing it again at once.
    pub repeat: f64,
    /// Weight of a skip at the start.
    pub skip_early: f64,
    /// Weight of a skip near the end.
    pub skip_late: f64,
    /// Weight of a ban.
    pub ban: f64,
    /// Weight of a star above or below three.
    pub star: f64,
}

/// `[milvus]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milvus {
    /// One of its index types.
    pub index_type: String,
    /// Clusters of a segment.
    pub nlist: u32,
    /// Clusters that are searched.
    pub nprobe: u32,
    /// Physical partitions.
    pub partitions: u32,
    /// Seconds that an answer may take.
    pub timeout_s: f64,
}

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file named on the command line cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, or a key is unknown or out of range.
    #[error("the configuration {path} is wrong: {message}")]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Line, key and what is expected.
        message: String,
    },
}
