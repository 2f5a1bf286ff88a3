//! Snapshots, readers, and what a repair brings back.

use std::fs;
use std::os::unix::fs::FileExt;

use super::reader::Reader;
use super::records::{Failure, FileStamp, Track};
use super::snapshot::{self, Events, Library, Part};
use super::tests::enrolment;
use super::*;

fn denied() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

/// A store of three tracks, one removed, a failure and some events, closed.
fn filled(dir: &Path) -> (Vec<Track>, Vec<Event>) {
    let store = Store::open(dir).unwrap();
    for (i, name) in ["dune", "rain", "gone", "tide"].into_iter().enumerate() {
        store.enrol(enrolment(&format!("/m/{name}.ogg"), name, i as u8 + 1)).unwrap();
    }
    let gone = store.track_at(Path::new("/m/gone.ogg")).unwrap().unwrap();
    store.record(gone.id, EventKind::Like).unwrap();
    store.remove(gone.id).unwrap();
    for id in [1, 2, 1] {
        store.record(TrackId(id), EventKind::Play { share: 0.5 }).unwrap();
    }
    let failure = Failure {
        path: PathBuf::from("/m/bad.ogg"),
        stamp: FileStamp { size: 3, modified_ns: 4 },
        error: "not music".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        duplicate_of: None,
    };
    store.put_failure(failure).unwrap();
    (store.tracks().unwrap(), store.events(0).unwrap())
}

fn reader(dir: &Path) -> Result<Reader> {
    Reader::open(dir, denied())
}

fn tracks_of(reader: &Reader) -> Vec<Track> {
    let all = Request::Tracks { after: TrackId(0), limit: usize::MAX };
    let Reply::Tracks(tracks) = reader.answer(all).unwrap() else { panic!("another answer") };
    tracks
}

/// Overwrites the end of each file of the database, from `share` of it on.
fn damage_database(dir: &Path, share: f64) {
    let mut files = vec![dir.join("db/db")];
    let blobs = dir.join("db/blobs");
    files.extend(fs::read_dir(blobs).unwrap().map(|entry| entry.unwrap().path()));
    for path in files.into_iter().filter(|path| path.is_file()) {
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        let len = file.metadata().unwrap().len();
        let from = (len as f64 * share) as u64;
        file.write_all_at(&vec![0xa5; (len - from) as usize], from).unwrap();
    }
}

#[test]
fn closing_leaves_snapshots_that_a_reader_reads() {
    let dir = tempfile::tempdir().unwrap();
    let (tracks, events) = filled(dir.path());
    let reader = reader(dir.path()).unwrap();
    assert_eq!(tracks_of(&reader), tracks);
    let Reply::Events(read) = reader.answer(Request::Events { after: 1, limit: 2 }).unwrap() else {
        panic!("another answer")
    };
    assert_eq!(read, events[1..3]);
    let Reply::Place(Some(place)) = reader.answer(Request::Place(tracks[1].id)).unwrap() else {
        panic!("no place")
    };
    let log = File::open(blobs::path_in(dir.path())).unwrap();
    assert_eq!(blobs::read(&log, tracks[1].id, &place).unwrap(), Some(vec![2; 70_000]));
    let writing = reader.answer(Request::Remove(tracks[0].id)).unwrap_err().to_string();
    assert!(writing.contains(&*dir.path().to_string_lossy()), "{writing}");

    // The owner goes on: a reader sees it once a snapshot is taken.
    let store = Store::open(dir.path()).unwrap();
    store.enrol(enrolment("/m/new.ogg", "new", 9)).unwrap();
    assert_eq!(tracks_of(&reader).len(), 3);
    store.snapshot().unwrap();
    assert_eq!(tracks_of(&reader).len(), 4);
}

#[test]
fn nothing_changed_writes_no_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    assert!(Part::ALL.iter().all(|part| !part.path_in(dir.path()).exists()));
    filled(dir.path());
    let taken = |part: Part| fs::metadata(part.path_in(dir.path())).unwrap().modified().unwrap();
    let parts = [Part::Library, Part::Events];
    let before = parts.map(taken);
    let store = Store::open(dir.path()).unwrap();
    drop(store);
    assert_eq!(parts.map(taken), before);
    assert!(!Part::People.path_in(dir.path()).exists(), "there are no people");
    let store = Store::open(dir.path()).unwrap();
    store.record(TrackId(1), EventKind::Save).unwrap();
    drop(store);
    assert_eq!(taken(Part::Library), before[0]);
    assert!(taken(Part::Events) > before[1]);
}

