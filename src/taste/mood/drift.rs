//! The drift of a session: who skips tense music for a while wants less tense music, for now.

use jiff::{SignedDuration, Timestamp};

use crate::store::records::{Event, EventKind, Mood, TrackId};

/// A longer break begins another session.
const BREAK: SignedDuration = SignedDuration::from_mins(30);
/// How far one skip at the very start pushes a mood that lies one away.
const STEP: f64 = 0.15;
/// Drift goes no further than half the way from the middle of the plane to its edge.
const FURTHEST: f64 = 0.5;

/// How far a session has drifted on the plane, each [valence, energy].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Drift {
    /// Drawn by what was enjoyed.
    pub drawn: [f64; 2],
    /// Pushed by what was skipped.
    pub pushed: [f64; 2],
}

impl Drift {
    /// Both together.
    #[must_use]
    pub fn total(&self) -> [f64; 2] {
        [0, 1].map(|axis| self.drawn[axis] + self.pushed[axis])
    }

    fn scaled(&self, by: f64) -> Self {
        Self { drawn: self.drawn.map(|axis| axis * by), pushed: self.pushed.map(|axis| axis * by) }
    }
}

/// How far the session that is under way at `now` has drifted. Each skip pushes away from the mood of the track
/// skipped, the earlier the further; each play to the end, like or good rating draws toward it. What is judged
/// is where the track lies from `place`, the mood asked for, or from the middle of the plane.
#[must_use]
pub fn drift(
    events: &[Event],
    mood_of: &dyn Fn(TrackId) -> Option<Mood>,
    place: Option<Mood>,
    now: Timestamp,
) -> Drift {
    let from = place.unwrap_or(Mood { valence: 0.0, energy: 0.0 });
    let mut drift = Drift::default();
    for event in session(events, now) {
        let Some(mood) = mood_of(event.track_id) else { continue };
        let toward = STEP * welcome(&event.what);
        let side = if toward < 0.0 { &mut drift.pushed } else { &mut drift.drawn };
        side[0] += toward * f64::from(mood.valence - from.valence);
        side[1] += toward * f64::from(mood.energy - from.energy);
    }
    let [valence, energy] = drift.total();
    let length = valence.hypot(energy);
    if !length.is_finite() {
        return Drift::default();
    }
    if length > FURTHEST { drift.scaled(FURTHEST / length) } else { drift }
}

/// How welcome a track was, -1 to 1.
fn welcome(what: &EventKind) -> f64 {
    match what {
        EventKind::Skip { share } => -1.0 + 0.7 * share.unwrap_or(0.0).clamp(0.0, 1.0),
        EventKind::Ban => -1.0,
        EventKind::Like => 0.5,
        EventKind::Play { share } if *share >= crate::taste::FINISHED => 0.3,
        EventKind::Rate { stars } => 0.25 * (f64::from(*stars) - 3.0),
        _ => 0.0,
    }
}

/// The last events, back to the first break; in whatever order the clocks of several machines put them.
fn session(events: &[Event], now: Timestamp) -> impl Iterator<Item = &Event> {
    let mut times: Vec<Timestamp> = events.iter().map(|event| event.at).collect();
    times.sort_unstable();
    let mut start = now;
    for at in times.into_iter().rev() {
        if start.duration_since(at) > BREAK {
            break;
        }
        start = start.min(at);
    }
    let mut session: Vec<&Event> = events.iter().filter(|event| event.at >= start).collect();
    session.sort_by_key(|event| event.seq);
    session.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn log(rows: &[(u32, i64, EventKind)]) -> Vec<Event> {
        rows.iter()
            .zip(1..)
            .map(|((id, minutes, what), seq)| Event {
                seq,
                nonce: u128::from(seq),
                at: now() - SignedDuration::from_mins(*minutes),
                track_id: TrackId(*id),
                title: String::new(),
                artist: String::new(),
                what: what.clone(),
            })
            .collect()
    }

    /// 1 is tense, 2 calm, 3 not known.
    fn mood_of(id: TrackId) -> Option<Mood> {
        match id.0 {
            1 => Some(Mood { valence: -0.6, energy: 0.5 }),
            2 => Some(Mood { valence: 0.4, energy: -0.6 }),
            _ => None,
        }
    }

    fn drifted(rows: &[(u32, i64, EventKind)]) -> [f64; 2] {
        drift(&log(rows), &mood_of, None, now()).total()
    }

    const SKIP: EventKind = EventKind::Skip { share: None };

    #[test]
    fn skips_push_away_and_finishes_draw() {
        let once = drifted(&[(1, 1, SKIP)]);
        assert!((once[0] - 0.09).abs() < 1e-6 && (once[1] + 0.075).abs() < 1e-6, "{once:?}");
        let late = drifted(&[(1, 1, EventKind::Skip { share: Some(1.0) })]);
        assert!(late[0] > 0.0 && late[0] < once[0] / 2.0);
        let played = drifted(&[(2, 1, EventKind::Play { share: 1.0 })]);
        assert!(played[0] > 0.0 && played[1] < 0.0);
        assert_eq!(drifted(&[(3, 1, SKIP), (1, 1, EventKind::Save)]), [0.0; 2]);
    }

    #[test]
    fn what_drew_and_what_pushed_are_told_apart() {
        let rows = [(1, 2, SKIP), (2, 1, EventKind::Like)];
        let both = drift(&log(&rows), &mood_of, None, now());
        let alone = |row: usize| drift(&log(&rows[row..=row]), &mood_of, None, now());
        assert_eq!((both.pushed, both.drawn), (alone(0).pushed, alone(1).drawn));
        assert_eq!((alone(0).drawn, alone(1).pushed), ([0.0; 2], [0.0; 2]));
    }

    #[test]
    fn it_goes_only_so_far() {
        let often: Vec<_> = (0..50).map(|i| (1, i, SKIP)).collect();
        let far = drifted(&often);
        assert!((far[0].hypot(far[1]) - FURTHEST).abs() < 1e-9);
        assert!(far[0] > 0.0 && far[1] < 0.0);
    }

    #[test]
    fn a_break_ends_the_session() {
        assert_eq!(drifted(&[(1, 31, SKIP)]), [0.0; 2]);
        let chained = drifted(&[(1, 50, SKIP), (3, 25, EventKind::Like)]);
        assert!(chained[0] > 0.0, "25 minutes and 25 minutes: one session");
        let parted = drifted(&[(1, 60, SKIP), (3, 25, EventKind::Like)]);
        assert_eq!(parted, [0.0; 2]);
    }

    #[test]
    fn at_the_place_asked_for_nothing_pushes() {
        let tense = mood_of(TrackId(1));
        assert_eq!(drift(&log(&[(1, 1, SKIP)]), &mood_of, tense, now()), Drift::default());
    }
}
