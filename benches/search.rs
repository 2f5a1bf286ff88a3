//! The exact scan: one live window against a private library, and the speed of the scan itself.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use echovibe::index::{Among, Code, DIM, HITS, Index, Packed};

/// Tracks of three minutes, four fingerprints a second.
const TRACKS: u32 = 1000;
const WINDOWS: usize = 720;

fn code(random: &mut fastrand::Rng) -> Code {
    std::array::from_fn(|_| random.i8(-60..60))
}

fn benches(criterion: &mut Criterion) {
    let mut random = fastrand::Rng::with_seed(1);
    let mut index = Index::default();
    for key in 0..TRACKS {
        let codes: Vec<Code> = (0..WINDOWS).map(|_| code(&mut random)).collect();
        index.insert(key, 1, Packed::of(&codes));
    }
    let query = code(&mut random);
    let mut group = criterion.benchmark_group("fingerprints scanned");
    group.throughput(Throughput::Elements(u64::from(TRACKS) * WINDOWS as u64)).sample_size(20);
    group.bench_function("one window, 1000 tracks", |b| {
        b.iter(|| index.search(&[query], HITS, Among::All));
    });
    group.finish();
    assert_eq!(index.windows() * DIM, TRACKS as usize * WINDOWS * DIM);
}

criterion_group!(search, benches);
criterion_main!(search);
