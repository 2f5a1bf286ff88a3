//! Styles and spectrogram colours, from how they are written to what the terminal can show.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use super::super::capability::TerminalKind;
use super::super::colour::{ColourDepth, REMOTE_STEPS, STEPS, fit, spectrum_palette};
use super::super::symbols::Symbols;
use super::Spectrum;
use crate::picture::Colormap;

/// The way to draw the spectrogram that is called `name`, as far as the terminal can.
pub fn spectrum(
    name: &str,
    terminal: &TerminalKind,
    symbols: &Symbols,
) -> Result<Spectrum, String> {
    if name == "shades" {
        return Ok(Spectrum::Ramp);
    }
    let Some((_, map)) = Colormap::ALL.into_iter().find(|(n, _)| *n == name) else {
        let known = Colormap::ALL.map(|(n, _)| n).join(", ");
        return Err(format!("spectrum: \"{name}\" is none of {known}, shades"));
    };
    Ok(match symbols.half_block {
        Some(sign) if terminal.depth >= ColourDepth::TwoFiftySix => {
            let steps = if terminal.remote { REMOTE_STEPS } else { STEPS };
            Spectrum::HalfBlocks { sign, palette: spectrum_palette(map, steps, terminal.depth) }
        }
        _ => Spectrum::Ramp,
    })
}

/// "COLOUR [on COLOUR] [bold] ...", fitted to `depth`.
pub fn parse_style(value: &str, depth: ColourDepth) -> Result<Style, String> {
    let mut style = Style::default();
    let mut words = value.split_whitespace();
    while let Some(word) = words.next() {
        style = match word {
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underlined" => style.add_modifier(Modifier::UNDERLINED),
            "reversed" => style.add_modifier(Modifier::REVERSED),
            "on" => match parse_colour(words.next().unwrap_or_default(), depth)? {
                Color::Reset => style,
                colour => style.bg(colour),
            },
            word => match parse_colour(word, depth)? {
                Color::Reset => style,
                colour => style.fg(colour),
            },
        };
    }
    Ok(style)
}

fn parse_colour(word: &str, depth: ColourDepth) -> Result<Color, String> {
    if word == "none" {
        return Ok(Color::Reset);
    }
    let colour = Color::from_str(word).map_err(|_| {
        format!("\"{word}\" is no colour: write #rrggbb, a name such as light-red, or none")
    })?;
    Ok(fit(colour, depth))
}
