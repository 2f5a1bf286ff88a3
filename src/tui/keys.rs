//! Which key asks for which command.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

use super::commands::{self, Command, DECLARATIONS, Declaration};
use super::nearest::nearest;
use super::page::{Place, Places};
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

/// A key map that cannot be used.
#[derive(Debug, Error)]
pub enum KeysError {
    /// It is not TOML.
    #[error("the key map is wrong: {0}")]
    Toml(String),
    /// A value is no list of keys.
    #[error("the key map is wrong: {name} must be a list of keys, such as [\"l\", \"ctrl-x\"]")]
    NoList {
        /// As written.
        name: String,
    },
    /// No such command.
    #[error("the key map names the unknown command \"{name}\"; the nearest is \"{near}\"")]
    UnknownCommand {
        /// As written.
        name: String,
        /// The most similar name.
        near: &'static str,
    },
    /// No such view.
    #[error("the key map has keys for the unknown view \"{name}\"; the nearest is \"{near}\"")]
    UnknownPlace {
        /// As written.
        name: String,
        /// The most similar name.
        near: &'static str,
    },
    /// The command does nothing in that view.
    #[error("the key map gives {command} a key in {place}, but it does nothing there")]
    NotThere {
        /// Which command.
        command: &'static str,
        /// Which view.
        place: &'static str,
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
    #[error(
        "the key {key} asks for both {first} and {second}{}: give one of them another key",
        in_place(place)
    )]
    Clash {
        /// Which key.
        key: String,
        /// A command that has it.
        first: &'static str,
        /// The other one.
        second: &'static str,
        /// In which view, where not in all.
        place: Option<&'static str>,
    },
    /// No key leaves the screen.
    #[error("the key map leaves no key for {command}")]
    Missing {
        /// Which command.
        command: &'static str,
    },
}

fn in_place(place: &Option<&'static str>) -> String {
    place.map(|place| format!(" in {place}")).unwrap_or_default()
}

/// Which key asks for which command, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMap {
    bindings: Vec<Binding>,
    displaced: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Binding {
    key: Key,
    command: Command,
    places: Places,
}

