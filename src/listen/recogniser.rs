//! Searches windows as they come and says what they are.

use std::collections::VecDeque;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::Engine;
use super::event::LiveEvent;
use super::session::{Observation, Session};
use super::together;
use crate::dsp::column_time_s;
use crate::embed::{EDGE_COLUMNS, WINDOW_FRAMES};
use crate::index::{
    Among, Candidate, Code, Effort, FEW_WINDOWS, HITS, Hit, Place, Query, SEARCH_EVERY,
    SearchError, score_at,
};

/// Stretches of the last sound that are looked at, in seconds, as far as the recognition window
/// goes: a short one finds a track that has just begun, a long one hears through noise.
const SPANS_S: [f64; 4] = [2.5, 4.0, 6.0, 10.0];
/// Windows in the shortest stretch that may name a track.
const FEWEST_WINDOWS: usize = 6;
/// Windows from one look to the next: a quarter of a second. A look costs ten times what a window does.
const LOOK_EVERY: usize = 4;
/// Windows that wait are taken together, so that a slow search catches up: half a second.
const WINDOWS_A_LOOK: usize = 8;
/// Seconds of the last sound that tell whether a named track still goes on.
pub(super) const FOLLOW_S: f64 = 5.0;

/// A window of sound.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardWindow {
    /// When it began, and its fingerprint.
    pub query: Query,
    /// Its music logit.
    pub music: f32,
}

/// What the listener sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// A window of sound.
    Window(HeardWindow),
    /// Nothing to hear at this time (seconds).
    Silence(f64),
    /// Another sound begins: what was heard before says nothing of it.
    Restart,
    /// The input has ended.
    End,
}

