//! The header of a WAV file, read leniently: half of all damaged or piped WAV files lie about their
//! lengths, and the decoders believe them.

use std::io::{self, Read};

use super::error::Fault;
use super::source::Patch;
use super::spec::{PcmFormat, PcmSample};

/// Chunks before the sound that are larger than this are no sane file.
const MOST_SKIPPED: u64 = 64 * 1024 * 1024;
/// A promised length from here on means "unknown": programs that write to a pipe put such values.
const UNKNOWN_LENGTH: u32 = 0x7FFF_0000;
/// RIFF + length + WAVE.
pub(super) const RIFF_HEAD: usize = 12;

/// Codec tags.
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
const MPEG: u16 = 0x50;
const MP3: u16 = 0x55;

/// What the header of a WAV file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WavHeader {
    /// Codec tag, that inside an extensible header where there is one.
    pub codec: u16,
    pub channels: u16,
    pub rate: u32,
    pub block_align: u16,
    pub bits: u16,
    /// Place of the format chunk's content.
    pub format_at: u64,
    /// Place of the first byte of sound.
    pub data_at: u64,
    /// Promised bytes of sound.
    pub data_len: u32,
}

/// Whether a file begins like this.
pub(super) fn is_wav(head: &[u8]) -> bool {
    head.len() >= RIFF_HEAD && head.starts_with(b"RIFF") && &head[8..12] == b"WAVE"
}

/// Reads on behind the 12 bytes that [`is_wav`] saw, up to the first byte of sound. `None`: there
/// is no sound chunk or no format before it.
pub(super) fn read_header(reader: &mut dyn Read) -> io::Result<Option<WavHeader>> {
    let mut at = RIFF_HEAD as u64;
    let mut format: Option<WavHeader> = None;
    loop {
        let mut head = [0; 8];
        if let Err(error) = reader.read_exact(&mut head) {
            let ended = error.kind() == io::ErrorKind::UnexpectedEof;
            return if ended { Ok(None) } else { Err(error) };
        }
        at += 8;
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let padded = u64::from(len) + u64::from(len & 1);
        match &head[..4] {
            b"data" => {
                return Ok(format.map(|format| WavHeader { data_at: at, data_len: len, ..format }));
            }
            b"fmt " if len >= 16 => format = read_format(reader, at, padded)?,
            _ if padded > MOST_SKIPPED => return Ok(None),
            _ => {
                io::copy(&mut reader.take(padded), &mut io::sink())?;
            }
        }
        at += padded;
    }
}

fn read_format(reader: &mut dyn Read, at: u64, len: u64) -> io::Result<Option<WavHeader>> {
    let mut bytes = Vec::new();
    reader.take(len.min(MOST_SKIPPED)).read_to_end(&mut bytes)?;
    if bytes.len() < 16 {
        return Ok(None);
    }
    let short = |i: usize| u16::from_le_bytes([bytes[i], bytes[i + 1]]);
    let mut codec = short(0);
    if codec == 0xFFFE && bytes.len() >= 26 {
        codec = short(24);
    }
    Ok(Some(WavHeader {
        codec,
        channels: short(2),
        rate: u32::from(short(4)) | u32::from(short(6)) << 16,
        block_align: short(12),
        bits: short(14),
        format_at: at,
        data_at: 0,
        data_len: 0,
    }))
}

/// How to read a WAV file of which the header is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct WavPlan {
    /// Where the decoders begin.
    pub start: u64,
    /// Header fields put right.
    pub patches: Vec<Patch>,
    /// What was wrong, where sound is missing.
    pub damage: Option<String>,
}

impl WavHeader {
    /// Bytes of one sample of all channels, where the codec has such a thing.
    fn frame_len(&self) -> Option<u16> {
        let bytes = self.bits / 8;
        let plain =
            matches!(self.codec, PCM | FLOAT | A_LAW | MU_LAW) && self.bits.is_multiple_of(8);
        (plain && bytes > 0).then(|| self.channels.checked_mul(bytes)).flatten()
    }

