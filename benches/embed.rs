//! Sound to fingerprints on one core, without decoding: seconds of sound a second.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use echovibe::dsp::{MelSpectrogram, SAMPLE_RATE};
use echovibe::embed::{Network, TrackEmbedder};

const SECONDS: usize = 60;

fn sound() -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(1);
    (0..SECONDS * SAMPLE_RATE as usize)
        .map(|i| {
            let tune = (i as f32 * 0.05 + (i as f32 * 1e-4).sin() * 40.0).sin();
            tune * 0.4 + random.f32() * 0.05
        })
        .collect()
}

fn benches(criterion: &mut Criterion) {
    let sound = sound();
    let network = match Network::load() {
        Ok(network) => network,
        Err(e) => return eprintln!("{e}"),
    };
    let mut group = criterion.benchmark_group("seconds of sound");
    group.throughput(Throughput::Elements(SECONDS as u64)).sample_size(10);
    group.bench_function("mel spectrogram", |b| b.iter(|| MelSpectrogram::of(&sound)));
    group.bench_function("fingerprints and style", |b| {
        b.iter(|| {
            let mut embedder = TrackEmbedder::new(&network);
            embedder.push(&sound).and_then(|()| embedder.finish())
        });
    });
    group.finish();
}

criterion_group!(embed, benches);
criterion_main!(embed);
