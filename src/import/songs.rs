//! Which track of the library is meant by an artist and a title.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::recommend::{bare_artist, bare_title};
use crate::store::records::{Track, TrackId};

/// Artist and title without case, accents and punctuation: what a song is called by across programs.
#[must_use]
pub fn key(artist: &str, title: &str) -> String {
    format!("{}\n{}", folded(artist), folded(title))
}

/// Words without case, accents and punctuation. What has no letter at all stays as it is.
fn folded(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    if words.is_empty() { text.trim().to_owned() } else { words.join(" ") }
}

/// The same without guests and without what only tells a version; [`None`] where that leaves nothing.
fn bare_key(artist: &str, title: &str) -> Option<String> {
    let (artist, title) = (bare_artist(artist), bare_title(title));
    (!artist.is_empty() && !title.is_empty()).then(|| key(&artist, &title))
}

/// The tracks of a library by what they are called.
#[derive(Debug, Default)]
pub struct Songs {
    exact: HashMap<String, Vec<(String, TrackId)>>,
    bare: HashMap<String, Vec<(String, TrackId)>>,
}

impl Songs {
    /// Tracks without a title cannot be found, and those without an artist only by their album.
    #[must_use]
    pub fn of(tracks: &[Track]) -> Self {
        let mut songs = Self::default();
        for track in tracks.iter().filter(|track| !track.title.trim().is_empty()) {
            let entry = (folded(&track.album), track.id);
            let exact = songs.exact.entry(key(&track.artist, &track.title)).or_default();
            exact.push(entry.clone());
            if let Some(bare) = bare_key(&track.artist, &track.title) {
                songs.bare.entry(bare).or_default().push(entry);
            }
        }
        songs
    }

    /// The track that is meant: the song itself, else another version of it; of several the one of that album,
    /// else that with the lowest number. A track without an artist must be of that album.
    #[must_use]
    pub fn find(&self, artist: &str, title: &str, album: &str) -> Option<TrackId> {
        let album = folded(album);
        let best = |tracks: &Vec<(String, TrackId)>| {
            let same = tracks.iter().find(|(of, _)| !album.is_empty() && *of == album);
            same.or_else(|| tracks.iter().min_by_key(|(_, id)| *id)).map(|(_, id)| *id)
        };
        let nameless = |tracks: &Vec<(String, TrackId)>| {
            let same = tracks.iter().find(|(of, _)| !album.is_empty() && *of == album);
            same.map(|(_, id)| *id)
        };
        self.exact
            .get(&key(artist, title))
            .or_else(|| self.bare.get(&bare_key(artist, title)?))
            .and_then(best)
            .or_else(|| self.exact.get(&key("", title)).and_then(nameless))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::tests::track;

    fn songs() -> Songs {
        let mut tracks = vec![
            track(1, "Beyonce\u{301}", "Halo", vec![]),
            track(2, "Ann feat. Bob", "Sea (2011 Remaster)", vec![]),
            track(3, "Ann", "Sea", vec![]),
            track(4, "Ann", "Sea", vec![]),
            track(5, "", "Intro", vec![]),
            track(6, "", "", vec![]),
            track(7, "高木正勝", "かがやき", vec![]),
            track(8, "Cid", "Road (Live)", vec![]),
            track(9, "!!!", "?", vec![]),
        ];
        tracks[3].album = "Best Of".to_owned();
        tracks[4].album = "The Game".to_owned();
        Songs::of(&tracks)
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let songs = songs();
        let find = |artist, title, album| songs.find(artist, title, album).map(|id| id.0);
        assert_eq!(find("Beyoncé", "HALO!", ""), Some(1));
        assert_eq!(find("beyonce", "halo", ""), Some(1));
        assert_eq!(find("Ann", "Sea", ""), Some(3), "the song itself before a version");
        assert_eq!(find("Ann", "Sea", "best of"), Some(4), "that of the album");
        assert_eq!(find("Ann ft. Bob", "Sea (2011 remaster)", ""), Some(2));
        assert_eq!(find("Cid", "Road", ""), Some(8), "another version where there is no other");
        assert_eq!(find("高木正勝", "かがやき", ""), Some(7));
        assert_eq!(find("!!!", "?", ""), Some(9), "names without a letter");
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let songs = songs();
        let find = |artist, title, album| songs.find(artist, title, album);
        assert_eq!(find("Somebody", "Halo", ""), None);
        assert_eq!(find("Cid", "Roads", ""), None);
        assert_eq!(find("Composer", "Intro", ""), None, "any game has one");
        assert_eq!(find("Composer", "Intro", "The Game").map(|id| id.0), Some(5));
        assert_eq!(find("", "", ""), None);
    }
}
