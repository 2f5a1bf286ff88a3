//! Simulated listeners: does the feed approach a taste that it is not told?
//!
//! A listener's hidden taste is a set of tracks ([`TasteKind`]). The feed offers a track at a time; the listener
//! likes or finishes what is of the taste and skips what is not, one time in ten the other way round. At the
//! start and after some feedbacks a list of ten is asked for and compared with the taste ([`Pool`] tells out of
//! which tracks). A taste may be one artist's music, and a feed that holds artists back cannot show it: here one
//! artist may fill a list. Artists' names tell something of a taste of sources, so it is also told what is found
//! without them.

mod hidden;
mod listener;
#[cfg(test)]
mod tests;

use fastrand::Rng;
use rayon::prelude::*;

use super::described::Described;
use super::error::EvalError;
use super::feed::Feed;
use super::watch::{Progress, Watch};
use crate::settings::Settings;
use crate::store::records::Track;
pub use hidden::TasteKind;
use hidden::Tastes;
use listener::{Found, Listener};

/// Feedbacks after which lists are looked at.
pub const FEEDBACKS: [usize; 4] = [0, 5, 10, 20];
/// Places of an artist in ten and in twenty: as many as there are.
const ANY_ARTIST: [usize; 2] = [10, 20];

/// Out of which tracks the listener is offered some, and out of which the lists are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// Offered out of one half of the library, cut source by source, measured on the other, of which
    /// nothing was ever played: what was understood, not what was remembered.
    Unheard,
    /// Both out of the whole library, the lists a day after the last feedback: the next day's feed.
    Library,
}

/// What listeners of one kind of taste found, mean over all.
#[derive(Debug, Clone, PartialEq)]
pub struct Listeners {
    /// What their tastes are made of.
    pub kind: TasteKind,
    /// Whether the feed knew who tracks are by.
    pub artists_known: bool,
    /// What they were offered, and what was measured on.
    pub pool: Pool,
    /// How many there were.
    pub listeners: usize,
    /// Precision@10 of random lists: the share of the measured tracks that is of the taste.
    pub chance: f64,
    /// Precision@10 of the best possible lists: a taste may have fewer than ten tracks.
    pub best: f64,
    /// Precision@10 of the feed's lists for someone of whom it was told everything without error: of each track
    /// that can be offered whether it is of the taste. How far styles and measurements carry.
    pub all_told: f64,
    /// Precision@10 without seed and history.
    pub cold: f64,
    /// Precision@10 after [`FEEDBACKS`]; after none, of what sounds like one track of the taste.
    pub precision: [f64; FEEDBACKS.len()],
    /// Skips among the first [`FEEDBACKS`].
    pub skips: [f64; FEEDBACKS.len()],
    /// Skips until precision@10 was first at least half of the best possible: the median listener's, where
    /// at least half of them came there.
    pub skips_to_half: Option<usize>,
}

/// Lets so many listeners of each kind of taste hear. Kinds for which there are too few sources, or
/// tracks whose timbre is not known, are left out; so are those with artists known where nothing tells them, or
/// where the sources are the artists.
///
/// # Errors
/// It was stopped.
pub fn listeners(
    tracks: &[Described],
    settings: &Settings,
    count: usize,
    seed: u64,
    watch: &Watch,
) -> Result<Vec<Listeners>, EvalError> {
    let mut any_artist = settings.clone();
    let recommend = &mut any_artist.recommend;
    [recommend.per_artist_in_ten, recommend.per_artist] = ANY_ARTIST;
    let names = |known: bool| -> Vec<Track> {
        let named = |track: &Track| if known { track.artist.clone() } else { String::new() };
        tracks.iter().map(|of| Track { artist: named(&of.track), ..of.track.clone() }).collect()
    };
    let known: &[bool] = if artists_tell(tracks) { &[true, false] } else { &[false] };
    let libraries: Vec<(bool, Vec<Track>)> =
        known.iter().map(|known| (*known, names(*known))).collect();
    let mut rows = Vec::new();
    for kind in [TasteKind::Sources, TasteKind::Timbre] {
        let Some(tastes) = Tastes::new(kind, tracks) else { continue };
        for (artists_known, library) in &libraries {
            let feed = Feed::new(&any_artist, library);
            for pool in [Pool::Unheard, Pool::Library] {
                (watch.progress)(Progress::Stage("listeners", count));
                let found = (0..count).into_par_iter().map(|listener| {
                    watch.go_on()?;
                    let number = seed.wrapping_mul(1 << 32).wrapping_add(listener as u64);
                    let mut rng = Rng::with_seed(number);
                    let listener = Listener::draw(&tastes, pool, tracks, library, &mut rng);
                    let found = listener.listen(&feed, &mut rng);
                    (watch.progress)(Progress::Step);
                    Ok(found)
                });
                let found: Vec<Found> = found.collect::<Result<_, EvalError>>()?;
                rows.push(summary(kind, *artists_known, pool, &found));
            }
        }
    }
    Ok(rows)
}

/// Whether some are known, and no source is just the artist.
fn artists_tell(tracks: &[Described]) -> bool {
    let mut named = tracks.iter().filter(|of| !of.track.artist.is_empty()).peekable();
    named.peek().is_some() && named.all(|of| of.source != of.track.artist)
}

fn summary(kind: TasteKind, artists_known: bool, pool: Pool, found: &[Found]) -> Listeners {
    let count = found.len().max(1) as f64;
    let mean = |value: &dyn Fn(&Found) -> f64| found.iter().map(value).sum::<f64>() / count;
    let mut to_half: Vec<usize> = found.iter().filter_map(|found| found.skips_to_half).collect();
    to_half.sort_unstable();
    Listeners {
        kind,
        artists_known,
        pool,
        listeners: found.len(),
        chance: mean(&|found| found.chance),
        best: mean(&|found| found.best),
        all_told: mean(&|found| found.all_told),
        cold: mean(&|found| found.cold),
        precision: std::array::from_fn(|point| mean(&|found| found.precision[point])),
        skips: std::array::from_fn(|point| mean(&|found| found.skips[point] as f64)),
        skips_to_half: to_half.get(found.len() / 2).copied(),
    }
}
