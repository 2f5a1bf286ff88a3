//! What the screen is started with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::capability::TerminalKind;
use super::look::Look;

/// What the screen is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Styles, signs, keys and settings.
    pub look: Look,
    /// What the terminal can show.
    pub terminal: TerminalKind,
    /// Folder of the user's own themes.
    pub themes: Option<PathBuf>,
    /// Quieter than this is called silence, dBFS.
    pub silence_dbfs: f32,
    /// Names of places on the mood plane: valence, energy.
    pub moods: BTreeMap<String, [f64; 2]>,
    /// Words that stand for these names.
    pub mood_words: BTreeMap<String, String>,
    /// For the times in the history.
    pub time_zone: TimeZone,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}
