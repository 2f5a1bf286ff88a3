//! How long a library takes to open: the store, then the catalogue with its index, by a process that has
//! seen nothing of it. Prints a row of ARCHITECTURE.md.
//!
//! ```text
//! cargo bench --bench open -- [--tracks N] [--windows W] [--in DIR]
//! ```
//!
//! N tracks (100 000) with W fingerprints (720: three minutes) each are enrolled as `index` does it, which
//! takes minutes and N W 64 bytes; with `--in` they are kept in that folder and found there again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use echovibe::embed::Network;
use echovibe::index::{Code, DIM, Packed};
use echovibe::library::Catalogue;
use echovibe::store::Store;
use echovibe::store::records::{
    Enrolment, Features, FileStamp, GenreShare, Key, Mood, Track, TrackId,
};
use jiff::Timestamp;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [first, folder] = &words[..]
        && first == "measure"
    {
        return measure(Path::new(folder));
    }
    let (mut tracks, mut windows, mut folder) = (100_000, 720, None);
    for pair in words.chunks(2) {
        match pair {
            [name, value] if name == "--tracks" => tracks = value.parse().unwrap(),
            [name, value] if name == "--windows" => windows = value.parse().unwrap(),
            [name, value] if name == "--in" => folder = Some(PathBuf::from(value)),
            _ => return println!("open: left out: cargo bench --bench open -- --tracks N"),
        }
    }
    let temporary = tempfile::tempdir().unwrap();
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    enrol(&folder, tracks, windows);
    println!("| tracks | process | store, ms | catalogue and index, ms | resident, MB |");
    println!("| --- | --- | --- | --- | --- |");
    for _ in 0..3 {
        let program = std::env::current_exe().unwrap();
        assert!(Command::new(program).arg("measure").arg(&folder).status().unwrap().success());
    }
}

fn enrol(folder: &Path, tracks: usize, windows: usize) {
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
        added_at: Timestamp::UNIX_EPOCH,
    }
}

/// In a process of its own.
fn measure(folder: &Path) {
    let network = Network::load().unwrap();
    let started = Instant::now();
    let store = Store::open(folder).unwrap();
    let store_ms = started.elapsed().as_secs_f64() * 1000.0;
    let started = Instant::now();
    let catalogue = Catalogue::load(&store, network.id()).unwrap();
    let catalogue_ms = started.elapsed().as_secs_f64() * 1000.0;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident_mb = resident.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1000.0;
    let held = if store.is_owner() { "owner" } else { "client" };
    let tracks = catalogue.read().unwrap().len();
    println!("| {tracks} | {held} | {store_ms:.0} | {catalogue_ms:.0} | {resident_mb:.0} |");
}
