//! How good a copy is: which of several files to keep.

use std::fmt;
use std::path::Path;

use lofty::file::{AudioFile, FileType, TaggedFile, TaggedFileExt};
use lofty::probe::Probe;
use serde::Serialize;

use super::super::tags::title_of_name;
use crate::audio::contained;
use crate::store::records::Track;

/// Copies whose lengths differ less are equally long: encoders add a little silence.
const SAME_LENGTH_S: f64 = 1.0;
/// Bitrates nearer than this, in kbit/s, are the same.
const SAME_BITRATE: u32 = 8;

/// What is known of a file besides its sound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// "FLAC", "MP3"...; the file's ending where the file is not there or not known.
    pub format: String,
    /// Nothing was taken away in encoding; none where the file cannot be looked into.
    pub lossless: Option<bool>,
    /// Of the sound, kbit/s.
    pub bitrate_kbps: Option<u32>,
    /// Samples a second.
    pub sample_rate: Option<u32>,
    /// Number of channels.
    pub channels: Option<u8>,
    /// Seconds.
    pub duration_s: f64,
    /// Title, artist, album and genre that its tags give, counted.
    pub tags: usize,
}

/// What made one copy the one to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The only one, or one of those, that lost nothing in encoding.
    Lossless,
    /// It has more of the recording.
    Longer,
    /// Higher bitrate.
    Bitrate,
    /// More channels or samples.
    FinerSound,
    /// Better tags.
    Tags,
    /// Equal in all that; it has been here longest.
    First,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lossless => "lossless",
            Self::Longer => "longer",
            Self::Bitrate => "higher bitrate",
            Self::FinerSound => "more channels or samples",
            Self::Tags => "better tags",
            Self::First => "equally good, here first",
        })
    }
}

impl Quality {
    /// Looks into the file of a track; a file that is not there has only its name.
    #[must_use]
    pub fn of(track: &Track) -> Self {
        let named = track.title != title_of_name(&track.path);
        let tags = [&track.artist, &track.album, &track.genre];
        let tags = tags.iter().filter(|tag| !tag.is_empty()).count() + usize::from(named);
        let file = probe(&track.path);
        let sound = file.as_ref().map(TaggedFile::properties);
        Self {
            format: file
                .as_ref()
                .map_or_else(|| ending(&track.path), |file| format(file, &track.path)),
            lossless: file.as_ref().map(is_lossless),
            bitrate_kbps: sound.and_then(|p| p.audio_bitrate().or(p.overall_bitrate())),
            sample_rate: sound.and_then(lofty::properties::FileProperties::sample_rate),
            channels: sound.and_then(lofty::properties::FileProperties::channels),
            duration_s: track.duration_s,
            tags,
        }
    }
}

fn probe(path: &Path) -> Option<TaggedFile> {
    let probe = Probe::open(path).ok()?.guess_file_type().ok()?;
    // Hostile files make parsers panic; what is not known of a file does not matter much.
    contained(|| probe.read().ok()).ok()?
}

fn is_lossless(file: &TaggedFile) -> bool {
    match file.file_type() {
        FileType::Aiff | FileType::Ape | FileType::Flac | FileType::Wav | FileType::WavPack => true,
        // Of what MP4 files hold only ALAC and FLAC have a depth.
        FileType::Mp4 => file.properties().bit_depth().is_some(),
        _ => false,
    }
}

fn format(file: &TaggedFile, path: &Path) -> String {
    match file.file_type() {
        FileType::Aac => "AAC",
        FileType::Aiff => "AIFF",
        FileType::Ape => "APE",
        FileType::Flac => "FLAC",
        FileType::Mp4 if is_lossless(file) => "ALAC",
        FileType::Mp4 => "AAC",
        FileType::Mpeg => "MP3",
        FileType::Opus => "Opus",
        FileType::Vorbis => "Vorbis",
        FileType::Wav => "WAV",
        FileType::WavPack => "WavPack",
        _ => return ending(path),
    }
    .to_owned()
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_uppercase()
}

/// Which of these copies to keep, and what decided: each rule only among those that the rules
/// before it left. They come in the order in which they were enrolled.
pub(super) fn best(copies: &[Quality]) -> (usize, Why) {
    type Rule = fn(&Quality, &[&Quality]) -> bool;
    let rules: [(Why, Rule); 5] = [
        (Why::Lossless, |copy, _| copy.lossless == Some(true)),
        (Why::Longer, |copy, all| {
            all.iter().all(|other| other.duration_s - copy.duration_s <= SAME_LENGTH_S)
        }),
        (Why::Bitrate, |copy, all| {
            let rate = |copy: &Quality| copy.bitrate_kbps.unwrap_or(0);
            all.iter().all(|other| rate(other) <= rate(copy) + SAME_BITRATE)
        }),
        (Why::FinerSound, |copy, all| {
            let fine = |copy: &Quality| {
                copy.sample_rate.unwrap_or(0) * u32::from(copy.channels.unwrap_or(1))
            };
            all.iter().all(|other| fine(other) <= fine(copy))
        }),
        (Why::Tags, |copy, all| all.iter().all(|other| other.tags <= copy.tags)),
    ];
    let mut left: Vec<usize> = (0..copies.len()).collect();
    for (why, rule) in rules {
        let among: Vec<&Quality> = left.iter().map(|i| &copies[*i]).collect();
        let fit: Vec<usize> = left.iter().copied().filter(|i| rule(&copies[*i], &among)).collect();
        // Bitrates of lossless files tell how well they are packed, not how good they are.
        let meant = why != Why::Bitrate || among.iter().all(|copy| copy.lossless != Some(true));
        if !meant || fit.is_empty() {
            continue;
        }
        if let [only] = fit.as_slice()
            && left.len() > 1
        {
            return (*only, why);
        }
        left = fit;
    }
    (left.first().copied().unwrap_or(0), Why::First)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(lossless: bool, duration_s: f64, bitrate: u32, tags: usize) -> Quality {
        Quality {
            format: String::new(),
            lossless: Some(lossless),
            bitrate_kbps: Some(bitrate),
            sample_rate: Some(44_100),
            channels: Some(2),
            duration_s,
            tags,
        }
    }

    #[test]
    fn lossless_then_longer_then_bitrate_then_tags() {
        let mp3 = copy(false, 200.0, 320, 4);
        assert_eq!(best(&[mp3.clone(), copy(true, 180.0, 700, 0)]), (1, Why::Lossless));
        assert_eq!(
            best(&[copy(false, 190.0, 320, 4), copy(false, 200.0, 96, 0)]),
            (1, Why::Longer)
        );
        assert_eq!(best(&[copy(false, 200.5, 128, 4), mp3.clone()]), (1, Why::Bitrate));
        assert_eq!(best(&[copy(false, 200.0, 319, 1), mp3.clone()]), (1, Why::Tags));
        assert_eq!(best(&[mp3.clone(), mp3.clone()]), (0, Why::First));
        let (flac, wav) = (copy(true, 200.0, 700, 4), copy(true, 200.0, 1411, 0));
        assert_eq!(best(&[wav, flac.clone()]), (1, Why::Tags), "a bigger WAV is no better");
        let three = [copy(true, 150.0, 700, 0), flac, mp3];
        assert_eq!(best(&three), (1, Why::Longer), "of the lossless ones the longer");
    }
}
