//! Pictures made of pixels, where the terminal has them: the spectrogram at the terminal's own resolution.
//!
//! With kitty's protocol every column of the spectrogram is a picture of its own, a cell wide, that is sent
//! once and then moves with its cells. The other two protocols know no such thing: the whole picture is
//! drawn over its cells again and again, so that they are left aside where bytes are counted.

mod iterm;
mod kitty;
mod sixel;

use ratatui::layout::Rect;

pub use self::iterm::whole as iterm;
pub use self::kitty::{MOST_ROWS, Shape, Strips};
pub use self::sixel::whole as sixel;
use crate::settings::Screen;

/// How a terminal takes pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Kitty's, with placeholders: kitty, Ghostty; in tmux too.
    Kitty,
    /// DEC's: foot, xterm, mlterm, contour.
    Sixel,
    /// iTerm2's: iTerm2, WezTerm.
    Iterm,
}

/// The first version of kitty with placeholders.
const KITTY_FROM: [u32; 2] = [0, 28];

/// Which protocol a terminal has, and how it is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Images {
    /// As far as the environment tells.
    pub protocol: Option<Protocol>,
    /// Inside tmux: what is meant for the terminal is wrapped.
    pub tmux: bool,
    /// Versions of this terminal before [`KITTY_FROM`] have no placeholders, and it has not told its own yet.
    pub unsure: bool,
}

impl Images {
    /// From any look-up of environment variables. Inside tmux those of the terminal around it are there as
    /// long as it is the one in which tmux was started.
    #[must_use]
    pub fn detect(value: &impl Fn(&str) -> String) -> Self {
        let set = |name: &str| !value(name).is_empty();
        let (term, program) = (value("TERM").to_lowercase(), value("TERM_PROGRAM"));
        let tmux = set("TMUX");
        // Other terminals started from kitty inherit its variables too: they count in tmux only.
        let around = tmux && (set("KITTY_WINDOW_ID") || set("GHOSTTY_RESOURCES_DIR"));
        let kitty = ["kitty", "ghostty"].iter().any(|name| term.contains(name))
            || program == "ghostty"
            || around;
        let iterm = ["iTerm.app", "WezTerm"].contains(&program.as_str())
            || value("LC_TERMINAL") == "iTerm2";
        let sixel = ["foot", "mlterm", "contour"].iter().any(|name| term.starts_with(name))
            || term.contains("sixel")
            || program == "mintty";
        // Where the cursor of the terminal around tmux is nobody knows: only what moves with its cells works.
        let protocol = match (kitty, iterm, sixel) {
            (true, ..) => Some(Protocol::Kitty),
            (_, true, _) if !tmux => Some(Protocol::Iterm),
            (.., true) if !tmux => Some(Protocol::Sixel),
            _ => None,
        };
        Self { protocol, tmux, unsure: term.contains("kitty") && !tmux }
    }

    /// What is known when the terminal has told its name and version.
    #[must_use]
    pub fn told(self, version: &str) -> Self {
        let old = kitty_version(version).is_some_and(|version| version < KITTY_FROM);
        Self { protocol: self.protocol.filter(|_| !old), unsure: false, ..self }
    }

    /// The same, without the protocol where tmux lets nothing through to the terminal around it.
    #[must_use]
    pub fn asking_tmux(self) -> Self {
        if !self.tmux || self.protocol.is_none() {
            return self;
        }
        // Who tmux talks to may be another than the one it was started in; older ones do not say.
        let around = asked(&["display-message", "-p", "#{client_termtype}"]);
        let around = around.trim().to_lowercase();
        let other =
            !around.is_empty() && !["kitty", "ghostty"].iter().any(|n| around.starts_with(n));
        let passes = asked(&["show-options", "-Apv", "allow-passthrough"]);
        let passes = passes.starts_with("on") || passes.starts_with("all");
        if other || !passes { Self { protocol: None, ..self } } else { self.told(&around) }
    }

    /// What the user wants, as far as the line bears it: `budgeted` tells whether bytes are counted.
    #[must_use]
    pub fn wanted(self, screen: &Screen, budgeted: bool) -> Option<Protocol> {
        let wanted = match screen.images.as_str() {
            "auto" => self.protocol.filter(|_| !self.unsure),
            "kitty" => Some(Protocol::Kitty),
            "sixel" => Some(Protocol::Sixel),
            "iterm2" => Some(Protocol::Iterm),
            _ => None,
        };
        wanted.filter(|protocol| *protocol == Protocol::Kitty || !budgeted)
    }
}

/// What this tmux answers; nothing where it cannot be asked.
fn asked(what: &[&str]) -> String {
    let asked =
        std::process::Command::new("tmux").args(what).stdin(std::process::Stdio::null()).output();
    asked.map(|told| String::from_utf8_lossy(&told.stdout).into_owned()).unwrap_or_default()
}

