//! What is known of an artist.

use super::*;

/// Two tracks each of Ann and of Bob in styles 0 and 1, and one more in styles that nobody knows, among others.
fn tracks() -> Vec<Track> {
    let mut tracks = library();
    for (artist, places) in [("Ann", [0, 1, 24]), ("Bob", [8, 9, 25])] {
        places.into_iter().for_each(|place| artist.clone_into(&mut tracks[place].artist));
    }
    tracks
}

fn offers(tracks: &[Track], rows: &[(u32, i64, EventKind)]) -> Vec<Offer> {
    let mut asked = Asked::of(tracks, rows);
    asked.settings.explore = 0.0;
    let offers = asked.get(40);
    assert!(offers.len() > 36, "all but what the rules leave out");
    offers
}

fn artist_of(offers: &[Offer], id: u32) -> (f64, Option<&str>) {
    let offer = offers.iter().find(|offer| offer.track_id.0 == id).unwrap();
    let reason = offer.reasons.iter().find(|reason| reason.kind == ReasonKind::Artist);
    (offer.parts.artist, reason.map(|reason| reason.text.as_str()))
}

#[test]
fn what_is_by_an_artist_one_likes_rises_and_by_one_whom_one_skips_falls() {
    let tracks = tracks();
    let once = offers(&tracks, &[(1, 5000, EventKind::Like), (9, 60, skip())]);
    let (of_ann, said) = artist_of(&once, 25);
    assert!(of_ann > 0.05, "{of_ann}");
    assert_eq!(said, Some("by Ann, as is Title 0, which you liked"));
    let (of_bob, said) = artist_of(&once, 26);
    assert!(of_bob < -0.01, "{of_bob}");
    assert_eq!(said, Some("by Bob, as is Title 8, which you skipped"));
    assert_eq!(artist_of(&once, 27), (0.0, None), "by neither");
    assert_eq!(
        artist_of(&once, 1),
        (0.0, None),
        "what is said of it is not said of its artist's others"
    );
    let twice = [
        (1, 5000, EventKind::Like),
        (2, 4000, EventKind::Play { share: 1.0 }),
        (9, 60, skip()),
        (10, 55, skip()),
    ];
    let twice = offers(&tracks, &twice);
    assert!(artist_of(&twice, 25).0 > of_ann && artist_of(&twice, 26).0 < of_bob);
    assert_eq!(artist_of(&twice, 25).1, Some("by Ann, of whom you enjoyed 2"));
    assert_eq!(artist_of(&twice, 26).1, Some("by Bob, of whom you skipped 2"));
}

#[test]
fn an_artist_of_one_track_says_nothing() {
    let tracks = library();
    for offer in offers(&tracks, &[(1, 5000, EventKind::Like), (9, 60, skip())]) {
        assert_eq!(offer.parts.artist, 0.0, "{offer:?}");
    }
}

#[test]
fn the_artist_is_found_in_a_large_library_however_it_is_searched() {
    let mut tracks = big_library(120);
    // Unlike everything else of hers.
    let odd = 1_150;
    tracks[odd] = track(odd as u32 + 1, "Ann", "Odd", style(40, 7));
    let likes: Vec<(u32, i64, EventKind)> = (0..4)
        .map(|of| {
            tracks[of * 170].artist = "Ann".to_owned();
            (tracks[of * 170].id.0, 900, EventKind::Like)
        })
        .collect();
    let mut asked = Asked::of(&tracks, &likes);
    asked.settings.explore = 0.0;
    let rank = |asked: &Asked| {
        let offers = asked.get(200);
        offers.iter().find(|offer| offer.track_id == tracks[odd].id).map(|offer| offer.rank)
    };
    let exact = rank(&asked);
    assert!(exact.is_some_and(|rank| rank < 60), "{exact:?}");
    asked.library.build_graph();
    assert_eq!(rank(&asked), exact);
}

#[test]
fn one_artist_may_fill_the_list_where_the_settings_let_them() {
    let mut tracks = library();
    tracks.iter_mut().take(8).for_each(|track| track.artist = "Ann".to_owned());
    let mut asked = Asked::of(&tracks, &[]);
    (asked.settings.per_artist_in_ten, asked.settings.per_artist) = (10, 20);
    asked.seeds = vec![sound("it", style(0, 500))];
    assert!(asked.get(8).iter().all(|offer| offer.track_id.0 <= 8));
}
