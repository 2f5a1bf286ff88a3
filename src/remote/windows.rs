//! Fingerprints on the wire: four bits a value, 33 bytes a window, 528 bytes a second of sound.
//!
//! A run is windows one [`QUERY_STRIDE`] of columns apart: the column at which the first begins
//! (little-endian, signed, 4 bytes), their number (2 bytes), then each: its music logit in steps of
//! 1/[`MUSIC_STEPS`] (1 signed byte), and its values, two a byte, low half first, each from 1 to 15 for -7 to 7.

use thiserror::Error;

use crate::dsp::column_time_s;
use crate::embed::QUERY_STRIDE;
use crate::index::{Code, DIM, Query, quantise};
use crate::listen::HeardWindow;

/// Bytes before the windows of a run.
const HEADER: usize = 6;
/// Bytes of a window.
pub const WINDOW_BYTES: usize = 1 + DIM / 2;
/// Greatest value of four bits.
const FULL: f32 = 7.0;
/// Steps of the music logit in one unit; beyond 8 nothing is less or more sure.
const MUSIC_STEPS: f32 = 15.0;
/// Where the greatest value of a window lies between the steps: the nearest to the whole window is taken.
const STEPS: [f32; 5] = [6.0, 6.5, 7.0, 7.5, 8.0];
/// Mean cosine of a window with its four bits (`tests`: 0.9947 on the network's own windows): what is made
/// longer by, so that on average cosines with others are as they were.
const KEPT: f32 = 0.9947;

