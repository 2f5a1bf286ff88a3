//! Band limits: Butterworth filters as cascades of second-order sections.

use std::f64::consts::PI;

use crate::dsp::SAMPLE_RATE;

/// What a telephone lets through, Hz.
const TELEPHONE_HZ: (f64, f64) = (300.0, 3_400.0);
/// Order of each edge of the telephone band.
const TELEPHONE_ORDER: usize = 8;

/// Which side of the edge passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// What is above.
    High,
    /// What is below.
    Low,
}

/// Filters in place; `order` is even.
pub(super) fn butterworth(samples: &mut [f32], pass: Pass, edge_hz: f64, order: usize) {
    for section in 0..order / 2 {
        let angle = PI * (2 * section + 1) as f64 / (2 * order) as f64;
        second_order(samples, pass, edge_hz, 0.5 / angle.cos());
    }
}

/// Leaves what a telephone lets through: 300 to 3400 Hz.
pub(super) fn telephone(samples: &mut [f32]) {
    butterworth(samples, Pass::High, TELEPHONE_HZ.0, TELEPHONE_ORDER);
    butterworth(samples, Pass::Low, TELEPHONE_HZ.1, TELEPHONE_ORDER);
}

/// One section, by the bilinear transform.
fn second_order(samples: &mut [f32], pass: Pass, edge_hz: f64, quality: f64) {
    let turn = 2.0 * PI * edge_hz / f64::from(SAMPLE_RATE);
    let (sin, cos) = turn.sin_cos();
    let alpha = sin / (2.0 * quality);
    let scale = 1.0 / (1.0 + alpha);
    let (outer, inner) = match pass {
        Pass::Low => ((1.0 - cos) / 2.0 * scale, (1.0 - cos) * scale),
        Pass::High => ((1.0 + cos) / 2.0 * scale, -(1.0 + cos) * scale),
    };
    let (back, back2) = (-2.0 * cos * scale, (1.0 - alpha) * scale);
    let (mut first, mut second) = (0.0, 0.0);
    for sample in samples {
        let x = f64::from(*sample);
        let y = outer * x + first;
        first = inner * x - back * y + second;
        second = outer * x - back2 * y;
        *sample = y as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much of a tone passes.
    fn gain(hz: f64, filter: impl Fn(&mut [f32])) -> f64 {
        let mut tone: Vec<f32> = (0..SAMPLE_RATE)
            .map(|i| (2.0 * PI * hz * f64::from(i) / f64::from(SAMPLE_RATE)).sin() as f32)
            .collect();
        filter(&mut tone);
        let later = &tone[SAMPLE_RATE as usize / 2..];
        let power = later.iter().map(|x| f64::from(x * x)).sum::<f64>() / later.len() as f64;
        (2.0 * power).sqrt()
    }

    #[test]
    fn a_telephone_removes_bass_and_treble_and_keeps_the_voice() {
        assert!(gain(100.0, telephone) < 0.01);
        assert!(gain(6_000.0, telephone) < 0.01);
        assert!((gain(1_000.0, telephone) - 1.0).abs() < 0.02);
        assert!((gain(300.0, telephone) - 0.5_f64.sqrt()).abs() < 0.03);
    }

    #[test]
    fn the_edge_is_where_it_was_asked_for() {
        for (pass, through, not) in [(Pass::Low, 400.0, 4_000.0), (Pass::High, 4_000.0, 400.0)] {
            let filter = |x: &mut [f32]| butterworth(x, pass, 1_200.0, 2);
            assert!((gain(1_200.0, filter) - 0.5_f64.sqrt()).abs() < 0.01);
            assert!(gain(through, filter) > 0.98 && gain(not, filter) < 0.15);
        }
    }
}
