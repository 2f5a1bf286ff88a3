//! Why a track is offered, in plain words, out of the parts of its score.

use jiff::Timestamp;
use serde::Serialize;

use super::Request;
use super::score::{Parts, seed_cosine};
use crate::store::records::{Track, TrackId, label};
use crate::taste::vector::cosine;

/// Most reasons of one offer.
const MOST: usize = 3;
/// Parts weaker than this are not worth a word.
const WORTH_TELLING: f64 = 0.01;
/// Below this cosine two tracks are not alike.
const ALIKE: f64 = 0.5;

/// Which part of the score a reason tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// Like or unlike the seeds.
    Seed,
    /// Like or unlike what is enjoyed.
    Taste,
    /// What was said and done about the track itself.
    Feedback,
    /// Heard or played lately.
    Fatigue,
    /// Not heard yet.
    New,
    /// Shown because it differs from the others.
    Spread,
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

/// The reasons of one offer, the strongest first, one to three.
#[must_use]
pub fn reasons(request: &Request<'_>, track: &Track, parts: &Parts) -> Vec<Reason> {
    use ReasonKind::{Fatigue, Feedback, New, Seed, Spread, Taste};
    let told = |weight: f64| weight.abs() >= WORTH_TELLING;
    let mut all = Vec::new();
    if told(parts.seed) {
        all.push(Reason { kind: Seed, text: seed(request, track), weight: parts.seed });
    }
    if told(parts.taste) {
        let text = taste(request, track, parts.taste);
        all.push(Reason { kind: Taste, text, weight: parts.taste });
    }
    if told(parts.feedback) {
        let text = feedback(request, track.id, parts.feedback);
        all.push(Reason { kind: Feedback, text, weight: parts.feedback });
    }
    if told(parts.fatigue) {
        all.push(Reason { kind: Fatigue, text: fatigue(request, track.id), weight: parts.fatigue });
    }
    if told(parts.spread) {
        let text = "a spread over your library's styles".to_owned();
        all.push(Reason { kind: Spread, text, weight: parts.spread });
    }
    all.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    all.truncate(MOST);
    let known = request.taste.last_heard_or_played(track.id).is_some()
        || request.taste.last_skipped(track.id).is_some()
        || request.taste.feedback(track.id) != 0.0;
    if all.len() < MOST && !known {
        all.push(Reason { kind: New, text: "not heard yet".to_owned(), weight: 0.0 });
    }
    if all.is_empty() {
        let text = "nothing speaks for or against it".to_owned();
        all.push(Reason { kind: Spread, text, weight: parts.spread });
    }
    all
}

fn seed(request: &Request<'_>, track: &Track) -> String {
    let cosine = seed_cosine(request, track);
    let what = request.seed_label.unwrap_or("what plays");
    if cosine >= ALIKE {
        format!("sounds like {what} ({cosine:.2})")
    } else if cosine > 0.0 {
        format!("a little like {what} ({cosine:.2})")
    } else {
        format!("unlike {what} ({cosine:.2})")
    }
}

fn taste(request: &Request<'_>, track: &Track, weight: f64) -> String {
    let taste = request.taste;
    let near = if weight > 0.0 {
        taste.nearest_enjoyed(&track.style, track.id)
    } else {
        taste.nearest_skipped(&track.style, track.id)
    };
    let close = near.filter(|(_, cosine)| *cosine >= ALIKE).and_then(|(id, _)| {
        let (title, artist) = taste.title_and_artist(id)?;
        Some((id, label(artist, title)))
    });
    let fit = taste.vector.as_ref().map_or(0.0, |vector| cosine(vector, &track.style));
    match close {
        Some((id, name)) if weight > 0.0 => format!("close to {name}, {}", enjoyed(request, id)),
        Some((_, name)) => format!("close to {name}, which you skipped"),
        None if weight > 0.0 => format!("fits what you enjoy ({fit:.2})"),
        None => format!("away from what you enjoy ({fit:.2})"),
    }
}

fn enjoyed(request: &Request<'_>, id: TrackId) -> String {
    let taste = request.taste;
    match taste.stars(id) {
        _ if taste.liked(id) => "which you liked".to_owned(),
        Some(stars) if stars > 3 => format!("which you rated {stars} stars"),
        _ if taste.saved(id) => "which you saved".to_owned(),
        _ if taste.finishes(id) > 0 => "which you played to the end".to_owned(),
        _ => "which you played".to_owned(),
    }
}

/// What was said or done that points the way the part does.
fn feedback(request: &Request<'_>, id: TrackId, weight: f64) -> String {
    let taste = request.taste;
    let stars = |stars: u8| if stars == 1 { "1 star".to_owned() } else { format!("{stars} stars") };
    if weight > 0.0 {
        match taste.stars(id) {
            _ if taste.liked(id) => "you liked it".to_owned(),
            Some(given) if given > 3 => format!("you rated it {}", stars(given)),
            _ if taste.saved(id) => "you saved it".to_owned(),
            _ if taste.finishes(id) > 0 => "you played it to the end".to_owned(),
            _ => "you played it".to_owned(),
        }
    } else {
        match (taste.stars(id), taste.last_skipped(id)) {
            (Some(given), _) if given < 3 => format!("you rated it {}", stars(given)),
            (_, Some(at)) => format!("you skipped it {}", ago(at, request.now)),
            _ => "you did not want it".to_owned(),
        }
    }
}

fn fatigue(request: &Request<'_>, id: TrackId) -> String {
    let at = request.taste.last_heard_or_played(id).unwrap_or(request.now);
    format!("heard {}", ago(at, request.now))
}

/// "just now", "5 minutes ago", "2 h ago", "3 days ago".
fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_secs() / 60;
    match minutes {
        ..1 => "just now".to_owned(),
        1 => "a minute ago".to_owned(),
        2..60 => format!("{minutes} minutes ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "a day ago".to_owned(),
        _ => format!("{} days ago", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn times_are_told_as_people_do() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let told = |seconds: i64| ago(now - SignedDuration::from_secs(seconds), now);
        assert_eq!(told(-30), "just now");
        assert_eq!(told(59), "just now");
        assert_eq!(told(60), "a minute ago");
        assert_eq!(told(300), "5 minutes ago");
        assert_eq!(told(2 * 3600 + 100), "2 h ago");
        assert_eq!(told(86_400), "a day ago");
        assert_eq!(told(3 * 86_400), "3 days ago");
    }
}
