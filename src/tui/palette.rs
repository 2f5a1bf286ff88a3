//! The palette: commands found by a few letters of their name or of what they do, some with a word after
//! them.

use crossterm::event::{KeyCode, KeyEvent};

use super::commands::DECLARATIONS;
use super::keys::KeyMap;
use super::line_edit::{Edit, LineEdit};
use super::list::List;
use super::page::Place;
use super::search::{Order, matching};
use super::symbols::Symbols;
use super::theme::Theme;
use crate::picture::Colormap;

/// A command that takes a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Another theme, until the screen is closed.
    Theme,
    /// Other colours of the spectrogram.
    Spectrum,
    /// How the spectrogram's rows are spaced.
    Scale,
    /// What the library is sorted by.
    Sort,
    /// Search the library.
    Find,
    /// To a place in what plays.
    Goto,
    /// A mood that the feed keeps to.
    Mood,
    /// Index a folder.
    Index,
    /// Stars for the selected track.
    Rate,
    /// Write the history to a file.
    Export,
    /// Use the mouse or leave it to the terminal.
    Mouse,
}

/// All verbs: name, what stands for the word, description.
pub const VERBS: [(Verb, &str, &str, &str); 11] = [
    (Verb::Theme, "theme", "NAME", "another theme, until you leave"),
    (Verb::Spectrum, "spectrum", "NAME", "other colours of the spectrogram"),
    (Verb::Scale, "scale", "log|mel", "how the rows of the spectrogram are spaced"),
    (Verb::Sort, "sort", "COLUMN", "sort the library"),
    (Verb::Find, "find", "TEXT", "search the library"),
    (Verb::Goto, "goto", "M:SS", "to a place in what plays"),
    (Verb::Mood, "mood", "NAME", "the feed keeps to a mood: calm, or 0.4,-0.6; any"),
    (Verb::Index, "index", "FOLDER", "add a folder of music, while the screen goes on"),
    (Verb::Rate, "rate", "1-5", "stars for the selected track"),
    (Verb::Export, "export", "FILE", "write the history shown to FILE.csv or FILE.json"),
    (Verb::Mouse, "mouse", "on|off", "click tabs and rows, scroll with the wheel"),
];

/// A row of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is run, or completed where a word is still wanted.
    pub line: String,
    /// What stands for the word that is wanted.
    pub wants: Option<&'static str>,
    /// What it does.
    pub description: &'static str,
    /// The key that does the same.
    pub key: String,
}

/// The palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// What was typed.
    pub edit: LineEdit,
    /// What fits, the best first.
    pub entries: Vec<Entry>,
    /// The place among them.
    pub list: List,
    all: Vec<Entry>,
}

/// What a key did to the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It stays open.
    Open,
    /// It closes.
    Closed,
    /// It closes, and this is to be done.
    Run(String),
}

impl Palette {
    /// Every command that can be given at `place`.
    #[must_use]
    pub fn new(keys: &KeyMap, symbols: &Symbols, place: Place) -> Self {
        let commands = DECLARATIONS.iter().filter(|d| d.places.has(place)).map(|d| Entry {
            line: d.name.to_owned(),
            wants: None,
            description: d.description,
            key: keys.shown_at(d.command, place, symbols),
        });
        let verbs = VERBS.iter().map(|(_, name, word, description)| Entry {
            line: (*name).to_owned(),
            wants: Some(word),
            description,
            key: String::new(),
        });
        // A verb of the same name says more than the command.
        let all: Vec<Entry> = verbs
            .chain(commands.filter(|c| VERBS.iter().all(|(_, name, ..)| *name != c.line)))
            .collect();
        let mut palette =
            Self { edit: LineEdit::default(), entries: Vec::new(), list: List::default(), all };
        palette.find();
        palette
    }

    /// Takes a key.
    pub fn key(&mut self, key: &KeyEvent) -> Outcome {
        match self.edit.key(key) {
            Edit::Changed => self.find(),
            Edit::Given => return Outcome::Closed,
            Edit::Done => return self.enter(),
            Edit::Other => match key.code {
                KeyCode::Down => self.list.step(1),
                KeyCode::Up => self.list.step(-1),
                KeyCode::PageDown => self.list.step(8),
                KeyCode::PageUp => self.list.step(-8),
                KeyCode::Tab => self.complete(),
                _ => {}
            },
        }
        Outcome::Open
    }

    /// Adds pasted text.
    pub fn paste(&mut self, text: &str) {
        self.edit.paste(text);
        self.find();
    }

