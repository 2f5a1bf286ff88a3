//! Do tracks of one source find each other? The program's styles, bliss-audio's default distance and MFCC
//! statistics over the same tracks, each track asking for the others of its source (the first folder).
//!
//! ```text
//! cargo bench --bench retrieval -- [--music DIR] [--bliss CSV | --no-bliss]
//! ```
//!
//! bliss-audio brings a newer decoder and another licence (GPL), so it is no dependency: `benches/bliss`
//! is a program of its own that writes its distances. It is built and run here, unless a file with its
//! distances is given.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use echovibe::embed::Network;
use echovibe::eval::{
    Described, Progress, Retrieval, Watch, described, enrol, nearness, retrieval, standardised,
    timbres,
};
use echovibe::recommend::likeness;
use echovibe::taste::vector::cosine;

type Likeness<'a> = Box<dyn Fn(usize, usize) -> f32 + Sync + 'a>;

fn main() {
    let mut music = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/music/dev");
    let (mut bliss, mut wants_bliss): (Option<PathBuf>, bool) = (None, true);
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        match word.as_str() {
            "--music" => music = words.next().unwrap().into(),
            "--bliss" => bliss = Some(words.next().unwrap().into()),
            "--no-bliss" => wants_bliss = false,
            other => panic!("unknown option {other}"),
        }
    }
    if !music.is_dir() {
        return println!("retrieval: left out: there is no {}; give --music DIR", music.display());
    }
    let network = Network::load().unwrap();
    let (stop, progress) = (AtomicBool::new(false), |_: Progress| {});
    let watch = Watch { stop: &stop, progress: &progress };
    let references = enrol(&network, std::slice::from_ref(&music), &watch).unwrap().tracks;
    let tracks: Vec<Described> = references
        .iter()
        .enumerate()
        .map(|(place, reference)| Described::of_reference(place, reference))
        .collect();
    let sources: Vec<&str> = tracks.iter().map(|track| track.source.as_str()).collect();
    let timbres = timbres(&tracks).unwrap();
    let scaled = standardised(&timbres);
    let style = |place: usize| tracks[place].track.style.as_slice();
    let described = described(&tracks);
    let distances = match bliss {
        Some(file) => Some(std::fs::read_to_string(file).unwrap()),
        None if wants_bliss => by_bliss(&music),
        None => None,
    };
    let distances = distances.as_deref().map(read_distances);
    let mut systems: Vec<(&str, Likeness)> = vec![
        (
            "EchoVibe, style and measurements (what seeds go by)",
            Box::new(|a, b| likeness(&described[a], &described[b])),
        ),
        ("EchoVibe, style, cosine", Box::new(|a, b| cosine(style(a), style(b)) as f32)),
        (
            "MFCC means and deviations, Euclidean",
            Box::new(|a, b| nearness(&timbres[a], &timbres[b])),
        ),
        ("the same, standardised", Box::new(|a, b| nearness(&scaled[a], &scaled[b]))),
    ];
    match &distances {
        Some(distances) => systems.push((
            "bliss-audio, its default distance",
            Box::new(|a, b| {
                let [a, b] = [a, b].map(|place| references[place].name.clone());
                -distances[&(a, b)]
            }),
        )),
        None => eprintln!("bliss-audio is left out"),
    }
    println!("{} tracks; network {}\n", tracks.len(), network.id());
    println!("| system | NDCG@10 | recall@10 | MRR |\n| --- | --- | --- | --- |");
    for (system, likeness) in &systems {
        let Retrieval { found, .. } = retrieval(&sources, likeness.as_ref()).unwrap();
        println!(
            "| {system} | {:.3} | {:.3} | {:.3} |",
            found.ndcg, found.recall, found.reciprocal_rank
        );
    }
}

/// What `benches/bliss` says of the folder; [`None`] where it cannot be built.
fn by_bliss(music: &Path) -> Option<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bliss/Cargo.toml");
    let ran = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--manifest-path"])
        .args([&manifest, Path::new("--"), music])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    ran.status.success().then(|| String::from_utf8(ran.stdout).unwrap())
}

/// Lines `"a","b",distance`, the names as paths below the folder.
fn read_distances(text: &str) -> HashMap<(String, String), f32> {
    let pair = |line: &str| {
        let (names, distance) = line.rsplit_once(',').unwrap();
        let (a, b) = names.trim_matches('"').split_once("\",\"").unwrap();
        ((a.to_owned(), b.to_owned()), distance.parse().unwrap())
    };
    text.lines().map(pair).collect()
}
