//! Endless sound without any device. This one sweeps a sine until the synthesiser takes its place.

/// Appends about 0.1 s of mono samples at `rate` a call; false at the end (there is none).
#[must_use]
pub fn generator(rate: u32) -> Box<dyn FnMut(&mut Vec<f32>) -> bool + Send> {
    /// Seconds from the lowest to the highest tone.
    const SWEEP_S: f64 = 8.0;
    let step = 1.0 / f64::from(rate.max(1));
    let (mut time, mut phase) = (0.0_f64, 0.0_f64);
    Box::new(move |out| {
        for _ in 0..(rate / 10).max(1) {
            let hz = 200.0 * 16_f64.powf((time / SWEEP_S).fract());
            phase = (phase + hz * step).fract();
            time += step;
            out.push((phase * std::f64::consts::TAU).sin() as f32 * 0.3);
        }
        true
    })
}
