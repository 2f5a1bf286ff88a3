use std::path::PathBuf;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::settings::Settings;
use crate::store::records::{Event, EventKind, FileStamp};
use crate::taste::vector::cosine;

pub const DIM: usize = 128;

pub fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// A unit vector: the centre of `style` with its own share of noise, as a network's styles are: all within
/// one half of the sphere, tracks of a style near each other.
pub fn style(style: u64, own: u64) -> Vec<f32> {
    let mut centre = fastrand::Rng::with_seed(1000 + style);
    let mut noise = fastrand::Rng::with_seed(own);
    let raw: Vec<f64> =
        (0..DIM).map(|_| 0.3 + (centre.f64() - 0.5) * 2.0 + (noise.f64() - 0.5) * 1.0).collect();
    crate::taste::vector::unit(&raw).unwrap()
}

pub fn track(id: u32, artist: &str, title: &str, style: Vec<f32>) -> Track {
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
pub fn library() -> Vec<Track> {
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

pub fn taste(tracks: &[Track], rows: &[(u32, i64, EventKind)]) -> Taste {
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

/// A library, what is known of the user, and what is asked.
struct Asked {
    library: Collection,
    taste: Taste,
    settings: settings::Recommend,
    seeds: Vec<Seed>,
    exclude: Vec<TrackId>,
    mood: MoodState,
    popularity: Option<BTreeMap<TrackId, f64>>,
}

impl Asked {
    fn of(tracks: &[Track], rows: &[(u32, i64, EventKind)]) -> Self {
        Self {
            library: Collection::new(tracks.iter().cloned()),
            taste: taste(tracks, rows),
            settings: Settings::load(None).unwrap().recommend,
            seeds: Vec::new(),
            exclude: Vec::new(),
            mood: MoodState::default(),
            popularity: None,
        }
    }

    fn request(&self, count: usize) -> Request<'_> {
        Request {
            seeds: &self.seeds,
            exclude: &self.exclude,
            mood: self.mood,
            popularity: self.popularity.as_ref(),
            count,
            ..Request::new(&self.library, &self.taste, &self.settings, now())
        }
    }

    fn get(&self, count: usize) -> Vec<Offer> {
        recommend(&self.request(count))
    }
}

/// A seed that is no track.
fn sound(label: &str, style: Vec<f32>) -> Seed {
    Seed { label: label.to_owned(), style, mood: None, features: None, track_id: None }
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

/// The mean of the Gaussian process of `leaning`, its equations solved by Gauss and Seidel's rounds.
fn lean(tracks: &[Track], known: &[(Vec<f32>, f64, f64)], style: &[f32]) -> f64 {
    let mean = |i: usize| tracks.iter().map(|t| t.style[i]).sum::<f32>() / tracks.len() as f32;
    let mean: Vec<f32> = (0..DIM).map(mean).collect();
    let away =
        |style: &[f32]| -> Vec<f32> { style.iter().zip(&mean).map(|(x, m)| x - m).collect() };
    let alike = |a: &[f32], b: &[f32]| ((cosine(&away(a), &away(b)) - 1.0) / 0.4).exp();
    let mut weights = vec![0.0; known.len()];
    for _ in 0..1000 {
        for (i, (at, pull, stands_at)) in known.iter().enumerate() {
            let others = known.iter().zip(&weights).enumerate().filter(|(j, _)| *j != i);
            let told: f64 = others.map(|(_, (other, w))| w * alike(at, &other.0)).sum();
            weights[i] = (stands_at + 0.1 - told) / (1.0 + 1.0 / pull);
        }
    }
    known.iter().zip(&weights).map(|(known, weight)| weight * alike(&known.0, style)).sum()
}

#[test]
fn the_score_is_the_sum_of_what_it_is_made_of() {
    let mut tracks = library();
    for (track, place) in tracks.iter_mut().zip(0..) {
        let valence = (place as f32 / 20.0) - 1.0;
        track.mood = Some(Mood { valence, energy: -valence });
        if track.id.0 < 40 {
            track.added_at = now() - SignedDuration::from_hours(24 * 365);
        }
    }
    let rows = [
        (1, 2000, EventKind::Like),
        (25, 2000, EventKind::Like),
        (9, 60, skip()),
        (2, 5, heard()),
        (3, 90, EventKind::Play { share: 1.0 }),
        (3, 80, EventKind::Play { share: 1.0 }),
    ];
    let mut asked = Asked::of(&tracks, &rows);
    asked.seeds = vec![sound("a", style(0, 77)), sound("b", style(1, 78))];
    asked.mood = MoodState::at(Mood { valence: 0.4, energy: -0.6 });
    asked.popularity = Some(BTreeMap::from([(TrackId(30), 0.5), (TrackId(31), 7.0)]));
    asked.settings.explore = 0.0;
    let offers = asked.get(40);
    assert_eq!(offers.len(), 40);
    let (s, taste) = (&asked.settings, &asked.taste);
    let known = [(1, 1.0), (25, 1.0), (3, 1.0), (9, -0.5)].map(|(id, stands_at)| {
        let pulls = taste.strongest(10);
        let style = &tracks[id - 1].style;
        let pull = pulls.iter().find(|told| cosine(told.style, style) > 0.999_999).unwrap().pull;
        (style.clone(), pull.abs(), stands_at)
    });
    for offer in &offers {
        let track = &tracks[offer.track_id.0 as usize - 1];
        let cosines = [0, 1].map(|seed| cosine(&asked.seeds[seed].style, &track.style));
        let seed = (cosines[0] + cosines[1]) / 4.0 + cosines[0].max(cosines[1]) / 2.0;
        let hours = |minutes: f64| 1.0 - 0.5f64.powf(minutes / 60.0 / s.fatigue_half_life_h);
        let fatigue = match offer.track_id.0 {
            2 => 1.0 - hours(5.0),
            3 => 1.0 - hours(90.0) * hours(80.0),
            _ => 0.0,
        };
        let mood = asked.mood.fit(track.mood.unwrap());
        let popularity = match offer.track_id.0 {
            30 => 0.5,
            31 => 1.0,
            _ => 0.0,
        };
        let by_hand = s.seed * seed
            + s.taste * lean(&tracks, &known, &track.style)
            + s.feedback * taste.feedback(track.id)
            - s.fatigue * fatigue
            + s.mood * mood
            + if offer.track_id.0 == 40 { s.fresh * 39.0 / 40.0 } else { 0.0 }
            + s.popularity * popularity;
        assert!((offer.score - by_hand).abs() < 1e-4, "{offer:?}: {by_hand}");
        assert_eq!(offer.score, offer.parts.score());
        assert!((2..=3).contains(&offer.reasons.len()));
    }
    assert!(offers.is_sorted_by(|a, b| a.score >= b.score));
    assert!(offers.iter().zip(1..).all(|(offer, rank)| offer.rank == rank));
}

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
fn a_like_lifts_its_neighbours_and_a_skip_lowers_them() {
    let tracks = library();
    for seeds in [vec![], vec![sound("it", style(4, 99))]] {
        let ranked = |rows: &[(u32, i64, EventKind)]| {
            let mut asked = Asked::of(&tracks, rows);
            asked.seeds.clone_from(&seeds);
            asked.settings.explore = 0.0;
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
        assert!(lead(&skipped, 10..=16) < lead(&liked, 10..=16) - 0.03);
        assert!(score_of(&skipped, 9) < score_of(&liked, 9) - 0.1, "the track itself most of all");
    }
}

#[test]
fn one_skip_moves_the_next_list_and_says_why() {
    // Two styles that the seed lies between; one track of the first is skipped.
    let tracks = library();
    let between: Vec<f64> = style(0, 500)
        .iter()
        .zip(&style(1, 501))
        .map(|(a, b)| f64::from(*a) + f64::from(*b))
        .collect();
    let list = |rows: &[(u32, i64, EventKind)]| {
        let mut asked = Asked::of(&tracks, rows);
        asked.seeds = vec![sound("it", crate::taste::vector::unit(&between).unwrap())];
        asked.settings.explore = 0.0;
        asked.get(16)
    };
    let rank = |offers: &[Offer], id: u32| {
        offers.iter().find(|offer| offer.track_id.0 == id).map_or(99, |offer| offer.rank)
    };
    let before = list(&[]);
    let after = list(&[(3, 1, skip())]);
    assert!(rank(&before, 3) <= 16 && rank(&after, 3) > rank(&before, 3), "what was skipped");
    let mean_rank = |offers: &[Offer], of: u32| {
        let ranks =
            (8 * of + 1..=8 * of + 8).filter(|id| *id != 3).map(|id| rank(offers, id).min(17));
        ranks.sum::<usize>() as f64 / 8.0
    };
    assert!(mean_rank(&after, 0) > mean_rank(&before, 0) + 2.0, "its like fell: {after:?}");
    assert!(mean_rank(&after, 1) < mean_rank(&before, 1) - 1.0, "the others rose");
    for offer in after.iter().filter(|offer| style_number(offer.track_id) == 0) {
        if offer.track_id == TrackId(3) {
            let said = offer.reasons.iter().any(|r| r.text == "you skipped it a minute ago");
            assert!(said, "{offer:?}");
            continue;
        }
        let why = offer.reasons.iter().find(|reason| reason.kind == ReasonKind::Skipped).unwrap();
        assert_eq!(why.text, "close to Title 2, which you skipped");
        let fell = score_of(&before, offer.track_id.0) - offer.score;
        assert!((fell + why.weight).abs() < 1e-9, "it fell by just that: {fell} {why:?}");
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
    use super::compare::tests::features;
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
    asked.mood.set_drift([0.0, 0.3]);
    assert!(asked.get(4).iter().all(|offer| offer.track_id.0 % 2 == 1), "calm ones were skipped");
}

#[test]
fn exploring_shrinks_as_the_taste_gets_certain() {
    let tracks = library();
    let explored = |likes: i64| {
        let rows: Vec<_> =
            (0..likes).map(|i| (1 + (i % 4) as u32, 2000 + i, EventKind::Like)).collect();
        let mut asked = Asked::of(&tracks, &rows);
        asked.settings.explore = 0.5;
        let list = asked.get(20);
        assert_eq!(list, asked.get(20), "the same request, the same answer");
        list.iter().filter(|offer| offer.parts.explore > 0.0).count()
    };
    let (one, four) = (explored(1), explored(4));
    assert_eq!(explored(0), 0, "nothing known, nothing to go beyond");
    assert!(one > four && four > 0, "{one} {four}");

    let mut asked = Asked::of(&tracks, &[(1, 2000, EventKind::Like)]);
    asked.settings.explore = 0.5;
    let of_day = |day: i64| -> Vec<TrackId> {
        let now = now() + SignedDuration::from_hours(24 * day);
        let offers = recommend(&Request { now, ..asked.request(20) });
        offers.iter().filter(|o| o.parts.explore > 0.0).map(|o| o.track_id).collect()
    };
    assert!((1..10).any(|day| of_day(day) != of_day(0)), "another day, other surprises");
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
    asked.seeds = vec![sound("it", style(0, 500))];
    let ids: Vec<u32> = asked.get(100).iter().map(|offer| offer.track_id.0).collect();
    assert_eq!(ids.len(), 40);
    let count = |of: &[u32]| ids.iter().filter(|id| of.contains(id)).count();
    assert_eq!((count(&[1, 41, 42]), count(&[2, 43]), count(&[3, 44])), (1, 1, 1));

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

/// Ten tracks each of artists that keep to a style or two, some of them versions of others.
fn big_library(artists: u32) -> Vec<Track> {
    let mut random = fastrand::Rng::with_seed(11);
    (0..artists * 10)
        .map(|i| {
            let (artist, of_artist) = (i / 10, i % 10);
            let of = u64::from(artist % 12 + of_artist % 2 * 5);
            let title = match of_artist {
                9 => format!("Song {artist}-0 (Live)"),
                8 => format!("Song {artist}-1 - 2011 Remaster"),
                n => format!("Song {artist}-{n}"),
            };
            let mut track = track(i + 1, &format!("A{artist}"), &title, style(of, u64::from(i)));
            track.duration_s = 100.0 + 200.0 * random.f64();
            if of_artist == 7 {
                track.style = style(of, u64::from(i - 5));
                track.duration_s = 120.0;
            }
            if of_artist == 2 {
                track.duration_s = 125.0;
            }
            track
        })
        .collect()
}

/// The rules of a list: versions of one song, and artists in any ten places.
fn assert_rules(library: &Collection, ids: &[TrackId]) {
    let list: Vec<&Track> = ids.iter().map(|id| library.get(*id).unwrap()).collect();
    for ten in list.windows(10.min(list.len().max(1))) {
        for track in ten {
            let of_artist = ten.iter().filter(|other| other.artist == track.artist).count();
            assert!(of_artist <= 2, "{of_artist} of {} in ten", track.artist);
        }
    }
    let songs: std::collections::HashSet<_> =
        list.iter().map(|track| super::song::song(track)).collect();
    assert_eq!(songs.len(), list.len(), "a song twice");
    for (i, a) in list.iter().enumerate() {
        for b in &list[..i] {
            let pieces = ((a.style.as_slice(), a.duration_s), (b.style.as_slice(), b.duration_s));
            assert!(!super::rules::is_same_recording(pieces.0, pieces.1), "{} {}", a.id, b.id);
        }
    }
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

#[test]
fn the_graph_finds_what_looking_everywhere_does() {
    let tracks = big_library(60);
    let mut asked = Asked::of(&tracks, &[(5, 900, EventKind::Like), (77, 60, skip())]);
    asked.settings.explore = 0.0;
    let lists = |asked: &mut Asked| -> Vec<Vec<TrackId>> {
        (0..50)
            .map(|i| {
                asked.seeds = vec![Seed::of(&tracks[i * 11])];
                asked.get(10).iter().map(|offer| offer.track_id).collect()
            })
            .collect()
    };
    let exact = lists(&mut asked);
    asked.library.build_graph();
    let near = lists(&mut asked);
    let found: usize = exact
        .iter()
        .zip(&near)
        .map(|(exact, near)| exact.iter().filter(|id| near.contains(id)).count())
        .sum();
    assert!(found >= 495, "{found} of 500");

    // What comes, changes or goes after the graph was made.
    asked.library.insert(track(9_001, "New", "New", style(3, 700)));
    asked.library.insert(track(5, "Changed", "Changed", style(3, 701)));
    let gone = near[0].iter().copied().find(|id| id.0 != 5).unwrap();
    asked.library.remove(gone);
    let later = Collection::new(asked.library.tracks().iter().cloned());
    later.inherit_graph(&asked.library);
    for library in [&later, &asked.library] {
        let seeds = [sound("it", style(3, 700))];
        let request = Request { seeds: &seeds, library, ..asked.request(10) };
        let ids: Vec<u32> = recommend(&request).iter().map(|offer| offer.track_id.0).collect();
        assert!(ids[..2].contains(&9_001), "{ids:?}");
        assert!(ids.contains(&5) && !ids.contains(&gone.0), "{ids:?}");
    }
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

/// How far on the way from one style to another a third lies, by hand.
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
