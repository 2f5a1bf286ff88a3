//! Themes: a style for each meaning, from a TOML file, fitted to what the terminal can show.

mod error;
mod style;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

pub use self::error::ThemeError;
use self::style::{parse_style, spectrum};

use super::capability::{Background, TerminalKind};
use super::colour::ColourDepth;
use super::nearest::nearest;
use super::symbols::{ASCII, Symbols, UNICODE};
use crate::settings::Screen;

/// The themes that come with the program, by name; the first is what user themes fall back to.
const BUILT_IN: [(&str, &str); 6] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("contrast", include_str!("../../../themes/contrast.toml")),
    ("safe", include_str!("../../../themes/safe.toml")),
    ("sixteen", include_str!("../../../themes/sixteen.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];
/// What is used where there are no colours.
const MONO: &str = BUILT_IN[5].1;

/// A style for each meaning, and the signs to draw with.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// Text of less weight.
    pub dim: Style,
    /// What leads the eye: the program's name, keys, what plays.
    pub accent: Style,
    /// The track that was named.
    pub matched: Style,
    /// Something needs attention.
    pub warning: Style,
    /// Something failed.
    pub error: Style,
    /// What the user likes.
    pub liked: Style,
    /// Laid over the selected row.
    pub selection: Style,
    /// Lines between parts.
    pub border: Style,
    /// A comfortable level.
    pub level_low: Style,
    /// A high level.
    pub level_mid: Style,
    /// A level about to clip.
    pub level_high: Style,
    /// How the spectrogram is coloured.
    pub spectrum: Spectrum,
    /// Colours that tell kinds apart, such as styles on the map; never empty.
    pub series: Vec<Style>,
    /// Signs.
    pub symbols: &'static Symbols,
}

/// How the spectrogram is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Spectrum {
    /// Two levels a cell, in these colours from low to high.
    HalfBlocks {
        /// The sign of the upper half.
        sign: &'static str,
        /// From the lowest level to the highest.
        palette: Vec<Color>,
    },
    /// One level a cell: the theme's ramp of signs, in its level colours.
    Ramp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    text: String,
    dim: String,
    accent: String,
    #[serde(rename = "match")]
    matched: String,
    warning: String,
    error: String,
    liked: String,
    selection: String,
    border: String,
    level_low: String,
    level_mid: String,
    level_high: String,
    spectrum: String,
    series: String,
}

impl Theme {
    /// The names of the themes that come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The theme that the user wants, `screen.spectrum` put in the place of its own; `folder` has the
    /// user's own themes.
    ///
    /// # Errors
    /// There is no such theme, the file cannot be read, or something in it is wrong.
    pub fn load(
        screen: &Screen,
        terminal: &TerminalKind,
        folder: Option<&Path>,
    ) -> Result<Self, ThemeError> {
        let mut theme = Self::choose(&screen.theme, terminal, folder)?;
        if screen.spectrum != "theme" {
            theme.spectrum = spectrum(&screen.spectrum, terminal, theme.symbols)
                .map_err(|message| ThemeError::Wrong { theme: "as set".to_owned(), message })?;
        }
        Ok(theme)
    }

    /// The file of the user's own theme `name`, if it is one.
    #[must_use]
    pub fn file(name: &str, folder: Option<&Path>) -> Option<PathBuf> {
        let path = Path::new(name);
        if path.extension().is_some_and(|ending| ending == "toml") {
            return Some(path.to_owned());
        }
        // A name, never a way out of the folder.
        let plain = path.components().count() == 1 && !name.is_empty();
        let own = folder?.join(format!("{name}.toml"));
        (plain && own.is_file()).then_some(own)
    }

    /// The theme `name` ("auto", a name in `folder`, a built-in name, or a path ending in `.toml`) for this
    /// terminal.
    ///
    /// Without colours every built-in name gives "mono".
    ///
    /// # Errors
    /// There is no such theme, the file cannot be read, or something in it is wrong.
    pub fn choose(
        name: &str,
        terminal: &TerminalKind,
        folder: Option<&Path>,
    ) -> Result<Self, ThemeError> {
        let wanted = match (name, terminal.depth, terminal.background) {
            ("auto", ColourDepth::Sixteen, _) => "sixteen",
            ("auto", _, Background::Dark) => "dark",
            ("auto", _, Background::Light) => "light",
            (name, ..) => name,
        };
        let Some(path) = Self::file(wanted, folder) else {
            let built_in = BUILT_IN.iter().find(|(n, _)| *n == wanted);
            let (name, text) = built_in.ok_or_else(|| ThemeError::Unknown {
                name: name.to_owned(),
                near: nearest(name, Self::names()),
            })?;
            let mono = terminal.depth == ColourDepth::None;
            return Self::parse(name, if mono { MONO } else { text }, terminal);
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ThemeError::Read { path: path.clone(), source })?;
        Self::parse(&path.to_string_lossy(), &text, terminal)
    }

    /// The theme in `text`, called `name` in errors; meanings it leaves out come from "dark".
    ///
    /// # Errors
    /// `text` is not TOML, has an unknown meaning or something that is no colour.
    pub fn parse(name: &str, text: &str, terminal: &TerminalKind) -> Result<Self, ThemeError> {
        let wrong = |message: String| ThemeError::Wrong { theme: name.to_owned(), message };
        let toml = |e: toml::de::Error| wrong(e.to_string());
        let mut table: toml::Table = BUILT_IN[0].1.parse().map_err(toml)?;
        for (meaning, value) in text.parse::<toml::Table>().map_err(toml)? {
            if !table.contains_key(&meaning) {
                let near = nearest(&meaning, table.keys().map(String::as_str));
                return Err(wrong(format!("there is no \"{meaning}\"; the nearest is \"{near}\"")));
            }
            if !value.is_str() {
                return Err(wrong(format!("{meaning}: must be text, such as \"#c4a7ff bold\"")));
            }
            table.insert(meaning, value);
        }
        let file: File = table.try_into().map_err(toml)?;
        let style = |meaning: &str, value: &str| {
            parse_style(value, terminal.depth).map_err(|e| wrong(format!("{meaning}: {e}")))
        };
        let symbols = if terminal.unicode { &UNICODE } else { &ASCII };
        let mut selection = style("selection", &file.selection)?;
        if terminal.depth == ColourDepth::None && selection.add_modifier.is_empty() {
            selection = selection.add_modifier(Modifier::REVERSED);
        }
        let series = file.series.split_whitespace().map(|one| style("series", one));
        let series = series.collect::<Result<Vec<Style>, _>>()?;
        if series.is_empty() {
            return Err(wrong("series: needs a colour at least".to_owned()));
        }
        Ok(Self {
            text: style("text", &file.text)?,
            dim: style("dim", &file.dim)?,
            accent: style("accent", &file.accent)?,
            matched: style("match", &file.matched)?,
            warning: style("warning", &file.warning)?,
            error: style("error", &file.error)?,
            liked: style("liked", &file.liked)?,
            selection,
            border: style("border", &file.border)?,
            level_low: style("level_low", &file.level_low)?,
            level_mid: style("level_mid", &file.level_mid)?,
            level_high: style("level_high", &file.level_high)?,
            spectrum: spectrum(&file.spectrum, terminal, symbols).map_err(wrong)?,
            series,
            symbols,
        })
    }
}
