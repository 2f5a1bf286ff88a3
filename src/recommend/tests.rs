use std::path::PathBuf;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::settings::Settings;
use crate::store::records::{Event, EventKind, FileStamp};
use crate::taste::vector::cosine;

const DIM: usize = 128;

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// A unit vector: the centre of `style` with its own share of noise, as a network's styles are: all within
/// one half of the sphere, tracks of a style near each other.
fn style(style: u64, own: u64) -> Vec<f32> {
    let mut centre = fastrand::Rng::with_seed(1000 + style);
    let mut noise = fastrand::Rng::with_seed(own);
    let raw: Vec<f64> =
        (0..DIM).map(|_| 0.3 + (centre.f64() - 0.5) * 2.0 + (noise.f64() - 0.5) * 1.0).collect();
    crate::taste::vector::unit(&raw).unwrap()
}

fn track(id: u32, artist: &str, title: &str, style: Vec<f32>) -> Track {
    let mut content = [0; 32];
    content[..4].copy_from_slice(&id.to_le_bytes());
    Track {
        id: TrackId(id),
        path: PathBuf::from(format!("/m/{id}.ogg")),
        stamp: FileStamp { size: 1, modified_ns: 1 },
        content,
        title: title.to_owned(),
        artist: artist.to_owned(),
        album: String::new(),
        genre: String::new(),
        sounds_like: Vec::new(),
        mood: None,
        features: None,
        highlight_s: None,
        duration_s: 60.0 + 7.0 * f64::from(id),
        windows: 1,
        style,
        model: String::new(),
        damage: None,
        added_at: now(),
    }
}

/// 5 styles, 8 tracks of each; the style of track `id` is `id / 8`.
fn library() -> Vec<Track> {
    (0..40u32)
        .map(|i| {
            track(
                i + 1,
                &format!("Artist {i}"),
                &format!("Title {i}"),
                style(u64::from(i / 8), i.into()),
            )
        })
        .collect()
}

fn style_number(id: TrackId) -> u32 {
    (id.0 - 1) / 8
}

fn taste(tracks: &[Track], rows: &[(u32, i64, EventKind)]) -> Taste {
    let events: Vec<Event> = rows
        .iter()
        .zip(1..)
        .map(|((id, minutes, what), seq)| Event {
            seq,
            nonce: u128::from(seq),
            at: now() - SignedDuration::from_mins(*minutes),
            track_id: TrackId(*id),
            title: format!("Title {}", id - 1),
            artist: String::new(),
            what: what.clone(),
        })
        .collect();
    let style_of =
        |id: TrackId| tracks.iter().find(|track| track.id == id).map(|track| track.style.clone());
    Taste::from_events(&events, &style_of, &Settings::load(None).unwrap().taste, now())
}

struct Asked<'a> {
    tracks: &'a [Track],
    taste: Taste,
    settings: settings::Recommend,
    seeds: Vec<Vec<f32>>,
    exclude: Vec<TrackId>,
}

impl<'a> Asked<'a> {
    fn of(tracks: &'a [Track], rows: &[(u32, i64, EventKind)]) -> Self {
        let settings = Settings::load(None).unwrap().recommend;
        let taste = taste(tracks, rows);
        Self { tracks, taste, settings, seeds: Vec::new(), exclude: Vec::new() }
    }

    fn request(&self, count: usize) -> Request<'_> {
        Request {
            tracks: self.tracks,
            seeds: &self.seeds,
            seed_label: Some("Battle 2"),
            exclude: &self.exclude,
            taste: &self.taste,
            settings: &self.settings,
            now: now(),
            count,
        }
    }

    fn get(&self, count: usize) -> Vec<Offer> {
        recommend(&self.request(count))
    }
}

fn heard() -> EventKind {
    EventKind::Heard { position_s: 1.0, confidence: 1.0, heard_s: 2.0, input: "mic".to_owned() }
}

fn skip() -> EventKind {
    EventKind::Skip { share: None }
}

fn score_of(offers: &[Offer], id: u32) -> f64 {
    offers.iter().find(|offer| offer.track_id.0 == id).unwrap().score
}

