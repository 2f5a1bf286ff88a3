//! The rows the selection moves over: the track named last, and the feed under it.

use super::core::FeedItem;
use crate::store::records::TrackId;

/// The feed, and which row is selected.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    /// Best first.
    pub items: Vec<FeedItem>,
    /// What the feed was made for: its title, as the heading names it.
    pub seed: Option<(TrackId, String)>,
    /// First row shown; kept by the view.
    pub scroll: usize,
    /// Rows shown; kept by the view.
    pub height: usize,
    /// Is the row of the named track selected? Only counts where a track was named.
    on_named: bool,
    /// The selected row of the feed otherwise.
    row: usize,
}

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Selected<'a> {
    /// The track named last.
    Named,
    /// A row of the feed.
    Item(usize, &'a FeedItem),
}

impl Feed {
    /// Empty; the named track will be selected once there is one.
    pub fn new() -> Self {
        Self { on_named: true, height: 1, ..Self::default() }
    }

    /// What is selected; `named` tells whether there is a named track.
    pub fn selected(&self, named: bool) -> Option<Selected<'_>> {
        if named && (self.on_named || self.items.is_empty()) {
            return Some(Selected::Named);
        }
        let row = self.row.min(self.items.len().checked_sub(1)?);
        Some(Selected::Item(row, &self.items[row]))
    }

    /// Selects the named track.
    pub fn select_named(&mut self) {
        (self.on_named, self.row, self.scroll) = (true, 0, 0);
    }

    /// Moves the selection by `by` rows, kept within the list.
    pub fn step(&mut self, by: isize, named: bool) {
        let first = usize::from(named);
        let rows = first + self.items.len();
        let place = match self.selected(named) {
            Some(Selected::Named) => 0,
            Some(Selected::Item(row, _)) => first + row,
            None => return,
        };
        let place = place.saturating_add_signed(by).min(rows - 1);
        self.on_named = place < first;
        self.row = place.saturating_sub(first);
    }

    /// Takes a new feed. A selection that was moved stays on its track; where that has gone, or
    /// nothing was moved yet, on its row.
    pub fn replace(&mut self, items: Vec<FeedItem>, named: bool) {
        // With no track named, an untouched selection is on the feed for want of anything else.
        if !self.on_named
            && let Some(Selected::Item(row, item)) = self.selected(named)
        {
            let track_id = item.track_id;
            self.row = items.iter().position(|i| i.track_id == track_id).unwrap_or(row);
        }
        self.items = items;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(ids: &[u32]) -> Vec<FeedItem> {
        let item = |id: &u32| FeedItem {
            track_id: TrackId(*id),
            title: format!("title {id}"),
            artist: String::new(),
            score: 0.5,
            duration_s: 60.0,
            reasons: Vec::new(),
            mood: None,
        };
        ids.iter().map(item).collect()
    }

    fn selected(feed: &Feed, named: bool) -> Option<u32> {
        match feed.selected(named)? {
            Selected::Named => Some(0),
            Selected::Item(_, item) => Some(item.track_id.0),
        }
    }

    #[test]
    fn the_named_track_is_selected_first_and_is_the_top_row() {
        let mut feed = Feed::new();
        assert_eq!(selected(&feed, false), None);
        feed.replace(items(&[1, 2, 3]), false);
        assert_eq!(selected(&feed, false), Some(1));
        assert_eq!(selected(&feed, true), Some(0), "nothing was moved before the naming");
        feed.step(1, true);
        assert_eq!(selected(&feed, true), Some(1));
        feed.step(-1, true);
        assert_eq!(selected(&feed, true), Some(0));
    }

    #[test]
    fn the_selection_stops_at_both_ends() {
        let mut feed = Feed::new();
        feed.replace(items(&[1, 2, 3]), true);
        feed.step(isize::MAX, true);
        assert_eq!(selected(&feed, true), Some(3));
        feed.step(isize::MIN, true);
        assert_eq!(selected(&feed, true), Some(0));
        feed.step(isize::MIN, false);
        assert_eq!(selected(&feed, false), Some(1));
    }

    #[test]
    fn a_selection_that_nobody_moved_stays_on_top() {
        let mut feed = Feed::new();
        feed.replace(items(&[1, 2, 3]), false);
        feed.replace(items(&[3, 2, 1]), false);
        assert_eq!(selected(&feed, false), Some(3));
    }

    #[test]
    fn a_new_feed_keeps_the_selected_track_or_its_row() {
        let mut feed = Feed::new();
        feed.replace(items(&[1, 2, 3]), true);
        feed.step(2, true);
        assert_eq!(selected(&feed, true), Some(2));
        feed.replace(items(&[9, 3, 2]), true);
        assert_eq!(selected(&feed, true), Some(2), "the track moved to the third row");
        feed.replace(items(&[7, 8, 6]), true);
        assert_eq!(selected(&feed, true), Some(6), "the track has gone, the row stays");
        feed.replace(items(&[5]), true);
        assert_eq!(selected(&feed, true), Some(5));
        feed.replace(Vec::new(), true);
        assert_eq!(selected(&feed, true), Some(0));
    }
}
