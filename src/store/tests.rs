//! The store as its users see it: through an owner, through a client, and through a killed process.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};

use super::lock::OwnerLock;
use super::records::{Enrolment, Failure, FileStamp, Track};
use super::*;

const SHORT: Duration = Duration::from_millis(300);

/// The tracks whose fingerprints can be read.
fn readable(store: &Store) -> Vec<TrackId> {
    let places = store.fingerprint_places().unwrap().into_iter();
    places.map(|(id, _)| id).filter(|id| matches!(store.fingerprints(*id), Ok(Some(_)))).collect()
}

fn track(path: &str, title: &str) -> Track {
    Track {
        id: TrackId(0),
        path: PathBuf::from(path),
        stamp: FileStamp { size: 10, modified_ns: -5 },
        content: *blake3::hash(title.as_bytes()).as_bytes(),
        title: title.to_owned(),
        artist: "Ann".to_owned(),
        album: String::new(),
        genre: String::new(),
        sounds_like: Vec::new(),
        mood: None,
        features: None,
        highlight_s: None,
        duration_s: 61.5,
        windows: 3,
        style: vec![0.125; 128],
        model: "abcd".to_owned(),
        damage: None,
        recording: None,
        added_at: Timestamp::from_millisecond(1_700_000_000_000).unwrap(),
    }
}

pub(super) fn enrolment(path: &str, title: &str, fill: u8) -> Enrolment {
    Enrolment { track: track(path, title), fingerprints: vec![fill; 70_000] }
}

/// A folder with two stores: its owner and a client of that.
fn pair() -> (tempfile::TempDir, Store, Store) {
    let dir = tempfile::tempdir().unwrap();
    let owner = Store::open(dir.path()).unwrap();
    let client = Store::open(dir.path()).unwrap();
    assert!(owner.is_owner() && !client.is_owner());
    (dir, owner, client)
}

