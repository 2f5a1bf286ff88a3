//! Finding and sorting tracks and events, away from the drawing thread.

use std::cmp::Ordering;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::shelf::{Log, Shelf};
use crate::store::records::{Event, EventKind, Track};

/// By what the library is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By artist, album and path, as on a shelf.
    Artist,
    /// By title.
    Title,
    /// By album.
    Album,
    /// By length.
    Length,
    /// By beats a minute.
    Tempo,
    /// By how often it was played here.
    Plays,
    /// By when it came in.
    Added,
}

impl Order {
    /// In the order of the key that goes through them.
    pub const ALL: [Self; 7] = [
        Self::Artist,
        Self::Title,
        Self::Album,
        Self::Length,
        Self::Tempo,
        Self::Plays,
        Self::Added,
    ];

    /// As typed in the palette and shown over the column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Title => "title",
            Self::Album => "album",
            Self::Length => "length",
            Self::Tempo => "tempo",
            Self::Plays => "plays",
            Self::Added => "added",
        }
    }

    /// The next in [`Order::ALL`], round the end.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// Is the largest or newest wanted first?
    #[must_use]
    pub fn starts_high(self) -> bool {
        matches!(self, Self::Plays | Self::Added)
    }
}

/// Which events the history shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// All of them.
    All,
    /// What was heard in the room.
    Heard,
    /// What was played here.
    Played,
    /// Likes, skips, stars and what was kept for later.
    Said,
}

impl Kinds {
    /// In the order of the key that goes through them.
    pub const ALL: [Self; 4] = [Self::All, Self::Heard, Self::Played, Self::Said];

    /// In the heading.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "everything",
            Self::Heard => "heard",
            Self::Played => "played",
            Self::Said => "said",
        }
    }

    /// The next in [`Kinds::ALL`], round the end.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    fn has(self, what: &EventKind) -> bool {
        let kind = match what {
            EventKind::Heard { .. } => Self::Heard,
            EventKind::Play { .. } => Self::Played,
            _ => Self::Said,
        };
        self == Self::All || self == kind
    }
}

/// Places in the shelf, in the order wanted: all tracks where `query` is empty, else those that match, the
/// best first among equals of nothing but the match.
#[must_use]
pub fn tracks(shelf: &Shelf, log: &Log, query: &str, order: Order, reversed: bool) -> Vec<u32> {
    let text = |track: &Track, out: &mut String| {
        out.extend([&track.artist, " ", &track.title, " ", &track.album].map(|s: &str| s));
    };
    if !query.trim().is_empty() {
        return matching(shelf.tracks().iter(), query, text);
    }
    let all = shelf.tracks();
    let mut rows: Vec<u32> = (0..all.len() as u32).collect();
    let backwards = order.starts_high() != reversed;
    let turn = |o: Ordering| if backwards { o.reverse() } else { o };
    let track = |row: &u32| &all[*row as usize];
    match order {
        Order::Artist => rows.sort_by_cached_key(|r| {
            let t = track(r);
            // What has no artist stands behind what has one.
            (t.artist.is_empty(), fold(&t.artist), fold(&t.album), t.path.clone())
        }),
        Order::Title => rows.sort_by_cached_key(|r| fold(&track(r).title)),
        Order::Album => rows.sort_by_cached_key(|r| {
            let t = track(r);
            (t.album.is_empty(), fold(&t.album), t.path.clone())
        }),
        Order::Length => {
            rows.sort_by(|a, b| turn(track(a).duration_s.total_cmp(&track(b).duration_s)));
        }
        Order::Tempo => rows.sort_by(|a, b| by_tempo(track(a), track(b), turn)),
        Order::Plays => rows.sort_by_cached_key(|r| log.taste.plays(track(r).id)),
        Order::Added => rows.sort_by_key(|r| track(r).added_at),
    }
    let sorted_by_key = !matches!(order, Order::Length | Order::Tempo);
    if sorted_by_key && backwards {
        rows.reverse();
    }
    rows
}

