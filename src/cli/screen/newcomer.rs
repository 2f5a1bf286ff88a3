//! Somebody's first run: is it one, and where may their music be?

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use color_eyre::eyre::Report;
use walkdir::WalkDir;

use crate::cli::context::Context;
use crate::library::is_music;
use crate::store::Store;
use crate::tui::Found;

/// In the data folder, once the question was answered with no.
const DECLINED: &str = "first-run.declined";
/// How long music files are counted at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// Is the library empty, and was nothing said about it yet?
pub fn is_new(context: &Context, store: &Store) -> Result<bool, Report> {
    Ok(!context.data_dir.join(DECLINED).exists() && store.tracks()?.is_empty())
}

/// The question is not asked again.
pub fn decline(data_dir: &Path) {
    if let Err(e) = std::fs::write(data_dir.join(DECLINED), "") {
        tracing::warn!("the answer is not kept: {e}");
    }
}

/// The user's folder of music, with the number of files in it; none where it does not exist or holds none.
pub fn look_around() -> Option<Found> {
    let folder = dirs::audio_dir().or_else(|| Some(dirs::home_dir()?.join("Music")))?;
    count(&folder, PATIENCE)
}

fn count(folder: &Path, patience: Duration) -> Option<Found> {
    let (mut files, mut all) = (0, true);
    let end = Instant::now() + patience;
    for entry in WalkDir::new(folder).follow_links(true).into_iter().flatten() {
        files += usize::from(entry.file_type().is_file() && is_music(entry.path()));
        if Instant::now() > end {
            all = false;
            break;
        }
    }
    (files > 0).then(|| Found { folder: folder.to_owned(), shown: shown(folder), files, all })
}

/// The user's home written as `~`.
pub fn shown(path: &Path) -> String {
    let home = dirs::home_dir();
    match home.as_deref().and_then(|home| path.strip_prefix(home).ok()) {
        Some(inside) => Path::new("~").join(inside).display().to_string(),
        None => path.display().to_string(),
    }
}

/// `~` written out.
pub fn expanded(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), dirs::home_dir()) {
        (Ok(inside), Some(home)) => home.join(inside),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn music_files_are_counted_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        assert!(count(folder.path(), PATIENCE).is_none());
        assert!(count(Path::new("/nowhere"), PATIENCE).is_none());
        std::fs::create_dir(folder.path().join("album")).unwrap();
        for name in ["a.flac", "album/b.mp3", "album/cover.jpg"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = count(folder.path(), PATIENCE).unwrap();
        assert_eq!((found.files, found.all), (2, true));
    }

    #[test]
    fn a_home_is_written_short_and_read_back() {
        let Some(home) = dirs::home_dir() else { return };
        assert_eq!(shown(&home.join("Music")), "~/Music");
        assert_eq!(expanded(Path::new("~/Music")), home.join("Music"));
        assert_eq!(expanded(Path::new("/music/~")), Path::new("/music/~"));
    }
}
