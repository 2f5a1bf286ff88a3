//! What the screen plays, away from the drawing thread: opening a file or a loudspeaker may take long.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::recorder::Errand;
use crate::audio::Playback;
use crate::store::records::TrackId;
use crate::tui::{News, NowPlaying};

/// A share heard below this is a look inside, not a play.
const SHORTEST_PLAY: f64 = 0.02;
/// How often the place is told while something plays.
const TELL: Duration = Duration::from_millis(100);

/// What the player is asked.
pub enum Ask {
    /// Play a file from a place, in place of what plays.
    Play { id: TrackId, path: PathBuf, duration_s: f64, from_s: f64 },
    /// Pause or go on.
    Pause,
    /// Move by seconds.
    SeekBy(f64),
    /// Go to a place.
    SeekTo(f64),
    /// End it without recording a play.
    StopSkipped,
}

/// What plays, and how many questions were answered.
#[derive(Default)]
struct State {
    answered: u64,
    now: Option<NowPlaying>,
}

/// The player as the screen sees it. Dropping it ends playback and records how much was heard.
pub struct Player {
    ask: Option<Sender<Ask>>,
    state: Arc<Mutex<State>>,
    asked: u64,
    /// What will play once the question of that number is answered.
    opening: Option<(u64, NowPlaying)>,
    thread: Option<JoinHandle<()>>,
}

impl Player {
    pub fn start(record: Sender<Errand>, news: Sender<News>) -> Self {
        let (ask, asked) = unbounded();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            Deck { state: shared, record, news, playback: None, loaded: None, paused: false }
                .run(&asked);
        });
        Self { ask: Some(ask), state, asked: 0, opening: None, thread: Some(thread) }
    }

    pub fn ask(&mut self, ask: Ask) {
        self.asked += 1;
        match &ask {
            Ask::Play { id, duration_s, from_s, .. } => {
                let now = NowPlaying {
                    track_id: *id,
                    position_s: *from_s,
                    duration_s: *duration_s,
                    paused: false,
                    opening: true,
                };
                self.opening = Some((self.asked, now));
            }
            Ask::StopSkipped => self.opening = None,
            _ => {}
        }
        if let Some(player) = &self.ask {
            let _ = player.send(ask);
        }
    }

    pub fn now(&self) -> Option<NowPlaying> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match self.opening {
            Some((number, now)) if number > state.answered => Some(now),
            _ => state.now,
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.ask = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The loudspeaker, opened when it is first needed, and the file on it.
struct Deck {
    state: Arc<Mutex<State>>,
    record: Sender<Errand>,
    news: Sender<News>,
    playback: Option<Playback>,
    loaded: Option<(TrackId, f64)>,
    paused: bool,
}

impl Deck {
    fn run(mut self, asked: &Receiver<Ask>) {
        loop {
            // Nothing to look at while nothing plays.
            let wait = if self.loaded.is_some() { TELL } else { Duration::from_secs(3600) };
            let (answered, failed) = match asked.recv_timeout(wait) {
                Ok(ask) => (1, self.answer(ask).err()),
                Err(RecvTimeoutError::Timeout) => (0, None),
                Err(RecvTimeoutError::Disconnected) => return self.stop(),
            };
            let ended = self.ended();
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.answered += answered;
            state.now = self.now();
            drop(state);
            if let Some(why) = failed {
                let _ = self.news.send(News::Failed(why));
            } else if ended || answered > 0 {
                let _ = self.news.send(News::Playback);
            }
        }
    }

    fn answer(&mut self, ask: Ask) -> Result<(), String> {
        match ask {
            Ask::Play { id, path, duration_s, from_s } => {
                self.stop();
                // An output that went while it was not used, or just as it was opened, is opened again.
                for again in [true, false] {
                    if self.playback.as_ref().is_none_or(Playback::is_lost) {
                        self.playback = None;
                        self.playback = Some(Playback::open().map_err(|e| e.to_string())?);
                    }
                    let Some(playback) = &self.playback else { return Ok(()) };
                    match playback.play(&path) {
                        Ok(()) => break,
                        Err(_) if again && playback.is_lost() => {}
                        Err(e) => return Err(e.to_string()),
                    }
                }
                self.loaded = Some((id, duration_s));
                self.paused = false;
                if from_s > 0.0 { self.seek(|_| from_s) } else { Ok(()) }
            }
            Ask::Pause => {
                if let (Some(playback), Some(_)) = (&self.playback, self.loaded) {
                    self.paused = !self.paused;
                    if self.paused { playback.pause() } else { playback.resume() }
                }
                Ok(())
            }
            Ask::SeekBy(by_s) => self.seek(|position_s| position_s + by_s),
            Ask::SeekTo(to_s) => self.seek(|_| to_s),
            Ask::StopSkipped => {
                self.silence();
                Ok(())
            }
        }
    }

    fn seek(&self, to: impl Fn(f64) -> f64) -> Result<(), String> {
        let (Some(playback), Some((_, duration_s))) = (&self.playback, self.loaded) else {
            return Err("nothing plays".to_owned());
        };
        let to_s = to(playback.position_s()).clamp(0.0, (duration_s - 0.5).max(0.0));
        playback.seek(to_s).map_err(|e| e.to_string())
    }

    /// Ends playback and has it recorded how much was heard.
    fn stop(&mut self) {
        let Some((id, _)) = self.loaded else { return };
        let share = self.share();
        self.silence();
        if share >= SHORTEST_PLAY {
            let _ = self.record.send(Errand::Played(id, share));
        }
    }

    fn silence(&mut self) {
        if let Some(playback) = &self.playback {
            playback.stop();
        }
        self.loaded = None;
    }

    /// Notices that a track came to its end, or the loudspeaker went; tells whether it did.
    fn ended(&mut self) -> bool {
        if self.playback.as_ref().is_some_and(Playback::is_lost) {
            self.stop();
            self.playback = None;
            return true;
        }
        let finished = self.playback.as_ref().is_some_and(Playback::finished);
        if let (true, Some((id, _))) = (finished, self.loaded) {
            self.loaded = None;
            let _ = self.record.send(Errand::Played(id, 1.0));
            return true;
        }
        false
    }

    fn now(&self) -> Option<NowPlaying> {
        let (track_id, duration_s) = self.loaded?;
        let playback = self.playback.as_ref().filter(|playback| !playback.finished())?;
        let position_s = playback.position_s();
        Some(NowPlaying { track_id, position_s, duration_s, paused: self.paused, opening: false })
    }

    fn share(&self) -> f64 {
        self.now().map_or(1.0, |now| (now.position_s / now.duration_s.max(1.0)).clamp(0.0, 1.0))
    }
}
