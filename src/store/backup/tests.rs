//! What a backup keeps, and what happens to one that is not whole.

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::Path;

use super::super::records::{Event, EventKind, Track, TrackId};
use super::super::tests::enrolment;
use super::super::{Store, is_lossy};
use super::swap;
use super::*;

fn quiet(stop: &AtomicBool) -> Watch<'_> {
    Watch { progress: &|_, _| {}, stop }
}

fn saved(store: &Store) -> Vec<u8> {
    let (mut file, stop) = (Vec::new(), AtomicBool::new(false));
    backup(store, &mut file, &quiet(&stop)).unwrap();
    file
}

fn put_back(mut file: &[u8], dir: &Path, force: bool) -> Result<Restored, BackupError> {
    restore(&mut file, dir, force, &quiet(&AtomicBool::new(false)))
}

fn filled(dir: &Path) -> Store {
    let store = Store::open(dir).unwrap();
    for (i, name) in ["dune", "rain", "tide"].into_iter().enumerate() {
        let mut track = enrolment(&format!("/m/{name}.ogg"), name, 0);
        // As hard to compress as real ones: in a row of one byte, damage may change nothing.
        let mut noise = fastrand::Rng::with_seed(i as u64);
        track.fingerprints.fill_with(|| noise.u8(..));
        store.enrol(track).unwrap();
    }
    store.record(TrackId(1), EventKind::Like).unwrap();
    store
}

/// Everything that can be seen of a store.
fn all(store: &Store) -> (Vec<Track>, Vec<Event>, Vec<Vec<u8>>) {
    let tracks = store.tracks().unwrap();
    let prints = tracks.iter().map(|track| store.fingerprints(track.id).unwrap().unwrap());
    let prints = prints.collect();
    (tracks, store.events(0).unwrap(), prints)
}

fn names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "owner.lock").collect();
    names.sort();
    names
}

#[test]
fn a_backup_through_owner_or_client_comes_back_whole() {
    let (dir, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let owner = filled(dir.path());
    let client = Store::open(dir.path()).unwrap();
    assert!(!client.is_owner());
    fs::write(dir.path().join("pepper"), "a secret of the server").unwrap();
    fs::write(dir.path().join("cells.idx"), "made anew").unwrap();
    for (n, store) in [&owner, &client].into_iter().enumerate() {
        let target = fresh.path().join(n.to_string());
        let restored = put_back(&saved(store), &target, false).unwrap();
        assert_eq!((restored.tracks, restored.events, restored.aside), (3, 1, None));
        assert_eq!(names(&target), ["db", "fingerprints.log", "pepper"]);
        let back = Store::open(&target).unwrap();
        assert_eq!(all(&back), all(&owner));
        assert!(!is_lossy(&target));
        // It goes on where the other was.
        let next = back.enrol(enrolment("/m/new.ogg", "new", 9)).unwrap();
        assert_eq!(next.id, TrackId(4));
        assert_eq!(back.record(next.id, EventKind::Save).unwrap().seq, 2);
    }
}

#[test]
fn what_changes_meanwhile_is_in_it_up_to_one_moment() {
    let (dir, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = filled(dir.path());
    let (file, stop, calls) = (&mut Vec::new(), AtomicBool::new(false), Cell::new(0_u32));
    let progress = |_, _| {
        let call = calls.get();
        calls.set(call + 1);
        // By then it copies the fingerprints: what comes now is too late.
        if call > 50 {
            return;
        }
        store.record(TrackId(1), EventKind::Play { share: 0.5 }).unwrap();
        match call % 3 {
            0 => drop(store.enrol(enrolment(&format!("/n/{call}.ogg"), "more", 7)).unwrap()),
            1 => {
                drop(store.enrol(enrolment("/m/rain.ogg", &call.to_string(), call as u8)).unwrap())
            }
            _ => drop(store.remove(TrackId(3)).unwrap()),
        }
    };
    backup(&store, file, &Watch { progress: &progress, stop: &stop }).unwrap();
    assert!(calls.get() > 10, "nothing happened meanwhile");
    put_back(file, fresh.path(), false).unwrap();
    assert!(!is_lossy(fresh.path()), "a track that was under way is no loss");

    let back = Store::open(fresh.path()).unwrap();
    let (tracks, events, _) = all(&back);
    let known = store.events(0).unwrap();
    assert_eq!(events, known[..events.len()], "events up to a moment");
    assert!(events.len() > 5 && events.len() <= known.len());
    // The tracks are of the same moment: each call left an event, every third a title.
    let calls = events.len() as u32 - 1;
    let last = (0..calls).rev().find(|call| call % 3 == 1).unwrap();
    let rain = tracks.iter().find(|track| track.id == TrackId(2)).unwrap();
    assert_eq!(rain.title, last.to_string());
    assert!(tracks.iter().all(|track| track.id != TrackId(3)));
    drop(back);
    let again = Store::open(fresh.path()).unwrap();
    assert_eq!(again.tracks().unwrap(), tracks, "nothing is lost at the next opening");
    assert!(!is_lossy(fresh.path()));
}

#[test]
fn a_backup_that_is_not_whole_changes_nothing() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = saved(&filled(dir.path()));
    drop(Store::open(other.path()).unwrap().enrol(enrolment("/m/old.ogg", "old", 1)).unwrap());
    let before = names(other.path());
    let refused = |file: &[u8], what: &str| {
        let Err(error) = put_back(file, other.path(), true) else {
            panic!("{what}: it was taken for whole")
        };
        assert!(
            matches!(error, BackupError::Damaged(_) | BackupError::Foreign(_)),
            "{what}: {error:?}"
        );
        assert_eq!(names(other.path()), before, "{what}");
    };
    for share in [0.0, 0.01, 0.5, 0.9] {
        refused(&file[..(file.len() as f64 * share) as usize], &format!("cut at {share}"));
    }
    for share in [0.1, 0.3, 0.6, 0.95] {
        let mut flipped = file.clone();
        flipped[(file.len() as f64 * share) as usize] ^= 0x10;
        refused(&flipped, &format!("flipped at {share}"));
    }
    refused(b"something else entirely", "text");
    refused(&gzip(b"something else"), "compressed text");
    refused(&tar_of(&[("../../evil", "x")]), "another archive");
    let about = r#"{"format":1,"created":"2026-01-01T00:00:00Z","program":"x"}"#;
    refused(&tar_of(&[(ABOUT, about), ("files/owner.lock", "x")]), "a name that is not allowed");
    refused(&tar_of(&[(ABOUT, about), ("files/a/b", "x")]), "a folder");
    let newer = put_back(&tar_of(&[(ABOUT, &about.replace('1', "9"))]), other.path(), true);
    assert!(matches!(newer, Err(BackupError::Newer { found: 9 })), "{newer:?}");
    let store = Store::open(other.path()).unwrap();
    assert_eq!(store.tracks().unwrap()[0].title, "old");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn tar_of(members: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        // By hand: the library would not write a path out of the archive.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, content.as_bytes()).unwrap();
    }
    gzip(&tar.into_inner().unwrap())
}

#[test]
fn a_store_that_is_there_is_replaced_only_by_force_and_never_in_use() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = saved(&filled(dir.path()));
    let old = Store::open(other.path()).unwrap();
    old.enrol(enrolment("/m/old.ogg", "old", 1)).unwrap();
    assert!(matches!(put_back(&file, other.path(), true), Err(BackupError::Held { .. })));
    drop(old);
    assert!(matches!(put_back(&file, other.path(), false), Err(BackupError::NotEmpty(_))));
    let unused = tempfile::tempdir().unwrap();
    drop(Store::open(unused.path()).unwrap());
    assert!(put_back(&file, unused.path(), false).is_ok(), "an empty store is in nobody's way");
    let aside = put_back(&file, other.path(), true).unwrap().aside.unwrap();
    assert_eq!(Store::open(other.path()).unwrap().tracks().unwrap().len(), 3);
    let kept = names(&aside);
    assert!(kept.contains(&"db".to_owned()) && kept.contains(&"library.snapshot".to_owned()));
    assert_eq!(Store::open(&aside).unwrap().tracks().unwrap()[0].title, "old");
}

