//! The screen with a program behind it that only remembers what it was asked.

mod behaviour;
mod pictures;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::app::App;
use super::capability::{Background, TerminalKind};
use super::colour::ColourDepth;
use super::core::{Core, FeedItem, NowPlaying};
use super::keys::KeyMap;
use super::options::Options;
use super::theme::Theme;
use super::view;
use crate::dsp::{MEL_BANDS, MelColumn};
use crate::listen::event::{InputState, Level, LiveEvent, Named};
use crate::settings::Settings;
use crate::store::records::{Event, EventKind, FileStamp, Track, TrackId};

/// What the fake program knows and was asked; shared with the test.
#[derive(Default)]
pub struct Behind {
    pub asked: RefCell<Vec<String>>,
    pub liked: RefCell<Vec<TrackId>>,
    pub playing: Cell<Option<NowPlaying>>,
    pub changed: Cell<bool>,
    pub fail: Cell<bool>,
    pub tracks: RefCell<Vec<Track>>,
}

impl Behind {
    /// What was asked since the last look.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.borrow_mut())
    }

    fn ask(&self, what: String) -> Result<(), String> {
        self.asked.borrow_mut().push(what);
        if self.fail.get() { Err("the disk is full: free some space".into()) } else { Ok(()) }
    }
}

struct Fake(Rc<Behind>, Receiver<LiveEvent>);

impl Core for Fake {
    fn events(&self) -> &Receiver<LiveEvent> {
        &self.1
    }
    fn track(&self, id: TrackId) -> Option<Track> {
        self.0.tracks.borrow().iter().find(|t| t.id == id).cloned()
    }
    fn liked(&self, id: TrackId) -> bool {
        self.0.liked.borrow().contains(&id)
    }
    fn library_size(&self) -> usize {
        self.0.tracks.borrow().len()
    }
    fn refresh(&mut self) -> bool {
        self.0.changed.take()
    }
    fn feed(&mut self, seed: Option<TrackId>) -> Vec<FeedItem> {
        let reasons = [
            "sounds like this",
            "you like Hiroshi Yoshimura",
            "calm, as you like it in the evening",
            "same album as one you saved",
        ];
        let tracks = self.0.tracks.borrow();
        let others = tracks.iter().filter(|t| Some(t.id) != seed);
        let item = |(i, t): (usize, &Track)| FeedItem {
            track_id: t.id,
            title: t.title.clone(),
            artist: t.artist.clone(),
            score: 1.0 - i as f64 / 20.0,
            reasons: reasons.iter().cycle().skip(i).take(1 + i % 3).map(|r| (*r).into()).collect(),
            liked: self.liked(t.id),
        };
        others.enumerate().map(item).collect()
    }
    fn feedback(&mut self, id: TrackId, what: EventKind) -> Result<(), String> {
        self.0.ask(format!("{what:?} {id}"))?;
        match what {
            EventKind::Like => self.0.liked.borrow_mut().push(id),
            EventKind::Unlike => self.0.liked.borrow_mut().retain(|l| *l != id),
            _ => {}
        }
        Ok(())
    }
    fn switch_input(&mut self) -> Result<String, String> {
        self.0.ask("switch_input".into()).map(|()| "monitor".into())
    }
    fn play(&mut self, id: TrackId) -> Result<(), String> {
        self.0.ask(format!("play {id}"))?;
        let duration_s = self.track(id).map_or(0.0, |t| t.duration_s);
        let now = NowPlaying { track_id: id, position_s: 42.0, duration_s, paused: false };
        self.0.playing.set(Some(now));
        Ok(())
    }
    fn pause(&mut self) {
        let now = self.0.playing.get().map(|n| NowPlaying { paused: !n.paused, ..n });
        self.0.playing.set(now);
    }
    fn seek(&mut self, by_s: f64) -> Result<(), String> {
        self.0.ask(format!("seek {by_s}"))
    }
    fn stop(&mut self) {
        self.0.playing.set(None);
    }
    fn playing(&self) -> Option<NowPlaying> {
        self.0.playing.get()
    }
    fn history(&mut self) -> Vec<Event> {
        let heard = EventKind::Heard {
            position_s: 1.0,
            confidence: 0.97,
            heard_s: 1.8,
            input: "mic".into(),
        };
        let whats = [
            EventKind::Like,
            heard.clone(),
            EventKind::Skip { share: Some(0.12) },
            EventKind::Play { share: 0.8 },
            EventKind::Rate { stars: 4 },
            EventKind::Save,
            EventKind::Unlike,
        ];
        let tracks = self.0.tracks.borrow();
        let event = |(i, what): (usize, EventKind)| {
            let track = &tracks[i % tracks.len()];
            Event {
                seq: 7 - i as u64,
                nonce: 1,
                at: Timestamp::from_second(1_790_000_000 - 4000 * i as i64).unwrap(),
                track_id: track.id,
                title: track.title.clone(),
                artist: track.artist.clone(),
                what,
            }
        };
        whats.into_iter().enumerate().map(event).collect()
    }
}