/// Everything once, written by `a`, read by `b`.
fn all_operations(a: &Store, b: &Store) {
    let before = b.generation().unwrap();
    let dune = a.enrol(enrolment("/m/dune.ogg", "Dune", 1)).unwrap();
    let rain = a.enrol(enrolment("/m/rain.ogg", "Rain", 2)).unwrap();
    assert!(dune.id.0 >= 1 && rain.id > dune.id);
    assert!(b.generation().unwrap() > before);
    assert_eq!(b.track(dune.id).unwrap().unwrap(), dune);
    assert_eq!(b.track_at(Path::new("/m/rain.ogg")).unwrap().unwrap(), rain);
    assert_eq!(b.track_at(Path::new("/m/none.ogg")).unwrap(), None);
    assert_eq!(b.track_with_content(&dune.content).unwrap(), std::slice::from_ref(&dune));
    assert_eq!(b.tracks().unwrap(), [dune.clone(), rain.clone()]);
    assert_eq!(b.fingerprints(rain.id).unwrap().unwrap(), vec![2; 70_000]);
    assert_eq!(b.fingerprints(TrackId(999)).unwrap(), None);
    assert_eq!(readable(b).len(), 2);

    // The file changed: same number, same first day, new content.
    let mut changed = enrolment("/m/dune.ogg", "Dune II", 3);
    changed.track.added_at = Timestamp::UNIX_EPOCH;
    let changed = a.enrol(changed).unwrap();
    assert_eq!((changed.id, changed.added_at), (dune.id, dune.added_at));
    assert_eq!(b.fingerprints(dune.id).unwrap().unwrap(), vec![3; 70_000]);
    assert!(b.track_with_content(&dune.content).unwrap().is_empty());

    // Moved and changed: the number given is kept, the old path forgotten.
    let mut elsewhere = enrolment("/n/dune.ogg", "Dune III", 4);
    elsewhere.track.id = dune.id;
    assert_eq!(a.enrol(elsewhere).unwrap().id, dune.id);
    assert_eq!(b.track_at(Path::new("/m/dune.ogg")).unwrap(), None);
    assert_eq!(b.track_at(Path::new("/n/dune.ogg")).unwrap().unwrap().title, "Dune III");

    // Renamed over another file, with a name that is not UTF-8.
    let odd = PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(
        b"/m/\xff.ogg",
    ));
    let stamp = FileStamp { size: 10, modified_ns: 77 };
    a.moved(dune.id, &odd, stamp.clone()).unwrap();
    a.moved(rain.id, &odd, stamp.clone()).unwrap();
    assert_eq!(b.track(dune.id).unwrap(), None);
    let there = b.track_at(&odd).unwrap().unwrap();
    assert_eq!((there.id, &there.path, there.stamp), (rain.id, &odd, stamp.clone()));
    assert!(matches!(a.moved(dune.id, &odd, stamp.clone()), Err(StoreError::UnknownTrack(_))));

    let failure = |error: &str| Failure {
        path: PathBuf::from("/m/bad.mp3"),
        stamp: stamp.clone(),
        error: error.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        duplicate_of: None,
    };
    a.put_failure(failure("empty")).unwrap();
    a.put_failure(failure("not music")).unwrap();
    assert_eq!(b.failures().unwrap(), [failure("not music")]);
    let good = a.enrol(enrolment("/m/bad.mp3", "Good now", 5)).unwrap();
    assert!(b.failures().unwrap().is_empty());
    a.put_failure(failure("empty")).unwrap();
    a.clear_failure(Path::new("/m/bad.mp3")).unwrap();
    assert!(b.failures().unwrap().is_empty());

    let seen = b.events(0).unwrap().last().map_or(0, |event| event.seq);
    let like = a.record(good.id, EventKind::Like).unwrap();
    let skip = a.record(good.id, EventKind::Skip { share: None }).unwrap();
    assert_eq!((like.seq, skip.seq), (seen + 1, seen + 2));
    assert_eq!((like.title.as_str(), like.artist.as_str()), ("Good now", "Ann"));
    assert_eq!(b.events(seen).unwrap(), [like, skip.clone()]);
    assert!(matches!(a.record(TrackId(999), EventKind::Like), Err(StoreError::UnknownTrack(_))));

    assert!(a.remove(good.id).unwrap() && !a.remove(good.id).unwrap());
    assert_eq!(b.events(seen + 1).unwrap(), [skip], "events outlive their track");
    assert!(a.remove(rain.id).unwrap());
    assert!(b.tracks().unwrap().is_empty() && readable(b).is_empty());
    let next = a.enrol(enrolment("/m/next.ogg", "Next", 6)).unwrap();
    assert!(next.id > good.id, "numbers are not given twice");
    assert!(a.remove(next.id).unwrap());

    // A removed track whose file comes back elsewhere has its number, and so its history, again.
    let back = a.enrol(enrolment("/elsewhere/next.ogg", "Next", 6)).unwrap();
    assert_eq!(back.id, next.id);
    assert!(b.track(back.id).unwrap().is_some() && a.remove(back.id).unwrap());
}

#[test]
fn owner_and_client_see_the_same() {
    let through = |pick: fn(&Store, &Store) -> (Store, Store)| {
        let (_dir, owner, client) = pair();
        let (a, b) = pick(&owner, &client);
        all_operations(&a, &b);
    };
    through(|owner, _| (owner.clone(), owner.clone()));
    through(|_, client| (client.clone(), client.clone()));
    through(|owner, client| (owner.clone(), client.clone()));
    through(|owner, client| (client.clone(), owner.clone()));
}

#[test]
fn everything_is_there_after_closing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let dune = store.enrol(enrolment("/m/dune.ogg", "Dune", 1)).unwrap();
    let like = store.record(dune.id, EventKind::Like).unwrap();
    let generation = store.generation().unwrap();
    drop(store);
    assert!(!dir.path().join("owner.sock").exists());
    let store = Store::open(dir.path()).unwrap();
    assert!(store.is_owner());
    assert_eq!(store.tracks().unwrap(), std::slice::from_ref(&dune));
    assert_eq!(store.events(0).unwrap(), [like]);
    assert_eq!(store.fingerprints(dune.id).unwrap().unwrap(), vec![1; 70_000]);
    assert_eq!(store.generation().unwrap(), generation);
    assert_eq!(store.record(dune.id, EventKind::Save).unwrap().seq, 2);
}

