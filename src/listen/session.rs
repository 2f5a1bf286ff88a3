//! What is playing, over time: named once when it starts, followed while it goes on, lost when it
//! ends, named again when it is really played again.

use super::event::{LiveEvent, Named};
use crate::index::{Candidate, Rule};
use crate::store::records::TrackId;

/// Two alignments closer than this are the same playing.
const SAME_PLAYING_S: f64 = 1.5;
/// The same answer in so many looks in a row is needed before it is given.
const AGREEING_LOOKS: u32 = 2;
/// Seconds without a trace after which a track is over.
const LOST_AFTER_S: f64 = 6.0;
/// A track heard again at the alignment it would have had is still the same playing this long
/// after it was lost: a quiet passage, a door closed.
const SAME_PLAYING_FOR_S: f64 = 90.0;
/// A guess is worth showing from this confidence.
const GUESS: f64 = 0.2;

/// What a look at the last seconds gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    /// Time of the live sound, seconds.
    pub now_s: f64,
    /// The most certain candidate; its offset is that of time 0.
    pub best: Option<Candidate>,
    /// Seconds of sound that speak for it.
    pub evidence_s: f64,
    /// The last seconds still fit the alignment of the current track.
    pub follows: bool,
    /// When a track is named.
    pub rule: Rule,
}

impl Observation {
    /// Nothing was to be heard.
    pub fn nothing(now_s: f64, rule: Rule) -> Self {
        Self { now_s, best: None, evidence_s: 0.0, follows: false, rule }
    }
}

#[derive(Debug, Clone, Copy)]
struct Playing {
    key: u32,
    offset_s: f64,
    confidence: f64,
    last_seen_s: f64,
}

/// The state of one listening.
#[derive(Debug, Default)]
pub(super) struct Session {
    playing: Option<Playing>,
    before: Option<Playing>,
    agreeing: Option<(Candidate, u32)>,
    quiet_until_s: f64,
    guessed: Option<u32>,
}

impl Session {
    pub fn new() -> Self {
        Self::default()
    }

    /// The track that plays and its alignment.
    pub fn current(&self) -> Option<(u32, f64)> {
        self.playing.map(|playing| (playing.key, playing.offset_s))
    }

    /// Nothing was to be heard until now: the next sound needs to be certain on its own.
    pub fn silence(&mut self, now_s: f64) {
        self.quiet_until_s = now_s;
        self.agreeing = None;
    }

    /// Another sound begins.
    pub fn restart(&mut self, say: &dyn Fn(LiveEvent)) {
        if self.playing.is_some() {
            say(LiveEvent::Lost);
        }
        *self = Self { quiet_until_s: self.quiet_until_s, ..Self::default() };
    }

    pub fn observe(&mut self, seen: Observation, say: &dyn Fn(LiveEvent)) {
        let certain = self.agreed(seen);
        if let Some(playing) = &mut self.playing {
            let same = |c: &Candidate| {
                c.key == playing.key && (c.offset_s - playing.offset_s).abs() < SAME_PLAYING_S
            };
            let confirmed = seen.best.filter(|best| same(best) && seen.rule.names(best.verdict));
            if let Some(best) = confirmed {
                // Playback may run a little fast or slow: the alignment follows.
                playing.offset_s = best.offset_s;
                playing.confidence = best.verdict.confidence;
            }
            if confirmed.is_some() || seen.follows {
                playing.last_seen_s = seen.now_s;
                say(position(playing, seen.now_s));
                return;
            }
            if seen.now_s - playing.last_seen_s > LOST_AFTER_S && certain.is_none() {
                self.before = self.playing.take();
                say(LiveEvent::Lost);
                return;
            }
        }
        match certain {
            Some(candidate) => self.begin(candidate, seen, say),
            None => self.guess(seen, say),
        }
    }

    /// The candidate, once it was certain in enough looks in a row.
    fn agreed(&mut self, seen: Observation) -> Option<Candidate> {
        let Some(best) = seen.best.filter(|best| seen.rule.names(best.verdict)) else {
            self.agreeing = None;
            return None;
        };
        let looks = match self.agreeing {
            Some((held, looks))
                if held.key == best.key
                    && (held.offset_s - best.offset_s).abs() < SAME_PLAYING_S =>
            {
                looks + 1
            }
            _ => 1,
        };
        self.agreeing = Some((best, looks));
        (looks >= AGREEING_LOOKS).then_some(best)
    }

