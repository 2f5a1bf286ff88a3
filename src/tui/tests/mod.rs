//! The screen with a program behind it that only remembers what it was asked.

mod bad_files;
mod behaviour;
mod pages;
mod pictures;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::app::App;
use super::capability::{Background, TerminalKind};
use super::colour::ColourDepth;
use super::core::{Core, FeedItem, Found, Indexing, News, NowPlaying, Request, Why};
use super::keys::KeyMap;
use super::look::Look;
use super::options::Options;
use super::shelf::{Log, Shelf};
use super::theme::Theme;
use super::view;
use crate::dsp::{MEL_BANDS, MelColumn};
use crate::listen::event::{InputState, Level, LiveEvent, Named};
use crate::settings::Settings;
use crate::store::records::{
    Event, EventKind, Failure, Features, FileStamp, GenreShare, Key, Mood, Track, TrackId,
};
use crate::taste::Taste;

/// What the fake program knows and was asked; shared with the test.
#[derive(Default)]
pub struct Behind {
    pub asked: RefCell<Vec<String>>,
    pub events: RefCell<Vec<Event>>,
    pub failures: RefCell<Vec<Failure>>,
    pub playing: Cell<Option<NowPlaying>>,
    pub fail: Cell<bool>,
    /// The store does not answer.
    pub silent: Cell<bool>,
    pub tracks: RefCell<Vec<Track>>,
}

impl Behind {
    /// What was asked since the last look.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.borrow_mut())
    }
}

struct Fake {
    behind: Rc<Behind>,
    live: Receiver<LiveEvent>,
    tell: Sender<News>,
    news: Receiver<News>,
}

impl Fake {
    fn new(behind: Rc<Behind>) -> Self {
        let (tell, news) = crossbeam_channel::unbounded();
        let fake = Self { behind, live: crossbeam_channel::never(), tell, news };
        fake.library();
        fake.log();
        fake
    }

    fn tell(&self, news: News) {
        self.tell.send(news).unwrap();
    }

    fn library(&self) {
        self.tell(News::Library(Arc::new(Shelf::new(self.behind.tracks.borrow().clone()))));
    }

    fn log(&self) {
        let events = self.behind.events.borrow().clone();
        let taste = taste(&events, now());
        self.tell(News::Log(Arc::new(Log { events, taste })));
    }

    fn ask_for(&self, what: String) -> Result<(), String> {
        self.behind.asked.borrow_mut().push(what);
        let failed = self.behind.fail.get();
        if failed { Err("the disk is full: free some space".into()) } else { Ok(()) }
    }

    fn feed(&self, seed: Option<TrackId>) -> Vec<FeedItem> {
        let reasons = [
            "sounds like this",
            "you like Hiroshi Yoshimura",
            "calm, as you like it in the evening",
            "same album as one you saved",
        ];
        let why =
            |(i, text): (usize, &&str)| Why { text: (*text).into(), weight: 0.56 - i as f64 * 0.2 };
        let tracks = self.behind.tracks.borrow();
        let others = tracks.iter().filter(|t| Some(t.id) != seed);
        let item = |(i, t): (usize, &Track)| FeedItem {
            track_id: t.id,
            title: t.title.clone(),
            artist: t.artist.clone(),
            duration_s: t.duration_s,
            score: 1.0 - i as f64 / 20.0,
            reasons: reasons.iter().cycle().skip(i).take(1 + i % 3).enumerate().map(why).collect(),
            mood: t.mood,
        };
        others.enumerate().map(item).collect()
    }

    fn keep(&self, id: TrackId, what: EventKind) {
        let mut events = self.behind.events.borrow_mut();
        let seq = events.len() as u64 + 1;
        let (title, artist) = (String::new(), String::new());
        events.push(Event { seq, nonce: 1, at: now(), track_id: id, title, artist, what });
    }
}

