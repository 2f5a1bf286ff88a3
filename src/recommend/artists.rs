//! Who the tracks of a library are by: which are by the same artist, found at once.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::song::bare_artist;
use crate::store::records::{Track, TrackId};

/// An artist whose name is known: the hash of the name without guests, case and punctuation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Artist(u64);

/// Who a track is by, where its tags tell.
pub fn artist_of(track: &Track) -> Option<Artist> {
    let name = bare_artist(&track.artist);
    (!name.is_empty()).then(|| {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Artist(hasher.finish())
    })
}

/// The tracks of each artist.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Artists {
    tracks: HashMap<Artist, BTreeSet<TrackId>>,
}

impl Artists {
    pub fn came(&mut self, artist: Option<Artist>, id: TrackId) {
        if let Some(artist) = artist {
            self.tracks.entry(artist).or_default().insert(id);
        }
    }

    pub fn went(&mut self, artist: Option<Artist>, id: TrackId) {
        let Some(artist) = artist else { return };
        if let Some(tracks) = self.tracks.get_mut(&artist) {
            tracks.remove(&id);
            if tracks.is_empty() {
                self.tracks.remove(&artist);
            }
        }
    }

    /// All tracks of an artist.
    pub fn tracks(&self, artist: Artist) -> impl ExactSizeIterator<Item = TrackId> + '_ {
        static NONE: BTreeSet<TrackId> = BTreeSet::new();
        self.tracks.get(&artist).unwrap_or(&NONE).iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::tests::{style, track};

    #[test]
    fn the_tracks_of_an_artist_are_found_as_they_come_and_go() {
        let by = |id, artist| track(id, artist, "Title", style(0, 1));
        let tracks = [by(1, "Ann"), by(2, "ANN feat. Bob"), by(3, "Bob"), by(4, ""), by(5, "?")];
        let mut artists = Artists::default();
        for track in &tracks {
            artists.came(artist_of(track), track.id);
        }
        let ann = artist_of(&tracks[0]).unwrap();
        assert_eq!(artists.tracks(ann).collect::<Vec<_>>(), [TrackId(1), TrackId(2)]);
        assert_eq!((artist_of(&tracks[3]), artist_of(&tracks[4])), (None, None));
        artists.went(Some(ann), TrackId(1));
        artists.went(Some(ann), TrackId(9));
        assert_eq!(artists.tracks(ann).collect::<Vec<_>>(), [TrackId(2)]);
        artists.went(Some(ann), TrackId(2));
        assert_eq!((artists.tracks(ann).len(), artists.tracks.len()), (0, 1));
    }

    #[test]
    fn names_that_name_nobody_are_not_one_artist() {
        for name in ["Unknown Artist", "various artists", "VA", "<unknown>", "[Unknown]"] {
            assert_eq!(artist_of(&track(1, name, "Title", style(0, 1))), None, "{name}");
        }
        assert!(artist_of(&track(1, "The Unknown", "Title", style(0, 1))).is_some());
    }
}
