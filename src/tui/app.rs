//! The state of the screen: everything the view draws, nothing about how.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use super::capability::TerminalKind;
use super::core::{Core, Indexing, NowPlaying, Request};
use super::feed::{Feed, Selected};
use super::hearing::Hearing;
use super::help::Help;
use super::hold::Hold;
use super::images::{Image, Strips};
use super::keys::KeyMap;
use super::look::Look;
use super::meter::Meter;
use super::options::Options;
use super::page::{Page, Place};
use super::pages::{HistoryPage, LibraryPage, MapPage, NowPage, TastePage};
use super::palette::Palette;
use super::shelf::{Log, Shelf};
use super::spectrogram::Spectrogram;
use super::theme::Theme;
use super::welcome::Welcome;
use crate::settings::Screen;
use crate::store::records::{Mood, TrackId};
use crate::taste::mood::MoodState;

/// How long a message stays.
const MESSAGE_LASTS: Duration = Duration::from_secs(4);

/// What lies over the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// The keys.
    Help(Help),
    /// A command being typed.
    Palette(Palette),
}

/// A line for the user, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What.
    pub text: String,
    /// Did something fail?
    pub failed: bool,
    /// When it goes.
    pub until: Instant,
}

/// Feedback that is not yet known to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// About which track.
    pub id: TrackId,
    /// Said when it is kept.
    pub said: String,
    /// Whether the track is liked then, where it says so.
    pub liked: Option<bool>,
    /// When it was given.
    pub since: Instant,
}

/// What plays, with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Playing {
    /// Which track, and where in it.
    pub now: NowPlaying,
    /// "artist - title".
    pub label: String,
}

/// Where the mouse can click; kept by the view.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    /// The tabs.
    pub tabs: Vec<(Rect, Page)>,
    /// The rows of the page's list.
    pub rows: Rect,
}

/// The state of the screen.
pub struct App {
    /// The program behind.
    pub core: Box<dyn Core>,
    /// Styles and signs.
    pub theme: Theme,
    /// Keys.
    pub keys: KeyMap,
    /// What else the user set.
    pub screen: Screen,
    /// What the terminal can show.
    pub terminal: TerminalKind,
    /// Folder of the user's own themes.
    pub themes: Option<PathBuf>,
    /// Names of places on the mood plane.
    pub moods: BTreeMap<String, [f64; 2]>,
    /// Words that stand for these names.
    pub mood_words: BTreeMap<String, String>,
    /// The place on the plane that the feed keeps to.
    pub mood: MoodState,
    /// Do keys move that place?
    pub steering: bool,
    /// The question of the first run.
    pub welcome: Option<Welcome>,
    /// How far indexing is, while it goes on.
    pub indexing: Option<Indexing>,
    /// For the times in the history.
    pub time_zone: TimeZone,
    /// What time it is.
    pub clock: fn() -> Timestamp,
    /// What the whole screen shows.
    pub page: Page,
    /// What lies over it.
    pub overlay: Option<Overlay>,
    /// Is a search being typed on this page?
    pub searching: bool,
    /// The library.
    pub shelf: Arc<Shelf>,
    /// The log and the taste.
    pub log: Arc<Log>,
    /// Was the library told?
    pub ready: bool,
    /// The level, while sound comes in.
    pub meter: Option<Meter>,
    /// What was heard lately.
    pub spectrogram: Spectrogram,
    /// The spectrogram as the user holds it.
    pub hold: Option<Hold>,
    /// How many columns had been heard when the spectrogram was drawn last; kept by the view.
    pub drawn_columns: u64,
    /// The spectrogram keeps still in this frame, to save bytes.
    pub save_bytes: bool,
    /// Columns and rows of the spectrogram's picture; kept by the view.
    pub picture: (usize, usize),
    /// Its peaks are shown.
    pub peaks: bool,
    /// Width and height of a cell, pixels, as far as the terminal tells.
    pub cell: Option<(u16, u16)>,
    /// Which columns the terminal has pictures of; kept by the view.
    pub strips: Strips,
    /// A picture over cells is to be sent again, although it may not have changed.
    pub redraw: bool,
    /// What goes to the terminal beside the cells of this frame; kept by the view.
    pub image: Option<Image>,
    /// What is known about the sound.
    pub hearing: Hearing,
    /// What to play next.
    pub feed: Feed,
    /// What plays.
    pub playing: Option<Playing>,
    /// The library's page.
    pub library: LibraryPage,
    /// The history's page.
    pub history: HistoryPage,
    /// The page of what plays or is heard.
    pub now: NowPage,
    /// The page of what is enjoyed.
    pub taste: TastePage,
    /// The map.
    pub map: MapPage,
    /// Feedback under way, by ticket.
    pub pending: BTreeMap<u64, Pending>,
    /// Kept likes that the log does not tell of yet.
    pub likes: HashMap<TrackId, bool>,
    /// A line for the user.
    pub message: Option<Message>,
    /// Where the mouse can click.
    pub hits: Hits,
    /// Leave.
    pub quit: bool,
    /// Does the live path still exist?
    pub live_open: bool,
    /// When the user pressed a key last.
    pub touched: Option<Instant>,
    /// Is there something new to draw?
    pub dirty: bool,
    /// Did the spectrogram move?
    pub moved: bool,
    /// The next ticket.
    pub tickets: u64,
    /// When gauges move next; kept by the clock.
    pub animate_at: Instant,
    /// The answer as the clock saw it last.
    pub answer_shown: String,
}

