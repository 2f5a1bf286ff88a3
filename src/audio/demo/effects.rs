//! What happens to the mix: reverberation, echo, level, limiter.

/// A small room or a large hall (Schroeder's combs and all-passes, lengths after Freeverb).
#[derive(Debug)]
pub(super) struct Reverb {
    combs: Vec<Comb>,
    passes: Vec<Delay>,
    feedback: f32,
    damping: f32,
}

const COMBS_S: [f32; 8] =
    [0.025_31, 0.026_94, 0.028_96, 0.030_75, 0.032_24, 0.033_81, 0.035_31, 0.036_67];
const PASSES_S: [f32; 4] = [0.012_61, 0.010_0, 0.007_73, 0.005_1];

impl Reverb {
    /// Sound falls by 60 dB in `decay_s`; `scale` stretches the delays (1 for a hall, 0.4 for a
    /// small room); `damping` is how much faster the highs die, 0 to 1.
    pub(super) fn new(decay_s: f32, scale: f32, damping: f32, rate: u32) -> Self {
        let samples = |seconds: &f32| (seconds * scale * rate as f32).max(1.0) as usize;
        let mean_s = scale * 0.031;
        Self {
            combs: COMBS_S
                .iter()
                .map(|s| Comb { delay: Delay::new(samples(s)), dull: 0.0 })
                .collect(),
            passes: PASSES_S.iter().map(|s| Delay::new(samples(s))).collect(),
            feedback: 10f32.powf(-3.0 * mean_s / decay_s).min(0.98),
            damping,
        }
    }

    /// The reverberation alone for one sample of sound.
    pub(super) fn next(&mut self, x: f32) -> f32 {
        let mut sum = 0.0;
        for comb in &mut self.combs {
            sum += comb.next(x, self.feedback, self.damping);
        }
        for pass in &mut self.passes {
            let late = pass.get();
            pass.put(sum + 0.5 * late);
            sum = late - 0.5 * sum;
        }
        // a comb's power grows with its feedback
        sum * 0.35 * (1.0 - self.feedback * self.feedback).sqrt()
    }
}

#[derive(Debug)]
struct Comb {
    delay: Delay,
    dull: f32,
}

impl Comb {
    fn next(&mut self, x: f32, feedback: f32, damping: f32) -> f32 {
        let late = self.delay.get();
        self.dull = late * (1.0 - damping) + self.dull * damping + 1e-18;
        self.delay.put(x + self.dull * feedback);
        late
    }
}

#[derive(Debug)]
struct Delay {
    line: Vec<f32>,
    at: usize,
}

impl Delay {
    fn new(len: usize) -> Self {
        Self { line: vec![0.0; len.max(1)], at: 0 }
    }

    fn get(&self) -> f32 {
        self.line[self.at]
    }

    fn put(&mut self, x: f32) {
        self.line[self.at] = x;
        self.at = (self.at + 1) % self.line.len();
    }
}

/// Adds repeats of `send`, each quieter and duller, to `out`.
pub(super) fn echo(send: &[f32], delay_s: f32, feedback: f32, rate: u32, out: &mut [f32]) {
    let mut delay = Delay::new((delay_s * rate as f32) as usize);
    let mut dull = 0.0;
    for (x, out) in send.iter().zip(out) {
        let late = delay.get();
        dull += 0.45 * (late - dull);
        delay.put(x + feedback * dull + 1e-18);
        *out += dull;
    }
}

/// Root mean square.
pub(super) fn rms(sound: &[f32]) -> f32 {
    let sum: f64 = sound.iter().map(|x| f64::from(*x).powi(2)).sum();
    (sum / sound.len().max(1) as f64).sqrt() as f32
}

/// Root mean square of the stretches (a tenth of a second each) where something sounds.
pub(super) fn active_rms(sound: &[f32], rate: u32) -> f32 {
    let levels: Vec<f32> = sound.chunks((rate / 10).max(1) as usize).map(rms).collect();
    let loudest = levels.iter().copied().fold(0.0, f32::max);
    let active: Vec<f32> = levels.into_iter().filter(|level| *level > 0.05 * loudest).collect();
    rms(&active)
}

