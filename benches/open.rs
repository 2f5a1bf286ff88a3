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

#[path = "support/made_up.rs"]
mod made_up;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use echovibe::embed::Network;
use echovibe::library::Catalogue;
use echovibe::store::Store;
use made_up::enrol;

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
