//! What clients send of tracks and files, if it can be one.

use crate::embed::STYLE_DIM;
use crate::index::Packed;
use crate::remote::api::EnrolRequest;
use crate::remote::server::error::{Answer, Refused};
use crate::store::records::{GenreShare, Track};

/// Letters in a title, an artist, a path, at most.
const LONGEST_TEXT: usize = 4096;
/// Length of a style vector may be so far from 1.
const UNIT: f32 = 0.01;

/// What was sent, if it can be a track: everything that later code takes for granted.
pub fn track(request: EnrolRequest) -> Answer<(Track, Vec<u8>)> {
    let EnrolRequest { track, fingerprints } = request;
    hash(&track.content)?;
    // That is for the server to find out.
    let track = Track { recording: None, ..track.into_track().ok_or_else(no_hash)? };
    own_path(&track.path)?;
    let texts = [&track.title, &track.artist, &track.album, &track.genre];
    if texts.iter().any(|text| text.len() > LONGEST_TEXT) || track.title.is_empty() {
        return Err(Refused::bad(format!(
            "a title is needed, and no text may have more than {LONGEST_TEXT} bytes"
        )));
    }
    let length = track.style.iter().map(|value| value * value).sum::<f32>().sqrt();
    let unit = (length - 1.0).abs() < UNIT;
    if track.style.len() != STYLE_DIM || !unit {
        return Err(Refused::bad(format!("style must be {STYLE_DIM} values of unit length")));
    }
    let numbers = [Some(track.duration_s), track.highlight_s.map(f64::from)];
    if numbers.into_iter().flatten().any(|number| !(number.is_finite() && number >= 0.0)) {
        return Err(Refused::bad("duration_s and highlight_s must be 0 or more"));
    }
    let share = |genre: &GenreShare| (0.0..=1.0).contains(&genre.probability);
    if track.sounds_like.len() > 64
        || !track.sounds_like.iter().all(share)
        || track.mood.is_some_and(|mood| !mood.is_on_the_plane())
        || track.features.as_ref().is_some_and(|f| !f.is_sound())
    {
        return Err(Refused::bad("features, mood or sounds_like have values that cannot be"));
    }
    let packed =
        Packed::new(fingerprints.0.clone().into()).map_err(|e| Refused::bad(e.to_string()))?;
    if !packed.is_whole() || packed.len() != track.windows as usize {
        return Err(Refused::bad("the fingerprints are damaged, or not as many as windows says"));
    }
    Ok((track, fingerprints.0))
}

/// Whether a path can be that of a user's file.
pub fn own_path(path: &std::path::Path) -> Answer<()> {
    if !path.is_absolute() || path.as_os_str().len() > LONGEST_TEXT {
        return Err(Refused::bad(format!(
            "path must be that of the user's own file: absolute, at most {LONGEST_TEXT} bytes"
        )));
    }
    Ok(())
}

/// The BLAKE3 of a file, from hex.
pub fn hash(hex: &str) -> Answer<[u8; 32]> {
    let small = !hex.bytes().any(|digit| digit.is_ascii_uppercase());
    let hash = blake3::Hash::from_hex(hex).ok().filter(|_| small);
    hash.map(|hash| *hash.as_bytes()).ok_or_else(no_hash)
}

fn no_hash() -> Refused {
    Refused::bad("content must be 64 hexadecimal digits, small ones: the file's BLAKE3")
}
