//! Takes what the live path tells.

use std::time::{Duration, Instant};

use super::app::App;
use super::hearing::{Guess, Heard, Input};
use super::meter::Meter;
use super::page::Page;
use crate::listen::event::{InputState, LiveEvent, Named};

/// A user busy with the keys keeps the selection when a track is named.
const BUSY: Duration = Duration::from_secs(3);

impl App {
    /// Takes one message of the live path.
    pub fn live(&mut self, event: LiveEvent, now: Instant) {
        match event {
            LiveEvent::Input(state) => {
                if matches!(state, InputState::Waiting { .. }) {
                    self.meter = None;
                }
                self.hearing.input(Input::Told(state));
            }
            LiveEvent::Column(column) => {
                self.spectrogram.push(&column);
                // Nothing to draw where the picture is held or cannot be seen.
                self.moved |= self.hold.is_none() && self.page == Page::Listen;
                return;
            }
            LiveEvent::Level(level) => {
                self.hearing.level(level, now);
                match &mut self.meter {
                    Some(meter) => meter.push(level, now),
                    None => self.meter = Some(Meter::new(level, now)),
                }
                self.dirty |= self.page == Page::Listen;
                return;
            }
            LiveEvent::Named(named) => self.named(&named, now),
            LiveEvent::Position { track_id, position_s, confidence } => {
                self.hearing.position(track_id, position_s, confidence, now);
            }
            LiveEvent::Lost => self.hearing.lost(),
            LiveEvent::Music(music) => self.hearing.music(music, now),
            LiveEvent::Guess { track_id, confidence } => {
                let label = self.shelf.label(track_id);
                self.hearing.guess(Guess { label, confidence, at: now });
            }
            LiveEvent::NamedLate { named, .. } => {
                let label = self.shelf.label(named.track_id);
                self.say(format!("heard while the server was away: {label}"), now);
            }
            LiveEvent::Server(away) => self.hearing.server(away),
            LiveEvent::Ended => {
                self.meter = None;
                // Why nothing came is told rather than that nothing will.
                if !matches!(self.hearing.input, Input::Told(InputState::Waiting { .. })) {
                    self.hearing.input(Input::Ended);
                }
            }
        }
        self.dirty = true;
    }

    /// The live path has gone: its thread ended without a word.
    pub fn live_closed(&mut self) {
        self.live_open = false;
        if self.hearing.input != Input::Ended {
            self.live(LiveEvent::Ended, Instant::now());
        }
    }

    fn named(&mut self, named: &Named, now: Instant) {
        let id = named.track_id;
        let heard = Heard::new(named, self.shelf.get(id), now);
        let title = heard.title.clone();
        self.hearing.named(heard);
        if self.touched.is_none_or(|at| now.saturating_duration_since(at) > BUSY) {
            self.feed.select_named();
        }
        self.seed(id, title);
        self.see_page();
    }
}
