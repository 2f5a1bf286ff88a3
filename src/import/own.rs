//! The user's own plays as events of the log.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::played::{Played, Reaction};
use super::songs::{Songs, key};
use crate::store::records::{EventKind, Track, TrackId};
use crate::store::{Store, StoreError};

/// Share of a track that counts as heard where that is not told. Programs keep a play from half of a track on:
/// the middle of what that leaves, and less than a play to the end.
const USUAL_SHARE: f64 = 0.75;
/// Plays of one line that are taken over: with the default half-life all before would weigh less than a
/// hundredth.
const MOST_TIMES: u32 = 200;
/// From one play of such a line to the one before: never so near that it was played again at once.
const APART: SignedDuration = SignedDuration::from_hours(24);

/// An event to be recorded.
#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    nonce: u128,
    at: Timestamp,
    track_id: TrackId,
    what: EventKind,
}

/// A song that is not in the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// As the other program writes it.
    pub artist: String,
    /// As the other program writes it.
    pub title: String,
    /// How often it was played.
    pub plays: u64,
}

/// The user's own plays, held against library and log: what is new, what was there, what is missing.
#[derive(Debug, Clone, Default)]
pub struct Own {
    wanted: Vec<Wanted>,
    report: Imported,
}

/// What importing came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Plays, skips and likes in the files, after copies of one another were left out.
    pub found: u64,
    /// New in the log.
    pub recorded: u64,
    /// In the log since an earlier import.
    pub known: u64,
    /// Not recorded since only the last few hundred of many plays in one line are.
    pub left_out: u64,
    /// Tracks of the library that they are of.
    pub tracks: u64,
    /// Songs that are not in the library, the most played first.
    pub missing: Vec<Missing>,
}

impl Own {
    /// Holds plays against the library and the log, without recording anything. Plays of which no time is told
    /// count as of the day before `now`: of what was heard just now one would be tired.
    ///
    /// # Errors
    /// The store fails.
    pub fn new(store: &Store, plays: &[Played], now: Timestamp) -> Result<Self, StoreError> {
        let tracks = store.tracks()?;
        let nonces = store.events(0)?.into_iter().map(|event| event.nonce).collect();
        Ok(Self::held_against(&tracks, nonces, plays, now))
    }

    fn held_against(
        tracks: &[Track],
        mut nonces: HashSet<u128>,
        plays: &[Played],
        now: Timestamp,
    ) -> Self {
        let songs = Songs::of(tracks);
        let lengths: BTreeMap<TrackId, f64> = tracks.iter().map(|t| (t.id, t.duration_s)).collect();
        let (mut own, mut seen, mut matched) = (Self::default(), HashSet::new(), HashSet::new());
        let mut missing: BTreeMap<String, Missing> = BTreeMap::new();
        for play in plays {
            // A file may be given twice, and an export may overlap another.
            if !seen.insert(nonce(play, 0)) {
                continue;
            }
            let times = u64::from(play.times);
            own.report.found += times;
            let Some(id) = songs.find(&play.artist, &play.title, &play.album) else {
                let new =
                    || Missing { artist: play.artist.clone(), title: play.title.clone(), plays: 0 };
                missing.entry(key(&play.artist, &play.title)).or_insert_with(new).plays += times;
                continue;
            };
            matched.insert(id);
            let kept = play.times.min(MOST_TIMES);
            own.report.left_out += u64::from(play.times - kept);
            let what = kind(play, lengths.get(&id).copied());
            let last = play.at.unwrap_or(now - APART);
            for number in 0..kept {
                let nonce = nonce(play, number);
                if !nonces.insert(nonce) {
                    own.report.known += 1;
                    continue;
                }
                let at = last - APART * number as i32;
                own.wanted.push(Wanted { nonce, at, track_id: id, what: what.clone() });
            }
        }
        own.wanted.sort_by_key(|wanted| (wanted.at, wanted.nonce));
        own.report.tracks = matched.len() as u64;
        own.report.missing = missing.into_values().collect();
        own.report.missing.sort_by(|a, b| {
            b.plays.cmp(&a.plays).then_with(|| (&a.artist, &a.title).cmp(&(&b.artist, &b.title)))
        });
        own
    }

    /// Events that are new.
    #[must_use]
    pub fn new_events(&self) -> usize {
        self.wanted.len()
    }

    /// What it would come to, with nothing recorded.
    #[must_use]
    pub fn report(&self) -> &Imported {
        &self.report
    }
}

