//! How the screen is to look and behave.

use jiff::tz::TimeZone;

use super::keys::KeyMap;
use super::theme::Theme;
use crate::settings::Settings;

/// How the screen is to look and behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// Styles and signs.
    pub theme: Theme,
    /// Keys.
    pub keys: KeyMap,
    /// Frames a second at most; see [`super::TerminalKind::frames_per_second`].
    pub frames_per_second: u32,
    /// Decibels below the loudest of the last seconds that are still shown.
    pub spectrogram_range_db: f32,
    /// Quieter than this is called silence, dBFS.
    pub silence_dbfs: f32,
    /// Shown while there is nothing to offer, such as what to do on the first run.
    pub notice: Option<String>,
    /// For the times in the history.
    pub time_zone: TimeZone,
}

impl Options {
    /// From what the user has set.
    #[must_use]
    pub fn new(settings: &Settings, theme: Theme, keys: KeyMap) -> Self {
        Self {
            theme,
            keys,
            frames_per_second: settings.screen.frames_per_second,
            spectrogram_range_db: settings.screen.spectrogram_range_db,
            silence_dbfs: settings.recognition.silence_dbfs,
            notice: None,
            time_zone: TimeZone::system(),
        }
    }
}
