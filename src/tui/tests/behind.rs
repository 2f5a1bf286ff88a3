//! A program behind the screen that only remembers what it was asked.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::music::{now, taste};
use crate::listen::event::LiveEvent;
use crate::store::records::{Event, EventKind, Failure, Track, TrackId};
use crate::tui::core::{Core, FeedItem, News, NowPlaying, Request, Why};
use crate::tui::shelf::{Log, Shelf};

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

pub struct Fake {
    behind: Rc<Behind>,
    live: Receiver<LiveEvent>,
    tell: Sender<News>,
    news: Receiver<News>,
}

impl Fake {
    pub fn new(behind: Rc<Behind>) -> Self {
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
            Request::NameAnew => drop(self.ask_for("name_anew".into())),
            Request::Mood(place) => drop(self.ask_for(format!("mood {place:?}"))),
            Request::Index(folders) => drop(self.ask_for(format!("index {folders:?}"))),
            Request::StopIndexing => drop(self.ask_for("stop indexing".into())),
            Request::Path(from, to) => {
                let between = self.behind.tracks.borrow().iter().map(|t| t.id).take(4).collect();
                let asked = self.ask_for(format!("path {from} {to}"));
                self.tell(News::Path(asked.map(|()| between)));
            }
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
