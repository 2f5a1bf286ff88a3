//! The page that listens: input, spectrogram, the name, what comes next.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Moving, answer, feed, input, spectrogram};
use crate::tui::app::App;

/// Share of the free rows that the spectrogram takes, per cent; the feed takes the rest, as far as it has
/// offers for it.
const SPECTROGRAM_SHARE: u16 = 45;
/// Rows that the feed may need beside those of its offers: the reasons of the selected one.
const REASONS: u16 = 4;

/// Where the parts lie, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Areas {
    input: Rect,
    spectrogram: Rect,
    answer: Rect,
    feed: Rect,
}

/// Draws the page.
pub fn draw(buf: &mut Buffer, area: Rect, app: &mut App, now: Instant) -> Option<Moving> {
    let areas = areas(area, app.feed.items.len());
    input::draw(buf, areas.input, app, now);
    let moving = spectrogram::draw(buf, areas.spectrogram, app);
    answer::draw(buf, areas.answer, app, now);
    feed::draw(buf, areas.feed, app);
    app.hits.rows = Rect::default();
    moving
}

fn areas(area: Rect, offers: usize) -> Areas {
    let answer = if area.height >= 12 { 3 } else { 2 };
    let blank = |from: u16| u16::from(area.height >= from);
    let (above, below, around) = (blank(16), blank(20), blank(30));
    let taken = 1 + 2 * around + above + answer + below + 1;
    let free = area.height.saturating_sub(taken);
    let mut picture = (free * SPECTROGRAM_SHARE / 100).max(1);
    if offers > 0 {
        let offers = u16::try_from(offers).unwrap_or(u16::MAX);
        picture = picture.max(free.saturating_sub(offers.saturating_add(REASONS)));
    }
    let mut y = area.y + around;
    let mut next = |gap: u16, height: u16| {
        y += gap + height;
        Rect { y: y - height, height, ..area }
    };
    Areas {
        input: next(0, 1),
        spectrogram: next(around, picture),
        answer: next(above, answer),
        feed: next(below, 1 + free - picture),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_lie_below_each_other_and_fill_every_size() {
        for height in 12..120 {
            for offers in [0, 3, 20, 100_000] {
                let a = areas(Rect::new(0, 0, 80, height), offers);
                let parts = [a.input, a.spectrogram, a.answer, a.feed];
                assert!(parts.windows(2).all(|p| p[1].y - p[0].bottom() <= 1), "{height}: {a:?}");
                assert_eq!((a.input.height, a.feed.bottom()), (1, height));
                assert!(a.spectrogram.height >= 1 && a.answer.height >= 2);
                assert!(a.feed.height >= 3, "a heading and two rows at {height}");
                let most = if offers == 0 { 120 } else { offers + 1 + usize::from(REASONS) };
                assert!(usize::from(a.feed.height) <= most, "empty rows at {height}");
            }
        }
    }
}
