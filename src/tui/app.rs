//! The state of the screen: everything the view draws, nothing about how.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

use super::core::{Core, NowPlaying};
use super::feed::{Feed, Selected};
use super::hearing::{Answer, Hearing};
use super::keys::KeyMap;
use super::meter::Meter;
use super::options::Options;
use super::spectrogram::Spectrogram;
use super::theme::Theme;
use crate::store::records::{Event, TrackId, label};

/// How long a message stays.
const MESSAGE_LASTS: Duration = Duration::from_secs(4);
/// The same for the notice at the start, which is longer and new.
const NOTICE_LASTS: Duration = Duration::from_secs(20);
/// How often the program behind is asked whether something changed.
const REFRESH_EVERY: Duration = Duration::from_secs(1);
/// How often gauges move where no sound comes in.
const ANIMATE_EVERY: Duration = Duration::from_millis(250);

/// What lies over the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// The keys.
    Help,
    /// What was heard and said, newest first.
    History(Vec<Event>),
}

/// A line for the user, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What.
    pub text: String,
    /// Did something fail?
    pub failed: bool,
    until: Instant,
}

/// What plays, with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Playing {
    /// Which track, and where in it.
    pub now: NowPlaying,
    /// "artist - title".
    pub label: String,
}

/// The state of the screen.
pub struct App {
    /// The program behind.
    pub core: Box<dyn Core>,
    /// Styles and signs.
    pub theme: Theme,
    /// Keys.
    pub keys: KeyMap,
    /// Shown while there is nothing to offer.
    pub notice: Option<String>,
    /// For the times in the history.
    pub time_zone: TimeZone,
    /// The level, while sound comes in.
    pub meter: Option<Meter>,
    /// What was heard lately.
    pub spectrogram: Spectrogram,
    /// What was heard when the user held the picture.
    pub frozen: Option<Spectrogram>,
    /// What is known about the sound.
    pub hearing: Hearing,
    /// What to play next.
    pub feed: Feed,
    /// What plays.
    pub playing: Option<Playing>,
    /// Number of tracks.
    pub library_size: usize,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// First row shown of it; the view keeps it in range.
    pub overlay_scroll: usize,
    /// Rows shown of it; kept by the view.
    pub overlay_height: usize,
    /// A line for the user.
    pub message: Option<Message>,
    /// Leave.
    pub quit: bool,
    /// Does the live path still exist?
    pub live_open: bool,
    /// When the user pressed a key last.
    pub touched: Option<Instant>,
    /// Is there something new to draw?
    pub dirty: bool,
    refresh_at: Instant,
    animate_at: Instant,
    answer_shown: Option<String>,
}

impl App {
    /// A screen with nothing heard yet; asks for a first feed.
    pub fn new(core: Box<dyn Core>, options: Options, now: Instant) -> Self {
        let mut app = Self {
            core,
            theme: options.theme,
            keys: options.keys,
            notice: options.notice,
            time_zone: options.time_zone,
            meter: None,
            spectrogram: Spectrogram::new(options.spectrogram_range_db),
            frozen: None,
            hearing: Hearing::new(options.silence_dbfs),
            feed: Feed::new(),
            playing: None,
            library_size: 0,
            overlay: None,
            overlay_scroll: 0,
            overlay_height: 1,
            message: None,
            quit: false,
            live_open: true,
            touched: None,
            dirty: true,
            refresh_at: now + REFRESH_EVERY,
            animate_at: now + ANIMATE_EVERY,
            answer_shown: None,
        };
        app.library_size = app.core.library_size();
        if let Some(notice) = app.notice.as_ref().and_then(|notice| notice.lines().next()) {
            let until = now + NOTICE_LASTS;
            app.message = Some(Message { text: notice.to_owned(), failed: false, until });
        }
        app.ask_feed();
        app.see_playing();
        app
    }

    /// Was any track named?
    pub fn has_named(&self) -> bool {
        self.hearing.last.is_some()
    }

