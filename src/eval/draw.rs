//! Clips cut out of tracks, degraded and heard, track by track, so that no more than one track a
//! thread is in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use rayon::prelude::*;

use super::condition::Condition;
use super::degrade::{Excerpt, LEAD_S, degrade};
use super::error::EvalError;
use super::folder::{read_sound, samples_in};
use super::hear::{CellName, ClipId, Heard, Hearing, Truth};
use super::noise::rms;
use super::references::listed;
use super::watch::Progress;
use crate::dsp::SAMPLE_RATE;
use crate::index::TrackKey;

/// Seconds of a track that clips are cut out of, so that a day-long mix does not fill the memory.
pub(super) const TRACK_S: f64 = 1_800.0;
/// Seconds at the end of a track in which no clip ends.
const TAIL_S: f64 = 0.5;
/// Places looked at in a track, and tracks looked at, for a clip that is not silent.
const PLACES: usize = 20;
const TRACKS: usize = 20;
/// Quieter than this (RMS) is silence.
const SILENT: f32 = 0.01;

/// Which clips are drawn.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// Lengths, seconds.
    pub lengths_s: Vec<f64>,
    /// What is done to them.
    pub conditions: Vec<Condition>,
    /// Clips of each length and condition, of enrolled and of unknown tracks each.
    pub per_cell: usize,
    /// The same seed draws the same clips; a cell does not depend on which others there are.
    pub seed: u64,
    /// Folders of the enrolled tracks, as they are named in messages.
    pub refs: Vec<PathBuf>,
    /// Tracks that are not enrolled: their folder and files.
    pub unknown: Option<(PathBuf, Vec<PathBuf>)>,
}

/// What was drawn and heard, in the order of cells and clips, and files that could not be read.
pub type Drawn = (Vec<CellName>, Vec<Heard>, Vec<(PathBuf, String)>);

/// A clip still to be cut.
struct Wish {
    clip: ClipId,
    condition: usize,
    unknown: bool,
    rng: Rng,
}

/// Draws, degrades and names clips.
///
/// # Errors
/// A track is both enrolled and unknown, no track gives a clip of some length, ffmpeg or the network
/// fails, or it was stopped.
pub fn draw(hearing: &Hearing, drawing: &Drawing) -> Result<Drawn, EvalError> {
    check_unknown(hearing, drawing)?;
    let cells = drawing.cells();
    let mut wishes = drawing.wishes(&cells);
    (hearing.watch.progress)(Progress::Stage("clips named", wishes.len()));
    let known: Vec<&Path> = hearing.references.tracks.iter().map(|t| t.path.as_path()).collect();
    let unknown: Vec<&Path> =
        drawing.unknown.iter().flat_map(|(_, files)| files).map(PathBuf::as_path).collect();
    let failed = Mutex::new(BTreeMap::new());
    let mut heard = Vec::new();
    for _ in 0..TRACKS {
        let mut by_track: BTreeMap<(bool, usize), Vec<Wish>> = BTreeMap::new();
        for mut wish in wishes.drain(..) {
            let pool = if wish.unknown { unknown.len() } else { known.len() };
            let track = wish.rng.usize(..pool);
            by_track.entry((wish.unknown, track)).or_default().push(wish);
        }
        let done: Vec<(Vec<Heard>, Vec<Wish>)> = by_track
            .into_par_iter()
            .map(|((is_unknown, track), wishes)| {
                let path = if is_unknown { unknown[track] } else { known[track] };
                match read_sound(path, TRACK_S) {
                    Ok(sound) => {
                        let key = (!is_unknown).then_some(track as TrackKey);
                        of_track(hearing, drawing, &sound, key, wishes)
                    }
                    Err(error) => {
                        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                        failed.insert(path.to_owned(), error.reason());
                        Ok((Vec::new(), wishes))
                    }
                }
            })
            .collect::<Result<_, EvalError>>()?;
        for (of_track, left) in done {
            heard.extend(of_track);
            wishes.extend(left);
        }
    }
    if let Some(wish) = wishes.first() {
        let folder = match &drawing.unknown {
            Some((folder, _)) if wish.unknown => folder.display().to_string(),
            _ => listed(&drawing.refs),
        };
        return Err(EvalError::NoClip { length_s: wish.clip.length_s, folder });
    }
    heard.sort_by_key(|heard| (heard.truth.is_none(), heard.cell, heard.number));
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((cells, heard, failed.into_iter().collect()))
}

fn check_unknown(hearing: &Hearing, drawing: &Drawing) -> Result<(), EvalError> {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let known: BTreeSet<PathBuf> =
        hearing.references.tracks.iter().map(|track| whole(&track.path)).collect();
    let mut unknown = drawing.unknown.iter().flat_map(|(_, files)| files);
    match unknown.find(|file| known.contains(&whole(file))) {
        Some(file) => Err(EvalError::BothKnownAndUnknown(file.clone())),
        None => Ok(()),
    }
}

impl Drawing {
    fn cells(&self) -> Vec<CellName> {
        let cell = |length_s: f64, condition: &Condition| CellName {
            length_s,
            condition: condition.to_string(),
        };
        let lengths = self.lengths_s.iter();
        lengths.flat_map(|length| self.conditions.iter().map(move |c| cell(*length, c))).collect()
    }

