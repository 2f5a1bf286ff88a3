//! What the terminal itself answers, when it comes late: it looks like keys (`Alt+]`, `1`, `1`, `;`, ...), and
//! must not be taken for some.

use std::io;
use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};

use super::capability::Background;

/// The characters of one answer come closer together than this; a person's keys do not.
const GAP: Duration = Duration::from_millis(100);
/// Asks a terminal for its name and version (xterm's XTVERSION).
pub const ASK_VERSION: &[u8] = b"\x1b[>0q";

/// What a terminal told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Its background.
    Background(Background),
    /// Its name and version, such as `kitty(0.41.1)`.
    Version(String),
    /// It may be asked something else.
    Free,
}

/// What came.
#[derive(Debug, Default)]
pub struct Came {
    /// Keys, and what else is for the screen.
    pub inputs: Vec<Event>,
    /// An answer; none where it is to nothing that is of use.
    pub reply: Option<Reply>,
}

/// Waits for what comes next.
///
/// # Errors
/// The terminal has gone.
pub fn next() -> io::Result<Came> {
    let first = event::read()?;
    let mut came = Came::default();
    let Some(mut answer) = Answer::begun_by(&first) else {
        came.inputs.push(first);
        return Ok(came);
    };
    while event::poll(GAP)? {
        let next = event::read()?;
        match answer.take(&next) {
            Some(true) => {
                came.reply = answer.meaning();
                return Ok(came);
            }
            Some(false) if answer.is_none() => {
                came.inputs.extend([first, next]);
                return Ok(came);
            }
            Some(false) => {}
            // The terminal was resized, or the mouse moved, meanwhile.
            None => came.inputs.push(next),
        }
    }
    // Of an answer that breaks off nothing is a key; without a word it was none.
    if answer.text.is_empty() {
        came.inputs.insert(0, first);
    }
    Ok(came)
}

/// An answer as far as it has come.
#[derive(Debug)]
struct Answer {
    /// It says what was asked by OSC, else by a device control string.
    osc: bool,
    text: String,
}

impl Answer {
    fn begun_by(event: &Event) -> Option<Self> {
        let Event::Key(KeyEvent { code: KeyCode::Char(letter @ (']' | 'P')), modifiers, .. }) =
            event
        else {
            return None;
        };
        let osc = *letter == ']';
        modifiers.contains(KeyModifiers::ALT).then(|| Self { osc, text: String::new() })
    }

    /// Takes the next event; tells whether the answer ends with it, and nothing where it is no letter.
    fn take(&mut self, event: &Event) -> Option<bool> {
        let Event::Key(KeyEvent { code, modifiers, .. }) = event else { return None };
        match code {
            KeyCode::Char('\\') if modifiers.contains(KeyModifiers::ALT) => Some(true),
            KeyCode::Char('g') if modifiers.contains(KeyModifiers::CONTROL) => Some(true),
            KeyCode::Char(letter) => {
                self.text.push(*letter);
                Some(false)
            }
            _ => Some(false),
        }
    }

    /// Are these keys after all? Answers begin with a number, or say `>|`.
    fn is_none(&self) -> bool {
        !self.text.starts_with(|first: char| first.is_ascii_digit() || first == '>')
    }

    fn meaning(&self) -> Option<Reply> {
        if !self.osc {
            return self.text.strip_prefix(">|").map(|name| Reply::Version(name.to_owned()));
        }
        let colour = self.text.strip_prefix("11;rgb:")?;
        let channels: Vec<f32> = colour.split('/').filter_map(share).collect();
        let [r, g, b] = channels[..] else { return None };
        // Luma as ITU-R BT.601 has it.
        let light = 0.299 * r + 0.587 * g + 0.114 * b > 0.5;
        Some(Reply::Background(if light { Background::Light } else { Background::Dark }))
    }
}

/// A channel of one to four hexadecimal digits, 0 to 1.
fn share(digits: &str) -> Option<f32> {
    let most = 16u32.checked_pow(digits.len() as u32).filter(|most| *most > 1)? - 1;
    Some(u32::from_str_radix(digits, 16).ok()? as f32 / most as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(letter: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(letter), modifiers))
    }

    /// What an answer means that begins with `first` and says `text`.
    fn told(first: char, text: &str) -> Option<Reply> {
        let mut answer = Answer::begun_by(&key(first, KeyModifiers::ALT)).unwrap();
        for letter in text.chars() {
            assert_eq!(answer.take(&key(letter, KeyModifiers::NONE)), Some(false));
        }
        assert_eq!(answer.take(&key('\\', KeyModifiers::ALT)), Some(true));
        answer.meaning()
    }

    #[test]
    fn a_late_answer_is_understood() {
        let background = |text| match told(']', text) {
            Some(Reply::Background(background)) => Some(background),
            _ => None,
        };
        assert_eq!(background("11;rgb:0000/0000/0000"), Some(Background::Dark));
        assert_eq!(background("11;rgb:ff/ff/e0"), Some(Background::Light));
        for text in ["10;rgb:0000/0000/0000", "11;rgb:00/00", "11;rgb:xx/yy/zz", "", "11;rgb://"] {
            assert_eq!(background(text), None, "{text}");
        }
        assert_eq!(told('P', ">|kitty(0.26.5)"), Some(Reply::Version("kitty(0.26.5)".into())));
        assert_eq!(told('P', "1+r"), None);
    }

    #[test]
    fn keys_are_no_answers_and_what_is_no_key_is_not_lost() {
        assert!(Answer::begun_by(&key(']', KeyModifiers::NONE)).is_none());
        assert!(Answer::begun_by(&key('j', KeyModifiers::ALT)).is_none());
        let mut answer = Answer::begun_by(&key(']', KeyModifiers::ALT)).unwrap();
        assert_eq!(answer.take(&Event::Resize(80, 24)), None);
        assert_eq!(
            answer.take(&key('g', KeyModifiers::CONTROL)),
            Some(true),
            "it may end with BEL"
        );
    }
}
