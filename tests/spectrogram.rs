//! The mel front end against librosa's numbers (`models/train/make_mel_fixture.py`).

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use echovibe::dsp::{MEL_BANDS, MelSpectrogram, SAMPLE_RATE};
use serde_json::Value;

/// The signal described in the script that made the fixture.
fn signal() -> Vec<f32> {
    let mut state = 1_u32;
    (0..16_000)
        .map(|n| {
            let t = f64::from(n) / f64::from(SAMPLE_RATE);
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(state >> 8) / f64::from(1 << 23) - 1.0;
            let tau = std::f64::consts::TAU;
            let tone = 0.30 * (tau * 440.0 * t).sin();
            let chirp = 0.20 * (tau * (200.0 * t + 1500.0 * t * t)).sin();
            (tone + chirp + 0.05 * noise) as f32
        })
        .collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn columns_are_librosas() {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/mel.json")).unwrap();
    let signal = signal();
    for (ours, theirs) in signal.iter().zip(numbers(&fixture["first_samples"])) {
        assert!((f64::from(*ours) - theirs).abs() < 1e-6, "the signal is not the fixture's");
    }
    let columns = MelSpectrogram::of(&signal);
    let power = fixture["mel_power"].as_array().unwrap();
    let log_mel = fixture["log_mel"].as_array().unwrap();
    assert_eq!(columns.len(), power.len());
    for (column, (power, log_mel)) in columns.iter().zip(power.iter().zip(log_mel)) {
        let (power, log_mel) = (numbers(power), numbers(log_mel));
        assert_eq!(power.len(), MEL_BANDS);
        for band in 0..MEL_BANDS {
            let ours = f64::from(column[band]);
            let off = (ours.exp() - power[band]).abs() / power[band];
            assert!(off < 1e-3, "band {band}: power {} against {}", ours.exp(), power[band]);
            assert!((ours - log_mel[band]).abs() < 1e-3);
        }
    }
}
