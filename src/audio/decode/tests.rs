//! What decoding must give, format by format.

use std::path::PathBuf;

use super::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn all_mono(decoder: &mut Decoder) -> Vec<f32> {
    let mut samples = Vec::new();
    while decoder.next_mono(&mut samples).unwrap() {}
    samples
}

/// Zero crossings upward a second: the pitch of a plain tone.
fn pitch(samples: &[f32], rate: u32) -> f64 {
    let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
    let rises = middle.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    rises as f64 * f64::from(rate) / middle.len() as f64
}

#[test]
fn every_format_gives_its_second_of_440_hz() {
    for ending in ["wav", "mp3", "flac", "ogg", "opus", "m4a"] {
        let mut decoder = Decoder::open(&fixture(&format!("tone.{ending}"))).unwrap();
        let samples = all_mono(&mut decoder);
        let seconds = samples.len() as f64 / f64::from(decoder.rate());
        assert!((seconds - 1.0).abs() < 0.06, "{ending}: {seconds} s");
        let pitch = pitch(&samples, decoder.rate());
        assert!((pitch - 440.0).abs() < 5.0, "{ending}: {pitch} Hz");
        assert_eq!(decoder.damage(), None, "{ending}");
        assert!(decoder.duration_s().is_none_or(|s| (s - 1.0).abs() < 0.1), "{ending}");
    }
}

#[test]
fn the_name_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("really.mp3");
    std::fs::copy(fixture("tone.flac"), &path).unwrap();
    let mut decoder = Decoder::open(&path).unwrap();
    assert!(all_mono(&mut decoder).len() > 40_000);
}

#[test]
fn a_stream_without_seeking_gives_the_same() {
    for ending in ["wav", "mp3", "flac", "ogg", "opus"] {
        let path = fixture(&format!("tone.{ending}"));
        let file = File::open(&path).unwrap();
        let mut stream = Decoder::from_read(Box::new(file), "a pipe").unwrap();
        let mut whole = Decoder::open(&path).unwrap();
        let (piped, read) = (all_mono(&mut stream), all_mono(&mut whole));
        assert!(piped.len().abs_diff(read.len()) < 3000, "{ending}");
    }
}

#[test]
fn seeking_finds_the_sample() {
    for ending in ["wav", "flac", "mp3", "ogg", "opus", "m4a"] {
        let path = fixture(&format!("tone.{ending}"));
        let mut decoder = Decoder::open(&path).unwrap();
        let whole = all_mono(&mut decoder);
        decoder.seek(0.5).unwrap();
        let rest = all_mono(&mut decoder);
        let half = decoder.rate() as usize / 2;
        let expected = whole.len() - half;
        assert!(rest.len().abs_diff(expected) <= 1_200, "{ending}: {} {expected}", rest.len());
        let (again, first) = (&rest[..8_000.min(half)], &whole[half..]);
        let worst = again.iter().zip(first).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        // Places in the last page of an Ogg file are known to within a block only, and this file
        // is a single page.
        let far = if matches!(ending, "ogg" | "opus") { 0.06 } else { 0.02 };
        assert!(worst < far, "{ending}: off by {worst}");
    }
}

#[test]
fn seeking_behind_the_end_is_an_error_and_back_again_works() {
    let mut decoder = Decoder::open(&fixture("tone.flac")).unwrap();
    let error = decoder.seek(100.0).unwrap_err().to_string();
    assert!(error.contains("tone.flac: cannot go to 100.0 s"), "{error}");
    decoder.seek(0.9).unwrap();
    assert!(all_mono(&mut decoder).len() > 1000);
}

#[test]
fn stereo_stays_stereo_and_its_mean_is_mono() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stereo.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 8_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for _ in 0..3_000 {
        writer.write_sample(0.5_f32).unwrap();
        writer.write_sample(f32::NAN).unwrap();
    }
    writer.finalize().unwrap();
    let mut decoder = Decoder::open(&path).unwrap();
    assert_eq!((decoder.channels(), decoder.rate()), (2, 8_000));
    let mut both = Vec::new();
    assert!(decoder.next_interleaved(&mut both).unwrap());
    assert_eq!(both[..4], [0.5, 0.0, 0.5, 0.0]);
    let mono = all_mono(&mut Decoder::open(&path).unwrap());
    assert_eq!((mono.len(), mono[7]), (3_000, 0.25));
}