#[test]
fn a_damaged_or_missing_snapshot_is_told() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let path = Part::Library.path_in(dir.path());
    let whole = fs::read(&path).unwrap();
    for at in [0, 5, 20, 31, 32, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        assert!(reader(dir.path()).is_err(), "byte {at}");
    }
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let told = reader(dir.path()).unwrap_err().to_string();
    assert!(told.contains("doctor --repair"), "{told}");
    assert_eq!(bad_snapshots(dir.path()).len(), 1);
    fs::remove_file(&path).unwrap();
    let told = reader(dir.path()).unwrap_err().to_string();
    assert!(told.contains("no snapshot") && told.contains("library list"), "{told}");
}

#[test]
fn a_whole_store_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let (tracks, events) = filled(dir.path());
    assert_eq!(repair(dir.path()).unwrap(), Repaired::default());
    let store = Store::open(dir.path()).unwrap();
    assert_eq!((store.tracks().unwrap(), store.events(0).unwrap()), (tracks, events));
    let told = repair(dir.path()).unwrap_err().to_string();
    assert!(told.contains("end it and try again"), "{told}");
}

#[test]
fn a_database_damaged_anywhere_is_brought_back() {
    for share in [0.0, 0.02, 0.1, 0.3, 0.6, 0.9] {
        let dir = tempfile::tempdir().unwrap();
        let (tracks, events) = filled(dir.path());
        damage_database(dir.path(), share);
        let done = repair(dir.path()).unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.tracks().unwrap(), tracks, "from {share}: {done:?}");
        assert_eq!(store.events(0).unwrap(), events, "from {share}: {done:?}");
        // Nothing tells that only a failure was lost; the next scan finds it again.
        assert!(share > 0.0 || store.failures().unwrap().len() == 1);
        assert_eq!(store.fingerprints(tracks[2].id).unwrap().unwrap(), vec![4; 70_000]);
        assert!(!is_lossy(dir.path()));
        if !done.wrong.is_empty() {
            assert!(done.aside.unwrap().join("db").exists(), "the old one is still there");
        }
        // Numbers go on, and the removed track stays removed.
        let next = store.enrol(enrolment("/m/next.ogg", "next", 7)).unwrap();
        assert_eq!(next.id, TrackId(5));
        assert_eq!(store.track_at(Path::new("/m/gone.ogg")).unwrap(), None);
    }
}

#[test]
fn a_loss_is_noticed_at_once_and_what_came_after_it_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (tracks, events) = filled(dir.path());
    // As if sled had cut its log at the very start.
    fs::remove_dir_all(dir.path().join("db")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert!(is_lossy(dir.path()));
    let again = store.enrol(enrolment("/m/dune.ogg", "dune", 1)).unwrap();
    assert!(again.id > tracks[2].id, "a number is not given twice");
    let liked = store.record(again.id, EventKind::Like).unwrap();
    drop(store);
    // Open and closed once more: the snapshot of before is not overwritten.
    drop(Store::open(dir.path()).unwrap());

    let done = repair(dir.path()).unwrap();
    assert_eq!((done.tracks, done.events), (2, events.len()), "{done:?}");
    let store = Store::open(dir.path()).unwrap();
    let paths: Vec<_> = store.tracks().unwrap().into_iter().map(|t| (t.id, t.path)).collect();
    let of = |at: usize| (tracks[at].id, tracks[at].path.clone());
    assert_eq!(paths, [of(1), of(2), (again.id, tracks[0].path.clone())]);
    let now = store.events(0).unwrap();
    assert_eq!(now.len(), events.len() + 1);
    assert_eq!(now.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(now[4].nonce, liked.nonce);
    assert_eq!(now[1].track_id, again.id, "history follows the file to its new number");
    for (id, fill) in [(tracks[1].id, 2), (tracks[2].id, 4), (again.id, 1)] {
        assert_eq!(store.fingerprints(id).unwrap().unwrap(), vec![fill; 70_000]);
    }
    assert!(!is_lossy(dir.path()));
}

#[test]
fn a_repair_that_was_cut_short_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let (tracks, _) = filled(dir.path());
    // Set aside, but the new one not yet in its place.
    fs::rename(dir.path().join("db"), dir.path().join("db.rebuilt")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.tracks().unwrap(), tracks);
}

#[test]
fn a_bad_snapshot_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (tracks, events) = filled(dir.path());
    for part in Part::ALL {
        fs::write(part.path_in(dir.path()), b"nonsense").unwrap();
    }
    assert_eq!(bad_snapshots(dir.path()).len(), 3);
    assert_eq!(repair(dir.path()).unwrap().bad_snapshots.len(), 3);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(
        (store.tracks().unwrap(), store.events(0).unwrap()),
        (tracks.clone(), events.clone())
    );
    drop(store);
    let library: Library = snapshot::read(&Part::Library.path_in(dir.path())).unwrap();
    assert_eq!(library.tracks, tracks);
    let kept: Events = snapshot::read(&Part::Events.path_in(dir.path())).unwrap();
    assert_eq!(kept.events, events);
}
