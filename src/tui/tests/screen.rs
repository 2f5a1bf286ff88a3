//! A screen on a terminal that a test can look at.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::behind::{Behind, Fake};
use super::music::{happened, library, melody, now};
use crate::listen::event::{InputState, Level, LiveEvent, Named};
use crate::settings::Settings;
use crate::store::records::{EventKind, Track, TrackId};
use crate::tui::app::App;
use crate::tui::capability::TerminalKind;
use crate::tui::colour::ColourDepth;
use crate::tui::core::{News, Request};
use crate::tui::keys::KeyMap;
use crate::tui::look::Look;
use crate::tui::options::Options;
use crate::tui::theme::Theme;
use crate::tui::view;

/// A screen of a certain size, with the fake program behind it.
pub struct Screen {
    pub app: App,
    pub behind: Rc<Behind>,
    pub now: Instant,
    terminal: Terminal<TestBackend>,
}

impl Screen {
    pub fn new(width: u16, height: u16) -> Self {
        Self::with(width, height, ColourDepth::True, true, library())
    }

    pub fn with(
        width: u16,
        height: u16,
        depth: ColourDepth,
        unicode: bool,
        tracks: Vec<Track>,
    ) -> Self {
        let behind = Rc::new(Behind::default());
        *behind.events.borrow_mut() = happened(&tracks);
        *behind.tracks.borrow_mut() = tracks;
        let kind = TerminalKind::plain(depth, unicode);
        let settings = Settings::load(None).unwrap();
        let look = Look {
            theme: Theme::choose("auto", &kind, None).unwrap(),
            keys: KeyMap::load(None).unwrap(),
            screen: settings.screen,
        };
        let options = Options {
            look,
            terminal: kind,
            themes: None,
            silence_dbfs: settings.recognition.silence_dbfs,
            moods: settings.moods,
            mood_words: Settings::load(None).unwrap().mood_words,
            time_zone: TimeZone::UTC,
            clock: now,
        };
        let start = Instant::now();
        let app = App::new(Box::new(Fake::new(Rc::clone(&behind))), options, start);
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut screen = Self { app, behind, now: start, terminal };
        screen.settle();
        screen
    }

    /// Takes all that the program behind has told.
    pub fn settle(&mut self) {
        let news = self.app.core.news().clone();
        while let Ok(news) = news.try_recv() {
            self.app.news(news, self.now);
        }
    }

    pub fn news(&mut self, news: News) {
        self.app.news(news, self.now);
        self.settle();
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: f64) {
        self.now += Duration::from_secs_f64(seconds);
        self.app.tick(self.now);
        self.settle();
    }

    pub fn tell(&mut self, event: LiveEvent) {
        self.app.live(event, self.now);
        self.settle();
    }

    /// Presses keys, letters by themselves.
    pub fn type_keys(&mut self, letters: &str) {
        letters.chars().for_each(|c| self.press(KeyCode::Char(c)));
    }

    pub fn press(&mut self, code: KeyCode) {
        self.press_with(code, KeyModifiers::NONE);
    }

    pub fn press_with(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.app.input(&Input::Key(KeyEvent::new(code, modifiers)), self.now);
        self.settle();
    }

    /// An input that delivers sound: some seconds of a melody over a bass, and its level.
    pub fn sound(&mut self) {
        self.tell(LiveEvent::Input(InputState::Live {
            name: "Built-in Audio Analog Stereo".into(),
            rate: 48_000,
            channels: 2,
        }));
        (0..150).for_each(|i| self.tell(LiveEvent::Column(Box::new(melody(i)))));
        self.tell(LiveEvent::Level(Level { rms_db: -21.0, peak_db: -9.0 }));
    }

    pub fn name(&mut self, id: u32) {
        self.tell(LiveEvent::Named(Named {
            track_id: TrackId(id),
            position_s: 83.0,
            confidence: 0.987,
            heard_s: 1.8,
        }));
    }

    /// The user liked it before.
    pub fn like(&mut self, id: u32) {
        self.app.core.ask(Request::Feedback { ticket: 0, id: TrackId(id), what: EventKind::Like });
        self.behind.asked();
        self.settle();
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
        self.app.input(&Input::Resize(width, height), self.now);
    }

    pub fn draw(&mut self) -> &TestBackend {
        // What a wide letter covered would show again in the second of its cells, as on no terminal.
        self.terminal.clear().unwrap();
        let (app, now) = (&mut self.app, self.now);
        let frame = |f: &mut ratatui::Frame<'_>| {
            view::draw(f.buffer_mut(), app, now);
        };
        self.terminal.draw(frame).unwrap();
        self.terminal.backend()
    }

    /// What was drawn, cell by cell.
    pub fn frame(&mut self) -> Buffer {
        let (app, now) = (&mut self.app, self.now);
        let frame = |f: &mut ratatui::Frame<'_>| {
            view::draw(f.buffer_mut(), app, now);
        };
        self.terminal.draw(frame).unwrap().buffer.clone()
    }

    /// The text of the screen.
    pub fn text(&mut self) -> String {
        self.draw().to_string()
    }
}
