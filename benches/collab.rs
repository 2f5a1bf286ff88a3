//! What people play, foreseen: the HetRec 2011 Last.fm plays (1 892 people, 17 632 artists), a fifth of
//! each one's artists held out, all others ranked. Prints the table of ways, the program's last.
//!
//! ```text
//! cargo bench --bench collab -- [--plays FILE] [--seed N] [--validate] [--split FILE]
//! ```
//!
//! `--split` writes the split as `user,artist,plays,held`, so that other programs can be measured on the
//! very same one (`benches/yardsticks.py`). `--validate` holds a fifth of what was kept out again, by another
//! seed, and measures on that: what is chosen is chosen there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use echovibe::collab::{Plays, read_plays};
use echovibe::eval::{ONE_IN, Progress, Watch, people};

/// Seed of the split within what was kept.
const VALIDATION_SEED: u64 = 2;

fn main() {
    let mut file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lastfm/user_artists.dat");
    let (mut seed, mut validate, mut split) = (1, false, None);
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap();
        match word.as_str() {
            "--plays" => file = value().into(),
            "--seed" => seed = value().parse().unwrap(),
            "--split" => split = Some(PathBuf::from(value())),
            "--validate" => validate = true,
            other => panic!("unknown option {other}"),
        }
    }
    if !file.exists() {
        return println!("collab: left out: there is no {}; give --plays FILE", file.display());
    }
    let mut plays = read_plays(&file).unwrap().plays;
    if validate {
        (plays, seed) = (plays.held_out(ONE_IN, seed).0, VALIDATION_SEED);
    }
    if let Some(to) = split {
        write_split(&plays, seed, &to);
    }
    let (stop, progress) = (AtomicBool::new(false), |_: Progress| {});
    let measured = people(&plays, seed, &Watch { stop: &stop, progress: &progress });
    let measured = measured.unwrap().unwrap();
    println!(
        "{} people, {} items, {} pairs fitted, {} held out\n",
        measured.people, measured.items, measured.pairs[0], measured.pairs[1]
    );
    println!(
        "| system | NDCG@10 | recall@20 | coverage@10 | novelty, bits | fitted in, s | asked in, ms |\n\
         | --- | --- | --- | --- | --- | --- | --- |"
    );
    for row in &measured.rows {
        println!(
            "| {} | {:.4} | {:.4} | {:.3} | {:.2} | {:.1} | {:.2} |",
            row.system, row.ndcg, row.recall, row.coverage, row.novelty, row.fit_s, row.ask_ms
        );
    }
}

fn write_split(plays: &Plays, seed: u64, to: &Path) {
    let (kept, held) = plays.held_out(ONE_IN, seed);
    let mut out = BufWriter::new(File::create(to).unwrap());
    writeln!(out, "user,artist,plays,held").unwrap();
    for (part, is_held) in [(&kept, 0), (&held, 1)] {
        for (row, user) in part.users.iter().enumerate() {
            for (item, weight) in part.of_row(row) {
                writeln!(out, "{user},{item},{weight},{is_held}").unwrap();
            }
        }
    }
    out.flush().unwrap();
}
