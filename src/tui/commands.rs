//! Every command of the screen, declared once: key handling, key bar, help and palette derive from
//! this table.

pub use super::command::{Command, Lean, Towards};
use super::page::{Page, Place, Places};

/// Commands that belong together in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Going to a page.
    Pages,
    /// Moving the selection.
    Move,
    /// Playback.
    Play,
    /// Feedback.
    Feedback,
    /// The mood wanted.
    Mood,
    /// The listening side.
    Listen,
    /// Lists: library and history.
    Lists,
    /// The map.
    Map,
    /// The screen itself.
    Screen,
}

impl Group {
    /// In the order of the help.
    pub const ALL: [Self; 9] = [
        Self::Pages,
        Self::Move,
        Self::Play,
        Self::Feedback,
        Self::Mood,
        Self::Listen,
        Self::Lists,
        Self::Map,
        Self::Screen,
    ];

    /// The heading in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Pages => "views",
            Self::Move => "moving",
            Self::Play => "playing",
            Self::Feedback => "telling what you like",
            Self::Mood => "the mood you want",
            Self::Listen => "listening",
            Self::Lists => "library and history",
            Self::Map => "map",
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
    /// Its name in the key map and in the palette.
    pub name: &'static str,
    /// Where the help lists it.
    pub group: Group,
    /// What the help says.
    pub description: &'static str,
    /// Where it can be given.
    pub places: Places,
    /// What the key bar says, if anything.
    pub hint: Option<Hint>,
}

impl Declaration {
    const fn new(
        command: Command,
        name: &'static str,
        group: Group,
        description: &'static str,
    ) -> Self {
        Self { command, name, group, description, places: Places::ALL, hint: None }
    }

    const fn hint(mut self, word: &'static str, rank: u8) -> Self {
        self.hint = Some(Hint { word, rank });
        self
    }

    const fn only(mut self, places: Places) -> Self {
        self.places = places;
        self
    }
}

const HELD: Places = Places::HELD;
const MOOD: Places = Places::MOOD;
const FEED: Places = Places::on(Page::Feed);
const MAP: Places = Places::on(Page::Map);
const LIBRARY: Places = Places::on(Page::Library);
const HISTORY: Places = Places::on(Page::History);
/// Where rows are moved through.
const ROWS: Places = Places::ALL.but(HELD).but(MOOD);
/// Where left and right are free for what plays.
const SEEK: Places = ROWS.but(MAP);
const SEARCH: Places = LIBRARY.and(HISTORY).and(MAP);

