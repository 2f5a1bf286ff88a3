//! A long recording (a mix, an hour of radio) as the tracks that are heard in it, one after another.

use std::cell::RefCell;
use std::sync::Arc;

use super::clip::{Sound, is_silent};
use super::event::LiveEvent;
use super::recogniser::{FOLLOW_S, Heard, HeardWindow, Recogniser};
use super::{Engine, ListenError};
use crate::dsp::{MelSpectrogram, SAMPLE_RATE, column_time_s};
use crate::embed::{WINDOW_FRAMES, WindowStream};
use crate::index::{Place, Query, SearchError, quantise, score_at};
use crate::store::records::TrackId;

/// Sound that is compared at once when the ends of a track are looked for, seconds.
const EDGE_S: f64 = 2.0;
/// Step in which the ends are looked for.
const EDGE_STEP_S: f64 = 0.25;
/// A track does not go on beyond so much sound that does not fit, seconds.
const GAP_S: f64 = 3.0;

/// A track heard in a long recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Which track.
    pub track_id: TrackId,
    /// When it begins in the recording, seconds.
    pub start_s: f64,
    /// When it ends, seconds.
    pub end_s: f64,
    /// Place in the track at its start, seconds.
    pub offset_s: f64,
    /// The greatest calibrated confidence while it lasted, 0 to 1.
    pub confidence: f64,
}

impl Stretch {
    /// A track that repeats itself may be found at another of its turns while it goes on.
    fn goes_on_in(&self, next: &Self) -> bool {
        self.track_id == next.track_id && next.start_s - self.end_s <= GAP_S
    }

    /// Takes the rest in; the longer part knows better where in the track it is.
    fn join(&mut self, rest: &Self) {
        if rest.end_s - rest.start_s > self.end_s - self.start_s {
            self.offset_s = (rest.offset_s - (rest.start_s - self.start_s)).max(0.0);
        }
        self.end_s = rest.end_s;
        self.confidence = self.confidence.max(rest.confidence);
    }
}

/// What was followed from its naming to its loss.
#[derive(Debug, Clone, Copy)]
struct Followed {
    track_id: TrackId,
    first_s: f64,
    last_s: f64,
    /// Place in the track at the first and at the last moment.
    first_place_s: f64,
    last_place_s: f64,
    confidence: f64,
}

/// What was heard in a long recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    /// The tracks, in order.
    pub stretches: Vec<Stretch>,
    /// What kind of sound it was: music, if any of it was.
    pub heard: Sound,
    /// Why the index elsewhere was not asked, where it is away and this machine's answered alone.
    pub away: Option<String>,
}

/// Hears a recording as the live path would, without waiting.
pub struct TimelineListener<'e> {
    engine: &'e Engine,
    spectrogram: MelSpectrogram,
    stream: WindowStream,
    finder: TimelineFinder,
    /// Where they are searched on another machine: all windows.
    windows: Vec<HeardWindow>,
    heard: Sound,
    samples: u64,
}

impl<'e> TimelineListener<'e> {
    /// A recording of which nothing was heard yet.
    #[must_use]
    pub fn new(engine: &'e Engine) -> Self {
        let alone = match &engine.own {
            Some(own) => Engine { catalogue: Arc::clone(own), ..engine.clone() },
            None => engine.clone(),
        };
        Self {
            engine,
            spectrogram: MelSpectrogram::new(),
            stream: WindowStream::default(),
            finder: TimelineFinder::new(&alone),
            windows: Vec::new(),
            heard: Sound::Silence,
            samples: 0,
        }
    }

    /// Hears the next samples (mono, [`SAMPLE_RATE`]).
    ///
    /// # Errors
    /// tract fails, for lack of memory.
    pub fn hear(&mut self, samples: &[f32]) -> Result<(), ListenError> {
        self.samples += samples.len() as u64;
        if !is_silent(samples, self.engine.recognition.silence_dbfs) {
            self.heard = self.heard.max(Sound::NoMusic);
        }
        let mut columns = Vec::new();
        self.spectrogram.push(samples, |column| columns.push(column));
        for column in columns {
            let Some(window) = self.stream.push(&self.engine.network, column)? else { continue };
            let code = quantise(&window.embedding.fingerprint);
            let query = Query { time_s: window.time_s, code };
            let window = HeardWindow { query, music: window.embedding.music };
            if self.engine.remote.is_some() {
                self.windows.push(window.clone());
            }
            let searched_here = self.engine.remote.is_none() || self.engine.own.is_some();
            if searched_here && self.finder.hear(window)? && self.heard == Sound::NoMusic {
                self.heard = Sound::Music;
            }
        }
        Ok(())
    }

    /// All that was heard.
    ///
    /// # Errors
    /// The index is on another machine, which gives no answer.
    pub fn finish(mut self) -> Result<Timeline, ListenError> {
        let end_s = self.samples as f64 / f64::from(SAMPLE_RATE);
        let Some(remote) = &self.engine.remote else {
            let stretches = self.finder.finish(end_s)?;
            return Ok(Timeline { stretches, heard: self.heard, away: None });
        };
        let music: Vec<f32> = self.windows.iter().map(|window| window.music).collect();
        if !music.is_empty() && self.engine.network.gate().is_music(&music) {
            self.heard = self.heard.max(Sound::Music);
        }
        let (mut stretches, mut away) = (Vec::new(), None);
        match remote.timeline(&self.windows, end_s) {
            Ok(found) => stretches = found,
            Err(error) if error.away && self.engine.own.is_some() => away = Some(error.text),
            Err(error) => return Err(error.into()),
        }
        if self.engine.own.is_some() {
            let here = self.finder.finish(end_s)?.into_iter();
            let beside = |found: Stretch| Stretch { track_id: found.track_id.beside(), ..found };
            stretches = surest(stretches.into_iter().chain(here.map(beside)).collect());
        }
        Ok(Timeline { stretches, heard: self.heard, away })
    }
}

