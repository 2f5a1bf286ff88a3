//! Every command of the screen, declared once: key handling, key bar and help derive from this table.

/// Something the user can ask for by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// A screenful down.
    PageDown,
    /// A screenful up.
    PageUp,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Play the selected track.
    Play,
    /// Pause or go on.
    Pause,
    /// Back in what plays.
    Back,
    /// Forward in what plays.
    Forward,
    /// Far back in what plays.
    FarBack,
    /// Far forward in what plays.
    FarForward,
    /// Like the selected track, or take the like back.
    Like,
    /// Skip the selected track.
    Skip,
    /// Listen to the next input.
    SwitchInput,
    /// Hold the spectrogram.
    Freeze,
    /// Show or hide the history.
    History,
    /// Show or hide the help.
    Help,
    /// Close what lies over the screen.
    Close,
    /// Leave.
    Quit,
}

/// Commands that belong together in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Moving the selection.
    Move,
    /// Playback.
    Play,
    /// Feedback.
    Feedback,
    /// The listening side.
    Listen,
    /// The screen itself.
    Screen,
}

impl Group {
    /// In the order of the help.
    pub const ALL: [Self; 5] = [Self::Feedback, Self::Play, Self::Listen, Self::Move, Self::Screen];

    /// The heading in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "moving",
            Self::Play => "playing",
            Self::Feedback => "telling what you like",
            Self::Listen => "listening",
            Self::Screen => "screen",
        }
    }
}

/// What the key bar says of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// One word.
    pub word: &'static str,
    /// The higher the number, the sooner it is left out where room is short.
    pub rank: u8,
}

/// A command and all that is told about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration {
    /// The command.
    pub command: Command,
    /// Its name in the key map.
    pub name: &'static str,
    /// Where the help lists it.
    pub group: Group,
    /// What the help says.
    pub description: &'static str,
    /// What the key bar says, if anything.
    pub hint: Option<Hint>,
}

/// All commands, in the order of key bar and help.
pub static DECLARATIONS: [Declaration; 20] = [
    declare(Command::Play, "play", Group::Play, "play the selected track", Some(("play", 2))),
    declare(Command::Pause, "pause", Group::Play, "pause, or go on", Some(("pause", 6))),
    declare(Command::Back, "back", Group::Play, "back by 5 seconds", None),
    declare(Command::Forward, "forward", Group::Play, "forward by 5 seconds", None),
    declare(Command::FarBack, "far_back", Group::Play, "back by 30 seconds", None),
    declare(Command::FarForward, "far_forward", Group::Play, "forward by 30 seconds", None),
    declare(
        Command::Like,
        "like",
        Group::Feedback,
        "like the selected track, or take it back",
        Some(("like", 3)),
    ),
    declare(
        Command::Skip,
        "skip",
        Group::Feedback,
        "skip the selected track: not now",
        Some(("skip", 4)),
    ),
    declare(
        Command::SwitchInput,
        "switch_input",
        Group::Listen,
        "next input: microphone, what plays here",
        Some(("input", 5)),
    ),
    declare(
        Command::Freeze,
        "freeze",
        Group::Listen,
        "hold the spectrogram, or let it run",
        Some(("freeze", 8)),
    ),
    declare(
        Command::History,
        "history",
        Group::Screen,
        "what was heard and said",
        Some(("history", 7)),
    ),
    declare(Command::Down, "down", Group::Move, "one row down", None),
    declare(Command::Up, "up", Group::Move, "one row up", None),
    declare(Command::PageDown, "page_down", Group::Move, "a screenful down", None),
    declare(Command::PageUp, "page_up", Group::Move, "a screenful up", None),
    declare(Command::First, "first", Group::Move, "to the first row: the track just named", None),
    declare(Command::Last, "last", Group::Move, "to the last row", None),
    declare(Command::Help, "help", Group::Screen, "these keys", Some(("help", 0))),
    declare(Command::Close, "close", Group::Screen, "close what lies over the screen", None),
    declare(Command::Quit, "quit", Group::Screen, "leave", Some(("quit", 1))),
];

const fn declare(
    command: Command,
    name: &'static str,
    group: Group,
    description: &'static str,
    hint: Option<(&'static str, u8)>,
) -> Declaration {
    let hint = match hint {
        Some((word, rank)) => Some(Hint { word, rank }),
        None => None,
    };
    Declaration { command, name, group, description, hint }
}

/// The command called `name` in a key map.
#[must_use]
pub fn named(name: &str) -> Option<Command> {
    DECLARATIONS.iter().find(|d| d.name == name).map(|d| d.command)
}

/// The name of `command` in a key map.
#[must_use]
pub fn name(command: Command) -> &'static str {
    DECLARATIONS.iter().find(|d| d.command == command).map_or("", |d| d.name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_command_is_declared_once_and_found_by_its_name() {
        let names: HashSet<_> = DECLARATIONS.iter().map(|d| d.name).collect();
        let commands: HashSet<_> = DECLARATIONS.iter().map(|d| d.command).collect();
        assert_eq!((names.len(), commands.len()), (DECLARATIONS.len(), DECLARATIONS.len()));
        assert!(DECLARATIONS.iter().all(|d| named(d.name) == Some(d.command)));
        assert!(DECLARATIONS.iter().all(|d| Group::ALL.contains(&d.group)));
    }
}
