use jiff::SignedDuration;

use super::*;
use crate::settings::Settings;
use crate::store::records::EventKind;

/// Styles: 1 and 2 close together, 3 across, 4 opposite to 1.
fn style_of(id: TrackId) -> Option<Vec<f32>> {
    match id.0 {
        1 => Some(vec![1.0, 0.0, 0.0]),
        2 => Some(vec![0.8, 0.6, 0.0]),
        3 => Some(vec![0.0, 0.0, 1.0]),
        4 => Some(vec![-1.0, 0.0, 0.0]),
        _ => None,
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn settings() -> settings::Taste {
    Settings::load(None).unwrap().taste
}

/// Events (track, days ago, what) in the order given.
fn log(rows: &[(u32, f64, EventKind)]) -> Vec<Event> {
    rows.iter()
        .zip(1..)
        .map(|((id, days, what), seq)| Event {
            seq,
            nonce: u128::from(seq),
            at: now() - SignedDuration::from_secs_f64(days * 86_400.0),
            track_id: TrackId(*id),
            title: format!("T{id}"),
            artist: String::new(),
            what: what.clone(),
        })
        .collect()
}

fn taste(rows: &[(u32, f64, EventKind)]) -> Taste {
    Taste::from_events(&log(rows), &style_of, &settings(), now())
}

fn like() -> EventKind {
    EventKind::Like
}

fn skip(share: Option<f64>) -> EventKind {
    EventKind::Skip { share }
}

fn toward(taste: &Taste, id: u32) -> f64 {
    cosine(taste.vector.as_ref().unwrap(), &style_of(TrackId(id)).unwrap())
}

#[test]
fn nothing_known_is_no_vector() {
    let nothing = taste(&[]);
    assert_eq!((nothing.vector, nothing.certainty), (None, 0.0));
    let heard = EventKind::Heard {
        position_s: 3.0,
        confidence: 0.99,
        heard_s: 2.0,
        input: "mic".to_owned(),
    };
    let heard = taste(&[(1, 0.0, heard), (2, 0.0, EventKind::Rate { stars: 3 })]);
    assert_eq!((&heard.vector, heard.certainty), (&None, 0.0), "hearing is not liking");
    assert_eq!(heard.last_heard_or_played(TrackId(1)), Some(now()));
}

#[test]
fn it_leans_to_what_is_liked_and_away_from_what_is_skipped() {
    let liked = taste(&[(1, 0.0, like())]);
    assert_eq!(liked.vector, style_of(TrackId(1)));
    let both = taste(&[(1, 0.0, like()), (3, 0.0, skip(None))]);
    assert!(toward(&both, 1) > 0.8 && toward(&both, 3) < -0.3, "{both:?}");
    let skipped = taste(&[(3, 0.0, skip(None))]);
    assert_eq!(toward(&skipped, 3), -1.0);
    let by_half: f64 = -0.5 / (1.0f64 + 0.25).sqrt();
    assert!((toward(&both, 3) - by_half).abs() < 1e-6, "half of the skipped mean is taken off");
}

#[test]
fn certainty_grows_with_evidence() {
    let certainty = |n: usize| taste(&vec![(1, 0.0, EventKind::Play { share: 1.0 }); n]).certainty;
    assert!(certainty(1) > 0.0 && certainty(2) > certainty(1) && certainty(500) < 1.0);
    assert_eq!(taste(&[(1, 0.0, like()), (2, 0.0, like())]).certainty, 0.5);
}

#[test]
fn an_event_counts_half_after_the_half_life() {
    let days = settings().half_life_days;
    let pull = |days| taste(&[(1, days, like())]).tracks[&TrackId(1)].pull;
    assert_eq!(pull(0.0), 3.0);
    assert!((pull(days) - 1.5).abs() < 1e-9 && (pull(2.0 * days) - 0.75).abs() < 1e-9);
    assert_eq!(pull(-5.0), 3.0, "a clock that was wrong");
    let turned = taste(&[(1, 10.0 * days, like()), (3, 0.0, like())]);
    assert!(toward(&turned, 3) > 0.95, "what is new leads");
}

#[test]
fn skips_weigh_by_how_early() {
    let pull = |share| taste(&[(1, 0.0, skip(share))]).tracks[&TrackId(1)].pull;
    assert_eq!((pull(Some(0.0)), pull(None), pull(Some(1.0))), (-1.5, -1.5, -0.5));
    assert_eq!(pull(Some(0.5)), -1.0);
    assert_eq!(pull(Some(f64::NAN)), -1.5);
}

#[test]
fn what_was_said_last_holds() {
    let taken_back = taste(&[(1, 2.0, like()), (1, 1.0, EventKind::Unlike)]);
    assert!(!taken_back.liked(TrackId(1)));
    assert_eq!((taken_back.vector.clone(), taken_back.feedback(TrackId(1))), (None, 0.0));
    let again = taste(&[(1, 2.0, like()), (1, 1.0, EventKind::Unlike), (1, 0.0, like())]);
    assert!(again.liked(TrackId(1)));
    assert_eq!(again, taste_like_once(&again));
    let rated = [(1, 1.0, EventKind::Rate { stars: 5 }), (1, 0.0, EventKind::Rate { stars: 2 })];
    let rated = taste(&rated);
    assert_eq!(rated.stars(TrackId(1)), Some(2));
    assert!(rated.feedback(TrackId(1)) < 0.0);
}

/// Likes do not add up: three presses of the key are one like.
fn taste_like_once(again: &Taste) -> Taste {
    let once = taste(&[(1, 0.0, like())]);
    assert_eq!(taste(&[(1, 0.0, like()), (1, 0.0, like())]), once);
    assert_eq!(again.certainty, once.certainty);
    once
}

#[test]
fn a_track_knows_its_history() {
    let play = |share| EventKind::Play { share };
    let known = taste(&[
        (2, 3.0, play(1.0)),
        (2, 2.0, play(0.1)),
        (2, 1.0, skip(Some(0.2))),
        (2, 0.5, skip(None)),
        (9, 0.0, EventKind::Save),
    ]);
    let two = TrackId(2);
    assert_eq!((known.plays(two), known.finishes(two)), (2, 1));
    let ago = |days: f64| Some(now() - SignedDuration::from_secs_f64(days * 86_400.0));
    assert_eq!((known.last_heard_or_played(two), known.last_skipped(two)), (ago(1.0), ago(0.5)));
    assert!(known.saved(TrackId(9)) && !known.saved(two));
    assert!(known.feedback(TrackId(9)) > 0.5, "a track that is gone keeps its history");
    assert_eq!(known.title_and_artist(TrackId(9)), Some(("T9", "")));
    assert_eq!(known.feedback(TrackId(77)), 0.0);
}

#[test]
fn the_nearest_are_named() {
    let known = taste(&[(1, 0.0, like()), (3, 0.0, like()), (4, 0.0, skip(None))]);
    let style = style_of(TrackId(2)).unwrap();
    let (id, cosine) = known.nearest_enjoyed(&style, TrackId(2)).unwrap();
    assert!(id == TrackId(1) && (cosine - 0.8).abs() < 1e-6);
    assert_eq!(known.nearest_enjoyed(&style, TrackId(1)).unwrap().0, TrackId(3));
    assert_eq!(known.nearest_skipped(&style, TrackId(2)).unwrap().0, TrackId(4));
    assert_eq!(taste(&[]).nearest_enjoyed(&style, TrackId(2)), None);
}

#[test]
fn built_anew_it_is_the_same_bit_for_bit() {
    let mut rows = Vec::new();
    for i in 0..200u32 {
        let what = match i % 5 {
            0 => like(),
            1 => skip(Some(f64::from(i) / 200.0)),
            2 => EventKind::Play { share: f64::from(i % 7) / 7.0 },
            3 => EventKind::Rate { stars: (i % 5) as u8 + 1 },
            _ => EventKind::Save,
        };
        rows.push((i % 4 + 1, f64::from(i) / 3.0, what));
    }
    let (one, two) = (taste(&rows), taste(&rows));
    let bits = |taste: &Taste| {
        let vector: Vec<u32> = taste.vector.iter().flatten().map(|x| x.to_bits()).collect();
        (vector, taste.certainty.to_bits())
    };
    assert_eq!(bits(&one), bits(&two));
    assert_eq!(one, two);
    let length: f32 = one.vector.unwrap().iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-5);
}
