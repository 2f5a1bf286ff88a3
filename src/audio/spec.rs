//! Where live sound comes from, as written on the command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::decode::RATES;
use super::error::AudioError;
use super::web;
use reqwest::Url;

/// Channels of raw sound that make sense.
const MOST_CHANNELS: u16 = 32;

/// An input.
///
/// Written `mic`, `mic:NAME` (part of a device's name), `monitor` (what this machine plays),
/// `file:PATH`, `demo`, a web address (`https://radio.example/live`), or standard input: `-` is a WAV, MP3, FLAC, Ogg or other file, told by its
/// first bytes, and raw s16le 16 000 Hz mono where those tell nothing; raw sound of another kind is
/// `-:FORMAT:RATE:CHANNELS` as in `-:s16le:44100:2` or `-:f32le:48000:1` (formats u8, s16le, s24le,
/// s32le, f32le, f64le). A WAV header wins over a raw format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputSpec {
    /// A microphone or line in: the default one, or the one with this in its name.
    Mic(Option<String>),
    /// What this machine plays.
    Monitor,
    /// A file, at the speed of real sound.
    File(PathBuf),
    /// Standard input; raw sound of this format unless it begins with a WAV header.
    Stdin(Option<PcmFormat>),
    /// A web address, http or https: a file, at the speed of real sound, a radio station's stream, or a
    /// playlist that says where that is.
    Url(Url),
    /// The pieces of the demo, without end.
    Demo,
}

/// Raw sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PcmFormat {
    /// How a sample is written.
    pub sample: PcmSample,
    /// Samples a second.
    pub rate: u32,
    /// Channels side by side.
    pub channels: u16,
}

/// How a raw sample is written, little endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PcmSample {
    /// 8 bits, 128 is silence.
    U8,
    /// 16 bits.
    S16,
    /// 24 bits in three bytes.
    S24,
    /// 32 bits.
    S32,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
}

impl PcmFormat {
    /// Taken for raw standard input when nothing else is said.
    pub const DEFAULT: Self = Self { sample: PcmSample::S16, rate: 16_000, channels: 1 };

    /// Bytes of all channels of one moment.
    #[must_use]
    pub fn frame_len(self) -> usize {
        self.sample.bytes() * usize::from(self.channels)
    }
}

impl PcmSample {
    const ALL: [(Self, &'static str); 6] = [
        (Self::U8, "u8"),
        (Self::S16, "s16le"),
        (Self::S24, "s24le"),
        (Self::S32, "s32le"),
        (Self::F32, "f32le"),
        (Self::F64, "f64le"),
    ];

    /// Bytes of one sample.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The value of one sample of [`Self::bytes`] bytes, full scale is 1.
    #[must_use]
    pub fn value(self, bytes: &[u8]) -> f32 {
        let value = match (self, bytes) {
            (Self::U8, [a]) => (f32::from(*a) - 128.0) / 128.0,
            (Self::S16, [a, b]) => f32::from(i16::from_le_bytes([*a, *b])) / 32_768.0,
            (Self::S24, [a, b, c]) => {
                (i32::from_le_bytes([0, *a, *b, *c]) >> 8) as f32 / 8_388_608.0
            }
            (Self::S32, [a, b, c, d]) => {
                i32::from_le_bytes([*a, *b, *c, *d]) as f32 / 2_147_483_648.0
            }
            (Self::F32, [a, b, c, d]) => f32::from_le_bytes([*a, *b, *c, *d]),
            (Self::F64, [a, b, c, d, e, f, g, h]) => {
                f64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as f32
            }
            _ => 0.0,
        };
        if value.is_finite() { value } else { 0.0 }
    }
}

impl fmt::Display for PcmFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = PcmSample::ALL.iter().find(|(sample, _)| *sample == self.sample);
        write!(f, "{}:{}:{}", name.map_or("", |(_, name)| name), self.rate, self.channels)
    }
}

impl fmt::Display for InputSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mic(None) => f.write_str("mic"),
            Self::Mic(Some(name)) => write!(f, "mic:{name}"),
            Self::Monitor => f.write_str("monitor"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Stdin(None) => f.write_str("-"),
            Self::Stdin(Some(format)) => write!(f, "-:{format}"),
            // Without a password: inputs are told to history and log.
            Self::Url(url) => f.write_str(&web::shown(url)),
            Self::Demo => f.write_str("demo"),
        }
    }
}

