//! What may not stand together in a list, over many lists.

use proptest::prelude::*;

use super::*;

#[test]
fn what_was_banned_is_never_offered() {
    let mut tracks = library();
    tracks.push(track(41, "Artist 0", "Title 0 (Live)", style(0, 41)));
    let banned = [(1, 5, EventKind::Ban), (9, 9, EventKind::Ban), (9, 5, EventKind::Unban)];
    let mut asked = Asked::of(&tracks, &banned);
    for seeds in [vec![], vec![Seed::of(&tracks[1])]] {
        asked.seeds = seeds;
        let ids: Vec<u32> = asked.get(100).iter().map(|offer| offer.track_id.0).collect();
        assert!(!ids.contains(&1) && !ids.contains(&41), "nor a version of it");
        assert!(ids.contains(&9), "taken back");
    }
}

#[test]
fn the_same_song_comes_once() {
    let mut tracks = library();
    for (id, title) in [(41, "Title 0 (Remix)"), (42, "TITLE 0 - Live at Home")] {
        tracks.push(track(id, "artist 0", title, style(0, id.into())));
    }
    let mut copy = track(43, "Somebody", "Something", tracks[1].style.clone());
    copy.duration_s = tracks[1].duration_s + 0.5;
    tracks.push(copy);
    let mut bytes = track(44, "Nobody", "Anything", style(3, 44));
    bytes.content = tracks[2].content;
    tracks.push(bytes);
    // So badly encoded that its style is another, but its fingerprints told.
    let mut bad = track(45, "No one", "What", style(4, 45));
    bad.recording = Some(TrackId(4));
    tracks.push(bad);
    tracks[3].recording = Some(TrackId(4));
    tracks[4].recording = Some(TrackId(5));
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![sound("it", style(0, 500))];
    let ids: Vec<u32> = asked.get(100).iter().map(|offer| offer.track_id.0).collect();
    assert_eq!(ids.len(), 40);
    let count = |of: &[u32]| ids.iter().filter(|id| of.contains(id)).count();
    assert_eq!((count(&[1, 41, 42]), count(&[2, 43]), count(&[3, 44])), (1, 1, 1));
    assert_eq!((count(&[4, 45]), count(&[5])), (1, 1));

    asked.exclude = vec![TrackId(1)];
    let ids: Vec<u32> = asked.get(100).iter().map(|offer| offer.track_id.0).collect();
    assert!(!ids.iter().any(|id| [1, 41, 42].contains(id)), "nor a version of what plays");
    let same = asked.library.same_recording(&tracks[1].style, tracks[1].duration_s + 3.0);
    assert_eq!(same, Some(TrackId(2)));
    assert_eq!(asked.library.same_recording(&style(0, 12_345), 60.0), None);
}

#[test]
fn no_artist_takes_over_but_unknown_ones_are_not_one() {
    let mut tracks = library();
    for track in &mut tracks[..8] {
        track.artist = "Ann".to_owned();
    }
    for track in &mut tracks[8..16] {
        track.artist.clear();
    }
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![sound("it", style(0, 500))];
    let offers = asked.get(100);
    let by_ann: Vec<usize> = offers.iter().filter(|o| o.track_id.0 <= 8).map(|o| o.rank).collect();
    assert_eq!(by_ann, [1, 2, 11, 21, 22, 31], "two in ten, three in twenty");
    assert_eq!(offers.iter().filter(|o| style_number(o.track_id) == 1).count(), 8);

    let mut asked = Asked::of(&tracks[..8], &[]);
    asked.seeds = vec![sound("it", style(0, 500))];
    assert_eq!(asked.get(20).len(), 2, "shorter rather than wrong");
    assert!(Asked::of(&[], &[]).get(20).is_empty());
}

#[test]
fn a_thousand_seeds_keep_the_rules() {
    let tracks = big_library(60);
    let rows = [(5, 900, EventKind::Like), (250, 800, EventKind::Like), (77, 60, skip())];
    let mut asked = Asked::of(&tracks, &rows);
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..1000 {
        asked.seeds = vec![Seed::of(&tracks[random.usize(..tracks.len())])];
        let ids: Vec<TrackId> = asked.get(20).iter().map(|offer| offer.track_id).collect();
        assert_eq!(ids.len(), 20);
        assert_rules(&asked.library, &ids);
    }
}

proptest! {
    #[test]
    fn the_rules_hold_in_any_library(
        rows in proptest::collection::vec((0u32..4, 0u32..6, 0u64..3, 0u64..1000), 0..40),
        seeded in any::<bool>(),
        liked in any::<bool>(),
        count in 0usize..30,
    ) {
        let tracks: Vec<Track> = rows
            .iter()
            .zip(1..)
            .map(|((artist, title, of, own), id)| {
                let artist = if *artist == 0 { String::new() } else { format!("A{artist}") };
                track(id, &artist, &format!("T{title}"), style(*of, *own))
            })
            .collect();
        let likes = [(1, 50, EventKind::Like)];
        let mut asked = Asked::of(&tracks, if liked { &likes } else { &[] });
        if seeded {
            asked.seeds = vec![sound("it", style(0, 1))];
        }
        let offers = asked.get(count);
        prop_assert!(offers.len() <= count);
        let list: Vec<&Track> = offers.iter().map(|o| &tracks[o.track_id.0 as usize - 1]).collect();
        for (places, most) in [(3, 2), (10, 2), (20, 3)] {
            for window in list.windows(places.min(list.len().max(1))) {
                for track in window {
                    let of_artist = window.iter().filter(|b| b.artist == track.artist).count();
                    prop_assert!(track.artist.is_empty() || of_artist <= most);
                }
            }
        }
        for (i, a) in list.iter().enumerate() {
            for b in &list[..i] {
                prop_assert!(a.id != b.id);
                prop_assert!(a.artist != b.artist || a.title != b.title);
            }
        }
        for offer in &offers {
            prop_assert!(!offer.reasons.is_empty());
            let told: f64 = offer.reasons.iter().map(|reason| reason.weight).sum();
            prop_assert!((told + offer.other - offer.score).abs() < 1e-12);
        }
        prop_assert_eq!(asked.get(count), offers);
    }
}
