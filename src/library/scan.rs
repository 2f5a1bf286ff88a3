//! Which files of a folder are music.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::WalkDir;

use super::error::LibraryError;
use crate::store::records::FileStamp;

/// Endings that are looked into; what is inside decides how a file is decoded.
const ENDINGS: [&str; 19] = [
    "aac", "aif", "aifc", "aiff", "caf", "flac", "m4a", "m4b", "mka", "mp1", "mp2", "mp3", "mp4",
    "oga", "ogg", "opus", "wav", "wave", "webm",
];

/// What a scan found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Every music file, absolute path and stamp.
    pub files: BTreeMap<PathBuf, FileStamp>,
    /// What could not be looked into, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// The folders (or files) scanned, absolute.
    pub roots: Vec<PathBuf>,
}

/// Walks folders (links are followed, loops are not) and single files.
pub(super) fn scan(roots: &[PathBuf]) -> Result<Scan, LibraryError> {
    let mut found = Scan::default();
    for root in roots {
        let root = root
            .canonicalize()
            .map_err(|source| LibraryError::Folder { path: root.clone(), source })?;
        let named = root.is_file();
        if !named && !root.is_dir() {
            let source = std::io::Error::other("it is neither a folder nor a file");
            return Err(LibraryError::Folder { path: root, source });
        }
        for entry in WalkDir::new(&root).follow_links(true) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && (named || is_music(entry.path())) => {
                    match entry.metadata() {
                        Ok(meta) => {
                            found.files.insert(entry.into_path(), stamp(&meta));
                        }
                        Err(e) => found.unreadable.push((entry.into_path(), e.to_string())),
                    }
                }
                Ok(_) => {}
                Err(e) if e.loop_ancestor().is_some() => {}
                Err(e) => {
                    let path = e.path().unwrap_or(&root).to_owned();
                    let why = e.io_error().map_or_else(|| e.to_string(), ToString::to_string);
                    found.unreadable.push((path, why));
                }
            }
        }
        found.roots.push(root);
    }
    Ok(found)
}

/// Whether a file may hold music, by its ending; what is inside decides how it is decoded.
pub(crate) fn is_music(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Size and time of a file.
pub(super) fn stamp(meta: &Metadata) -> FileStamp {
    let modified_ns = meta
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos() as i128);
    FileStamp { size: meta.len(), modified_ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn music_is_found_by_its_ending_and_named_files_always() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.mp3", "b.FLAC", "cover.jpg", "notes"] {
            std::fs::write(dir.path().join(name), b"x").unwrap();
        }
        let all = scan(&[dir.path().to_owned()]).unwrap();
        assert_eq!(all.files.len(), 2);
        let named = scan(&[dir.path().join("notes")]).unwrap();
        assert_eq!(named.files.len(), 1);
        let missing = scan(&[dir.path().join("nowhere")]).unwrap_err().to_string();
        assert!(missing.contains("nowhere"), "{missing}");
    }
}