    fn begin(&mut self, candidate: Candidate, seen: Observation, say: &dyn Fn(LiveEvent)) {
        let playing = Playing {
            key: candidate.key,
            offset_s: candidate.offset_s,
            confidence: candidate.verdict.confidence,
            last_seen_s: seen.now_s,
        };
        let goes_on = [self.playing, self.before].into_iter().flatten().any(|held| {
            held.key == playing.key
                && (held.offset_s - playing.offset_s).abs() < SAME_PLAYING_S
                && seen.now_s - held.last_seen_s < SAME_PLAYING_FOR_S
        });
        self.before = self.playing.replace(playing).or(self.before);
        self.guessed = None;
        if goes_on {
            say(position(&playing, seen.now_s));
        } else {
            say(LiveEvent::Named(Named {
                track_id: TrackId(playing.key),
                position_s: (seen.now_s + playing.offset_s).max(0.0),
                confidence: playing.confidence,
                heard_s: (seen.now_s - self.quiet_until_s).min(seen.evidence_s),
            }));
        }
    }

    fn guess(&mut self, seen: Observation, say: &dyn Fn(LiveEvent)) {
        let guess =
            seen.best.filter(|best| best.verdict.confidence >= GUESS && self.playing.is_none());
        if let Some(best) = guess
            && self.guessed != Some(best.key)
        {
            say(LiveEvent::Guess {
                track_id: TrackId(best.key),
                confidence: best.verdict.confidence,
            });
        }
        self.guessed = guess.map(|best| best.key);
    }
}

fn position(playing: &Playing, now_s: f64) -> LiveEvent {
    LiveEvent::Position {
        track_id: TrackId(playing.key),
        position_s: (now_s + playing.offset_s).max(0.0),
        confidence: playing.confidence,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::index::Verdict;

    const SURE: Verdict = Verdict { confidence: 0.98, certainty: 0.9999 };
    const RULE: Rule = Rule { false_names: 0.001, least_confidence: 0.0 };

    /// Looks at a live sound four times a second: what plays from when, and where it starts.
    fn names(until_s: f64, playing: impl Fn(f64) -> Option<(u32, f64)>) -> Vec<(u32, f64, f64)> {
        let mut session = Session::new();
        let named = RefCell::new(Vec::new());
        let mut now_s = 0.0;
        while now_s < until_s {
            let truth = playing(now_s);
            let candidate = |(key, offset_s)| Candidate {
                key,
                offset_s,
                speed: 1.0,
                score: 0.9,
                beside: 0.3,
                verdict: SURE,
            };
            let follows = session.current().is_some_and(|current| Some(current) == truth);
            let seen = Observation {
                now_s,
                best: truth.map(candidate),
                evidence_s: 5.0,
                follows,
                rule: RULE,
            };
            session.observe(seen, &|event| {
                if let LiveEvent::Named(n) = event {
                    named.borrow_mut().push((n.track_id.0, now_s, n.heard_s));
                }
            });
            now_s += 0.25;
        }
        named.into_inner()
    }

    #[test]
    fn a_track_that_goes_on_is_named_once() {
        assert_eq!(names(120.0, |_| Some((7, 10.0))).len(), 1);
    }

    #[test]
    fn a_gap_is_the_same_playing_but_a_replay_is_not() {
        let gap = names(60.0, |t| (!(20.0..32.0).contains(&t)).then_some((7, 10.0)));
        assert_eq!(gap.len(), 1);
        let replay = names(60.0, |t| Some(if t < 30.0 { (7, 0.0) } else { (7, -30.0) }));
        assert_eq!(replay.len(), 2, "{replay:?}");
    }

    #[test]
    fn a_short_mistake_does_not_start_a_track_anew() {
        let between =
            names(60.0, |t| Some(if (20.0..22.0).contains(&t) { (2, 9.0) } else { (1, 0.0) }));
        assert_eq!(between.iter().map(|n| n.0).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn silence_ends_a_track_after_some_seconds() {
        let lost = RefCell::new(Vec::new());
        let mut session = Session::new();
        for step in 0..80 {
            let now_s = f64::from(step) * 0.25;
            let candidate = Candidate {
                key: 1,
                offset_s: 0.0,
                speed: 1.0,
                score: 0.9,
                beside: 0.3,
                verdict: SURE,
            };
            let heard = now_s < 10.0;
            let seen = Observation {
                now_s,
                best: heard.then_some(candidate),
                evidence_s: 4.0,
                follows: heard,
                rule: RULE,
            };
            session.observe(seen, &|event| {
                if event == LiveEvent::Lost {
                    lost.borrow_mut().push(now_s);
                }
            });
        }
        assert_eq!(lost.into_inner(), [16.0]);
    }

    #[test]
    fn the_next_track_is_named_by_the_sound_that_speaks_for_it() {
        let two = names(60.0, |t| {
            if t < 30.0 {
                Some((1, 0.0))
            } else if t < 33.0 {
                None
            } else {
                Some((2, -33.0))
            }
        });
        assert_eq!(two.iter().map(|n| n.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(two[1].2, 5.0, "as many seconds as the stretch has, however long it listened");
    }

    #[test]
    fn one_lucky_look_names_nothing() {
        assert!(names(20.0, |t| (t == 5.0).then_some((3, 1.0))).is_empty());
    }
}