#[test]
fn the_score_is_the_sum_of_what_it_is_made_of() {
    let tracks = library();
    let rows = [
        (1, 2000, EventKind::Like),
        (9, 60, skip()),
        (2, 5, heard()),
        (3, 90, EventKind::Play { share: 1.0 }),
    ];
    let mut asked = Asked::of(&tracks, &rows);
    asked.seeds = vec![style(0, 77), style(1, 78)];
    let offers = asked.get(40);
    assert_eq!(offers.len(), 40);
    for offer in &offers {
        let track = &tracks[offer.track_id.0 as usize - 1];
        let (s, taste) = (&asked.settings, &asked.taste);
        let seed =
            (cosine(&asked.seeds[0], &track.style) + cosine(&asked.seeds[1], &track.style)) / 2.0;
        let user = cosine(taste.vector.as_ref().unwrap(), &track.style);
        let hours = taste
            .last_heard_or_played(track.id)
            .map(|at| now().duration_since(at).as_secs_f64() / 3600.0);
        let fatigue = hours.map_or(0.0, |hours| 0.5f64.powf(hours / s.fatigue_half_life_h));
        let by_hand = s.seed * seed
            + s.taste * taste.certainty * user
            + s.feedback * taste.feedback(track.id)
            - s.fatigue * fatigue;
        assert!((offer.score - by_hand).abs() < 1e-9, "{offer:?}: {by_hand}");
        let p = &offer.parts;
        assert_eq!(offer.score, p.seed + p.taste + p.feedback + p.fatigue + p.spread);
        assert!((1..=3).contains(&offer.reasons.len()));
        assert!(offer.reasons.is_sorted_by(|a, b| a.weight.abs() >= b.weight.abs()));
    }
    assert!(offers.is_sorted_by(|a, b| a.score >= b.score));
    assert!(offers.iter().zip(1..).all(|(offer, rank)| offer.rank == rank));
}

#[test]
fn a_seed_brings_its_own_style() {
    let tracks = library();
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![tracks[16].style.clone()];
    asked.exclude = vec![TrackId(17)];
    let offers = asked.get(7);
    assert!(offers.iter().all(|offer| style_number(offer.track_id) == 2), "{offers:?}");
    let first = &offers[0].reasons[0];
    assert_eq!(first.kind, ReasonKind::Seed);
    assert!(first.text.starts_with("sounds like Battle 2 (0."), "{}", first.text);
    assert_eq!(offers[0].reasons[1].text, "not heard yet");
}