    /// The selected track and its label.
    pub fn target(&self) -> Option<(TrackId, String)> {
        match self.feed.selected(self.has_named())? {
            Selected::Named => self.hearing.last.as_ref().map(|h| (h.track_id, h.label())),
            Selected::Item(_, i) => Some((i.track_id, label(&i.artist, &i.title))),
        }
    }

    /// Makes `id` what the feed goes on from.
    pub fn seed(&mut self, id: TrackId, title: String) {
        self.feed.seed = Some((id, title));
        self.ask_feed();
    }

    /// Asks for the feed again.
    pub fn ask_feed(&mut self) {
        let items = self.core.feed(self.feed.seed.as_ref().map(|(id, _)| *id));
        let named = self.has_named();
        self.feed.replace(items, named);
        self.dirty = true;
    }

    /// Shows a line for a while.
    pub fn say(&mut self, text: impl Into<String>, now: Instant) {
        let until = now + MESSAGE_LASTS;
        self.message = Some(Message { text: text.into(), failed: false, until });
        self.dirty = true;
    }

    /// Shows for a while that something failed.
    pub fn complain(&mut self, text: impl Into<String>, now: Instant) {
        // Reading what went wrong takes longer than reading what went well.
        let until = now + 2 * MESSAGE_LASTS;
        self.message = Some(Message { text: text.into(), failed: true, until });
        self.dirty = true;
    }

    /// What time alone changes: messages end, gauges move, the program behind is asked for news.
    pub fn tick(&mut self, now: Instant) {
        if self.message.as_ref().is_some_and(|m| m.until <= now) {
            self.message = None;
            self.dirty = true;
        }
        if self.refresh_at <= now {
            self.refresh_at = now + REFRESH_EVERY;
            self.see_playing();
            if self.core.refresh() {
                self.library_size = self.core.library_size();
                self.see_likes();
                self.ask_feed();
            }
        }
        if self.animate_at <= now {
            self.animate_at = now + ANIMATE_EVERY;
            if self.moving(now) {
                self.see_playing();
                self.dirty = true;
            }
        }
        let answer =
            answer_name(self.hearing.answer(now), self.hearing.current_guess(now).is_some());
        if self.answer_shown.as_deref() != Some(&answer) {
            self.answer_shown = Some(answer);
            self.dirty = true;
        }
    }

    /// When [`App::tick`] has something to do at the latest.
    pub fn wake_at(&self, now: Instant) -> Instant {
        let mut at = self.refresh_at;
        if self.moving(now) {
            at = at.min(self.animate_at);
        }
        self.message.as_ref().map_or(at, |m| at.min(m.until))
    }

    /// Looks at what plays, and where it is.
    pub fn see_playing(&mut self) {
        let now = self.core.playing();
        let known = self.playing.as_ref().map(|p| p.now);
        if now == known {
            return;
        }
        self.dirty = true;
        let Some(now) = now else {
            self.playing = None;
            return;
        };
        match &mut self.playing {
            Some(playing) if playing.now.track_id == now.track_id => playing.now = now,
            playing => {
                let track = self.core.track(now.track_id);
                let label = track.map_or_else(|| format!("track {}", now.track_id), |t| t.label());
                *playing = Some(Playing { now, label });
            }
        }
    }

    /// Looks whether the user likes the named track.
    pub fn see_likes(&mut self) {
        if let Some(heard) = &mut self.hearing.last {
            heard.liked = self.core.liked(heard.track_id);
            self.dirty = true;
        }
    }

    fn moving(&self, now: Instant) -> bool {
        self.playing.as_ref().is_some_and(|p| !p.now.paused)
            || matches!(self.hearing.answer(now), Answer::Named(_))
    }
}

/// Changes whenever the answer changes its kind.
fn answer_name(answer: Answer<'_>, guess: bool) -> String {
    let kind = match answer {
        Answer::Named(_) => "named",
        Answer::Opening => "opening",
        Answer::Waiting(_) => "waiting",
        Answer::Ended => "ended",
        Answer::Silence => "silence",
        Answer::NoMusic => "no music",
        Answer::Listening => "listening",
        Answer::Unknown => "unknown",
    };
    format!("{kind} {guess}")
}
