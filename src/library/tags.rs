//! Title, artist, album and genre of a file; its name where it says nothing.

use std::path::Path;

use lofty::file::TaggedFileExt;
use lofty::prelude::Accessor;
use lofty::probe::Probe;

use crate::audio::contained;

/// What the tags say. Empty where they say nothing, but there is always a title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// Never empty: the file's name where there is none.
    pub title: String,
    /// Who it is by.
    pub artist: String,
    /// What it is part of.
    pub album: String,
    /// As the tags put it.
    pub genre: String,
}

/// Reads the tags of a file. A file whose tags cannot be read has none.
#[must_use]
pub fn read(path: &Path) -> Tags {
    let mut tags = from_file(path).unwrap_or_default();
    if tags.title.is_empty() {
        tags.title = title_of_name(path);
    }
    tags
}

fn from_file(path: &Path) -> Option<Tags> {
    let probe = Probe::open(path).ok()?.guess_file_type().ok()?;
    // Hostile files make tag parsers panic too; a file without tags is still music.
    let file = contained(|| probe.read().ok()).ok()??;
    let tag = file.primary_tag().or_else(|| file.first_tag())?;
    let clean = |value: Option<std::borrow::Cow<'_, str>>| plain(&value.unwrap_or_default());
    Some(Tags {
        title: clean(tag.title()),
        artist: clean(tag.artist()),
        album: clean(tag.album()),
        genre: clean(tag.genre()),
    })
}

/// `07 - Dusty_Road.mp3` is called "07 - Dusty Road".
pub(super) fn title_of_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    plain(&stem.replace('_', " "))
}

/// Text without what would move the cursor, colour or turn the line it is shown in.
pub fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|c: char| c.is_control() || turns(c), " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_reaches_the_terminal_as_a_command() {
        assert_eq!(plain("a\u{1b}[31mb\nc\u{202e}d "), "a [31mb c d");
        assert_eq!(title_of_name(Path::new("/m/nl\nname.ogg")), "nl name");
    }

    #[test]
    fn a_file_without_tags_is_called_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("07 - Dusty_Road.mp3");
        std::fs::write(&path, b"this is text").unwrap();
        assert_eq!(read(&path), Tags { title: "07 - Dusty Road".into(), ..Tags::default() });
    }
}
