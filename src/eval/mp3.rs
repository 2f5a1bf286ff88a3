//! To MP3 and back. No encoder is built in (LAME's licence is not ours): ffmpeg does it.

use std::io::{Cursor, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use super::error::EvalError;
use crate::audio::{Decoder, Resampler};
use crate::dsp::SAMPLE_RATE;

/// Bits a second, as ffmpeg is told.
const BITRATE: &str = "64k";
/// Samples a second in the MP3, as music files have.
const RATE: u32 = 44_100;
/// Samples by which encoder and decoder are late: 576 and 529.
const DELAY: usize = 1_105;

/// Whether ffmpeg can be started.
///
/// # Errors
/// It cannot.
pub(super) fn check() -> Result<(), EvalError> {
    let ran = Command::new("ffmpeg").arg("-version").stdin(Stdio::null()).output();
    ran.map(drop).map_err(|e| EvalError::Mp3(format!("ffmpeg cannot be started: {e}")))
}

/// The same sound after 64 kbit/s MP3; as long as before, and not later.
///
/// # Errors
/// ffmpeg is not there or fails.
pub(super) fn there_and_back(sound: &[f32]) -> Result<Vec<f32>, EvalError> {
    let mp3 = encode(sound)?;
    let mut decoder = Decoder::from_read(Box::new(Cursor::new(mp3)), "MP3 of a clip")?;
    let mut decoded = Vec::new();
    while decoder.next_mono(&mut decoded)? {}
    decoded.drain(..DELAY.min(decoded.len()));
    let mut resampler = Resampler::new(decoder.rate(), SAMPLE_RATE)?;
    let mut out = Vec::new();
    resampler.push(&decoded, &mut out)?;
    resampler.finish(&mut out)?;
    out.resize(sound.len(), 0.0);
    Ok(out)
}

fn encode(sound: &[f32]) -> Result<Vec<u8>, EvalError> {
    let failed = |e: std::io::Error| EvalError::Mp3(e.to_string());
    let (from, to) = (SAMPLE_RATE.to_string(), RATE.to_string());
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "f32le", "-ar", &from, "-ac", "1", "-i", "-"])
        .args(["-c:a", "libmp3lame", "-b:a", BITRATE, "-ar", &to, "-write_xing", "0"])
        .args(["-f", "mp3", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| EvalError::Mp3(format!("ffmpeg cannot be started: {e}")))?;
    let input: Vec<u8> = sound.iter().flat_map(|x| x.to_le_bytes()).collect();
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (mp3, said) = thread::scope(|scope| {
        // What it does not take it will complain of.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let said = scope.spawn(move || read_all(stderr));
        (read_all(stdout), said.join().unwrap_or_default())
    });
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().last().unwrap_or("it was stopped");
        return Err(EvalError::Mp3(format!("ffmpeg failed: {last}")));
    }
    Ok(mp3)
}

fn read_all(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // What could be read before an error is cut short, which the decoder tells.
        let _ = pipe.read_to_end(&mut bytes);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mp3_keeps_place_and_length_and_loses_a_little() {
        if check().is_err() {
            let required =
                ["CI", "ECHOVIBE_REQUIRE_ALL"].iter().any(|v| std::env::var_os(v).is_some());
            assert!(!required, "ffmpeg is not installed");
            eprintln!("skipped: ffmpeg is not installed");
            return;
        }
        let mut rng = fastrand::Rng::with_seed(1);
        let mut low = 0.0_f32;
        let sound: Vec<f32> = (0..3 * SAMPLE_RATE)
            .map(|_| {
                low = 0.95 * low + 0.05 * (rng.f32() - 0.5);
                2.0 * low
            })
            .collect();
        let heard = there_and_back(&sound).unwrap();
        assert_eq!(heard.len(), sound.len());
        let likeness = |lag: usize| {
            let (a, b) = (&sound[8_000..40_000], &heard[8_000 - 20 + lag..40_000 - 20 + lag]);
            let dot: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            let norm = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>().sqrt();
            dot / (norm(a) * norm(b))
        };
        let best = (0..=40).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap();
        assert!(best.abs_diff(20) <= 2, "late by {} samples", best as i64 - 20);
        assert!((0.8..0.999_99).contains(&likeness(best)), "{}", likeness(best));
    }
}
