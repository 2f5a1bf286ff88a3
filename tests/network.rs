//! The network through tract against PyTorch's numbers (`models/train/export.py`).

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use echovibe::dsp::MelColumn;
use echovibe::embed::Network;
use serde_json::Value;

/// The input described in the script that made the fixture.
fn mel(frames: usize) -> Vec<MelColumn> {
    (0..frames)
        .map(|t| {
            std::array::from_fn(|band| {
                let (b, t) = (band as f64, t as f64);
                (-8.0 + 4.0 * (0.13 * b + 0.41 * t).sin() + 2.0 * (0.07 * b * t).cos()) as f32
            })
        })
        .collect()
}

#[test]
fn tract_gives_pytorchs_vectors() {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/network.json")).unwrap();
    let frames = fixture["n_frames"].as_u64().unwrap() as usize;
    let network = Network::load().unwrap();
    let windows = network.windows(&mel(frames)).unwrap();
    let rows = |name: &str| fixture[name].as_array().unwrap().clone();
    assert_eq!(windows.len(), rows("fingerprint").len());
    for (k, window) in windows.iter().enumerate() {
        let outputs: [(&str, &[f32]); 5] = [
            ("fingerprint", &window.fingerprint),
            ("style", &window.style),
            ("genre", &window.genre),
            ("mood", &window.mood),
            ("music", &[window.music]),
        ];
        for (name, ours) in outputs {
            let theirs = rows(name)[k].as_array().unwrap().clone();
            assert_eq!(ours.len(), theirs.len(), "{name}");
            for (ours, theirs) in ours.iter().zip(theirs) {
                let off = (f64::from(*ours) - theirs.as_f64().unwrap()).abs();
                assert!(off < 1e-4, "{name}: {ours} against {theirs}");
            }
        }
    }
    assert_eq!(network.genres().len(), windows[0].genre.len());
}
