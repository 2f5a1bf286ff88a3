//! Which format a file has, by its content alone, and the decoders for what is inside.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::OnceLock;

use symphonia::core::codecs::CodecRegistry;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::probe::{Hint, Probe};
use symphonia::default::formats::{
    AdtsReader, AiffReader, FlacReader, IsoMp4Reader, MkvReader, MpaReader, OggReader, WavReader,
};

use super::error::Fault;
use super::guard;
use super::source::FileSource;
use super::wav::{self, WavPlan};

/// Bytes of an ID3v2 tag's header.
const ID3_HEAD: u64 = 10;

/// All decoders, Opus included.
pub(super) fn codecs() -> &'static CodecRegistry {
    static CODECS: OnceLock<CodecRegistry> = OnceLock::new();
    CODECS.get_or_init(|| {
        let mut registry = CodecRegistry::new();
        symphonia::default::register_enabled_codecs(&mut registry);
        registry.register_all::<symphonia_adapter_libopus::OpusDecoder>();
        registry
    })
}

/// The formats without the readers of tags: those reserve memory for whatever a damaged tag claims,
/// and the tags are read elsewhere.
fn probe() -> &'static Probe {
    static PROBE: OnceLock<Probe> = OnceLock::new();
    PROBE.get_or_init(|| {
        let mut probe = Probe::default();
        probe.register_all::<AdtsReader>();
        probe.register_all::<FlacReader>();
        probe.register_all::<IsoMp4Reader>();
        probe.register_all::<MpaReader>();
        probe.register_all::<AiffReader>();
        probe.register_all::<WavReader>();
        probe.register_all::<OggReader>();
        probe.register_all::<MkvReader>();
        probe
    })
}

/// The reader for the format that `source` has.
pub(super) fn format_of(source: Box<dyn MediaSource>) -> Result<Box<dyn FormatReader>, Fault> {
    let stream = MediaSourceStream::new(source, Default::default());
    let options = FormatOptions { enable_gapless: true, ..FormatOptions::default() };
    probe()
        .format(&Hint::new(), stream, &options, &MetadataOptions::default())
        .map(|found| found.format)
        .map_err(|error| Fault::Unreadable(explain(&error)))
}

/// Why a format or codec was refused, for people.
pub(super) fn explain(error: &Error) -> String {
    match error {
        Error::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            "it ends before the first sound".to_owned()
        }
        Error::Unsupported(what) if what.contains("no suitable format") => {
            "none of mp3, aac, flac, ogg, opus, wav, aiff, m4a, webm".to_owned()
        }
        other => other.to_string(),
    }
}

/// A regular file made ready for the decoders.
#[derive(Debug)]
pub(super) struct Prepared {
    /// What the decoders read.
    pub source: FileSource,
    /// What is already known to be wrong.
    pub damage: Option<String>,
    /// Whether a whole file of this kind is marked at its end, which gives the length.
    pub is_ogg: bool,
    /// Whether a table somewhere in the file tells what is where, the length included.
    pub has_table: bool,
}

/// Steps over a tag at the start, puts a WAV header right, refuses lengths that would cost the
/// memory.
pub(super) fn prepare(mut file: File) -> Result<Prepared, Fault> {
    let meta = file.metadata().map_err(Fault::Read)?;
    if !meta.is_file() {
        return Err(Fault::NotAFile);
    }
    let end = meta.len();
    if end == 0 {
        return Err(Fault::Empty);
    }
    let start = after_tags(&mut file, end).map_err(Fault::Read)?;
    file.seek(SeekFrom::Start(start)).map_err(Fault::Read)?;
    let mut head = Vec::new();
    (&mut file).take(wav::RIFF_HEAD as u64).read_to_end(&mut head).map_err(Fault::Read)?;
    if let Some(reason) = guard::damage(&file, &head, start, end).map_err(Fault::Read)? {
        return Err(Fault::Unreadable(reason));
    }
    let mut plan = WavPlan { start, ..WavPlan::default() };
    if start == 0 && wav::is_wav(&head) {
        file.seek(SeekFrom::Start(head.len() as u64)).map_err(Fault::Read)?;
        let mut reader = std::io::BufReader::new(&file);
        if let Some(header) = wav::read_header(&mut reader).map_err(Fault::Read)? {
            plan = header.plan(end)?;
        }
    }
    let source = FileSource::new(file, plan.start, end, plan.patches).map_err(Fault::Read)?;
    let is_ogg = head.starts_with(b"OggS");
    let has_table = head.get(4..8) == Some(b"ftyp") || head.starts_with(guard::EBML);
    Ok(Prepared { source, damage: plan.damage, is_ogg, has_table })
}

/// Where the sound begins behind ID3v2 tags (some files have two); a tag that claims more than the
/// file holds is stepped over by its header only.
fn after_tags(file: &mut File, end: u64) -> std::io::Result<u64> {
    let mut at = 0;
    for _ in 0..4 {
        file.seek(SeekFrom::Start(at))?;
        let mut head = Vec::new();
        file.take(ID3_HEAD).read_to_end(&mut head)?;
        if head.len() < ID3_HEAD as usize || !head.starts_with(b"ID3") {
            break;
        }
        let size = head[6..10].iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7F));
        let footer = if head[5] & 0x10 == 0 { 0 } else { ID3_HEAD };
        let next = at + ID3_HEAD + size + footer;
        at = if next < end { next } else { at + ID3_HEAD };
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn start_of(bytes: &[u8]) -> u64 {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        after_tags(&mut file, bytes.len() as u64).unwrap()
    }

    #[test]
    fn tags_are_stepped_over() {
        let mut bytes = b"ID3\x03\0\0\0\0\0\x04abcd".to_vec();
        bytes.extend_from_slice(&[0xFF; 20]);
        assert_eq!(start_of(&bytes), 14);
        assert_eq!(start_of(b"ID3\x03\0\0\x7F\x7F\x7F\x7Fabcdefgh"), 10);
        assert_eq!(start_of(b"OggS and so on"), 0);
        assert_eq!(start_of(b"ID3"), 0);
    }
}
