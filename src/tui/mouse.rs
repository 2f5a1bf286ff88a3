//! Does what the mouse asks for, where the user wants one.

use std::time::Instant;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::app::{App, Overlay};
use super::page::Page;

/// Rows of one notch of the wheel.
const WHEEL: isize = 3;

impl App {
    /// Takes a click or a turn of the wheel.
    pub fn mouse(&mut self, mouse: &MouseEvent, now: Instant) {
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::ScrollDown => self.wheel(WHEEL),
            MouseEventKind::ScrollUp => self.wheel(-WHEEL),
            MouseEventKind::Down(MouseButton::Left) if self.overlay.is_none() => self.click(at),
            _ => return,
        }
        (self.touched, self.dirty) = (Some(now), true);
    }

    fn wheel(&mut self, by: isize) {
        match (&mut self.overlay, self.page) {
            (Some(Overlay::Help(help)), _) => {
                help.scroll = help.scroll.saturating_add_signed(by);
            }
            (Some(Overlay::Palette(palette)), _) => palette.list.step(by),
            (None, Page::Map) => self.map.zoom(if by < 0 { 1.25 } else { 0.8 }),
            (None, _) => self.step(by),
        }
    }

    fn click(&mut self, at: Position) {
        if let Some((_, page)) = self.hits.tabs.iter().find(|(area, _)| area.contains(at)) {
            return self.show(*page);
        }
        let area = self.hits.rows;
        if !area.contains(at) {
            return;
        }
        let below = usize::from(at.y - area.y);
        let list = match self.page {
            Page::Library => self.library.list(),
            Page::History => &mut self.history.list,
            Page::Taste => &mut self.taste.list,
            Page::Now => &mut self.now.list,
            Page::Feed | Page::Listen | Page::Map => return,
        };
        if let Some(row) = list.row_at(below) {
            list.select(row);
        }
    }
}