/// Bytes that are no windows.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the fingerprints cannot be read: {0}")]
pub struct WindowsError(&'static str);

/// Packs windows, in order of their times.
#[must_use]
pub fn pack(windows: &[HeardWindow]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(HEADER + windows.len() * WINDOW_BYTES);
    for run in windows.chunk_by(follows) {
        for run in run.chunks(usize::from(u16::MAX)) {
            packed.extend(column_of(&run[0]).to_le_bytes());
            packed.extend((run.len() as u16).to_le_bytes());
            for window in run {
                packed.push((window.music * MUSIC_STEPS).round().clamp(-127.0, 127.0) as i8 as u8);
                packed.extend(halves(&window.query.code));
            }
        }
    }
    packed
}

/// Reads windows that [`pack`] packed.
///
/// # Errors
/// The bytes end within a run, or hold values that are none.
pub fn unpack(mut packed: &[u8]) -> Result<Vec<HeardWindow>, WindowsError> {
    let mut windows = Vec::with_capacity(packed.len() / WINDOW_BYTES);
    while !packed.is_empty() {
        let (header, rest) = packed.split_at_checked(HEADER).ok_or(WindowsError("cut short"))?;
        let first = i32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        let count = usize::from(u16::from_le_bytes([header[4], header[5]]));
        let (run, rest) =
            rest.split_at_checked(count * WINDOW_BYTES).ok_or(WindowsError("cut short"))?;
        for (at, window) in run.chunks_exact(WINDOW_BYTES).enumerate() {
            let column = i64::from(first) + (at * QUERY_STRIDE) as i64;
            windows.push(HeardWindow {
                query: Query {
                    time_s: column as f64 * column_time_s(1),
                    code: whole(&window[1..]).ok_or(WindowsError("a value of zero"))?,
                },
                music: f32::from(window[0] as i8) / MUSIC_STEPS,
            });
        }
        packed = rest;
    }
    Ok(windows)
}

fn follows(a: &HeardWindow, b: &HeardWindow) -> bool {
    column_of(b) - column_of(a) == QUERY_STRIDE as i32
}

fn column_of(window: &HeardWindow) -> i32 {
    (window.query.time_s / column_time_s(1)).round() as i32
}

/// The four bits of each value, with the steps that keep the direction best.
fn halves(code: &Code) -> [u8; DIM / 2] {
    let largest = code.iter().map(|value| value.unsigned_abs()).max().unwrap_or(0).max(1);
    let coarse = |steps: f32| {
        let step = f32::from(largest) / steps;
        code.map(|value| (f32::from(value) / step).round().clamp(-FULL, FULL))
    };
    let best = STEPS
        .map(coarse)
        .into_iter()
        .max_by(|a, b| cosine(code, a).total_cmp(&cosine(code, b)))
        .unwrap_or([0.0; DIM]);
    std::array::from_fn(|i| {
        let half = |value: f32| (value + 8.0) as u8;
        half(best[2 * i]) | half(best[2 * i + 1]) << 4
    })
}

/// Of unit length, but for what coarseness takes from its cosines.
fn whole(halves: &[u8]) -> Option<Code> {
    let mut values = [0.0; DIM];
    for (pair, byte) in values.chunks_exact_mut(2).zip(halves) {
        for (value, half) in pair.iter_mut().zip([byte & 15, byte >> 4]) {
            *value = f32::from(half.checked_sub(1)?) - FULL;
        }
    }
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
    Some(quantise(&values.map(|value| value / length / KEPT)))
}

fn cosine(code: &Code, coarse: &[f32; DIM]) -> f32 {
    let dot: f32 = code.iter().zip(coarse).map(|(a, b)| f32::from(*a) * b).sum();
    dot / coarse.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::demo;
    use crate::dsp::SAMPLE_RATE;
    use crate::embed::{Network, query_windows};
    use crate::index::dot;

    fn heard() -> Vec<HeardWindow> {
        let network = Network::load().unwrap();
        let mut windows = Vec::new();
        for piece in demo::pieces().iter().take(4) {
            let samples = piece.render(SAMPLE_RATE);
            let clip = &samples[SAMPLE_RATE as usize * 5..SAMPLE_RATE as usize * 15];
            windows.extend(query_windows(&network, clip).unwrap().into_iter().map(|window| {
                let code = quantise(&window.embedding.fingerprint);
                HeardWindow {
                    query: Query { time_s: window.time_s, code },
                    music: window.embedding.music,
                }
            }));
        }
        windows
    }

    fn length(code: &Code) -> f64 {
        f64::from(dot(code, code)).sqrt()
    }

    #[test]
    fn windows_keep_their_times_and_nearly_their_direction() {
        let windows = heard();
        let packed = pack(&windows);
        let back = unpack(&packed).unwrap();
        assert_eq!(back.len(), windows.len());
        let mut kept = 0.0;
        for (sent, got) in windows.iter().zip(&back) {
            assert!((sent.query.time_s - got.query.time_s).abs() < 1e-9);
            assert!((sent.music.clamp(-8.0, 8.0) - got.music).abs() < 0.5);
            let (a, b) = (&sent.query.code, &got.query.code);
            let cosine = f64::from(dot(a, b)) / length(a) / length(b);
            assert!(cosine > 0.98, "{cosine}");
            kept += cosine / windows.len() as f64;
        }
        assert!((kept - f64::from(KEPT)).abs() < 0.001, "{kept}");
    }

    #[test]
    fn a_second_of_sound_takes_little() {
        let windows = heard();
        let clip = &windows[..windows.len() / 4];
        let a_second = (clip.last().unwrap().query.time_s - clip[0].query.time_s) + 0.0625;
        assert!(pack(clip).len() as f64 / a_second < 540.0);
    }

    #[test]
    fn gaps_begin_a_new_run() {
        let mut windows = heard();
        windows.truncate(40);
        windows.drain(10..20);
        let back = unpack(&pack(&windows)).unwrap();
        let times = |all: &[HeardWindow]| all.iter().map(|w| w.query.time_s).collect::<Vec<_>>();
        assert_eq!(times(&back), times(&windows));
    }

    #[test]
    fn nonsense_is_refused() {
        let packed = pack(&heard()[..3]);
        for len in [1, 5, 6, 7, packed.len() - 1] {
            assert_eq!(unpack(&packed[..len]), Err(WindowsError("cut short")), "{len}");
        }
        let mut zero = packed.clone();
        zero[HEADER + 1] = 0;
        assert!(unpack(&zero).is_err());
        assert!(unpack(&[]).unwrap().is_empty());
    }
}
