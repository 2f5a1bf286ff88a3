//! Feedback that waits for its server: a folder with an event a file, so that each is there whole or not at
//! all, whoever is killed when.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use thiserror::Error;

use super::ServerAddress;
use crate::remote::api::FeedbackRequest;
use crate::store::records::Track;

/// Events that may wait: some months of a diligent listener, 40 MB of small files.
const MOST: usize = 10_000;
/// What the folders of all servers are in, below the data folder.
const FOLDER: &str = "outbox";
/// How files of events end, and those that the server did not want.
const EVENT: &str = "json";
const REFUSED: &str = "refused";
/// The tracks of the server as they were last listed.
const TRACKS: &str = "tracks.mpk";

/// Why an event cannot be kept until the server is back.
#[derive(Debug, Error)]
pub enum OutboxError {
    /// The disk.
    #[error("it cannot be kept in {dir} until then: {source}")]
    Disk {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Too many wait.
    #[error("{MOST} events wait for it in {0} already: no more are kept")]
    Full(PathBuf),
}

/// What waits for one server and one account.
#[derive(Debug)]
pub struct Outbox {
    dir: PathBuf,
}

impl Outbox {
    /// That of a server and the user whose token is used; nothing is made before something is kept.
    pub fn of(data_dir: &Path, server: &ServerAddress, user: Option<u32>) -> Self {
        let of = format!("{server} {}", user.unwrap_or(0));
        let mark: String = blake3::hash(of.as_bytes()).to_hex().chars().take(12).collect();
        Self { dir: data_dir.join(FOLDER).join(format!("{}-{mark}", server.host())) }
    }

    /// Where clips are that nobody has named yet.
    pub fn clips(&self) -> PathBuf {
        self.dir.join("clips")
    }

    /// Keeps an event: on the disk when this returns.
    pub fn put(&self, event: &FeedbackRequest) -> Result<(), OutboxError> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let failed = |source| OutboxError::Disk { dir: self.dir.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir).map_err(failed)?;
        if self.waiting() >= MOST {
            return Err(OutboxError::Full(self.dir.clone()));
        }
        let bytes = serde_json::to_vec(event).map_err(|e| failed(e.into()))?;
        // In order of their names they are in order of their times.
        let (now, made) = (Timestamp::now().as_nanosecond(), MADE.fetch_add(1, Ordering::Relaxed));
        let name = format!("{now:020}-{made:06}-{}.{EVENT}", std::process::id());
        self.write(&name, &bytes).map_err(failed)
    }

    /// The events that wait, oldest first.
    pub fn events(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Vec::new() };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut events: Vec<PathBuf> =
            paths.filter(|path| path.extension().is_some_and(|end| end == EVENT)).collect();
        events.sort_unstable();
        events
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.events().len()
    }

    /// An event that waits; none where another process has sent it meanwhile, or it is damaged.
    pub fn read(&self, path: &Path) -> Option<FeedbackRequest> {
        let bytes = fs::read(path).ok()?;
        let event = serde_json::from_slice(&bytes);
        if event.is_err() {
            tracing::warn!("{} is damaged and was set aside", path.display());
            self.refuse(path);
        }
        event.ok()
    }

    /// The server has it.
    pub fn remove(&self, path: &Path) {
        if let Err(error) = fs::remove_file(path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("{} was sent, but cannot be removed: {error}", path.display());
        }
    }

    /// The server will never take it.
    pub fn refuse(&self, path: &Path) {
        if let Err(error) = fs::rename(path, path.with_extension(REFUSED)) {
            tracing::warn!("{} cannot be set aside: {error}", path.display());
        }
    }

    /// Keeps the server's tracks, without their styles, for while it is away.
    pub fn remember(&self, tracks: &[Track]) -> io::Result<()> {
        let bytes = rmp_serde::to_vec(tracks).map_err(io::Error::other)?;
        let path = self.dir.join(TRACKS);
        if fs::read(&path).is_ok_and(|kept| kept == bytes) {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        self.write(TRACKS, &bytes)
    }

    /// The tracks that were kept last.
    pub fn remembered(&self) -> Vec<Track> {
        let bytes = fs::read(self.dir.join(TRACKS)).unwrap_or_default();
        rmp_serde::from_slice(&bytes).unwrap_or_default()
    }

    /// Puts a file in place as a whole.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.dir.join(format!(".{name}.{}", std::process::id()));
        let written = File::create(&unfinished).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, self.dir.join(name))?;
            File::open(&self.dir)?.sync_all()
        });
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::{EventKind, TrackId};

    fn event(track: u32) -> FeedbackRequest {
        let nonce = Some(format!("{track:032x}"));
        FeedbackRequest { nonce, at: None, track_id: TrackId(track), what: EventKind::Like }
    }

    #[test]
    fn what_waits_is_there_in_order_and_one_servers_alone() {
        let folder = tempfile::tempdir().unwrap();
        let of = |server: &str, user| Outbox::of(folder.path(), &server.parse().unwrap(), user);
        let outbox = of("https://music.example", Some(1));
        assert_eq!((outbox.waiting(), outbox.remembered().len()), (0, 0));
        (1..=20).for_each(|track| outbox.put(&event(track)).unwrap());
        let events = outbox.events();
        let tracks = events.iter().map(|path| outbox.read(path).unwrap().track_id.0);
        assert!(tracks.eq(1..=20));
        for other in [of("https://music.example", Some(2)), of("https://music.example:1", Some(1))]
        {
            assert_eq!(other.waiting(), 0);
        }
        outbox.remove(&events[0]);
        outbox.remove(&events[0]);
        outbox.refuse(&events[1]);
        assert_eq!(outbox.waiting(), 18);
        assert_eq!(outbox.read(&events[0]), None, "another process has sent it");
    }

    #[test]
    fn damage_is_set_aside_and_what_was_not_finished_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(folder.path(), &"https://a".parse().unwrap(), None);
        outbox.put(&event(1)).unwrap();
        std::fs::write(outbox.dir.join(".00-1-1.json.77"), "{").unwrap();
        std::fs::write(outbox.dir.join("00000000000000000000-000000-1.json"), "{\"tra").unwrap();
        let events = outbox.events();
        assert_eq!(events.len(), 2);
        assert_eq!(outbox.read(&events[0]), None);
        assert_eq!(outbox.events(), events[1..]);
    }

    #[test]
    fn more_than_can_wait_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(folder.path(), &"https://a".parse().unwrap(), None);
        outbox.put(&event(1)).unwrap();
        for n in 1..MOST {
            std::fs::write(outbox.dir.join(format!("{n}.json")), "").unwrap();
        }
        let full = outbox.put(&event(2)).unwrap_err().to_string();
        assert!(full.contains("no more are kept"), "{full}");
    }
}