#[test]
fn a_client_goes_on_when_the_owner_ends() {
    let (_dir, owner, client) = pair();
    let other = client.clone();
    let dune = client.enrol(enrolment("/m/dune.ogg", "Dune", 1)).unwrap();
    drop(owner);
    assert_eq!(client.record(dune.id, EventKind::Like).unwrap().seq, 1);
    assert!(client.is_owner() && other.is_owner());
    assert_eq!(client.fingerprints(dune.id).unwrap().unwrap(), vec![1; 70_000]);
}

#[test]
fn of_two_clients_one_becomes_the_owner() {
    let (dir, owner, one) = pair();
    let two = Store::open(dir.path()).unwrap();
    let id = owner.enrol(enrolment("/m/dune.ogg", "Dune", 1)).unwrap().id;
    drop(owner);
    let like = |store: Store| {
        move || (0..20).map(|_| store.record(id, EventKind::Like).unwrap().seq).collect()
    };
    let threads: Vec<std::thread::JoinHandle<Vec<u64>>> =
        [&one, &two, &one, &two].map(|store| std::thread::spawn(like(store.clone()))).into();
    let mut seqs: Vec<u64> =
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=80).collect::<Vec<_>>(), "every event once, no gap");
    assert!(one.is_owner() != two.is_owner());
}

#[test]
fn an_event_sent_twice_is_kept_once() {
    let (_dir, owner, client) = pair();
    let track_id = owner.enrol(enrolment("/m/dune.ogg", "Dune", 1)).unwrap().id;
    let new =
        |nonce| NewEvent { nonce, at: Timestamp::UNIX_EPOCH, track_id, what: EventKind::Like };
    let first = client.append(new(u128::MAX)).unwrap();
    assert_eq!(owner.append(new(u128::MAX)).unwrap(), first);
    assert_eq!(client.append(new(3)).unwrap().seq, first.seq + 1);
    assert_eq!(owner.events(0).unwrap().len(), 2);
}

#[test]
fn many_tracks_come_in_pages() {
    let (_dir, owner, client) = pair();
    for i in 0..PAGE + 5 {
        let mut one = enrolment(&format!("/m/{i}.ogg"), &format!("T{i}"), 0);
        one.fingerprints.truncate(8);
        owner.enrol(one).unwrap();
    }
    let tracks = client.tracks().unwrap();
    assert_eq!(tracks.len(), PAGE + 5);
    assert!(tracks.windows(2).all(|two| two[0].id < two[1].id));
    assert_eq!(readable(&client).len(), PAGE + 5);
}

#[test]
fn a_silent_owner_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().canonicalize().unwrap();
    let mut lock = OwnerLock::try_take(&path).unwrap().unwrap();
    let starting = Store::open_within(&path, SHORT).unwrap_err().to_string();
    assert!(starting.contains("starting or ending"), "{starting}");
    let (_listener, _socket): (UnixListener, _) = lock.announce(&path).unwrap();
    let silent = Store::open_within(&path, SHORT).unwrap_err().to_string();
    let pid = format!("pid {}", std::process::id());
    assert!(silent.contains(&pid) && silent.contains("does not answer"), "{silent}");
}

#[test]
fn damaged_fingerprints_are_told_and_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let dune = store.enrol(enrolment("/m/dune.ogg", "Dune", 1)).unwrap();
    let rain = store.enrol(enrolment("/m/rain.ogg", "Rain", 2)).unwrap();
    let log = File::options().write(true).open(blobs::path_in(dir.path())).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&log, b"x", 500).unwrap();
    assert_eq!(readable(&store).len(), 1);
    assert!(matches!(store.fingerprints(dune.id), Err(StoreError::Damaged(id)) if id == dune.id));
    assert_ne!(store.track(dune.id).unwrap().unwrap().stamp, dune.stamp, "to be decoded again");
    assert_eq!(store.track(rain.id).unwrap().unwrap().stamp, rain.stamp);

    drop(store);
    log.set_len(0).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert!(matches!(store.fingerprints(rain.id), Err(StoreError::Damaged(_))));
    assert_ne!(store.track(rain.id).unwrap().unwrap().stamp, rain.stamp);
    assert_eq!(store.tracks().unwrap().len(), 2);
}