/// Major and minor version of `kitty(0.41.1)`.
fn kitty_version(told: &str) -> Option<[u32; 2]> {
    let numbers = told.to_lowercase().strip_prefix("kitty(")?.trim_end_matches(')').to_owned();
    let mut numbers = numbers.split('.').map(|number| number.parse().ok());
    Some([numbers.next()??, numbers.next()??])
}

/// What goes to the terminal beside the cells of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The cells that it lies over; none where cells stand for it.
    pub over: Option<Rect>,
    /// What to send; may be empty where it stays as it is.
    pub bytes: Vec<u8>,
}

/// A picture of the spectrogram, one pixel a column: levels are places in the palette.
pub struct Picture<'a> {
    /// Columns.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// The colours.
    pub palette: &'a [[u8; 3]],
    /// Row by row from the top left, places in the palette.
    pub pixels: Vec<u8>,
}

/// An escape sequence on its way through tmux.
fn through_tmux(sequence: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1bPtmux;");
    for byte in sequence {
        if *byte == 0x1b {
            out.push(0x1b);
        }
        out.push(*byte);
    }
    out.extend_from_slice(b"\x1b\\");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)]) -> Images {
        Images::detect(&|name| {
            vars.iter().find(|(n, _)| *n == name).map_or(String::new(), |(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn protocols_are_told_from_the_environment() {
        let protocol = |vars: &[(&str, &str)]| with(vars).protocol;
        assert_eq!(protocol(&[("TERM", "xterm-256color")]), None);
        assert_eq!(protocol(&[("TERM", "xterm-kitty")]), Some(Protocol::Kitty));
        assert_eq!(protocol(&[("TERM_PROGRAM", "vscode"), ("KITTY_WINDOW_ID", "1")]), None);
        assert_eq!(protocol(&[("TERM_PROGRAM", "ghostty")]), Some(Protocol::Kitty));
        assert_eq!(protocol(&[("TERM", "foot-extra")]), Some(Protocol::Sixel));
        assert_eq!(protocol(&[("TERM_PROGRAM", "WezTerm")]), Some(Protocol::Iterm));
        assert_eq!(protocol(&[("LC_TERMINAL", "iTerm2")]), Some(Protocol::Iterm));
        let tmux = ("TMUX", "/tmp/tmux-0/default,1,0");
        assert_eq!(protocol(&[tmux, ("LC_TERMINAL", "iTerm2")]), None, "the cursor is not ours");
        let kitty = with(&[tmux, ("KITTY_WINDOW_ID", "1"), ("TERM", "tmux-256color")]);
        assert_eq!(kitty, Images { protocol: Some(Protocol::Kitty), tmux: true, unsure: false });
    }

    #[test]
    fn the_user_decides_and_a_narrow_line_bears_columns_only() {
        let screen = crate::settings::Settings::load(None).unwrap().screen;
        let wants = |images: &str| Screen { images: images.to_owned(), ..screen.clone() };
        let kitty = Images { protocol: Some(Protocol::Kitty), ..Images::default() };
        let sixel = Images { protocol: Some(Protocol::Sixel), ..Images::default() };
        assert_eq!(kitty.wanted(&wants("auto"), true), Some(Protocol::Kitty));
        assert_eq!(sixel.wanted(&wants("auto"), false), Some(Protocol::Sixel));
        assert_eq!(sixel.wanted(&wants("auto"), true), None);
        assert_eq!(kitty.wanted(&wants("off"), false), None);
        assert_eq!(Images::default().wanted(&wants("iterm2"), false), Some(Protocol::Iterm));
    }

    #[test]
    fn a_kitty_without_placeholders_gets_characters() {
        let screen = crate::settings::Settings::load(None).unwrap().screen;
        let kitty = with(&[("TERM", "xterm-kitty")]);
        let shown = |images: Images| images.wanted(&screen, false);
        assert_eq!(shown(kitty), None, "it has not told its version yet");
        for (version, protocol) in [
            ("kitty(0.26.5)", None),
            ("kitty(0.27)", None),
            ("kitty(0.28.0)", Some(Protocol::Kitty)),
            ("kitty(1.0.0)", Some(Protocol::Kitty)),
            ("another", Some(Protocol::Kitty)),
        ] {
            assert_eq!(shown(kitty.told(version)), protocol, "{version}");
        }
    }

    #[test]
    fn tmux_hands_on_what_is_wrapped() {
        let mut out = Vec::new();
        through_tmux(b"\x1b_Ga=T;AA\x1b\\", &mut out);
        assert_eq!(out, b"\x1bPtmux;\x1b\x1b_Ga=T;AA\x1b\x1b\\\x1b\\");
    }
}
