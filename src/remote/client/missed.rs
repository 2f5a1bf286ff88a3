//! What was heard while the server was away: kept as clips, and named when it is back.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::dsp::column_time_s;
use crate::embed::WINDOW_FRAMES;
use crate::listen::{Heard, HeardWindow};

/// Seconds of a clip, and those that are enough for one.
const CLIP_S: f64 = 10.0;
const LEAST_S: f64 = 4.0;
/// Clips kept, the latest: an hour of sound, some 5 MB.
const MOST: usize = 360;
/// Two alignments closer than this are the same playing.
const SAME_PLAYING_S: f64 = 1.5;

/// A clip that nobody has named yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Its windows.
    pub windows: Vec<HeardWindow>,
    /// When its last one was heard.
    pub ended: Timestamp,
}

impl Clip {
    /// Seconds of sound in it.
    pub fn heard_s(&self) -> f64 {
        let first = self.windows.first().map_or(0.0, |window| window.query.time_s);
        self.end_s() - first
    }

    /// The time of the live sound at its end, seconds.
    pub fn end_s(&self) -> f64 {
        let last = self.windows.last().map_or(0.0, |window| window.query.time_s);
        last + column_time_s(WINDOW_FRAMES)
    }
}

/// The clips that wait.
#[derive(Debug, Default)]
pub struct Missed {
    clips: VecDeque<Clip>,
    gathered: Vec<HeardWindow>,
    /// The track that was named last, and where it would be at time 0.
    playing: Option<(u32, f64)>,
}

impl Missed {
    /// Takes in what was heard at `now`.
    pub fn take(&mut self, heard: Heard, now: Timestamp) {
        match heard {
            Heard::Window(window) => {
                self.gathered.push(window);
                if self.seconds() >= CLIP_S {
                    self.cut(now);
                }
            }
            Heard::Silence(_) | Heard::Restart | Heard::End => self.cut(now),
        }
    }

    /// What is heard from now on is named as it comes.
    pub fn cut(&mut self, now: Timestamp) {
        let windows = std::mem::take(&mut self.gathered);
        let clip = Clip { windows, ended: now };
        if clip.heard_s() >= LEAST_S {
            self.clips.push_back(clip);
        }
        while self.clips.len() > MOST {
            self.clips.pop_front();
        }
    }

    fn seconds(&self) -> f64 {
        let first = self.gathered.first().map_or(0.0, |window| window.query.time_s);
        self.gathered.last().map_or(0.0, |window| window.query.time_s) - first
    }

    /// Whether a clip waits.
    pub fn waits(&self) -> bool {
        !self.clips.is_empty()
    }

    /// The oldest clip that waits.
    pub fn next(&mut self) -> Option<Clip> {
        self.clips.pop_front()
    }

    /// Puts back one that could not be asked about.
    pub fn put_back(&mut self, clip: Clip) {
        self.clips.push_front(clip);
    }

    /// A clip turned out to be this track, with this alignment; whether that is another playing than the
    /// clip's before.
    pub fn is_new(&mut self, track: u32, offset_s: f64) -> bool {
        let goes_on = self.playing.is_some_and(|(playing, offset)| {
            playing == track && (offset - offset_s).abs() < SAME_PLAYING_S
        });
        self.playing = Some((track, offset_s));
        !goes_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{DIM, Query};

    fn window(time_s: f64) -> Heard {
        Heard::Window(HeardWindow { query: Query { time_s, code: [1; DIM] }, music: 1.0 })
    }

    fn after(seconds: impl Iterator<Item = f64>) -> Missed {
        let mut missed = Missed::default();
        seconds.for_each(|time_s| missed.take(window(time_s), Timestamp::UNIX_EPOCH));
        missed
    }

    #[test]
    fn ten_seconds_are_a_clip_and_the_last_hour_is_kept() {
        let hours = (0..2 * 3600 * 16).map(|n| f64::from(n) / 16.0);
        let mut missed = after(hours);
        assert_eq!(missed.clips.len(), MOST);
        let first = missed.next().unwrap();
        assert!(first.windows[0].query.time_s > 3500.0);
        assert!((first.heard_s() - CLIP_S - 1.5).abs() < 0.1, "{}", first.heard_s());
        missed.put_back(first.clone());
        assert_eq!(missed.next(), Some(first));
    }

    #[test]
    fn what_is_too_short_to_be_named_is_dropped() {
        let mut missed = after((0..16).map(|n| f64::from(n) / 16.0));
        missed.take(Heard::Restart, Timestamp::UNIX_EPOCH);
        assert_eq!(missed.next(), None);
        let mut missed = after((0..80).map(|n| f64::from(n) / 16.0));
        missed.take(Heard::Silence(6.0), Timestamp::UNIX_EPOCH);
        assert!(missed.next().is_some());
    }

    #[test]
    fn a_track_that_goes_on_is_told_once() {
        let mut missed = Missed::default();
        assert!(missed.is_new(1, 5.0) && !missed.is_new(1, 5.2) && missed.is_new(1, 90.0));
        assert!(missed.is_new(2, 90.0));
    }
}