/// Beats a minute of a track, where a steady beat was found.
#[must_use]
pub fn tempo(track: &Track) -> Option<f32> {
    track.features.as_ref()?.tempo_bpm
}

fn by_tempo(a: &Track, b: &Track, turn: impl Fn(Ordering) -> Ordering) -> Ordering {
    match (tempo(a), tempo(b)) {
        (Some(a), Some(b)) => turn(a.total_cmp(&b)),
        // What has none stands last either way.
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// Places in the log, newest first: those of a kind whose title or artist has all the words.
#[must_use]
pub fn events(log: &Log, query: &str, kinds: Kinds) -> Vec<u32> {
    let words: Vec<String> = query.split_whitespace().map(fold).collect();
    let wanted = |event: &Event| {
        kinds.has(&event.what)
            && (words.is_empty() || {
                let text = fold(&format!("{} {}", event.artist, event.title));
                words.iter().all(|word| text.contains(word.as_str()))
            })
    };
    (0..log.events.len()).rev().filter(|i| wanted(&log.events[*i])).map(|i| i as u32).collect()
}

/// Places of the items that match `query` fuzzily, the best first, equals in their order.
pub fn matching<T>(
    items: impl Iterator<Item = T>,
    query: &str,
    text: impl Fn(T, &mut String),
) -> Vec<u32> {
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let (mut line, mut letters) = (String::new(), Vec::new());
    let mut found: Vec<(u32, u32)> = Vec::new();
    for (row, item) in items.enumerate() {
        line.clear();
        text(item, &mut line);
        if let Some(score) = pattern.score(Utf32Str::new(&line, &mut letters), &mut matcher) {
            found.push((score, row as u32));
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    found.into_iter().map(|(_, row)| row).collect()
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::tests::library;
    use super::*;

    fn found(query: &str, order: Order, reversed: bool) -> Vec<String> {
        let shelf = Shelf::new(library());
        let rows = tracks(&shelf, &Log::default(), query, order, reversed);
        rows.iter().map(|r| shelf.tracks()[*r as usize].title.clone()).collect()
    }

    #[test]
    fn a_few_letters_find_a_track_the_best_first() {
        assert_eq!(found("blink", Order::Title, false)[0], "Blink");
        assert_eq!(
            found("reich 18", Order::Title, false)[0],
            "Music for 18 Musicians: Section IIIA"
        );
        assert_eq!(found("東京", Order::Title, false).len(), 1);
        assert!(found("zzzz", Order::Title, false).is_empty());
        assert_eq!(found("  ", Order::Title, false).len(), library().len());
    }

    #[test]
    fn every_order_holds_both_ways_and_loses_nothing() {
        let length = found("", Order::Length, false);
        assert!(length[0].starts_with("recording") && length[13].starts_with("Music for 18"));
        let artist = found("", Order::Artist, false);
        assert_eq!((artist[0].as_str(), &artist[13][..9]), ("1/1", "recording"));
        for order in Order::ALL {
            let (there, mut back) = (found("", order, false), found("", order, true));
            assert_eq!(there.len(), library().len());
            if matches!(order, Order::Title | Order::Length) {
                back.reverse();
                assert_eq!(there, back, "{order:?}");
            }
        }
    }

    #[test]
    fn tracks_without_a_tempo_stand_last_either_way() {
        let mut all = library();
        let features = |bpm| {
            use crate::store::records::Features;
            Some(Features { tempo_bpm: Some(bpm), ..Features::plain() })
        };
        (all[5].features, all[2].features) = (features(120.0), features(90.0));
        let shelf = Shelf::new(all);
        let first = |reversed| {
            let rows = tracks(&shelf, &Log::default(), "", Order::Tempo, reversed);
            [rows[0], rows[1]]
        };
        assert_eq!(first(false), [2, 5]);
        assert_eq!(first(true), [5, 2]);
    }
}
