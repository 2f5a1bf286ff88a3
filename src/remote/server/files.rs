//! Whose file a track is, and what of it others may see.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::people::Files;
use crate::remote::api::{RemotePath, TrackBody};
use crate::store::records::Track;

/// What the path of a track begins with that users enrolled: no file of the server's.
const SHARED: &str = "shared:";

/// The path in the store of a track that users enrolled, by the hash of its file: nothing that a user sends
/// becomes a path of the server's.
pub fn shared_path(content: &[u8; 32]) -> PathBuf {
    format!("{SHARED}{}", blake3::Hash::from_bytes(*content).to_hex()).into()
}

/// Whether users enrolled it, as opposed to a file of the server's own.
pub fn is_shared(path: &Path) -> bool {
    path.as_os_str().as_bytes().starts_with(OsStr::new(SHARED).as_bytes())
}

/// The path that a user sees: of their own file, else of the server's own, which may be on a disk that all
/// have; never that of another user's.
pub fn seen_path(track: &Track, files: &Files) -> RemotePath {
    match files.of(track.id) {
        Some((path, _)) => RemotePath::from(path),
        None if is_shared(&track.path) => RemotePath::default(),
        None => RemotePath::from(track.path.as_path()),
    }
}

/// The record that a user sees.
pub fn seen_track(track: &Track, files: &Files, style: bool) -> TrackBody {
    let path = seen_path(track, files);
    TrackBody { path, ..TrackBody::seen(track, files.of(track.id), style) }
}
