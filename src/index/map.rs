//! Files seen as memory.

use std::fs::File;
use std::io;

use bytes::Bytes;
use memmap2::Mmap;

/// The whole of a file as it is now; what is appended later is not seen. Nothing is read before it is
/// looked at.
///
/// # Errors
/// The file cannot be mapped.
#[allow(unsafe_code, reason = "a mapped file can change under the program")]
pub fn map_file(file: &File) -> io::Result<Bytes> {
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: the program's own files are only appended to, or replaced by a rename, which leaves what
    // is mapped as it was; a part that is cut off was never pointed at. Another program that overwrites
    // them can change values, which checksums notice, but no length or index that is trusted is read
    // twice. One that shortens them ends this process (SIGBUS), as it would with any mapped file.
    let map = unsafe { Mmap::map(file)? };
    Ok(Bytes::from_owner(map))
}
