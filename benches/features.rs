//! Sound to descriptive features on one core, without decoding, beside sound to fingerprints: seconds of
//! sound a second. `features` alone has to make the network's frames too; what they add to enrolment is the
//! difference between the last two.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use echovibe::audio::demo::pieces;
use echovibe::dsp::features::{FeatureExtractor, SoundFeatures};
use echovibe::dsp::{MelSpectrogram, SAMPLE_RATE};
use echovibe::embed::{Network, TrackEmbedder};

/// The demo's music: what features cost depends on the sound.
fn sound() -> Vec<f32> {
    pieces().iter().step_by(3).flat_map(|piece| piece.render(SAMPLE_RATE)).collect()
}

fn benches(criterion: &mut Criterion) {
    let sound = sound();
    let network = match Network::load() {
        Ok(network) => network,
        Err(e) => return eprintln!("{e}"),
    };
    let mut group = criterion.benchmark_group("seconds of sound");
    let seconds = sound.len() as u64 / u64::from(SAMPLE_RATE);
    group.throughput(Throughput::Elements(seconds)).sample_size(10);
    group.bench_function("mel spectrogram", |b| b.iter(|| MelSpectrogram::of(&sound)));
    group.bench_function("features", |b| b.iter(|| SoundFeatures::of(&sound)));
    group.bench_function("fingerprints and style", |b| {
        b.iter(|| {
            let mut embedder = TrackEmbedder::new(&network);
            embedder.push(&sound).and_then(|()| embedder.finish())
        });
    });
    group.bench_function("fingerprints, style and features", |b| {
        b.iter(|| {
            let mut embedder = TrackEmbedder::new(&network);
            let mut features = FeatureExtractor::new();
            features.push_samples(&sound);
            embedder
                .push_observed(&sound, |power, column| features.push_frame(power, column))
                .and_then(|()| embedder.finish())
                .map(|embedding| (embedding, features.finish()))
        });
    });
    group.finish();
}

criterion_group!(features, benches);
criterion_main!(features);
