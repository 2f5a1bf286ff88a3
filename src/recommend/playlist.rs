//! Playlists as other programs read them: M3U and JSPF.

use std::path::{Component, Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

/// A line of a playlist.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where the file is, as it is to be written: absolute, or relative to a folder.
    pub path: PathBuf,
    /// Its title.
    pub title: String,
    /// Its artist; may be empty.
    pub artist: String,
    /// Its album; may be empty.
    pub album: String,
    /// Its length, seconds.
    pub duration_s: f64,
    /// Why it is in the list.
    pub note: String,
}

/// A path that a playlist cannot hold.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PlaylistError {
    /// A line each is all that M3U has.
    #[error("{path:?} has a line break in its path, which M3U cannot hold: use --jspf or --json")]
    LineBreak {
        /// Which.
        path: PathBuf,
    },
    /// M3U is read as UTF-8.
    #[error("{path:?} is not UTF-8, so that M3U cannot hold it: use --jspf")]
    NotUtf8 {
        /// Which.
        path: PathBuf,
    },
}

/// First line of an extended M3U playlist.
pub const M3U_HEADER: &str = "#EXTM3U";

/// One entry of an extended M3U playlist (UTF-8): two lines, without the last line break.
///
/// # Errors
/// The path has a line break or is not UTF-8.
pub fn m3u(entry: &Entry) -> Result<String, PlaylistError> {
    let path = || entry.path.clone();
    let text = entry.path.to_str().ok_or_else(|| PlaylistError::NotUtf8 { path: path() })?;
    if text.contains(['\n', '\r']) {
        return Err(PlaylistError::LineBreak { path: path() });
    }
    // What begins so is a comment; blanks at its ends are cut by many readers.
    let text = if text.starts_with(['#', ' ']) { format!("./{text}") } else { text.to_owned() };
    let label = crate::store::records::label(&entry.artist, &entry.title);
    let label = label.replace(|c: char| c.is_control(), " ");
    Ok(format!("#EXTINF:{},{label}\n{text}", seconds(entry.duration_s)))
}

/// Whole seconds; -1, "unknown", where there are none.
fn seconds(duration_s: f64) -> i64 {
    if duration_s.is_finite() && duration_s > 0.0 { duration_s.round() as i64 } else { -1 }
}

/// A JSPF playlist (<https://www.xspf.org/jspf>), one line of JSON.
#[must_use]
pub fn jspf(title: &str, date: jiff::Timestamp, entries: &[Entry]) -> String {
    let track = entries.iter().map(|entry| JspfTrack {
        location: [uri(&entry.path)],
        title: &entry.title,
        creator: &entry.artist,
        album: &entry.album,
        annotation: &entry.note,
        duration: (entry.duration_s.max(0.0) * 1000.0).round() as u64,
    });
    let date = date.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let playlist = JspfPlaylist { title, creator: "EchoVibe", date, track: track.collect() };
    // Serialising strings and numbers cannot fail.
    serde_json::to_string(&Jspf { playlist }).unwrap_or_default()
}

#[derive(Serialize)]
struct Jspf<'a> {
    playlist: JspfPlaylist<'a>,
}

#[derive(Serialize)]
struct JspfPlaylist<'a> {
    title: &'a str,
    creator: &'a str,
    date: String,
    track: Vec<JspfTrack<'a>>,
}

#[derive(Serialize)]
struct JspfTrack<'a> {
    location: [String; 1],
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    creator: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    album: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    annotation: &'a str,
    /// Milliseconds.
    duration: u64,
}

/// The path as a URI (RFC 3986): `file://` and the path where it is absolute, else a relative reference.
fn uri(path: &Path) -> String {
    let mut uri = if path.is_absolute() { "file://".to_owned() } else { String::new() };
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(*byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// The way from a folder to a file, both absolute and without `..`: up from the folder, then down.
#[must_use]
pub fn relative(path: &Path, to: &Path) -> PathBuf {
    let (file, folder): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (path.components().collect(), to.components().collect());
    let common = file.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let up = folder[common..].iter().map(|_| Component::ParentDir);
    up.chain(file[common..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry {
        Entry {
            path: path.into(),
            title: "Dune\nSea".into(),
            artist: "ViRiX".into(),
            album: String::new(),
            duration_s: 61.6,
            note: "sounds like it".into(),
        }
    }

    #[test]
    fn m3u_has_two_lines_an_entry() {
        let lines = m3u(&entry("/music/Dune Sea.ogg")).unwrap();
        assert_eq!(lines, "#EXTINF:62,ViRiX - Dune Sea\n/music/Dune Sea.ogg");
        assert!(m3u(&entry("#1.ogg")).unwrap().ends_with("\n./#1.ogg"));
        let unknown = Entry { duration_s: f64::NAN, ..entry("/a") };
        assert!(m3u(&unknown).unwrap().starts_with("#EXTINF:-1,"));
        let broken = m3u(&entry("/music/two\nlines.ogg")).unwrap_err().to_string();
        assert!(broken.contains("two\\nlines.ogg"), "{broken}");
    }

    #[cfg(unix)]
    #[test]
    fn paths_need_not_be_text() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/m/\xff.ogg")).to_owned();
        let odd = Entry { path, ..entry("") };
        assert!(matches!(m3u(&odd), Err(PlaylistError::NotUtf8 { .. })));
        assert!(jspf("t", jiff::Timestamp::UNIX_EPOCH, &[odd]).contains("file:///m/%FF.ogg"));
    }

    #[test]
    fn jspf_is_what_the_specification_says() {
        let text = jspf("Next", jiff::Timestamp::UNIX_EPOCH, &[entry("/m/a b/é?#.ogg")]);
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let playlist = &read["playlist"];
        assert_eq!(playlist["date"], "1970-01-01T00:00:00Z");
        let track = &playlist["track"][0];
        assert_eq!(track["location"][0], "file:///m/a%20b/%C3%A9%3F%23.ogg");
        assert_eq!((track["duration"].as_u64(), track.get("album")), (Some(61_600), None));
        assert_eq!(uri(Path::new("a:b/c")), "a%3Ab/c", "a colon would end a scheme");
    }

    #[test]
    fn a_way_up_and_down() {
        let from = |path: &str, to: &str| relative(Path::new(path), Path::new(to));
        assert_eq!(from("/m/a/b.ogg", "/m"), Path::new("a/b.ogg"));
        assert_eq!(from("/m/a/b.ogg", "/m/lists/new"), Path::new("../../a/b.ogg"));
        assert_eq!(from("/m/b.ogg", "/"), Path::new("m/b.ogg"));
    }
}
