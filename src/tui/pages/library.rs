//! The library's page: tracks, folders, failures.

use std::sync::Arc;

use crate::store::records::{Failure, TrackId};
use crate::tui::line_edit::LineEdit;
use crate::tui::list::List;
use crate::tui::search::Order;
use crate::tui::shelf::Shelf;
use crate::tui::think::Folder;

/// Which part of the library is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Tracks.
    Tracks,
    /// Folders with tracks in them.
    Folders,
    /// Files that could not be enrolled.
    Failures,
}

impl Part {
    /// In the order of the key that goes through them.
    pub const ALL: [Self; 3] = [Self::Tracks, Self::Folders, Self::Failures];

    /// In the heading.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tracks => "tracks",
            Self::Folders => "folders",
            Self::Failures => "failures",
        }
    }

    /// The next in [`Part::ALL`], round the end.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }
}

/// The library.
#[derive(Debug)]
pub struct LibraryPage {
    /// Which part is shown.
    pub part: Part,
    /// What is searched for.
    pub search: LineEdit,
    /// By what it is sorted.
    pub order: Order,
    /// The other way round.
    pub reversed: bool,
    /// Places in `shelf`.
    pub rows: Vec<u32>,
    /// What the rows are of.
    pub shelf: Arc<Shelf>,
    /// The place among the tracks.
    pub list: List,
    /// By path.
    pub folders: Vec<Folder>,
    /// The place among the folders.
    pub folder_list: List,
    /// By path.
    pub failures: Vec<Failure>,
    /// The place among the failures.
    pub failure_list: List,
}

impl Default for LibraryPage {
    fn default() -> Self {
        Self {
            part: Part::Tracks,
            search: LineEdit::default(),
            order: Order::Artist,
            reversed: false,
            rows: Vec::new(),
            shelf: Arc::default(),
            list: List::default(),
            folders: Vec::new(),
            folder_list: List::default(),
            failures: Vec::new(),
            failure_list: List::default(),
        }
    }
}

impl LibraryPage {
    /// The place in the part shown.
    pub fn list(&mut self) -> &mut List {
        match self.part {
            Part::Tracks => &mut self.list,
            Part::Folders => &mut self.folder_list,
            Part::Failures => &mut self.failure_list,
        }
    }

    /// The selected track.
    #[must_use]
    pub fn selected(&self) -> Option<TrackId> {
        let row = *self.rows.get(self.list.selected()?)?;
        (self.part == Part::Tracks).then(|| self.shelf.tracks().get(row as usize).map(|t| t.id))?
    }
}
