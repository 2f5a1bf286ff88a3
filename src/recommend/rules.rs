//! What may not stand together in one list: a second copy or version of the same piece, too much of one
//! artist.

use std::collections::HashSet;

use super::score::Scorer;
use super::song::{Song, bare_artist, song};
use crate::dot::dot;
use crate::store::records::{Track, TrackId};

/// Style vectors at least this close, of tracks whose lengths differ no more than that, are one
/// recording twice, where fingerprints did not tell: copies as MP3 of 64 and 128 kbit/s, with ends cut or silence
/// before have 0.978 and more (31 tracks), Opus of 32 kbit/s 0.49 to 0.99; other recordings 0.962 at most (383
/// tracks).
const SAME_STYLE: f32 = 0.97;
const SAME_LENGTH: f64 = 0.6;
/// One artist may not fill this many places in a row.
const IN_A_ROW: usize = 3;
/// Places in a row for which the settings tell how many may be one artist's.
const TEN: usize = 10;
const TWENTY: usize = 20;

/// A track as the rules look at it.
pub struct Piece<'a> {
    track: &'a Track,
    /// Unit length, or zeros.
    style: &'a [f32],
    /// Made out when it is first looked at.
    names: Option<Names>,
}

#[derive(Clone)]
struct Names {
    artist: String,
    song: Option<Song>,
}

impl<'a> Piece<'a> {
    pub fn new(track: &'a Track, style: &'a [f32]) -> Self {
        Self { track, style, names: None }
    }

    fn names(&mut self) -> &Names {
        let track = self.track;
        self.names
            .get_or_insert_with(|| Names { artist: bare_artist(&track.artist), song: song(track) })
    }
}

/// What the rules say of a track at this place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may come here.
    Fits,
    /// Not here, but perhaps later.
    NotNow,
    /// Nowhere in this list.
    Never,
}

/// The list so far, and what its rules leave out.
pub struct Rules<'a> {
    /// Most of one artist in so many places in a row: (places, most).
    windows: [(usize, usize); 3],
    taken: Vec<Piece<'a>>,
    ids: HashSet<TrackId>,
    songs: HashSet<Song>,
    /// Artists of the places so far.
    artists: Vec<String>,
}

impl<'a> Rules<'a> {
    /// Rules for what is asked: a list that goes on from what was listed before, and repeats neither that
    /// nor what is excluded.
    pub fn of(scorer: &Scorer<'a>) -> Self {
        let request = scorer.request;
        let settings = request.settings;
        // Who lets one artist fill ten places does not mind three of them in a row.
        let in_a_row = if settings.per_artist_in_ten < TEN { IN_A_ROW - 1 } else { IN_A_ROW };
        let mut rules = Self {
            windows: [
                (IN_A_ROW, in_a_row),
                (TEN, settings.per_artist_in_ten),
                (TWENTY, settings.per_artist),
            ],
            taken: Vec::new(),
            ids: HashSet::new(),
            songs: HashSet::new(),
            artists: Vec::new(),
        };
        let piece = |id: TrackId| {
            let row = request.library.row(id)?;
            Some(Piece::new(request.library.track(row), request.library.style(row)))
        };
        request.excluded().filter_map(piece).for_each(|piece| rules.leave_out(piece));
        request.before.iter().copied().filter_map(piece).for_each(|piece| rules.take(piece));
        rules
    }

    /// Whether a track may come next.
    pub fn judge(&self, piece: &mut Piece<'_>) -> Verdict {
        if self.ids.contains(&piece.track.id) {
            return Verdict::Never;
        }
        let Names { artist, song } = piece.names();
        if song.as_ref().is_some_and(|song| self.songs.contains(song)) {
            return Verdict::Never;
        }
        let full = !artist.is_empty()
            && self.windows.iter().any(|(places, most)| {
                let last = self.artists.iter().rev().take(places - 1);
                last.filter(|of| *of == artist).count() >= *most
            });
        if full {
            return Verdict::NotNow;
        }
        let again = self.taken.iter().any(|taken| same_recording(taken, piece));
        if again { Verdict::Never } else { Verdict::Fits }
    }

    /// Puts a track at the end of the list.
    pub fn take(&mut self, mut piece: Piece<'a>) {
        self.artists.push(piece.names().artist.clone());
        self.leave_out(piece);
    }

    fn leave_out(&mut self, mut piece: Piece<'a>) {
        self.ids.insert(piece.track.id);
        self.songs.extend(piece.names().song.clone());
        self.taken.push(piece);
    }
}

fn same_recording(a: &Piece<'_>, b: &Piece<'_>) -> bool {
    a.track.content == b.track.content
        || (a.track.recording.is_some() && a.track.recording == b.track.recording)
        || is_same_recording((a.style, a.track.duration_s), (b.style, b.track.duration_s))
}

/// Whether two pieces, each by its style (unit length) and its length in seconds, are one recording.
pub fn is_same_recording(a: (&[f32], f64), b: (&[f32], f64)) -> bool {
    a.1.min(b.1) >= SAME_LENGTH * a.1.max(b.1) && dot(a.0, b.0) > SAME_STYLE
}
