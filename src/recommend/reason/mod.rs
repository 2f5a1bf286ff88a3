//! Why a track is offered, in plain words, out of the parts of its score.

mod done;
mod mood;

use serde::Serialize;

use super::Request;
use super::compare::{Measured, facts};
use super::score::{Parts, Scorer};
use crate::store::records::{TrackId, label};

/// Most reasons of one offer.
const MOST: usize = 3;
/// Parts weaker than this are not worth a word, where there are two others.
const WORTH_TELLING: f64 = 0.03;
/// Parts weaker than this are nothing: a track enrolled seconds after another is no newer.
const NOTHING: f64 = 0.001;
/// Below this likeness, or cosine, two tracks are not alike.
const ALIKE: f64 = 0.5;

/// Which part of the score a reason tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// Like or unlike the seeds.
    Seed,
    /// Like or unlike what is enjoyed.
    Taste,
    /// Like or unlike what was skipped.
    Skipped,
    /// What was said and done about other tracks of its artist.
    Artist,
    /// What was said and done about the track itself.
    Feedback,
    /// Heard or played lately.
    Fatigue,
    /// Fits the mood asked for, or not.
    Mood,
    /// New in the library.
    Fresh,
    /// Many listen to it.
    Popularity,
    /// Like-minded people play it.
    People,
    /// Not heard yet.
    New,
    /// Shown to find out more about the taste.
    Explore,
    /// Shown because it differs from the others.
    Spread,
    /// Its place on the way from one track to another.
    Path,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// Which part of the score it tells.
    pub kind: ReasonKind,
    /// In plain words.
    pub text: String,
    /// That part of the score; negative for what speaks against it.
    pub weight: f64,
}

/// The reasons of one offer, the strongest first, one to three: the largest parts, at least two of them where
/// there are two, and that it was not heard yet where that is all there is to say.
pub fn reasons(scorer: &Scorer<'_>, row: usize, parts: &Parts) -> Vec<Reason> {
    let mut parts: Vec<(ReasonKind, f64)> =
        parts.all().into_iter().filter(|(_, weight)| weight.abs() >= NOTHING).collect();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let worth = parts.iter().take(MOST).filter(|(_, w)| w.abs() >= WORTH_TELLING).count();
    parts.truncate(worth.max(2));
    let mut reasons: Vec<Reason> = parts
        .into_iter()
        .map(|(kind, weight)| Reason { kind, text: text(scorer, row, kind, weight), weight })
        .collect();
    let id = scorer.request.library.id(row);
    if reasons.len() < MOST && !scorer.request.taste.knows(id) {
        let text = "not heard yet".to_owned();
        reasons.push(Reason { kind: ReasonKind::New, text, weight: 0.0 });
    }
    if reasons.is_empty() {
        let text = "nothing speaks for or against it".to_owned();
        reasons.push(Reason { kind: ReasonKind::Spread, text, weight: 0.0 });
    }
    reasons
}

/// The reasons in one line; what speaks against the track is told as such.
#[must_use]
pub fn told(reasons: &[Reason]) -> String {
    let mut line = String::new();
    for reason in reasons {
        if !line.is_empty() {
            line += if reason.weight < 0.0 { "; but " } else { "; " };
        }
        line += &reason.text;
    }
    line
}

fn text(scorer: &Scorer<'_>, row: usize, kind: ReasonKind, weight: f64) -> String {
    let request = scorer.request;
    let id = request.library.id(row);
    match kind {
        ReasonKind::Seed => seed(scorer, row),
        ReasonKind::Taste => taste(request, row, weight),
        ReasonKind::Skipped => skipped(request, row, weight),
        ReasonKind::Artist => artist(request, row, weight),
        ReasonKind::Feedback => done::feedback(request, id, weight),
        ReasonKind::Fatigue => done::fatigue(request, id),
        ReasonKind::Mood => mood::fit(request, row, weight),
        ReasonKind::Fresh => "new in your library".to_owned(),
        ReasonKind::Popularity => "many listen to it".to_owned(),
        ReasonKind::People => "played by people who play what you play".to_owned(),
        ReasonKind::New => "not heard yet".to_owned(),
        ReasonKind::Explore => "something new: unlike what you played so far".to_owned(),
        ReasonKind::Spread => "a spread over your library's styles".to_owned(),
        ReasonKind::Path => "a little beside its place on the way".to_owned(),
    }
}