#[test]
fn a_change_that_was_interrupted_goes_on_at_the_next_opening() {
    for moved in [None, Some("db"), Some("fingerprints.log")] {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = saved(&filled(dir.path()));
        let old = Store::open(other.path()).unwrap();
        old.enrol(enrolment("/m/old.ogg", "old", 1)).unwrap();
        drop(old);
        let fresh = tempfile::tempdir().unwrap();
        put_back(&file, fresh.path(), false).unwrap();
        fs::remove_file(fresh.path().join("owner.lock")).unwrap();
        // Killed before anything was moved, or after the old store was set aside and some was.
        match moved {
            None => copy(fresh.path(), &other.path().join("restore.ready")),
            Some(name) => {
                for part in swap::parts(other.path()).unwrap() {
                    drop(fs::remove_dir_all(&part).or_else(|_| fs::remove_file(&part)));
                }
                copy(fresh.path(), &other.path().join("restore.cleared"));
                fs::rename(
                    other.path().join("restore.cleared").join(name),
                    other.path().join(name),
                )
                .unwrap();
            }
        }
        fs::create_dir(other.path().join("restore.new")).unwrap();
        let store = Store::open(other.path()).unwrap();
        assert_eq!(all(&store).0.len(), 3, "{moved:?}");
        assert!(!names(other.path()).iter().any(|name| name.starts_with("restore.")));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() { copy(&from, &to) } else { fs::copy(&from, &to).map(|_| ()).unwrap() }
    }
}

#[test]
fn stopped_it_leaves_all_as_it_was() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = filled(dir.path());
    let file = saved(&store);
    let stop = AtomicBool::new(true);
    let stopped = backup(&store, &mut Vec::new(), &quiet(&stop));
    assert!(matches!(stopped, Err(BackupError::Stopped)));
    let stopped = restore(&mut &file[..], other.path(), false, &quiet(&stop));
    assert!(matches!(stopped, Err(BackupError::Stopped)), "{stopped:?}");
    assert_eq!(names(other.path()), Vec::<String>::new());
}

#[test]
fn a_backup_whose_owner_is_gone_or_that_is_forgotten_ends_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path());
    let journals = Journals::default();
    assert_eq!(journals.noting(|| Ok::<_, ()>(1), || panic!("nobody asked")), Ok(1));
    let rows = Ask::Rows { backup: 7, table: "tracks".to_owned(), after: None };
    let error = store.ask(super::super::Request::Backup(rows)).unwrap_err().to_string();
    assert!(error.contains("the backup was given up") && error.contains("try again"), "{error}");
}
