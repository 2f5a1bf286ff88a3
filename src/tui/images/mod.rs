//! Pictures made of pixels, where the terminal has them: the spectrogram at the terminal's own resolution.
//!
//! With kitty's protocol every column of the spectrogram is a picture of its own, a cell wide, that is sent
//! once and then moves with its cells. The other two protocols know no such thing: the whole picture is
//! drawn over its cells again and again, so that they are left aside where bytes are counted.

mod iterm;
mod kitty;
mod png;
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

/// Which protocol a terminal has, and how it is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Images {
    /// As far as the environment tells.
    pub protocol: Option<Protocol>,
    /// Inside tmux: what is meant for the terminal is wrapped.
    pub tmux: bool,
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
        Self { protocol, tmux }
    }

    /// The same, without the protocol where tmux lets nothing through to the terminal around it.
    #[must_use]
    pub fn asking_tmux(self) -> Self {
        if !self.tmux || self.protocol.is_none() || passes_through() {
            return self;
        }
        Self { protocol: None, ..self }
    }

    /// What the user wants, as far as the line bears it: `budgeted` tells whether bytes are counted.
    #[must_use]
    pub fn wanted(self, screen: &Screen, budgeted: bool) -> Option<Protocol> {
        let wanted = match screen.images.as_str() {
            "auto" => self.protocol,
            "kitty" => Some(Protocol::Kitty),
            "sixel" => Some(Protocol::Sixel),
            "iterm2" => Some(Protocol::Iterm),
            _ => None,
        };
        wanted.filter(|protocol| *protocol == Protocol::Kitty || !budgeted)
    }
}

/// Does this tmux hand on what is wrapped for the terminal around it?
fn passes_through() -> bool {
    let asked = std::process::Command::new("tmux")
        .args(["show-options", "-Apv", "allow-passthrough"])
        .stdin(std::process::Stdio::null())
        .output();
    asked.is_ok_and(|told| told.stdout.starts_with(b"on") || told.stdout.starts_with(b"all"))
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
        assert_eq!(kitty, Images { protocol: Some(Protocol::Kitty), tmux: true });
    }

    #[test]
    fn the_user_decides_and_a_narrow_line_bears_columns_only() {
        let screen = crate::settings::Settings::load(None).unwrap().screen;
        let wants = |images: &str| Screen { images: images.to_owned(), ..screen.clone() };
        let kitty = Images { protocol: Some(Protocol::Kitty), tmux: false };
        let sixel = Images { protocol: Some(Protocol::Sixel), tmux: false };
        assert_eq!(kitty.wanted(&wants("auto"), true), Some(Protocol::Kitty));
        assert_eq!(sixel.wanted(&wants("auto"), false), Some(Protocol::Sixel));
        assert_eq!(sixel.wanted(&wants("auto"), true), None);
        assert_eq!(kitty.wanted(&wants("off"), false), None);
        assert_eq!(Images::default().wanted(&wants("iterm2"), false), Some(Protocol::Iterm));
    }

    #[test]
    fn tmux_hands_on_what_is_wrapped() {
        let mut out = Vec::new();
        through_tmux(b"\x1b_Ga=T;AA\x1b\\", &mut out);
        assert_eq!(out, b"\x1bPtmux;\x1b\x1b_Ga=T;AA\x1b\x1b\\\x1b\\");
    }
}
