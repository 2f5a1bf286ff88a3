//! Folders with hundreds of bad files: no crash, each told with its reason, the good ones indexed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use echovibe::audio::demo;
use serde_json::Value;
use support::{Home, number, text};

/// Whether something can be made of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hope {
    /// It cannot be decoded: it must be among the failures.
    None,
    /// It is sound in part: indexed with the damage noted, or among the failures.
    Some,
}

const BAD_FILES: usize = 300;

#[test]
fn bad_files_are_listed_and_good_ones_indexed() {
    let home = Home::new();
    let good: Vec<PathBuf> = home.write_pieces(&demo::pieces()[..4]);
    let bad = write_bad_files(&home.music());
    assert_eq!(bad.len(), BAD_FILES);

    let summary = home.index();
    let failed = failures(summary["failed"].as_array().unwrap());
    let library = home.library();
    let indexed: HashSet<PathBuf> = library.iter().map(|t| text(t, "path").into()).collect();
    for path in &good {
        assert!(indexed.contains(&canonical(path)), "{} is not indexed", path.display());
    }
    for (path, hope) in &bad {
        let path = canonical(path);
        let listed = failed.contains(&path);
        assert!(listed != indexed.contains(&path), "{} is lost or twice", path.display());
        assert!(listed || *hope == Hope::Some, "{} passes for sound", path.display());
    }
    assert_eq!(number(&summary, "added") as usize, library.len());
    assert_eq!(failed.len() + library.len(), BAD_FILES + good.len());

    let list = || home.run(["library", "list", "--failed", "--json"]).ok().json();
    let kept = list();
    assert_eq!(failures(&kept), failed);

    // nothing is tried again until it changes
    let again = home.index();
    assert_eq!(number(&again, "unchanged") as usize, library.len());
    assert_eq!((number(&again, "added"), number(&again, "updated")), (0.0, 0.0));
    assert_eq!(list(), kept);
    // a file under a wrong name is still music
    let music = home.path("music.wav");
    demo::pieces()[5].write_wav(&music).unwrap();
    let mended = failed.iter().find(|path| path.ends_with("text 3.mp3")).unwrap();
    std::fs::copy(music, mended).unwrap();
    assert_eq!(number(&home.index(), "added"), 1.0);
    assert_eq!(list().len(), kept.len() - 1, "a file that was mended is listed as failed");
}

#[test]
fn a_bad_file_to_identify_is_an_error_with_its_reason() {
    let home = Home::new();
    let bad = write_bad_files(&home.music());
    let hopeless = bad.iter().filter(|(_, hope)| *hope == Hope::None).step_by(12);
    for (path, _) in hopeless {
        let ran = home.run(["identify".as_ref(), path.as_os_str()]);
        assert_eq!(ran.status, 2, "{}: {ran:?}", path.display());
        let name = path.file_name().unwrap().to_string_lossy();
        assert!(ran.stderr.contains(&*name), "{}: {ran:?}", path.display());
        assert!(!ran.stderr.contains("panicked"), "{}: {ran:?}", path.display());
    }
}

#[track_caller]
fn failures(rows: &[Value]) -> HashSet<PathBuf> {
    let paths: HashSet<PathBuf> = rows.iter().map(|row| text(row, "path").into()).collect();
    assert_eq!(paths.len(), rows.len(), "a file is listed twice");
    for row in rows {
        let error = text(row, "error");
        assert!(error.len() > 5 && !error.contains("panicked"), "no reason: {row}");
    }
    paths
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap()
}

/// Writes [`BAD_FILES`] files below `folder`.
fn write_bad_files(folder: &Path) -> Vec<(PathBuf, Hope)> {
    let mut rng = fastrand::Rng::with_seed(300);
    let mut files = Files { folder: folder.join("bad"), written: Vec::new() };
    std::fs::create_dir(&files.folder).unwrap();
    for ending in ["mp3", "flac", "ogg", "opus", "wav", "m4a"] {
        files.add(&format!("empty.{ending}"), &[], Hope::None);
        files.add(&format!("one byte.{ending}"), b"R", Hope::None);
    }
    for n in 0..24 {
        let ending = ["mp3", "flac", "ogg", "wav"][n % 4];
        let text = "This is not music, whatever its name says.\n".repeat(1 + n * 20);
        files.add(
            &format!("text {n}.{}", if n == 3 { "mp3" } else { ending }),
            text.as_bytes(),
            Hope::None,
        );
    }
    wrong_headers(&mut files, &mut rng);
    magic_and_noise(&mut files, &mut rng);
    truncated(&mut files, &mut rng);
    files.written
}

struct Files {
    folder: PathBuf,
    written: Vec<(PathBuf, Hope)>,
}

impl Files {
    fn add(&mut self, name: &str, bytes: &[u8], hope: Hope) {
        let path = self.folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        self.written.push((path, hope));
    }
}

/// The numbers in a WAV header.
#[derive(Debug, Clone, Copy)]
struct Header {
    channels: u16,
    rate: u32,
    bits: u16,
    /// 1 is PCM, 3 float.
    format: u16,
    /// What the header says about the length of the sound.
    data_bytes: u32,
    /// What it says about the length of the file.
    riff_bytes: u32,
    /// Size of the format chunk.
    format_bytes: u32,
}

impl Header {
    fn of(sound: &[u8]) -> Self {
        let data_bytes = sound.len() as u32;
        Self {
            channels: 1,
            rate: 16_000,
            bits: 16,
            format: 1,
            data_bytes,
            riff_bytes: data_bytes + 36,
            format_bytes: 16,
        }
    }