    /// The samples, where they can be read as they are.
    pub fn pcm(&self) -> Option<PcmFormat> {
        let sample = match (self.codec, self.bits) {
            (PCM, 8) => PcmSample::U8,
            (PCM, 16) => PcmSample::S16,
            (PCM, 24) => PcmSample::S24,
            (PCM, 32) => PcmSample::S32,
            (FLOAT, 32) => PcmSample::F32,
            (FLOAT, 64) => PcmSample::F64,
            _ => return None,
        };
        Some(PcmFormat { sample, rate: self.rate, channels: self.channels })
    }

    /// The promised bytes of sound; `None` where the writer did not know them.
    pub fn promised(&self) -> Option<u32> {
        (self.data_len != 0 && self.data_len < UNKNOWN_LENGTH).then_some(self.data_len)
    }

    /// What to put right so that a file of `file_len` bytes decodes as far as it goes.
    ///
    /// # Errors
    /// No channels, or a rate that no sound has.
    pub fn plan(&self, file_len: u64) -> Result<WavPlan, Fault> {
        if matches!(self.codec, MPEG | MP3) {
            return Ok(WavPlan { start: self.data_at, ..WavPlan::default() });
        }
        if self.channels == 0 {
            return Err(Fault::NoChannels);
        }
        let there = file_len.saturating_sub(self.data_at);
        let promised = u64::from(self.data_len);
        let mut len = if self.data_len == 0 { there } else { promised.min(there) };
        len = len.min(u64::from(u32::MAX) - self.data_at);
        let mut patches = Vec::new();
        if let Some(frame) = self.frame_len() {
            len -= len % u64::from(frame);
            if frame != self.block_align {
                patches.push(Patch { at: self.format_at + 12, bytes: frame.to_le_bytes().into() });
            }
        }
        let size = |value: u64| (value as u32).to_le_bytes().to_vec();
        patches.push(Patch { at: 4, bytes: size(self.data_at + len - 8) });
        patches.push(Patch { at: self.data_at - 4, bytes: size(len) });
        let missing = self.promised().is_some_and(|promised| u64::from(promised) > there);
        let damage = missing
            .then(|| format!("cut off: {there} of {promised} promised bytes of sound are there"));
        Ok(WavPlan { start: 0, patches, damage })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(channels: u16, align: u16, data_len: u32) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0".to_vec();
        bytes.extend(channels.to_le_bytes());
        bytes.extend(44_100_u32.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(align.to_le_bytes());
        bytes.extend(16_u16.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(data_len.to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<WavHeader> {
        assert!(is_wav(bytes));
        read_header(&mut &bytes[RIFF_HEAD..]).unwrap()
    }

    #[test]
    fn an_odd_chunk_before_the_format_is_skipped() {
        let bytes = header(2, 4, 400);
        let header = parse(&bytes).unwrap();
        assert_eq!((header.channels, header.rate, header.data_len), (2, 44_100, 400));
        assert_eq!(header.data_at, bytes.len() as u64);
        assert_eq!(header.pcm().unwrap().sample, PcmSample::S16);
    }

    #[test]
    fn lies_are_put_right() {
        let bytes = header(2, 77, 4_000_000);
        let plan = parse(&bytes).unwrap().plan(bytes.len() as u64 + 11).unwrap();
        let lengths: Vec<_> = plan.patches.iter().map(|patch| patch.bytes.clone()).collect();
        let data_at = bytes.len() as u32;
        assert_eq!(lengths[0], 4_u16.to_le_bytes());
        assert_eq!(lengths[1], (data_at + 8 - 8).to_le_bytes());
        assert_eq!(lengths[2], 8_u32.to_le_bytes());
        assert!(plan.damage.unwrap().contains("11 of 4000000"));
    }

    #[test]
    fn streamed_lengths_are_no_damage() {
        let bytes = header(1, 2, u32::MAX);
        let plan = parse(&bytes).unwrap().plan(bytes.len() as u64 + 100).unwrap();
        assert_eq!(plan.damage, None);
        assert_eq!(plan.patches[1].bytes, 100_u32.to_le_bytes());
    }

    #[test]
    fn no_channels_no_data() {
        let bytes = header(0, 0, 8);
        assert!(matches!(parse(&bytes).unwrap().plan(100), Err(Fault::NoChannels)));
        let bytes = header(2, 4, 8);
        assert_eq!(parse(&bytes[..bytes.len() - 6]), None);
    }
}
