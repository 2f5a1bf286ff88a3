//! Threads that work things out for the screen.

use std::path::PathBuf;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};

use crate::audio::MonoReader;
use crate::store::records::TrackId;
use crate::tui::{Job, News};

/// Bars of a track's loudness: more than the widest screen has columns.
const BARS: usize = 1024;
/// Samples a second that are enough to tell how loud a track is.
const RATE: u32 = 8000;

/// Starts a thread for jobs. Of several that ask the same, the last is done.
pub fn start(news: Sender<News>) -> (Sender<Job>, JoinHandle<()>) {
    let (ask, jobs) = unbounded::<Job>();
    let thread = std::thread::spawn(move || {
        while let Ok(first) = jobs.recv() {
            let mut waiting: Vec<Job> = Vec::new();
            for job in std::iter::once(first).chain(jobs.try_iter()) {
                waiting.retain(|other| !job.replaces(other));
                waiting.push(job);
            }
            for job in waiting {
                let _ = news.send(News::Thought(job.run()));
            }
        }
    });
    (ask, thread)
}

/// A track whose loudness is wanted.
pub struct Measure {
    pub id: TrackId,
    pub path: PathBuf,
    pub duration_s: f64,
}

/// Starts a thread that tells how loud tracks are over their length; a new one ends the work on the one
/// before.
pub fn start_measuring(news: Sender<News>) -> (Sender<Measure>, JoinHandle<()>) {
    let (ask, wanted) = unbounded::<Measure>();
    let thread = std::thread::spawn(move || {
        let mut next = wanted.recv().ok();
        while let Some(track) = next.take() {
            next = match levels(&track, &wanted) {
                Ok(levels) => {
                    let _ = news.send(News::Overview(track.id, levels));
                    wanted.recv().ok()
                }
                Err(instead) => instead,
            };
        }
    });
    (ask, thread)
}

/// Loudness of equal parts of a track. Where another is wanted meanwhile that one is given back as the
/// error, and nothing where nobody waits any more.
fn levels(track: &Measure, wanted: &Receiver<Measure>) -> Result<Vec<u8>, Option<Measure>> {
    let total = (track.duration_s * f64::from(RATE)).max(1.0) as usize;
    let (mut sums, mut counts) = (vec![0.0f64; BARS], vec![0u32; BARS]);
    let Ok(mut reader) = MonoReader::open(&track.path, RATE) else { return Ok(Vec::new()) };
    let (mut samples, mut at) = (Vec::new(), 0);
    while reader.read(&mut samples).unwrap_or(false) {
        for sample in samples.drain(..) {
            let bar = (at * BARS / total).min(BARS - 1);
            sums[bar] += f64::from(sample * sample);
            counts[bar] += 1;
            at += 1;
        }
        match wanted.try_recv() {
            Ok(instead) => return Err(Some(instead)),
            Err(TryRecvError::Disconnected) => return Err(None),
            Err(TryRecvError::Empty) => {}
        }
    }
    let levels: Vec<f32> = sums
        .iter()
        .zip(&counts)
        .map(|(sum, count)| (*sum / f64::from((*count).max(1))).sqrt() as f32)
        .collect();
    let loudest =
        levels.iter().copied().filter(|l| l.is_finite()).fold(f32::MIN_POSITIVE, f32::max);
    Ok(levels.iter().map(|l| (l / loudest * 255.0) as u8).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn loudness_follows_the_sound_and_a_bad_file_has_none() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tone.flac");
        let (ask, wanted) = unbounded();
        let track = |path| Measure { id: TrackId(1), path, duration_s: 1.0 };
        let loudness = levels(&track(path.clone()), &wanted).ok().unwrap();
        assert_eq!(loudness.len(), BARS);
        assert!(loudness[100..900].iter().all(|l| *l > 150), "a steady tone");
        assert_eq!(levels(&track("/nowhere".into()), &wanted).ok(), Some(Vec::new()));
        ask.send(track("/another".into())).unwrap();
        let instead = levels(&track(path.clone()), &wanted).err().unwrap();
        assert_eq!(instead.unwrap().path, Path::new("/another"));
        drop(ask);
        assert!(levels(&track(path), &wanted).err().unwrap().is_none());
    }
}
