//! Files that hold what plays now, for overlays of streamers and for other programs. Each is replaced as
//! a whole by a rename, so that nobody reads half a title.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Report, eyre};
use jiff::Timestamp;
use serde::Serialize;

use super::heard::{Heard, Row};
use super::template::Template;
use crate::cli::output::complain;

/// What a file of text says.
#[derive(Debug, Clone)]
pub struct Wording {
    /// Of a track.
    pub track: Template,
    /// While none plays.
    pub idle: String,
}

/// What a file ending in `.json` holds: a row of `listen --json`, and whether it still plays.
#[derive(Serialize)]
struct Json<'a> {
    playing: bool,
    #[serde(flatten)]
    row: Option<&'a Row>,
    #[serde(flatten)]
    idle: Option<Idle>,
}

/// The fields that are there while nothing plays, too.
#[derive(Serialize)]
struct Idle {
    at: Timestamp,
    #[serde(rename = "match")]
    found: (),
}

/// The files. Dropped, they say that nothing plays, unless they are to [stay](Self::leave).
pub struct NowPlaying {
    files: Vec<Target>,
    wording: Wording,
    leave: bool,
}

struct Target {
    path: PathBuf,
    written: Vec<u8>,
    failed: bool,
}

impl NowPlaying {
    /// Makes the files; nothing plays yet.
    ///
    /// # Errors
    /// A file cannot be written, or something else than a file is there.
    pub fn open(paths: &[PathBuf], wording: Wording) -> Result<Self, Report> {
        let mut files = Vec::new();
        for path in paths {
            // A link is followed: the file behind it is replaced.
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            if path.exists() && !path.is_file() {
                return Err(eyre!("--now-playing: {} is not a regular file", path.display()));
            }
            if path.file_name().is_none() {
                return Err(eyre!("--now-playing: {} is no name for a file", path.display()));
            }
            files.push(Target { path, written: Vec::new(), failed: false });
        }
        for file in &mut files {
            file.written = content(&file.path, &wording, None);
            replace(&file.path, &file.written)
                .map_err(|e| eyre!("--now-playing: cannot write {}: {e}", file.path.display()))?;
        }
        Ok(Self { files, wording, leave: false })
    }

    /// Shows the track that plays; none where nothing does.
    pub fn show(&mut self, heard: Option<&Heard>) {
        for file in &mut self.files {
            file.write(content(&file.path, &self.wording, heard));
        }
    }

    /// Leaves the files as they are at the end.
    pub fn leave(&mut self) {
        self.leave = true;
    }
}

impl Drop for NowPlaying {
    fn drop(&mut self) {
        if !self.leave {
            self.show(None);
        }
    }
}

impl Target {
    /// A file that cannot be written is told of once, until it can be again.
    fn write(&mut self, content: Vec<u8>) {
        if self.written == content {
            return;
        }
        match replace(&self.path, &content) {
            Ok(()) => {
                self.written = content;
                self.failed = false;
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failed, true) {
                    complain(&format!(
                        "cannot write {}: {error}; it is tried again with the next track",
                        self.path.display()
                    ));
                }
            }
        }
    }
}

/// What a file says of the track that plays, or of none.
fn content(path: &Path, wording: &Wording, heard: Option<&Heard>) -> Vec<u8> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        let idle = heard.is_none().then(|| Idle { at: Timestamp::now(), found: () });
        let row = heard.map(|heard| &heard.row);
        let object = Json { playing: heard.is_some(), row, idle };
        let mut json = serde_json::to_vec(&object).unwrap_or_default();
        json.push(b'\n');
        return json;
    }
    match heard {
        Some(heard) => wording.track.fill(&|field| heard.plain(field)),
        None => wording.idle.clone().into_bytes(),
    }
}

/// Puts a new file in the place of the one there; who may read it stays the same. It is not synced: after
/// a power cut nobody needs it.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    let fresh = path.with_file_name(name);
    let write = || -> io::Result<()> {
        let mut file = File::create(&fresh)?;
        file.write_all(content)?;
        if let Ok(there) = fs::metadata(path) {
            let mode = there.permissions().mode() & 0o777;
            file.set_permissions(fs::Permissions::from_mode(mode))?;
        }
        fs::rename(&fresh, path)
    };
    write().inspect_err(|_| drop(fs::remove_file(&fresh)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::heard::tests::heard;
    use super::super::template::Syntax;
    use super::*;

    fn wording(track: &str, idle: &str) -> Wording {
        let track = Template::parse(track, Syntax::Text).unwrap();
        Wording { track, idle: idle.to_owned() }
    }

    #[test]
    fn text_and_json_follow_the_music() {
        let dir = tempfile::tempdir().unwrap();
        let (text, json) = (dir.path().join("now.txt"), dir.path().join("now.JSON"));
        fs::write(&text, "from before").unwrap();
        fs::set_permissions(&text, fs::Permissions::from_mode(0o640)).unwrap();
        let said = |path: &Path| fs::read_to_string(path).unwrap();
        let read = |path: &Path| serde_json::from_str::<Value>(&said(path)).unwrap();
        let wording = wording("[{artist}: ]{title}", "(nothing)");
        let mut now = NowPlaying::open(&[text.clone(), json.clone()], wording).unwrap();
        assert_eq!(said(&text), "(nothing)");
        assert_eq!((&read(&json)["playing"], &read(&json)["match"]), (&false.into(), &Value::Null));

        now.show(Some(&heard("", "two\nlines \"quoted\"")));
        assert_eq!(said(&text), "two lines \"quoted\"");
        assert_eq!(read(&json)["match"]["title"], "two\nlines \"quoted\"");
        assert_eq!((&read(&json)["playing"], &read(&json)["heard_s"]), (&true.into(), &2.5.into()));
        assert_eq!(fs::metadata(&text).unwrap().permissions().mode() & 0o777, 0o640);
        drop(now);
        assert_eq!(said(&text), "(nothing)");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing else is left");
    }

    #[test]
    fn what_is_no_file_is_refused_and_a_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let open = |path: PathBuf| NowPlaying::open(&[path], wording("{title}", ""));
        let told = |path: PathBuf| open(path).err().unwrap().to_string();
        assert!(told(dir.path().to_owned()).contains("is not a regular file"));
        assert!(told(dir.path().join("none/now.txt")).contains("none/now.txt"));
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut now = open(link.clone()).unwrap();
        now.show(Some(&heard("", "Tide")));
        now.leave();
        drop(now);
        assert_eq!(fs::read_to_string(&file).unwrap(), "Tide");
        assert!(link.is_symlink());
    }

    #[test]
    fn a_folder_that_vanishes_is_no_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("in/now.txt");
        fs::create_dir(dir.path().join("in")).unwrap();
        let mut now =
            NowPlaying::open(std::slice::from_ref(&path), wording("{title}", "")).unwrap();
        fs::remove_dir_all(dir.path().join("in")).unwrap();
        now.show(Some(&heard("", "one")));
        fs::create_dir(dir.path().join("in")).unwrap();
        now.show(Some(&heard("", "two")));
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }
}
