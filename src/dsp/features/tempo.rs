//! Tempo: the beat period at whose multiples the onsets repeat best, by autocorrelation, in the octave in which
//! it is felt (see `octave`).

use realfft::{FftError, RealFftPlanner};

use super::octave::felt;
use super::onset::RATE;

/// Slowest and fastest tempo that is looked for, beats a minute, and the step between two.
const SLOWEST_BPM: f64 = 45.0;
const FASTEST_BPM: f64 = 210.0;
const STEP: f64 = 0.004;
/// The tempo that people hear most readily and how many octaves from it they still do (a normal
/// distribution of the logarithm; Parncutt 1994): of a period and its double it takes the more usual.
/// Fitted, with the exponent and the number of multiples, on synthesised pieces and every second of 131 MIDI
/// files.
const USUAL_BPM: f64 = 125.0;
const USUAL_OCTAVES: f64 = 0.8;
/// Multiples of the period at which onsets should repeat.
const MULTIPLES: usize = 4;
/// The spectrum of the onsets to this power, half of an autocorrelation's: sharper peaks (Percival and
/// Tzanetakis 2014).
const EXPONENT: f32 = 0.5;
/// A tempo at which the onsets repeat less is none: slow fades stay below.
const LEAST_STRENGTH: f64 = 0.05;
/// Stretches that are looked at on their own, so that a tempo that drifts still adds up: 12 s, half
/// overlapping.
const STRETCH: usize = 384;
const PADDED: usize = 1024;
/// A stretch shorter than 3 s tells no tempo.
const SHORTEST: usize = 96;
/// A stretch whose onset strength deviates less from its mean, dB, is a steady sound.
const FAINT_DB: f32 = 0.05;
/// Longest lag that is used, frames: 8.5 s.
const LAGS: usize = 272;
/// The onsets' local mean is taken over this many frames on each side: 0.5 s.
const LOCAL: usize = 16;
/// The tempo is refined by up to 40 steps of this share.
const FINE_STEP: f64 = 0.0005;

/// A tempo.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tempo {
    /// Beats a minute.
    pub bpm: f64,
    /// How strongly the onsets repeat at it or at a simple multiple, at most 1.
    pub strength: f64,
}

/// The tempo of an onset envelope; none where the onsets do not repeat.
pub(super) fn tempo(envelope: &[f32]) -> Option<Tempo> {
    likeliest(envelope).filter(|tempo| tempo.strength >= LEAST_STRENGTH)
}

fn likeliest(envelope: &[f32]) -> Option<Tempo> {
    let repeats = autocorrelation(&flattened(envelope)).ok().flatten()?;
    let steps = ((FASTEST_BPM / SLOWEST_BPM).ln() / STEP) as usize;
    let candidates = (0..=steps).map(|step| SLOWEST_BPM * (step as f64 * STEP).exp());
    let score = |bpm: f64| {
        let away = (bpm / USUAL_BPM).log2() / USUAL_OCTAVES;
        at_multiples(&repeats, bpm, MULTIPLES).max(0.0) * (-0.5 * away * away).exp()
    };
    let best = refined(&repeats, best_of(candidates, score)?)?;
    let strength = at_multiples(&repeats, best, MULTIPLES);
    let after = |bpm: f64, beats: f64| between(&repeats, 60.0 * RATE / bpm * beats);
    Some(Tempo { bpm: refined(&repeats, felt(best, after))?, strength })
}

fn refined(repeats: &[f32], bpm: f64) -> Option<f64> {
    let fine = (-40..=40).map(|step| bpm * (1.0 + f64::from(step) * FINE_STEP));
    best_of(fine, |bpm| at_multiples(repeats, bpm, LAGS))
}

fn best_of(candidates: impl Iterator<Item = f64>, score: impl Fn(f64) -> f64) -> Option<f64> {
    let scored = candidates.map(|bpm| (bpm, score(bpm)));
    scored.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(bpm, _)| bpm)
}

/// Mean autocorrelation at the first multiples of the beat period.
fn at_multiples(repeats: &[f32], bpm: f64, most: usize) -> f64 {
    let lag = 60.0 * RATE / bpm;
    let count = (((LAGS - 2) as f64 / lag) as usize).clamp(1, most);
    (1..=count).map(|multiple| between(repeats, lag * multiple as f64)).sum::<f64>() / count as f64
}

/// Between two lags: the cubic of Catmull and Rom.
fn between(repeats: &[f32], lag: f64) -> f64 {
    let whole = lag as usize;
    let part = lag - whole as f64;
    let value = |at: usize| f64::from(repeats.get(at).copied().unwrap_or(0.0));
    let (a, b) = (value(whole.saturating_sub(1)), value(whole));
    let (c, d) = (value(whole + 1), value(whole + 2));
    let cubic = part * (3.0 * (b - c) + d - a);
    b + 0.5 * part * (c - a + part * (2.0 * a - 5.0 * b + 4.0 * c - d + cubic))
}

/// What stands out of the onsets' local mean.
fn flattened(envelope: &[f32]) -> Vec<f32> {
    let mut sums = Vec::with_capacity(envelope.len() + 1);
    let mut sum = 0.0_f64;
    sums.push(sum);
    sums.extend(envelope.iter().map(|value| {
        sum += f64::from(*value);
        sum
    }));
    let out = |(at, value): (usize, &f32)| {
        let (from, to) = (at.saturating_sub(LOCAL), (at + LOCAL + 1).min(envelope.len()));
        let mean = (sums[to] - sums[from]) / (to - from) as f64;
        (f64::from(*value) - mean).max(0.0) as f32
    };
    envelope.iter().enumerate().map(out).collect()
}

/// Mean over the stretches of the autocorrelation, 1 at lag 0; none where there is no onset.
fn autocorrelation(envelope: &[f32]) -> Result<Option<Vec<f32>>, FftError> {
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (planner.plan_fft_forward(PADDED), planner.plan_fft_inverse(PADDED));
    let (mut frame, mut bins) = (forward.make_input_vec(), forward.make_output_vec());
    let mut mean = vec![0.0_f32; LAGS];
    let mut stretches = 0.0;
    let last = envelope.len().saturating_sub(STRETCH);
    for start in (0..=last).step_by(STRETCH / 2) {
        let stretch = &envelope[start..(start + STRETCH).min(envelope.len())];
        if stretch.len() < SHORTEST {
            continue;
        }
        let level = stretch.iter().sum::<f32>() / stretch.len() as f32;
        let square =
            stretch.iter().map(|v| (v - level).powi(2)).sum::<f32>() / stretch.len() as f32;
        if square < FAINT_DB * FAINT_DB {
            continue;
        }
        frame.fill(0.0);
        for (out, value) in frame.iter_mut().zip(stretch) {
            *out = value - level;
        }
        forward.process(&mut frame, &mut bins)?;
        for bin in &mut bins {
            *bin = bin.norm_sqr().powf(EXPONENT).into();
        }
        inverse.process(&mut bins, &mut frame)?;
        let energy = frame[0];
        stretches += 1.0;
        for (lag, sum) in mean.iter_mut().enumerate() {
            // the longer the lag, the less of the stretch lies over itself
            let over = stretch.len().saturating_sub(lag).max(stretch.len() / 8) as f32;
            *sum += frame[lag] / energy * stretch.len() as f32 / over;
        }
    }
    mean.iter_mut().for_each(|value| *value /= stretches);
    Ok((stretches > 0.0).then_some(mean))
}