impl App {
    /// A screen with nothing heard yet; asks for a first feed.
    pub fn new(core: Box<dyn Core>, options: Options, now: Instant) -> Self {
        let Look { theme, keys, screen } = options.look;
        let mut app = Self {
            core,
            theme,
            keys,
            spectrogram: Spectrogram::new(screen.spectrogram_range_db),
            screen,
            terminal: options.terminal,
            themes: options.themes,
            moods: options.moods,
            mood_words: options.mood_words,
            mood: MoodState::default(),
            steering: false,
            welcome: None,
            indexing: None,
            time_zone: options.time_zone,
            clock: options.clock,
            page: Page::Listen,
            overlay: None,
            searching: false,
            shelf: Arc::default(),
            log: Arc::default(),
            ready: false,
            meter: None,
            hold: None,
            drawn_columns: 0,
            save_bytes: false,
            picture: (1, 1),
            peaks: false,
            cell: None,
            strips: Strips::default(),
            redraw: true,
            image: None,
            hearing: Hearing::new(options.silence_dbfs),
            feed: Feed::new(),
            playing: None,
            library: LibraryPage::default(),
            history: HistoryPage::default(),
            now: NowPage::default(),
            taste: TastePage::default(),
            map: MapPage::default(),
            pending: BTreeMap::new(),
            likes: HashMap::new(),
            message: None,
            hits: Hits::default(),
            quit: false,
            live_open: true,
            touched: None,
            dirty: true,
            moved: false,
            tickets: 0,
            animate_at: now,
            answer_shown: String::new(),
        };
        app.tell_displaced(now);
        app.ask_feed();
        app.see_playing();
        app
    }

    /// Where keys are pressed.
    pub fn place(&self) -> Place {
        if self.hold.is_some() && self.page == Page::Listen {
            Place::Held
        } else if self.steering && self.page == Page::Feed {
            Place::Mood
        } else {
            Place::On(self.page)
        }
    }

    /// Was any track named?
    pub fn has_named(&self) -> bool {
        self.hearing.last.is_some()
    }

    /// Is the row of the named track among those that the selection moves over?
    pub fn named_row(&self) -> bool {
        self.page == Page::Listen && self.has_named()
    }

    /// The selected track and its label.
    pub fn target(&self) -> Option<(TrackId, String)> {
        let id = match self.page {
            Page::Listen | Page::Feed => match self.feed.selected(self.named_row())? {
                Selected::Named => {
                    return self.hearing.last.as_ref().map(|h| (h.track_id, h.label()));
                }
                Selected::Item(_, item) => item.track_id,
            },
            Page::Now => self.now.selected()?,
            Page::Library => self.library.selected()?,
            Page::History => self.history.selected()?,
            Page::Taste => {
                let summary = self.taste.summary.as_ref()?;
                summary.enjoyed.get(self.taste.list.selected()?)?.0
            }
            Page::Map => self.map.point()?.id,
        };
        Some((id, self.shelf.label(id)))
    }

    /// Is it known to be liked?
    pub fn liked(&self, id: TrackId) -> bool {
        self.likes.get(&id).copied().unwrap_or_else(|| self.log.taste.liked(id))
    }

    /// What plays, else what was named last.
    pub fn subject(&self) -> Option<TrackId> {
        let playing = self.playing.as_ref().map(|p| p.now.track_id);
        playing.or_else(|| self.hearing.last.as_ref().map(|h| h.track_id))
    }

    /// Makes `id` what the feed goes on from.
    pub fn seed(&mut self, id: TrackId, title: String) {
        self.feed.seed = Some((id, title));
        self.ask_feed();
    }

    /// Has the feed keep to a place on the plane of moods, or to none.
    pub fn set_mood(&mut self, place: Option<Mood>) {
        self.mood.set_place(place);
        self.core.ask(Request::Mood(place));
        self.ask_feed();
    }

    /// Asks for the feed again.
    pub fn ask_feed(&mut self) {
        let seed = self.feed.seed.as_ref().map(|(id, _)| *id);
        self.core.ask(Request::Feed(seed));
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
}
