//! The history's page.

use std::sync::Arc;

use crate::store::records::TrackId;
use crate::tui::line_edit::LineEdit;
use crate::tui::list::List;
use crate::tui::search::Kinds;
use crate::tui::shelf::Log;

/// The history.
#[derive(Debug)]
pub struct HistoryPage {
    /// What is searched for.
    pub search: LineEdit,
    /// Which kinds of events.
    pub kinds: Kinds,
    /// Places in `log`, newest first.
    pub rows: Vec<u32>,
    /// What the rows are of.
    pub log: Arc<Log>,
    /// The place among them.
    pub list: List,
}

impl Default for HistoryPage {
    fn default() -> Self {
        Self {
            search: LineEdit::default(),
            kinds: Kinds::All,
            rows: Vec::new(),
            log: Arc::default(),
            list: List::default(),
        }
    }
}

impl HistoryPage {
    /// The track of the selected event.
    #[must_use]
    pub fn selected(&self) -> Option<TrackId> {
        let row = *self.rows.get(self.list.selected()?)?;
        self.log.events.get(row as usize).map(|event| event.track_id)
    }
}