/// The seed it sounds most like, and what both have in common.
fn seed(scorer: &Scorer<'_>, row: usize) -> String {
    let request = scorer.request;
    let Some((place, likeness)) = scorer.nearest_seed(row) else { return String::new() };
    let seed = &request.seeds[place];
    if seed.track_id == Some(request.library.id(row)) {
        return "you asked for it".to_owned();
    }
    let what = match seed.label.as_str() {
        "" => "what plays",
        label => label,
    };
    let other = Measured { features: seed.features.as_ref(), mood: seed.mood };
    let alike = if likeness >= ALIKE {
        "sounds like"
    } else if likeness > 0.0 {
        "a little like"
    } else {
        "unlike"
    };
    with_facts(format!("{alike} {what} ({likeness:.2})"), request, row, other)
}

fn taste(request: &Request<'_>, row: usize, weight: f64) -> String {
    let taste = request.taste;
    if weight < 0.0 {
        return "away from what you enjoy".to_owned();
    }
    let (style, own) = (request.library.style(row), request.library.id(row));
    let near = taste.nearest_enjoyed(style, own).filter(|(_, cosine)| *cosine >= ALIKE);
    // What is like a seed was said already.
    let near = near.filter(|(id, _)| request.seeds.iter().all(|seed| seed.track_id != Some(*id)));
    match near.and_then(|(id, _)| Some((id, name(request, id)?))) {
        Some((id, name)) => {
            let said = format!("sounds like {name}, {}", done::enjoyed(request, id));
            with_facts(said, request, row, measured(request, id))
        }
        None => "fits what you enjoy".to_owned(),
    }
}

fn skipped(request: &Request<'_>, row: usize, weight: f64) -> String {
    if weight > 0.0 {
        return "not quite what you skipped".to_owned();
    }
    let (style, own) = (request.library.style(row), request.library.id(row));
    let near = request.taste.nearest_skipped(style, own).filter(|(_, cosine)| *cosine >= ALIKE);
    match near.and_then(|(id, _)| Some((id, name(request, id)?))) {
        Some((id, name)) => format!("close to {name}, {}", done::unwanted(request, id)),
        None => "a little like what you skipped".to_owned(),
    }
}

/// What else of its artist was enjoyed or skipped, whichever the part tells of.
fn artist(request: &Request<'_>, row: usize, weight: f64) -> String {
    let library = request.library;
    let name = library.track(row).artist.as_str();
    let (own, by) = (library.id(row), library.artist(row));
    let said_of: Vec<TrackId> = request
        .taste
        .strongest(usize::MAX)
        .into_iter()
        .filter(|told| told.track_id != own && (told.pull > 0.0) == (weight > 0.0))
        .map(|told| told.track_id)
        .filter(|id| by.is_some() && library.row(*id).and_then(|row| library.artist(row)) == by)
        .collect();
    let verb = if weight > 0.0 { "enjoyed" } else { "skipped" };
    match said_of.as_slice() {
        [] => format!("by {name}"),
        [one] => {
            let what = if weight > 0.0 {
                done::enjoyed(request, *one)
            } else {
                done::unwanted(request, *one)
            };
            let title = library.get(*one).map_or("one", |track| track.title.as_str());
            format!("by {name}, as is {title}, {what}")
        }
        more => format!("by {name}, of whom you {verb} {}", more.len()),
    }
}

fn name(request: &Request<'_>, id: TrackId) -> Option<String> {
    let (title, artist) = request.taste.title_and_artist(id)?;
    Some(label(artist, title))
}

fn measured<'a>(request: &Request<'a>, id: TrackId) -> Measured<'a> {
    let track = request.library.get(id);
    Measured {
        features: track.and_then(|track| track.features.as_ref()),
        mood: request.library.mood_of(id),
    }
}

fn with_facts(said: String, request: &Request<'_>, row: usize, other: Measured<'_>) -> String {
    let this = measured(request, request.library.id(row));
    let facts = facts(this, other);
    if facts.is_empty() { said } else { format!("{said}: {}", facts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_against_is_told_as_such() {
        let reason =
            |text: &str, weight| Reason { kind: ReasonKind::Mood, text: text.to_owned(), weight };
        let reasons = [reason("one", 0.5), reason("two", -0.2), reason("three", 0.0)];
        assert_eq!(told(&reasons), "one; but two; three");
        assert_eq!(told(&reasons[1..2]), "two");
        assert_eq!(told(&[]), "");
    }
}
