//! The signs the screen draws with, and what stands for them where the locale is not UTF-8.

use ratatui::symbols::border;

/// One sign for each meaning.
#[derive(Debug, PartialEq, Eq)]
pub struct Symbols {
    /// Can the terminal show nothing but ASCII?
    pub ascii: bool,
    /// The selected row.
    pub marker: &'static str,
    /// A track the user likes.
    pub heart: &'static str,
    /// What plays.
    pub play: &'static str,
    /// What is paused.
    pub pause: &'static str,
    /// An input that delivers sound.
    pub live: &'static str,
    /// An input that does not.
    pub waiting: &'static str,
    /// Between two pieces of information.
    pub dot: &'static str,
    /// Text goes on.
    pub more: &'static str,
    /// The part done of a gauge.
    pub done: &'static str,
    /// The end of that part.
    pub head: &'static str,
    /// The part left of a gauge.
    pub left: &'static str,
    /// The held peak of the meter.
    pub peak: &'static str,
    /// A line between two parts.
    pub rule: &'static str,
    /// A star given, and one not given.
    pub stars: [&'static str; 2],
    /// The arrow keys: left, right, up, down.
    pub arrows: [&'static str; 4],
    /// The frame of an overlay.
    pub border: border::Set<'static>,
    /// A bar's top from an eighth of a row to a whole one.
    pub bars: &'static [&'static str],
    /// A point, the selected one, and what plays, on a plane.
    pub points: [&'static str; 3],
    /// Points of different kinds, where colours cannot tell them apart.
    pub kinds: [&'static str; 8],
    /// The mood that is wanted.
    pub target: &'static str,
    /// Cells of two by four dots can be drawn.
    pub braille: bool,
    /// Sorted upwards, downwards.
    pub sorted: [&'static str; 2],
    /// From no level to the highest, where a cell has one level.
    pub ramp: &'static [&'static str],
    /// A cell has two levels: this sign is the upper one, its background the lower.
    pub half_block: Option<&'static str>,
}

/// For terminals in a UTF-8 locale.
pub static UNICODE: Symbols = Symbols {
    ascii: false,
    marker: "▸",
    heart: "♥",
    play: "▶",
    pause: "‖",
    live: "●",
    waiting: "○",
    dot: "·",
    more: "…",
    done: "━",
    head: "╸",
    left: "─",
    peak: "┃",
    rule: "─",
    stars: ["★", "☆"],
    arrows: ["←", "→", "↑", "↓"],
    border: border::ROUNDED,
    bars: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    points: ["•", "◆", "▶"],
    kinds: ["•", "○", "+", "×", "▪", "△", "*", "~"],
    target: "◎",
    braille: true,
    sorted: ["↑", "↓"],
    ramp: &[" ", "░", "▒", "▓", "█"],
    half_block: Some("▀"),
};

/// For all others.
pub static ASCII: Symbols = Symbols {
    ascii: true,
    marker: ">",
    heart: "<3",
    play: ">",
    pause: "=",
    live: "*",
    waiting: "o",
    dot: "-",
    more: "...",
    done: "=",
    head: ">",
    left: "-",
    peak: "|",
    rule: "-",
    stars: ["*", "."],
    arrows: ["Left", "Right", "Up", "Down"],
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    bars: &[".", ":", "|", "#"],
    points: ["o", "@", ">"],
    kinds: ["o", "+", "x", "#", "*", "%", "=", "~"],
    target: "X",
    braille: false,
    sorted: ["^", "v"],
    ramp: &[" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"],
    half_block: None,
};
