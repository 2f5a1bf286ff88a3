//! What was said and done about a track, in words.

use jiff::Timestamp;

use crate::recommend::Request;
use crate::store::records::TrackId;

pub fn enjoyed(request: &Request<'_>, id: TrackId) -> String {
    let taste = request.taste;
    match taste.stars(id) {
        _ if taste.liked(id) => "which you liked".to_owned(),
        Some(stars) if stars > 3 => format!("which you rated {}", count_of_stars(stars)),
        _ if taste.saved(id) => "which you saved".to_owned(),
        _ if taste.repeats(id) > 0 => "which you played again at once".to_owned(),
        _ => match taste.finishes(id) {
            0 => "which you played".to_owned(),
            1 => "which you finished".to_owned(),
            2 => "which you finished twice".to_owned(),
            times => format!("which you finished {times} times"),
        },
    }
}

pub fn unwanted(request: &Request<'_>, id: TrackId) -> String {
    match request.taste.stars(id) {
        _ if request.taste.banned(id) => "which you banned".to_owned(),
        Some(stars) if stars < 3 => format!("which you rated {}", count_of_stars(stars)),
        _ => "which you skipped".to_owned(),
    }
}

/// What was said or done that points the way the part does.
pub fn feedback(request: &Request<'_>, id: TrackId, weight: f64) -> String {
    let taste = request.taste;
    if weight > 0.0 {
        match taste.stars(id) {
            _ if taste.liked(id) => "you liked it".to_owned(),
            Some(given) if given > 3 => format!("you rated it {}", count_of_stars(given)),
            _ if taste.saved(id) => "you saved it".to_owned(),
            _ if taste.repeats(id) > 0 => "you played it again at once".to_owned(),
            _ if taste.finishes(id) > 0 => "you played it to the end".to_owned(),
            _ => "you played it".to_owned(),
        }
    } else {
        match (taste.stars(id), taste.last_skipped(id)) {
            (Some(given), _) if given < 3 => format!("you rated it {}", count_of_stars(given)),
            (_, Some(at)) => format!("you skipped it {}", ago(at, request.now)),
            _ => "you did not want it".to_owned(),
        }
    }
}

fn count_of_stars(stars: u8) -> String {
    if stars == 1 { "1 star".to_owned() } else { format!("{stars} stars") }
}

pub fn fatigue(request: &Request<'_>, id: TrackId) -> String {
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