/// Records what is new, the oldest first; each is on the disk before the next. Stopped at any moment it goes on
/// from there when it is called again. `step` is told after each and says whether to go on.
///
/// # Errors
/// The store fails.
pub fn import(
    store: &Store,
    own: Own,
    step: &mut dyn FnMut() -> bool,
) -> Result<Imported, StoreError> {
    let Own { wanted, mut report } = own;
    for Wanted { nonce, at, track_id, what } in wanted {
        match store.record_past(nonce, at, track_id, what) {
            Ok(_) => report.recorded += 1,
            // Taken out of the library meanwhile.
            Err(StoreError::UnknownTrack(_)) => {}
            Err(error) => return Err(error),
        }
        if !step() {
            break;
        }
    }
    Ok(report)
}

fn kind(play: &Played, duration_s: Option<f64>) -> EventKind {
    let heard = play.heard_s.zip(duration_s).filter(|(_, duration)| *duration > 0.0);
    let share = heard.map(|(heard, duration)| (heard / duration).clamp(0.0, 1.0));
    match play.what {
        Reaction::Play => EventKind::Play { share: share.unwrap_or(USUAL_SHARE) },
        Reaction::Skip => EventKind::Skip { share },
        Reaction::Like => EventKind::Like,
    }
}

/// What tells a play, whichever program kept it: song, time, and which of several it is.
fn nonce(play: &Played, number: u32) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"echovibe import\n");
    hasher.update(key(&play.artist, &play.title).as_bytes());
    let at = play.at.map(Timestamp::as_second);
    hasher.update(format!("\n{at:?}\n{:?}\n{number}", play.what).as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::tests::{now, track};

    fn at(seconds: i64) -> Option<Timestamp> {
        Timestamp::from_second(1_700_000_000 + seconds).ok()
    }

    fn tracks() -> Vec<Track> {
        vec![track(1, "Ann", "Sea", vec![]), track(2, "Bob", "Road", vec![])]
    }

    fn held(plays: &[Played], nonces: HashSet<u128>) -> Own {
        Own::held_against(&tracks(), nonces, plays, now())
    }

    #[test]
    fn plays_become_events_once() {
        let sea = Played { at: at(0), ..Played::of("ann", "sea") };
        let late = Played { at: at(500), heard_s: Some(1.0), what: Reaction::Skip, ..sea.clone() };
        let gone = Played { times: 3, ..Played::of("Nobody", "Nothing") };
        let other = Played { times: 2, ..Played::of("Nobody", "Else") };
        let plays = [late, sea.clone(), sea.clone(), gone, other];
        let own = held(&plays, HashSet::new());
        let report = own.report();
        assert_eq!((report.found, report.known, report.tracks, own.new_events()), (7, 0, 1, 2));
        let missing: Vec<(&str, u64)> =
            report.missing.iter().map(|m| (m.title.as_str(), m.plays)).collect();
        assert_eq!(missing, [("Nothing", 3), ("Else", 2)]);
        assert_eq!(own.wanted[0].what, EventKind::Play { share: USUAL_SHARE });
        let EventKind::Skip { share: Some(share) } = own.wanted[1].what else { panic!("{own:?}") };
        assert!((share - 1.0 / 67.0).abs() < 1e-9, "of 67 s: {share}");
        let nonces = own.wanted.iter().map(|wanted| wanted.nonce).collect();
        let again = held(&plays, nonces);
        assert_eq!((again.new_events(), again.report().known), (0, 2));
        let elsewhere = Played { artist: "ANN".into(), title: "Sea!".into(), ..sea };
        assert_eq!(nonce(&elsewhere, 0), nonce(&plays[1], 0), "whichever program kept it");
    }

    #[test]
    fn a_count_is_laid_out_a_day_apart() {
        let counted = Played { times: 3, at: at(0), ..Played::of("Bob", "Road") };
        let own = held(std::slice::from_ref(&counted), HashSet::new());
        let days: Vec<i64> = own
            .wanted
            .iter()
            .map(|wanted| at(0).unwrap().duration_since(wanted.at).as_hours() / 24)
            .collect();
        assert_eq!(days, [2, 1, 0]);
        let grown = Played { times: 1000, at: None, ..counted };
        let own = held(&[grown], HashSet::new());
        assert_eq!((own.new_events(), own.report().left_out), (200, 800));
        assert_eq!(own.wanted[199].at, now() - APART, "without a time: yesterday");
    }
}
