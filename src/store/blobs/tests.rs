use std::io::Write;

use super::*;

fn open(dir: &Path, live: &[(u64, u32)]) -> (BlobLog, BTreeMap<TrackId, Place>) {
    let live = live.iter().map(|&(serial, id)| (TrackId(id), Row::Serial(serial))).collect();
    let (mut log, mut places) = BlobLog::open(dir, &live).unwrap();
    log.tidy(&mut places).unwrap();
    (log, places)
}

fn read_back(dir: &Path, id: u32, place: &Place) -> Option<Vec<u8>> {
    read(&File::open(path_in(dir)).unwrap(), TrackId(id), place).unwrap()
}

/// Three records of 100, 0 and 5 000 bytes.
fn three(dir: &Path) -> Vec<Place> {
    let (mut log, _) = open(dir, &[]);
    [(1, 100), (2, 0), (3, 5000)]
        .map(|(id, len)| log.append(TrackId(id), 0, &vec![id as u8; len]).unwrap())
        .to_vec()
}

const ALL: [(u64, u32); 3] = [(1, 1), (2, 2), (3, 3)];

#[test]
fn what_is_appended_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let written = three(dir.path());
    let (_, places) = open(dir.path(), &ALL);
    assert_eq!(places.into_values().collect::<Vec<_>>(), written);
    assert_eq!(read_back(dir.path(), 3, &written[2]), Some(vec![3; 5000]));
    assert_eq!(read_back(dir.path(), 2, &written[1]), Some(vec![]));
    assert_eq!(read_back(dir.path(), 1, &written[2]), None, "another track's place");
}

#[test]
fn a_tail_torn_anywhere_is_cut_and_the_rest_kept() {
    for torn in [1, 16, 31, 32, 33, 5031] {
        let dir = tempfile::tempdir().unwrap();
        let written = three(dir.path());
        let file = OpenOptions::new().write(true).open(path_in(dir.path())).unwrap();
        file.set_len(written[2].offset + torn).unwrap();
        let (mut log, places) = open(dir.path(), &ALL);
        assert_eq!(places.len(), 2, "torn at {torn}");
        assert_eq!(file.metadata().unwrap().len(), written[2].offset, "torn at {torn}");
        let again = log.append(TrackId(3), 0, &[9; 10]).unwrap();
        assert!(again.serial > 3, "a serial the database may know is not given again");
        assert_eq!(read_back(dir.path(), 3, &again), Some(vec![9; 10]));
    }
}

#[test]
fn a_tail_of_zeros_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let written = three(dir.path());
    let file = OpenOptions::new().write(true).open(path_in(dir.path())).unwrap();
    let end = written[2].offset + written[2].size();
    file.set_len(end + 200_000).unwrap();
    assert_eq!(open(dir.path(), &ALL).1.len(), 3);
    assert_eq!(file.metadata().unwrap().len(), end);
}

#[test]
fn damage_in_the_middle_costs_only_that_record() {
    let dir = tempfile::tempdir().unwrap();
    let written = three(dir.path());
    let file = OpenOptions::new().write(true).open(path_in(dir.path())).unwrap();
    file.write_all_at(b"????", written[0].offset).unwrap();
    let (_, places) = open(dir.path(), &ALL);
    assert_eq!(places.keys().map(|id| id.0).collect::<Vec<_>>(), [2, 3]);

    file.write_all_at(b"?", written[2].offset + HEADER + 7).unwrap();
    assert_eq!(read_back(dir.path(), 3, &written[2]), None, "the checksum shows it");
}

#[test]
fn a_header_across_the_search_step_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = open(dir.path(), &[]);
    for extra in 0..8 {
        log.append(TrackId(1), 0, &vec![0; SEARCH_STEP - HEADER as usize - 4 + extra]).unwrap();
        log.append(TrackId(2), 0, &[7; 40]).unwrap();
    }
    let (found, _) = scan(&log.file, 0).unwrap();
    for (_, offset) in found.iter().filter(|(header, _)| header.track.0 == 1) {
        log.file.write_all_at(b"????", *offset).unwrap();
    }
    assert_eq!(scan(&log.file, 0).unwrap().0.len(), 8);
}

