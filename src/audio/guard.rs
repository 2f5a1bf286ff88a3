//! Looks through the lengths in MP4 and Matroska files before the decoders do: those reserve
//! whatever memory a length asks for, and memory that cannot be had ends the program.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// How Matroska files begin.
pub(super) const EBML: &[u8] = &[0x1A, 0x45, 0xDF, 0xA3];
/// A part longer than what is left of the file and longer than this is damage; a shorter one is
/// only cut off.
const MOST_BEYOND_END: u64 = 64 * 1024 * 1024;
/// Parts looked at before the file is taken for whole.
const MOST_PARTS: usize = 2_000_000;
/// Nesting beyond this is no sane file.
const MOST_DEPTH: usize = 12;

/// What is wrong with the lengths in `file`, if it is of one of the two formats; `None` is fine.
/// `start` is where the sound file begins, `head` its first bytes.
pub(super) fn damage(file: &File, head: &[u8], start: u64, end: u64) -> io::Result<Option<String>> {
    let mut walk = Walk { reader: BufReader::new(file.try_clone()?), end, parts: 0, wrong: None };
    if head.len() >= 8 && &head[4..8] == b"ftyp" {
        walk.atoms(start, end, 0)?;
    } else if head.starts_with(EBML) {
        walk.elements(start, end, 0)?;
    }
    Ok(walk.wrong.map(|part| format!("its table of contents is damaged (part {part})")))
}

struct Walk {
    reader: BufReader<File>,
    end: u64,
    parts: usize,
    wrong: Option<String>,
}

impl Walk {
    /// Whether to go on.
    fn going(&mut self) -> bool {
        self.parts += 1;
        self.parts < MOST_PARTS && self.wrong.is_none()
    }

    fn go_to(&mut self, at: u64) -> io::Result<()> {
        let now = self.reader.stream_position()?;
        match i64::try_from(at).ok().zip(i64::try_from(now).ok()) {
            Some((at, now)) => self.reader.seek_relative(at - now),
            None => self.reader.seek(SeekFrom::Start(at)).map(|_| ()),
        }
    }

    /// `None` at the end of the file.
    fn bytes<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let mut bytes = [0; N];
        match self.reader.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn check_beyond(&mut self, part: &str, at: u64, len: u64) {
        let beyond = at.saturating_add(len) > self.end && len > MOST_BEYOND_END;
        if beyond {
            self.wrong = Some(part.to_owned());
        }
    }

    /// The MP4 atoms from `at` to `end`.
    fn atoms(&mut self, mut at: u64, end: u64, depth: usize) -> io::Result<()> {
        while at.saturating_add(8) <= end.min(self.end) && self.going() && depth < MOST_DEPTH {
            self.go_to(at)?;
            let Some(head) = self.bytes::<8>()? else { return Ok(()) };
            let mut len = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
            let mut head_len = 8;
            if len == 1 {
                let Some(long) = self.bytes::<8>()? else { return Ok(()) };
                (len, head_len) = (u64::from_be_bytes(long), 16);
            } else if len == 0 {
                return Ok(());
            }
            let kind = [head[4], head[5], head[6], head[7]];
            let content = at + head_len;
            let next = at.saturating_add(len.max(head_len));
            self.atom(kind, content, next, depth)?;
            at = next;
        }
        Ok(())
    }

    fn atom(&mut self, kind: [u8; 4], at: u64, next: u64, depth: usize) -> io::Result<()> {
        let len = next.saturating_sub(at);
        let name = kind.escape_ascii().to_string();
        match &kind {
            b"mdat" | b"free" | b"skip" => Ok(()),
            b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" | b"udta" | b"ilst" | b"edts"
            | b"mvex" | b"moof" | b"traf" | b"----" | b"covr" => self.atoms(at, next, depth + 1),
            b"meta" => self.atoms(at + 4, next, depth + 1),
            b"stco" | b"stss" => self.table(&name, at + 4, len, 4),
            b"co64" | b"stts" | b"ctts" => self.table(&name, at + 4, len, 8),
            b"stsc" => self.table(&name, at + 4, len, 12),
            b"stsz" => self.sizes(&name, at + 4, len),
            _ if kind[0] == 0xA9 => self.atoms(at, next, depth + 1),
            _ => {
                self.check_beyond(&name, at, len);
                Ok(())
            }
        }
    }

    /// A table of `width` bytes an entry: its number of entries must fit into its atom.
    fn table(&mut self, name: &str, at: u64, len: u64, width: u64) -> io::Result<()> {
        self.go_to(at)?;
        let Some(count) = self.bytes::<4>()? else { return Ok(()) };
        let needed = u64::from(u32::from_be_bytes(count)) * width;
        if needed > len || needed > self.end.saturating_sub(at) {
            self.wrong = Some(name.to_owned());
        }
        Ok(())
    }

