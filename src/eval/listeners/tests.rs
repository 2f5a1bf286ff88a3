//! What listeners find where it can be heard, and where not.

use std::sync::atomic::AtomicBool;

use fastrand::Rng;

use super::*;
use crate::eval::references::Reference;
use crate::store::records::{Features, Mood};

/// Eight sources of ten tracks: `apart` tells how far their styles are from one another.
fn library(apart: f32) -> Vec<Described> {
    let mut random = Rng::with_seed(1);
    (0..80)
        .map(|place| {
            let source = place / 10;
            let mut style: Vec<f32> = (0..12).map(|_| random.f32() - 0.5).collect();
            style[source] += apart;
            let reference = Reference {
                path: format!("{source}/{place}.ogg").into(),
                name: format!("{source}/{place}.ogg"),
                source: source.to_string(),
                artist: String::new(),
                // So that no two are taken for one recording.
                duration_s: 60.0 * 2.0_f64.powi(place as i32),
                style,
                mood: Mood { valence: 0.0, energy: 0.0 },
                features: Features::plain(),
                timbre: Some(vec![source as f32, random.f32()]),
            };
            Described::of_reference(place, &reference)
        })
        .collect()
}

fn measured(tracks: &[Described]) -> Vec<Listeners> {
    let (stop, progress) = (AtomicBool::new(false), |_| {});
    let watch = Watch { stop: &stop, progress: &progress };
    listeners(tracks, &Settings::load(None).unwrap(), 20, 1, &watch).unwrap()
}

#[test]
fn a_taste_that_can_be_heard_is_found() {
    let rows = measured(&library(4.0));
    let kinds: Vec<(TasteKind, Pool)> = rows.iter().map(|row| (row.kind, row.pool)).collect();
    let all = [TasteKind::Sources, TasteKind::Timbre]
        .map(|kind| [Pool::Unheard, Pool::Library].map(|pool| (kind, pool)));
    assert_eq!(kinds, all.concat());
    let sources = &rows[0];
    let last = sources.precision[FEEDBACKS.len() - 1];
    assert!(last > 0.8 * sources.best && last > sources.precision[0], "{sources:?}");
    assert!(sources.all_told >= last && sources.all_told <= sources.best, "{sources:?}");
    assert!(sources.skips.is_sorted() && sources.skips_to_half.is_some(), "{sources:?}");
    assert!(sources.cold < sources.precision[0], "{sources:?}");
    assert_eq!(measured(&library(4.0)), rows, "the same seed, the same figures");
}

#[test]
fn a_taste_that_cannot_be_heard_is_not() {
    let rows = measured(&library(0.0));
    let last = rows[0].precision[FEEDBACKS.len() - 1];
    assert!(last < 2.0 * rows[0].chance, "{rows:?}");
}

#[test]
fn who_tracks_are_by_tells_of_their_sources() {
    let mut tracks = library(0.0);
    for (place, of) in tracks.iter_mut().enumerate() {
        // Two artists a source, as far as they are known.
        let known = place % 5 > 0;
        of.track.artist =
            if known { format!("{} {}", of.source, place % 2) } else { String::new() };
    }
    let rows = measured(&tracks);
    assert_eq!(rows.iter().filter(|row| row.artists_known).count(), rows.len() / 2);
    let [with, without] = [0, 2].map(|place| &rows[place]);
    assert_eq!((without.pool, with.pool), (Pool::Unheard, Pool::Unheard));
    assert_eq!((without.artists_known, with.artists_known), (false, true));
    let last = |row: &Listeners| row.precision[FEEDBACKS.len() - 1];
    assert_eq!(without.precision[0], with.precision[0], "a seed tells of its sound alone");
    assert!(last(with) > last(without) + 0.1, "{without:?} {with:?}");
    tracks.iter_mut().for_each(|of| of.track.artist.clone_from(&of.source));
    assert!(measured(&tracks).iter().all(|row| !row.artists_known), "they are the sources");
}

#[test]
fn too_few_sources_or_tracks_are_no_taste() {
    assert!(measured(&library(1.0)[..30]).is_empty());
}
