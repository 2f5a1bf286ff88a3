//! The style space as points: by two directions at once ([`Chart`], PCA), then so that near ones lie together
//! ([`near`], UMAP).

mod chart;
mod layout;
mod umap;

pub use chart::{Chart, Kind, Point, STYLES, neighbours, style_name};
pub use layout::{BY_NEARNESS, PLACES, near};

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::store::records::{FileStamp, Track, TrackId};

    /// A track with a style.
    pub fn track(id: u32, style: Vec<f32>) -> Track {
        Track {
            id: TrackId(id),
            path: format!("/music/{id}.flac").into(),
            stamp: FileStamp { size: 1, modified_ns: 1 },
            content: [0; 32],
            title: format!("Title {id}"),
            artist: "Artist".into(),
            album: String::new(),
            genre: String::new(),
            sounds_like: Vec::new(),
            mood: None,
            features: None,
            highlight_s: None,
            duration_s: 60.0,
            windows: 1,
            style,
            model: String::new(),
            damage: None,
            recording: None,
            added_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Fourteen of them without a style.
    pub fn library() -> Vec<Track> {
        (1..15).map(|id| track(id, Vec::new())).collect()
    }
}
