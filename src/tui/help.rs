//! The help: which of its rows fit what was typed.

use crossterm::event::{KeyCode, KeyEvent};

use super::commands::{DECLARATIONS, Declaration, Group};
use super::line_edit::{Edit, LineEdit};

/// The help.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Help {
    /// What is searched for.
    pub search: LineEdit,
    /// First row shown; the view keeps it in range.
    pub scroll: usize,
    /// Rows shown; kept by the view.
    pub height: usize,
}

impl Help {
    /// Takes a key; false where it closes the help.
    pub fn key(&mut self, key: &KeyEvent) -> bool {
        match self.search.key(key) {
            Edit::Changed => self.scroll = 0,
            Edit::Given | Edit::Done => return false,
            Edit::Other => {
                let page = self.height.saturating_sub(1).max(1);
                self.scroll = match key.code {
                    KeyCode::Down => self.scroll + 1,
                    KeyCode::Up => self.scroll.saturating_sub(1),
                    KeyCode::PageDown => self.scroll + page,
                    KeyCode::PageUp => self.scroll.saturating_sub(page),
                    KeyCode::Home => 0,
                    KeyCode::End => usize::MAX / 2,
                    _ => self.scroll,
                };
            }
        }
        true
    }

    /// The commands that fit, in their groups.
    pub fn found(&self) -> impl Iterator<Item = (Group, Vec<&'static Declaration>)> {
        let words: Vec<String> =
            self.search.text().split_whitespace().map(str::to_lowercase).collect();
        let fits = move |d: &Declaration| {
            let text = format!("{} {} {}", d.name, d.description, d.group.title());
            words.iter().all(|word| text.contains(word.as_str()))
        };
        Group::ALL.into_iter().filter_map(move |group| {
            let own = DECLARATIONS.iter().filter(|d| d.group == group && fits(d));
            let own: Vec<_> = own.collect();
            (!own.is_empty()).then_some((group, own))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_narrow_the_help_down() {
        let mut help = Help::default();
        let all: usize = help.found().map(|(_, own)| own.len()).sum();
        assert_eq!(all, DECLARATIONS.len());
        help.search.set("best 20");
        let found: Vec<_> = help.found().flat_map(|(_, own)| own).map(|d| d.name).collect();
        assert_eq!(found, ["play_highlight"]);
        help.search.set("nonsense");
        assert_eq!(help.found().count(), 0);
    }
}
