//! Takes another look: what the user set, and what the terminal tells of itself.

use std::time::Instant;

use super::app::App;
use super::capability::Background;
use super::look::Look;
use super::theme::Theme;

impl App {
    /// Takes another look.
    pub fn wear(&mut self, look: Look) {
        let Look { mut theme, keys, screen } = look;
        // Who read the files does not know what the terminal said of its background.
        if screen.theme == "auto"
            && let Ok(own) = Theme::load(&screen, &self.terminal, self.themes.as_deref())
        {
            theme = own;
        }
        self.redraw = true;
        self.spectrogram.set_range_db(screen.spectrogram_range_db);
        (self.theme, self.keys, self.screen, self.dirty) = (theme, keys, screen, true);
    }

    /// The terminal told its background.
    pub fn background(&mut self, background: Background) {
        if background == self.terminal.background {
            return;
        }
        self.terminal.background = background;
        if let Ok(theme) = Theme::load(&self.screen, &self.terminal, self.themes.as_deref()) {
            (self.theme, self.dirty, self.redraw) = (theme, true, true);
        }
    }

    /// The terminal told its name and version.
    pub fn terminal_version(&mut self, version: &str) {
        self.terminal.images = self.terminal.images.told(version);
        (self.dirty, self.redraw) = (true, true);
    }

    /// Says which commands lost their keys to the user's own.
    pub fn tell_displaced(&mut self, now: Instant) {
        if !self.keys.displaced().is_empty() {
            let told = self.keys.displaced().join("; ");
            self.complain(told, now);
        }
    }
}
