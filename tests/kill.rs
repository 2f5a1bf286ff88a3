//! `kill -9` at fifty moments of an indexing run: each time the library opens clean, what was
//! acknowledged is there, and going on gives the library of a run that nobody disturbed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use echovibe::audio::demo;
use echovibe::embed::Network;
use echovibe::library::{RefreshOptions, refresh};
use echovibe::store::records::TrackId;
use echovibe::store::{Store, bad_snapshots, is_lossy};
use support::{Home, PROGRAM, Running, poll, write_wav};

const MOMENTS: u64 = 50;
const FILES: usize = 12;
/// Seconds of each file, at this rate.
const LENGTH_S: usize = 4;
const RATE: u32 = 16_000;

/// What a library holds, by path: all that must not depend on how it came about.
type Held = BTreeMap<PathBuf, (String, [u8; 32], u32, Vec<u8>)>;

fn held(store: &Store) -> (Held, BTreeMap<PathBuf, TrackId>) {
    let (mut held, mut numbers) = (Held::new(), BTreeMap::new());
    for track in store.tracks().unwrap() {
        let fingerprints = store.fingerprints(track.id).unwrap().expect("fingerprints of a track");
        assert_eq!(store.track_at(&track.path).unwrap().unwrap().id, track.id);
        numbers.insert(track.path.clone(), track.id);
        held.insert(track.path, (track.title, track.content, track.windows, fingerprints));
    }
    (held, numbers)
}

fn indexing(home: &Home, data: &Path) -> Running {
    let mut command = home.command(["index".as_ref(), home.music().as_os_str()]);
    command.env("ECHOVIBE_DATA_DIR", data).stdout(Stdio::null()).stderr(Stdio::null());
    Running::start(command)
}

/// Waits until the run has opened its data folder, or has kept the first file.
fn reached(data: &Path, first_file: bool) -> Option<()> {
    let log = data.join("fingerprints.log");
    let there = || std::fs::metadata(&log).is_ok_and(|meta| !first_file || meta.len() > 0);
    poll(Duration::from_secs(60), || there().then_some(()))
}

#[test]
fn fifty_kills_cost_nothing() {
    assert!(Path::new(PROGRAM).exists());
    let home = Home::new();
    for (i, piece) in demo::pieces().iter().take(FILES).enumerate() {
        let sound = piece.render(RATE);
        let from = (i * RATE as usize) % (sound.len() / 2);
        write_wav(
            &home.music().join(piece.file_name()),
            &sound[from..from + LENGTH_S * RATE as usize],
            RATE,
        );
    }
    let network = Network::load().unwrap();
    let roots = [home.music()];
    let go_on = |store: &Store| {
        let stop = AtomicBool::new(false);
        let options =
            RefreshOptions { roots: &roots, retry_failed: false, stop: &stop, progress: &|_| {} };
        refresh(store, &network, &options).unwrap()
    };

    let undisturbed = home.path("undisturbed");
    let mut run = indexing(&home, &undisturbed);
    reached(&undisturbed, false).expect("the run opens its folder");
    let started = Instant::now();
    assert!(poll(Duration::from_secs(120), || (!run.alive()).then_some(())).is_some());
    let span = started.elapsed();
    let (wanted, _) = held(&Store::open(&undisturbed).unwrap());
    assert_eq!(wanted.len(), FILES);

    let (mut some, mut all) = (0, 0);
    for moment in 0..MOMENTS {
        let data = home.path(&format!("killed-{moment}"));
        let run = indexing(&home, &data);
        // Half of the moments anywhere in the run, half in its last part, where files are kept.
        let late = moment % 2 == 1;
        reached(&data, late).expect("the run gets that far");
        let share = fastrand::Rng::with_seed(moment).f64() * if late { 0.3 } else { 1.0 };
        std::thread::sleep(span.mul_f64(share));
        run.kill();

        let store = Store::open(&data).unwrap();
        assert!(store.is_owner());
        let (left, numbers) = held(&store);
        for (path, track) in &left {
            assert_eq!(track, &wanted[path], "moment {moment}: {}", path.display());
        }
        some += usize::from(!left.is_empty() && left.len() < FILES);
        all += usize::from(left.len() == FILES);
        let summary = go_on(&store);
        assert_eq!((summary.added, summary.unchanged), (FILES - left.len(), left.len()));
        assert!(summary.failed.is_empty() && summary.updated == 0, "{summary:?}");
        let (now, numbers_now) = held(&store);
        assert!(now == wanted, "moment {moment}: another library");
        for (path, number) in numbers {
            assert_eq!(numbers_now[&path], number, "moment {moment}");
        }
        drop(store);
        let store = Store::open(&data).unwrap();
        assert!(held(&store).0 == wanted, "moment {moment}: another library when opened again");
        assert!(!is_lossy(&data) && bad_snapshots(&data).is_empty(), "moment {moment}");
        drop(store);
        std::fs::remove_dir_all(&data).unwrap();
    }
    eprintln!("{MOMENTS} kills: {some} with some files enrolled, {all} with all");
}
