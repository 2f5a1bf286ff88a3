//! Who owns the data folder: whoever holds the lock on `owner.lock`. Its text says which process that
//! is and where its socket is.
//!
//! The lock is the kernel's, so it ends with the process, however that ends; the text may then be
//! stale and is believed only while somebody holds the lock. Only the holder removes or makes sockets.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

const LOCK: &str = "owner.lock";
const SOCKET: &str = "owner.sock";
/// Start of the name of a folder that holds nothing but a socket.
const SHORT: &str = "echovibe-";
/// The kernel takes socket paths of 107 bytes (`sun_path` with its final zero).
const LONGEST_PATH: usize = 107;

/// The held lock. Dropping it lets go.
#[derive(Debug)]
pub struct OwnerLock {
    file: File,
}

/// What the owner says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Its process.
    pub pid: u32,
    /// Where it can be asked.
    pub socket: PathBuf,
}

impl OwnerLock {
    /// Takes the lock; [`None`] where somebody else has it.
    pub fn try_take(dir: &Path) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(dir.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if let Some(stale) = announcement(dir) {
            remove_socket(dir, &stale.socket);
        }
        file.set_len(0)?;
        Ok(Some(Self { file }))
    }

    /// Makes the socket, mode 0600, and tells where it is.
    pub fn announce(&mut self, dir: &Path) -> io::Result<(UnixListener, PathBuf)> {
        let socket = place_for_socket(dir)?;
        remove_socket_file(&socket);
        let listener = UnixListener::bind(&socket)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        let pid = std::process::id().to_string();
        let text = [pid.as_bytes(), b"\n", socket.as_os_str().as_bytes(), b"\n"].concat();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&text)?;
        Ok((listener, socket))
    }

    /// Takes back what was announced.
    pub fn retract(&self, dir: &Path, socket: &Path) {
        let _ = self.file.set_len(0);
        remove_socket(dir, socket);
    }
}

/// What the present or last owner announced.
pub fn announcement(dir: &Path) -> Option<Announcement> {
    let mut text = Vec::new();
    File::open(dir.join(LOCK)).ok()?.take(8192).read_to_end(&mut text).ok()?;
    let text = text.strip_suffix(b"\n")?;
    let cut = text.iter().position(|byte| *byte == b'\n')?;
    let pid = std::str::from_utf8(&text[..cut]).ok()?.parse().ok()?;
    let socket = PathBuf::from(std::ffi::OsString::from_vec(text[cut + 1..].to_vec()));
    Some(Announcement { pid, socket })
}

/// In the data folder, or, where that path is too long, in a new private folder of its own.
fn place_for_socket(dir: &Path) -> io::Result<PathBuf> {
    let here = dir.join(SOCKET);
    if here.as_os_str().len() <= LONGEST_PATH {
        return Ok(here);
    }
    let bases = [
        std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
        Some(std::env::temp_dir()),
        Some(PathBuf::from("/tmp")),
    ];
    let mut trouble = io::Error::other("no folder has a path short enough for a socket");
    for base in bases.into_iter().flatten().filter(|base| base.is_absolute()) {
        // The name is random: nobody can sit on it beforehand, and `owner.lock` tells it.
        let folder = base.join(format!("{SHORT}{:016x}", fastrand::u64(..)));
        let socket = folder.join(SOCKET);
        if socket.as_os_str().len() > LONGEST_PATH {
            continue;
        }
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(socket),
            Err(error) => trouble = error,
        }
    }
    Err(trouble)
}

fn remove_socket(dir: &Path, socket: &Path) {
    remove_socket_file(socket);
    let folder = socket.parent().filter(|folder| *folder != dir);
    let ours = |folder: &&Path| {
        folder.file_name().is_some_and(|name| name.as_bytes().starts_with(SHORT.as_bytes()))
    };
    if let Some(folder) = folder.filter(ours) {
        // Only an empty folder goes.
        let _ = fs::remove_dir(folder);
    }
}

fn remove_socket_file(socket: &Path) {
    if socket.file_name().is_none_or(|name| name != SOCKET) {
        return;
    }
    if let Err(error) = fs::remove_file(socket)
        && error.kind() != ErrorKind::NotFound
    {
        tracing::warn!("cannot remove the old socket {}: {error}", socket.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_the_lock_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let mut lock = OwnerLock::try_take(dir.path()).unwrap().unwrap();
        assert!(OwnerLock::try_take(dir.path()).unwrap().is_none());
        assert_eq!(announcement(dir.path()), None);
        let (_listener, socket) = lock.announce(dir.path()).unwrap();
        let told = announcement(dir.path()).unwrap();
        assert_eq!(told, Announcement { pid: std::process::id(), socket: socket.clone() });
        assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
        lock.retract(dir.path(), &socket);
        assert!(!socket.exists() && announcement(dir.path()).is_none());
    }

    #[test]
    fn the_next_owner_clears_what_a_killed_one_left() {
        let dir = tempfile::tempdir().unwrap();
        let mut lock = OwnerLock::try_take(dir.path()).unwrap().unwrap();
        let (_, socket) = lock.announce(dir.path()).unwrap();
        drop(lock);
        assert!(socket.exists());
        assert!(OwnerLock::try_take(dir.path()).unwrap().is_some());
        assert!(!socket.exists());
    }

    #[test]
    fn a_long_path_puts_the_socket_elsewhere_in_private() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("a".repeat(120));
        fs::create_dir(&long).unwrap();
        let mut lock = OwnerLock::try_take(&long).unwrap().unwrap();
        let (_listener, socket) = lock.announce(&long).unwrap();
        let folder = socket.parent().unwrap();
        assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
        lock.retract(&long, &socket);
        assert!(!folder.exists());
    }
}