    fn with(self, sound: &[u8]) -> Vec<u8> {
        let frame = self.channels.wrapping_mul(self.bits / 8);
        let mut file = Vec::from(*b"RIFF");
        file.extend(self.riff_bytes.to_le_bytes());
        file.extend(b"WAVEfmt ");
        file.extend(self.format_bytes.to_le_bytes());
        file.extend(self.format.to_le_bytes());
        file.extend(self.channels.to_le_bytes());
        file.extend(self.rate.to_le_bytes());
        file.extend(self.rate.wrapping_mul(frame.into()).to_le_bytes());
        file.extend(frame.to_le_bytes());
        file.extend(self.bits.to_le_bytes());
        file.extend(b"data");
        file.extend(self.data_bytes.to_le_bytes());
        file.extend(sound);
        file
    }
}

fn wrong_headers(files: &mut Files, rng: &mut fastrand::Rng) {
    let sound: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(96_000).collect();
    let fine = Header::of(&sound);
    for (name, header, hope) in [
        ("no channels", Header { channels: 0, ..fine }, Hope::None),
        ("60000 channels", Header { channels: 60_000, ..fine }, Hope::Some),
        ("rate 0", Header { rate: 0, ..fine }, Hope::None),
        ("rate 1", Header { rate: 1, ..fine }, Hope::None),
        ("rate 768000", Header { rate: 768_000, ..fine }, Hope::Some),
        ("rate 4294967295", Header { rate: u32::MAX, ..fine }, Hope::None),
        ("no bits", Header { bits: 0, ..fine }, Hope::None),
        ("13 bits", Header { bits: 13, ..fine }, Hope::Some),
        ("16-bit floats", Header { format: 3, ..fine }, Hope::Some),
        ("unknown coding", Header { format: 0x7777, ..fine }, Hope::None),
        ("sound longer than the file", Header { data_bytes: u32::MAX - 8, ..fine }, Hope::Some),
        ("file longer than it is", Header { riff_bytes: u32::MAX, ..fine }, Hope::Some),
        ("file shorter than it is", Header { riff_bytes: 40, ..fine }, Hope::Some),
        ("no sound by its header", Header { data_bytes: 0, riff_bytes: 36, ..fine }, Hope::Some),
        ("huge format chunk", Header { format_bytes: u32::MAX, ..fine }, Hope::None),
        ("odd format chunk", Header { format_bytes: 17, ..fine }, Hope::Some),
    ] {
        files.add(&format!("{name}.wav"), &header.with(&sound), hope);
    }
    let no_sound = Header { data_bytes: 0, riff_bytes: 36, ..fine };
    files.add("header alone.wav", &no_sound.with(&[]), Hope::None);
    // every header number at random, many times
    for n in 0..47 {
        let header = Header {
            channels: rng.u16(..),
            rate: rng.u32(..) >> rng.u32(0..32),
            bits: rng.u16(0..65),
            format: rng.u16(0..4),
            data_bytes: rng.u32(..) >> rng.u32(0..32),
            riff_bytes: rng.u32(..) >> rng.u32(0..32),
            format_bytes: rng.u32(..) >> rng.u32(0..32),
        };
        files.add(&format!("random header {n}.wav"), &header.with(&sound[..20_000]), Hope::Some);
    }
}

/// Starts like sound and goes on as noise.
fn magic_and_noise(files: &mut Files, rng: &mut fastrand::Rng) {
    let magic: [(&str, &[u8]); 8] = [
        ("mp3", b"\xff\xfb\x90\x64"),
        ("mp3", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f"),
        ("flac", b"fLaC\x00\x00\x00\x22"),
        ("ogg", b"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00"),
        ("opus", b"OggS\x00\x02OpusHead\x01\x02"),
        ("wav", b"RIFF\xff\xff\xff\x7fWAVEfmt "),
        ("m4a", b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"),
        ("mka", b"\x1a\x45\xdf\xa3\x01\xff\xff\xff"),
    ];
    for n in 0..80 {
        let (ending, start) = magic[n % magic.len()];
        let mut bytes = start.to_vec();
        let len = rng.usize(0..60_000);
        bytes.extend(std::iter::repeat_with(|| rng.u8(..)).take(len));
        files.add(&format!("noise {n}.{ending}"), &bytes, Hope::Some);
    }
}

/// Real encodings cut off, or with a hole, at random places.
fn truncated(files: &mut Files, rng: &mut fastrand::Rng) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let whole: Vec<(&str, Vec<u8>)> = ["mp3", "flac", "ogg", "opus", "m4a", "wav"]
        .into_iter()
        .map(|ending| {
            let path = fixtures.join(format!("tone.{ending}"));
            (ending, std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
        })
        .collect();
    let mut n = 0;
    while files.written.len() < BAD_FILES {
        let (ending, bytes) = &whole[n % whole.len()];
        let mut bytes = bytes.clone();
        if n % 3 == 2 {
            let from = rng.usize(0..bytes.len());
            let until = (from + rng.usize(1..2_000)).min(bytes.len());
            bytes[from..until].fill_with(|| rng.u8(..));
        } else {
            bytes.truncate(rng.usize(0..bytes.len()));
        }
        files.add(&format!("damaged {n}.{ending}"), &bytes, Hope::Some);
        n += 1;
    }
}
