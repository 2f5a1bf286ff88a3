//! The reasons make the score, and say what is true.

use super::*;

#[test]
fn the_reasons_and_the_rest_make_the_score() {
    let tracks = library();
    let rows = [(1, 2000, EventKind::Like), (9, 60, skip()), (2, 5, heard()), (17, 9, skip())];
    let mut asked = Asked::of(&tracks, &rows);
    for seeds in [vec![], vec![Seed::of(&tracks[30])]] {
        asked.seeds = seeds;
        for offer in asked.get(40) {
            let told: f64 = offer.reasons.iter().map(|reason| reason.weight).sum();
            assert!((told + offer.other - offer.score).abs() < 1e-12, "{offer:?}");
            let all = offer.parts.all();
            for reason in offer.reasons.iter().filter(|reason| reason.kind != ReasonKind::New) {
                assert!(all.contains(&(reason.kind, reason.weight)), "{offer:?}");
            }
            // What is left out is weaker than anything that is told.
            let weakest = offer.reasons.iter().map(|r| r.weight.abs()).filter(|w| *w > 0.0);
            let weakest = weakest.fold(f64::INFINITY, f64::min);
            let untold =
                all.iter().filter(|(kind, _)| offer.reasons.iter().all(|r| r.kind != *kind));
            assert!(untold.clone().all(|(_, weight)| weight.abs() <= weakest), "{offer:?}");
            let sum: f64 = untold.map(|(_, weight)| weight).sum();
            assert!((sum - offer.other).abs() < 1e-12, "{offer:?}");
        }
    }
}

#[test]
fn reasons_say_what_was_done() {
    let tracks = library();
    let rows = [
        (1, 5000, EventKind::Like),
        (9, 125, skip()),
        (17, 5, heard()),
        (18, 9000, EventKind::Rate { stars: 5 }),
        (19, 9000, EventKind::Rate { stars: 1 }),
        (33, 8000, EventKind::Play { share: 1.0 }),
        (33, 4000, EventKind::Play { share: 1.0 }),
    ];
    let mut asked = Asked::of(&tracks, &rows);
    asked.settings.explore = 0.0;
    let offers = asked.get(40);
    let texts = |id: u32| -> Vec<&str> {
        let offer = offers.iter().find(|offer| offer.track_id.0 == id).unwrap();
        offer.reasons.iter().map(|reason| reason.text.as_str()).collect()
    };
    assert!(texts(1).contains(&"you liked it"), "{:?}", texts(1));
    assert!(texts(2).contains(&"sounds like Title 0, which you liked"), "{:?}", texts(2));
    assert!(texts(9).contains(&"you skipped it 2 h ago"), "{:?}", texts(9));
    assert!(texts(10).contains(&"close to Title 8, which you skipped"), "{:?}", texts(10));
    assert!(texts(17).contains(&"heard 5 minutes ago"), "{:?}", texts(17));
    assert!(texts(18).contains(&"you rated it 5 stars"), "{:?}", texts(18));
    assert!(texts(19).contains(&"you rated it 1 star"), "{:?}", texts(19));
    assert!(
        texts(34).contains(&"sounds like Title 32, which you finished twice"),
        "{:?}",
        texts(34)
    );
}

#[test]
fn measured_facts_are_told_where_both_were_measured() {
    use crate::recommend::compare::tests::features;
    let mut tracks = library();
    tracks[0].features = Some(features(Some(124.0), None, 2000.0));
    tracks[1].features = Some(features(Some(124.4), None, 1200.0));
    tracks[32].features = Some(features(Some(124.0), None, 2000.0));
    let rows =
        [(1, 9000, EventKind::Play { share: 1.0 }), (1, 5000, EventKind::Play { share: 1.0 })];
    let mut asked = Asked::of(&tracks, &rows);
    let text = |offers: &[Offer], id: u32, kind: ReasonKind| {
        let offer = offers.iter().find(|offer| offer.track_id.0 == id).unwrap();
        offer.reasons.iter().find(|reason| reason.kind == kind).unwrap().text.clone()
    };
    let offers = asked.get(40);
    assert_eq!(
        text(&offers, 2, ReasonKind::Taste),
        "sounds like Title 0, which you finished twice: same tempo (124), darker"
    );
    assert_eq!(
        text(&offers, 3, ReasonKind::Taste),
        "sounds like Title 0, which you finished twice"
    );
    asked.seeds = vec![Seed { label: "it".to_owned(), ..Seed::of(&tracks[32]) }];
    let offers = asked.get(40);
    let said = text(&offers, 2, ReasonKind::Seed);
    assert!(said.ends_with("): same tempo (124), darker"), "{said}");
}

#[test]
fn seconds_of_age_are_no_reason() {
    let mut tracks = library();
    for (track, place) in tracks.iter_mut().zip(0..) {
        track.added_at = now() - SignedDuration::from_secs(60 - place);
    }
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![Seed::of(&tracks[16])];
    for offer in asked.get(40) {
        assert!(offer.reasons.iter().all(|r| r.kind != ReasonKind::Fresh), "{offer:?}");
    }
    for track in &tracks[4..] {
        let added_at = now() - SignedDuration::from_hours(9000);
        asked.library.insert(Track { added_at, ..track.clone() });
    }
    let offers = asked.get(40);
    let newest = offers.iter().find(|offer| offer.track_id == TrackId(1)).unwrap();
    assert!(newest.reasons.iter().any(|r| r.text == "new in your library"), "{newest:?}");
}
