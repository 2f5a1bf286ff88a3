//! Takes keys, pasted text and sizes to where they belong: an overlay, a line being typed, or a command.

use std::time::Instant;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyEventKind};

use super::app::{App, Overlay};
use super::line_edit::{Edit, LineEdit};
use super::page::Page;
use super::pages::Part;
use super::palette::Outcome;

impl App {
    /// Takes what the terminal tells: a key, a new size, anything else.
    pub fn input(&mut self, input: &Input, now: Instant) {
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => self.key(key, now),
            Input::Resize(..) | Input::FocusGained => (self.dirty, self.redraw) = (true, true),
            Input::Mouse(mouse) => self.mouse(mouse, now),
            Input::Paste(text) => self.paste(text),
            _ => {}
        }
    }

    fn key(&mut self, key: &KeyEvent, now: Instant) {
        self.touched = Some(now);
        self.redraw = true;
        if self.overlay.is_some() {
            self.dirty = true;
            self.overlay_key(key, now);
        } else if self.searching {
            self.dirty = true;
            self.search_key(key, now);
        } else if self.welcome_key(key, now) {
            self.dirty = true;
        } else if let Some(command) = self.keys.command(key, self.place()) {
            self.dirty = true;
            self.command(command, now);
        }
    }

    fn overlay_key(&mut self, key: &KeyEvent, now: Instant) {
        match &mut self.overlay {
            Some(Overlay::Help(help)) => {
                let again = key.code == KeyCode::Char('?') && help.search.text().is_empty();
                if again || !help.key(key) {
                    self.overlay = None;
                }
            }
            Some(Overlay::Palette(palette)) => match palette.key(key) {
                Outcome::Open => {}
                Outcome::Closed => self.overlay = None,
                Outcome::Run(line) => {
                    self.overlay = None;
                    self.run_line(&line, now);
                }
            },
            None => {}
        }
    }

    pub fn search_line(&mut self) -> Option<&mut LineEdit> {
        match self.page {
            Page::Library => Some(&mut self.library.search),
            Page::History => Some(&mut self.history.search),
            Page::Map => Some(&mut self.map.search),
            _ => None,
        }
    }

    fn search_key(&mut self, key: &KeyEvent, now: Instant) {
        let Some(line) = self.search_line() else {
            self.searching = false;
            return;
        };
        match line.key(key) {
            Edit::Changed => self.searched(),
            Edit::Done => self.searching = false,
            Edit::Given => self.end_search(),
            // Keys that are no letters do what they always do.
            Edit::Other => {
                if let Some(command) = self.keys.command(key, self.place()) {
                    self.command(command, now);
                }
            }
        }
    }

    fn paste(&mut self, text: &str) {
        self.dirty = true;
        match &mut self.overlay {
            Some(Overlay::Palette(palette)) => palette.paste(text),
            Some(Overlay::Help(help)) => help.search.paste(text),
            None if self.welcome.as_mut().is_some_and(|welcome| welcome.paste(text)) => {}
            None if self.searching => {
                if let Some(line) = self.search_line() {
                    line.paste(text);
                }
                self.searched();
            }
            None => {}
        }
    }

    /// Looks for what the search line says.
    pub fn searched(&mut self) {
        match self.page {
            Page::Library => {
                self.library.part = Part::Tracks;
                self.ask_tracks();
            }
            Page::History => self.ask_events(),
            Page::Map => self.ask_found(),
            _ => {}
        }
    }

    pub fn end_search(&mut self) {
        self.searching = false;
        if let Some(line) = self.search_line() {
            line.set("");
        }
        self.searched();
    }
}
