//! Does what a key asks for.

use std::time::Instant;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyEventKind};

use super::app::{App, Overlay, Pending};
use super::commands::{Command, Lean, Towards};
use super::core::Request;
use super::help::Help;
use super::hold::Hold;
use super::line_edit::{Edit, LineEdit};
use super::page::Page;
use super::pages::Part;
use super::palette::{Outcome, Palette};
use crate::store::records::{EventKind, Mood, TrackId};

/// Seconds of a short move in what plays.
const STEP_S: f64 = 5.0;
/// Seconds of a far one.
const FAR_S: f64 = 30.0;
/// How far one key moves the mood; the plane is two wide.
const MOOD_STEP: f64 = 0.1;
/// How much nearer one step goes on the map.
const ZOOM: f32 = 1.5;

impl App {
    /// Takes what the terminal tells: a key, a new size, anything else.
    pub fn input(&mut self, input: &Input, now: Instant) {
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => self.key(key, now),
            Input::Resize(..) | Input::FocusGained => self.dirty = true,
            Input::Mouse(mouse) => self.mouse(mouse, now),
            Input::Paste(text) => self.paste(text),
            _ => {}
        }
    }

    fn key(&mut self, key: &KeyEvent, now: Instant) {
        self.touched = Some(now);
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

    fn search_line(&mut self) -> Option<&mut LineEdit> {
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

    fn end_search(&mut self) {
        self.searching = false;
        if let Some(line) = self.search_line() {
            line.set("");
        }
        self.searched();
    }

    /// Does `command`.
    pub fn command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Quit => self.quit = true,
            Command::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Command::Palette => {
                let palette = Palette::new(&self.keys, self.theme.symbols, self.place());
                self.overlay = Some(Overlay::Palette(palette));
            }
            Command::Close => self.close(),
            Command::Show(page) => self.show(page),
            Command::NextPage => self.show(self.page.beside(1)),
            Command::PreviousPage => self.show(self.page.beside(-1)),
            Command::Down => self.step(1),
            Command::Up => self.step(-1),
            Command::HalfDown => self.scroll(1, 2),
            Command::HalfUp => self.scroll(-1, 2),
            Command::PageDown => self.scroll(1, 1),
            Command::PageUp => self.scroll(-1, 1),
            Command::First => self.step(isize::MIN),
            Command::Last => self.step(isize::MAX),
            Command::Left => self.map.step(-1.0, 0.0),
            Command::Right => self.map.step(1.0, 0.0),
            Command::NextMatch => self.next_match(1),
            Command::PreviousMatch => self.next_match(-1),
            Command::ZoomIn => self.map.zoom(ZOOM),
            Command::ZoomOut => self.map.zoom(1.0 / ZOOM),
            Command::Whole => self.map.whole(),
            Command::Locate => self.locate(now),
            Command::Freeze => self.freeze(now),
            Command::Cursor(towards) => self.cursor(towards),
            Command::SwitchInput => self.core.ask(Request::SwitchInput),
            Command::Search => self.searching = self.search_line().is_some(),
            Command::Sort => self.sort(),
            Command::Reverse => {
                self.library.reversed = !self.library.reversed;
                self.ask_tracks();
            }
            Command::Part => self.part(),
            Command::MoodPlane => {
                self.steering = !self.steering;
                if self.steering && self.mood.place().is_none() {
                    self.set_mood(Some(Mood { valence: 0.0, energy: 0.0 }));
                }
            }
            Command::Mood(lean) => self.lean(lean),
            Command::ClearMood => {
                self.steering = false;
                self.set_mood(None);
            }
            Command::Refresh => self.core.ask(Request::Index(Vec::new())),
            Command::Export => self.export(None, now),
            Command::Pause => self.pause(now),
            Command::Back => self.seek(Request::SeekBy(-STEP_S)),
            Command::Forward => self.seek(Request::SeekBy(STEP_S)),
            Command::FarBack => self.seek(Request::SeekBy(-FAR_S)),
            Command::FarForward => self.seek(Request::SeekBy(FAR_S)),
            Command::Play => self.play(false, now),
            Command::PlayHighlight => self.play(true, now),
            Command::Like => self.like(now),
            Command::Skip => self.skip(now),
            Command::Save => self.say_of(EventKind::Save, "kept for later:", now),
        }
    }

    /// Shows a page.
    pub fn show(&mut self, page: Page) {
        self.searching = false;
        if self.page != page {
            self.page = page;
            self.see_page();
        }
    }

    fn close(&mut self) {
        if self.search_line().is_some_and(|line| !line.text().is_empty()) {
            self.end_search();
        } else if self.page == Page::Listen && self.hold.take().is_some() {
            self.moved = true;
        } else if self.page == Page::Feed && self.steering {
            self.steering = false;
        } else {
            self.message = None;
        }
    }

    /// Moves the selection.
    pub fn step(&mut self, by: isize) {
        match self.page {
            Page::Listen | Page::Feed => {
                let named = self.named_row();
                self.feed.step(by, named);
            }
            Page::Now => self.now.list.step(by),
            Page::Library => self.library.list().step(by),
            Page::History => self.history.list.step(by),
            Page::Taste => self.taste.list.step(by),
            Page::Map if by.unsigned_abs() == 1 => self.map.step(0.0, by as f32),
            Page::Map => {}
        }
    }

    fn scroll(&mut self, towards: isize, part: isize) {
        let rows = self.rows() / part;
        self.step(towards * rows);
    }

    /// Rows of a screenful, but one.
    fn rows(&mut self) -> isize {
        let rows = match self.page {
            Page::Listen | Page::Feed => self.feed.height,
            Page::Now => self.now.list.height(),
            Page::Library => self.library.list().height(),
            Page::History => self.history.list.height(),
            Page::Taste => self.taste.list.height(),
            Page::Map => 3,
        };
        isize::try_from(rows.saturating_sub(1).max(2)).unwrap_or(2)
    }

    fn next_match(&mut self, by: isize) {
        match self.page {
            Page::Map => self.map.next_found(by),
            _ => self.step(by),
        }
    }

    fn locate(&mut self, now: Instant) {
        match self.subject() {
            Some(id) if self.map.select(id) => {}
            Some(_) => self.complain("it is not on the map", now),
            None => self.complain("nothing plays or is heard", now),
        }
    }

    fn sort(&mut self) {
        self.library.order = self.library.order.next();
        self.library.reversed = false;
        self.library.part = Part::Tracks;
        self.ask_tracks();
    }

    fn part(&mut self) {
        match self.page {
            Page::Library => self.library.part = self.library.part.next(),
            Page::History => {
                self.history.kinds = self.history.kinds.next();
                self.history.list.select(0);
                self.ask_events();
            }
            _ => {}
        }
    }

    fn freeze(&mut self, now: Instant) {
        if self.hold.take().is_some() {
            self.moved = true;
            self.say("the spectrogram runs again", now);
        } else if self.spectrogram.len() == 0 {
            self.complain("nothing to hold yet", now);
        } else {
            self.hold = Some(Hold::new(self.spectrogram.clone()));
            self.say("the spectrogram is held; listening goes on", now);
        }
    }

    /// Moves the mood by a step, from the middle of the plane where there was none.
    fn lean(&mut self, lean: Lean) {
        let (valence, energy) = match lean {
            Lean::Sadder => (-MOOD_STEP, 0.0),
            Lean::Happier => (MOOD_STEP, 0.0),
            Lean::Livelier => (0.0, MOOD_STEP),
            Lean::Calmer => (0.0, -MOOD_STEP),
        };
        self.mood.move_by(valence, energy);
        self.set_mood(self.mood.place());
    }

    fn cursor(&mut self, towards: Towards) {
        let (width, rows) = self.picture;
        if let Some(hold) = &mut self.hold {
            hold.step(towards, width, rows);
        }
    }

    fn play(&mut self, highlight: bool, now: Instant) {
        let Some((id, _)) = self.target() else {
            return self.complain("nothing to play yet", now);
        };
        let from = self.shelf.get(id).and_then(|t| t.highlight_s).filter(|_| highlight);
        if highlight && from.is_none() {
            self.say("its best part is not known; it plays from the start", now);
        }
        let from_s = from.map_or(0.0, f64::from);
        // The feed stays: the next key is meant for the track that was just played.
        self.core.ask(Request::Play { id, from_s });
        self.see_playing();
    }

    fn pause(&mut self, now: Instant) {
        self.see_playing();
        if self.playing.is_none() {
            let key = self.keys.shown_at(Command::Play, self.place(), self.theme.symbols);
            return self.say(format!("nothing plays; {key} plays the selected track"), now);
        }
        self.core.ask(Request::Pause);
        self.see_playing();
    }

    /// Moves in what plays.
    pub fn seek(&mut self, to: Request) {
        if self.playing.is_some() {
            self.core.ask(to);
            self.see_playing();
        }
    }

    fn like(&mut self, now: Instant) {
        let Some((id, label)) = self.target() else {
            return self.complain("nothing to like yet", now);
        };
        // What was asked for last counts, also where it is not kept yet.
        let asked = self.pending.values().rev().filter(|p| p.id == id).find_map(|p| p.liked);
        if asked.unwrap_or_else(|| self.liked(id)) {
            self.feedback(id, EventKind::Unlike, format!("no longer liked: {label}"), now);
        } else {
            self.feedback(id, EventKind::Like, format!("liked {label}"), now);
        }
    }

    fn skip(&mut self, now: Instant) {
        let Some((id, label)) = self.target() else {
            return self.complain("nothing to skip yet", now);
        };
        self.see_playing();
        let plays = self.playing.as_ref().map(|p| p.now).filter(|p| p.track_id == id);
        let share = plays
            .filter(|p| p.duration_s > 0.0)
            .map(|p| (p.position_s / p.duration_s).clamp(0.0, 1.0));
        self.feedback(id, EventKind::Skip { share }, format!("skipped {label}"), now);
        if plays.is_some() {
            self.core.ask(Request::StopSkipped);
            self.see_playing();
        }
    }

    /// Records something about the selected track.
    pub fn say_of(&mut self, what: EventKind, said: &str, now: Instant) {
        match self.target() {
            Some((id, label)) => self.feedback(id, what, format!("{said} {label}"), now),
            None => self.complain("nothing is selected", now),
        }
    }

    /// Has feedback recorded; it is acknowledged once it is kept.
    fn feedback(&mut self, id: TrackId, what: EventKind, said: String, now: Instant) {
        let liked = match what {
            EventKind::Like => Some(true),
            EventKind::Unlike => Some(false),
            _ => None,
        };
        self.tickets += 1;
        let ticket = self.tickets;
        self.pending.insert(ticket, Pending { id, said, liked, since: now });
        self.core.ask(Request::Feedback { ticket, id, what });
    }
}
