//! What time alone changes: messages end, gauges move, silence becomes an answer.

use std::time::{Duration, Instant};

use super::app::{App, Pending, Playing};
use super::hearing::Answer;
use super::page::Page;

/// How often gauges move where no sound comes in.
const ANIMATE_EVERY: Duration = Duration::from_millis(250);
/// What takes longer to be kept is shown as under way.
const SLOW: Duration = Duration::from_millis(300);

impl App {
    /// Feedback that takes long to be kept.
    pub fn slow(&self, now: Instant) -> Option<&Pending> {
        self.pending.values().find(|p| now.saturating_duration_since(p.since) >= SLOW)
    }

    /// What time alone changes: messages end, gauges move.
    pub fn tick(&mut self, now: Instant) {
        if self.message.as_ref().is_some_and(|m| m.until <= now) {
            self.message = None;
            self.dirty = true;
        }
        if self.animate_at <= now {
            self.animate_at = now + ANIMATE_EVERY;
            if self.moving(now) {
                self.see_playing();
                self.dirty = true;
            }
        }
        let answer = format!(
            "{:?} {} {}",
            std::mem::discriminant(&self.hearing.answer(now)),
            self.hearing.current_guess(now).is_some(),
            self.slow(now).is_some(),
        );
        if self.answer_shown != answer {
            self.answer_shown = answer;
            self.dirty = true;
        }
    }

    /// When [`App::tick`] has something to do at the latest.
    pub fn wake_at(&self, now: Instant) -> Instant {
        // Silence, "I don't know this one" and the end of a guess come by the clock.
        let mut at = now + Duration::from_secs(1);
        if self.moving(now) {
            at = at.min(self.animate_at);
        }
        let slow = self.pending.values().map(|p| p.since + SLOW).find(|due| *due > now);
        let message = self.message.as_ref().map(|m| m.until);
        [slow, message].into_iter().flatten().fold(at, Instant::min)
    }

    /// Looks at what plays, and where it is.
    pub fn see_playing(&mut self) {
        let now = self.core.playing();
        if now == self.playing.as_ref().map(|p| p.now) {
            return;
        }
        self.dirty = true;
        let before = self.subject();
        self.playing = now.map(|now| Playing { now, label: self.shelf.label(now.track_id) });
        if self.subject() != before {
            self.see_page();
        }
    }

    fn moving(&self, now: Instant) -> bool {
        let plays = self.playing.as_ref().is_some_and(|p| !p.now.paused);
        let named = matches!(self.page, Page::Listen | Page::Now)
            && matches!(self.hearing.answer(now), Answer::Named(_));
        plays || named
    }
}
