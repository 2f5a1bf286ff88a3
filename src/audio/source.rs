//! A file as the decoders see it: from a start behind a tag, with wrong header fields put right.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// Bytes that replace those of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    /// Place in the file.
    pub at: u64,
    /// What is read there instead.
    pub bytes: Vec<u8>,
}

/// A file from `start` on. Seekable, unless told otherwise.
#[derive(Debug)]
pub(super) struct FileSource {
    file: File,
    start: u64,
    end: u64,
    /// Absolute place of the next byte.
    at: u64,
    patches: Vec<Patch>,
    seekable: bool,
}

impl FileSource {
    /// `file` from byte `start` to its end at `end`.
    pub fn new(mut file: File, start: u64, end: u64, patches: Vec<Patch>) -> io::Result<Self> {
        let start = start.min(end);
        file.seek(SeekFrom::Start(start))?;
        Ok(Self { file, start, end, at: start, patches, seekable: true })
    }

    /// The same, to be read from front to end only.
    pub fn into_stream(mut self) -> Self {
        self.seekable = false;
        self
    }
}

impl Read for FileSource {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.at);
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let count = self.file.read(&mut buf[..most])?;
        for patch in &self.patches {
            for (offset, byte) in (patch.at..).zip(&patch.bytes) {
                if (self.at..self.at + count as u64).contains(&offset) {
                    buf[(offset - self.at) as usize] = *byte;
                }
            }
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for FileSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let beyond = || io::Error::new(io::ErrorKind::InvalidInput, "seek before the start");
        let at = match to {
            SeekFrom::Start(offset) => self.start.checked_add(offset),
            SeekFrom::Current(delta) => self.at.checked_add_signed(delta),
            SeekFrom::End(delta) => self.end.checked_add_signed(delta),
        }
        .filter(|at| *at >= self.start)
        .ok_or_else(beyond)?;
        self.at = self.file.seek(SeekFrom::Start(at))?;
        Ok(self.at - self.start)
    }
}

impl MediaSource for FileSource {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        self.seekable.then_some(self.end - self.start)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn start_end_and_patches() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"xx0123456789").unwrap();
        let patch = Patch { at: 5, bytes: b"ABC".to_vec() };
        let mut source = FileSource::new(file, 2, 12, vec![patch]).unwrap();
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        assert_eq!(text, "012ABC6789");
        assert_eq!(source.seek(SeekFrom::Start(4)).unwrap(), 4);
        let mut two = [0; 2];
        source.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"BC");
        assert_eq!(source.seek(SeekFrom::End(-1)).unwrap(), 9);
        assert!(source.seek(SeekFrom::Current(-20)).is_err());
        assert_eq!(source.byte_len(), Some(10));
    }
}
