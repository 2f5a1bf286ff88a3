//! Bad files of many kinds: an error or what can be decoded, never a panic, a hang or an abort.

use std::path::{Path, PathBuf};

use super::{Decoder, MonoReader};

const ENDINGS: [&str; 6] = ["wav", "mp3", "flac", "ogg", "opus", "m4a"];

fn fixture(ending: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    std::fs::read(folder.join(format!("tone.{ending}"))).unwrap()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Samples at 16 kHz and the damage, or the error.
    fn read(&self, name: &str, bytes: &[u8]) -> Result<(usize, Option<String>), String> {
        let path = self.write(name, bytes);
        let mut reader = MonoReader::open(&path, 16_000).map_err(|error| error.reason())?;
        let mut count = 0;
        let mut samples = Vec::new();
        while reader.read(&mut samples).map_err(|error| error.to_string())? {
            assert!(samples.iter().all(|sample| sample.is_finite()));
            count += samples.len();
            samples.clear();
        }
        assert!(count > 0, "{name}: opened, but gave nothing");
        Ok((count, reader.damage().map(str::to_owned)))
    }
}

fn wav_head(rate: u32, channels: u16, bits: u16, data_len: u32) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(data_len.saturating_add(36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate.wrapping_mul(4)).to_le_bytes());
    bytes.extend((channels * (bits / 8)).to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(data_len.to_le_bytes());
    bytes
}

#[test]
fn no_sound_at_all_is_an_error_that_says_why() {
    let folder = Folder::new();
    let text = "These are the liner notes, not the song. ".repeat(300);
    let mut no_channels = wav_head(44_100, 0, 16, 4_000);
    no_channels.extend([0; 4_000]);
    let mut slow = wav_head(1, 1, 16, 4_000);
    slow.extend([0; 4_000]);
    let mut no_rate = wav_head(0, 1, 16, 4_000);
    no_rate.extend([0; 4_000]);
    let cases: [(&str, &[u8], &str); 8] = [
        ("empty.mp3", b"", "the file is empty"),
        ("one.flac", b"f", "not an audio file that can be read"),
        ("text.mp3", text.as_bytes(), "none of mp3, aac, flac"),
        ("zeros.ogg", &[0; 100_000], "none of mp3, aac, flac"),
        ("channels.wav", &no_channels, "0 channels"),
        ("slow.wav", &slow, "sample rate 1 Hz is outside"),
        ("no-rate.wav", &no_rate, "not an audio file"),
        ("header.wav", &wav_head(44_100, 2, 16, 0), "no sound in the file"),
    ];
    for (name, bytes, reason) in cases {
        let error = folder.read(name, bytes).unwrap_err();
        assert!(error.contains(reason), "{name}: {error}");
    }
    let error = Decoder::open(folder.0.path()).err().unwrap().reason();
    assert_eq!(error, "not a regular file");
}

#[test]
fn lying_wav_headers_decode_as_far_as_there_is_sound() {
    let folder = Folder::new();
    for (name, rate, promised) in [
        ("honest", 16_000, 16_000),
        ("promises 4 GB", 16_000, u32::MAX - 40),
        ("promises nothing", 16_000, 0),
        ("promises twice", 16_000, 32_000),
        ("fast", 768_000, 768_000),
    ] {
        let mut bytes = wav_head(rate, 1, 16, promised);
        bytes.extend(vec![7; rate as usize]);
        let (count, damage) = folder.read("lie.wav", &bytes).unwrap();
        assert!(count.abs_diff(8_000) <= 1, "{name}: {count}");
        assert_eq!(damage.is_some(), name == "promises twice", "{name}: {damage:?}");
    }
    let mut few = wav_head(48_000, 2, 16, 4_000_000);
    few.extend([1; 23]);
    assert_eq!(folder.read("few.wav", &few).unwrap().0, 2);
}

#[test]
fn cut_files_decode_as_far_as_they_go() {
    let folder = Folder::new();
    for ending in ENDINGS {
        let bytes = fixture(ending);
        for percent in [1, 5, 20, 50, 80, 95, 99] {
            let cut = &bytes[..bytes.len() * percent / 100];
            let result = folder.read(&format!("cut.{ending}"), cut);
            if percent >= 50 && matches!(ending, "wav" | "mp3") {
                let (count, _) = result.unwrap();
                let expected = 16_000 * percent / 100;
                assert!(count.abs_diff(expected) < 2_500, "{ending} {percent} %: {count}");
            } else if percent >= 50 && ending == "flac" {
                let (count, damage) = result.unwrap();
                let told = damage.is_some_and(|damage| damage.contains("cut off"));
                assert_eq!(told, count < 12_000, "{percent} %: {count}");
            }
        }
    }
}

#[test]
fn scrambled_files_never_bring_the_program_down() {
    let folder = Folder::new();
    let mut random = fastrand::Rng::with_seed(7);
    for ending in ENDINGS {
        let bytes = fixture(ending);
        for _ in 0..60 {
            let mut bad = bytes.clone();
            let head = if random.bool() { 256.min(bad.len()) } else { bad.len() };
            for _ in 0..random.usize(1..20) {
                let at = random.usize(..head);
                bad[at] = random.u8(..);
            }
            let _ = folder.read(&format!("bad.{ending}"), &bad);
        }
    }
}

#[test]
fn an_ogg_file_with_a_damaged_end_decodes_up_to_there() {
    let folder = Folder::new();
    // Two copies in a row are a chained stream; the second is the damaged end.
    let one = fixture("opus");
    let whole = folder.read("one.opus", &one).unwrap().0;
    let mut bytes = one.repeat(2);
    let end = bytes.len();
    bytes[end - 300..].fill(0x55);
    let (count, damage) = folder.read("two.opus", &bytes).unwrap();
    assert!(count >= whole - 1_000, "{count} of {whole}");
    assert!(damage.unwrap().contains("damaged at 1.0 s"));
}

#[test]
fn wrong_endings_and_junk_in_front() {
    let folder = Folder::new();
    for ending in ENDINGS {
        let bytes = fixture(ending);
        let plain = folder.read("song.txt", &bytes).unwrap().0;
        assert!(plain.abs_diff(16_000) < 1_000, "{ending}: {plain}");
        let mut tagged = b"ID3\x04\0\0\0\0\x02\x00".to_vec();
        tagged.extend([0; 256]);
        tagged.extend(&bytes);
        if ending != "wav" && ending != "m4a" {
            assert_eq!(folder.read("song.wav", &tagged).unwrap().0, plain, "{ending}");
        }
    }
}