#[test]
fn a_like_lifts_its_neighbours_and_a_skip_lowers_them() {
    let tracks = library();
    for seeds in [vec![], vec![style(4, 99)]] {
        let ranked = |rows: &[(u32, i64, EventKind)]| {
            let mut asked = Asked::of(&tracks, rows);
            asked.seeds.clone_from(&seeds);
            asked.get(40)
        };
        let lead = |offers: &[Offer], of: std::ops::RangeInclusive<u32>| {
            let mean = |of: std::ops::RangeInclusive<u32>| {
                let n = of.clone().count() as f64;
                of.map(|id| score_of(offers, id)).sum::<f64>() / n
            };
            mean(of) - mean(25..=32)
        };
        let basis = [(30, 10_000, EventKind::Play { share: 0.5 })];
        let before = ranked(&basis);
        let liked = ranked(&[basis[0].clone(), (1, 1, EventKind::Like)]);
        assert!(lead(&liked, 2..=8) > lead(&before, 2..=8) + 0.05);
        assert!(score_of(&liked, 1) > score_of(&before, 1));
        let skipped = ranked(&[basis[0].clone(), (1, 2, EventKind::Like), (9, 1, skip())]);
        assert!(lead(&skipped, 10..=16) < lead(&liked, 10..=16) - 0.05);
        assert!(score_of(&skipped, 9) < score_of(&liked, 9) - 0.1, "the track itself most of all");
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
    ];
    let asked = Asked::of(&tracks, &rows);
    let offers = asked.get(40);
    let texts = |id: u32| -> Vec<&str> {
        let offer = offers.iter().find(|offer| offer.track_id.0 == id).unwrap();
        offer.reasons.iter().map(|reason| reason.text.as_str()).collect()
    };
    assert!(texts(1).contains(&"you liked it"), "{:?}", texts(1));
    assert!(texts(2).contains(&"close to Title 0, which you liked"), "{:?}", texts(2));
    assert!(texts(2).contains(&"not heard yet"), "{:?}", texts(2));
    assert!(texts(9).contains(&"you skipped it 2 h ago"), "{:?}", texts(9));
    assert!(texts(17).contains(&"heard 5 minutes ago"), "{:?}", texts(17));
    assert!(texts(18).contains(&"you rated it 5 stars"), "{:?}", texts(18));
    assert!(texts(19).contains(&"you rated it 1 star"), "{:?}", texts(19));
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
    let mut asked = Asked::of(&tracks, &[]);
    asked.seeds = vec![style(0, 500)];
    let ids: Vec<u32> = asked.get(100).iter().map(|offer| offer.track_id.0).collect();
    assert_eq!(ids.len(), 40);
    let count = |of: &[u32]| ids.iter().filter(|id| of.contains(id)).count();
    assert_eq!((count(&[1, 41, 42]), count(&[2, 43]), count(&[3, 44])), (1, 1, 1));

    asked.exclude = vec![TrackId(1)];
    let ids: Vec<u32> = asked.get(100).iter().map(|offer| offer.track_id.0).collect();
    assert!(!ids.iter().any(|id| [1, 41, 42].contains(id)), "nor a version of what plays");
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
    asked.seeds = vec![style(0, 500)];
    let offers = asked.get(100);
    let by_ann: Vec<usize> = offers.iter().filter(|o| o.track_id.0 <= 8).map(|o| o.rank).collect();
    assert_eq!(by_ann, [1, 2, 4], "two, then somebody else, then the third and last");
    assert_eq!(offers.iter().filter(|o| style_number(o.track_id) == 1).count(), 8);

    let only_ann = &tracks[..8];
    let mut asked = Asked::of(only_ann, &[]);
    asked.seeds = vec![style(0, 500)];
    assert_eq!(asked.get(20).len(), 2, "shorter rather than wrong");
    assert!(Asked::of(&[], &[]).get(20).is_empty());
}

#[test]
fn broken_styles_do_no_harm() {
    let mut tracks = library();
    tracks[0].style = vec![f32::NAN; DIM];
    tracks[1].style = Vec::new();
    let mut asked =
        Asked::of(&tracks, &[(1, 5, EventKind::Like), (2, 5, EventKind::Like), (3, 5, skip())]);
    asked.seeds = vec![style(0, 1)];
    assert!(asked.get(40).iter().all(|offer| offer.score.is_finite()));
    asked.seeds.clear();
    asked.taste = Taste::default();
    assert_eq!(asked.get(40).len(), 40);
}

proptest! {
    #[test]
    fn the_rules_hold_in_any_library(
        rows in proptest::collection::vec((0u32..4, 0u32..6, 0u64..3, 0u64..1000), 0..40),
        seeded in any::<bool>(),
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
        let mut asked = Asked::of(&tracks, &[]);
        if seeded {
            asked.seeds = vec![style(0, 1)];
        }
        let offers = asked.get(count);
        prop_assert!(offers.len() <= count);
        let list: Vec<&Track> = offers.iter().map(|o| &tracks[o.track_id.0 as usize - 1]).collect();
        for three in list.windows(3) {
            let one = three.iter().all(|t| !t.artist.is_empty() && t.artist == three[0].artist);
            prop_assert!(!one, "three in a row");
        }
        for (i, a) in list.iter().enumerate() {
            let of_artist = list.iter().filter(|b| b.artist == a.artist).count();
            prop_assert!(a.artist.is_empty() || of_artist <= asked.settings.per_artist);
            for b in &list[..i] {
                prop_assert!(a.id != b.id);
                prop_assert!(a.artist != b.artist || a.title != b.title);
            }
        }
        for offer in &offers {
            prop_assert!(!offer.reasons.is_empty());
        }
    }
}
