//! Which key asks for which command.

mod error;
mod key;
#[cfg(test)]
mod tests;

use crossterm::event::KeyEvent;

pub use self::error::KeysError;
pub use self::key::Key;
use super::commands::{self, Command, DECLARATIONS, Declaration};
use super::nearest::nearest;
use super::page::{Place, Places};
use super::symbols::Symbols;

/// The commented default key map.
pub const DEFAULT_TOML: &str = include_str!("../../../config/keys.toml");

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
