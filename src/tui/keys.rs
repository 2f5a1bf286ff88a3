//! Which key asks for which command.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

use super::commands::{self, Command, DECLARATIONS};
use super::symbols::Symbols;

/// The commented default key map.
pub const DEFAULT_TOML: &str = include_str!("../../config/keys.toml");

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
    fn parse(spelling: &str) -> Option<Self> {
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
    fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let kept = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let modifiers = modifiers & kept;
        match code {
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

/// A key map that cannot be used.
#[derive(Debug, Error)]
pub enum KeysError {
    /// It is not TOML, or a value is no list of keys.
    #[error("the key map is wrong: {0}")]
    Toml(String),
    /// No such command.
    #[error("the key map names the unknown command \"{name}\"; the commands are {}", all_names())]
    UnknownCommand {
        /// As written.
        name: String,
    },
    /// No such key.
    #[error(
        "the key map gives {command} the key \"{key}\", which is none: write it like l, enter, shift-left or ctrl-x"
    )]
    UnknownKey {
        /// As written.
        key: String,
        /// For which command.
        command: &'static str,
    },
    /// One key, two commands.
    #[error("the key {key} asks for both {first} and {second}: give one of them another key")]
    Clash {
        /// Which key.
        key: String,
        /// A command that has it.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
    /// No key leaves the screen or the help.
    #[error("the key map leaves no key for {command}")]
    Missing {
        /// Which command.
        command: &'static str,
    },
}

fn all_names() -> String {
    DECLARATIONS.map(|d| d.name).join(", ")
}

/// Which key asks for which command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMap {
    bindings: Vec<(Key, Command)>,
}

impl KeyMap {
    /// The defaults, with the commands of the user's key map (TOML text) over them.
    ///
    /// # Errors
    /// The text is not TOML, names an unknown command or key, gives one key to two commands, or leaves
    /// no key to quit.
    pub fn load(user: Option<&str>) -> Result<Self, KeysError> {
        let mut table = parse(DEFAULT_TOML)?;
        if let Some(user) = user {
            table.extend(parse(user)?);
        }
        let mut bindings: Vec<(Key, Command)> = Vec::new();
        for (name, keys) in table {
            let command =
                commands::named(&name).ok_or(KeysError::UnknownCommand { name: name.clone() })?;
            for spelling in keys {
                let key = Key::parse(&spelling).ok_or_else(|| KeysError::UnknownKey {
                    key: spelling.clone(),
                    command: commands::name(command),
                })?;
                bind(&mut bindings, key, command, &spelling)?;
            }
        }
        if !bindings.iter().any(|(_, c)| *c == Command::Quit) {
            return Err(KeysError::Missing { command: commands::name(Command::Quit) });
        }
        Ok(Self { bindings })
    }

    /// The command a pressed key asks for.
    #[must_use]
    pub fn command(&self, event: &KeyEvent) -> Option<Command> {
        let key = Key::new(event.code, event.modifiers);
        self.bindings.iter().find(|(k, _)| *k == key).map(|(_, c)| *c)
    }

    /// The keys of a command, the one to show first.
    pub fn keys(&self, command: Command) -> impl Iterator<Item = Key> + '_ {
        self.bindings.iter().filter(move |(_, c)| *c == command).map(|(k, _)| *k)
    }

    /// The key to show for a command; empty where it has none.
    #[must_use]
    pub fn shown(&self, command: Command, symbols: &Symbols) -> String {
        self.keys(command).next().map(|k| k.shown(symbols)).unwrap_or_default()
    }
}

fn parse(text: &str) -> Result<std::collections::BTreeMap<String, Vec<String>>, KeysError> {
    toml::from_str(text).map_err(|e| KeysError::Toml(e.to_string()))
}

fn bind(
    bindings: &mut Vec<(Key, Command)>,
    key: Key,
    command: Command,
    spelling: &str,
) -> Result<(), KeysError> {
    match bindings.iter().find(|(k, _)| *k == key) {
        Some((_, other)) if *other != command => Err(KeysError::Clash {
            key: spelling.to_owned(),
            first: commands::name(*other),
            second: commands::name(command),
        }),
        Some(_) => Ok(()),
        None => {
            bindings.push((key, command));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::symbols::{ASCII, UNICODE};
    use super::*;

    fn press(map: &KeyMap, code: KeyCode, modifiers: KeyModifiers) -> Option<Command> {
        map.command(&KeyEvent::new(code, modifiers))
    }

    fn error(text: &str) -> String {
        KeyMap::load(Some(text)).unwrap_err().to_string()
    }

    #[test]
    fn the_commented_file_binds_every_command() {
        let map = KeyMap::load(None).unwrap();
        for declared in &DECLARATIONS {
            assert!(map.keys(declared.command).next().is_some(), "{}", declared.name);
        }
    }

    #[test]
    fn letters_arrows_and_held_keys_are_told_apart() {
        let map = KeyMap::load(None).unwrap();
        let none = KeyModifiers::NONE;
        assert_eq!(press(&map, KeyCode::Char('g'), none), Some(Command::First));
        assert_eq!(press(&map, KeyCode::Char('G'), none), Some(Command::Last));
        assert_eq!(press(&map, KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Command::Last));
        assert_eq!(press(&map, KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Command::Quit));
        assert_eq!(press(&map, KeyCode::Char('c'), none), None);
        assert_eq!(press(&map, KeyCode::Left, none), Some(Command::Back));
        assert_eq!(press(&map, KeyCode::Left, KeyModifiers::SHIFT), Some(Command::FarBack));
        assert_eq!(press(&map, KeyCode::Char('?'), KeyModifiers::SHIFT), Some(Command::Help));
    }

    #[test]
    fn a_users_map_overrides_single_commands() {
        let map = KeyMap::load(Some("like = [\"+\", \"alt-l\"]\nfreeze = []")).unwrap();
        let none = KeyModifiers::NONE;
        assert_eq!(press(&map, KeyCode::Char('+'), none), Some(Command::Like));
        assert_eq!(press(&map, KeyCode::Char('l'), KeyModifiers::ALT), Some(Command::Like));
        assert_eq!(press(&map, KeyCode::Char('l'), none), None);
        assert_eq!(press(&map, KeyCode::Char('f'), none), None);
        assert_eq!(press(&map, KeyCode::Char('j'), none), Some(Command::Down));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            error("like = [\"s\"]"),
            "the key s asks for both like and skip: give one of them another key"
        );
        let unknown = error("lik = [\"l\"]");
        assert!(unknown.contains("\"lik\"") && unknown.contains("like, skip"), "{unknown}");
        let key = error("like = [\"hyper-l\"]");
        assert!(key.contains("gives like the key \"hyper-l\""), "{key}");
        assert!(error("like = \"l\"").contains("the key map is wrong"));
        assert_eq!(error("quit = []"), "the key map leaves no key for quit");
    }

    #[test]
    fn keys_are_shown_as_people_call_them() {
        let shown = |spelling, symbols| Key::parse(spelling).unwrap().shown(symbols);
        assert_eq!(shown("shift-left", &UNICODE), "Shift-←");
        assert_eq!(shown("shift-left", &ASCII), "Shift-Left");
        assert_eq!(shown("ctrl-c", &UNICODE), "Ctrl-c");
        assert_eq!(shown("space", &UNICODE), "Space");
        assert_eq!(shown("PageDown", &UNICODE), "PgDn");
        assert_eq!(shown("f5", &UNICODE), "F5");
        assert!(Key::parse("f13").is_none() && Key::parse("").is_none());
    }
}
