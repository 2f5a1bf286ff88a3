//! The score is its parts, and what was said and done moves it.

use super::*;

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
            weights[i] = (stands_at + 0.2 - told) / (1.0 + 1.0 / pull);
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
    assert!(mean_rank(&after, 0) > mean_rank(&before, 0) + 1.0, "its like fell: {after:?}");
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
        assert!(fell > 0.01, "each of them: {fell} {why:?}");
        assert!((fell + why.weight).abs() < 1e-9, "it fell by just that: {fell} {why:?}");
    }
}