impl Core for Fake {
    fn live(&self) -> &Receiver<LiveEvent> {
        &self.live
    }
    fn news(&self) -> &Receiver<News> {
        &self.news
    }
    fn ask(&mut self, request: Request) {
        match request {
            Request::Feed(seed) => self.tell(News::Feed(seed, self.feed(seed))),
            Request::Feedback { ticket, id, what } => {
                let kept = self.ask_for(format!("{what:?} {id}"));
                if kept.is_ok() {
                    self.keep(id, what);
                }
                if self.behind.silent.get() {
                    return;
                }
                self.tell(News::Kept(ticket, kept));
                self.log();
            }
            Request::Play { id, from_s } => {
                if let Err(why) = self.ask_for(format!("play {id}")) {
                    return self.tell(News::Failed(why));
                }
                let tracks = self.behind.tracks.borrow();
                let duration_s = tracks.iter().find(|t| t.id == id).map_or(0.0, |t| t.duration_s);
                let position_s = if from_s > 0.0 { from_s } else { 42.0 };
                self.behind.playing.set(Some(NowPlaying {
                    track_id: id,
                    position_s,
                    duration_s,
                    paused: false,
                    opening: false,
                }));
                self.tell(News::Playback);
            }
            Request::Pause => {
                let now = self.behind.playing.get();
                self.behind.playing.set(now.map(|n| NowPlaying { paused: !n.paused, ..n }));
            }
            Request::SeekBy(by_s) => drop(self.ask_for(format!("seek {by_s}"))),
            Request::SeekTo(to_s) => drop(self.ask_for(format!("seek to {to_s}"))),
            Request::StopSkipped => self.behind.playing.set(None),
            Request::SwitchInput => {
                let input = self.ask_for("switch_input".into()).map(|()| "monitor".into());
                self.tell(News::Input(input));
            }
            Request::Mood(place) => drop(self.ask_for(format!("mood {place:?}"))),
            Request::Index(folders) => drop(self.ask_for(format!("index {folders:?}"))),
            Request::Declined => drop(self.ask_for("declined".into())),
            Request::Overview(id) => {
                let wave = |i: usize| {
                    (128.0 + 90.0 * (i as f64 / 37.0).sin() * (i as f64 / 300.0).cos()) as u8
                };
                self.tell(News::Overview(id, (0..1024).map(wave).collect()));
            }
            Request::Failures => self.tell(News::Failures(self.behind.failures.borrow().clone())),
            Request::Write { path, text, said } => {
                let written =
                    self.ask_for(format!("write {} {}", path.display(), text.lines().count()));
                self.tell(News::Written(written.map(|()| said)));
            }
            Request::Think(job) => self.tell(News::Thought(job.run())),
        }
    }
    fn playing(&self) -> Option<NowPlaying> {
        self.behind.playing.get()
    }
}

/// The moment that all tests are at.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

/// The taste that follows from events.
pub fn taste(events: &[Event], now: Timestamp) -> Taste {
    Taste::from_events(events, &|_| None, &Settings::load(None).unwrap().taste, now)
}

/// What happened so far, oldest first.
fn happened(tracks: &[Track]) -> Vec<Event> {
    let heard =
        EventKind::Heard { position_s: 61.0, confidence: 0.97, heard_s: 1.8, input: "mic".into() };
    let whats = [
        EventKind::Save,
        EventKind::Rate { stars: 4 },
        EventKind::Play { share: 0.8 },
        EventKind::Skip { share: Some(0.12) },
        heard.clone(),
        EventKind::Like,
        EventKind::Unlike,
        heard,
    ];
    let event = |(i, what): (usize, EventKind)| {
        let track = &tracks[(i * 5 + 2) % tracks.len()];
        Event {
            seq: 1 + i as u64,
            nonce: 1,
            at: now() - jiff::SignedDuration::from_secs(17_000 * (8 - i as i64)),
            track_id: track.id,
            title: track.title.clone(),
            artist: track.artist.clone(),
            what,
        }
    };
    if tracks.is_empty() { Vec::new() } else { whats.into_iter().enumerate().map(event).collect() }
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
pub fn library() -> Vec<Track> {
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

/// The same with styles, moods and all else that is known of them.
pub fn described() -> Vec<Track> {
    let styles = ["ambient", "minimal", "electronic", "jazz"];
    let mut tracks = library();
    for (i, track) in tracks.iter_mut().enumerate() {
        let angle = i as f32 * 2.4;
        let far = 0.3 + i as f32 / 20.0;
        track.style = (0..16).map(|d| far * (angle + d as f32 * 0.9).cos()).collect();
        track.sounds_like = [(0, 0.61), (1, 0.2), (2, 0.08)]
            .map(|(k, probability)| GenreShare { genre: styles[(i + k) % 4].into(), probability })
            .to_vec();
        track.mood = Some(Mood { valence: (angle.cos() * far), energy: angle.sin() * far - 0.2 });
        track.highlight_s = Some(track.duration_s as f32 * 0.6);
        track.added_at = now() - jiff::SignedDuration::from_hours(31 * i as i64);
        track.features = (i % 5 != 4).then(|| Features {
            tempo_bpm: (i % 3 != 2).then_some(64.0 + 9.0 * i as f32),
            key: Some(Key { tonic: (i * 5 % 12) as u8, minor: i % 2 == 0 }),
            loudness_lufs: -14.0 - i as f32 / 2.0,
            centroid_hz: 1200.0,
            ..Features::plain()
        });
    }
    tracks
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
        *behind.events.borrow_mut() = happened(&tracks);
        *behind.tracks.borrow_mut() = tracks;
        let kind = TerminalKind { depth, unicode, background: Background::Dark, remote: false };
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

    fn draw(&mut self) -> &TestBackend {
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
