//! The sound files of a folder, and one file as samples.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::error::EvalError;
use crate::audio::{AudioError, MonoReader};
use crate::dsp::SAMPLE_RATE;
use crate::library::is_music;

/// All sound files in a folder and the folders below it, in the order of their paths.
///
/// # Errors
/// The folder is not there, or holds no sound file.
pub fn sound_files(folder: &Path) -> Result<Vec<PathBuf>, EvalError> {
    let failed = |source| EvalError::Folder { path: folder.to_owned(), source };
    std::fs::read_dir(folder).map_err(failed)?;
    let mut files: Vec<PathBuf> = WalkDir::new(folder)
        .follow_links(true)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && is_music(entry.path()))
        .map(walkdir::DirEntry::into_path)
        .collect();
    files.sort();
    if files.is_empty() { Err(EvalError::NoSound(folder.to_owned())) } else { Ok(files) }
}

/// The first `most_s` seconds of a file, mono, [`SAMPLE_RATE`].
///
/// # Errors
/// The file cannot be decoded.
pub fn read_sound(path: &Path, most_s: f64) -> Result<Vec<f32>, AudioError> {
    let most = (most_s * f64::from(SAMPLE_RATE)) as usize;
    let mut reader = MonoReader::open(path, SAMPLE_RATE)?;
    let mut samples = Vec::new();
    while samples.len() < most && reader.read(&mut samples)? {}
    samples.truncate(most);
    Ok(samples)
}

/// Samples in so many seconds.
pub(super) fn samples_in(seconds: f64) -> usize {
    (seconds * f64::from(SAMPLE_RATE)).round().max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_is_found_by_its_ending_and_a_folder_without_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let none = sound_files(folder.path()).unwrap_err().to_string();
        assert!(none.contains(&*folder.path().to_string_lossy()), "{none}");
        std::fs::create_dir(folder.path().join("a")).unwrap();
        for name in ["b.mp3", "a/c.FLAC", "cover.jpg", "list.csv"] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        let found = sound_files(folder.path()).unwrap();
        assert_eq!(found, [folder.path().join("a/c.FLAC"), folder.path().join("b.mp3")]);
        let missing = sound_files(&folder.path().join("nowhere")).unwrap_err().to_string();
        assert!(missing.contains("nowhere"), "{missing}");
        assert!(sound_files(&folder.path().join("b.mp3")).is_err(), "a file is no folder");
    }
}
