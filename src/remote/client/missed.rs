//! What was heard while the server was away: kept as clips, and named when it is back. What still waits when the
//! listening ends is kept in a folder, a clip a file: the time it ended, milliseconds since 1970, and its windows as
//! they travel.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::dsp::column_time_s;
use crate::embed::WINDOW_FRAMES;
use crate::listen::{Heard, HeardWindow};
use crate::remote::frame::Frame;

/// Seconds of a clip, and those that are enough for one.
const CLIP_S: f64 = 10.0;
const LEAST_S: f64 = 4.0;
/// Clips kept, the latest: an hour of sound, some 5 MB.
const MOST: usize = 360;
/// How files of clips end.
const CLIP: &str = "clip";
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

    fn bytes(&self) -> Vec<u8> {
        let ended = self.ended.as_millisecond().to_le_bytes();
        [ended.as_slice(), &Frame::Windows(self.windows.clone()).bytes()].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (ended, windows) = bytes.split_first_chunk()?;
        let ended = Timestamp::from_millisecond(i64::from_le_bytes(*ended)).ok()?;
        match Frame::read(windows) {
            Ok(Frame::Windows(windows)) => Some(Self { windows, ended }),
            _ => None,
        }
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
    /// With the clips that an earlier listening left in this folder, which are taken out of it.
    pub fn left_in(dir: &Path) -> Self {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == CLIP))
            .collect();
        paths.sort_unstable();
        let mut missed = Self::default();
        for path in paths {
            let bytes = fs::read(&path);
            // Who could take it is the one who has it: another process may be listening.
            if fs::remove_file(&path).is_ok() {
                missed.clips.extend(bytes.ok().and_then(|bytes| Clip::read(&bytes)));
            }
        }
        missed
    }

    /// Leaves in a folder what still waits.
    ///
    /// # Errors
    /// The disk.
    pub fn leave_in(&mut self, dir: &Path) -> io::Result<()> {
        self.cut(Timestamp::now());
        if !self.waits() {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        for (place, clip) in self.clips.drain(..).enumerate() {
            // In order of their names they are in order of their times.
            let (at, process) = (clip.ended.as_millisecond(), std::process::id());
            fs::write(dir.join(format!("{at:016}-{process}-{place:04}.{CLIP}")), clip.bytes())?;
        }
        Ok(())
    }

    /// How many clips wait.
    pub fn waiting(&self) -> usize {
        self.clips.len()
    }

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
    fn what_waits_when_listening_ends_is_there_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("clips");
        assert!(!Missed::left_in(&dir).waits());
        let mut missed = after((0..400).map(|n| f64::from(n) / 16.0));
        missed.leave_in(&dir).unwrap();
        std::fs::write(dir.join("0.clip"), "nonsense").unwrap();
        let mut left = Missed::left_in(&dir);
        assert_eq!(left.waiting(), 3, "two of ten seconds and the rest");
        let first = left.next().unwrap();
        let mut again = after((0..400).map(|n| f64::from(n) / 16.0));
        let expected = again.next().unwrap();
        let times = |clip: &Clip| clip.windows.iter().map(|w| w.query.time_s).collect::<Vec<_>>();
        assert_eq!((times(&first), first.ended), (times(&expected), expected.ended));
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 0);
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