fn track(id: u32, artist: &str, title: &str, album: &str, duration_s: f64) -> Track {
    Track {
        id: TrackId(id),
        path: format!("/music/{id}.flac").into(),
        stamp: FileStamp { size: 1, modified_ns: 1 },
        content: [0; 32],
        title: title.into(),
        artist: artist.into(),
        album: album.into(),
        genre: String::new(),
        sounds_like: Vec::new(),
        mood: None,
        features: None,
        highlight_s: None,
        duration_s,
        windows: 1,
        style: Vec::new(),
        model: String::new(),
        damage: None,
        added_at: Timestamp::UNIX_EPOCH,
    }
}

/// Tracks with long, wide and missing names among them.
fn library() -> Vec<Track> {
    let rows: [(&str, &str, &str, f64); 14] = [
        ("Hiroshi Yoshimura", "Blink", "Music for Nine Post Cards", 283.0),
        ("Midori Takada", "Mr. Henri Rousseau's Dream", "Through the Looking Glass", 722.0),
        ("高木正勝", "かみしゃま 東京の夜と朝のあいだの長い題名", "かがやき", 254.0),
        ("Laraaji", "The Dance No. 1", "Ambient 3", 541.0),
        ("", "recording of a thunderstorm over the harbour, second attempt.wav", "", 61.0),
        ("Steve Reich", "Music for 18 Musicians: Section IIIA", "Music for 18 Musicians", 3723.0),
        ("Brian Eno", "1/1", "Ambient 1: Music for Airports", 1041.0),
        ("Susumu Yokota", "Grass, Tree and Stone", "Sakura", 326.0),
        ("Grouper", "Clearing", "Ruins", 286.0),
        ("Gigi Masin", "Clouds", "Wind", 362.0),
        ("Suzanne Ciani", "The Fifth Wave: Water Lullaby", "Seven Waves", 361.0),
        ("Mort Garson", "Plantasia 🌱", "Mother Earth's Plantasia", 200.0),
        ("Joanna Brouk", "The Space Between", "Hearing Music", 1312.0),
        ("Satoshi Ashikawa", "Still Space", "Still Way", 400.0),
    ];
    (1..)
        .zip(rows)
        .map(|(id, (artist, title, album, s))| track(id, artist, title, album, s))
        .collect()
}

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
        *behind.tracks.borrow_mut() = tracks;
        let kind = TerminalKind { depth, unicode, background: Background::Dark, remote: false };
        let theme = Theme::choose("auto", &kind).unwrap();
        let mut options =
            Options::new(&Settings::load(None).unwrap(), theme, KeyMap::load(None).unwrap());
        options.time_zone = TimeZone::UTC;
        let now = Instant::now();
        let fake = Fake(Rc::clone(&behind), crossbeam_channel::never());
        let app = App::new(Box::new(fake), options, now);
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        Self { app, behind, now, terminal }
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: f64) {
        self.now += Duration::from_secs_f64(seconds);
        self.app.tick(self.now);
    }

    pub fn tell(&mut self, event: LiveEvent) {
        self.app.live(event, self.now);
    }

    /// Presses keys, letters by themselves.
    pub fn type_keys(&mut self, letters: &str) {
        letters.chars().for_each(|c| self.press(KeyCode::Char(c)));
    }

    pub fn press(&mut self, code: KeyCode) {
        self.app.input(&Input::Key(KeyEvent::new(code, KeyModifiers::NONE)), self.now);
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

    pub fn resize(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
        self.app.input(&Input::Resize(width, height), self.now);
    }

    fn draw(&mut self) -> &TestBackend {
        let (app, now) = (&mut self.app, self.now);
        self.terminal.draw(|f| view::draw(f, app, now)).unwrap();
        self.terminal.backend()
    }

    /// What was drawn, cell by cell.
    pub fn frame(&mut self) -> Buffer {
        let (app, now) = (&mut self.app, self.now);
        self.terminal.draw(|f| view::draw(f, app, now)).unwrap().buffer.clone()
    }

    /// The text of the screen.
    pub fn text(&mut self) -> String {
        self.draw().to_string()
    }
}

/// Column `i` of a melody with two overtones over a bass and a beat.
fn melody(i: usize) -> MelColumn {
    let tone = 40.0 + 14.0 * (i as f32 / 9.0).floor().sin() * (i as f32 / 40.0).cos();
    std::array::from_fn(|band| {
        let band = band as f32;
        let near = |centre: f32, level: f32| level - (band - centre).abs() * 1.4;
        let tones = near(tone, 8.0).max(near(tone * 1.7, 5.0)).max(near(tone * 2.3, 2.0));
        let bass = near(6.0 + (i as f32 / 36.0).floor().cos() * 3.0, 7.0);
        let beat = if i % 18 < 2 { 4.0 - band / MEL_BANDS as f32 * 3.0 } else { -9.0 };
        tones.max(bass).max(beat)
    })
}
