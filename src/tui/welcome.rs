//! The first run: whether the folder of music that was found is to be indexed.

use std::path::PathBuf;
use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::App;
use super::core::{Found, Request};
use super::line_edit::{Edit, LineEdit};

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// The folder that was found.
    pub found: Option<Found>,
    /// Another folder, while it is typed.
    pub typed: Option<LineEdit>,
}

/// An answer.
enum Answer {
    Index(PathBuf),
    No,
}

impl Welcome {
    /// Nothing typed yet.
    #[must_use]
    pub fn new(found: Option<Found>) -> Self {
        Self { found, typed: None }
    }

    /// Takes pasted text where a folder is typed; tells whether it did.
    pub fn paste(&mut self, text: &str) -> bool {
        self.typed.as_mut().map(|line| line.paste(text)).is_some()
    }

    /// Takes a key that is meant for the question, with the answer where it is one; none where the key is
    /// not meant for it.
    fn key(&mut self, key: &KeyEvent) -> Option<Option<Answer>> {
        if let Some(line) = &mut self.typed {
            match line.key(key) {
                Edit::Given => self.typed = None,
                Edit::Done if !line.text().trim().is_empty() => {
                    return Some(Some(Answer::Index(PathBuf::from(line.text().trim()))));
                }
                _ => {}
            }
            return Some(None);
        }
        if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return None;
        }
        match (key.code, &self.found) {
            (KeyCode::Char('y') | KeyCode::Enter, Some(found)) => {
                Some(Some(Answer::Index(found.folder.clone())))
            }
            (KeyCode::Char('n') | KeyCode::Esc, _) => Some(Some(Answer::No)),
            (KeyCode::Char('o'), _) | (KeyCode::Enter, None) => {
                let mut line = LineEdit::default();
                line.set("~/");
                self.typed = Some(line);
                Some(None)
            }
            _ => None,
        }
    }
}

impl App {
    /// Takes a key where the question is shown and the key is meant for it; tells whether it was.
    pub fn welcome_key(&mut self, key: &KeyEvent, now: Instant) -> bool {
        let Some(taken) = self.welcome.as_mut().and_then(|welcome| welcome.key(key)) else {
            return false;
        };
        match taken {
            Some(Answer::Index(folder)) => {
                self.welcome = None;
                self.core.ask(Request::Index(vec![folder]));
            }
            Some(Answer::No) => {
                self.welcome = None;
                self.core.ask(Request::Declined);
                self.say("whenever you like: :index FOLDER", now);
            }
            None => {}
        }
        true
    }
}
