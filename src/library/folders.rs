//! Which folders were indexed, kept in the data folder as a line each: a folder is looked at again for new
//! music also where none of its tracks is known.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The file's name.
const FILE: &str = "folders";

/// The folders that were indexed before. None where that is not known.
#[must_use]
pub fn indexed_folders(data_dir: &Path) -> Vec<PathBuf> {
    let bytes = std::fs::read(data_dir.join(FILE)).unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| PathBuf::from(OsStr::from_bytes(line))).collect()
}

/// Adds folders to those that were indexed. Files, and names that do not fit on a line, are left out; where
/// nothing can be written the folders of known tracks are still looked at.
pub fn remember_folders(data_dir: &Path, folders: &[PathBuf]) {
    let before = indexed_folders(data_dir);
    let absolute = folders.iter().filter_map(|folder| std::path::absolute(folder).ok());
    let fits =
        |folder: &PathBuf| folder.is_dir() && !folder.as_os_str().as_bytes().contains(&b'\n');
    let all = outermost(before.iter().cloned().chain(absolute.filter(fits)));
    if all == before {
        return;
    }
    let mut bytes = Vec::new();
    for folder in &all {
        bytes.extend_from_slice(folder.as_os_str().as_bytes());
        bytes.push(b'\n');
    }
    let (path, beside) = (data_dir.join(FILE), data_dir.join("folders.new"));
    if let Err(error) = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(beside, path))
    {
        tracing::warn!("which folders were indexed is not kept: {error}");
    }
}

/// Folders without those inside of others, by name.
#[must_use]
pub fn outermost(folders: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut outer: Vec<PathBuf> = Vec::new();
    // In this order a folder comes before those inside of it.
    for folder in folders.into_iter().collect::<BTreeSet<_>>() {
        if !outer.iter().any(|held| folder.starts_with(held)) {
            outer.push(folder);
        }
    }
    outer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_remembered_once_and_the_outer_ones_only() {
        let data = tempfile::tempdir().unwrap();
        let music = data.path().join("music");
        std::fs::create_dir_all(music.join("jazz")).unwrap();
        assert!(indexed_folders(data.path()).is_empty());
        remember_folders(data.path(), &[music.join("jazz"), data.path().join("no such")]);
        assert_eq!(indexed_folders(data.path()), [music.join("jazz")]);
        remember_folders(data.path(), std::slice::from_ref(&music));
        assert_eq!(indexed_folders(data.path()), [music]);
    }

    #[test]
    fn a_folder_beside_one_whose_name_it_begins_with_is_outside() {
        let folders = ["/m/ab", "/m/a", "/m/a/b", "/m/a"].map(PathBuf::from);
        assert_eq!(outermost(folders), ["/m/a", "/m/ab"].map(PathBuf::from));
    }
}
