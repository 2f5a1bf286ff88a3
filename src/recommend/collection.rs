//! The library as recommending sees it: tracks in order of their numbers, and their styles in one flat
//! matrix, so that looking at all of them is one walk through memory.

use std::sync::OnceLock;

use super::artists::{self, Artist, Artists};
use super::graph::{self, Graph};
use super::rules::is_same_recording;
use super::traits;
use crate::dot::dot;
use crate::store::records::{Mood, Track, TrackId};
use crate::taste::mood;
use crate::taste::vector::unit_or_zero;

/// Tracks with their styles side by side. Made once, kept up as tracks come and go.
#[derive(Debug, Default)]
pub struct Collection {
    tracks: Vec<Track>,
    /// Their numbers, for looking up.
    ids: Vec<TrackId>,
    /// Values of a style.
    dim: usize,
    /// A row for each track: its style with length 1, or zeros where it has no direction.
    styles: Vec<f32>,
    /// What was measured of each.
    traits: Vec<[f32; traits::WIDTH]>,
    moods: Vec<Option<Mood>>,
    /// When each was enrolled, seconds since 1970.
    added: Vec<i64>,
    /// Who each is by, where that is known.
    artist_of: Vec<Option<Artist>>,
    artists: Artists,
    graph: OnceLock<Graph>,
}

impl Collection {
    /// The collection of these tracks, in whatever order they come; of two with one number the later.
    #[must_use]
    pub fn new(tracks: impl IntoIterator<Item = Track>) -> Self {
        let mut tracks: Vec<Track> = tracks.into_iter().collect();
        // Stable, so that of equal numbers the last stays last.
        tracks.sort_by_key(|track| track.id);
        tracks.reverse();
        tracks.dedup_by_key(|track| track.id);
        tracks.reverse();
        let dim = tracks.iter().map(|track| track.style.len()).max().unwrap_or(0);
        let styles = tracks.iter().flat_map(|track| unit_or_zero(&track.style, dim)).collect();
        let traits = tracks.iter().map(|track| traits::of(track.features.as_ref())).collect();
        let moods = tracks.iter().map(mood::of_track).collect();
        let added = tracks.iter().map(|track| track.added_at.as_second()).collect();
        let ids: Vec<TrackId> = tracks.iter().map(|track| track.id).collect();
        let artist_of: Vec<Option<Artist>> = tracks.iter().map(artists::artist_of).collect();
        let mut artists = Artists::default();
        ids.iter().zip(&artist_of).for_each(|(id, artist)| artists.came(*artist, *id));
        let graph = OnceLock::new();
        Self { tracks, ids, dim, styles, traits, moods, added, artist_of, artists, graph }
    }

    /// Takes a track in, in the place of one with its number. It can be offered at once.
    pub fn insert(&mut self, track: Track) {
        if track.style.len() > self.dim {
            // Only the first tracks of a library, or all of them after a change of the network.
            let tracks = std::mem::take(&mut self.tracks);
            *self = Self::new(tracks.into_iter().chain([track]));
            return;
        }
        let (id, mood, added) = (track.id, mood::of_track(&track), track.added_at.as_second());
        let style = unit_or_zero(&track.style, self.dim);
        let measured = traits::of(track.features.as_ref());
        let artist = artists::artist_of(&track);
        match self.place(id) {
            Ok(row) => {
                self.artists.went(self.artist_of[row], id);
                self.artist_of[row] = artist;
                self.styles[row * self.dim..][..self.dim].copy_from_slice(&style);
                self.traits[row] = measured;
                self.moods[row] = mood;
                self.added[row] = added;
                self.tracks[row] = track;
            }
            Err(row) => {
                let at = row * self.dim;
                self.styles.splice(at..at, style);
                self.ids.insert(row, id);
                self.artist_of.insert(row, artist);
                self.traits.insert(row, measured);
                self.moods.insert(row, mood);
                self.added.insert(row, added);
                self.tracks.insert(row, track);
            }
        }
        self.artists.came(artist, id);
        if let Some(graph) = self.graph.get_mut() {
            graph.came(id);
        }
    }

