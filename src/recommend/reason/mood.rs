//! How a track's mood fits, in words.

use crate::recommend::Request;
use crate::store::records::Mood;

/// The mood asked for, or the drift of the session, against that of a track.
pub fn fit(request: &Request<'_>, row: usize, weight: f64) -> String {
    let Some(mood) = request.library.mood(row) else { return String::new() };
    let Some(target) = request.mood.target() else { return drifted(request, mood, weight) };
    if weight > 0.0 {
        return "fits the mood asked for".to_owned();
    }
    let off = [mood.valence - target.valence, mood.energy - target.energy].map(f64::from);
    let [.., more] = words(off);
    format!("{more} than the mood asked for")
}

/// Without a mood asked for: what was enjoyed or skipped in this session, whichever says more of this track.
fn drifted(request: &Request<'_>, mood: Mood, weight: f64) -> String {
    let drift = request.mood.drift();
    let [valence, energy] = [mood.valence, mood.energy].map(f64::from);
    let along = |of: [f64; 2]| [of[0] * valence, of[1] * energy];
    let (drawn, pushed) = (along(drift.drawn), along(drift.pushed));
    let says = |of: [f64; 2]| (of[0] + of[1]) * weight.signum();
    let by_skips = says(pushed) > says(drawn);
    let parts = if by_skips { pushed } else { drawn };
    // The axis on which most of it lies.
    let of_valence = parts[0] * weight > parts[1] * weight;
    let [is, more] = words(if of_valence { [valence, 0.0] } else { [0.0, energy] });
    match (by_skips, weight > 0.0) {
        (true, true) => format!("{more} than what you skipped"),
        (true, false) => format!("{is}, like what you skipped"),
        (false, true) => format!("{is}, like what you enjoyed just now"),
        (false, false) => format!("{more} than what you enjoyed just now"),
    }
}

/// What something is called that lies so far off, [valence, energy], and what it is more of.
fn words([valence, energy]: [f64; 2]) -> [&'static str; 2] {
    match (energy.abs() >= valence.abs(), energy > 0.0, valence > 0.0) {
        (true, true, _) => ["lively", "livelier"],
        (true, false, _) => ["calm", "calmer"],
        (false, _, true) => ["happy", "happier"],
        (false, _, false) => ["sad", "sadder"],
    }
}
