//! What may be wrong with a theme.

use std::path::PathBuf;

use thiserror::Error;

use super::Theme;

/// A theme that cannot be used.
#[derive(Debug, Error)]
pub enum ThemeError {
    /// No such theme.
    #[error(
        "there is no theme \"{name}\" (the nearest is {near}): use auto, {}, a file of the themes folder without its ending, or the path of a .toml file",
        Theme::names().collect::<Vec<_>>().join(", ")
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// The most similar name.
        near: &'static str,
    },
    /// The file cannot be read.
    #[error("cannot read the theme {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown meaning, or no colour.
    #[error("the theme {theme} is wrong: {message}")]
    Wrong {
        /// Name or path.
        theme: String,
        /// Which meaning, and what is expected.
        message: String,
    },
}