impl FromStr for InputSpec {
    type Err = AudioError;

    fn from_str(text: &str) -> Result<Self, AudioError> {
        let wrong = |reason: &str| AudioError::Spec { text: text.into(), reason: reason.into() };
        match text.split_once(':') {
            None if text == "mic" => Ok(Self::Mic(None)),
            None if text == "monitor" => Ok(Self::Monitor),
            None if text == "demo" => Ok(Self::Demo),
            None if text == "-" => Ok(Self::Stdin(None)),
            None if text == "file" => Err(wrong("which file?")),
            Some(("mic", "")) => Err(wrong("which microphone?")),
            Some(("mic", name)) => Ok(Self::Mic(Some(name.to_owned()))),
            Some(("file", "")) => Err(wrong("which file?")),
            Some(("file", path)) => Ok(Self::File(PathBuf::from(path))),
            Some(("http" | "https", _)) => match Url::parse(text) {
                Ok(url) if url.has_host() => Ok(Self::Url(url)),
                Ok(_) => Err(wrong("the web address has no host")),
                Err(error) => Err(wrong(&format!("not a web address: {error}"))),
            },
            Some(("-", format)) => {
                parse_format(format).map(|format| Self::Stdin(Some(format))).map_err(|e| wrong(&e))
            }
            _ if std::path::Path::new(text).exists() => {
                Err(wrong(&format!("for a file write file:{text}")))
            }
            _ => Err(wrong("nothing is called that")),
        }
    }
}

fn parse_format(text: &str) -> Result<PcmFormat, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let [sample, rate, channels] = parts[..] else {
        return Err("raw sound needs format, rate and channels".to_owned());
    };
    let lower = sample.to_ascii_lowercase();
    let (sample, _) = PcmSample::ALL
        .into_iter()
        .find(|(_, name)| *name == lower)
        .ok_or_else(|| format!("'{sample}' is none of u8, s16le, s24le, s32le, f32le, f64le"))?;
    let rate: u32 = rate
        .parse()
        .ok()
        .filter(|rate| RATES.contains(rate))
        .ok_or_else(|| format!("'{rate}' is no rate from 2000 to 768000"))?;
    let channels = channels
        .parse()
        .ok()
        .filter(|channels| (1..=MOST_CHANNELS).contains(channels))
        .ok_or_else(|| {
            format!("'{channels}' is no number of channels from 1 to {MOST_CHANNELS}")
        })?;
    Ok(PcmFormat { sample, rate, channels })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_written_again() {
        for text in [
            "mic",
            "mic:USB Audio: front",
            "monitor",
            "file:a b:c.mp3",
            "-",
            "-:s16le:44100:2",
            "-:f32le:48000:1",
            "demo",
            "https://radio.example:8443/live.mp3?q=a",
        ] {
            let spec: InputSpec = text.parse().unwrap();
            assert_eq!(spec.to_string(), text);
        }
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, reason) in [
            ("michael", "nothing is called that"),
            ("mic:", "which microphone?"),
            ("file:", "which file?"),
            ("https://", "not a web address"),
            ("http:", "not a web address"),
            ("-:s16le", "needs format, rate and channels"),
            ("-:s12:8000:1", "'s12' is none of u8"),
            ("-:s16le:1:1", "'1' is no rate"),
            ("-:s16le:8000:0", "'0' is no number of channels"),
            ("Cargo.toml", "write file:Cargo.toml"),
            ("", "nothing is called that"),
        ] {
            let error = text.parse::<InputSpec>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(error.contains("-:s16le:44100:2") && error.contains("monitor"), "{error}");
        }
    }

    #[test]
    fn raw_values() {
        assert_eq!(PcmSample::U8.value(&[0]), -1.0);
        assert_eq!(PcmSample::S16.value(&[0, 0x40]), 0.5);
        assert_eq!(PcmSample::S24.value(&[0, 0, 0x80]), -1.0);
        assert_eq!(PcmSample::S32.value(&[0, 0, 0, 0xC0]), -0.5);
        assert_eq!(PcmSample::F32.value(&0.25_f32.to_le_bytes()), 0.25);
        assert_eq!(PcmSample::F64.value(&f64::NAN.to_le_bytes()), 0.0);
    }
}
