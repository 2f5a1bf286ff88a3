//! What the screen knows about the sound just now: named, guessed, unknown or silent.

use std::time::{Duration, Instant};

use crate::listen::event::{InputState, Level, Named};
use crate::store::records::{Track, TrackId, label};

/// Sound for so long without a name, and the screen says that it knows none: the window that is
/// looked at (10 s) has been full for some seconds.
const UNKNOWN_AFTER: Duration = Duration::from_secs(15);
/// A pause as short as this is no silence.
const SILENT_AFTER: Duration = Duration::from_millis(1200);
/// A guess not renewed for so long is forgotten.
const GUESS_LASTS: Duration = Duration::from_secs(4);

/// A track that was named.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Which track.
    pub track_id: TrackId,
    /// Its title.
    pub title: String,
    /// Its artist; may be empty.
    pub artist: String,
    /// Its album; may be empty.
    pub album: String,
    /// Its length, where known.
    pub duration_s: Option<f64>,
    /// Calibrated confidence, 0 to 1.
    pub confidence: f64,
    /// Seconds of sound it took to name it.
    pub heard_s: f64,
    position_s: f64,
    at: Instant,
}

impl Heard {
    /// From what the live path told and the record of the track.
    pub fn new(named: &Named, track: Option<&Track>, now: Instant) -> Self {
        let (title, artist, album, duration_s) = match track {
            Some(t) => (t.title.clone(), t.artist.clone(), t.album.clone(), Some(t.duration_s)),
            None => (format!("track {}", named.track_id), String::new(), String::new(), None),
        };
        Self {
            track_id: named.track_id,
            title,
            artist,
            album,
            duration_s,
            confidence: named.confidence,
            heard_s: named.heard_s,
            position_s: named.position_s,
            at: now,
        }
    }

    /// Place in the track now, seconds: goes on with the clock from what was told last.
    pub fn position_s(&self, now: Instant) -> f64 {
        let place = self.position_s + now.saturating_duration_since(self.at).as_secs_f64();
        place.min(self.duration_s.unwrap_or(f64::INFINITY)).max(0.0)
    }

    /// "artist - title".
    pub fn label(&self) -> String {
        label(&self.artist, &self.title)
    }
}

/// What it might be, not certain enough to be named.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// "artist - title".
    pub label: String,
    /// Calibrated confidence, 0 to 1.
    pub confidence: f64,
    /// When.
    pub at: Instant,
}

/// The input as the screen knows it.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Being opened; what was asked for, as on the command line, where known.
    Opening(Option<String>),
    /// What the live path told last.
    Told(InputState),
    /// It ended; nothing follows.
    Ended,
}

