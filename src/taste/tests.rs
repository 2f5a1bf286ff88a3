use jiff::SignedDuration;

use proptest::prelude::*;

use super::vector::cosine;
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

/// Directions and strengths.
fn poles(centres: &[Centre]) -> Vec<(Vec<f32>, f64)> {
    centres.iter().map(|centre| (centre.direction.clone(), centre.strength)).collect()
}

#[test]
fn nothing_known_is_no_taste() {
    let nothing = taste(&[]);
    assert!(nothing.is_empty() && nothing.certainty == 0.0);
    let heard = EventKind::Heard {
        position_s: 3.0,
        confidence: 0.99,
        heard_s: 2.0,
        input: "mic".to_owned(),
    };
    let heard = taste(&[(1, 0.0, heard), (2, 0.0, EventKind::Rate { stars: 3 })]);
    assert!(heard.is_empty() && heard.certainty == 0.0, "hearing is not liking");
    assert_eq!(heard.last_heard_or_played(TrackId(1)), Some(now()));
}

#[test]
fn it_leans_to_what_is_liked_and_away_from_a_share_of_what_is_skipped() {
    let style = |id| style_of(TrackId(id)).unwrap();
    let both = taste(&[(1, 0.0, like()), (3, 0.0, skip(None))]);
    assert_eq!(poles(both.centres()), [(style(1), 0.5)], "a like is half of all strength");
    // 1.5 of evidence: a third of the strength; half of that counts
    let skipped = poles(both.skipped_centres());
    assert!(skipped[0].0 == style(3) && (skipped[0].1 - 1.0 / 6.0).abs() < 1e-12, "{skipped:?}");
    let more = taste(&[(1, 0.0, like()), (2, 0.0, like())]);
    let (direction, strength) = poles(more.centres()).remove(0);
    assert!((strength - 2.0 / 3.0).abs() < 1e-12);
    let apart = cosine(&direction, &style(1)) - cosine(&direction, &style(2));
    assert!(apart.abs() < 1e-6, "in the middle of two likes");
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
    let turned = taste(&[(1, 10.0 * days, like()), (2, 0.0, like())]);
    let toward = cosine(&turned.centres()[0].direction, &style_of(TrackId(2)).unwrap());
    assert!(toward > 0.999, "what is new leads: {toward}");
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
    assert!(taken_back.is_empty() && taken_back.feedback(TrackId(1)) == 0.0);
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
fn a_repeat_weighs_more_than_a_play() {
    let play = |share| EventKind::Play { share };
    let minutes = |m: f64| m / 1440.0;
    let pull = |rows: &[(u32, f64, EventKind)]| taste(rows).tracks[&TrackId(1)].pull;
    let twice = |gap| [(1, minutes(gap), play(1.0)), (1, 0.0, play(1.0))];
    assert!((pull(&twice(10.0)) - 3.0).abs() < 1e-3, "two plays and a repeat");
    assert!((pull(&twice(60.0)) - 2.0).abs() < 1e-2, "two plays");
    let known = taste(&twice(10.0));
    assert_eq!((known.plays(TrackId(1)), known.repeats(TrackId(1))), (2, 1));
    let sought = [(1, minutes(2.0), play(0.1)), (1, 0.0, play(1.0))];
    assert_eq!(taste(&sought).repeats(TrackId(1)), 0, "a short look is nothing to repeat");
    let left = [(1, minutes(9.0), play(1.0)), (1, minutes(5.0), skip(None)), (1, 0.0, play(1.0))];
    assert_eq!(taste(&left).repeats(TrackId(1)), 0, "skipped in between");
}

#[test]
fn saves_and_bans_can_be_taken_back() {
    let unsaved = taste(&[(1, 2.0, EventKind::Save), (1, 1.0, EventKind::Unsave)]);
    assert!(!unsaved.saved(TrackId(1)) && unsaved.feedback(TrackId(1)) == 0.0);
    let banned = taste(&[(1, 1.0, EventKind::Ban)]);
    assert!(banned.banned(TrackId(1)) && banned.feedback(TrackId(1)) < -0.7);
    assert_eq!(banned.skipped_centres().len(), 1, "nor what is like it");
    let back = taste(&[(1, 1.0, EventKind::Ban), (1, 0.5, EventKind::Unban)]);
    assert!(!back.banned(TrackId(1)) && back.is_empty());
}

#[test]
fn fatigue_adds_up_and_fades() {
    let played = |ago: &[f64]| {
        let rows: Vec<_> =
            ago.iter().map(|hours| (1, hours / 24.0, EventKind::Play { share: 1.0 })).collect();
        taste(&rows).fatigue(TrackId(1), now(), 12.0)
    };
    assert_eq!(played(&[]), 0.0);
    assert_eq!(played(&[0.0]), 1.0);
    assert!((played(&[12.0]) - 0.5).abs() < 1e-6);
    assert!((played(&[12.0, 12.0]) - 0.75).abs() < 1e-6, "twice tires more");
    assert!(played(&[240.0; 20]) < 0.01, "however often, long ago");
}

#[test]
fn unlike_tastes_have_centres_of_their_own() {
    let both = taste(&[(1, 0.0, like()), (2, 0.0, like()), (3, 0.0, like())]);
    let centres = both.centres();
    assert_eq!(centres.iter().map(|centre| centre.tracks).collect::<Vec<_>>(), [2, 1]);
    let fit = |centre: &Centre, id| cosine(&centre.direction, &style_of(TrackId(id)).unwrap());
    assert!(fit(&centres[0], 1) > 0.9 && fit(&centres[0], 2) > 0.9);
    assert!(fit(&centres[1], 3) > 0.999);
    assert!((centres.iter().map(|centre| centre.share).sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(centres[0].strength > centres[1].strength);
    let alike = taste(&[(1, 0.0, like()), (2, 0.0, like())]);
    assert_eq!(alike.centres().len(), 1);
    let skipped = taste(&[(3, 0.0, skip(None))]);
    assert!(skipped.centres().is_empty() && skipped.skipped_centres().len() == 1);
    assert!(!skipped.is_empty());
}

/// Any event, of few tracks: so that they meet.
fn any_event() -> impl Strategy<Value = (u32, f64, EventKind)> {
    let what = prop_oneof![
        Just(like()),
        Just(EventKind::Unlike),
        Just(EventKind::Save),
        Just(EventKind::Unsave),
        Just(EventKind::Ban),
        Just(EventKind::Unban),
        (0.0f64..=1.0).prop_map(|share| skip(Some(share))),
        Just(skip(None)),
        (0.0f64..=1.0).prop_map(|share| EventKind::Play { share }),
        (1u8..=5).prop_map(|stars| EventKind::Rate { stars }),
    ];
    (0u32..40, -1.0f64..200.0, what)
}

/// Styles of many tracks, about three directions.
fn many_styles(id: TrackId) -> Option<Vec<f32>> {
    let mut random = fastrand::Rng::with_seed(u64::from(id.0));
    let mut style: Vec<f32> = (0..24).map(|_| random.f32() - 0.5).collect();
    style[id.0 as usize % 3] += 2.0;
    (id.0 != 17).then_some(style)
}

proptest! {
    #[test]
    fn any_log_sums_up_to_the_same_bits(
        rows in proptest::collection::vec(any_event(), 0..120),
        seed in any::<u64>(),
    ) {
        let events = log(&rows);
        let sum = |events: &[Event]| Taste::from_events(events, &many_styles, &settings(), now());
        let bits = |taste: &Taste| {
            let mut bits: Vec<u64> = vec![taste.certainty.to_bits()];
            for centre in taste.centres().iter().chain(taste.skipped_centres()) {
                bits.extend([centre.strength.to_bits(), centre.share.to_bits()]);
                bits.extend(centre.direction.iter().map(|x| u64::from(x.to_bits())));
            }
            bits.extend((0..40).map(|id| taste.feedback(TrackId(id)).to_bits()));
            bits
        };
        let taste = sum(&events);
        prop_assert_eq!(bits(&sum(&events)), bits(&taste));
        let mut shuffled = events.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        let again = sum(&shuffled);
        prop_assert_eq!(bits(&again), bits(&taste), "the log's order counts, not the slice's");
        prop_assert_eq!(again, taste.clone());
        let read: Vec<Event> =
            rmp_serde::from_slice(&rmp_serde::to_vec_named(&events).unwrap()).unwrap();
        prop_assert_eq!(sum(&read), taste, "nor does being kept change it");
    }
}

#[test]
fn logs_of_the_first_version_are_still_read() {
    let kept = r#"[
        {"seq": 1, "nonce": 1, "at": "2026-01-01T00:00:00Z", "track_id": 1, "title": "T", "artist": "A",
         "what": {"kind": "play", "share": 1.0}},
        {"seq": 2, "nonce": 2, "at": "2026-01-01T00:00:00Z", "track_id": 1, "title": "T", "artist": "A",
         "what": {"kind": "skip", "share": null}},
        {"seq": 3, "nonce": 3, "at": "2026-01-01T00:00:00Z", "track_id": 1, "title": "T", "artist": "A",
         "what": {"kind": "heard", "position_s": 1.0, "confidence": 0.9, "heard_s": 2.0, "input": "mic"}},
        {"seq": 4, "nonce": 4, "at": "2026-01-01T00:00:00Z", "track_id": 1, "title": "T", "artist": "A",
         "what": {"kind": "save"}}
    ]"#;
    let events: Vec<Event> = serde_json::from_str(kept).unwrap();
    assert_eq!((events.len(), &events[3].what), (4, &EventKind::Save));
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
        let centres = taste.centres().iter().chain(taste.skipped_centres());
        let directions = centres.flat_map(|centre| &centre.direction);
        (directions.map(|x| x.to_bits()).collect::<Vec<u32>>(), taste.certainty.to_bits())
    };
    assert_eq!(bits(&one), bits(&two));
    assert_eq!(one, two);
    let length: f32 = one.skipped_centres()[0].direction.iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-5);
}
