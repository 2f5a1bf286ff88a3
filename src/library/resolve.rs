//! A TRACK on the command line: an id, a path, or an unambiguous piece of "artist title".

use std::path::Path;

use thiserror::Error;

use crate::store::records::{Track, TrackId};

/// Tracks named in an ambiguous answer.
const NAMED: usize = 5;

/// A text that is no track, or several.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ResolveError {
    /// Nothing fits.
    #[error(
        "no track of the library is \"{0}\": give an id, a path or a piece of \"artist title\""
    )]
    Unknown(String),
    /// More than one fits.
    #[error("\"{text}\" could be {count} tracks: {named}; give an id or more of the name")]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// How many fit.
        count: usize,
        /// The first few, with their ids.
        named: String,
    },
}

/// The track that a text means.
///
/// # Errors
/// No track fits, or several.
pub fn resolve<'t>(
    tracks: impl Iterator<Item = &'t Track> + Clone,
    text: &str,
) -> Result<&'t Track, ResolveError> {
    let id = text.parse().ok().map(TrackId);
    let path = Path::new(text).canonicalize().ok();
    if let Some(track) = tracks.clone().find(|track| Some(track.id) == id) {
        return Ok(track);
    }
    let same_path =
        |track: &&Track| Some(&track.path) == path.as_ref() || track.path == Path::new(text);
    if let Some(track) = tracks.clone().find(same_path) {
        return Ok(track);
    }
    let words = normalised(text);
    let of = |track: &Track| normalised(&format!("{} {}", track.artist, track.title));
    let whole = |track: &&Track| of(track) == words || normalised(&track.title) == words;
    let piece = |track: &&Track| of(track).contains(&words);
    let exact: Vec<&Track> = tracks.clone().filter(whole).collect();
    if let [track] = exact.as_slice() {
        return Ok(track);
    }
    let some = if exact.is_empty() { tracks.filter(piece).collect() } else { exact };
    match some.as_slice() {
        _ if words.is_empty() => Err(ResolveError::Unknown(text.to_owned())),
        [] => Err(ResolveError::Unknown(text.to_owned())),
        [track] => Ok(track),
        several => Err(ResolveError::Ambiguous {
            text: text.to_owned(),
            count: several.len(),
            named: several
                .iter()
                .take(NAMED)
                .map(|track| format!("{} ({})", track.id, track.label()))
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

fn normalised(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::FileStamp;

    fn track(id: u32, artist: &str, title: &str) -> Track {
        Track {
            id: TrackId(id),
            path: format!("/music/{title}.ogg").into(),
            stamp: FileStamp { size: 1, modified_ns: 1 },
            content: [0; 32],
            title: title.into(),
            artist: artist.into(),
            album: String::new(),
            genre: String::new(),
            sounds_like: Vec::new(),
            mood: None,
            features: None,
            highlight_s: None,
            duration_s: 60.0,
            windows: 100,
            style: vec![0.0; 128],
            model: "m".into(),
            damage: None,
            recording: None,
            added_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_track_is_meant_by_id_path_or_piece() {
        let tracks =
            [track(3, "ViRiX", "Dune"), track(14, "ViRiX", "Dune Sea"), track(15, "", "Battle_2")];
        let id = |text| resolve(tracks.iter(), text).map(|t| t.id.0);
        assert_eq!(id("14"), Ok(14));
        assert_eq!(id("/music/Dune.ogg"), Ok(3));
        assert_eq!(id("battle 2"), Ok(15));
        assert_eq!(id("virix - dune sea"), Ok(14));
        assert_eq!(id("dune"), Ok(3), "the whole title goes before a piece of another");
        assert_eq!(id("sea"), Ok(14));
        let several = id("virix").unwrap_err().to_string();
        assert!(several.contains("2 tracks: 3 (ViRiX - Dune), 14"), "{several}");
        assert!(matches!(id("nothing"), Err(ResolveError::Unknown(_))));
        assert!(matches!(id(" - "), Err(ResolveError::Unknown(_))));
    }
}
