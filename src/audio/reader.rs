//! A file as mono samples at a wanted rate.

use std::path::Path;

use super::decode::Decoder;
use super::error::AudioError;
use super::resample::Resampler;

/// A [`Decoder`] and a [`Resampler`] behind it.
pub struct MonoReader {
    decoder: Decoder,
    resampler: Resampler,
    packet: Vec<f32>,
    done: bool,
}

impl MonoReader {
    /// Opens a file to be read at `rate` samples a second.
    ///
    /// # Errors
    /// As [`Decoder::open`].
    pub fn open(path: &Path, rate: u32) -> Result<Self, AudioError> {
        Self::new(Decoder::open(path)?, rate)
    }

    /// Reads what a decoder gives, at `rate` samples a second.
    ///
    /// # Errors
    /// The rates cannot be converted.
    pub fn new(decoder: Decoder, rate: u32) -> Result<Self, AudioError> {
        let resampler = Resampler::new(decoder.rate(), rate)?;
        Ok(Self { decoder, resampler, packet: Vec::new(), done: false })
    }

    /// Appends some more samples, at least one; false at the end.
    ///
    /// # Errors
    /// The system cannot read on.
    pub fn read(&mut self, out: &mut Vec<f32>) -> Result<bool, AudioError> {
        let before = out.len();
        while out.len() == before {
            if self.done {
                return Ok(false);
            }
            self.packet.clear();
            if self.decoder.next_mono(&mut self.packet)? {
                self.resampler.push(&self.packet, out)?;
            } else {
                self.done = true;
                self.resampler.finish(out)?;
            }
        }
        Ok(true)
    }

    /// What was wrong, where the file decoded only in part. Complete once the end was reached.
    #[must_use]
    pub fn damage(&self) -> Option<&str> {
        self.decoder.damage()
    }

    /// Length as the header tells it, seconds.
    #[must_use]
    pub fn duration_s(&self) -> Option<f64> {
        self.decoder.duration_s()
    }

    /// Samples a second of the file itself.
    #[must_use]
    pub fn source_rate(&self) -> u32 {
        self.decoder.rate()
    }

    /// Channels of the file itself.
    #[must_use]
    pub fn source_channels(&self) -> u16 {
        self.decoder.channels()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_stays_a_second() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for ending in ["wav", "mp3", "flac", "ogg", "opus", "m4a"] {
            let mut reader =
                MonoReader::open(&folder.join(format!("tone.{ending}")), 16_000).unwrap();
            let mut samples = Vec::new();
            while reader.read(&mut samples).unwrap() {}
            assert!(samples.len().abs_diff(16_000) < 960, "{ending}: {}", samples.len());
            assert!(!reader.read(&mut samples).unwrap());
        }
    }
}
