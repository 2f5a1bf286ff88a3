//! A key as it is written in a key map, as it is pressed, and as it is shown.

use crossterm::event::{KeyCode, KeyModifiers};

use super::super::symbols::Symbols;

/// A key with what is held down beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Keys that have a name.
const NAMED: [(&str, KeyCode); 15] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("space", KeyCode::Char(' ')),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];
const HELD: [(&str, KeyModifiers); 3] = [
    ("ctrl-", KeyModifiers::CONTROL),
    ("alt-", KeyModifiers::ALT),
    ("shift-", KeyModifiers::SHIFT),
];

impl Key {
    /// Reads a spelling such as `l`, `ctrl-c`, `shift-left`.
    pub fn parse(spelling: &str) -> Option<Self> {
        let mut rest = spelling;
        let mut modifiers = KeyModifiers::NONE;
        while let Some((held, after)) =
            HELD.iter().find_map(|(prefix, held)| Some((*held, rest.strip_prefix(prefix)?)))
        {
            modifiers |= held;
            rest = after;
        }
        let lower = rest.to_lowercase();
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) if !letter.is_control() => KeyCode::Char(letter),
            _ => match NAMED.iter().find(|(name, _)| *name == lower) {
                Some((_, code)) => *code,
                None => KeyCode::F(function_key(&lower)?),
            },
        };
        Some(Self::new(code, modifiers))
    }

    /// A letter carries its own shift: terminals differ in whether they tell it apart.
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let kept = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let modifiers = modifiers & kept;
        match code {
            KeyCode::BackTab => {
                Self { code: KeyCode::Tab, modifiers: modifiers | KeyModifiers::SHIFT }
            }
            KeyCode::Char(letter) if modifiers.contains(KeyModifiers::SHIFT) => Self {
                code: KeyCode::Char(letter.to_uppercase().next().unwrap_or(letter)),
                modifiers: modifiers - KeyModifiers::SHIFT,
            },
            _ => Self { code, modifiers },
        }
    }

    /// As people read it in the key bar and in the help.
    #[must_use]
    pub fn shown(&self, symbols: &Symbols) -> String {
        let [left, right, up, down] = symbols.arrows;
        let base = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(letter) => letter.to_string(),
            KeyCode::Left => left.to_owned(),
            KeyCode::Right => right.to_owned(),
            KeyCode::Up => up.to_owned(),
            KeyCode::Down => down.to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::F(number) => format!("F{number}"),
            other => format!("{other:?}"),
        };
        let held = [
            (KeyModifiers::CONTROL, "Ctrl-"),
            (KeyModifiers::ALT, "Alt-"),
            (KeyModifiers::SHIFT, "Shift-"),
        ];
        let prefix: String =
            held.iter().filter(|(m, _)| self.modifiers.contains(*m)).map(|(_, p)| *p).collect();
        prefix + &base
    }
}

fn function_key(name: &str) -> Option<u8> {
    name.strip_prefix('f')?.parse().ok().filter(|n| (1..=12).contains(n))
}
