use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::*;
use crate::store::events::NewEvent;
use crate::store::records::{Enrolment, EventKind, Track};
use crate::store::{Store, StoreError, repair};

fn track(name: &str) -> Enrolment {
    let track = Track {
        id: TrackId(0),
        path: format!("shared:{name}").into(),
        stamp: FileStamp { size: 1, modified_ns: 1 },
        content: *blake3::hash(name.as_bytes()).as_bytes(),
        title: name.to_owned(),
        artist: String::new(),
        album: String::new(),
        genre: String::new(),
        duration_s: 5.0,
        windows: 0,
        style: Vec::new(),
        sounds_like: Vec::new(),
        mood: None,
        features: None,
        highlight_s: None,
        model: "m".to_owned(),
        damage: None,
        recording: None,
        added_at: Timestamp::UNIX_EPOCH,
    };
    Enrolment { track, fingerprints: Vec::new() }
}

fn like(nonce: u128, track_id: TrackId) -> NewEvent {
    NewEvent { nonce, at: Timestamp::UNIX_EPOCH, track_id, what: EventKind::Like }
}

fn holding(user: UserId, path: &str, track_id: TrackId) -> Holding {
    let stamp = FileStamp { size: 1, modified_ns: 1 };
    Holding { user, path: path.into(), track_id, stamp }
}

#[test]
fn names_are_unique_among_open_accounts_and_numbers_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let ann = store.add_user("ann", Role::Admin, [1; 32]).unwrap();
    let again = store.add_user("ann", Role::Reader, [2; 32]);
    assert!(matches!(again, Err(StoreError::UserExists(name)) if name == "ann"));
    assert_eq!(store.renew_user("ann", [3; 32]).unwrap().unwrap().token, [3; 32]);
    assert!(store.revoke_user("ann").unwrap().unwrap().revoked_at.is_some());
    assert_eq!(store.revoke_user("ann").unwrap(), None);
    assert_eq!(store.renew_user("bob", [3; 32]).unwrap(), None);
    let second = store.add_user("ann", Role::Reader, [2; 32]).unwrap();
    assert_ne!(second.id, ann.id);
    assert_eq!(store.users().unwrap().len(), 2);
}

#[test]
fn each_has_a_log_of_its_own_even_with_the_nonce_of_another() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let [a, b] = ["a", "b"].map(|name| store.enrol(track(name)).unwrap().id);
    let [ann, bob] = ["ann", "bob"].map(|n| store.add_user(n, Role::Reader, [0; 32]).unwrap().id);
    let first = store.record_of(ann, like(7, a)).unwrap();
    assert_eq!(store.record_of(ann, like(7, b)).unwrap(), first, "sent twice, kept once");
    let other = store.record_of(bob, like(7, b)).unwrap();
    assert_eq!((other.seq, other.track_id), (1, b));
    store.record_of(ann, like(8, b)).unwrap();
    let seqs = |user, after| -> Vec<u64> {
        store.events_of(user, after, 10).unwrap().iter().map(|event| event.seq).collect()
    };
    assert_eq!((seqs(ann, 0), seqs(ann, 1), seqs(bob, 0)), (vec![1, 2], vec![2], vec![1]));
    assert!(store.events(0).unwrap().is_empty(), "nor do they touch the folder's own log");
    assert!(matches!(
        store.record_of(ann, like(9, TrackId(99))),
        Err(StoreError::UnknownTrack(TrackId(99)))
    ));
}

#[test]
fn a_track_is_orphaned_when_its_last_file_goes() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let [a, b] = ["a", "b"].map(|name| store.enrol(track(name)).unwrap().id);
    let [ann, bob] = [UserId(1), UserId(2)];
    for (user, path, id) in [(ann, "/x", a), (ann, "/x y", a), (bob, "/x", a)] {
        assert_eq!(store.hold(holding(user, path, id)).unwrap(), None);
    }
    let paths = |user| -> Vec<PathBuf> {
        store.holdings_of(user).unwrap().into_iter().map(|h| h.path).collect()
    };
    assert_eq!(paths(ann), [Path::new("/x"), Path::new("/x y")]);
    assert_eq!(paths(bob), [Path::new("/x")]);
    assert_eq!(store.holders(a).unwrap().len(), 3);
    assert_eq!(store.unhold(ann, Path::new("/x")).unwrap(), None);
    assert_eq!(store.unhold(ann, Path::new("/x")).unwrap(), None, "not there any more");
    assert_eq!(store.unhold(ann, Path::new("/x y")).unwrap(), None);
    assert_eq!(store.hold(holding(bob, "/x", b)).unwrap(), Some(a), "the file is another now");
    assert_eq!(store.unhold(bob, Path::new("/x")).unwrap(), Some(b));
    assert!(store.hold(holding(bob, "/z", TrackId(99))).is_err());

    store.hold(holding(bob, "/x", b)).unwrap();
    assert!(store.remove(b).unwrap());
    assert!(paths(bob).is_empty(), "a removed track is nobody's file");
}

#[test]
fn a_lost_database_gets_its_people_back_from_the_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = Store::open(dir.path()).unwrap();
        let id = store.enrol(track("a")).unwrap().id;
        let ann = store.add_user("ann", Role::Contributor, [5; 32]).unwrap().id;
        store.record_of(ann, like(1, id)).unwrap();
        store.record_of(ann, like(2, id)).unwrap();
        store.hold(holding(ann, "/x", id)).unwrap();
    }
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    drop(Store::open(dir.path()).unwrap());
    let done = repair(dir.path()).unwrap();
    assert!(done.wrong.iter().any(|wrong| wrong.contains("4 records of accounts")), "{done:?}");
    let store = Store::open(dir.path()).unwrap();
    let users = store.users().unwrap();
    assert_eq!((users[0].name.as_str(), users[0].token), ("ann", [5; 32]));
    assert_eq!(store.events_of(users[0].id, 0, 10).unwrap().len(), 2);
    assert_eq!(store.holdings_of(users[0].id).unwrap().len(), 1);
    drop(store);
    assert!(repair(dir.path()).unwrap().wrong.is_empty(), "a second repair finds nothing");
}
