//! Paths and radio.

use super::*;

fn along(from: &[f32], to: &[f32], style: &[f32]) -> f64 {
    let (c, a, b) = (cosine(from, to), cosine(from, style), cosine(to, style));
    let across = (b - c * a) / (1.0 - c * c).sqrt();
    across.atan2(a) / c.acos()
}

#[test]
fn a_path_goes_in_even_steps() {
    // Between two styles lie many tracks, each off the way in a direction of its own.
    let (from, to) = (style(0, 1), style(3, 2));
    let mut random = fastrand::Rng::with_seed(8);
    let tracks: Vec<Track> = (0..600u32)
        .map(|i| {
            let on_way = crate::taste::vector::between(&from, &to, random.f64()).unwrap();
            let off = style(50 + u64::from(i), 1);
            let raw: Vec<f64> = on_way
                .iter()
                .zip(&off)
                .map(|(w, o)| f64::from(*w) + 0.4 * (f64::from(*o) - 0.05))
                .collect();
            let style = crate::taste::vector::unit(&raw).unwrap();
            track(i + 1, &format!("A{i}"), &format!("T{i}"), style)
        })
        .chain([track(1001, "F", "From", from.clone()), track(1002, "T", "To", to.clone())])
        .collect();
    let asked = Asked::of(&tracks, &[]);
    let ends = [600, 601].map(|place| Seed::of(&tracks[place]));
    let offers = path(&asked.request(12), &ends[0], &ends[1]).unwrap();
    let ids: Vec<u32> = offers.iter().map(|offer| offer.track_id.0).collect();
    assert_eq!((ids.len(), ids[0], ids[11]), (12, 1001, 1002));
    for end in [0, 11] {
        assert_eq!(offers[end].reasons[0].text, "you asked for it");
    }
    let mut places: Vec<f64> = Vec::new();
    for offer in &offers {
        let style = &asked.library.get(offer.track_id).unwrap().style;
        places.push(along(&from, &to, style));
        let told: f64 = offer.reasons.iter().map(|reason| reason.weight).sum();
        assert!((told + offer.other - offer.score).abs() < 1e-12);
        assert_eq!(offer.rank, places.len());
    }
    assert!(places.is_sorted_by(|a, b| a < b), "always further: {places:?}");
    for (place, even) in places.iter().zip(0..) {
        let even = f64::from(even) / 11.0;
        assert!((place - even).abs() < 0.5 / 11.0, "within half a step: {places:?}");
    }

    // Ends outside of the library: it starts and ends a step beside them.
    let outside = [sound("a", from.clone()), sound("b", to.clone())];
    let offers = path(&asked.request(4), &outside[0], &outside[1]).unwrap();
    let first = &asked.library.get(offers[0].track_id).unwrap().style;
    assert!((along(&from, &to, first) - 0.2).abs() < 0.1);
    assert!(offers[0].reasons[0].text.contains("20 % of the way from a to b"), "{offers:?}");
}

#[test]
fn a_path_in_a_small_library_still_goes_on() {
    let tracks = big_library(8);
    let asked = Asked::of(&tracks, &[(40, 5, EventKind::Ban)]);
    for (a, b) in [(0, 79), (12, 33), (70, 5)] {
        let ends = [a, b].map(|place: usize| Seed::of(&tracks[place]));
        let offers = path(&asked.request(8), &ends[0], &ends[1]).unwrap();
        assert!(offers.len() >= 3, "{offers:?}");
        let styles = offers.iter().map(|o| &asked.library.get(o.track_id).unwrap().style);
        let places: Vec<f64> =
            styles.map(|style| along(&ends[0].style, &ends[1].style, style)).collect();
        assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
        assert!(offers.iter().all(|offer| offer.track_id != TrackId(40)), "banned");
    }
    let same = Seed::of(&tracks[0]);
    assert_eq!(path(&asked.request(8), &same, &same), Err(PathError::NoWay));
    let nothing = sound("nothing", vec![0.0; DIM]);
    assert_eq!(path(&asked.request(8), &same, &nothing), Err(PathError::NoDirection));
    let one = path(&asked.request(1), &same, &Seed::of(&tracks[60])).unwrap();
    assert_eq!(one.len(), 1);
    assert!(![1, 61].contains(&one[0].track_id.0), "one: what lies in the middle");
}

#[test]
fn the_radio_goes_on_and_repeats_nothing_soon() {
    let tracks = big_library(30);
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![Seed::of(&tracks[0])];
    asked.settings.radio_window = 100;
    let mut radio = Radio::default();
    let ids: Vec<TrackId> =
        (0..400).map(|_| radio.next(&asked.request(20)).unwrap().track_id).collect();
    for (place, id) in ids.iter().enumerate() {
        let before = &ids[place.saturating_sub(100)..place];
        assert!(!before.contains(id), "{id} again at {place}");
        assert_ne!(*id, TrackId(1), "the seed");
    }
    for hundred in ids.chunks(100) {
        assert_rules(&asked.library, hundred);
    }
}

#[test]
fn the_radio_turns_from_what_is_skipped() {
    let tracks = library();
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![sound("it", style(0, 500))];
    asked.settings.explore = 0.0;
    let mut radio = Radio::default();
    let first = radio.next(&asked.request(1)).unwrap();
    let mut other = radio.clone();
    let second = radio.next(&asked.request(1)).unwrap();
    assert!(second.reasons[0].text.contains("Title"), "like the last: {second:?}");
    asked.taste = taste(&tracks, &[(first.track_id.0, 0, skip())]);
    let turned = other.next(&asked.request(1)).unwrap();
    let seed = turned.reasons.iter().find(|reason| reason.kind == ReasonKind::Seed).unwrap();
    assert!(seed.text.contains("like it"), "not like what was skipped: {turned:?}");
}

#[test]
fn the_radio_plays_on_in_a_library_of_one_artist() {
    let mut tracks = library();
    tracks.truncate(6);
    for track in &mut tracks {
        track.artist = "Ann".to_owned();
    }
    let asked = Asked::of(&tracks, &[]);
    let mut radio = Radio::default();
    let ids: Vec<TrackId> =
        (0..30).map(|_| radio.next(&asked.request(1)).unwrap().track_id).collect();
    assert!(ids.windows(4).all(|four| !four[..3].contains(&four[3])), "{ids:?}");
    assert_eq!(Radio::default().next(&Asked::of(&[], &[]).request(1)), None);
}
