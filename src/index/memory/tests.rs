use super::*;
use crate::index::cells::build;
use crate::index::segment::SegmentError;

fn code(seed: u64) -> Code {
    let mut random = fastrand::Rng::with_seed(seed);
    std::array::from_fn(|_| random.i8(-40..40))
}

fn track(key: u32) -> Packed {
    let codes: Vec<Code> = (0..30).map(|w| code(u64::from(key) * 1000 + w)).collect();
    Packed::of(&codes)
}

fn index(tracks: u32) -> Index {
    let mut index = Index::default();
    for key in 0..tracks {
        index.insert(key, 1, track(key));
    }
    index
}

fn with_cells(index: &mut Index, dir: &std::path::Path) -> Arc<Segment> {
    let path = dir.join("cells.idx");
    build(&path, "m", &index.cell_tracks(), index.segment().map(|s| &**s)).unwrap();
    let segment = Arc::new(Segment::open(&path).unwrap().unwrap());
    index.attach(Arc::clone(&segment));
    segment
}

#[test]
fn the_nearest_comes_first() {
    let hits = index(20).search(&[code(7 * 1000 + 11)], 5, Among::All);
    assert_eq!(hits[0].len(), 5);
    assert_eq!((hits[0][0].key, hits[0][0].window), (7, 11));
    assert!(hits[0].windows(2).all(|pair| pair[0].cosine >= pair[1].cosine));
}

#[test]
fn tracks_come_and_go() {
    let mut index = index(5);
    index.remove(1);
    index.remove(99);
    assert_eq!((index.len(), index.windows()), (4, 120));
    assert!(index.contains(4) && !index.contains(1));
    assert!(index.search(&[code(1003)], 40, Among::All)[0].iter().all(|hit| hit.key != 1));
    assert_eq!(index.search(&[code(4003)], 1, Among::All)[0][0].key, 4);
    let even = index.search(&[code(4004)], 1, Among::EverySecond)[0][0];
    assert_eq!((even.key, even.window), (4, 4));
    index.insert(4, 2, Packed::of(&[code(1)]));
    assert_eq!(index.windows(), 91);
}

#[test]
fn cells_find_what_a_scan_finds() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = index(60);
    let segment = with_cells(&mut index, dir.path());
    assert_eq!(segment.windows(), 60 * 15);
    segment.verify().unwrap();
    let found = (0..60).filter(|key| {
        let hit = index.search(&[code(key * 1000 + 8)], 1, Among::All)[0][0];
        (u64::from(hit.key), hit.window) == (*key, 8)
    });
    assert!(found.count() >= 58);
}

#[test]
fn tracks_come_and_go_beside_cells() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = index(40);
    with_cells(&mut index, dir.path());
    index.remove(3);
    index.insert(5, 2, Packed::of(&[code(4_242)]));
    index.insert(90, 1, track(90));
    let best = |index: &Index, seed: u64| index.search(&[code(seed)], 1, Among::All)[0][0].key;
    assert_ne!(best(&index, 3008), 3);
    assert_ne!(best(&index, 5008), 5);
    assert_eq!(best(&index, 4_242), 5);
    assert_eq!(best(&index, 90_008), 90);

    // A file made before the change: what changed is searched outside of it.
    let old = Arc::new(Segment::open(&dir.path().join("cells.idx")).unwrap().unwrap());
    index.attach(old);
    assert_eq!((best(&index, 4_242), best(&index, 90_008)), (5, 90));
    assert_ne!(best(&index, 3008), 3);

    let again = with_cells(&mut index, dir.path());
    assert_eq!(again.windows(), 38 * 15 + 1 + 15);
    assert_eq!((best(&index, 90_008), best(&index, 4_242)), (90, 5));
}

#[test]
fn a_damaged_file_of_cells_is_refused_or_noticed() {
    let dir = tempfile::tempdir().unwrap();
    with_cells(&mut index(10), dir.path());
    let path = dir.path().join("cells.idx");
    let whole = std::fs::read(&path).unwrap();
    for at in [0, 5, 12, 20, 30, 200] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(Segment::open(&path), Err(SegmentError::Damaged { .. })), "{at}");
    }
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(Segment::open(&path).is_err());
    let mut bytes = whole.clone();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert!(Segment::open(&path).unwrap().unwrap().verify().is_err());
    assert!(Segment::open(&dir.path().join("none")).unwrap().is_none());
    let mut earlier = whole;
    earlier[3] = b'2';
    std::fs::write(&path, &earlier).unwrap();
    assert!(Segment::open(&path).unwrap().is_none(), "an earlier version's is made again");
}
