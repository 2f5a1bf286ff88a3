//! One line of a file of plays.

use jiff::Timestamp;

/// What was done with a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// It was played.
    Play,
    /// It was left early.
    Skip,
    /// It was called a favourite.
    Like,
}

/// Something that was played elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// Who played it, where the file is of several people.
    pub by: Option<String>,
    /// As the other program writes it.
    pub artist: String,
    /// As the other program writes it.
    pub title: String,
    /// Empty where it is not told.
    pub album: String,
    /// When; of several plays the last.
    pub at: Option<Timestamp>,
    /// How many times, at least 1.
    pub times: u32,
    /// Seconds that were heard, where they are told.
    pub heard_s: Option<f64>,
    /// What was done.
    pub what: Reaction,
}

impl Played {
    /// A play of this song, of which nothing else is known.
    #[must_use]
    pub fn of(artist: &str, title: &str) -> Self {
        Self {
            by: None,
            artist: artist.trim().to_owned(),
            title: title.trim().to_owned(),
            album: String::new(),
            at: None,
            times: 1,
            heard_s: None,
            what: Reaction::Play,
        }
    }
}
