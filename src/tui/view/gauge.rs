//! A thin line, part of it done.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::symbols::Symbols;

/// A line of `width` columns, `share` (0 to 1) of it done, to half a column.
pub fn line(
    share: f64,
    width: usize,
    symbols: &Symbols,
    done: Style,
    left: Style,
) -> Line<'static> {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let halves = (share * width as f64 * 2.0).round() as usize;
    let (whole, half) = (halves / 2, halves % 2);
    let mut text = symbols.done.repeat(whole);
    text.push_str(&symbols.head.repeat(half));
    Line::from(vec![
        Span::styled(text, done),
        Span::styled(symbols.left.repeat(width - whole - half), left),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::symbols::{ASCII, UNICODE};

    fn text(share: f64, symbols: &Symbols) -> String {
        line(share, 5, symbols, Style::new(), Style::new()).to_string()
    }

    #[test]
    fn halves_are_drawn_and_the_width_never_changes() {
        assert_eq!(text(0.0, &UNICODE), "─────");
        assert_eq!(text(0.5, &UNICODE), "━━╸──");
        assert_eq!(text(1.0, &UNICODE), "━━━━━");
        assert_eq!(text(0.5, &ASCII), "==>--");
        assert_eq!(text(f64::NAN, &ASCII), "-----");
        assert_eq!(text(7.0, &ASCII), "=====");
    }
}
