//! Beats: the places, about a beat period apart, that together have most onset strength (Ellis 2007, "Beat
//! tracking by dynamic programming"), as `beat.beat_track` of librosa finds them.

use super::onset::RATE;

/// How much a beat that comes early or late costs, as in librosa.
const TIGHTNESS: f32 = 100.0;

/// Frames of the beats of an onset envelope whose tempo is known.
pub(super) fn beats(envelope: &[f32], bpm: f64) -> Vec<usize> {
    let period = (60.0 * RATE / bpm).round().max(2.0) as usize;
    let local = smoothed(envelope, period);
    let (scores, before) = best_chains(&local, period);
    let mut beats = Vec::new();
    let mut at = last_beat(&scores);
    while let Some(beat) = at {
        beats.push(beat);
        at = before[beat].map(|steps| beat - steps as usize);
    }
    beats.reverse();
    trimmed(&beats, &local).to_vec()
}

/// The envelope in units of its deviation, under a bell of a thirty-second of the period.
fn smoothed(envelope: &[f32], period: usize) -> Vec<f32> {
    let len = envelope.len() as f32;
    let mean = envelope.iter().sum::<f32>() / len.max(1.0);
    let variance = envelope.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / (len - 1.0).max(1.0);
    let deviation = variance.sqrt().max(f32::MIN_POSITIVE);
    let bell: Vec<f32> =
        (0..=period).map(|i| (-0.5 * (i as f32 * 32.0 / period as f32).powi(2)).exp()).collect();
    // the bell is nothing a few frames away
    let reach = bell.iter().position(|b| *b < 1e-6).unwrap_or(period);
    let around = |at: usize| {
        let after = envelope[at..].iter().zip(&bell[..reach]).map(|(v, b)| v * b);
        let before = envelope[..at].iter().rev().zip(&bell[1..reach]).map(|(v, b)| v * b);
        (after.sum::<f32>() + before.sum::<f32>()) / deviation
    };
    (0..envelope.len()).map(around).collect()
}

/// For each frame the score of the best chain of beats that ends there, and how many frames back its last
/// but one beat is.
fn best_chains(local: &[f32], period: usize) -> (Vec<f32>, Vec<Option<u16>>) {
    let strongest = local.iter().copied().fold(0.0, f32::max);
    let steps = period / 2..=2 * period;
    let costs: Vec<f32> =
        steps.clone().map(|step| TIGHTNESS * (step as f32 / period as f32).ln().powi(2)).collect();
    let mut scores = vec![0.0_f32; local.len()];
    let mut before = vec![None; local.len()];
    let mut begun = false;
    for at in 0..local.len() {
        let mut best = (f32::NEG_INFINITY, 0);
        for (step, cost) in steps.clone().zip(&costs).take_while(|(step, _)| *step <= at) {
            let score = scores[at - step] - cost;
            if score > best.0 {
                best = (score, step);
            }
        }
        scores[at] = local[at] + if best.1 > 0 { best.0 } else { 0.0 };
        begun = begun || local[at] >= 0.01 * strongest;
        if begun && best.1 > 0 {
            before[at] = u16::try_from(best.1).ok();
        }
    }
    (scores, before)
}

/// The last of the local maxima of the scores that reaches half their median.
fn last_beat(scores: &[f32]) -> Option<usize> {
    let is_peak = |at: &usize| {
        let score = scores[*at];
        *at > 0 && score > scores[at - 1] && scores.get(at + 1).is_none_or(|next| score >= *next)
    };
    let mut peaks: Vec<f32> = (0..scores.len()).filter(is_peak).map(|at| scores[at]).collect();
    let middle = peaks.len() / 2;
    if peaks.is_empty() {
        return None;
    }
    let (_, median, _) = peaks.select_nth_unstable_by(middle, f32::total_cmp);
    let least = *median / 2.0;
    (0..scores.len()).rev().find(|at| is_peak(at) && scores[*at] >= least)
}

/// Without the first and last beats that no onset supports.
fn trimmed<'b>(beats: &'b [usize], local: &[f32]) -> &'b [usize] {
    let strength = |i: usize| beats.get(i).map_or(0.0, |beat| local[*beat]);
    let smooth = |i: usize| strength(i) + 0.5 * (strength(i.wrapping_sub(1)) + strength(i + 1));
    let squares: f32 = (0..beats.len()).map(|i| smooth(i).powi(2)).sum();
    let least = 0.5 * (squares / beats.len().max(1) as f32).sqrt();
    let first = local.iter().position(|score| *score > least).unwrap_or(0);
    let last = local.iter().rposition(|score| *score > least).unwrap_or(local.len());
    &beats[beats.partition_point(|b| *b < first)..beats.partition_point(|b| *b <= last)]
}
