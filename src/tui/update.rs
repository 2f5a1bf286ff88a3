//! Does what a key asks for.

use std::time::Instant;

use crossterm::event::{Event as Input, KeyEvent, KeyEventKind};

use super::app::{App, Overlay};
use super::commands::Command;
use super::hearing::Input as Source;
use crate::store::records::{EventKind, TrackId};

/// Seconds of a short move in what plays.
const STEP_S: f64 = 5.0;
/// Seconds of a far one.
const FAR_S: f64 = 30.0;

impl App {
    /// Takes what the terminal tells: a key, a new size, anything else.
    pub fn input(&mut self, input: &Input, now: Instant) {
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => self.key(key, now),
            Input::Resize(..) | Input::FocusGained => self.dirty = true,
            _ => {}
        }
    }

    fn key(&mut self, key: &KeyEvent, now: Instant) {
        if let Some(command) = self.keys.command(key) {
            self.touched = Some(now);
            self.dirty = true;
            self.command(command, now);
        }
    }

    /// Does `command`.
    pub fn command(&mut self, command: Command, now: Instant) {
        let of_selection = matches!(command, Command::Play | Command::Like | Command::Skip);
        if self.overlay.is_some() && of_selection {
            return; // the selection cannot be seen
        }
        match command {
            Command::Quit => self.quit = true,
            Command::Help => self.toggle_help(),
            Command::History => self.toggle_history(),
            Command::Close => self.overlay = None,
            Command::Down => self.step(1),
            Command::Up => self.step(-1),
            Command::PageDown => self.step(self.page()),
            Command::PageUp => self.step(-self.page()),
            Command::First => self.step(isize::MIN),
            Command::Last => self.step(isize::MAX),
            Command::Freeze => self.freeze(now),
            Command::SwitchInput => self.switch_input(now),
            Command::Pause => self.pause(now),
            Command::Back => self.seek(-STEP_S, now),
            Command::Forward => self.seek(STEP_S, now),
            Command::FarBack => self.seek(-FAR_S, now),
            Command::FarForward => self.seek(FAR_S, now),
            Command::Play => self.play(now),
            Command::Like => self.like(now),
            Command::Skip => self.skip(now),
        }
    }

    fn toggle_help(&mut self) {
        self.overlay_scroll = 0;
        self.overlay = match self.overlay.take() {
            Some(Overlay::Help) => None,
            _ => Some(Overlay::Help),
        };
    }

    fn toggle_history(&mut self) {
        self.overlay_scroll = 0;
        self.overlay = match self.overlay.take() {
            Some(Overlay::History(_)) => None,
            _ => Some(Overlay::History(self.core.history())),
        };
    }

    /// Moves the selection, or scrolls what lies over the screen.
    fn step(&mut self, by: isize) {
        if self.overlay.is_some() {
            // The view knows the last row and keeps the place in range.
            self.overlay_scroll = self.overlay_scroll.saturating_add_signed(by);
        } else {
            let named = self.has_named();
            self.feed.step(by, named);
        }
    }

    fn page(&self) -> isize {
        let rows = if self.overlay.is_some() { self.overlay_height } else { self.feed.height };
        isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1)
    }

    fn freeze(&mut self, now: Instant) {
        if self.frozen.take().is_some() {
            self.say("the spectrogram runs again", now);
        } else {
            self.frozen = Some(self.spectrogram.clone());
            self.say("the spectrogram is held; listening goes on", now);
        }
    }

    fn switch_input(&mut self, now: Instant) {
        match self.core.switch_input() {
            Ok(spelling) => {
                self.live_open = true;
                self.meter = None;
                self.hearing.input(Source::Opening(Some(spelling.clone())));
                self.say(format!("input: {spelling}"), now);
            }
            Err(why) => self.complain(why, now),
        }
    }

    fn play(&mut self, now: Instant) {
        let Some((id, _)) = self.target() else {
            return self.complain("nothing to play yet", now);
        };
        match self.core.play(id) {
            // The feed stays: the next key is meant for the track that was just played.
            Ok(()) => self.see_playing(),
            Err(why) => self.complain(why, now),
        }
    }

    fn pause(&mut self, now: Instant) {
        self.see_playing();
        if self.playing.is_none() {
            let key = self.keys.shown(Command::Play, self.theme.symbols);
            return self.say(format!("nothing plays; {key} plays the selected track"), now);
        }
        self.core.pause();
        self.see_playing();
    }

    fn seek(&mut self, by_s: f64, now: Instant) {
        if self.playing.is_none() {
            return;
        }
        if let Err(why) = self.core.seek(by_s) {
            self.complain(why, now);
        }
        self.see_playing();
    }

    fn like(&mut self, now: Instant) {
        let Some((id, label)) = self.target() else {
            return self.complain("nothing to like yet", now);
        };
        let (what, said) = if self.core.liked(id) {
            (EventKind::Unlike, format!("no longer liked: {label}"))
        } else {
            (EventKind::Like, format!("liked {label}"))
        };
        self.feedback(id, what, said, now);
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
            self.core.stop();
            self.see_playing();
        }
    }

    /// Records feedback, and says so once it is kept.
    fn feedback(&mut self, id: TrackId, what: EventKind, said: String, now: Instant) {
        match self.core.feedback(id, what) {
            Ok(()) => {
                self.say(said, now);
                self.see_likes();
                self.ask_feed();
            }
            Err(why) => self.complain(why, now),
        }
    }
}
