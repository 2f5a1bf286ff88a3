//! The JSON objects that commands print. Their names are a promise to scripts.

use serde::Serialize;

use crate::index::Candidate;
use crate::library::Catalogue;
use crate::store::records::{
    Event, EventKind, Features, GenreShare, Mood, Track, TrackId, label, shown,
};

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
    /// Which index named it.
    pub index: IndexName,
}

/// An index that names tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexName {
    /// This machine's own.
    Local,
    /// A server's.
    Server,
}

impl IndexName {
    /// Whose a track of this catalogue is.
    pub fn of(track: TrackId, catalogue: &Catalogue) -> Self {
        let here = track.is_beside() || !catalogue.is_elsewhere();
        if here { Self::Local } else { Self::Server }
    }
}

impl MatchRow {
    pub fn new(track: &Track, offset_s: f64, confidence: f64, index: IndexName) -> Self {
        Self {
            index,
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
        let index = IndexName::of(track.id, catalogue);
        Some(Self::new(&track, candidate.offset_s, candidate.verdict.confidence, index))
    }

    pub fn label(&self) -> String {
        label(&self.artist, &self.title)
    }

    /// Said of a track of this machine's own library where a server's is asked too.
    pub fn whose(&self) -> &'static str {
        if self.track_id.is_beside() { ", of this machine" } else { "" }
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
    /// What was measured; null in a track of an earlier version, tempo and key also where there is none.
    pub tempo_bpm: Option<f64>,
    pub key: Option<String>,
    pub loudness_lufs: Option<f64>,
    pub centroid_hz: Option<f64>,
    pub onset_rate: Option<f64>,
    /// Where its most engaging 20 seconds start.
    pub highlight_s: Option<f64>,
    pub duration_s: f64,
    pub windows: u32,
    pub damage: Option<String>,
    pub added_at: jiff::Timestamp,
}

impl From<&Track> for TrackRow {
    fn from(track: &Track) -> Self {
        let features = track.features.as_ref();
        let measured = |value: fn(&Features) -> f32| features.map(|f| rounded(value(f)));
        Self {
            track_id: track.id,
            path: shown(&track.path),
            title: track.title.clone(),
            artist: track.artist.clone(),
            album: track.album.clone(),
            genre: track.genre.clone(),
            sounds_like: track.sounds_like.clone(),
            mood: track.mood,
            tempo_bpm: features.and_then(|f| f.tempo_bpm).map(rounded),
            key: features.and_then(|f| f.key).map(|key| key.to_string()),
            loudness_lufs: measured(|f| f.loudness_lufs),
            centroid_hz: measured(|f| f.centroid_hz),
            onset_rate: measured(|f| f.onset_rate),
            highlight_s: track.highlight_s.map(rounded),
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
    /// Null while it waits for its server to be back.
    pub seq: Option<u64>,
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
            seq: (!event.is_waiting()).then_some(event.seq),
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

/// Two decimals, of a measurement that is kept in single precision.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}

/// Three decimals are all that is meant.
pub fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