/// What a key map says: keys of a command, everywhere or in one place.
type Said = Vec<(&'static Declaration, Option<Place>, Vec<String>)>;

impl KeyMap {
    /// The defaults, with the commands of the user's key map (TOML text) over them. What stands in a
    /// table named after a view holds there alone. A key that the user gives to a command is taken from
    /// the one that had it by default: a key map of the version before still starts.
    ///
    /// # Errors
    /// The text is not TOML, names an unknown command, view or key, gives one key to two commands in one
    /// place, or leaves no key to quit.
    pub fn load(user: Option<&str>) -> Result<Self, KeysError> {
        let mut map = Self { bindings: Vec::new(), displaced: Vec::new() };
        let own = user.map(parse).transpose()?.unwrap_or_default();
        for (declared, place, keys) in &own {
            let places = match place {
                Some(place) => Places::of(*place),
                None => declared.places.but(own_places(&own, declared)),
            };
            for spelling in keys {
                map.bind(declared, places, spelling)?;
            }
        }
        for (declared, _, keys) in parse(DEFAULT_TOML)? {
            let whole =
                own.iter().any(|(d, place, _)| d.command == declared.command && place.is_none());
            if whole {
                continue;
            }
            let mut taken_by = None;
            for spelling in &keys {
                let places = declared.places.but(own_places(&own, declared));
                let holders = map.holders(spelling);
                let free = holders.iter().fold(places, |free, held| free.but(held.places));
                taken_by =
                    taken_by.or(holders.first().map(|held| (spelling.clone(), held.command)));
                if !free.is_empty() {
                    map.bind(declared, free, spelling)?;
                }
            }
            let unbound = map.keys(declared.command).next().is_none();
            if let (true, Some((key, by))) = (unbound, taken_by) {
                let by = commands::declared(by).map_or("", |d| d.name);
                let name = declared.name;
                map.displaced.push(format!("the key {key} is {by} now: {name} has none left"));
            }
        }
        let quit = |b: &Binding| b.command == Command::Quit && b.places == Places::ALL;
        if !map.bindings.iter().any(quit) {
            return Err(KeysError::Missing { command: "quit" });
        }
        Ok(map)
    }

    /// Commands that lost all their keys to others, told as a person reads it.
    #[must_use]
    pub fn displaced(&self) -> &[String] {
        &self.displaced
    }

    fn holders(&self, spelling: &str) -> Vec<Binding> {
        let key = Key::parse(spelling);
        self.bindings.iter().filter(|b| Some(b.key) == key).copied().collect()
    }

    fn bind(
        &mut self,
        declared: &'static Declaration,
        places: Places,
        spelling: &str,
    ) -> Result<(), KeysError> {
        let key = Key::parse(spelling).ok_or_else(|| KeysError::UnknownKey {
            key: spelling.to_owned(),
            command: declared.name,
        })?;
        let taken = |b: &&Binding| b.key == key && !b.places.both(places).is_empty();
        match self.bindings.iter().find(taken) {
            Some(other) if other.command != declared.command => {
                let both = other.places.both(places);
                Err(KeysError::Clash {
                    key: spelling.to_owned(),
                    first: commands::declared(other.command).map_or("", |d| d.name),
                    second: declared.name,
                    place: (both != Places::ALL).then(|| both.first_name()),
                })
            }
            Some(_) => Ok(()),
            None => {
                self.bindings.push(Binding { key, command: declared.command, places });
                Ok(())
            }
        }
    }

    /// The command a pressed key asks for.
    #[must_use]
    pub fn command(&self, event: &KeyEvent, place: Place) -> Option<Command> {
        let key = Key::new(event.code, event.modifiers);
        self.bindings.iter().find(|b| b.key == key && b.places.has(place)).map(|b| b.command)
    }

    /// The keys of a command, the one to show first.
    pub fn keys(&self, command: Command) -> impl Iterator<Item = Key> + '_ {
        self.bindings.iter().filter(move |b| b.command == command).map(|b| b.key)
    }

    /// The key to show for a command; empty where it has none.
    #[must_use]
    pub fn shown(&self, command: Command, symbols: &Symbols) -> String {
        self.keys(command).next().map(|k| k.shown(symbols)).unwrap_or_default()
    }

    /// The same at one place.
    #[must_use]
    pub fn shown_at(&self, command: Command, place: Place, symbols: &Symbols) -> String {
        let mut there =
            self.bindings.iter().filter(|b| b.command == command && b.places.has(place));
        there.next().map(|b| b.key.shown(symbols)).unwrap_or_default()
    }
}

/// The places for which the user gave a command keys of their own.
fn own_places(own: &Said, declared: &Declaration) -> Places {
    own.iter()
        .filter(|(d, _, _)| d.command == declared.command)
        .filter_map(|(_, place, _)| *place)
        .fold(Places::NONE, |places, place| places.and(Places::of(place)))
}

fn parse(text: &str) -> Result<Said, KeysError> {
    let table: toml::Table =
        text.parse().map_err(|e: toml::de::Error| KeysError::Toml(e.to_string()))?;
    let mut said = Said::new();
    for (name, value) in table {
        match value {
            toml::Value::Table(own) => {
                let Some((_, place)) = Place::NAMES.iter().find(|(n, _)| *n == name) else {
                    let near = nearest(&name, Place::NAMES.iter().map(|(n, _)| *n));
                    return Err(KeysError::UnknownPlace { name, near });
                };
                for (name, value) in own {
                    let (declared, keys) = keys_of(name, value)?;
                    if !declared.places.has(*place) {
                        let (command, place) = (declared.name, place.name());
                        return Err(KeysError::NotThere { command, place });
                    }
                    said.push((declared, Some(*place), keys));
                }
            }
            value => {
                let (declared, keys) = keys_of(name, value)?;
                said.push((declared, None, keys));
            }
        }
    }
    Ok(said)
}

