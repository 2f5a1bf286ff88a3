//! What may be wrong with a key map.

use thiserror::Error;

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