/// Runs until the listener hangs up; `say` gets the events.
pub(super) fn run(engine: &Engine, heard: &Receiver<Heard>, say: &dyn Fn(LiveEvent)) {
    match (&engine.remote, &engine.own) {
        (Some(remote), Some(own)) => return together::run(engine, remote, own, heard, say),
        (Some(remote), None) => return remote.listen(heard, say),
        (None, _) => {}
    }
    let mut recogniser = Recogniser::new(engine);
    loop {
        match heard.recv_timeout(Duration::from_millis(500)) {
            Ok(first) => {
                let mut last = recogniser.take(first, say);
                for _ in 1..WINDOWS_A_LOOK {
                    if let Ok(more) = heard.try_recv() {
                        last |= recogniser.take(more, say);
                    }
                }
                if (last || recogniser.due())
                    && let Err(error) = recogniser.look(say)
                {
                    tracing::warn!("{error}");
                }
                if last {
                    say(LiveEvent::Ended);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// A window of the last seconds.
struct Recent {
    query: Query,
    /// Its music logit.
    music: f32,
    /// Its nearest fingerprints; `None` while it waits to be searched, because no music is heard.
    hits: Option<Vec<Hit>>,
}

/// The state of one listening: what was heard last, and what it is.
pub struct Recogniser {
    engine: Engine,
    recent: VecDeque<Recent>,
    session: Session,
    /// Windows heard.
    taken: usize,
    /// Of them, those heard at the last look.
    looked_after: usize,
    /// The latest time at which there was nothing to hear, where no sound came after it.
    silent_at: Option<f64>,
    /// When the sound began of which the last windows are.
    began_s: f64,
    /// Whether there is music in the last seconds, or may be.
    music: bool,
}

impl Recogniser {
    /// Nothing was heard yet.
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            recent: VecDeque::new(),
            session: Session::new(),
            taken: 0,
            looked_after: 0,
            silent_at: None,
            began_s: 0.0,
            music: true,
        }
    }

    /// Takes in what was heard; tells whether it was the end.
    pub fn take(&mut self, heard: Heard, say: &dyn Fn(LiveEvent)) -> bool {
        match heard {
            Heard::Window(HeardWindow { query, music }) => {
                self.silent_at = None;
                self.taken += 1;
                if self.recent.is_empty() {
                    self.began_s = query.time_s + column_time_s(EDGE_COLUMNS);
                }
                let searched =
                    self.recent.len() < FEW_WINDOWS || self.taken.is_multiple_of(SEARCH_EVERY);
                let hits = (!searched).then(Vec::new);
                let oldest = query.time_s - self.engine.recognition.window_s;
                self.recent.push_back(Recent { query, music, hits });
                while self.recent.front().is_some_and(|recent| recent.query.time_s < oldest) {
                    self.recent.pop_front();
                }
            }
            Heard::Silence(time_s) => {
                self.silent_at = Some(time_s);
                self.recent.clear();
                self.session.silence(time_s);
            }
            Heard::Restart => {
                self.recent.clear();
                self.tell_music(true, say);
                self.session.restart(say);
            }
            Heard::End => return true,
        }
        false
    }

    /// Searches the windows that wait for it: all of the first ones after a silence, then every
    /// [`SEARCH_EVERY`]th.
    fn search(&mut self) -> Result<(), SearchError> {
        let waiting = || self.recent.iter().filter(|recent| recent.hits.is_none());
        let codes: Vec<Code> = waiting().map(|recent| recent.query.code).collect();
        let few = self.recent.len() <= FEW_WINDOWS;
        let among = if few { Among::All } else { Among::EverySecond };
        let found = self.engine.ask(|index| index.nearest(&codes, HITS, among, Effort::Live))?;
        let waiting = self.recent.iter_mut().filter(|recent| recent.hits.is_none());
        for (recent, hits) in waiting.zip(found) {
            recent.hits = Some(hits);
        }
        Ok(())
    }

    /// Whether there is music in the last seconds, as far as was told.
    #[must_use]
    pub fn hears_music(&self) -> bool {
        self.music
    }

    fn tell_music(&mut self, music: bool, say: &dyn Fn(LiveEvent)) {
        if self.music != music {
            self.music = music;
            say(LiveEvent::Music(music));
        }
    }

    /// Whether enough was heard for another look, or nothing is to be heard.
    #[must_use]
    pub fn due(&self) -> bool {
        self.silent_at.is_some() || self.taken >= self.looked_after + LOOK_EVERY
    }

    /// Looks at what was heard last, and says what is new.
    ///
    /// # Errors
    /// The index is in a database that gives no answer: what waits to be searched still waits.
    pub fn look(&mut self, say: &dyn Fn(LiveEvent)) -> Result<(), SearchError> {
        self.looked_after = self.taken;
        let rule = super::rule(&self.engine.recognition);
        if let Some(now_s) = self.silent_at {
            // What was heard before the silence says nothing of now.
            let nothing = Observation::nothing(now_s, rule);
            self.session.observe(nothing, say);
            return Ok(());
        }
        let Some(last) = self.recent.back() else { return Ok(()) };
        let now_s = last.query.time_s + column_time_s(WINDOW_FRAMES);
        let music: Vec<f32> = self.recent.iter().map(|recent| recent.music).collect();
        let gate = self.engine.network.gate();
        let (may_be_music, is_music) = (gate.may_be_music(&music), gate.is_music(&music));
        let mut best = if may_be_music {
            self.search()?;
            self.best_of_spans()?
        } else {
            None
        };
        if let Some((best, _)) = &mut best {
            best.verdict = best.verdict.given(is_music);
        }
        let follows = match self.session.current() {
            Some((key, offset_s)) => self.follows(key, offset_s)?,
            None => false,
        };
        let observation = Observation {
            now_s,
            best: best.map(|(candidate, _)| candidate),
            evidence_s: best.map_or(0.0, |(_, evidence_s)| evidence_s),
            follows,
            rule,
        };
        self.session.observe(observation, say);
        let named = self.session.current().is_some();
        let music = may_be_music && (named || is_music);
        self.tell_music(music, say);
        Ok(())
    }

    /// The most certain candidate of all stretches, and how many seconds its stretch has.
    fn best_of_spans(&self) -> Result<Option<(Candidate, f64)>, SearchError> {
        let Some(latest) = self.recent.back().map(|recent| recent.query.time_s) else {
            return Ok(None);
        };
        let mut best: Option<(Candidate, f64)> = None;
        let mut counted = 0;
        for span_s in SPANS_S {
            let from = self.recent.partition_point(|recent| recent.query.time_s < latest - span_s);
            let (queries, hits): (Vec<Query>, Vec<&[Hit]>) = self
                .recent
                .range(from..)
                .map(|recent| (recent.query.clone(), recent.hits.as_deref().unwrap_or_default()))
                .unzip();
            if queries.len() < FEWEST_WINDOWS || queries.len() == counted {
                continue;
            }
            counted = queries.len();
            let first_s = queries.first().map_or(latest, |query| query.time_s);
            let heard_s = latest - first_s.max(self.began_s) + column_time_s(WINDOW_FRAMES);
            let found = self.engine.ask(|index| {
                index.identify_hits(&queries, &hits, heard_s, &self.engine.decision, Effort::Live)
            })?;
            if let Some(found) = found.first()
                && best.is_none_or(|(best, _)| found.verdict.confidence > best.verdict.confidence)
            {
                best = Some((found.at_right_speed(latest), heard_s));
            }
        }
        Ok(best)
    }

    /// Whether the last seconds still fit the alignment of the track named last.
    fn follows(&self, key: u32, offset_s: f64) -> Result<bool, SearchError> {
        let latest = self.recent.back().map_or(0.0, |recent| recent.query.time_s);
        let queries: Vec<Query> = self
            .recent
            .iter()
            .map(|recent| &recent.query)
            .filter(|query| query.time_s > latest - FOLLOW_S)
            .cloned()
            .collect();
        let place = Place::at(offset_s);
        let score = self.engine.ask(|index| score_at(index, &queries, key, place))?;
        Ok(self.engine.decision.follows(score))
    }
}