#[test]
fn what_is_mostly_dead_is_rewritten_small() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = open(dir.path(), &[]);
    let mut last = 0;
    for round in 0..4 {
        for id in 1..=3 {
            last =
                log.append(TrackId(id), 0, &vec![round * 10 + id as u8; 300_000]).unwrap().serial;
        }
    }
    let old = File::open(path_in(dir.path())).unwrap();
    let live = [(last - 2, 1), (last - 1, 2), (last, 3)];
    let (mut log, places) = open(dir.path(), &live);
    assert_eq!(log.end, 3 * (300_000 + HEADER));
    for (id, place) in &places {
        assert_eq!(read_back(dir.path(), id.0, place), Some(vec![30 + id.0 as u8; 300_000]));
    }
    let stale = Place { offset: 9 * (300_000 + HEADER), ..places[&TrackId(1)] };
    assert!(read(&old, TrackId(1), &stale).unwrap().is_some(), "the old file is still whole");
    assert_eq!(read_back(dir.path(), 1, &stale), None, "an old place in the new file");
    let next = log.append(TrackId(4), 0, &[4]).unwrap();
    assert_eq!(read_back(dir.path(), 4, &next), Some(vec![4]));
    assert_eq!(open(dir.path(), &[live[0], live[1], live[2], (next.serial, 4)]).1.len(), 4);
}

#[test]
fn a_rewrite_that_was_cut_short_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    three(dir.path());
    let half = path_in(dir.path()).with_extension("log.new");
    File::create(&half).unwrap().write_all(b"half").unwrap();
    assert_eq!(open(dir.path(), &ALL).1.len(), 3);
    assert!(!half.exists());
}
#[test]
fn places_that_are_known_need_no_search() {
    let dir = tempfile::tempdir().unwrap();
    let written = three(dir.path());
    let rows = |kept: &[usize]| -> BTreeMap<TrackId, Row> {
        kept.iter().map(|&i| (TrackId(i as u32 + 1), Row::Placed(written[i]))).collect()
    };
    // Its header is gone, which only a search would notice.
    let file = OpenOptions::new().write(true).open(path_in(dir.path())).unwrap();
    file.write_all_at(b"????", written[0].offset).unwrap();
    let (_, places) = BlobLog::open(dir.path(), &rows(&[0, 1, 2])).unwrap();
    assert_eq!(places.into_values().collect::<Vec<_>>(), written);

    let (mut log, places) = BlobLog::open(dir.path(), &rows(&[1])).unwrap();
    assert_eq!((places.len(), log.highest_track()), (1, TrackId(3)), "what follows is searched");
    let next = log.append(TrackId(9), 5, &[1; 10]).unwrap();
    assert_eq!((next.serial, next.offset, next.network), (4, written[2].end(), 5));
}

#[test]
fn places_that_cannot_be_are_searched_for() {
    let dir = tempfile::tempdir().unwrap();
    let written = three(dir.path());
    let with = |last: Place| -> BTreeMap<TrackId, Row> {
        [written[0], written[1], last]
            .iter()
            .zip(1..)
            .map(|(place, id)| (TrackId(id), Row::Placed(*place)))
            .collect()
    };
    for wrong in [
        Place { offset: written[2].offset + 1, ..written[2] },
        Place { offset: 1 << 40, ..written[2] },
        Place::lost(3),
    ] {
        let (_, places) = BlobLog::open(dir.path(), &with(wrong)).unwrap();
        let found = Place { network: wrong.network, ..written[2] };
        assert_eq!(places[&TrackId(3)], found, "{wrong:?}");
    }
    let cut = OpenOptions::new().write(true).open(path_in(dir.path())).unwrap();
    cut.set_len(written[2].offset + 100).unwrap();
    let (_, places) = BlobLog::open(dir.path(), &with(written[2])).unwrap();
    assert_eq!(places.into_keys().collect::<Vec<_>>(), [TrackId(1), TrackId(2)]);
}
