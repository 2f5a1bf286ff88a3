//! How the screen looks and which keys it has: from the user's files, read again when they change.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use thiserror::Error;

use super::capability::TerminalKind;
use super::keys::{KeyMap, KeysError};
use super::theme::{Theme, ThemeError};
use crate::settings::{Screen, Settings, SettingsError};

/// How the screen looks and which keys it has.
#[derive(Debug, Clone)]
pub struct Look {
    /// Styles and signs.
    pub theme: Theme,
    /// Keys.
    pub keys: KeyMap,
    /// What else the user set.
    pub screen: Screen,
}

/// The user's files that a look is made of. None of them needs to exist.
#[derive(Debug, Clone, Default)]
pub struct LookFiles {
    /// The configuration.
    pub settings: Option<PathBuf>,
    /// The key map.
    pub keys: Option<PathBuf>,
    /// Folder of the user's own themes.
    pub themes: Option<PathBuf>,
}

/// A look that cannot be used.
#[derive(Debug, Error)]
pub enum LookError {
    /// The configuration is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The theme is wrong.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// The key map is wrong.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The key map cannot be read.
    #[error("cannot read the key map {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl LookFiles {
    /// Reads them all.
    ///
    /// # Errors
    /// A file cannot be read, or something in it is wrong.
    pub fn load(&self, terminal: &TerminalKind) -> Result<Look, LookError> {
        let screen = Settings::load(self.settings.as_deref())?.screen;
        let keys = KeyMap::load(self.key_map()?.as_deref())?;
        let theme = Theme::load(&screen, terminal, self.themes.as_deref())?;
        Ok(Look { theme, keys, screen })
    }

    fn key_map(&self) -> Result<Option<String>, LookError> {
        let Some(path) = &self.keys else { return Ok(None) };
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LookError::Read { path: path.clone(), source }),
        }
    }

    /// Changes whenever one of the files that `look` was made of does.
    #[must_use]
    pub fn stamp(&self, theme: &str) -> Vec<Option<SystemTime>> {
        let theme = Theme::file(theme, self.themes.as_deref());
        [self.settings.as_deref(), self.keys.as_deref(), theme.as_deref()]
            .map(|path: Option<&Path>| path?.metadata().ok()?.modified().ok())
            .to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::super::colour::ColourDepth;
    use super::*;

    #[test]
    fn a_changed_file_changes_the_stamp_and_a_wrong_one_is_told() {
        let terminal = TerminalKind::plain(ColourDepth::True, true);
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| Some(folder.path().join(name));
        let files = LookFiles {
            settings: path("echovibe.toml"),
            keys: path("keys.toml"),
            themes: path("themes"),
        };
        std::fs::write(folder.path().join("echovibe.toml"), "[screen]\ntheme = \"mine\"").unwrap();
        std::fs::create_dir(folder.path().join("themes")).unwrap();
        assert!(files.load(&terminal).unwrap_err().to_string().contains("no theme \"mine\""));
        let before = files.stamp("mine");
        std::fs::write(folder.path().join("themes/mine.toml"), "accent = \"red\"").unwrap();
        assert_ne!(files.stamp("mine"), before);
        assert_eq!(files.load(&terminal).unwrap().screen.theme, "mine");
        std::fs::write(folder.path().join("keys.toml"), "like = [\"x\"]\nskip = [\"x\"]").unwrap();
        assert!(files.load(&terminal).unwrap_err().to_string().contains("asks for both"));
    }
}
