//! What the user can set. The defaults are the commented file `config/echovibe.toml`, embedded, so
//! that there is one truth; the user's file overrides single keys.

mod check;
mod environment;
mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use check::check;
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

impl Settings {
    /// The defaults with the keys of `path` over them, where there is one, and over those the keys that the
    /// environment sets (`ECHOVIBE_SECTION__KEY`).
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, or has an unknown key or a value out of range; or the environment
    /// does.
    pub fn load(path: Option<&Path>) -> Result<Self, SettingsError> {
        let read = |path: &Path| {
            std::fs::read_to_string(path)
                .map_err(|source| SettingsError::Read { path: path.to_owned(), source })
        };
        let text = path.map(read).transpose()?;
        let path = path.unwrap_or_else(|| Path::new("(built in)"));
        let table = merged(DEFAULT_TOML, text.as_deref(), path)?;
        let wrong = |message| SettingsError::Wrong { path: "(environment)".into(), message };
        let set = environment::table(std::env::vars_os(), &table).map_err(wrong)?;
        if set.is_empty() {
            return finished(table, path);
        }
        // What is wrong in the file is told as such.
        finished(table.clone(), path)?;
        finished(over(table, set).map_err(wrong)?, Path::new("(environment)"))
    }
}

/// The defaults with the keys of the text over them.
fn merged(defaults: &str, user: Option<&str>, path: &Path) -> Result<toml::Table, SettingsError> {
    let wrong = |message: String| SettingsError::Wrong { path: path.to_owned(), message };
    let table: toml::Table = defaults.parse().map_err(|e: toml::de::Error| wrong(e.to_string()))?;
    let Some(user) = user else { return Ok(table) };
    let user: toml::Table = user.parse().map_err(|e: toml::de::Error| wrong(e.to_string()))?;
    over(table, user).map_err(wrong)
}

/// A table with the keys of another over them, which must be known.
fn over(mut table: toml::Table, user: toml::Table) -> Result<toml::Table, String> {
    known(&table, &user, "")?;
    merge(&mut table, user);
    Ok(table)
}

/// What the keys mean, if they make sense.
fn finished(table: toml::Table, path: &Path) -> Result<Settings, SettingsError> {
    let wrong = |message: String| SettingsError::Wrong { path: path.to_owned(), message };
    let settings: Settings = table.try_into().map_err(|e: toml::de::Error| wrong(e.to_string()))?;
    check(&settings).map_err(wrong)?;
    Ok(settings)
}

/// Keys that the defaults have, or that stand there as a comment.
const OPTIONAL: [&str; 1] = ["recognition.threshold"];

/// Names the first key that does not exist, and the nearest one that does. Moods may be called anything.
fn known(base: &toml::Table, over: &toml::Table, within: &str) -> Result<(), String> {
    for (key, value) in over {
        let path = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
        if matches!(within, "moods" | "mood_words") || OPTIONAL.contains(&path.as_str()) {
            continue;
        }
        match (base.get(key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => known(base, over, &path)?,
            (Some(toml::Value::Table(_)), _) => {
                return Err(format!("{path} must be a table: write [{path}] above its keys"));
            }
            (Some(_), _) => {}
            (None, _) => {
                let likeness = |name: &&String| strsim::jaro_winkler(key, name);
                let nearest = base.keys().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
                let nearest = nearest.map_or("", String::as_str);
                return Err(format!("there is no key \"{path}\"; the nearest is \"{nearest}\""));
            }
        }
    }
    Ok(())
}

fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => merge(base, over),
            (Some(toml::Value::Float(base)), toml::Value::Integer(whole)) => *base = whole as f64,
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(over: &str) -> Result<Settings, SettingsError> {
        let path = Path::new("test.toml");
        finished(merged(DEFAULT_TOML, Some(over), path)?, path)
    }

    #[test]
    fn the_commented_file_is_the_default() {
        let settings = Settings::load(None).unwrap();
        assert_eq!(settings.recognition.false_names, 0.001);
        assert_eq!(settings.recognition.threshold, None);
    }

    #[test]
    fn one_key_overrides_one_key() {
        let settings = with("[screen]\nframes_per_second = 60\n[recommend]\nseed = 2").unwrap();
        assert_eq!(settings.screen.frames_per_second, 60);
        assert_eq!(settings.recommend.seed, 2.0);
        assert_eq!(settings.screen.theme, "auto");
    }

    #[test]
    fn bad_keys_and_values_are_named() {
        let unknown = with("[screen]\nframes = 60").unwrap_err().to_string();
        assert!(unknown.contains("frames") && unknown.contains("frames_per_second"), "{unknown}");
        assert_eq!(
            with("[sceen]\ntheme = \"dark\"").unwrap_err().to_string(),
            "the configuration test.toml is wrong: there is no key \"sceen\"; the nearest is \"screen\""
        );
        let range = with("[recognition]\nthreshold = 7").unwrap_err().to_string();
        assert!(range.contains("recognition.threshold is 7"), "{range}");
        let share = with("[recognition]\nfalse_names = 0").unwrap_err().to_string();
        assert!(share.contains("recognition.false_names is 0"), "{share}");
        assert_eq!(with("[recognition]\nthreshold = 1").unwrap().recognition.threshold, Some(1.0));
        let mood = with("[moods]\ncalm = [0.5, -3]").unwrap_err().to_string();
        assert!(mood.contains("moods.calm is [0.5, -3]"), "{mood}");
        assert_eq!(with("[moods]\nfloating = [0.3, -0.9]").unwrap().moods.len(), 7);
        let word = with("[mood_words]\nzen = \"void\"").unwrap_err().to_string();
        assert!(word.contains("mood_words.zen is \"void\"") && word.contains("calm"), "{word}");
        let weight = with("[recommend]\nmood = nan").unwrap_err().to_string();
        assert!(weight.contains("recommend.mood is NaN"), "{weight}");
        let linger = with("[listen]\nlinger_s = -1").unwrap_err().to_string();
        assert!(linger.contains("listen.linger_s is -1"), "{linger}");
        let timeout = with("[listen]\ncommand_timeout_s = 0").unwrap_err().to_string();
        assert!(timeout.contains("listen.command_timeout_s is 0"), "{timeout}");
        let window = with("[recommend]\nradio_window = 0").unwrap_err().to_string();
        assert!(window.contains("recommend.radio_window is 0"), "{window}");
        assert!(with("[screen").unwrap_err().to_string().contains("test.toml"));
    }
}
