//! Plays tracks and tells what the user thinks of them.

use std::time::Instant;

use super::app::{App, Pending};
use super::commands::Command;
use super::core::Request;
use crate::store::records::{EventKind, TrackId};

impl App {
    pub fn play(&mut self, highlight: bool, now: Instant) {
        let Some((id, _)) = self.target() else {
            return self.complain("nothing to play yet", now);
        };
        let from = self.shelf.get(id).and_then(|t| t.highlight_s).filter(|_| highlight);
        if highlight && from.is_none() {
            self.say("its best part is not known; it plays from the start", now);
        }
        let from_s = from.map_or(0.0, f64::from);
        // The feed stays: the next key is meant for the track that was just played.
        self.core.ask(Request::Play { id, from_s });
        self.see_playing();
    }

    pub fn pause(&mut self, now: Instant) {
        self.see_playing();
        if self.playing.is_none() {
            let key = self.keys.shown_at(Command::Play, self.place(), self.theme.symbols);
            return self.say(format!("nothing plays; {key} plays the selected track"), now);
        }
        self.core.ask(Request::Pause);
        self.see_playing();
    }

    /// Moves in what plays.
    pub fn seek(&mut self, to: Request) {
        if self.playing.is_some() {
            self.core.ask(to);
            self.see_playing();
        }
    }

    pub fn like(&mut self, now: Instant) {
        let Some((id, label)) = self.target() else {
            return self.complain("nothing to like yet", now);
        };
        // What was asked for last counts, also where it is not kept yet.
        let asked = self.pending.values().rev().filter(|p| p.id == id).find_map(|p| p.liked);
        if asked.unwrap_or_else(|| self.liked(id)) {
            self.feedback(id, EventKind::Unlike, format!("no longer liked: {label}"), now);
        } else {
            self.feedback(id, EventKind::Like, format!("liked {label}"), now);
        }
    }

    pub fn skip(&mut self, now: Instant) {
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
            self.core.ask(Request::StopSkipped);
            self.see_playing();
        }
    }

    /// Records something about the selected track.
    pub fn say_of(&mut self, what: EventKind, said: &str, now: Instant) {
        match self.target() {
            Some((id, label)) => self.feedback(id, what, format!("{said} {label}"), now),
            None => self.complain("nothing is selected", now),
        }
    }

    /// Has feedback recorded; it is acknowledged once it is kept.
    fn feedback(&mut self, id: TrackId, what: EventKind, said: String, now: Instant) {
        let liked = match what {
            EventKind::Like => Some(true),
            EventKind::Unlike => Some(false),
            _ => None,
        };
        self.tickets += 1;
        let ticket = self.tickets;
        self.pending.insert(ticket, Pending { id, said, liked, since: now });
        self.core.ask(Request::Feedback { ticket, id, what });
    }
}
