//! The styles of every view, cell by cell: a letter for each, and what the letters mean.

use std::fmt::Write;

use insta::assert_snapshot;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::pages::full;
use super::*;
use crate::tui::page::Page;
use crate::tui::view;

/// What a letter stands for.
type Look = (Color, Color, Modifier);

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

fn look(cell: &Cell) -> Look {
    (cell.fg, cell.bg, cell.modifier)
}

fn told((fg, bg, modifier): Look) -> String {
    let mut words = Vec::new();
    if fg != Color::Reset {
        words.push(fg.to_string());
    }
    if bg != Color::Reset {
        words.push(format!("on {bg}"));
    }
    words.extend(modifier.iter_names().map(|(name, _)| name.to_lowercase()));
    if words.is_empty() { "as the terminal has it".to_owned() } else { words.join(" ") }
}

/// A letter for each cell; `~` where the spectrogram is, whose colours are those of its sound.
fn letters(frame: &Buffer, spectrogram: Option<Rect>, looks: &mut Vec<Look>) -> String {
    let mut out = String::new();
    for y in 0..frame.area.height {
        for x in 0..frame.area.width {
            if spectrogram.is_some_and(|area| area.contains((x, y).into())) {
                out.push('~');
                continue;
            }
            let own = look(&frame[(x, y)]);
            let place = looks.iter().position(|held| *held == own).unwrap_or_else(|| {
                looks.push(own);
                looks.len() - 1
            });
            out.push(char::from(LETTERS[place]));
        }
        out.push('\n');
    }
    out
}

#[test]
fn every_page_in_colours() {
    let depths = [
        ("truecolour", ColourDepth::True),
        ("256", ColourDepth::TwoFiftySix),
        ("sixteen", ColourDepth::Sixteen),
        ("none", ColourDepth::None),
    ];
    for (name, depth) in depths {
        let mut screen = full(80, 24, depth, true);
        let (mut looks, mut pages) = (Vec::new(), String::new());
        for (key, page) in ('1'..).zip(Page::ALL) {
            screen.type_keys(&key.to_string());
            screen.type_keys("jj");
            let mut frame = Buffer::empty(Rect::new(0, 0, 80, 24));
            let drawn = view::draw(&mut frame, &mut screen.app, screen.now);
            let half_blocks = depth >= ColourDepth::TwoFiftySix;
            let spectrogram = drawn.moving.map(|moving| moving.area).filter(|_| half_blocks);
            let letters = letters(&frame, spectrogram, &mut looks);
            let _ = write!(pages, "{}\n{letters}\n", page.title());
        }
        for (letter, look) in LETTERS.iter().zip(looks) {
            let _ = writeln!(pages, "{} {}", char::from(*letter), told(look));
        }
        assert_snapshot!(format!("colours_{name}"), pages);
    }
}