/// Of stretches that lie over each other by more than half of the shorter, the surest; in order.
fn surest(mut all: Vec<Stretch>) -> Vec<Stretch> {
    all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut kept: Vec<Stretch> = Vec::new();
    for one in all {
        let length = |stretch: &Stretch| stretch.end_s - stretch.start_s;
        let lies_over = |other: &Stretch| {
            let common = one.end_s.min(other.end_s) - one.start_s.max(other.start_s);
            common >= length(&one).min(length(other)) / 2.0
        };
        if !kept.iter().any(lies_over) {
            kept.push(one);
        }
    }
    kept.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    kept
}

/// Finds the tracks of a recording in its windows; keeps the fingerprints, to find where each begins and
/// ends.
pub struct TimelineFinder {
    engine: Engine,
    recogniser: Recogniser,
    queries: Vec<Query>,
    followed: RefCell<Vec<Followed>>,
}

impl TimelineFinder {
    /// A recording of which nothing was heard yet.
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            recogniser: Recogniser::new(engine),
            queries: Vec::new(),
            followed: RefCell::default(),
        }
    }

    /// Hears the next window; tells whether music is heard, where it looked.
    ///
    /// # Errors
    /// The index is in a database that gives no answer.
    pub fn hear(&mut self, window: HeardWindow) -> Result<bool, SearchError> {
        self.queries.push(window.query.clone());
        let now_s = window.query.time_s + column_time_s(WINDOW_FRAMES);
        let followed = &self.followed;
        let say = |event| note(&mut followed.borrow_mut(), now_s, &event);
        self.recogniser.take(Heard::Window(window), &say);
        let due = self.recogniser.due();
        if due {
            self.recogniser.look(&say)?;
        }
        Ok(due && self.recogniser.hears_music())
    }

    /// The tracks of the recording, which ends at `end_s`, in order.
    ///
    /// # Errors
    /// The index is in a database that gives no answer.
    pub fn finish(&self, end_s: f64) -> Result<Vec<Stretch>, SearchError> {
        let followed = self.followed.borrow();
        let mut stretches: Vec<Stretch> = Vec::new();
        for (i, one) in followed.iter().enumerate() {
            let from_s = stretches.last().map_or(0.0, |before| before.end_s);
            let to_s = followed.get(i + 1).map_or(end_s, |next| next.first_s);
            // What followed it looked at so many seconds together: its end is to be found among them.
            let sure_s = (one.last_s - FOLLOW_S).max(one.first_s);
            let start_s =
                self.edge(one.track_id, one.first_s, one.first_place_s, from_s, -EDGE_STEP_S)?;
            let sure_place_s = one.last_place_s - (one.last_s - sure_s);
            let end_s = self.edge(one.track_id, sure_s, sure_place_s, to_s, EDGE_STEP_S)?;
            let found = Stretch {
                track_id: one.track_id,
                start_s,
                end_s,
                offset_s: (one.first_place_s - (one.first_s - start_s)).max(0.0),
                confidence: one.confidence,
            };
            match stretches.last_mut().filter(|before| before.goes_on_in(&found)) {
                Some(before) => before.join(&found),
                None => stretches.push(found),
            }
        }
        Ok(stretches)
    }

    /// The furthest moment from `at_s` towards `limit_s` up to which the track's alignment fits.
    fn edge(
        &self,
        track: TrackId,
        at_s: f64,
        place_s: f64,
        limit_s: f64,
        step_s: f64,
    ) -> Result<f64, SearchError> {
        let place = Place::at(place_s - at_s);
        let (mut now_s, mut fits_to_s) = (at_s, at_s);
        while (limit_s - now_s) * step_s > 0.0 && (now_s - fits_to_s).abs() <= GAP_S {
            now_s += step_s;
            let (from_s, to_s) = (now_s - EDGE_S / 2.0, now_s + EDGE_S / 2.0);
            let window_s = column_time_s(WINDOW_FRAMES);
            let first = self.queries.partition_point(|q| q.time_s + window_s / 2.0 < from_s);
            let last = self.queries.partition_point(|q| q.time_s + window_s / 2.0 < to_s);
            let queries = &self.queries[first..last];
            let score = self.engine.ask(|index| score_at(index, queries, track.0, place))?;
            if self.engine.decision.follows(score) {
                fits_to_s = now_s;
            }
        }
        // The middle of the last stretch that fits is as far as it is known to go.
        Ok(if step_s < 0.0 { fits_to_s.max(limit_s) } else { fits_to_s.min(limit_s) })
    }
}

fn note(followed: &mut Vec<Followed>, now_s: f64, event: &LiveEvent) {
    match event {
        LiveEvent::Named(named) => followed.push(Followed {
            track_id: named.track_id,
            first_s: now_s,
            last_s: now_s,
            first_place_s: named.position_s,
            last_place_s: named.position_s,
            confidence: named.confidence,
        }),
        LiveEvent::Position { track_id, position_s, confidence } => {
            let last = followed.last_mut().filter(|last| last.track_id == *track_id);
            if let Some(last) = last {
                last.last_s = now_s;
                last.last_place_s = *position_s;
                last.confidence = last.confidence.max(*confidence);
            }
        }
        _ => {}
    }
}
