use super::*;
use crate::index::codes::DIM;
use crate::index::{Among, Code, Index, Packed};

/// Fingerprints that turn slowly from one window to the next, as real ones do.
fn code(track: u64, place: f64) -> Code {
    let at = |i: u64| {
        let mut random = fastrand::Rng::with_seed(track * 100_000 + i);
        (0..DIM).map(move |_| random.f64() - 0.5).collect::<Vec<f64>>()
    };
    let (low, part) = (place.floor() as u64, place.fract());
    let (a, b) = (at(low), at(low + 1));
    let mixed: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a * (1.0 - part) + b * part).collect();
    let length = mixed.iter().map(|v| v * v).sum::<f64>().sqrt();
    crate::index::quantise(&std::array::from_fn(|i| (mixed[i] / length) as f32))
}

fn index() -> Index {
    let mut index = Index::default();
    for track in 0..30_u32 {
        let codes: Vec<Code> = (0..240).map(|w| code(u64::from(track), f64::from(w))).collect();
        index.insert(track, 1, Packed::of(&codes));
    }
    index
}

fn clip(track: u64, start_s: f64, windows: usize) -> Vec<Query> {
    (0..windows)
        .map(|i| {
            let time_s = i as f64 * 0.0625;
            Query { time_s, code: code(track, (start_s + time_s) / INDEX_HOP_S) }
        })
        .collect()
}

fn slices(hits: &[Vec<Hit>]) -> Vec<&[Hit]> {
    hits.iter().map(Vec::as_slice).collect()
}

fn best(index: &Index, queries: &[Query]) -> Alignment {
    let hits = index.search(&queries.iter().map(|q| q.code).collect::<Vec<_>>(), 24, Among::All);
    align(index, queries, &slices(&hits), Effort::Once).unwrap()[0]
}

#[test]
fn the_place_does_not_depend_on_the_cut() {
    let index = index();
    for start in [0.0, 3.0, 17.13, 17.25, 17.4, 40.61] {
        let found = best(&index, &clip(12, start, 56));
        assert_eq!(found.key, 12);
        assert!((found.place.offset_s - start).abs() < 0.07, "{start}: {}", found.place.offset_s);
        assert!(found.score > 0.85, "{start}: {}", found.score);
    }
}

#[test]
fn a_clip_that_runs_over_the_end_scores_what_is_inside() {
    let index = index();
    let found = best(&index, &clip(3, 58.0, 56));
    assert_eq!(found.key, 3);
    assert!(found.score < 0.75);
}

#[test]
fn another_offset_scores_low() {
    let index = index();
    let queries = clip(5, 20.0, 56);
    let score = |key, at| score_at(&index, &queries, key, Place::at(at)).unwrap();
    assert!(score(5, 20.0) > 0.95);
    assert!(score(5, 31.0) < 0.3);
    assert_eq!(score(777, 20.0), 0.0);
}

#[test]
fn a_faster_playback_is_followed() {
    let index = index();
    for speed in [0.98, 1.0, 1.02] {
        let queries: Vec<Query> = (0..160)
            .map(|i| {
                let time_s = f64::from(i) * 0.0625;
                let place = 20.0 + time_s * speed;
                Query { time_s, code: code(8, place / INDEX_HOP_S) }
            })
            .collect();
        let found = best(&index, &queries);
        assert_eq!(found.key, 8);
        assert!((found.place.speed - speed).abs() < 0.006, "{}", found.place.speed);
        assert!((found.place.offset_s - 20.0).abs() < 0.1, "{}", found.place.offset_s);
        assert!(found.score > 0.85, "{speed}: {}", found.score);
    }
}

#[test]
fn copies_of_the_best_are_known() {
    let mut index = index();
    for copy in 100..108_u32 {
        let codes: Vec<Code> = (0..240).map(|w| code(12, f64::from(w) + 8.0)).collect();
        index.insert(copy, 1, Packed::of(&codes));
    }
    let queries = clip(12, 20.0, 56);
    let codes: Vec<Code> = queries.iter().map(|q| q.code).collect();
    let hits = index.search(&codes, 24, Among::All);
    let found = align(&index, &queries, &slices(&hits), Effort::Once).unwrap();
    assert_eq!(found[0].key, 12);
    let copies = found.iter().filter(|alignment| alignment.copy);
    assert_eq!(copies.count(), 8);
    assert!(found.iter().all(|alignment| alignment.copy == (alignment.key >= 100)));
}