fn keys_of(
    name: String,
    value: toml::Value,
) -> Result<(&'static Declaration, Vec<String>), KeysError> {
    let Some(declared) = commands::named(&name) else {
        let near = nearest(&name, DECLARATIONS.iter().map(|d| d.name));
        return Err(KeysError::UnknownCommand { name, near });
    };
    let keys = value.as_array().and_then(|keys| {
        keys.iter().map(|key| key.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    Ok((declared, keys.ok_or(KeysError::NoList { name })?))
}

#[cfg(test)]
mod tests {
    use super::super::page::Page;
    use super::super::symbols::{ASCII, UNICODE};
    use super::*;

    fn press(map: &KeyMap, code: KeyCode, modifiers: KeyModifiers) -> Option<Command> {
        map.command(&KeyEvent::new(code, modifiers), Place::On(Page::Feed))
    }

    fn error(text: &str) -> String {
        KeyMap::load(Some(text)).unwrap_err().to_string()
    }

    #[test]
    fn the_commented_file_binds_every_command() {
        let map = KeyMap::load(None).unwrap();
        for declared in DECLARATIONS {
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
            error("like = [\"s\"]\nskip = [\"s\"]"),
            "the key s asks for both like and skip: give one of them another key"
        );
        let unknown = error("lik = [\"l\"]");
        assert!(unknown.contains("\"lik\"; the nearest is \"like\""), "{unknown}");
        let key = error("like = [\"hyper-l\"]");
        assert!(key.contains("gives like the key \"hyper-l\""), "{key}");
        assert!(error("like = \"l\"").contains("like must be a list of keys"));
        let place = error("[libary]\nlike = [\"x\"]");
        assert!(place.contains("\"libary\"; the nearest is \"library\""), "{place}");
        assert_eq!(
            error("[feed]\nsort = [\"x\"]"),
            "the key map gives sort a key in feed, but it does nothing there"
        );
        assert_eq!(
            error("like = [\"o\"]\nsort = [\"o\"]"),
            "the key o asks for both like and sort in library: give one of them another key"
        );
        assert_eq!(error("quit = []"), "the key map leaves no key for quit");
    }

    #[test]
    fn the_users_keys_are_taken_from_those_who_had_them_by_default() {
        let map = KeyMap::load(Some("like = [\"+\", \"s\"]")).unwrap();
        let event = KeyEvent::new(KeyCode::Char('+'), KeyModifiers::NONE);
        assert_eq!(map.command(&event, Place::On(Page::Map)), Some(Command::Like));
        assert_eq!(map.shown(Command::ZoomIn, &UNICODE), "=", "it had two");
        assert_eq!(map.displaced(), ["the key s is like now: skip has none left"]);
        assert!(KeyMap::load(Some("freeze = []")).unwrap().displaced().is_empty());
        assert!(KeyMap::load(Some("like = [\"q\", \"ctrl-c\"]")).is_err(), "no way out");
    }

    #[test]
    fn a_view_may_have_keys_of_its_own() {
        let map = KeyMap::load(Some("[map]\nlike = [\"L\"]\nright = [\"l\"]")).unwrap();
        let press = |letter, page| {
            let event = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
            map.command(&event, Place::On(page))
        };
        assert_eq!(press('l', Page::Map), Some(Command::Right));
        assert_eq!(press('L', Page::Map), Some(Command::Like));
        assert_eq!(press('l', Page::Feed), Some(Command::Like));
        assert_eq!(press('L', Page::Feed), None);
        assert_eq!(map.shown_at(Command::Like, Place::On(Page::Map), &UNICODE), "L");
    }

    #[test]
    fn no_default_key_is_what_tmux_or_screen_listens_for() {
        let map = KeyMap::load(None).unwrap();
        for letter in ['a', 'b'] {
            let event = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
            assert!(Place::NAMES.iter().all(|(_, p)| map.command(&event, *p).is_none()));
        }
        let back = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(map.command(&back, Place::Held), Some(Command::PreviousPage));
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
