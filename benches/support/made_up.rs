//! A library of made-up tracks.

use std::path::Path;
use std::time::Instant;

use echovibe::embed::Network;
use echovibe::index::{Code, DIM, Packed};
use echovibe::store::Store;
use echovibe::store::records::{
    Enrolment, Features, FileStamp, GenreShare, Key, Mood, Track, TrackId,
};
use jiff::Timestamp;

/// Enrols as many tracks as are missing in the store of `folder`, with so many random fingerprints each.
pub fn enrol(folder: &Path, tracks: usize, windows: usize) {
    let store = Store::open(folder).unwrap();
    let model = Network::load().unwrap().id().to_owned();
    let there = store.tracks().unwrap().len();
    let started = Instant::now();
    for number in there..tracks {
        let mut random = fastrand::Rng::with_seed(number as u64);
        let codes: Vec<Code> =
            (0..windows).map(|_| std::array::from_fn(|_| random.i8(-60..60))).collect();
        let style: Vec<f32> = (0..2 * DIM).map(|_| random.f32() - 0.5).collect();
        store
            .enrol(Enrolment {
                track: track(number, windows, style, &model),
                fingerprints: Packed::of(&codes).bytes().to_vec(),
            })
            .unwrap();
    }
    if there < tracks {
        let rate = (tracks - there) as f64 / started.elapsed().as_secs_f64();
        println!("enrolled {rate:.0} tracks a second\n");
    }
}

fn track(number: usize, windows: usize, style: Vec<f32>, model: &str) -> Track {
    Track {
        id: TrackId(0),
        path: format!("/music/artist {}/album/{number:06} some title.flac", number / 12).into(),
        stamp: FileStamp { size: 5_000_000, modified_ns: 1_700_000_000_000_000_000 },
        content: *blake3::hash(&number.to_le_bytes()).as_bytes(),
        title: format!("Some title {number}"),
        artist: format!("Artist {}", number / 12),
        album: "An album".to_owned(),
        genre: "Electronic".to_owned(),
        duration_s: windows as f64 / 4.0,
        windows: windows as u32,
        style,
        sounds_like: vec![GenreShare { genre: "electronic".to_owned(), probability: 0.8 }],
        mood: Some(Mood { valence: 0.1, energy: 0.2 }),
        features: Some(Features {
            tempo_bpm: Some(120.0),
            key: Some(Key { tonic: 2, minor: true }),
            loudness_lufs: -14.0,
            centroid_hz: 1800.0,
            zero_crossing_rate: 0.1,
            onset_rate: 3.0,
            mfcc: [vec![0.5; 13], vec![0.5; 13]],
            chroma: vec![0.1; 12],
            contrast: vec![20.0; 7],
            tonnetz: vec![0.1; 6],
        }),
        highlight_s: Some(40.0),
        model: model.to_owned(),
        damage: None,
        recording: None,
        added_at: Timestamp::UNIX_EPOCH,
    }
}
