//! Does what a key asks for.

use std::time::Instant;

use super::app::{App, Overlay};
use super::commands::{Command, Lean, Towards};
use super::core::Request;
use super::help::Help;
use super::hold::Hold;
use super::page::Page;
use super::pages::Part;
use super::palette::Palette;
use crate::store::records::{EventKind, Mood};

/// Seconds of a short move in what plays.
const STEP_S: f64 = 5.0;
/// Seconds of a far one.
const FAR_S: f64 = 30.0;
/// How far one key moves the mood; the plane is two wide.
const MOOD_STEP: f64 = 0.1;
/// How much nearer one step goes on the map.
const ZOOM: f32 = 1.5;

impl App {
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
            Command::Path => self.path(now),
            Command::Freeze => self.freeze(now),
            Command::Peaks => self.show_peaks(now),
            Command::Cursor(towards) => self.cursor(towards),
            Command::SwitchInput => self.core.ask(Request::SwitchInput),
            Command::NameAnew => {
                self.core.ask(Request::NameAnew);
                self.say("listening anew", now);
            }
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
            Command::StopIndexing => self.stop_indexing(now),
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
        } else if self.page == Page::Map && (self.map.start.is_some() || !self.map.path.is_empty())
        {
            self.map.start = None;
            self.map.path.clear();
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

    fn show_peaks(&mut self, now: Instant) {
        self.peaks = !self.peaks;
        self.moved = true;
        let told = if self.peaks { "peaks are marked" } else { "peaks are not marked any more" };
        self.say(told, now);
    }

    fn stop_indexing(&mut self, now: Instant) {
        if self.indexing.is_some() {
            self.core.ask(Request::StopIndexing);
            self.say("indexing ends after the files in hand", now);
        } else {
            self.say("nothing is indexed now", now);
        }
    }

    /// Asks for the way to the selected track: from what plays or is heard, else from the track where this
    /// was asked for first.
    fn path(&mut self, now: Instant) {
        let Some(to) = self.map.point().map(|point| point.id) else {
            return self.complain("nothing is selected", now);
        };
        match self.map.start.take().or_else(|| self.subject()).filter(|from| *from != to) {
            Some(from) => self.core.ask(Request::Path(from, to)),
            None => {
                self.map.start = Some(to);
                self.map.path.clear();
                let key = self.keys.shown_at(Command::Path, self.place(), self.theme.symbols);
                self.say(format!("the path starts here: {key} again where it is to end"), now);
            }
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
}
