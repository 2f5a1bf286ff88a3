//! Seeds, taste, mood and nothing at all: each brings its own.

use super::*;
use crate::taste::mood::Drift;

#[test]
fn a_seed_brings_its_own_style() {
    let tracks = library();
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![Seed::of(&tracks[16])];
    let offers = asked.get(7);
    assert!(offers.iter().all(|offer| style_number(offer.track_id) == 2), "{offers:?}");
    assert!(offers.iter().all(|offer| offer.track_id != TrackId(17)), "the seed itself");
    let first = &offers[0].reasons[0];
    assert_eq!(first.kind, ReasonKind::Seed);
    assert!(first.text.starts_with("sounds like Artist 16 - Title 16 (0."), "{}", first.text);
}

#[test]
fn of_several_seeds_each_offer_says_which() {
    let tracks = library();
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![Seed::of(&tracks[0]), Seed::of(&tracks[32])];
    let offers = asked.get(10);
    let (mut of_first, mut of_second) = (0, 0);
    for offer in &offers {
        let label = match style_number(offer.track_id) {
            0 => {
                of_first += 1;
                "Artist 0 - Title 0"
            }
            4 => {
                of_second += 1;
                "Artist 32 - Title 32"
            }
            _ => continue,
        };
        assert!(offer.reasons[0].text.contains(label), "{offer:?}");
    }
    assert!(of_first >= 3 && of_second >= 3, "both seeds count: {offers:?}");
}

#[test]
fn with_nothing_known_the_list_is_a_spread() {
    let tracks = library();
    let asked = Asked::of(&tracks, &[]);
    let offers = asked.get(5);
    let mut styles: Vec<u32> = offers.iter().map(|offer| style_number(offer.track_id)).collect();
    styles.sort_unstable();
    assert_eq!(styles, [0, 1, 2, 3, 4], "one of each style first");
    assert!(offers.is_sorted_by(|a, b| a.score >= b.score));
    assert_eq!(offers[0].reasons[0].text, "a spread over your library's styles");
    assert_eq!(asked.get(5), offers);
    let mut shuffled = tracks.clone();
    fastrand::Rng::with_seed(5).shuffle(&mut shuffled);
    assert_eq!(Asked::of(&shuffled, &[]).get(5), offers, "whatever the order of the tracks");

    let after = Asked::of(&tracks, &[(offers[0].track_id.0, 1, heard())]).get(5);
    assert!(after.iter().all(|offer| offer.track_id != offers[0].track_id), "just heard");
}

#[test]
fn two_tastes_are_both_served() {
    let tracks = library();
    let likes = [1, 2, 3, 33, 34, 35].map(|id| (id, 4000, EventKind::Like));
    let mut asked = Asked::of(&tracks, &likes);
    assert_eq!(asked.taste.centres().len(), 2);
    asked.exclude = [1, 2, 3, 33, 34, 35].map(TrackId).to_vec();
    asked.settings.explore = 0.0;
    let offers = asked.get(8);
    let of = |style| offers.iter().filter(|o| style_number(o.track_id) == style).count();
    assert!(of(0) >= 3 && of(4) >= 3, "{offers:?}");
}

#[test]
fn a_new_track_is_offered_at_once() {
    let tracks = library();
    let mut asked = Asked::of(&tracks, &[(9, 50, EventKind::Like)]);
    asked.seeds = vec![sound("it", style(0, 500))];
    let mut new = track(99, "Newcomer", "Just Made", style(0, 500));
    new.added_at = now();
    asked.library.insert(new);
    assert_eq!(asked.get(3)[0].track_id, TrackId(99));
    asked.library.remove(TrackId(99));
    assert!(asked.get(40).iter().all(|offer| offer.track_id != TrackId(99)));
}

#[test]
fn a_mood_leads_among_what_sounds_alike() {
    let mut tracks = library();
    for track in &mut tracks {
        let calm = track.id.0 % 2 == 0;
        let (valence, energy) = if calm { (0.4, -0.6) } else { (0.1, 0.8) };
        track.mood = Some(Mood { valence, energy });
    }
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![sound("it", style(2, 500))];
    asked.mood = MoodState::at(Mood { valence: 0.4, energy: -0.6 });
    let offers = asked.get(4);
    for offer in &offers {
        assert!(offer.track_id.0 % 2 == 0 && style_number(offer.track_id) == 2, "{offers:?}");
        let why = offer.reasons.iter().find(|reason| reason.kind == ReasonKind::Mood).unwrap();
        assert_eq!((why.text.as_str(), why.weight), ("fits the mood asked for", 0.5));
    }
    let last = asked.get(40).pop().unwrap();
    let why = last.reasons.iter().find(|reason| reason.kind == ReasonKind::Mood).unwrap();
    assert_eq!(why.text, "livelier than the mood asked for");
    asked.mood = MoodState::default();
    asked.mood.set_drift(Drift { pushed: [0.0, 0.3], ..Drift::default() });
    assert!(asked.get(4).iter().all(|offer| offer.track_id.0 % 2 == 1), "calm ones were skipped");
    assert_eq!(
        why_mood(&asked.get(40)),
        ["livelier than what you skipped", "calm, like what you skipped"]
    );
    asked.mood.set_drift(Drift { drawn: [0.0, 0.3], ..Drift::default() });
    let enjoyed =
        ["lively, like what you enjoyed just now", "calmer than what you enjoyed just now"];
    assert_eq!(why_mood(&asked.get(40)), enjoyed, "nothing was skipped");
}

/// What is said of the mood of the first offer and of the last.
fn why_mood(offers: &[Offer]) -> [&str; 2] {
    [offers.first().unwrap(), offers.last().unwrap()].map(|offer| {
        let why = offer.reasons.iter().find(|reason| reason.kind == ReasonKind::Mood).unwrap();
        why.text.as_str()
    })
}

#[test]
fn broken_styles_do_no_harm() {
    let mut tracks = library();
    tracks[0].style = vec![f32::NAN; DIM];
    tracks[1].style = Vec::new();
    let mut asked =
        Asked::of(&tracks, &[(1, 5, EventKind::Like), (2, 5, EventKind::Like), (3, 5, skip())]);
    asked.seeds = vec![sound("it", style(0, 1)), sound("", vec![f32::NAN])];
    assert!(asked.get(40).iter().all(|offer| offer.score.is_finite()));
    asked.seeds.clear();
    asked.taste = Taste::default();
    assert_eq!(asked.get(40).len(), 40);
}