    /// Takes a track out.
    pub fn remove(&mut self, id: TrackId) -> Option<Track> {
        let row = self.place(id).ok()?;
        self.styles.drain(row * self.dim..(row + 1) * self.dim);
        self.ids.remove(row);
        self.traits.remove(row);
        self.moods.remove(row);
        self.added.remove(row);
        self.artists.went(self.artist_of.remove(row), id);
        if let Some(graph) = self.graph.get_mut() {
            graph.went(id);
        }
        Some(self.tracks.remove(row))
    }

    /// The track with this number.
    #[must_use]
    pub fn get(&self, id: TrackId) -> Option<&Track> {
        Some(&self.tracks[self.row(id)?])
    }

    /// All tracks, in order of their numbers.
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// Number of tracks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// No track at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// The track that sounds most like a style.
    #[must_use]
    pub fn nearest(&self, style: &[f32]) -> Option<TrackId> {
        let style = unit_or_zero(style, self.dim);
        let cosine = |row: &usize| dot(&style, self.style(*row));
        let rows = 0..self.len();
        rows.max_by(|a, b| cosine(a).total_cmp(&cosine(b)).then(b.cmp(a))).map(|row| self.ids[row])
    }

    /// The track that is the same recording as one of this style and length, where there is one; of several
    /// the likest.
    #[must_use]
    pub fn same_recording(&self, style: &[f32], duration_s: f64) -> Option<TrackId> {
        let row = self.row(self.nearest(style)?)?;
        let style = unit_or_zero(style, self.dim);
        let track = &self.tracks[row];
        is_same_recording((&style, duration_s), (self.style(row), track.duration_s))
            .then_some(track.id)
    }

    /// Whether a graph of neighbours would serve and is not there: of a large collection.
    #[must_use]
    pub fn wants_graph(&self) -> bool {
        self.len() >= graph::FROM && self.graph.get().is_none()
    }

    /// Makes the graph of neighbours, unless there is one. That takes minutes for some hundred thousand
    /// tracks: it is for who asks again and again, and not on the thread that draws. Whoever asks meanwhile
    /// looks at every track.
    pub fn build_graph(&self) {
        if self.graph.get().is_some() {
            return;
        }
        let styles = self.ids.iter().copied().zip(self.styles.chunks_exact(self.dim.max(1)));
        if let Some(graph) = Graph::build(styles) {
            // Where another thread was faster, its graph is as good.
            let _ = self.graph.set(graph);
        }
    }

    /// Takes the graph over from an older collection of the same library, unless too much has changed; what
    /// came, went or changed since is looked at beside it.
    pub fn inherit_graph(&self, older: &Self) {
        let Some(mut graph) = older.graph.get().cloned().filter(|_| older.dim == self.dim) else {
            return;
        };
        for id in &older.ids {
            if self.row(*id).is_none() {
                graph.went(*id);
            }
        }
        for (row, id) in self.ids.iter().enumerate() {
            if older.row(*id).is_none_or(|old| older.style(old) != self.style(row)) {
                graph.came(*id);
            }
        }
        if graph.outside().len() <= self.len() / graph::OUTSIDE {
            let _ = self.graph.set(graph);
        }
    }

    /// Values of a style.
    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    pub(super) fn graph(&self) -> Option<&Graph> {
        self.graph.get()
    }

    pub(super) fn row(&self, id: TrackId) -> Option<usize> {
        self.place(id).ok()
    }

    pub(super) fn id(&self, row: usize) -> TrackId {
        self.ids[row]
    }

    pub(super) fn track(&self, row: usize) -> &Track {
        &self.tracks[row]
    }

    /// The style of a row, of length 1 or zeros.
    pub(super) fn style(&self, row: usize) -> &[f32] {
        &self.styles[row * self.dim..][..self.dim]
    }

    /// What was measured of a row.
    pub(super) fn traits(&self, row: usize) -> &[f32; traits::WIDTH] {
        &self.traits[row]
    }