    fn wishes(&self, cells: &[CellName]) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for unknown in [false, true] {
            if unknown && self.unknown.is_none() {
                continue;
            }
            for (cell, name) in cells.iter().enumerate() {
                for number in 0..self.per_cell {
                    let clip = ClipId { cell, number, length_s: name.length_s };
                    let condition = cell % self.conditions.len();
                    let rng = self.rng(unknown, name, number);
                    wishes.push(Wish { clip, condition, unknown, rng });
                }
            }
        }
        wishes
    }

    /// One generator a clip: other cells and more clips leave it as it was.
    fn rng(&self, unknown: bool, cell: &CellName, number: usize) -> Rng {
        let CellName { length_s, condition } = cell;
        let name = format!("{} {unknown} {length_s} {condition} {number}", self.seed);
        let hash = blake3::hash(name.as_bytes());
        let bytes = hash.as_bytes();
        Rng::with_seed(u64::from_le_bytes(std::array::from_fn(|i| bytes[i])))
    }
}

/// Hears all clips of a track; those that find no place in it are handed back.
fn of_track(
    hearing: &Hearing,
    drawing: &Drawing,
    track: &[f32],
    key: Option<TrackKey>,
    wishes: Vec<Wish>,
) -> Result<(Vec<Heard>, Vec<Wish>), EvalError> {
    let (mut heard, mut left) = (Vec::new(), Vec::new());
    for mut wish in wishes {
        hearing.watch.go_on()?;
        let condition = &drawing.conditions[wish.condition];
        let length_s = wish.clip.length_s;
        let Some((start_s, excerpt)) = excerpt(&mut wish.rng, track, length_s, condition.speed())
        else {
            left.push(wish);
            continue;
        };
        let clip = degrade(&mut wish.rng, excerpt, length_s, condition, hearing.surroundings);
        // Ctrl-C ends ffmpeg as well: that is no failure.
        hearing.watch.go_on()?;
        let truth = key.map(|key| Truth { key, start_s });
        heard.push(hearing.hear(wish.clip, &clip?, truth, track)?);
        (hearing.watch.progress)(Progress::Step);
    }
    Ok((heard, left))
}

/// A place that is not silent, with the lead before it: where the clip starts, and the sound.
fn excerpt(rng: &mut Rng, track: &[f32], length_s: f64, speed: f64) -> Option<(f64, Excerpt)> {
    let lead = samples_in(LEAD_S * speed);
    let length = samples_in(length_s * speed) + 1;
    let last = track.len().checked_sub(length + samples_in(TAIL_S))?;
    if last < lead {
        return None;
    }
    (0..PLACES).map(|_| rng.usize(lead..=last)).find_map(|start| {
        let samples = &track[start - lead..start + length];
        (rms(&samples[lead..]) > SILENT).then(|| {
            let start_s = start as f64 / f64::from(SAMPLE_RATE);
            (start_s, Excerpt { samples: samples.to_vec(), lead })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(lengths_s: &[f64], conditions: &[&str]) -> Drawing {
        Drawing {
            lengths_s: lengths_s.to_vec(),
            conditions: conditions.iter().map(|c| c.parse().unwrap()).collect(),
            per_cell: 3,
            seed: 1,
            refs: vec![],
            unknown: Some((PathBuf::new(), vec![PathBuf::new()])),
        }
    }

    /// Cell name, pool and first draw of each clip.
    fn first_draws(drawing: &Drawing) -> BTreeMap<String, u64> {
        let cells = drawing.cells();
        let wishes = drawing.wishes(&cells);
        wishes
            .into_iter()
            .map(|mut wish| {
                let ClipId { cell, number, length_s } = wish.clip;
                let name = &cells[cell].condition;
                assert_eq!(*name, drawing.conditions[wish.condition].to_string());
                (format!("{} {length_s} {name} {number}", wish.unknown), wish.rng.u64(..))
            })
            .collect()
    }

    #[test]
    fn another_cell_leaves_the_others_as_they_were() {
        let few = first_draws(&drawing(&[2.0, 5.0], &["clean", "room"]));
        let many = first_draws(&drawing(&[1.0, 2.0, 5.0], &["room+5", "clean", "mp3", "room"]));
        assert_eq!((few.len(), many.len()), (24, 72));
        assert!(few.iter().all(|(name, draw)| many.get(name) == Some(draw)));
        let distinct: BTreeSet<u64> = many.values().copied().collect();
        assert_eq!(distinct.len(), 72);
        let other = Drawing { seed: 2, ..drawing(&[2.0, 5.0], &["clean", "room"]) };
        assert!(first_draws(&other).iter().all(|(name, draw)| few.get(name) != Some(draw)));
    }

    #[test]
    fn an_excerpt_is_the_track_at_its_start_and_never_silence() {
        // 6 s of silence, then 6 s that count up
        let mut track = vec![0.0; 96_000];
        track.extend((0..96_000).map(|i| 0.1 + i as f32 * 1e-6));
        for seed in 0..30 {
            let mut rng = Rng::with_seed(seed);
            let (start_s, excerpt) = excerpt(&mut rng, &track, 2.0, 1.03).unwrap();
            let start = samples_in(start_s);
            assert_eq!(excerpt.lead, 16_480);
            assert_eq!(excerpt.samples.len(), 16_480 + 32_960 + 1);
            assert_eq!(excerpt.samples[excerpt.lead], track[start]);
            assert!((start_s + 2.06) <= 11.5 + 1e-3 && start_s > 3.9, "{start_s}");
        }
        assert_eq!(excerpt(&mut Rng::with_seed(1), &track[..48_000], 1.0, 1.0), None, "silence");
        assert_eq!(excerpt(&mut Rng::with_seed(1), &track, 11.0, 1.0), None, "too short");
    }
}