/// All commands, in the order of key bar and help.
#[rustfmt::skip]
pub static DECLARATIONS: &[Declaration] = {
    use Command as C;
    use Group as G;
    use Lean as L;
    use Towards as T;
    const fn d(c: Command, name: &'static str, g: Group, what: &'static str) -> Declaration {
        Declaration::new(c, name, g, what)
    }
    &[
        d(C::Cursor(T::Earlier), "cursor_earlier", G::Listen, "held: cursor one column earlier").only(HELD).hint("earlier", 1),
        d(C::Cursor(T::Later), "cursor_later", G::Listen, "held: cursor one column later").only(HELD).hint("later", 1),
        d(C::Cursor(T::Higher), "cursor_higher", G::Listen, "held: cursor higher").only(HELD).hint("higher", 1),
        d(C::Cursor(T::Lower), "cursor_lower", G::Listen, "held: cursor lower").only(HELD).hint("lower", 1),
        d(C::Cursor(T::MuchEarlier), "cursor_much_earlier", G::Listen, "held: cursor a second earlier").only(HELD),
        d(C::Cursor(T::MuchLater), "cursor_much_later", G::Listen, "held: cursor a second later").only(HELD),
        d(C::Mood(L::Sadder), "mood_sadder", G::Mood, "a sadder mood").only(MOOD).hint("sadder", 2),
        d(C::Mood(L::Happier), "mood_happier", G::Mood, "a happier mood").only(MOOD).hint("happier", 2),
        d(C::Mood(L::Livelier), "mood_livelier", G::Mood, "a livelier mood").only(MOOD).hint("livelier", 2),
        d(C::Mood(L::Calmer), "mood_calmer", G::Mood, "a calmer mood").only(MOOD).hint("calmer", 2),
        d(C::MoodPlane, "mood_plane", G::Mood, "feed: move the mood you want over its plane, or be done").only(FEED.and(MOOD)).hint("mood", 3),
        d(C::ClearMood, "clear_mood", G::Mood, "feed: any mood again").only(FEED.and(MOOD)).hint("any mood", 12),
        d(C::Search, "search", G::Lists, "search as you type; on the map, find a track").only(SEARCH).hint("search", 1),
        d(C::Play, "play", G::Play, "play the selected track").hint("play", 2),
        d(C::PlayHighlight, "play_highlight", G::Play, "play the selected track from its best 20 seconds"),
        d(C::Pause, "pause", G::Play, "pause, or go on").hint("pause", 9),
        d(C::Back, "back", G::Play, "back by 5 seconds").only(SEEK),
        d(C::Forward, "forward", G::Play, "forward by 5 seconds").only(SEEK),
        d(C::FarBack, "far_back", G::Play, "back by 30 seconds").only(ROWS),
        d(C::FarForward, "far_forward", G::Play, "forward by 30 seconds").only(ROWS),
        d(C::Like, "like", G::Feedback, "like the selected track, or take it back").hint("like", 6),
        d(C::Skip, "skip", G::Feedback, "skip the selected track: not now").hint("skip", 7),
        d(C::Save, "save", G::Feedback, "keep the selected track for later"),
        d(C::SwitchInput, "switch_input", G::Listen, "next input: microphone, what plays here").hint("input", 10),
        d(C::NameAnew, "name_anew", G::Listen, "forget the name of what is heard and find it again").only(Places::on(Page::Listen).and(HISTORY)),
        d(C::Freeze, "freeze", G::Listen, "hold the spectrogram and measure in it, or let it run").only(Places::on(Page::Listen).and(HELD)).hint("freeze", 8),
        d(C::Peaks, "peaks", G::Listen, "mark the peaks: local maxima, which hold most of the energy").only(Places::on(Page::Listen).and(HELD)).hint("peaks", 13),
        d(C::Sort, "sort", G::Lists, "sort by the next column").only(LIBRARY).hint("sort", 3),
        d(C::Reverse, "reverse", G::Lists, "sort the other way round").only(LIBRARY),
        d(C::Part, "part", G::Lists, "library: tracks, folders, failures; history: all, heard, played, said").only(LIBRARY.and(HISTORY)).hint("show", 4),
        d(C::Refresh, "refresh", G::Lists, "look for new and changed files in your folders").only(LIBRARY).hint("refresh", 8),
        d(C::StopIndexing, "stop_indexing", G::Lists, "end indexing; what is done is kept"),
        d(C::Export, "export", G::Lists, "history: write the rows shown to a CSV file; map: the path as a playlist").only(HISTORY.and(MAP)).hint("export", 6),
        d(C::ZoomIn, "zoom_in", G::Map, "nearer").only(MAP).hint("nearer", 3),
        d(C::ZoomOut, "zoom_out", G::Map, "farther").only(MAP).hint("farther", 4),
        d(C::Whole, "whole", G::Map, "the whole map").only(MAP).hint("whole", 8),
        d(C::Locate, "locate", G::Map, "to what plays or is heard").only(MAP).hint("locate", 5),
        d(C::Path, "path", G::Map, "the way from what plays, or from where you press it first, to here").only(MAP).hint("path", 6),
        d(C::Left, "left", G::Map, "to the next track on the left").only(MAP),
        d(C::Right, "right", G::Map, "to the next track on the right").only(MAP),
        d(C::Show(Page::Listen), "listen", G::Pages, "what is heard"),
        d(C::Show(Page::Feed), "feed", G::Pages, "what to play next, and why"),
        d(C::Show(Page::Now), "now", G::Pages, "what plays, and what sounds like it"),
        d(C::Show(Page::Library), "library", G::Pages, "all your tracks, folders and failures"),
        d(C::Show(Page::History), "history", G::Pages, "what was heard, played and said"),
        d(C::Show(Page::Taste), "taste", G::Pages, "what you enjoy"),
        d(C::Show(Page::Map), "map", G::Pages, "the library as a picture"),
        d(C::NextPage, "next_view", G::Pages, "the view to the right"),
        d(C::PreviousPage, "previous_view", G::Pages, "the view to the left"),
        d(C::Down, "down", G::Move, "one row down").only(ROWS),
        d(C::Up, "up", G::Move, "one row up").only(ROWS),
        d(C::HalfDown, "half_down", G::Move, "half a screenful down").only(ROWS),
        d(C::HalfUp, "half_up", G::Move, "half a screenful up").only(ROWS),
        d(C::PageDown, "page_down", G::Move, "a screenful down").only(ROWS),
        d(C::PageUp, "page_up", G::Move, "a screenful up").only(ROWS),
        d(C::First, "first", G::Move, "to the first row: on Listen, the track just named").only(ROWS),
        d(C::Last, "last", G::Move, "to the last row").only(ROWS),
        d(C::NextMatch, "next_match", G::Move, "to the next found").only(SEARCH),
        d(C::PreviousMatch, "previous_match", G::Move, "to the one found before").only(SEARCH),
        d(C::Palette, "palette", G::Screen, "type a command").hint("command", 11),
        d(C::Help, "help", G::Screen, "these keys").hint("help", 0),
        d(C::Close, "close", G::Screen, "close what lies over the view, end a search"),
        d(C::Quit, "quit", G::Screen, "leave").hint("quit", 1),
    ]
};

/// The command called `name` in a key map.
#[must_use]
pub fn named(name: &str) -> Option<&'static Declaration> {
    DECLARATIONS.iter().find(|d| d.name == name)
}

/// What is declared of `command`.
#[must_use]
pub fn declared(command: Command) -> Option<&'static Declaration> {
    DECLARATIONS.iter().find(|d| d.command == command)
}

/// The commands whose words the key bar has at a place, in its order.
pub fn hinted(place: Place) -> impl Iterator<Item = (&'static Declaration, Hint)> {
    DECLARATIONS.iter().filter(move |d| d.places.has(place)).filter_map(|d| Some((d, d.hint?)))
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
        for d in DECLARATIONS {
            assert_eq!(named(d.name), declared(d.command));
            assert!(Group::ALL.contains(&d.group) && !d.places.is_empty());
        }
    }

    #[test]
    fn every_page_has_a_command_and_every_place_a_way_out() {
        for page in Page::ALL {
            assert!(declared(Command::Show(page)).is_some());
        }
        for (name, place) in Place::NAMES {
            let words: Vec<_> = hinted(place).map(|(_, hint)| hint.word).collect();
            assert!(words.contains(&"help") && words.contains(&"quit"), "{name}: {words:?}");
        }
    }
}
