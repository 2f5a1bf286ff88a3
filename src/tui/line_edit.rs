//! A line of text being typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A line of text being typed; it grows and shrinks at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineEdit {
    text: String,
}

/// What a key did to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The text is another.
    Changed,
    /// Enter.
    Done,
    /// Escape, or one character more was deleted than there were.
    Given,
    /// The key means nothing to a line.
    Other,
}

impl LineEdit {
    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Puts `text` in place of what was typed.
    pub fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
    }

    /// Takes a key.
    pub fn key(&mut self, key: &KeyEvent) -> Edit {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => Edit::Done,
            KeyCode::Esc => Edit::Given,
            KeyCode::Char('c') if control => Edit::Given,
            KeyCode::Char('u') if control => self.cut(0),
            KeyCode::Char('w') if control => {
                let kept = self.text.trim_end();
                self.cut(kept.rfind(' ').map_or(0, |space| space + 1))
            }
            KeyCode::Backspace | KeyCode::Char('h')
                if control || key.code == KeyCode::Backspace =>
            {
                match self.text.char_indices().next_back() {
                    Some((last, _)) => self.cut(last),
                    None => Edit::Given,
                }
            }
            KeyCode::Char(letter)
                if !control
                    && !key.modifiers.contains(KeyModifiers::ALT)
                    && !letter.is_control() =>
            {
                self.text.push(letter);
                Edit::Changed
            }
            _ => Edit::Other,
        }
    }

    /// Adds pasted text; line breaks become spaces.
    pub fn paste(&mut self, text: &str) {
        self.text.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }

    fn cut(&mut self, at: usize) -> Edit {
        self.text.truncate(at);
        Edit::Changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(line: &mut LineEdit, code: KeyCode, modifiers: KeyModifiers) -> Edit {
        line.key(&KeyEvent::new(code, modifiers))
    }

    #[test]
    fn letters_words_and_lines_come_and_go() {
        let mut line = LineEdit::default();
        for letter in "blå himmel".chars() {
            assert_eq!(press(&mut line, KeyCode::Char(letter), KeyModifiers::NONE), Edit::Changed);
        }
        press(&mut line, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(line.text(), "blå himme");
        press(&mut line, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(line.text(), "blå ");
        press(&mut line, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(line.text(), "");
        line.paste("a\nb");
        assert_eq!(line.text(), "a b");
        assert_eq!(press(&mut line, KeyCode::Char('d'), KeyModifiers::CONTROL), Edit::Other);
        assert_eq!(press(&mut line, KeyCode::Enter, KeyModifiers::NONE), Edit::Done);
        line.set("");
        assert_eq!(press(&mut line, KeyCode::Backspace, KeyModifiers::NONE), Edit::Given);
    }
}
