//! Do tracks of one source find each other? The program's styles, bliss-audio's default distance and MFCC
//! statistics over the same tracks, each track asking for the others of its source (the first folder).
//!
//! ```text
//! cargo bench --bench retrieval -- [--music DIR] [--bliss CSV]
//! ```
//!
//! bliss-audio brings a newer decoder and another licence (GPL), so it is no dependency: `benches/bliss`
//! is a program of its own that writes its distances, which are read here:
//!
//! ```text
//! cargo run --release --manifest-path benches/bliss/Cargo.toml -- ../shared/music/dev > bliss.csv
//! ```

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use echovibe::embed::Network;
use echovibe::eval::{
    Described, Progress, Retrieval, Watch, enrol, nearness, retrieval, standardised, timbres,
};
use echovibe::taste::vector::cosine;

type Likeness<'a> = Box<dyn Fn(usize, usize) -> f32 + Sync + 'a>;

fn main() {
    let mut music = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/music/dev");
    let mut bliss: Option<PathBuf> = None;
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        match word.as_str() {
            "--music" => music = words.next().unwrap().into(),
            "--bliss" => bliss = Some(words.next().unwrap().into()),
            other => panic!("unknown option {other}"),
        }
    }
    if !music.is_dir() {
        return println!("retrieval: left out: there is no {}; give --music DIR", music.display());
    }
    let network = Network::load().unwrap();
    let (stop, progress) = (AtomicBool::new(false), |_: Progress| {});
    let watch = Watch { stop: &stop, progress: &progress };
    let references = enrol(&network, &[music], &watch).unwrap().tracks;
    let tracks: Vec<Described> = references
        .iter()
        .enumerate()
        .map(|(place, reference)| Described::of_reference(place, reference))
        .collect();
    let sources: Vec<&str> = tracks.iter().map(|track| track.source.as_str()).collect();
    let timbres = timbres(&tracks).unwrap();
    let scaled = standardised(&timbres);
    let style = |place: usize| tracks[place].track.style.as_slice();
    let distances = bliss.as_deref().map(read_distances);
    let mut systems: Vec<(&str, Likeness)> = vec![
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
        None => eprintln!("bliss-audio is left out: give its distances with --bliss CSV"),
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

/// Lines `"a","b",distance`, the names as paths below the folder.
fn read_distances(path: &Path) -> HashMap<(String, String), f32> {
    let text = std::fs::read_to_string(path).unwrap();
    let pair = |line: &str| {
        let (names, distance) = line.rsplit_once(',').unwrap();
        let (a, b) = names.trim_matches('"').split_once("\",\"").unwrap();
        ((a.to_owned(), b.to_owned()), distance.parse().unwrap())
    };
    text.lines().map(pair).collect()
}
