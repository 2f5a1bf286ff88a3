//! The page of what plays or is heard.

use crate::store::records::TrackId;
use crate::tui::list::List;

/// What plays or is heard.
#[derive(Debug, Default)]
pub struct NowPage {
    /// What it is about.
    pub subject: Option<TrackId>,
    /// What sounds like it.
    pub near: Vec<(TrackId, f32)>,
    /// How loud it is over its length.
    pub overview: Option<Vec<u8>>,
    /// The subject is the first row, its neighbours the rest.
    pub list: List,
}

impl NowPage {
    /// The selected track.
    #[must_use]
    pub fn selected(&self) -> Option<TrackId> {
        match self.list.selected()? {
            0 => self.subject,
            row => self.near.get(row - 1).map(|(id, _)| *id),
        }
    }
}