    /// The table of packet sizes: no packet is larger than the file.
    fn sizes(&mut self, name: &str, at: u64, len: u64) -> io::Result<()> {
        self.go_to(at)?;
        let Some(same) = self.bytes::<4>()?.map(u32::from_be_bytes) else { return Ok(()) };
        if same != 0 {
            self.check_beyond(name, at, u64::from(same));
            return Ok(());
        }
        self.table(name, at + 4, len, 4)?;
        self.go_to(at + 4)?;
        let count = self.bytes::<4>()?.map_or(0, u32::from_be_bytes);
        for _ in 0..count {
            if self.wrong.is_some() {
                break;
            }
            let Some(size) = self.bytes::<4>()? else { break };
            self.check_beyond(name, at, u64::from(u32::from_be_bytes(size)));
        }
        Ok(())
    }

    /// The Matroska elements from `at` to `end`.
    fn elements(&mut self, mut at: u64, end: u64, depth: usize) -> io::Result<()> {
        while at < end.min(self.end) && self.going() && depth < MOST_DEPTH {
            self.go_to(at)?;
            let Some((id, id_len)) = self.number(true)? else { return Ok(()) };
            let Some((len, len_len)) = self.number(false)? else { return Ok(()) };
            let content = at + id_len + len_len;
            let unknown = len == (1 << (7 * len_len)) - 1;
            let next = if unknown { end } else { content.saturating_add(len) };
            if is_master(id) {
                self.elements(content, next, depth + 1)?;
            } else {
                self.check_beyond(&format!("{id:X}"), content, len);
            }
            at = next.max(content);
        }
        Ok(())
    }

    /// A number of 1 to 8 bytes, its length told by the leading zeros; identifiers keep the marker.
    fn number(&mut self, keep_marker: bool) -> io::Result<Option<(u64, u64)>> {
        let Some([first]) = self.bytes::<1>()? else { return Ok(None) };
        let extra = first.leading_zeros();
        if extra > 7 || (keep_marker && extra > 3) {
            return Ok(None);
        }
        let mask = if keep_marker { 0xFF } else { 0x7F_u8.checked_shr(extra).unwrap_or(0) };
        let mut value = u64::from(first & mask);
        for _ in 0..extra {
            let Some([byte]) = self.bytes::<1>()? else { return Ok(None) };
            value = value << 8 | u64::from(byte);
        }
        Ok(Some((value, u64::from(extra) + 1)))
    }
}

/// Segment, cluster, tracks, a track, its audio, block group, info, tags, a tag, a simple tag,
/// attachments, an attached file.
fn is_master(id: u64) -> bool {
    const MASTERS: [u64; 12] = [
        0x1853_8067,
        0x1F43_B675,
        0x1654_AE6B,
        0xAE,
        0xE1,
        0xA0,
        0x1549_A966,
        0x1254_C367,
        0x7373,
        0x67C8,
        0x1941_A469,
        0x61A7,
    ];
    MASTERS.contains(&id)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn look(bytes: &[u8]) -> Option<String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        damage(&file, bytes, 0, bytes.len() as u64).unwrap()
    }

    fn atom(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
        bytes.extend(kind);
        bytes.extend(content);
        bytes
    }

    #[test]
    fn a_table_that_cannot_fit_is_damage() {
        let file = |count: u32| {
            let mut table = vec![0; 4];
            table.extend(count.to_be_bytes());
            table.extend([0; 8]);
            let stbl = atom(b"stbl", &atom(b"stco", &table));
            let mut bytes = atom(b"ftyp", b"M4A \0\0\0\0");
            bytes.extend(atom(b"moov", &atom(b"trak", &atom(b"mdia", &atom(b"minf", &stbl)))));
            bytes
        };
        assert_eq!(look(&file(2)), None);
        assert!(look(&file(0x4000_0002)).unwrap().contains("stco"));
    }

    #[test]
    fn a_matroska_block_larger_than_the_file_is_damage() {
        let mut bytes = vec![0x1A, 0x45, 0xDF, 0xA3, 0x80];
        bytes.extend([0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        bytes.extend([0x1F, 0x43, 0xB6, 0x75, 0xFF]);
        let mut cut = bytes.clone();
        cut.extend([0xA3, 0x90, 1, 2]);
        assert_eq!(look(&cut), None);
        bytes.extend([0xA3, 0x08, 0x7F, 0xFF, 0xFF, 0xFF]);
        assert!(look(&bytes).unwrap().contains("A3"), "{:?}", look(&bytes));
    }

    #[test]
    fn other_files_are_not_looked_at() {
        assert_eq!(look(b"OggS and so on"), None);
        assert_eq!(look(b""), None);
    }
}
