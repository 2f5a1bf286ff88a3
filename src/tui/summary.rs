//! What the log says of its user: sums, weeks, and what is enjoyed.

use std::collections::HashMap;

use jiff::Timestamp;

use super::shelf::{Log, Shelf};
use crate::map::style_name;
use crate::store::records::{EventKind, Mood, TrackId};

/// Weeks looked back.
pub const WEEKS: usize = 104;
/// Seconds of a week.
const WEEK_S: i64 = 7 * 24 * 3600;
/// Rows of each ranking.
const RANKED: usize = 100;

/// What the log says of its user.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Tracks heard in the room.
    pub heard: usize,
    /// Plays here.
    pub played: usize,
    /// Tracks liked now.
    pub liked: usize,
    /// Skips.
    pub skipped: usize,
    /// For each week, the newest last: likes, stars and what was kept; and skips.
    pub weeks: Vec<[u32; 2]>,
    /// Enjoyed tracks, the most enjoyed first, with how much (0 to 1).
    pub enjoyed: Vec<(TrackId, f64)>,
    /// Artists by how much of theirs is enjoyed.
    pub artists: Vec<(String, f64)>,
    /// Styles by how much of theirs is enjoyed.
    pub styles: Vec<(String, f64)>,
    /// The mean mood of what is enjoyed.
    pub mood: Option<Mood>,
    /// How much the taste is to be trusted, 0 to 1.
    pub certainty: f64,
}

impl Summary {
    /// Of the log, as of `now`.
    #[must_use]
    pub fn of(log: &Log, shelf: &Shelf, now: Timestamp) -> Self {
        let mut sum =
            Self { weeks: vec![[0; 2]; WEEKS], certainty: log.taste.certainty, ..Self::default() };
        let mut tracks: HashMap<TrackId, ()> = HashMap::new();
        for event in &log.events {
            tracks.insert(event.track_id, ());
            let side = match event.what {
                EventKind::Heard { .. } => {
                    sum.heard += 1;
                    continue;
                }
                EventKind::Play { .. } => {
                    sum.played += 1;
                    continue;
                }
                EventKind::Skip { .. } => {
                    sum.skipped += 1;
                    1
                }
                EventKind::Ban => 1,
                EventKind::Rate { stars } if stars < 3 => 1,
                EventKind::Unlike | EventKind::Unsave | EventKind::Unban => continue,
                EventKind::Like | EventKind::Save | EventKind::Rate { .. } => 0,
            };
            let ago = now.duration_since(event.at).as_secs().max(0) / WEEK_S;
            if let Some(week) = WEEKS.checked_sub(ago as usize + 1) {
                sum.weeks[week][side] += 1;
            }
        }
        sum.liked = tracks.keys().filter(|id| log.taste.liked(**id)).count();
        sum.enjoyed = tracks
            .into_keys()
            .map(|id| (id, log.taste.feedback(id)))
            .filter(|(_, feedback)| *feedback > 0.0)
            .collect();
        sum.enjoyed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        sum.rank(shelf);
        sum.enjoyed.truncate(RANKED);
        sum
    }

    fn rank(&mut self, shelf: &Shelf) {
        let mut artists: HashMap<&str, f64> = HashMap::new();
        let mut styles: HashMap<&str, f64> = HashMap::new();
        let (mut mood, mut weight) = ([0.0; 2], 0.0);
        for (track, feedback) in
            self.enjoyed.iter().filter_map(|(id, feedback)| Some((shelf.get(*id)?, *feedback)))
        {
            *artists.entry(&track.artist).or_default() += feedback;
            *styles.entry(style_name(track)).or_default() += feedback;
            if let Some(own) = track.mood {
                mood[0] += feedback * f64::from(own.valence);
                mood[1] += feedback * f64::from(own.energy);
                weight += feedback;
            }
        }
        self.artists = ranking(artists);
        self.styles = ranking(styles);
        let mean = |axis: usize| (mood[axis] / weight) as f32;
        self.mood = (weight > 0.0).then(|| Mood { valence: mean(0), energy: mean(1) });
    }
}

fn ranking(sums: HashMap<&str, f64>) -> Vec<(String, f64)> {
    let mut rows: Vec<(String, f64)> = sums
        .into_iter()
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, sum)| (name.to_owned(), sum))
        .collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    rows.truncate(RANKED);
    rows
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::tests::{library, taste};
    use super::*;
    use crate::store::records::Event;

    #[test]
    fn weeks_and_rankings_follow_the_log() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let event = |seq, id, days: i64, what| Event {
            seq,
            nonce: 1,
            at: now - SignedDuration::from_hours(24 * days),
            track_id: TrackId(id),
            title: String::new(),
            artist: String::new(),
            what,
        };
        let events = vec![
            event(1, 1, 3000, EventKind::Skip { share: None }),
            event(2, 1, 8, EventKind::Like),
            event(3, 2, 1, EventKind::Skip { share: None }),
            event(4, 3, 0, EventKind::Save),
            event(5, 3, 0, EventKind::Play { share: 1.0 }),
        ];
        let mut tracks = library();
        tracks[0].mood = Some(Mood { valence: 0.5, energy: -0.5 });
        let shelf = Shelf::new(tracks);
        let log = Log { taste: taste(&events, now), events };
        let sum = Summary::of(&log, &shelf, now);
        assert_eq!((sum.played, sum.skipped, sum.liked), (1, 2, 1));
        assert_eq!(sum.weeks[WEEKS - 1], [1, 1]);
        assert_eq!(sum.weeks[WEEKS - 2], [1, 0]);
        assert_eq!(sum.weeks.iter().flatten().sum::<u32>(), 3, "what is older has no week");
        let enjoyed: Vec<u32> = sum.enjoyed.iter().map(|(id, _)| id.0).collect();
        assert_eq!(enjoyed.len(), 2);
        assert!(enjoyed.contains(&1) && enjoyed.contains(&3));
        assert_eq!(sum.mood, Some(Mood { valence: 0.5, energy: -0.5 }));
        assert_eq!(sum.artists.len(), 2);
    }
}