#[test]
fn numbers_are_not_given_twice_even_when_the_database_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.enrol(enrolment("/m/dune.ogg", "Dune", 1)).unwrap();
    let last = store.enrol(enrolment("/m/rain.ogg", "Rain", 2)).unwrap().id;
    drop(store);
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert!(store.enrol(enrolment("/m/next.ogg", "Next", 3)).unwrap().id > last);
}

#[test]
fn a_store_of_a_newer_program_is_refused_with_both_versions() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    let db = open::open_sled(&dir.path().join("db")).unwrap();
    let version = migrate::Version { schema: 7, created: Timestamp::UNIX_EPOCH };
    db.open_tree("meta")
        .unwrap()
        .insert("version", rmp_serde::to_vec_named(&version).unwrap())
        .unwrap();
    drop(db);
    let message = Store::open(dir.path()).unwrap_err().to_string();
    assert!(message.contains("version 7") && message.contains("up to 2"), "{message}");
}

const CHILD: &str = "ECHOVIBE_TEST_STORE_WRITER";

/// Not a test by itself: [`what_was_acknowledged_outlives_kill_9`] starts it as a process.
#[test]
#[ignore = "run by another test as a process of its own"]
fn a_writer_to_be_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let store = Store::open(Path::new(&dir)).unwrap();
    for i in 0.. {
        let name = format!("/m/{}.ogg", i % 7);
        let track = store.enrol(enrolment(&name, &name, i as u8)).unwrap();
        println!("enrolled {} {}", track.id, i as u8);
        println!("event {}", store.record(track.id, EventKind::Like).unwrap().seq);
    }
}

fn writer(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "store::tests::a_writer_to_be_killed"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_client_goes_on_when_the_owner_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = writer(dir.path());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().unwrap().starts_with("event 1")).unwrap().unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    let client = Store::open(dir.path()).unwrap();
    assert!(!client.is_owner() && client.owner_pid() == child.id());
    let first = client.record(TrackId(1), EventKind::Save).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(dir.path().join("owner.sock").exists(), "nobody cleared up");
    let second = client.record(TrackId(1), EventKind::Save).unwrap();
    assert!(client.is_owner() && second.seq > first.seq);
    assert!(client.events(0).unwrap().iter().zip(1..).all(|(event, seq)| event.seq == seq));
    assert!(!Store::open(dir.path()).unwrap().is_owner(), "the socket is the new owner's");
}

/// What the writer said was kept.
#[derive(Default)]
struct Told {
    count: usize,
    last_event: u64,
    /// The byte that each track's fingerprints were last filled with.
    enrolled: HashMap<u32, u8>,
}

impl Told {
    fn hear(&mut self, line: &str) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["enrolled", id, fill] => {
                self.enrolled.insert(id.parse().unwrap(), fill.parse().unwrap());
            }
            ["event", seq] => self.last_event = seq.parse().unwrap(),
            _ => return,
        }
        self.count += 1;
    }
}

#[test]
fn what_was_acknowledged_outlives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let mut last_event = 0;
    for round in 1..=6 {
        let mut child = writer(dir.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = Told { last_event, ..Told::default() };
        while told.count < 10 + 7 * round {
            told.hear(&lines.next().unwrap().unwrap());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        lines.map_while(std::result::Result::ok).for_each(|line| told.hear(&line));

        let store = Store::open(dir.path()).unwrap();
        let events = store.events(0).unwrap();
        assert!(events.len() as u64 >= told.last_event, "{} of {}", events.len(), told.last_event);
        assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq), "a gap");
        assert_eq!(readable(&store).len(), store.tracks().unwrap().len());
        let same = told
            .enrolled
            .iter()
            .filter(|(id, fill)| store.fingerprints(TrackId(**id)).unwrap().unwrap()[0] == **fill)
            .count();
        // The one enrolment after the last acknowledged may have been kept too.
        assert!(same + 1 >= told.enrolled.len(), "{same} tracks as acknowledged");
        last_event = events.len() as u64;
    }
}