/// What to say about the sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer<'a> {
    /// This is it, and it is heard now.
    Named(&'a Heard),
    /// The input is being opened.
    Opening,
    /// No sound, and why.
    Waiting(&'a str),
    /// The server that names is away, and why.
    Away(&'a str),
    /// The input ended.
    Ended,
    /// Nothing to hear.
    Silence,
    /// Speech or noise.
    NoMusic,
    /// Sound, and no name yet.
    Listening,
    /// Sound for long, and no name.
    Unknown,
}

/// What is known about the sound.
#[derive(Debug, Clone)]
pub struct Hearing {
    /// The input.
    pub input: Input,
    /// The track named last.
    pub last: Option<Heard>,
    /// Is it heard now?
    pub present: bool,
    guess: Option<Guess>,
    silence_dbfs: f32,
    sound_since: Option<Instant>,
    quiet_since: Option<Instant>,
    music: bool,
    /// Why the server that names is away, if it is.
    away: Option<String>,
}

impl Hearing {
    /// Nothing known yet; quieter than `silence_dbfs` is silence.
    pub fn new(silence_dbfs: f32) -> Self {
        Self {
            input: Input::Opening(None),
            last: None,
            present: false,
            guess: None,
            silence_dbfs,
            sound_since: None,
            quiet_since: None,
            music: true,
            away: None,
        }
    }

    /// The server that names is away, and why; or there again.
    pub fn server(&mut self, away: Option<String>) {
        self.away = away;
    }

    /// Whether the server that names is away.
    pub fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// Takes the state of the input.
    pub fn input(&mut self, input: Input) {
        if !matches!(input, Input::Told(InputState::Live { .. })) {
            self.lost();
            (self.sound_since, self.quiet_since) = (None, None);
            self.music = true;
        }
        self.input = input;
    }

    /// Takes a level.
    pub fn level(&mut self, level: Level, now: Instant) {
        if level.rms_db >= self.silence_dbfs {
            self.quiet_since = None;
            self.sound_since.get_or_insert(now);
            return;
        }
        self.quiet_since.get_or_insert(now);
        if self.silent(now) {
            (self.sound_since, self.guess) = (None, None);
        }
    }

    /// Music begins, or there is none any more. How long it stays unknown counts from its beginning.
    pub fn music(&mut self, music: bool, now: Instant) {
        self.music = music;
        self.guess = None;
        self.sound_since = self.sound_since.map(|_| now);
    }

    /// A track was named.
    pub fn named(&mut self, heard: Heard) {
        (self.last, self.present, self.guess) = (Some(heard), true, None);
    }

    /// The place in the track named last.
    pub fn position(&mut self, track_id: TrackId, position_s: f64, confidence: f64, now: Instant) {
        let Some(heard) = self.last.as_mut().filter(|h| h.track_id == track_id) else { return };
        (heard.position_s, heard.confidence, heard.at) = (position_s, confidence, now);
        self.present = true;
    }

    /// The track named last is not heard any more.
    pub fn lost(&mut self) {
        (self.present, self.guess, self.sound_since) = (false, None, None);
    }

    /// Something it might be.
    pub fn guess(&mut self, guess: Guess) {
        self.guess = Some(guess);
    }

    /// The guess to show beside "listening".
    pub fn current_guess(&self, now: Instant) -> Option<&Guess> {
        self.guess.as_ref().filter(|g| now.saturating_duration_since(g.at) < GUESS_LASTS)
    }

    /// What to say.
    pub fn answer(&self, now: Instant) -> Answer<'_> {
        if let (true, Some(heard)) = (self.present, &self.last) {
            return Answer::Named(heard);
        }
        match &self.input {
            Input::Opening(_) => Answer::Opening,
            Input::Told(InputState::Waiting { reason }) => Answer::Waiting(reason),
            Input::Ended => Answer::Ended,
            Input::Told(InputState::Live { .. }) if self.away.is_some() => {
                Answer::Away(self.away.as_deref().unwrap_or_default())
            }
            Input::Told(InputState::Live { .. }) if self.silent(now) => Answer::Silence,
            Input::Told(InputState::Live { .. }) if !self.music => Answer::NoMusic,
            Input::Told(InputState::Live { .. }) if self.unknown(now) => Answer::Unknown,
            Input::Told(InputState::Live { .. }) => Answer::Listening,
        }
    }

    fn silent(&self, now: Instant) -> bool {
        self.quiet_since.is_some_and(|since| now.saturating_duration_since(since) >= SILENT_AFTER)
    }

    fn unknown(&self, now: Instant) -> bool {
        self.current_guess(now).is_none()
            && self.sound_since.is_some_and(|s| now.saturating_duration_since(s) >= UNKNOWN_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: Level = Level { rms_db: -20.0, peak_db: -9.0 };
    const QUIET: Level = Level { rms_db: -80.0, peak_db: -70.0 };

    fn live() -> Input {
        Input::Told(InputState::Live { name: "mic".into(), rate: 48_000, channels: 2 })
    }

    fn heard(now: Instant) -> Heard {
        let named =
            Named { track_id: TrackId(7), position_s: 10.0, confidence: 0.97, heard_s: 1.8 };
        Heard::new(&named, None, now)
    }

    #[test]
    fn sound_without_a_name_is_listening_then_unknown_and_quiet_is_silence() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut hearing = Hearing::new(-60.0);
        assert_eq!(hearing.answer(start), Answer::Opening);
        hearing.input(live());
        hearing.level(LOUD, start);
        assert_eq!(hearing.answer(at(3)), Answer::Listening);
        assert_eq!(hearing.answer(at(16)), Answer::Unknown);
        hearing.guess(Guess { label: "x".into(), confidence: 0.5, at: at(16) });
        assert_eq!(hearing.answer(at(17)), Answer::Listening);
        hearing.level(QUIET, at(18));
        assert_eq!(hearing.answer(at(18)), Answer::Listening);
        hearing.level(QUIET, at(20));
        assert_eq!(hearing.answer(at(20)), Answer::Silence);
        hearing.level(LOUD, at(21));
        assert_eq!(hearing.answer(at(21)), Answer::Listening);
    }

    #[test]
    fn speech_and_noise_are_no_music_and_music_after_them_is_unknown_only_after_a_while() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut hearing = Hearing::new(-60.0);
        hearing.input(live());
        hearing.level(LOUD, start);
        hearing.music(false, at(2));
        assert_eq!(hearing.answer(at(30)), Answer::NoMusic);
        hearing.level(QUIET, at(31));
        assert_eq!(hearing.answer(at(33)), Answer::Silence);
        hearing.level(LOUD, at(34));
        assert_eq!(hearing.answer(at(34)), Answer::NoMusic);
        hearing.music(true, at(40));
        assert_eq!(hearing.answer(at(54)), Answer::Listening);
        assert_eq!(hearing.answer(at(56)), Answer::Unknown);
        hearing.music(false, at(60));
        hearing.input(Input::Told(InputState::Waiting { reason: "unplugged".into() }));
        hearing.input(live());
        assert_eq!(hearing.answer(at(61)), Answer::Listening, "nothing is known of another input");
    }

    #[test]
    fn the_place_goes_on_with_the_clock_and_stays_within_the_track() {
        let start = Instant::now();
        let mut hearing = Hearing::new(-60.0);
        hearing.named(Heard { duration_s: Some(14.0), ..heard(start) });
        let place = |h: &Hearing, ms| {
            h.last.as_ref().unwrap().position_s(start + Duration::from_millis(ms))
        };
        assert_eq!(place(&hearing, 2500), 12.5);
        assert_eq!(place(&hearing, 9000), 14.0);
        hearing.position(TrackId(7), 11.0, 0.9, start + Duration::from_secs(2));
        assert_eq!(place(&hearing, 3000), 12.0);
        hearing.position(TrackId(8), 1.0, 0.9, start + Duration::from_secs(3));
        assert_eq!(place(&hearing, 3000), 12.0, "a place in another track says nothing");
    }

    #[test]
    fn a_lost_track_is_remembered_and_comes_back_with_its_place() {
        let start = Instant::now();
        let mut hearing = Hearing::new(-60.0);
        hearing.input(live());
        hearing.named(heard(start));
        assert!(matches!(hearing.answer(start), Answer::Named(_)));
        hearing.lost();
        assert_eq!(hearing.answer(start), Answer::Listening);
        assert_eq!(hearing.last.as_ref().unwrap().track_id, TrackId(7));
        hearing.position(TrackId(7), 20.0, 0.95, start);
        assert!(matches!(hearing.answer(start), Answer::Named(_)));
        hearing.input(Input::Told(InputState::Waiting { reason: "unplugged".into() }));
        assert_eq!(hearing.answer(start), Answer::Waiting("unplugged"));
    }
}