    /// Who a row is by, where that is known.
    pub(super) fn artist(&self, row: usize) -> Option<Artist> {
        self.artist_of[row]
    }

    /// Whether there are other tracks of a row's artist.
    pub(super) fn has_others_of_artist(&self, row: usize) -> bool {
        self.artist(row).is_some_and(|artist| self.artists.tracks(artist).len() > 1)
    }

    /// All tracks of an artist.
    pub(super) fn tracks_of(&self, artist: Artist) -> impl Iterator<Item = TrackId> + '_ {
        self.artists.tracks(artist)
    }

    /// Whether anything was measured of a row.
    pub(super) fn is_measured(&self, row: usize) -> bool {
        self.tracks[row].features.is_some()
    }

    /// The mood of a row, by the network and by measurements.
    pub(super) fn mood(&self, row: usize) -> Option<Mood> {
        self.moods[row]
    }

    /// When a row was enrolled, seconds since 1970.
    pub(super) fn added_s(&self, row: usize) -> i64 {
        self.added[row]
    }

    /// The mood of a track, by the network and by measurements.
    #[must_use]
    pub fn mood_of(&self, id: TrackId) -> Option<Mood> {
        self.moods[self.row(id)?]
    }

    /// Where the track is, or where it would come.
    fn place(&self, id: TrackId) -> Result<usize, usize> {
        self.ids.binary_search(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::tests::{DIM, library, style, track};
    use crate::store::records::Features;

    fn assert_same(a: &Collection, b: &Collection) {
        assert_eq!(a.tracks, b.tracks);
        assert_eq!((&a.styles, &a.moods, a.dim), (&b.styles, &b.moods, b.dim));
        assert_eq!(a.traits, b.traits);
        assert_eq!((&a.added, &a.ids), (&b.added, &b.ids));
        assert_eq!((&a.artist_of, &a.artists), (&b.artist_of, &b.artists));
    }

    #[test]
    fn kept_up_it_is_as_if_made_anew() {
        let mut tracks = library();
        for (track, loudness_lufs) in tracks.iter_mut().zip([-9.0, -20.0]) {
            track.features = Some(Features { loudness_lufs, ..Features::plain() });
        }
        let mut kept = Collection::default();
        let mut random = fastrand::Rng::with_seed(4);
        let mut order: Vec<usize> = (0..tracks.len()).collect();
        random.shuffle(&mut order);
        for place in &order {
            kept.insert(tracks[*place].clone());
        }
        assert_same(&kept, &Collection::new(tracks.clone()));
        for id in [7, 1, 40] {
            assert_eq!(kept.remove(TrackId(id)).unwrap().id, TrackId(id));
        }
        assert!(kept.remove(TrackId(7)).is_none());
        let again = track(12, "Other", "Title", style(3, 999));
        kept.insert(again.clone());
        let mut left = tracks;
        left.retain(|track| ![7, 1, 40, 12].contains(&track.id.0));
        assert_same(&kept, &Collection::new(left.into_iter().chain([again])));
        assert_eq!(kept.get(TrackId(12)).unwrap().artist, "Other");
        assert_eq!(kept.get(TrackId(7)), None);
    }

    #[test]
    fn of_two_with_one_number_the_later_stays() {
        let twice = [track(1, "A", "old", style(0, 1)), track(1, "A", "new", style(0, 2))];
        let collection = Collection::new(twice);
        assert_eq!((collection.len(), collection.tracks()[0].title.as_str()), (1, "new"));
    }

    #[test]
    fn styles_without_direction_are_zeros() {
        let broken = [vec![f32::NAN; DIM], vec![1.0; DIM], Vec::new()];
        let tracks = broken.into_iter().zip(1..).map(|(style, id)| track(id, "", "", style));
        let collection = Collection::new(tracks);
        assert_eq!(collection.style(0), [0.0; DIM]);
        assert!(collection.style(1)[0] > 0.0);
        assert_eq!(collection.style(2), [0.0; DIM]);
        assert!(Collection::new([]).is_empty());
    }
}
