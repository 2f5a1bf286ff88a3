//! The plane of moods: sad to happy from left to right, calm to excited from below.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::store::records::Mood;
use crate::tui::text;
use crate::tui::theme::Theme;

/// What the ends of the axes are called.
const AXES: [&str; 4] = ["excited", "calm", "sad", "happy"];

/// A point on the plane.
pub struct Spot {
    /// Where.
    pub mood: Mood,
    /// With what.
    pub sign: &'static str,
    /// How.
    pub style: Style,
}

/// Draws the axes, the names of moods, and the points, the last ones on top.
pub fn draw(
    buf: &mut Buffer,
    area: Rect,
    theme: &Theme,
    moods: &BTreeMap<String, [f64; 2]>,
    spots: &[Spot],
) {
    if area.width < 12 || area.height < 5 {
        return;
    }
    let (middle_x, middle_y) = (area.x + area.width / 2, area.y + area.height / 2);
    for x in (area.x..area.right()).step_by(2) {
        buf.set_string(x, middle_y, theme.symbols.dot, theme.border);
    }
    for y in area.y..area.bottom() {
        buf.set_string(middle_x, y, theme.symbols.dot, theme.border);
    }
    let mut taken: Vec<Rect> = Vec::new();
    let mut name = |buf: &mut Buffer, x: u16, y: u16, name: &str, style: Style| {
        let width = text::width(name) as u16;
        let x = x.saturating_sub(width / 2).clamp(area.x, area.right().saturating_sub(width));
        let own = Rect { x: x.saturating_sub(1), y, width: width + 2, height: 1 };
        if width + 2 <= area.width && taken.iter().all(|t| !t.intersects(own)) {
            buf.set_string(x, y, name, style);
            taken.push(own);
        }
    };
    let ends = [
        (middle_x, area.y),
        (middle_x, area.bottom() - 1),
        (area.x, middle_y),
        (area.right(), middle_y),
    ];
    for (axis, (x, y)) in AXES.into_iter().zip(ends) {
        name(buf, x, y, axis, theme.dim);
    }
    // A name that a point would hide, or that an axis has already, is left out.
    let hidden: Vec<(u16, u16)> =
        spots.iter().map(|s| place(area, s.mood.valence, s.mood.energy)).collect();
    for (word, [valence, energy]) in moods {
        let (x, y) = place(area, *valence as f32, *energy as f32);
        let half = text::width(word) as u16 / 2 + 1;
        let hides = |(sx, sy): &(u16, u16)| *sy == y && sx.abs_diff(x) <= half;
        if !AXES.contains(&word.as_str()) && !hidden.iter().any(hides) {
            name(buf, x, y, word, theme.border);
        }
    }
    for spot in spots {
        let (x, y) = place(area, spot.mood.valence, spot.mood.energy);
        buf.set_string(x, y, spot.sign, spot.style);
    }
}

/// The cell of a place; each axis from -1 to 1.
fn place(area: Rect, valence: f32, energy: f32) -> (u16, u16) {
    let at = |value: f32, cells: u16| {
        let share = (value.clamp(-1.0, 1.0) + 1.0) / 2.0;
        (share * f32::from(cells.saturating_sub(1))).round() as u16
    };
    (area.x + at(valence, area.width), area.y + at(-energy, area.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_corners() {
        let area = Rect::new(3, 2, 21, 11);
        assert_eq!(place(area, -1.0, 1.0), (3, 2));
        assert_eq!(place(area, 1.0, -1.0), (23, 12));
        assert_eq!(place(area, 0.0, 0.0), (13, 7));
        assert_eq!(place(area, 9.0, f32::NAN).0, 23);
    }
}
