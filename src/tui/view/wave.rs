//! A track's loudness over its length, as bars.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::theme::Theme;

/// Where in the track we are and where its best part is, as shares of its length.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks {
    /// What is before it was played.
    pub position: f64,
    /// From where to where.
    pub highlight: Option<[f64; 2]>,
}

/// Draws the bars: what was played, the best part, and the rest, each in its colour.
pub fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, levels: &[u8], marks: Marks) {
    if levels.is_empty() || area.height == 0 {
        return;
    }
    let bars = theme.symbols.bars;
    for x in 0..area.width {
        let share = |x: u16| f64::from(x) / f64::from(area.width);
        let (from, to) = (share(x), share(x + 1));
        let level = loudest(levels, from, to);
        let best = marks.highlight.is_some_and(|[start, end]| from < end && to > start);
        let style = match (from < marks.position, best) {
            (true, _) => theme.accent,
            (false, true) => theme.matched,
            (false, false) => theme.border,
        };
        let steps = bars.len() * usize::from(area.height);
        // Even silence has a line to stand on.
        let filled = (usize::from(level) * steps / 255).max(1);
        for y in 0..area.height {
            let under = usize::from(area.height - 1 - y) * bars.len();
            if let Some(top) = filled.checked_sub(under).filter(|left| *left > 0) {
                let sign = bars[top.min(bars.len()) - 1];
                buf[(area.x + x, area.y + y)].set_symbol(sign).set_style(style);
            }
        }
    }
}

fn loudest(levels: &[u8], from: f64, to: f64) -> u8 {
    let count = levels.len() as f64;
    let first = ((from * count) as usize).min(levels.len() - 1);
    let last = ((to * count).ceil() as usize).clamp(first + 1, levels.len());
    levels[first..last].iter().copied().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_shows_however_narrow_the_picture() {
        let mut levels = vec![10u8; 1000];
        levels[617] = 200;
        for width in [3, 40, 400, 3000] {
            let share = |x: u32| f64::from(x) / f64::from(width);
            let shown = (0..width).map(|x| loudest(&levels, share(x), share(x + 1)));
            assert_eq!(shown.max(), Some(200), "{width}");
        }
    }
}