    fn selected(&self) -> Option<&Entry> {
        self.entries.get(self.list.selected()?)
    }

    fn complete(&mut self) {
        let Some(entry) = self.selected() else { return };
        let space = if entry.wants.is_some() { " " } else { "" };
        let line = format!("{}{space}", entry.line);
        self.edit.set(line);
        self.find();
    }

    fn enter(&mut self) -> Outcome {
        let typed = self.edit.text().trim();
        let chosen = self.selected();
        match chosen {
            Some(entry) if entry.wants.is_none() => Outcome::Run(entry.line.clone()),
            Some(_) if !typed.contains(' ') => {
                self.complete();
                Outcome::Open
            }
            // Free text after a verb is run as it is.
            _ => Outcome::Run(typed.to_owned()),
        }
    }

    fn find(&mut self) {
        let typed = self.edit.text().trim_start().to_owned();
        self.entries = match typed.split_once(' ').and_then(|(verb, word)| {
            let verb = VERBS.iter().find(|(_, name, ..)| *name == verb)?;
            Some((verb, word.trim()))
        }) {
            Some((verb, word)) => words(verb, word),
            None if typed.is_empty() => self.all.clone(),
            None => {
                let text = |e: &Entry, out: &mut String| {
                    out.extend([e.line.as_str(), " ", e.description]);
                };
                let mut rows = matching(self.all.iter(), &typed, text);
                // Names count for more than descriptions.
                rows.sort_by_key(|r| !self.all[*r as usize].line.starts_with(&typed));
                rows.into_iter().map(|row| self.all[row as usize].clone()).collect()
            }
        };
        self.list.resize(self.entries.len());
        self.list.select(0);
    }
}

/// What may stand after a verb; none where that is free text.
fn words(verb: &(Verb, &'static str, &'static str, &'static str), word: &str) -> Vec<Entry> {
    let names: Vec<&str> = match verb.0 {
        Verb::Theme => std::iter::once("auto").chain(Theme::names()).collect(),
        Verb::Spectrum => {
            std::iter::once("theme").chain(Colormap::ALL.map(|(name, _)| name)).collect()
        }
        Verb::Scale => vec!["log", "mel"],
        Verb::Sort => Order::ALL.map(Order::name).to_vec(),
        Verb::Rate => vec!["1", "2", "3", "4", "5"],
        Verb::Mouse => vec!["on", "off"],
        Verb::Find | Verb::Goto | Verb::Export | Verb::Mood | Verb::Index => Vec::new(),
    };
    let entry = |name: &str| Entry {
        line: format!("{} {name}", verb.1),
        wants: None,
        description: verb.3,
        key: String::new(),
    };
    if word.is_empty() {
        return names.into_iter().map(entry).collect();
    }
    let rows = matching(names.iter(), word, |name, out| out.push_str(name));
    rows.into_iter().map(|row| entry(names[row as usize])).collect()
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyModifiers;

    use super::super::page::Page;
    use super::super::symbols::UNICODE;
    use super::*;

    fn typed(text: &str) -> Palette {
        let keys = KeyMap::load(None).unwrap();
        let mut palette = Palette::new(&keys, &UNICODE, Place::On(Page::Library));
        palette.paste(text);
        palette
    }

    fn enter(palette: &mut Palette) -> Outcome {
        palette.key(&KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE))
    }

    #[test]
    fn a_few_letters_are_enough() {
        assert_eq!(typed("hist").entries[0].line, "history");
        assert_eq!(typed("microphone").entries[0].line, "switch_input");
        assert_eq!(typed("switch_input").entries[0].key, "i");
        assert_eq!(enter(&mut typed("qui")), Outcome::Run("quit".into()));
        assert!(typed("zoom_in").entries.is_empty(), "not on this page");
    }

    #[test]
    fn a_word_is_asked_for_and_found() {
        let mut palette = typed("the");
        assert_eq!(enter(&mut palette), Outcome::Open);
        assert_eq!(palette.edit.text(), "theme ");
        palette.paste("li");
        assert_eq!(enter(&mut palette), Outcome::Run("theme light".into()));
        assert_eq!(enter(&mut typed("goto 1:30")), Outcome::Run("goto 1:30".into()));
        assert_eq!(enter(&mut typed("find eno")), Outcome::Run("find eno".into()));
    }

    #[test]
    fn escape_closes() {
        let mut palette = typed("x");
        let esc = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        assert_eq!(palette.key(&esc), Outcome::Closed);
    }
}
