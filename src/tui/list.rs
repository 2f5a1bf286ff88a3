//! Which row of a list is selected, and which rows are shown. Nothing here depends on how long the list
//! is, so that a hundred thousand rows scroll as fast as ten.

use std::ops::Range;

/// The place in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct List {
    selected: usize,
    first: usize,
    height: usize,
    len: usize,
}

impl List {
    /// The selected row; [`None`] where there are no rows.
    #[must_use]
    pub fn selected(&self) -> Option<usize> {
        self.len.checked_sub(1).map(|last| self.selected.min(last))
    }

    /// Rows in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The list has so many rows now.
    pub fn resize(&mut self, len: usize) {
        self.len = len;
        self.selected = self.selected.min(len.saturating_sub(1));
    }

    /// Selects a row.
    pub fn select(&mut self, row: usize) {
        self.selected = row.min(self.len.saturating_sub(1));
    }

    /// Moves the selection, kept within the list.
    pub fn step(&mut self, by: isize) {
        self.select(self.selected.saturating_add_signed(by));
    }

    /// Rows shown last.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height.max(1)
    }

    /// The rows to show where there is room for `height`, the selected one among them and a row beside
    /// it where there is one.
    pub fn show(&mut self, height: usize) -> Range<usize> {
        self.height = height;
        let beside = usize::from(height >= 5);
        let lowest = (self.selected + beside + 1).min(self.len).saturating_sub(height);
        let highest = self.selected.saturating_sub(beside);
        self.first = self.first.clamp(lowest.min(highest), highest);
        self.first = self.first.min(self.len.saturating_sub(height));
        self.first..(self.first + height).min(self.len)
    }

    /// The row drawn `below` rows under the first one shown.
    #[must_use]
    pub fn row_at(&self, below: usize) -> Option<usize> {
        (below < self.height && self.first + below < self.len).then_some(self.first + below)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_selection_stops_at_both_ends() {
        let mut list = List::default();
        assert_eq!(list.selected(), None);
        assert_eq!(list.show(5), 0..0);
        list.resize(3);
        list.step(isize::MAX);
        assert_eq!(list.selected(), Some(2));
        list.step(isize::MIN);
        assert_eq!(list.selected(), Some(0));
        list.step(2);
        list.resize(2);
        assert_eq!(list.selected(), Some(1));
    }

    proptest! {
        #[test]
        fn the_selected_row_is_shown_and_no_row_is_wasted(
            len in 0usize..200,
            steps in prop::collection::vec(-60isize..60, 0..20),
            heights in prop::collection::vec(1usize..50, 20),
        ) {
            let mut list = List::default();
            list.resize(len);
            for (step, height) in steps.into_iter().zip(heights) {
                list.step(step);
                let shown = list.show(height);
                prop_assert_eq!(shown.len(), height.min(len));
                if let Some(selected) = list.selected() {
                    prop_assert!(shown.contains(&selected));
                }
            }
        }
    }
}