/// Decibels to a factor.
pub(super) fn factor(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}

/// Takes the offset off, brings the sound to `rms_db` dBFS and keeps its peaks under -1 dBFS.
pub(super) fn master(sound: &mut [f32], rms_db: f32, rate: u32) {
    block_offset(sound, rate);
    // limiting takes some of the level, so come closer in a few steps
    for _ in 0..4 {
        let gain = factor(rms_db) / rms(sound).max(1e-9);
        for x in sound.iter_mut() {
            *x *= gain;
        }
        limit(sound, factor(-1.0), rate);
    }
}

fn block_offset(sound: &mut [f32], rate: u32) {
    let keep = 1.0 - std::f32::consts::TAU * 20.0 / rate as f32;
    let (mut last_in, mut last_out) = (0.0, 0.0);
    for x in sound {
        last_out = *x - last_in + keep * last_out;
        last_in = *x;
        *x = last_out;
    }
}

/// Turns the gain down before a peak comes and slowly up after it, so that nothing clips.
fn limit(sound: &mut [f32], ceiling: f32, rate: u32) {
    let ahead = (rate / 400).max(1) as usize;
    let needed: Vec<f32> = sound.iter().map(|x| (ceiling / x.abs().max(1e-9)).min(1.0)).collect();
    let recover = 1.0 / (0.12 * rate as f32);
    let mut gain = 1.0f32;
    // backwards: a ramp down into each peak; then forwards: the release after it
    let mut gains = needed;
    for n in (0..gains.len()).rev() {
        gain = gains[n].min(gain + 1.0 / ahead as f32);
        gains[n] = gain;
    }
    gain = 1.0;
    for (x, needed) in sound.iter_mut().zip(gains) {
        gain = needed.min(gain + recover);
        *x *= gain;
    }
}

/// Linear ramps at both ends.
pub(super) fn fade(sound: &mut [f32], in_s: f32, out_s: f32, rate: u32) {
    let (rise, fall) = ((in_s * rate as f32) as usize, (out_s * rate as f32) as usize);
    let len = sound.len();
    for (n, x) in sound.iter_mut().enumerate() {
        let up = if n < rise { n as f32 / rise as f32 } else { 1.0 };
        let left = len - 1 - n;
        let down = if left < fall { left as f32 / fall as f32 } else { 1.0 };
        *x *= up * down;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverberation_dies_in_the_time_given() {
        let mut reverb = Reverb::new(1.0, 1.0, 0.0, 16_000);
        let mut tail: Vec<f32> = vec![reverb.next(1.0)];
        tail.extend((1..32_000).map(|_| reverb.next(0.0)));
        let early = rms(&tail[1_600..3_200]);
        let late = rms(&tail[17_600..19_200]);
        let fell = 20.0 * (early / late).log10();
        assert!((45.0..75.0).contains(&fell), "fell by {fell} dB in a second");
    }

    #[test]
    fn mastered_sound_has_its_level_and_no_clipping() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut sound: Vec<f32> = (0..32_000)
            .map(|n| if n % 4_000 < 400 { rng.f32() * 2.0 - 1.0 } else { 0.02 * rng.f32() })
            .collect();
        master(&mut sound, -16.0, 16_000);
        let level = 20.0 * rms(&sound).log10();
        assert!((level + 16.0).abs() < 1.0, "{level}");
        assert!(sound.iter().all(|x| x.abs() <= 0.9));
    }

    #[test]
    fn an_echo_comes_after_its_delay() {
        let mut send = vec![0.0; 8_000];
        send[0] = 1.0;
        let mut out = vec![0.0; 8_000];
        echo(&send, 0.25, 0.5, 8_000, &mut out);
        assert!(out[..2_000].iter().all(|x| x.abs() < 1e-6));
        assert!(out[2_000..2_010].iter().sum::<f32>() > 0.5);
    }
}
