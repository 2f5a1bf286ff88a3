//! The JSON objects that commands print. Their names are a promise to scripts.

use serde::Serialize;

use crate::index::Candidate;
use crate::library::Catalogue;
use crate::store::records::{Event, EventKind, GenreShare, Mood, Track, TrackId, label, shown};

/// A track that was named.
#[derive(Debug, Clone, Serialize)]
pub struct MatchRow {
    pub track_id: TrackId,
    pub path: String,
    pub title: String,
    pub artist: String,
    pub album: String,
    pub offset_s: f64,
    pub confidence: f64,
}

impl MatchRow {
    pub fn new(track: &Track, offset_s: f64, confidence: f64) -> Self {
        Self {
            track_id: track.id,
            path: shown(&track.path),
            title: track.title.clone(),
            artist: track.artist.clone(),
            album: track.album.clone(),
            offset_s: thousandths(offset_s),
            confidence: thousandths(confidence),
        }
    }

    pub fn of(candidate: &Candidate, catalogue: &Catalogue) -> Option<Self> {
        let track = catalogue.track(TrackId(candidate.key))?;
        Some(Self::new(track, candidate.offset_s, candidate.verdict.confidence))
    }

    pub fn label(&self) -> String {
        label(&self.artist, &self.title)
    }
}

/// A candidate: what [`MatchRow`] says, and the score it came from.
#[derive(Debug, Clone, Serialize)]
pub struct CandidateRow {
    #[serde(flatten)]
    pub track: MatchRow,
    pub score: f64,
    /// The score a little before and after: a place that does not stand out says little.
    pub beside: f64,
}

/// A track of the library; its vectors stay inside.
#[derive(Debug, Clone, Serialize)]
pub struct TrackRow {
    pub track_id: TrackId,
    pub path: String,
    pub title: String,
    pub artist: String,
    pub album: String,
    pub genre: String,
    /// What the network takes it for, likeliest first.
    pub sounds_like: Vec<GenreShare>,
    pub mood: Option<Mood>,
    pub duration_s: f64,
    pub windows: u32,
    pub damage: Option<String>,
    pub added_at: jiff::Timestamp,
}

impl From<&Track> for TrackRow {
    fn from(track: &Track) -> Self {
        Self {
            track_id: track.id,
            path: shown(&track.path),
            title: track.title.clone(),
            artist: track.artist.clone(),
            album: track.album.clone(),
            genre: track.genre.clone(),
            sounds_like: track.sounds_like.clone(),
            mood: track.mood,
            duration_s: thousandths(track.duration_s),
            windows: track.windows,
            damage: track.damage.clone(),
            added_at: track.added_at,
        }
    }
}

/// An event of the log.
#[derive(Debug, Clone, Serialize)]
pub struct EventRow {
    pub seq: u64,
    pub at: jiff::Timestamp,
    pub track_id: TrackId,
    pub title: String,
    pub artist: String,
    #[serde(flatten)]
    pub what: EventKind,
}

impl From<&Event> for EventRow {
    fn from(event: &Event) -> Self {
        Self {
            seq: event.seq,
            at: event.at,
            track_id: event.track_id,
            title: event.title.clone(),
            artist: event.artist.clone(),
            what: event.what.clone(),
        }
    }
}

impl EventRow {
    /// One line for people.
    pub fn line(&self) -> String {
        let what = match &self.what {
            EventKind::Heard { position_s, confidence, .. } => {
                format!(
                    "heard at {} ({:.0} %)",
                    super::output::clock(*position_s),
                    confidence * 100.0
                )
            }
            EventKind::Like => "liked".to_owned(),
            EventKind::Unlike => "like taken back".to_owned(),
            EventKind::Skip { share: Some(share) } => {
                format!("skipped after {:.0} %", share * 100.0)
            }
            EventKind::Skip { share: None } => "skipped".to_owned(),
            EventKind::Play { share } => format!("played {:.0} %", share * 100.0),
            EventKind::Rate { stars } => format!("{stars} of 5 stars"),
            EventKind::Save => "saved".to_owned(),
            EventKind::Unsave => "no longer saved".to_owned(),
            EventKind::Ban => "banned".to_owned(),
            EventKind::Unban => "no longer banned".to_owned(),
        };
        let at = self.at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S");
        format!("{at}  {what:<22} {}", label(&self.artist, &self.title))
    }
}

/// Three decimals are all that is meant.
pub fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
