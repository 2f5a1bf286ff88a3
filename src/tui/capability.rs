//! What the terminal can show, told from the environment, and its background from the terminal itself.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

use super::colour::ColourDepth;
use super::images::{Images, Protocol};
use crate::settings::Screen;

/// Is the background dark or light?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Also where nothing is known.
    Dark,
    /// The terminal said so in `COLORFGBG`.
    Light,
}

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalKind {
    /// How many colours.
    pub depth: ColourDepth,
    /// Is the locale UTF-8?
    pub unicode: bool,
    /// Dark or light.
    pub background: Background,
    /// Reached over SSH, where bandwidth counts.
    pub remote: bool,
    /// Pictures made of pixels.
    pub images: Images,
}

/// Terminals with 24 bits that a login over SSH tells by `TERM` only.
const TRUE_COLOUR_TERMS: [&str; 8] =
    ["kitty", "alacritty", "wezterm", "foot", "ghostty", "contour", "rio", "-direct"];
/// Values of `TERM_PROGRAM` of terminals with 24 bits.
const TRUE_COLOUR_PROGRAMS: [&str; 5] = ["iTerm.app", "WezTerm", "ghostty", "vscode", "rio"];
/// How long the terminal may take to tell its background: a round trip here, and over SSH.
const PATIENCE: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(1000)];

impl TerminalKind {
    /// From the process's environment.
    #[must_use]
    pub fn from_env() -> Self {
        let kind = Self::detect(|name| std::env::var(name).ok());
        Self { images: kind.images.asking_tmux(), ..kind }
    }

    /// From any look-up of environment variables.
    #[must_use]
    pub fn detect(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| lookup(name).unwrap_or_default();
        Self {
            depth: depth(&value),
            unicode: unicode(&value),
            background: background(&value("COLORFGBG")),
            remote: !value("SSH_CONNECTION").is_empty() || !value("SSH_TTY").is_empty(),
            images: Images::detect(&value),
        }
    }

    /// Can the background be asked for, and is it worth it? Not where the environment says it, nor where
    /// there are too few colours for it to matter.
    #[must_use]
    pub fn asks_background(&self) -> bool {
        let said = std::env::var("COLORFGBG").is_ok_and(|value| !value.is_empty());
        !said && self.depth >= ColourDepth::TwoFiftySix
    }

    /// Asks the terminal itself whether its background is dark or light (OSC 11). Nearly every terminal
    /// answers at once, if only that it does not know the question; one that stays silent is taken for a
    /// dark one. Nothing else may read from the terminal meanwhile.
    #[must_use]
    pub fn ask_background(&self) -> Option<Background> {
        let mut options = QueryOptions::default();
        options.timeout = PATIENCE[usize::from(self.remote)];
        match theme_mode(options) {
            Ok(ThemeMode::Light) => Some(Background::Light),
            Ok(ThemeMode::Dark) => Some(Background::Dark),
            Err(_) => None,
        }
    }

    /// How pictures go to it, if they do.
    #[must_use]
    pub fn pictures(&self, screen: &Screen) -> Option<Protocol> {
        let budgeted = self.limits(screen).1 > 0;
        // Placeholders are letters, and colours name them.
        let able = self.depth == ColourDepth::True && self.unicode;
        self.images.wanted(screen, budgeted).filter(|_| able)
    }

    /// Frames a second and bytes a second (0: as many as it takes) on such a line.
    #[must_use]
    pub fn limits(&self, screen: &Screen) -> (u32, u32) {
        if self.remote {
            let frames = screen.frames_per_second.min(screen.remote_frames_per_second);
            (frames, screen.remote_bytes_per_second)
        } else {
            (screen.frames_per_second, screen.bytes_per_second)
        }
    }
}

fn depth(value: &impl Fn(&str) -> String) -> ColourDepth {
    let term = value("TERM").to_lowercase();
    let plain = ["", "dumb", "unknown", "vt100", "vt102", "vt220"];
    if !value("NO_COLOR").is_empty() || plain.contains(&term.as_str()) || term.ends_with("-mono") {
        return ColourDepth::None;
    }
    let said = matches!(value("COLORTERM").to_lowercase().as_str(), "truecolor" | "24bit");
    if said
        || TRUE_COLOUR_TERMS.iter().any(|name| term.contains(name))
        || TRUE_COLOUR_PROGRAMS.contains(&value("TERM_PROGRAM").as_str())
        || !value("WT_SESSION").is_empty()
    {
        return ColourDepth::True;
    }
    if term.contains("256color") { ColourDepth::TwoFiftySix } else { ColourDepth::Sixteen }
}

/// The first of the three that is set decides, as in `setlocale`.
fn unicode(value: &impl Fn(&str) -> String) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(value).into_iter().find(|v| !v.is_empty());
    let locale = locale.unwrap_or_default().to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// `COLORFGBG` is "foreground;background" or "foreground;other;background", as numbers of the 16.
fn background(value: &str) -> Background {
    match value.rsplit(';').next() {
        Some("7" | "15") => Background::Light,
        _ => Background::Dark,
    }
}

#[cfg(test)]
impl TerminalKind {
    /// A dark one at hand that shows so much.
    pub fn plain(depth: ColourDepth, unicode: bool) -> Self {
        let (background, images) = (Background::Dark, Images::default());
        Self { depth, unicode, background, remote: false, images }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)]) -> TerminalKind {
        TerminalKind::detect(|name| {
            vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn colours_are_told_from_the_environment() {
        let depth = |vars: &[(&str, &str)]| with(vars).depth;
        assert_eq!(depth(&[]), ColourDepth::None);
        assert_eq!(depth(&[("TERM", "dumb"), ("COLORTERM", "truecolor")]), ColourDepth::None);
        assert_eq!(depth(&[("TERM", "linux")]), ColourDepth::Sixteen);
        assert_eq!(depth(&[("TERM", "screen")]), ColourDepth::Sixteen);
        assert_eq!(depth(&[("TERM", "tmux-256color")]), ColourDepth::TwoFiftySix);
        assert_eq!(
            depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]),
            ColourDepth::True
        );
        assert_eq!(depth(&[("TERM", "xterm-kitty")]), ColourDepth::True);
        assert_eq!(depth(&[("TERM", "xterm-direct")]), ColourDepth::True);
    }

    #[test]
    fn no_color_counts_only_when_it_is_not_empty() {
        let term = ("TERM", "xterm-256color");
        assert_eq!(with(&[term, ("NO_COLOR", "1")]).depth, ColourDepth::None);
        assert_eq!(with(&[term, ("NO_COLOR", "")]).depth, ColourDepth::TwoFiftySix);
    }

    #[test]
    fn the_first_locale_set_decides() {
        assert!(with(&[("LANG", "de_DE.UTF-8")]).unicode);
        assert!(with(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]).unicode);
        assert!(!with(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]).unicode);
        assert!(!with(&[]).unicode);
    }

    #[test]
    fn a_light_background_and_a_remote_line_are_seen() {
        assert_eq!(with(&[("COLORFGBG", "0;15")]).background, Background::Light);
        assert_eq!(with(&[("COLORFGBG", "15;default;0")]).background, Background::Dark);
        let remote = with(&[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")]);
        let screen = crate::settings::Settings::load(None).unwrap().screen;
        assert_eq!(remote.limits(&screen), (10, 40_000));
        assert_eq!(with(&[]).limits(&screen), (30, 0));
        assert_eq!(remote.limits(&Screen { frames_per_second: 5, ..screen }).0, 5);
    }
}
