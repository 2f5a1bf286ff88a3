//! Pieces as tagged WAV files.

use std::path::{Path, PathBuf};

use lofty::config::WriteOptions;
use lofty::prelude::{Accessor, TagExt};
use lofty::tag::{Tag, TagType};
use thiserror::Error;

use super::piece::DemoPiece;

/// Samples a second of the files.
pub const FILE_RATE: u32 = 22_050;

/// A demo piece could not be written.
#[derive(Debug, Error)]
pub enum DemoFileError {
    /// The file cannot be made or filled: no such folder, no right, no space.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: hound::Error,
    },
    /// The sound is written, but not its title, artist and genre.
    #[error("cannot write the tags of {path}: {reason}")]
    Tag {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl DemoPiece {
    /// Writes the piece as a 16-bit mono WAV file of [`FILE_RATE`] samples a second, with title,
    /// artist, album and genre as RIFF INFO tags. An existing file is replaced.
    ///
    /// # Errors
    /// The file or its tags cannot be written.
    pub fn write_wav(&self, path: &Path) -> Result<(), DemoFileError> {
        self.write_sound(path)
            .map_err(|source| DemoFileError::Write { path: path.to_owned(), source })?;
        let mut tag = Tag::new(TagType::RiffInfo);
        tag.set_title(self.title.to_owned());
        tag.set_artist(self.artist.to_owned());
        tag.set_album("EchoVibe demo".to_owned());
        tag.set_genre(self.genre.to_owned());
        tag.save_to_path(path, WriteOptions::default())
            .map_err(|e| DemoFileError::Tag { path: path.to_owned(), reason: e.to_string() })
    }

    fn write_sound(&self, path: &Path) -> Result<(), hound::Error> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: FILE_RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = hound::WavWriter::create(path, spec)?;
        for x in self.render(FILE_RATE) {
            file.write_sample((x * 32_767.0).round() as i16)?;
        }
        file.finalize()
    }
}

#[cfg(test)]
mod tests {
    use lofty::file::TaggedFileExt;

    use super::super::pieces;
    use super::*;

    #[test]
    fn sound_and_tags_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let piece = &pieces()[4];
        let path = folder.path().join(piece.file_name());
        piece.write_wav(&path).unwrap();

        let file = lofty::read_from_path(&path).unwrap();
        let tag = file.first_tag().unwrap();
        assert_eq!(tag.title().as_deref(), Some(piece.title));
        assert_eq!(tag.artist().as_deref(), Some(piece.artist));
        assert_eq!(tag.genre().as_deref(), Some(piece.genre));

        let mut wav = hound::WavReader::open(&path).unwrap();
        let sound = piece.render(FILE_RATE);
        assert_eq!(wav.len() as usize, sound.len());
        for (read, made) in wav.samples::<i16>().zip(&sound) {
            assert!((f32::from(read.unwrap()) / 32_767.0 - made).abs() < 1e-4);
        }
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = pieces()[0].write_wav(Path::new("/nowhere/at/all.wav")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all.wav"), "{error}");
    }
}
